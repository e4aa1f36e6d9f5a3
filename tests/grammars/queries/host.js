const a = await redis.eval(`
  return redis.call("GET", KEYS[1]) + ${count}
~ ^^^^^^^^^^^^^^ lua
`, 1, 'k');
const b = `html ${x} return`;
~          ^^^^ !lua
redis.defineCommand('t', { numberOfKeys: 1, lua: `return 1` });
~                                                 ^^^^^^^^ lua
const c = /* lua */ `return 1`;
~                    ^^^^^^^^ lua
const d = "return redis.call('GET', KEYS[1])";
~          ^^^^^^^^^^^^^ lua
