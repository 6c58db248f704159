-- The verbs of a strategy and what is said to them, as far as it is written out.
local H = ...
local K, T, L = H.known, H.hints, H.lint_state
local report, plain = L.report, L.plain
local constant, number_of, weight, check_distance = L.constant, L.number_of, L.weight, L.check_distance
local UNKNOWN = K.unknown

-- The fields of a table that is written out: name -> item; nil and a finding for what the verb does not know.
local function fields_of(node, verb, keys)
  local items = {}
  for _, item in ipairs(node.items) do
    local known, name = false, nil
    if item.key then known, name = constant(item.key) end
    if not item.key then
      report(item.line, "unknown-argument", nil, ("%s: a field without a name: write %s = …"):format(verb, keys[1]),
        keys[1] .. " = …")
    elseif known and type(name) == "string" then
      items[name] = item
      local there = false
      for _, key in ipairs(keys) do there = there or key == name end
      if not there then
        local how, hint = T.instead(name, T.verbs[verb], keys)
        report(item.line, "unknown-argument", name, ("%s: unknown field '%s'%s"):format(verb, name, how), hint)
      end
    elseif not known then
      items.computed = true
    end
  end
  return items
end

local function need_range(item, what, low, high, open)
  local known, text = false, nil
  if item then known, text = constant(item.value) end
  if known and (type(text) == "string" or type(text) == "boolean") then
    report(item.line, "wrong-argument", nil, ("%s: a number expected, got %s"):format(what, H.shown(text)))
    return
  end
  local value = item and number_of(item.value)
  if not value or value <= high and (value > low or not open and value == low) then return end
  local range = high == math.huge and "above " .. low or ("from %s to %s"):format(low, high)
  report(item.line, "wrong-argument", nil, ("%s: a number %s expected, got %s%s"):format(what, range, H.shown(value),
    high == 1 and value > 1 and value <= 100 and (": %s %% is %s"):format(H.shown(value), H.shown(value / 100)) or ""))
end

local function check_takes(item, what)
  local node = plain(item.value)
  if node.k ~= "table" then return check_distance(item.value, what) end
  for _, take in ipairs(node.items) do
    local one = plain(take.value)
    if not take.key and one.k == "table" then
      for _, part in ipairs(one.items) do
        if not part.key then check_distance(part.value, what) end
        if part.key and part.key.value == "part" then need_range(part, what .. ".part", 0, 1, true) end
      end
    elseif not take.key then
      check_distance(take.value, what)
    end
  end
end

local function check_plan(items, what, removes)
  for _, name in ipairs { "stop", "take", "trail" } do
    local item = items[name]
    if item and not (removes and plain(item.value).k == "false") then
      local node = plain(item.value)
      if name == "take" then
        check_takes(item, what .. "take")
      elseif name == "trail" and node.k == "table" then
        for _, part in ipairs(node.items) do
          if not part.key or part.key.value == "after" then check_distance(part.value, what .. name) end
        end
      else
        check_distance(item.value, what .. name)
      end
    end
  end
  need_range(items.time, what .. "time", 0, math.huge, true)
end

local VERBS = {}

local function is_flat(item)
  local known, side = false, nil
  if item then known, side = constant(item.value) end
  return known and H.side_of(side) == 0, known and H.side_of(side)
end

local function check_limit(items, what)
  local item = items.limit
  if not item then return end
  need_range(item, what, 0, math.huge, true)
  local w = not number_of(item.value) and weight(item.value)
  if w and math.abs(w) < 0.5 then
    report(item.line, "distance-for-price", nil, what .. ": a price is expected, and this is a distance")
  end
end

local function table_of(e, verb, n, keys)
  local arg = e.args[n] and plain(e.args[n])
  if not arg or arg.k == "string" or arg.k == "number" then
    report(e.line, "wrong-argument", nil, ("%s: a table expected: self:%s { %s = … }"):format(verb, verb, keys[1]),
      ("self:%s { %s = … }"):format(verb, keys[1]))
    return nil
  end
  return arg.k == "table" and fields_of(arg, verb, keys) or nil
