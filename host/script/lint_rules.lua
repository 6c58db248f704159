-- The single mistakes that lint looks for; lint.lua walks, and asks here.
local H = ...
local K, T, L = H.known, H.hints, H.lint_state
local report, plain, path_of = L.report, L.plain, L.path_of
local constant = L.constant
local UNKNOWN = K.unknown

-- Indicators that warm up -------------------------------------------------------------------------

-- The call x:update(…) that a value comes from, as far as the text tells.
local function source_of(e)
  if e.k == "name" and e.var then e = e.var.value and plain(e.var.value) or e end
  return e.k == "method" and e or nil
end

local function record_in(of)
  if of.k == "name" and of.var and of.var.value and of.var.writes == 0 then of = plain(of.var.value) end
  if of.k == "index" and of.key.k == "string" and of.of.kind and of.of.kind.is == "self" then
    local records = L.records[of.of.kind.of]
    return records and records[of.key.value]
  end
end
L.record_in = record_in

local function count(set)
  local n = 0
  for _ in next, set do n = n + 1 end
  return n
end

local TICKS = H.set_of { "on_quote", "on_trade", "on_bar", "on_book" }

-- Does the code run at each call of a tick handler, whatever came before?
local function always_runs()
  local ctx = L.ctx
  return ctx.direct and TICKS[ctx.handler.name] and ctx.cond == 0 and not ctx.exit and ctx.loop == 0
end

-- A number is wanted of what an indicator gave, which is nil while it warms up. Sure only where this is the one place
-- that feeds it, and nothing was asked before.
function L.check_warming(e, kind)
  local from = plain(e)
  local output = kind.is == "output" and kind or from.k == "name" and from.var and from.var.output
  if not output and from.k == "index" then
    local record = record_in(from)
    output = record and record.output
  end
  if not output then return end
  local object, source = output.object, source_of(from)
  local place = source and path_of(plain(source.of)) or object.what
  local record = source and record_in(plain(source.of))
  local sure = kind.is == "output" and always_runs() and record and not record.escapes and record.sites[source]
               and count(record.sites) == 1 and object.least > 0
  if object.least == 0 and object.lookback then return end
  report(from.line, "warming", nil,
    ("%s gives nil while it warms up%s: test it first: if not x then return self:skip \"warming\" end"):format(
    place, object.lookback and (" (ready after %d)"):format(object.lookback) or ""),
      "if not x then return self:skip \"warming\" end", not sure)
end

-- Indicators that are made anew -------------------------------------------------------------------

local EACH = H.set_of { "on_quote", "on_trade", "on_bar", "on_book", "on_timer", "on_signal", "on_order", "on_fill",
  "check" }

