const a = await redis.eval(`
  -- KEYS[1] stock
~    ^^^^ variable.language.keys.redlua comment
  return redis.call("GET", KEYS[1]) + ${count + `x`}
~                                       ^^^^^ variable.other.readwrite.ts
~                                                ^ string.template.ts
~                    ^^^ support.function.command.read.redlua
`, 1, 'k');
~^ !meta.embedded
~      ^ string.quoted.single.js
const b = `html ${x} return if end`;
~                     ^^^^^^ string.template.js !keyword
redis.defineCommand('t', { numberOfKeys: 1, lua: `return 1` });
~                                                 ^^^^^^ keyword.control.lua
~                                                           ^^ !string
const c = /* lua */ `return 1`, d = 'redis';
~                    ^^^^^^ keyword.control.lua
~                                    ^^^^^ string.quoted.single.js