end

function VERBS.signal(e)
  local items = table_of(e, "signal", 1, H.verb_keys.signal)
  if not items then return end
  local flat, side = is_flat(items.side)
  if not items.side and not items.computed then
    report(e.line, "wrong-argument", nil, "signal: side is missing: \"buy\", \"sell\" or \"flat\"", 'side = "buy"')
  elseif items.side then
    local known, value = constant(items.side.value)
    if known and not side then
      local meant = T.sides[value] or type(value) == "string" and H.guess(value, { "buy", "sell", "flat" })
      report(items.side.line, "wrong-argument", nil,
        ("signal: side: \"buy\", \"sell\" or \"flat\" expected, got %s%s"):format(H.shown(value),
        meant and (", did you mean '%s'?"):format(meant) or ""), meant and ('side = "%s"'):format(meant))
    end
  end
  need_range(items.size, "signal: size", 0, math.huge, true)
  need_range(items.strength, "signal: strength", 0, 1)
  need_range(items.keep, "signal: keep", 0, 1)
  need_range(items.ttl, "signal: ttl", 0, math.huge, true)
  check_limit(items, "signal: limit")
  if items.group and plain(items.group.value).k == "string" then
    report(items.group.line, "not-built", "group", "signal: group is not built yet: the signal is refused")
  end
  if items.keep and side and not flat then
    report(items.keep.line, "wrong-argument", "keep", "signal: keep goes with side = \"flat\" only")
  end
  local exit = items.exit and plain(items.exit.value)
  if not exit then return end
  if flat then report(items.exit.line, "wrong-argument", "exit", "signal: exit does not go with side = \"flat\"") end
  L.file.stops = L.file.stops or exit.k ~= "table"
  if exit.k == "table" then
    local fields = fields_of(exit, "exit", H.verb_keys.exit)
    check_plan(fields, "exit: ", false)
  end
end

function VERBS.protect(e)
  local items = table_of(e, "protect", 1, H.verb_keys.protect)
  if items then check_plan(items, "protect: ", true) end
end

function VERBS.target(e)
  if not e.args[1] or plain(e.args[1]).k == "table" then
    report(e.line, "wrong-argument", nil, "target: the wanted position comes first: self:target(qty, { … })",
      "self:target(qty)")
    return
  end
  local arg = e.args[2] and plain(e.args[2])
  if arg and arg.k == "table" then check_limit(fields_of(arg, "target", H.verb_keys.target), "target: limit") end
end

function VERBS.timer(e)
  local items = table_of(e, "timer", 1, H.verb_keys.timer)
  if items and not items.name and not items.computed then
    report(e.line, "wrong-argument", nil, "timer: name is missing", 'name = "…"')
  end
end

function VERBS.log(e)
  local first = e.args[1] and plain(e.args[1])
  if not first or first.k == "string" and not H.LEVELS[first.value] then
    report(e.line, "wrong-argument", nil, 'log: the level comes first: self:log("info", …)', 'self:log("info", …)')
  elseif first.k == "string" and not e.args[2] then
    report(e.line, "wrong-argument", nil, "log: the text is missing: self:log(\"info\", \"…\")",
      'self:log("info", "…")')
  end
end

function VERBS.skip(e)
  if not e.args[1] then report(e.line, "wrong-argument", nil, "skip: the reason is missing: self:skip \"why\"",
    'self:skip "why"') end
end

function VERBS.mark(e)
  if not e.args[2] then report(e.line, "wrong-argument", nil, "mark: a name and a number expected",
    "self:mark(name, value)") end
end

local function not_built(e)
  report(e.line, "not-built", e.name, ("%s: order slots are not built yet"):format(e.name))
end
VERBS.order, VERBS.cancel = not_built, not_built

