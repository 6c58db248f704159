-- Volume profile, as mthost.volume offers it: how much was traded at each price of a session.
--
-- Prices are rows of `step` in a ring; a row knows which price and which session it stands for, so that a new session
-- clears nothing and an update touches one row.
local base, object = require "mthost.ta_base", require "mthost.object"
local need, need2, need_qty, row_of, ring = object.need, object.need2, object.need_qty, object.row, object.ring
local floor, max, min = math.floor, math.max, math.min

base.file = "volume"
local MORE = 1 + 2 ^ -40      -- sums of volumes with decimals that are equal differ in their last bits

local function volume_at(self, row)
  local place = row % self.rows + 1
  if self.owner[place] == row and self.session_of[place] == self.number then return self.volume[place] end
  return 0
end

-- The heaviest row was overwritten by one that is `rows` steps away: the only update that looks at every row.
local function search(self)
  local best, control = 0, self.control
  for place = 1, self.rows do
    if self.session_of[place] == self.number and self.volume[place] > best * MORE then
      best, control = self.volume[place], self.owner[place]
    end
  end
  self.best, self.control = best, control
end

local function at(self, price)
  need(price)
  return volume_at(self, row_of(price, self.step))
end

local function area(self, part)
  if part == nil then part = 0.7 end
  object.need_arg("volume.profile: area", "part", part, 0, 1)
  if not self.live or self.sum <= 0 then return nil end
  local low, high, room = self.control, self.control, self.rows - 1
  local bottom, top = max(self.bottom, low - room), min(self.top, high + room)
  local held, goal = volume_at(self, low), part * self.sum
  while held < goal and (low > bottom or high < top) do
    local above = volume_at(self, high + 1) + volume_at(self, high + 2)
    local below = volume_at(self, low - 1) + volume_at(self, low - 2)
    if low <= bottom or (high < top and above >= below) then
      held, high = held + above, min(high + 2, top)
    else
      held, low = held + below, max(low - 2, bottom)
    end
  end
  return low * self.step, high * self.step, min(held / self.sum, 1)
end

-- Where a session has traded: profile(step, rows, session, offset), update(time, price, qty) -> point of control, its
-- volume, volume of all rows. Prices are rounded to rows of `step`; the point of control is the price of the heaviest
-- row, of equal ones the one that got there first; it is carried on with each trade. Sessions of `session` seconds begin
-- at `offset` after midnight UTC, and a new one begins empty. There is room for `rows` rows: a price that many steps, or a
-- multiple, from another takes its place. area(part) -> low, high, share: the value area, computed when it is asked for by going
-- through its rows, so ask it with a bar and not with each tick: from the point of control on, the heavier of the next
-- two rows above and the next two below joins (above, when they are equal) until `part` (0.7) of the volume is inside;
-- share is the part that is. nil before the first volume. at(price) -> the volume of the row of a price. Source: Market
-- Profile, Steidlmayer, Koy (1986).
return base.define {
  name = "profile", inputs = 3, outputs = 3, takes = { "time", "price", "qty" },
  params = { { "step", 1, 1e-12, 1e12, whole = false }, { "rows", 1000, 3, 100000 }, { "session", 86400, 1, 31536000 },
             { "offset", 0, 0, 31536000 } },
  init = function(self)
    self.look, self.number, self.control, self.best, self.sum, self.bottom, self.top = 0, 0, 0, 0, 0, 0, 0
    self.owner, self.session_of, self.volume = ring(self.rows), ring(self.rows), ring(self.rows)
    for place = 1, self.rows do self.session_of[place] = -1e300 end      -- no session at all
  end,
  methods = { at = at, area = area },
  update = function(self, time, price, qty)
    need2(time, price)
    need_qty(qty)
    local row, number = row_of(price, self.step), floor((time - self.offset) / self.session)
    if not self.live or number > self.number then
      self.number, self.control, self.best, self.sum, self.bottom, self.top = number, row, 0, 0, row, row
    end
    number = self.number      -- a late trade counts into the session of now
    local place, lost = row % self.rows + 1, false
    local volume, sum = self.volume[place], self.sum
    if self.session_of[place] ~= number then
      volume = 0
    elseif self.owner[place] ~= row then
      sum, lost, volume = sum - volume, self.owner[place] == self.control, 0
    end
    volume = volume + qty
    sum = sum + qty
    self.owner[place], self.session_of[place], self.volume[place], self.sum = row, number, volume, sum
    if lost then
      search(self)
    elseif row == self.control then
      self.best = volume
    elseif volume > self.best * MORE then
      self.best, self.control = volume, row
    end
    self.bottom, self.top = min(self.bottom, row), max(self.top, row)
    local control = self.control * self.step
    self.y1, self.y2, self.y3, self.live = control, self.best, sum, true
    return control, self.best, sum
  end,
}
