local config = {
  -- Seconds until the lock is free again.
  lock = { ttl = 30, retries = 3 },
  names = { 'a', 'b' }, -- whom it is for
}
--? symbols : config & lock
local ttl = config.lock.ttl
--? complete `config.lock.|ttl` : ttl & retries & !names
--? definition `config.lock.tt|l` : lock = { ttl = 30
--? hover `config.lo|ck` : Seconds until the lock
config.lock.owner = ARGV[1]
local first = config.names[1]
--? complete `config.|names` : lock & names
local function make()
  return { id = 1, kind = 'job' }
end
local id = make().id
--? complete `make().|id` : id & kind
local copies = { make(), make() }
local kind = copies[1].kind
--? complete `copies[1].|kind` : id & kind
--? references `copies[1].ki|nd` : 2
redis.call('SET', KEYS[1], config.lock.owner, 'EX', ttl)
--? definition `config.lock.own|er` : config.lock.owner = ARGV[1]
--? references `config.lock.own|er` : 2
return { first, id, kind }