-- The handler that runs this code again and again, or nil where other code does too.
local function repeated()
  local names = {}
  for name in next, L.ctx.roots do
    if not EACH[name] then return nil end
    names[#names + 1] = name
  end
  table.sort(names)
  return names[1]
end

local function report_made(line, what, handler)
  report(line, "made-in-handler", nil,
    ("%s is made at each call of %s: make it in on_start with self:keep"):format(what, handler),
         "self:keep")
end

-- ta.rsi(3):update(x): thrown away after so many updates.
function L.report_made(call, object, updates)
  local handler = repeated()
  if handler and (object.lookback or object.least) >= updates then report_made(call.line, object.what, handler) end
end

function L.note_made(var, call, object)
  local handler = repeated()
  if not handler or var.writes > 0 then return end
  var.made = var.made or { line = call.line, loop = L.ctx.loop, sites = {} }
  var.made.object, var.made.handler = object, handler
  L.file.made = L.file.made or {}
  L.file.made[var] = true
end

local function check_all_made(file)
  for var in next, file.made or {} do
    local made, deeper = var.made, false
    for _, loop in next, made.sites do deeper = deeper or loop ~= made.loop end
    local updates = count(made.sites)
    if not var.stays and not deeper and updates > 0 and (made.object.lookback or made.object.least) >= updates then
      report_made(made.line, made.object.what, made.handler)
    end
  end
end

-- self.rsi = ta.rsi(14), at each call.
function L.check_remade(target, value, kind)
  if plain(value).k == "call" and always_runs() and (kind.lookback or kind.least) > 0 then
    report_made(target.line, kind.what, L.ctx.handler.name)
  end
end

-- Calls with a dot, calls with a colon ------------------------------------------------------------

-- With a dot the object itself is one more argument; with fewer than that it was forgotten.
local FEWEST = { signal = 1, protect = 1, target = 1, price = 2, quantity = 1, bar = 1, keep = 2, timer = 1, skip = 1,
  mark = 2, log = 2 }
local OBJECTS = H.set_of { "self", "market", "object", "signal" }

local function is_itself(arg, of)
  if not arg then return false end
  local path = path_of(plain(arg))
  return path ~= nil and path == path_of(of) or arg.kind == of.kind
end

function L.check_dot(e, f, kinds)
  if f.k ~= "index" or f.key.k ~= "string" or not f.of.kind or not OBJECTS[f.of.kind.is] then return end
  local of, name, base, first = plain(f.of), f.key.value, f.of.kind, kinds[1]
  if is_itself(e.args[1], of) or first and OBJECTS[first.is] and first.is == base.is then return end
  local forgotten
  if base.is == "object" then
    forgotten = type(base.table[name]) == "function"
  elseif base.is == "signal" then
    forgotten = name == "weaken"
  elseif base.of and L.methods[base.of] and L.methods[base.of][name] then
    forgotten = L.methods[base.of][name].colon and (first == nil or first ~= UNKNOWN)
  else
    forgotten = FEWEST[name] and base.fields[name] and (#e.args <= FEWEST[name] or first ~= UNKNOWN)
  end
  if not forgotten then return end
  local place = path_of(of) or base.what
  report(e.line, "dot-for-colon", name, ("%s.%s: call it with a colon: %s:%s(…)"):format(place, name, place, name),
    ("%s:%s(…)"):format(place, name))
end

function L.check_colon(e, base)
  if base.fields[e.name] then
    report(e.line, "colon-for-dot", e.name, ("%s:%s: call it with a dot: %s.%s(…)"):format(base.label, e.name,
      base.label, e.name),
           ("%s.%s(…)"):format(base.label, e.name))
  else
    L.member(base, e.name, e, "call")
  end
end

-- Fewer inputs than an object takes: self.atr:update(b.close).
function L.check_inputs(e, object)
  local last = e.args[#e.args] and plain(e.args[#e.args])
  local open = last and (last.k == "call" or last.k == "method" or last.k == "vararg")
  if open or not object.takes or #e.args >= #object.takes then return end
  report(e.line, "wrong-argument", nil, ("%s takes %s: %s"):format(object.what, table.concat(object.takes, ", "),
    #e.args == 0 and "none is given" or ("only %d of %d are given"):format(#e.args, #object.takes)))
end

-- Counters that nothing begins ---------------------------------------------------------------------

-- Does arithmetic of this expression need the field `path` itself?
local function needs_itself(e, path)
  e = plain(e)
  if e.k ~= "binary" or e.op == "and" or e.op == "or" then return false end
  for _, side in ipairs { e.a, e.b } do
    if path_of(plain(side)) == path or needs_itself(side, path) then return true end
  end
  return false
end

-- self.count = self.count + 1, and nothing anywhere that begins a field of this name: nil at the first event.
function L.check_counter(target, value)
  local name, of = target.key.value, plain(target.of)
  local owner, path = of.kind and of.kind.is == "self" or L.is_state(of), path_of(target)
  if not (value and path and needs_itself(value, path)) then
    L.begun[name] = true
  elseif owner and not (L.begun[name] or L.dynamic or L.tested["self." .. name]) then
    report(target.line, "never-begun", name,
      ("%s is nil at first, and nothing sets it before: write %s = 0 in on_start, or (%s or 0)"):format(path, path,
        path),
      ("%s = 0"):format(path))
  end
end

-- A second function of the same name takes the place of the first.
function L.check_twice(base, name, fn)
  local defined = L.defined[base] or {}
  L.defined[base] = defined
  local first = defined[name]
  if first and first ~= fn and first.line < fn.line then
    report(fn.line, "defined-twice", name, ("%s is written a second time: the one of line %d is never called"):format(
      fn.name or name, first.line))
  end
  defined[name] = first or fn
end

-- Comparisons that have one answer ----------------------------------------------------------------

local SIGNED = { buy = "1", long = "1", sell = "-1", short = "-1", flat = "0", none = "0" }

-- e: the comparison; `kind` of `side` is known, `other` stands on the other side.
function L.check_comparison(e, side, kind, other)
  local place = path_of(plain(side))
  if not place or other.k ~= "string" and other.k ~= "number" then return end
  local what, hint
  if kind.is == "number" and other.k == "string" then
    what, hint = "a number", SIGNED[other.value]
  elseif kind.is == "boolean" then
    what = "true or false"
  elseif kind.is == "string" and other.k == "number" then
    what = kind.choices and '"' .. table.concat(kind.choices, '" "') .. '"' or "a text"
  elseif kind.choices and other.k == "string" then
    for _, value in ipairs(kind.choices) do
      if value == other.value then return end
    end
    what = '"' .. table.concat(kind.choices, '" "') .. '"'
    hint = T.sides[other.value] or H.guess(other.value, kind.choices)
    hint = hint and '"' .. hint .. '"'
  elseif kind.is == "view" then
    what = kind.what
  else
    return
  end
  report(e.line, "never-equal", nil, ("%s is %s, so it is never equal to %s%s"):format(place, what,
    H.shown(other.value),
    hint and (": write %s %s %s"):format(place, e.op, hint) or ""), hint and ("%s %s %s"):format(place, e.op, hint)
      or nil)
end

-- Handlers ----------------------------------------------------------------------------------------

local HANDLER = H.set_of(H.HANDLERS)
local WITHOUT_MARKET = H.set_of { "on_start", "on_stop", "on_timer" }

local function fix(param, kind)
  if not param then return end
  param.fixed = true
  L.bind(param, kind)
end

-- A function that became a method of a declaration.
function L.set_handler(base, name, fn)
  fn.name = fn.name or "S." .. name
  local check = name == "check" and base.filter
  if HANDLER[name] or check then
    fn.handler = { name = name, class = base }
    fix(fn.params[2], check and K.signal or K.events[name] or UNKNOWN)
    if not WITHOUT_MARKET[name] then fix(fn.params[3], base.market) end
    if name == "on_book" then report(fn.line, "not-built", name,
      "on_book is not called yet: order books are not built") end
  elseif name == "migrate" and fn.colon then
    report(fn.line, "colon-for-dot", name,
      "migrate is called without self: write function S.migrate(state, from_version)", "S.migrate")
  end
  if fn.handler or fn.colon then fix(fn.params[1], base.self) end
end

-- function S.on_bar(b), where b is the strategy itself.
function L.event_for_self(e, name)
  local fn = e.of and e.of.var and e.of.var.owner
  local first = fn and fn.handler and not fn.colon and fn.params[1]
  if not first or e.of.var ~= first or first.name == "self" then return false end
  local event = K.events[fn.handler.name] or fn.handler.name == "check" and K.signal
  if not (event and event.fields and event.fields[name]) then return false end
  report(fn.line, "dot-for-colon", name,
    ("the first argument of %s is the strategy itself: write function %s"):format(fn.name,
    (fn.name:gsub("%.([%w_]+)$", ":%1"))), (fn.name:gsub("%.([%w_]+)$", ":%1")))
  return true
end

-- Does a block end in all cases with a return, or not at all?
local function ends(block)
  local last = block[#block]
  if not last then return false end
  if last.k == "return" or last.k == "goto" or last.k == "while" or last.k == "repeat" then return true end
  if last.k == "do" then return ends(last.body) end
  if last.k == "call" then return last.call.k == "call" and last.call.f.k == "name" and last.call.f.name == "error" end
  if last.k ~= "if" or not last.otherwise or not ends(last.otherwise) then return false end
  for _, body in ipairs(last.bodies) do
    if not ends(body) then return false end
  end
  return true
end

function L.check_handler(fn, handler)
  if handler.name == "check" and not ends(fn.body) then
    report(fn.last_line, "check-without-return", nil,
      "check may end without a return, which is a veto filter_error: return s lets the signal pass", "return s")
  end
end

local CONSTANT = H.set_of { "true", "false", "string", "number", "table" }

function L.check_return(s)
  local ctx = L.ctx
  if not (ctx.direct and ctx.handler.name == "check") then return end
  local first, second = s.values[1] and plain(s.values[1]), s.values[2]
  if not first or CONSTANT[first.k] then
    report(s.line, "wrong-return", nil, "check must return its signal, or nil and a reason",
      "return s, or return nil, \"reason\"")
  elseif first.k == "nil" and (not second or constant(second) and plain(second).k ~= "string") then
    report(s.line, "wrong-return", nil, "check returns nil without a reason: return nil, \"reason\"",
      'return nil, "reason"')
  end
end

-- Files -------------------------------------------------------------------------------------------

function L.is_state(e)
  e = plain(e)
  if e.k == "name" then
    local var = e.var
    return var ~= nil and var.writes == 0 and var.value ~= nil and not var.result and var.value.k ~= "call"
      and L.is_state(var.value)
  end
  if e.k ~= "index" then return false end
  if e.of.kind and e.of.kind.is == "self" and e.key.value == "state" then return true end
  return L.is_state(e.of)
end

-- Is this code of a handler that comes after on_start? What on_start alone sets is a constant of the run.
local function is_later()
  for root in next, L.ctx.roots do
    if root ~= "on_start" then return true end
  end
  return false
end

-- A field is written: of self.state in a filter's check, or of a table that all symbols share.
function L.check_write(target, var)
  local ctx, file = L.ctx, L.file
  if ctx.handler and ctx.handler.name == "check" and target.k == "index" and L.is_state(target.of) then
    report(target.line, "state-in-check", nil, "check must not write self.state: count in on_signal or on_fill",
      "on_signal")
  end
  if not var or var.owner ~= file.tree or ctx.fn == file.tree or not is_later() then return end
  if target.k == "name" then
    report(target.line, "shared-local", var.name,
      ("'%s': a file-level local that is assigned here is shared by all symbols and lost at a restart"):format(
        var.name),
           "self." .. var.name)
  elseif var.value and var.value.k == "table" and not var.told and L.round > 1 then
    report(var.line, "shared-local", var.name,
      ("'%s': a table in a file-level local is shared by all symbols and lost at a restart"):format(var.name),
           "self." .. var.name)
  end
end

-- An indicator in a file-level local that a handler feeds.
function L.check_shared_object(var, object)
  local file = L.file
  if var.owner == file.tree and L.ctx.fn ~= file.tree and is_later() then
    report(var.line, "shared-local", var.name,
      ("'%s': %s in a file-level local is shared by all symbols and lost at a restart: " ..
        "make it in on_start with self:keep"):format(
      var.name, object.what), "self:keep")
  end
end

-- After the last walk: what only the whole file tells.
function L.check_whole(file)
  check_all_made(file)
  local class = H.unwrapped(H.modules[file.name])
  if type(class) ~= "table" or not H.declared[class] then return end
  for _, s in ipairs(file.tree.body) do
    local var = s.of_function and s.vars[1]
    if var and HANDLER[var.name] and not var.used and class[var.name] == nil then
      report(s.line, "handler-never-called", var.name,
        ("the local function %s is never called: write function S:%s(…), S being what the file returns"):format(
        var.name, var.name), "function S:" .. var.name)
    end
  end
end

-- Answers -----------------------------------------------------------------------------------------

-- For check: all that is sure, by file and line. { file, line, rule, message, hint }
function H.lint()
  local place, list, seen = {}, {}, {}
  for i, name in ipairs(H.files) do place[name] = i end
  local ok, found = pcall(H.look, H.files)
  if not ok then
    local why = H.tostring(found):find("overflow", 1, true) and "it is nested too deep" or H.tostring(found)
    found = { { file = H.files[1], line = 1, rule = "not-looked-at",
              message = "this script could not be looked at for mistakes: " .. why } }
  end
  for _, finding in ipairs(H.never_called) do list[#list + 1] = finding end
  for _, finding in ipairs(found) do
    if not finding.maybe then list[#list + 1] = finding end
  end
  for i, finding in ipairs(list) do finding.order = i end
  table.sort(list, function(a, b)
    if place[a.file] ~= place[b.file] then return (place[a.file] or 0) < (place[b.file] or 0) end
    if a.line ~= b.line then return a.line < b.line end
    return a.order < b.order
  end)
  local told = {}
  for _, finding in ipairs(list) do
    local text = finding.file .. ":" .. finding.line .. ":" .. finding.message
    if not seen[text] then told[#told + 1] = finding end
    seen[text] = true
  end
  return told
end

-- For an error at run time: why, in words, or nil. text: "s.lua:4: attempt to …".
local LINES = 3         -- a call over several lines is blamed on another of them than its name

local function fits(finding, message, name)
  if name then return finding.name == name end
  local nil_number = message:find "nil" and (message:find "arithmetic" or message:find "compare"
    or message:find "concatenate"
                     or message:find "input must" or message:find "quantity must" or message:find "bad argument")
  local rule = finding.rule
  if message:find "attempt to index" then return rule == "no-bar" end
  return nil_number and (rule == "warming" or rule == "dot-for-colon" or rule == "unknown-field" or rule == "no-number")
end

function H.why(text)
  local file, line, message = text:match "^([^\n]-%.lua):(%d+): (.*)$"
  if not file then return nil end
  H.looked = H.looked or H.look(H.files)
  line = tonumber(line)
  local name = message:match "^attempt to %a+ %a+ '([^']+)'"
  local best, away
  for _, finding in ipairs(H.looked) do
    local d = math.abs(finding.line - line)
    if finding.file == file and d <= (name and LINES or 0) and fits(finding, message, name) and (not best
      or d < away) then
      best, away = finding, d
    end
  end
  if not best and name then
    for _, finding in ipairs(H.looked) do
      if finding.file == file and finding.line == line and fits(finding, message, nil) then best = best or finding end
    end
  end
  if best and best.rule == "warming" then return "still warming up? " .. best.message end
  return best and best.message
end
