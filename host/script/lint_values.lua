-- What lint can say of the value of an expression: a constant, a price, a distance.
local H = ...
local K, L = H.known, H.lint_state
local report, plain = L.report, L.plain
local UNKNOWN = K.unknown

-- Constants ---------------------------------------------------------------------------------------

local ARITHMETIC = {
  ["+"] = function(a, b) return a + b end, ["-"] = function(a, b) return a - b end,
  ["*"] = function(a, b) return a * b end, ["/"] = function(a, b) return a / b end,
}
local DEPTH_MAX = 20

-- The value of an expression that has the same one always; true before it, because it may be nil. A parameter counts
-- with the value that it has in this run.
local function constant(e, depth)
  depth = (depth or 0) + 1
  e = plain(e)
  if depth > DEPTH_MAX then return false end
  if e.k == "number" or e.k == "string" then return e.value ~= nil, e.value end
  if e.k == "true" or e.k == "false" then return true, e.k == "true" end
  if e.k == "nil" then return true, nil end
  if e.k == "unary" and e.op == "-" then
    local known, x = constant(e.a, depth)
    if known and type(x) == "number" then return true, -x end
  elseif e.k == "binary" and ARITHMETIC[e.op] then
    local a_known, a = constant(e.a, depth)
    local b_known, b = constant(e.b, depth)
    if a_known and b_known and type(a) == "number" and type(b) == "number" then return true, ARITHMETIC[e.op](a, b) end
  elseif e.k == "name" and e.var and e.var.writes == 0 and e.var.value and not e.var.result then
    return constant(e.var.value, depth)
  elseif e.k == "index" and e.of.kind and e.of.kind.is == "params" and e.key.k == "string" then
    local value = rawget(e.of.kind.of.declared.values, e.key.value)
    return value ~= nil, value
  elseif e.k == "table" then
    local t = {}
    for i, item in ipairs(e.items) do
      local key_known, key = true, i
      if item.key then key_known, key = constant(item.key, depth) end
      local known, value = constant(item.value, depth)
      if not known or not key_known or key == nil then return false end
      t[key] = value
    end
    return true, t
  end
  return false
end
L.constant = constant

-- The values of arguments from the n-th on and how many; nil when one of them is not known.
function L.constants(args, first)
  local values, count = {}, 0
  for i = first or 1, #args do
    local known, value = constant(args[i])
    if not known then return nil, 0 end
    count = count + 1
    values[count] = value
  end
  return values, count
end

function L.number_of(e)
  local known, value = constant(e)
  return known and type(value) == "number" and value or nil
end

-- Prices and distances ----------------------------------------------------------------------------

local PRICES = { bar = H.set_of { "open", "high", "low", "close" }, quote = H.set_of { "bid", "ask", "mid" },
                 trade = H.set_of { "price" }, on_fill = H.set_of { "price" }, position = H.set_of { "entry" },
                 leg = H.set_of { "entry" } }
local MARKET_PRICES = H.set_of { "bid", "ask", "mid", "last" }
local SAME = H.set_of { "math.floor", "math.ceil" }
local ONE_OF = H.set_of { "math.max", "math.min" }

local weight

local function weight_of_product(e, depth)
  local a, b = weight(e.a, depth), weight(e.b, depth)
  local x, y = L.number_of(e.a), L.number_of(e.b)
  if e.op == "/" then return y and y ~= 0 and a and a / y or a == 0 and b == 0 and 0 or nil end
  if x and b then return x * b end
  if y and a then return y * a end
  return a == 0 and b == 0 and 0 or nil
end

local function weight_of_call(e, depth)
  local label = e.f.kind and e.f.kind.label
  if SAME[label] and e.args[1] then return weight(e.args[1], depth) end
  if ONE_OF[label] and #e.args > 0 then
    local w = weight(e.args[1], depth)
    for i = 2, #e.args do
      if weight(e.args[i], depth) ~= w then return nil end
    end
    return w
  end
  if label == "math.abs" and e.args[1] then
    local w = weight(e.args[1], depth)
    return w and math.abs(w)
  end
end

-- How far an expression moves when all prices move by 1: 1 of a price, 0 of a number or a range; nil: nobody knows.
function weight(e, depth, number)
  depth = (depth or 0) + 1
  e = plain(e)
  if depth > DEPTH_MAX then return nil end
  if L.number_of(e) then return 0 end
  if e.k == "unary" and e.op == "-" then
    local w = weight(e.a, depth)
    return w and -w
  elseif e.k == "binary" and (e.op == "+" or e.op == "-") then
    local a, b = weight(e.a, depth), weight(e.b, depth)
    return a and b and (e.op == "+" and a + b or a - b) or nil
  elseif e.k == "binary" and (e.op == "*" or e.op == "/") then
    return weight_of_product(e, depth)
  elseif e.k == "name" and e.var and e.var.writes == 0 and e.var.value then
    return weight(e.var.value, depth, e.var.result)
  elseif e.k == "index" and e.key.k == "string" and e.of.kind then
    local of, name = e.of.kind, e.key.value
    if (of.is == "self" or of.is == "market") and MARKET_PRICES[name] then return 1 end
    local prices = of.is == "view" and PRICES[of.role]
    return prices and prices[name] and 1 or nil
  elseif e.k == "method" and e.kind and e.kind.is == "output" then
    return K.level(e.kind.object, number or 1)
  elseif e.k == "method" and e.name == "price" and e.args[1] then
    return weight(e.args[1], depth)
  elseif e.k == "call" then
    return weight_of_call(e, depth)
  end
end

L.weight = weight

-- What stands where a distance from the fill is expected.
function L.check_distance(e, what)
  local p, kind = plain(e), e.kind or UNKNOWN
  local known, value = constant(p)
  if kind.is == "object" or kind.is == "view" then
    report(p.line, "wrong-argument", nil, ("%s: a number is expected, and this is %s%s"):format(what, kind.what,
      kind.is == "object" and ": write its :value()" or ""))
  elseif known and value ~= nil and not (type(value) == "number" and value > 0) then
    report(p.line, "wrong-argument", nil, ("%s: a distance above 0 is expected, got %s"):format(what, H.shown(value)))
  elseif (weight(p) or 0) > 0.5 then
    report(p.line, "price-for-distance", nil,
           ("%s: a distance from the fill is expected, and this is a price: did you mean mt.at(…), or the " ..
            "difference?"):format(what), "mt.at(…)")
  end
end

function L.check_at(e)
  local arg = e.args[1]
  if arg and not L.number_of(arg) and weight(arg) == 0 then
    report(e.line, "distance-for-price", nil,
      "mt.at: a price is expected, and this is a distance: write it without mt.at")
  end
end
