<?php
// Calls of scripts with Predis: each line behind the mark is one call.
require_once 'Predis/autoload.php';

class Take extends \Predis\Command\ScriptCommand
{
    public function getKeysCount()
    {
        return 1;
    }

    public function getScript()
    {
        return "return redis.call('DECRBY', KEYS[1], ARGV[1])";
    }
}

class Both extends \Predis\Command\ScriptCommand
{
    public function getKeysCount()
    {
        return -1;
    }

    public function getScript()
    {
        return "return redis.call('MGET', KEYS[1], KEYS[2])";
    }
}

$r = new Predis\Client(['port' => (int) ($argv[1] ?? 6379)]);
$r->getProfile()->defineCommand('take', 'Take');
$r->getProfile()->defineCommand('both', 'Both');
$take = "return redis.call('DECRBY', KEYS[1], ARGV[1])";
$r->flushall();
$keys = ['a'];
$args = [2];

// calls
$r->eval($take, 1, 'a', 2);
$r->eval($take, 1, 'a');
$r->eval($take, 0, 'a', 2);
$r->eval($take, 3, 'a', 2);
$r->eval($take, count($keys), ...$keys, ...$args);
$r->eval($take, count($keys), ...$keys);
$r->take('a', 2);
$r->take('a');
$r->both('x', 'y', 1);
$r->both('x', 1);
