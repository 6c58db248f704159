-- Much text: formats, patterns with anchors, a tag that is built, a reason from a fixed list. Bars.
local mt, ta = require 'mthost', require 'mthost.ta'

local S = mt.strategy{
  bars = {'1m'},
  params = {
    spec = mt.param 'ema:9,ema:30',      -- kind:length, kind:length
    note = mt.param '',
  },
  valid = function(p)
    local n = 0
    for kind, length in p.spec:gmatch('(%a+):(%d+)') do
      if not ta[kind] then return false, ('unknown mean %q'):format(kind) end
      if tonumber(length) < 2 then return false, 'length below 2' end
      n = n + 1
    end
    return n == 2, 'two means, like ema:9,ema:30'
  end
}

local REASON = { up = 'above already', down = 'below already', none = 'warming' }

local function trim(s) return (s:gsub('^%s+', ''):gsub('%s+$', '')) end

local function parse(spec)
  local out = {}
  for kind, length in spec:gmatch('(%a+):(%d+)') do out[#out+1] = {kind = kind, n = tonumber(length)} end
  return out
end

function S:on_start(why)
  local means = parse(trim(self.params.spec))
  for i = 1, 2 do self:keep('mean' .. i, ta[means[i].kind], means[i].n) end
  self.label = string.format('%s%d/%s%d', means[1].kind, means[1].n, means[2].kind, means[2].n)
  self:log('info', '%s %s: %s %s', why, self.symbol, self.label, self.params.note)
end

function S:on_bar(b)
  local one, two = self.mean1:update(b.close), self.mean2:update(b.close)
  if not (one and two) then return self:skip(REASON.none) end
  local way = one > two and 'up' or 'down'
  local side = ({ up = 'buy', down = 'sell' })[way]
  if self.stance == (way == 'up' and 1 or -1) then return self:skip(REASON[way]) end
  local text = (self.label .. ' ' .. way):upper():gsub('/', ' OVER ')
  local _, code, detail = self:signal{ side = side, tag = text:sub(1, 31), exit = { stop = b.close / 100 } }
  if code then self:log('warn', 'no %s: %s (%s)', side, code, tostring(detail)) end
end

return S
