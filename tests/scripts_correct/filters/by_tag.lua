-- Rules by tag, written as one text: "break=1, dip=0.5, *=0": full strength, half, none.
local mt = require "mthost"

local function rules(text)
  local out = {}
  for name, value in text:gmatch("([%w_%*]+)%s*=%s*([%d%.]+)") do out[name] = tonumber(value) end
  return out
end

local F = mt.filter {
  params = { rules = mt.param "*=1" },
  valid = function(p)
    for name, value in pairs(rules(p.rules)) do
      if not value or value > 1 then return false, name .. ": from 0 to 1" end
    end
    return true
  end,
}

function F:on_start() self.rules = rules(self.params.rules) end

function F:check(s)
  local word = (s.tag or ""):match("^%S+") or ""
  local part = self.rules[word] or self.rules["*"] or 1
  if part == 0 then return nil, "tag", 0 end
  if part < 1 then return s:weaken(part) end
  return s
end

return F
