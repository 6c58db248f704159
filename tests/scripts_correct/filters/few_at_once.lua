-- At most so many markets with a position at one time, and never all on one side.
local mt = require "mthost"
local F = mt.filter { scope = "portfolio", params = { most = mt.param(3, 1, 100, 1), one_side = mt.param(2, 1, 100, 1) } }

local function sides(markets)
  local long, short = 0, 0
  for i = 1, #markets do
    local stance = markets[i].stance
    if stance > 0 then long = long + 1 elseif stance < 0 then short = short + 1 end
  end
  return long, short
end

function F:check(s, m)
  local long, short = sides(self.markets)
  if m.stance == 0 and long + short >= self.params.most then return nil, "too many at once", long + short end
  local same = s.side == "buy" and long or short
  if same >= self.params.one_side then return nil, "one side", same end
  return s
end

return F
