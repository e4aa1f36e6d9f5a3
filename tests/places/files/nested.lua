local function outer(a)
  local function inner(b)
    local function deepest(c)
      return a + b + c
--? definition `return |a` : function outer(a)
--? definition `+ |b` : function inner(b)
    end
    return deepest(3)
--? calls-out `deep|est` : 0
  end
  return inner(2)
--? calls-out `inn|er(2` : 1
end
return outer(#KEYS)
--? hover `out|er` : outer( & a
--? symbols : outer & inner & deepest
