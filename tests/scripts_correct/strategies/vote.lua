-- Several voices vote; each is made by a function that makes functions. Bars.
local mt, ta = require "mthost", require "mthost.ta"

local S = mt.strategy {
  bars   = { "1m" },
  warmup = { "1m", 60 },
  params = { quorum = mt.param(2, 1, 4, 1) },
}

local function above(name, make, ...)
  local args, count = { ... }, select("#", ...)
  return {
    prepare = function(self)
      if count == 2 then self:keep(name, make, args[1], args[2]) else self:keep(name, make, args[1]) end
    end,
    ask = function(self, b)
      local v = self[name]:update(b.close)
      return v and (b.close > v and 1 or b.close < v and -1 or 0)
    end,
  }
end

local function oscillator(name, make, n, low, high)
  return {
    prepare = function(self) self:keep(name, make, n) end,
    ask = function(self, b)
      local v = self[name]:take(b)
      return v and (v > high and -1 or v < low and 1 or 0)
    end,
  }
end

local voices = {
  above("mean", ta.sma, 40),
  above("tillson", ta.t3, 8, 0.6),
  oscillator("force", ta.rsi, 14, 30, 70),
  oscillator("reach", ta.willr, 14, -80, -20),
}

function S:on_start()
  for _, voice in ipairs(voices) do voice.prepare(self) end
end

function S:on_bar(b)
  local sum, known = 0, 0
  for i = 1, #voices do
    local vote = voices[i].ask(self, b)
    if vote then sum, known = sum + vote, known + 1 end
  end
  if known < #voices then return self:skip("warming", known) end
  if math.abs(sum) < self.params.quorum then return self:skip("no majority", sum) end
  local side = sum > 0 and 1 or -1
  if side ~= self.stance then
    self:signal { side = side, strength = math.min(1, math.abs(sum) / #voices), tag = "vote", exit = { trail = b.close * 0.004 } }
  end
end

return S
