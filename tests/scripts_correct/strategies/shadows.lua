-- Names of the language and of the library used for other things, in their own scope. Bars.
local mt = require "mthost"
local indicators = require "mthost.ta"
local insert, concat, floor = table.insert, table.concat, math.floor

local ta = { fast = 8, slow = 21 }                 -- not the library
local debug, load, os = "debug", 0.5, { time = 0 } -- only names

local S = mt.strategy { bars = { "1m" }, params = { load = mt.param(load, 0.1, 1), print = mt.param(false) } }

--[==[ A long comment in which much stands that is not code:
  self:signal { zise = 1 }   x^2   5LL   os.exit()   function S:on_tik(q) end
]==]
local HELP = [[
on_bar: b.close^2 is written b.close*b.close; require "nothing"; S.on_quot = 1
]]

local function next(list) return list[#list] end

function S:on_start()
  os.time = 0
  self:keep("fast", indicators.ema, ta.fast)
  self:keep("slow", indicators.ema, ta.slow)
  self.closes = {}
  if self.params.print then self:log(debug, "%d letters of help", #HELP) end
end

function S:on_bar(bar)
  local type, error = bar.tf, nil
  insert(self.closes, bar.close)
  if #self.closes > 5 then table.remove(self.closes, 1) end
  local fast, slow = self.fast:update(bar.close), self.slow:update(bar.close)
  if not slow then error = "warming" end
  if error then return self:skip(error) end
  local select = fast > slow and 1 or -1
  do
    local self = self                          -- the same, under the same name
    if self.stance == select then return self:skip "same" end
  end
  local tag = concat({ type, floor(next(self.closes)) }, "/")
  self:signal { side = select, strength = self.params.load, tag = tag:sub(1, 31),
                exit = { stop = next(self.closes) * 0.01 } }
end

return S
