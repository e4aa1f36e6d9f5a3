local state = {}
state.count = 0
state.items = {}
state.items.first = 'a'
local function step(by)
  state.count = state.count + by
--? references `state.cou|nt =` : 4
--? highlight `state.cou|nt =` : 4
--? rename `state.cou|nt =` n : 4
end
step(1)
--? calls-in `ste|p(1` : 1
local alias = state
alias.count = 5
--? definition `alias.cou|nt` : state.count = 0
return state.items.first .. KEYS[1]
--? complete `state.items.|first` : first & !count
--? hover `items.fir|st` : 'a'|"a"|string
