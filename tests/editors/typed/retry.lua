-- KEYS[1] the job's key
-- Returns how often it ran.
local job = cjson.decode(redis.call('GET', KEYS[1]))
job.tries = job.tries + 1
repeat
    local text = cjson.encode(job)
    redis.call('SET', KEYS[1], text)
until true
return job.tries
