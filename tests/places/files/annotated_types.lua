---@alias State
---| 'waiting' # not begun
---| 'running'

---@class Limits
---@field rate integer
---@field burst? integer

---@class Queue
---@field name string
---@field state State
---@field limits Limits
---@field jobs string[]

---@enum Level
local Level = { low = 1, high = 2 }

---@param queue Queue
---@param level Level
---@return boolean, string?
local function admit(queue, level)
--? complete `---@param |queue` : queue
--? complete `queue Que|ue` : Queue & string
--? definition `queue Que|ue` : class Queue
--? references `queue Que|ue` : 4
  if queue.state == 'waiting' then return false end
--? complete `== '|waiting` : waiting & running
  return queue.limits.rate > level, queue.name
--? complete `queue.limits.|rate` : rate & burst
--? definition `queue.limits.ra|te` : field rate
--? references `queue.limits.ra|te` : 3
--? rename `function admit(que|ue` line : 5
end

---@type Queue
local main = {
  name = KEYS[1],
  state = 'running',
  limits = { rate = 1, burst = 2 },
--? complete `limits = { |rate` : rate
  jobs = {},
}

---@type table<string, Queue[]>
local all = cjson.decode(ARGV[1])
--? hover `local a|ll` : table<string, Queue[]>
for name, list in pairs(all) do
  local first = list[1]
--? hover `local fir|st` : Queue
  local ok, why = admit(first, Level.low)
--? complete `admit(first, |Level` : Level.low
--? signature `admit(fir|st` : queue & Queue
  if not ok then return why or name end
end
return all.x[1].limits.burst or main.limits.rate
--? complete `all.x[1].limits.|burst` : burst
