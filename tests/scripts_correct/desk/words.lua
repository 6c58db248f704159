-- Texts for tags and logs.
local rolling = require "desk.rolling"
local words = { separator = " " }

function words.join(...)
  local n = select("#", ...)
  local list = {}
  for i = 1, n do list[i] = tostring((select(i, ...))) end
  return table.concat(list, words.separator)
end

function words.short(name)      -- "EURUSD" -> "eurusd", at most 8 letters
  return (name:lower():gsub("[^%w]", ""):sub(1, 8))
end

function words.total(list) return rolling.fold(list, function(a, b) return a + #b end, 0) end

return words
