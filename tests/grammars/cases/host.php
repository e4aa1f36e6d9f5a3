<?php
$s = <<<'LUA'
return redis.call('GET', KEYS[1])
~                  ^^^ support.function.command.read.redlua
LUA;
$t = $r->eval("return redis.call('GET', KEYS[1])", 1, 'k');
~                                 ^^^ support.function.command
~                                                      ^ string.quoted.single.php !meta.embedded