function VERBS.price(e)
  local side = e.args[2] and plain(e.args[2])
  if not side then
    report(e.line, "wrong-argument", nil, "price: the side is missing: self:price(x, \"buy\")", 'self:price(x, "buy")')
  elseif side.k == "string" and side.value ~= "buy" and side.value ~= "sell" and side.value ~= "near" then
    report(e.line, "wrong-argument", nil,
      ("price: \"buy\", \"sell\" or \"near\" expected, got %s"):format(H.shown(side.value)))
  end
end

local UNITS = { s = 1, m = 60, h = 3600, d = 86400 }

function VERBS.bar(e, base)
  local text = e.args[1] and plain(e.args[1])
  if not text or text.k ~= "string" then return K.bar end
  local n, unit = text.value:match "^([1-9]%d*)([smhd])$"
  if not n then
    report(e.line, "wrong-argument", nil,
      ("bar: a time frame such as \"1m\" or \"4h\" expected, got %s"):format(H.shown(text.value)))
    return K.bar
  end
  local d, there = base.of.declared, false
  for _, seconds in ipairs(d.frames or {}) do there = there or seconds == tonumber(n) * UNITS[unit] end
  if #d.bars > 0 and not there then
    report(e.line, "wrong-argument", nil, ("bar: \"%s\" is not declared: add it to bars = { … }"):format(text.value))
  end
  return K.bar
end

function L.check_constructor(e, constructor, why)
  if type(why) ~= "string" then return end
  report(e.line, "wrong-argument", nil, (why:gsub("^[%w_./]+:%d+: ", "")))
end

local function bind_kept(e, base, kind)
  local name = plain(e.args[1])
  if name.k ~= "string" then
    L.dynamic = true
    return
  end
  L.assigned[name.value] = true
  L.records[base.of] = L.records[base.of] or {}
  local record = L.records[base.of][name.value] or { writes = 1, sites = {} }
  L.records[base.of][name.value] = record
  L.bind(record, kind)
end

function VERBS.keep(e, base, kinds)
  local name, constructor = e.args[1], kinds[2]
  if not name or kinds[1].is ~= "string" and kinds[1] ~= UNKNOWN then
    report(e.line, "wrong-argument", nil, 'keep: the name comes first: self:keep("rsi", ta.rsi, 14)',
      'self:keep("rsi", ta.rsi, 14)')
    return
  end
  local text = plain(name)
  if text.k == "string" and base.host[text.value] then
    report(e.line, "reserved-name", text.value, ("keep: '%s' is the host's own: take another name"):format(text.value))
  end
  if not constructor then
    report(e.line, "wrong-argument", nil, 'keep: the constructor is missing: self:keep("rsi", ta.rsi, 14)',
      'self:keep("rsi", ta.rsi, 14)')
    return
  end
  if constructor.is == "object" or constructor.is == "number" or constructor.is == "string" then
    report(e.line, "wrong-argument", nil,
      ("keep: give the constructor and its arguments, not what it made: self:keep(%s, %s, …)"):format(
      text.k == "string" and H.shown(text.value):gsub("'", '"') or "name", constructor.is == "object"
        and constructor.what or "ta.rsi"),
      "self:keep(name, constructor, …)")
    bind_kept(e, base, constructor.is == "object" and constructor or UNKNOWN)
    return constructor.is == "object" and constructor or UNKNOWN
  end
  if constructor.is ~= "constructor" then
    bind_kept(e, base, UNKNOWN)
    return UNKNOWN
  end
  local args, n = L.constants(e.args, 3)
  local object, why = K.object(constructor, args, n)
  if why then L.check_constructor(e, constructor, why) end
  bind_kept(e, base, object)
  return object
end

-- self:name(…) or m:name(…), a verb of the host or nothing.
function L.check_verb(e, base, kinds)
  if not base.fields[e.name] then return nil end
  local check = VERBS[e.name]
  return check and check(e, base, kinds) or nil
end
