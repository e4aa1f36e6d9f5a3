<?php
// Calls of scripts with phpredis: each line behind the mark is one call.
$r = new Redis();
$r->connect('127.0.0.1', (int) ($argv[1] ?? 6379));

$take = "return redis.call('DECRBY', KEYS[1], ARGV[1])";
$both = <<<'LUA'
return redis.call('MGET', KEYS[1], KEYS[2])
LUA;
$maybe = "local ttl = ARGV[2] or 5 return redis.call('SET', KEYS[1], ARGV[1], 'EX', ttl)";
$r->flushAll();
$sha = $r->script('load', $take);

// calls
$r->eval($take, ['a', 2], 1);
$r->eval($take, ['a', 2], 0);
$r->eval($take, ['a'], 1);
$r->eval($take, ['a', 2]);
$r->eval($take);
$r->eval($both, ['x', 'y'], 2);
$r->eval($both, ['x', 'y'], 1);
$r->eval($maybe, ['m', 'v'], 1);
$r->evalSha($sha, ['a', 2], 1);
$r->evalSha($sha, ['a'], 1);
$r->rawCommand('EVAL', $take, 1, 'a', 2);
$r->rawCommand('EVAL', $take, 1, 'a');
