---@class Job
---@field id string
---@field tries integer How often it ran.

---@param job Job
---@param limit integer
---@return boolean
local function spent(job, limit)
  return job.tries > limit
--? complete `job.|tries` : id & tries
--? hover `job.tri|es` : How often it ran
end
--? hover `function spe|nt` : Job & boolean

---@type Job
local job = cjson.decode(redis.call('GET', KEYS[1]))
--? hover `local jo|b` : Job
if spent(job, 3) then
--? signature `spent(job, |3` : spent( & #limit
--? signature `spent(|job` : Job & #job
  return job.id
--? complete `job.|id` : id & tries
--? definition `job.i|d` : field id string
end

---@deprecated
local function old() return 1 end

---
--? complete `---|` : @param width, height|param
local function area(width, height)
  return width * height
end
return area(old(), 2)
--? token `area(ol|d` : deprecated
