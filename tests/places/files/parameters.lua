local function lock(key, owner, ttl, unused)
--? hint `unused` : unused
  return redis.call('SET', key, owner, 'NX', 'PX', ttl)
end
--? references `key, own|er` : 2
--? rename `key, own|er` who : 2
--? hover `function lo|ck` : key & owner & ttl
if lock(KEYS[1], ARGV[1], 1000) then
--? hints : key: & owner: & ttl:
--? signature `lock(KEYS[1], ARGV[1], |1000` : #ttl
  return 1
end
return 0
