-- Speed and direction of the price.
local base = require "mthost.ta_base"
local define, need = base.define, base.need

local M = {}

-- Wilder's relative strength, 0..100: mean gain against mean gain and loss, smoothed by 1/n. 0 while nothing moves.
M.rsi = define {
  name = "rsi", params = { { "n", 14, 2, 100000 } }, takes = { "close" },
  init = function(self)
    self.look = self.n
    self.count, self.prev, self.gain, self.loss = 0, 0, 0, 0
  end,
  update = function(self, x)
    need(x)
    local n, count = self.n, self.count
    local change = x - self.prev
    self.prev = x
    if count == 0 then
      self.count = 1
      return nil
    end
    local up, down = 0, 0
    if change > 0 then up = change else down = -change end
    local gain, loss
    if count < n then
      gain, loss = self.gain + up, self.loss + down
      self.gain, self.loss, self.count = gain, loss, count + 1
      return nil
    elseif count == n then
      gain, loss = (self.gain + up) / n, (self.loss + down) / n
      self.count, self.live = count + 1, true
    else
      gain, loss = (self.gain * (n - 1) + up) / n, (self.loss * (n - 1) + down) / n
    end
    self.gain, self.loss = gain, loss
    local sum, y = gain + loss, 0
    if sum > 1e-14 then y = 100 * (gain / sum) end
    self.y1 = y
    return y
  end,
}

return M
