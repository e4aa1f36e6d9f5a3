local Queue = {}
Queue.__index = Queue

function Queue.new(key)
  local self = setmetatable({ key = key, size = 0 }, Queue)
  return self
end

--- Takes a job from the queue's end.
function Queue:pop()
  self.size = self.size - 1
--? hover `self.si|ze` : size
--? references `self.si|ze` : 5
--? complete `self.|size` : key & size
  return redis.call('RPOP', self.key)
--? definition `self.ke|y` : { key = key
end

function Queue:push(job)
  self.size = self.size + 1
  redis.call('LPUSH', self.key, job)
end
--? token `Queue:pu|sh` : method
--? symbols : push & pop & new

local jobs = Queue.new(KEYS[1])
jobs:push(ARGV[1])
--? hover `jobs:pu|sh` : push & job
--? signature `jobs:push(|ARGV` : #job
--? definition `jobs:pu|sh` : function Queue:push(job)
--? rename `jobs:pu|sh` add : 2
return jobs:pop()
--? complete `jobs:|pop` : push & pop & !size
--? hover `jobs:po|p` : Takes a job
