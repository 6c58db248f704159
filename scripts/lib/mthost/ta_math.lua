-- Plain arithmetic of inputs, one by one: the same as Lua's own, for those who name a computation in a setting or ask the
-- command for it.
local base, object = require "mthost.ta_base", require "mthost.object"
local define, need, need2 = base.define, base.need, base.need2

base.file = "ta_math"
local M = {}

local function now(self) self.look = 0 end

-- add(), sub(), mult(), div(): x + y, x - y, x y and x / y of two inputs. A quotient by 0 is 0, and others are cut at
-- 1e100.
local function of_two(name, of)
  return define {
    name = name, inputs = 2, takes = { "high", "low" }, init = now,
    update = function(self, x, y)
      need2(x, y)
      local z = of(x, y)
      self.y1, self.live = z, true
      return z
    end,
  }
end

M.add = of_two("add", function(x, y) return x + y end)
M.sub = of_two("sub", function(x, y) return x - y end)
M.mult = of_two("mult", function(x, y) return x * y end)
M.div = of_two("div", base.ratio)

-- cumsum(): the sum of all values since the first, exact over millions of them.
M.cumsum = define {
  name = "cumsum", takes = { "close" },
  init = function(self) self.look, self.total = 0, object.total() end,
  update = function(self, x)
    need(x)
    local y = object.grow(self.total, x)
    self.y1, self.live = y, true
    return y
  end,
}

-- The functions of one number: sin(), cos(), tan() of an angle in radians and asin(), acos(), atan() back; sinh(), cosh(),
-- tanh(), exp(), ln(), log10(), sqrt(); floor() and ceil() to the next whole number. The answer is nil, and nothing
-- changes, for an input that has no value: acos and asin beyond -1..1, ln and log10 of what is not above 0, sqrt below 0,
-- and exp, sinh, cosh where no number holds the result (above 709.78, beyond 710.47).
local function of_one(name, of, low, high)
  return define {
    name = name, takes = { "close" }, init = now, domain = low and { low, high } or nil,
    update = function(self, x)
      need(x)
      if low and not (x >= low and x <= high) then return nil end
      local y = of(x) + 0      -- no negative zero
      self.y1, self.live = y, true
      return y
    end,
  }
end

local MOST, ABOVE_0 = 1e50, 2 ^ -1074

M.acos, M.asin = of_one("acos", math.acos, -1, 1), of_one("asin", math.asin, -1, 1)
M.ln, M.log10 = of_one("ln", math.log, ABOVE_0, MOST), of_one("log10", math.log10, ABOVE_0, MOST)
M.sqrt = of_one("sqrt", math.sqrt, 0, MOST)
M.exp = of_one("exp", math.exp, -MOST, 709.78)
M.sinh, M.cosh = of_one("sinh", math.sinh, -710.47, 710.47), of_one("cosh", math.cosh, -710.47, 710.47)
M.sin, M.cos, M.tan = of_one("sin", math.sin), of_one("cos", math.cos), of_one("tan", math.tan)
M.atan, M.tanh = of_one("atan", math.atan), of_one("tanh", math.tanh)
M.floor, M.ceil = of_one("floor", math.floor), of_one("ceil", math.ceil)

return M
