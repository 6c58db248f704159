-- Made-up markets for specs, from a seed alone.
local M = {}

-- Numbers from 0 to 1 that are the same everywhere (a multiplicative generator; exact in doubles).
function M.random(seed)
  local state = seed % 2147483646 + 1
  return function()
    state = state * 48271 % 2147483647
    return state / 2147483647
  end
end

-- Bars as { open, high, low, close, volume }: a walk with gaps; kind "cents" rounds to two decimals, so that ties
-- happen, "flat" never moves, "spikes" throws in a price of a million, "still" walks with stretches that stand
-- still.
function M.bars(seed, count, kind)
  local r, bars, price = M.random(seed), {}, 100
  for i = 1, count do
    local open = price * (1 + (r() - 0.5) * 0.004)
    local close = open * (1 + (r() - 0.5) * 0.01)
    if kind == "still" and i % 200 > 140 then open, close = price, price end
    local high, low = math.max(open, close), math.min(open, close)
    if not (kind == "still" and i % 200 > 150) then high, low = high * (1 + r() * 0.002), low * (1 - r() * 0.002) end
    local volume = math.floor(r() * r() * 10000)
    if kind == "flat" then open, high, low, close, volume = 50.25, 50.25, 50.25, 50.25, 0 end
    price = close
    if kind == "spikes" and r() < 0.002 then high, close = 1e6, 1e6 end
    if kind == "cents" then
      open, high, low, close = math.floor(open * 100) / 100, math.ceil(high * 100) / 100, math.floor(low * 100) / 100,
        math.floor(close * 100) / 100
    end
    bars[i] = { open, high, low, close, volume }
  end
  return bars
end

local COLUMN = { open = 1, high = 2, low = 3, close = 4, volume = 5 }

-- What a class takes of a bar: up to four numbers. "n", "time", "price", "qty", "side", "part", "x", "y" are made of the
-- bar.
function M.input(name, bar, i)
  local column = COLUMN[name]
  if column then return bar[column] end
  if name == "n" then return 2 + i % 29 end
  if name == "time" then return i * 0.7 end
  if name == "qty" then return bar[5] / 100 end
  if name == "side" then return i % 3 - 1 end
  if name == "part" then return (bar[4] % 1 + 0.5) / 2 end
  return bar[4]
end

-- The inputs of a class, or a number from 0 to 1 where prices have no value (an arc cosine).
function M.takes(class) return class.domain and { "part" } or class.takes end

-- Feeds one bar; the outputs.
function M.feed(object, takes, bar, i)
  local input = M.input
  local k = #takes
  if k == 1 then return object:update(input(takes[1], bar, i)) end
  if k == 2 then return object:update(input(takes[1], bar, i), input(takes[2], bar, i)) end
  if k == 3 then return object:update(input(takes[1], bar, i), input(takes[2], bar, i), input(takes[3], bar, i)) end
  return object:update(input(takes[1], bar, i), input(takes[2], bar, i), input(takes[3], bar, i),
    input(takes[4], bar, i))
end

return M
