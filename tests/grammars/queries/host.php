<?php
$s = <<<'LUA'
return redis.call('GET', KEYS[1])
~^^^^^^^^^^^^^^^^ lua
LUA;
$t = $r->eval("return redis.call('GET', KEYS[1])", 1, 'k');
~              ^^^^^^^^^^^^^^ lua
$u = <<<LUA
return redis.call('GET', KEYS[1])
~^^^^^^^^^^^^^^^^ lua
LUA;
