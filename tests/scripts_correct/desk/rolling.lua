-- A desk's own small things over lists.
local M = {}

-- mean(...) -> mean of the numbers given; nil without one.
function M.mean(...)
  local n, sum = select("#", ...), 0
  for i = 1, n do sum = sum + (select(i, ...)) end
  return n > 0 and sum / n or nil
end

-- push(list, x, most): append and keep the last `most`.
function M.push(list, x, most)
  list[#list + 1] = x
  if #list > most then table.remove(list, 1) end
  return list
end

-- fold(list, f, start) -> f(...f(f(start, list[1]), list[2])...)
function M.fold(list, f, start)
  local result = start
  for i = 1, #list do result = f(result, list[i]) end
  return result
end

-- An object to keep: how long ago the highest and the lowest of the last n stood, 0 is now.
function M.age(n)
  n = n or 20
  local x = {}
  local list = {}
  function x:update(v)
    M.push(list, v, n)
    if #list < n then return nil end
    local hi, lo = 1, 1
    for i = 2, #list do
      if list[i] >= list[hi] then hi = i end
      if list[i] <= list[lo] then lo = i end
    end
    return #list - hi, #list - lo
  end
  function x:save() return { list = list } end
  function x:load(t)
    for i = #list, 1, -1 do list[i] = nil end
    for i, v in ipairs(t.list) do list[i] = v end
  end
  return x
end

return M
