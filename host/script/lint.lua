-- What looks like a mistake in a script, found without running it: `check` says all of it, and an error at run time
-- what concerns its line. The tree of each file is walked several times: what is known of a local, of a field of self
-- or of a parameter comes from everything that is ever put into it, and a walk uses what the walk before found. The
-- last walk reports. What is not sure is not said: a value of which anything is unknown is unknown.
local H = ...
local K, T = H.known, H.hints

local ROUNDS = 5
local UNKNOWN = K.unknown

local L = { round = 0 }         -- of one look at all files
H.lint_state = L

-- Reports -----------------------------------------------------------------------------------------

-- `name`: what the error at run time would name. `maybe`: true only if the line ran into it; `check` is silent.
function L.report(line, rule, name, message, hint, maybe)
  if L.round < ROUNDS then return end
  local list = L.findings
  list[#list + 1] = { file = L.file.name, line = line, rule = rule, name = name, message = message, hint = hint,
                      maybe = maybe or false, order = #list }
end
local report = L.report

-- What is known of a place ------------------------------------------------------------------------

local function join(a, b)
  if a == nil or a == b then return b end
  return UNKNOWN
end

-- Something is put into a place: a local, a parameter, a field of self.
function L.bind(place, kind)
  kind = kind or UNKNOWN
  place.kinds = place.kinds or {}
  place.kinds[L.round] = join(place.kinds[L.round], kind)
  if kind.is == "output" then place.output = kind end
end
local bind = L.bind

-- A local that is written once is known as soon as it is.
local function kind_in(place)
  local kinds = place.kinds
  if not kinds then return UNKNOWN end
  if place.writes == 0 and not place.param and kinds[L.round] then return kinds[L.round] end
  return kinds[L.round - 1] or UNKNOWN
end

-- A field of self that somebody sets.
local function record_of(class_kind, name)
  local records = L.records[class_kind] or {}
  L.records[class_kind] = records
  return records[name]
end

local function new_record(class_kind, name)
  local record = record_of(class_kind, name) or { writes = 1, sites = {} }
  L.records[class_kind][name] = record
  return record
end

-- The function node of an author's method, where there is exactly one.
local function method_of(class_kind, name)
  local methods = L.methods[class_kind]
  return methods and methods[name] or nil
end

-- Names that are not there ------------------------------------------------------------------------

local function is_sure(use) return use == "call" or use == "index" or use == "number" or use == "method"
  or use == "receiver" end

local function candidates(...)
  local names = {}
  for i = 1, select("#", ...) do
    for name in next, (select(i, ...)) do names[#names + 1] = name end
  end
  table.sort(names)
  return names
end

local function unknown_global(e, use)
  local name = e.name
  if use == "test" then L.tested[name] = true end
  if use == "test" or L.tested[name] then return end
  local locals = {}
  for var in next, L.file.locals do locals[var] = true end
  local how, hint
  if name == "self" and L.ctx.fn.name then
    how, hint = (": write function %s with a colon before its name"):format((L.ctx.fn.name:gsub(":", "."))), nil
  else
    how, hint = T.instead(name, T.globals, candidates(K.globals, locals))
  end
  report(e.line, "unknown-global", name, ("'%s' is not known here%s"):format(name, how), hint)
end

local function unknown_field(base, name, e, use)
  local key = base.what .. "." .. name
  if use == "test" then L.tested[key] = true end
  if use == "test" or L.tested[key] then return end
  if base.own and L.assigned[name] then return end
  local hints = T.libraries[base.label]
  local names = base.table and K.names_of(base.table) or candidates(base.fields)
  local how, hint = T.instead(name, hints, names)
  report(e.line, "unknown-library-field", name, ("%s has no '%s'%s"):format(base.what, name, how), hint)
end

-- What raises, or is nil, when it is read of an event or of what belongs to a market.
local function unknown_view_field(base, name, e)
  local how, hint = T.instead(name, T.views[base.role], candidates(base.fields))
  if hint and base.fields[hint] then how = (", did you mean '%s'?"):format(hint) end
  report(e.line, "unknown-view-field", name, ("%s has no field '%s'%s"):format(base.what, name, how), hint)
end

-- Of self, whose fields are also whatever the author puts there.
local function unknown_self_field(base, name, e, use)
  local class = base.of
  if use == "test" then
    L.tested["self." .. name] = true
    return
  end
  if L.tested["self." .. name] or L.assigned[name] then return end
  local who, method = base.what, use == "method"
  local verbs = class.filter and K.acting[name] and "a filter asks for nothing: it passes or vetoes in check"
  local portfolio = base == class.self and class.market ~= class.self and class.market.fields[name]
  if verbs then return report(e.line, "unknown-method", name, ("a filter has no '%s': %s"):format(name, verbs)) end
  if portfolio then
    return report(e.line, "market-of-portfolio", name,
      ("with scope = \"portfolio\" it is a market that has '%s', not self: write m%s%s, " ..
        "m being the last argument of the handler"):format(
      name, method and ":" or ".", name), "m" .. (method and ":" or ".") .. name)
  end
  local hints = method and T.market_methods[name] and T.market_methods or T.market
  local how, hint = T.instead(name, hints, candidates(base.host or base.fields, L.records[class] or {},
    L.methods[class] or {}))
  -- Where fields get names that the text does not tell, only a verb in another spelling is sure.
  if L.dynamic and not (method and hint) then return end
  if not is_sure(use) and hint == nil then return end
  if how == "" and not method then how = ": nothing sets it" end
  report(e.line, method and "unknown-method" or "unknown-field", name,
         ("%s has no %s '%s'%s"):format(who, method and "method" or "field", name, how), hint)
end

local CLOSED = H.set_of { "view", "params", "signal" }

-- The kind of base.name, read at e. use: value test call method index number, or receiver of a method.
function L.member(base, name, e, use)
  if base.is == "legs" then return name == "main" and base.element or UNKNOWN end
  if base.is == "markets" then return base.element end
  if base.is == "string" and use == "method" then
    if not K.strings.fields[name] then
      local how, hint = T.instead(name, T.libraries.string, candidates(K.strings.table))
      report(e.line, "unknown-method", name, ("a text has no method '%s'%s"):format(name, how), hint)
    end
    return UNKNOWN
  end
  if base.is == "class" then
    if base.self.host[name] and not method_of(base, name) and is_sure(use) then
      report(e.line, "declaration-for-self", name,
        ("'%s' belongs to self, not to the declaration: write self%s%s in a handler"):format(
        name, use == "method" and ":" or ".", name), "self" .. (use == "method" and ":" or ".") .. name)
    end
    return UNKNOWN
  end
  local fields = base.fields
  if not fields then return UNKNOWN end
  local found = fields[name]
  if found then return found end
  if base.is == "self" then
    local record = record_of(base.of, name)
    if record then return kind_in(record) end
    if method_of(base.of, name) or base.of.class[name] ~= nil then return UNKNOWN end
    if (L.methods[base.of] or {})[name] ~= nil then return UNKNOWN end
    if not L.event_for_self(e, name) then unknown_self_field(base, name, e, use) end
  elseif base.is == "market" then
    if not L.assigned[name] then unknown_self_field(base, name, e, use) end
  elseif CLOSED[base.is] then
    if base.is == "params" then
      local how = H.nearest(name, candidates(fields))
      report(e.line, "unknown-parameter", name, ("params has no '%s'%s"):format(name, how), H.guess(name,
        candidates(fields)))
    else
      unknown_view_field(base, name, e)
    end
  elseif base.is == "object" then
    if use == "method" or use == "call" then
      local names = {}
      for key, value in next, base.table do if type(value) == "function" then names[#names + 1] = key end end
      table.sort(names)
      report(e.line, "unknown-method", name, ("%s has no method '%s'%s"):format(base.what, name, H.nearest(name,
        names)), H.guess(name, names))
    end
  elseif base.is == "module" or base.is == "std" then
    unknown_field(base, name, e, use)
  end
  return UNKNOWN
end

-- Expressions -------------------------------------------------------------------------------------

local EVAL = {}

-- Walk an expression once; -> what is known of its (first) value.
local function eval(e, use)
  local how = EVAL[e.k]
  local kind = how and how(e, use or "value") or UNKNOWN
  e.kind = kind
  return kind
end
L.eval = eval

local function eval_all(list, use)
  local kinds = {}
  for i, e in ipairs(list) do kinds[i] = eval(e, use) end
  return kinds
end

-- What is written in the source: "self.rsi", for messages; nil for what is no plain path.
local function path_of(e)
  if e.k == "name" then return e.name end
  if e.k == "index" and e.key.k == "string" then
    local base = path_of(e.of)
    return base and base .. "." .. e.key.value
  end
end
L.path_of = path_of

local function without_parens(e)
  while e.k == "paren" do e = e.of end
  return e
end
L.plain = without_parens

-- In a part that need not run.
local function conditional(f, ...)
  local ctx = L.ctx
  ctx.cond = ctx.cond + 1
  local kind = f(...)
  ctx.cond = ctx.cond - 1
  return kind
end

EVAL["nil"] = function() return nil end
EVAL.string = function() return K.string end
EVAL.number = function() return K.number end

function EVAL.paren(e, use) return eval(e.of, use) end

function EVAL.name(e, use)
  local var = e.var
  if not var then
    local kind = K.globals[e.name]
    if kind then return kind end
    unknown_global(e, use)
    return UNKNOWN
  end
  var.used = true
  if var.owner ~= L.ctx.fn or use ~= "receiver" then var.stays = true end     -- it may live longer than the call
  if var.fn and use ~= "call" then var.fn.escapes = true end
  if var.param and var.owner.escapes and not var.fixed then return UNKNOWN end
  return kind_in(var)
end

function EVAL.index(e, use)
  local base = eval(e.of, "index")
  if e.key.k ~= "string" then
    eval(e.key)
    return base.element or UNKNOWN
  end
  local of = without_parens(e.of)
  if of.k == "method" and base == K.bar and use ~= "test" then
    report(e.line, "no-bar", nil, "there is no such bar yet? bar gives nil until it is there: test it first", nil, true)
  end
  local kind = L.member(base, e.key.value, e, use)
  if kind.is == "object" and use ~= "receiver" and use ~= "index" and use ~= "test" then
    local record = L.record_in(e)
    if record and not e.alias then record.escapes = true end
  end
  return kind
end

EVAL["function"] = function(e)
  L.walk_function(e, e.handler)
  return UNKNOWN
end

function EVAL.table(e)
  for _, item in ipairs(e.items) do
    if item.key and item.key.k == "string" then L.begun[item.key.value] = true end
    if item.key then eval(item.key) end
    item.kind = eval(item.value)
  end
  return { is = "table", what = "a table", node = e }
end

local NOT_A_NUMBER = H.set_of { "view", "market", "self", "params", "object", "signal", "legs", "markets", "class",
  "module", "std" }
local INSTEAD_OF_VIEW = { position = "qty", bar = "close", quote = "mid", trade = "price", account = "equity",
  on_fill = "qty" }

-- An operand of which a number is wanted.
local function need_number(e, kind)
  local place = path_of(without_parens(e)) or kind.what
  if NOT_A_NUMBER[kind.is] then
    local field = INSTEAD_OF_VIEW[kind.role]
    report(e.line, "no-number", nil, ("%s is %s, not a number%s"):format(place, kind.what,
      field and (": write %s.%s"):format(place, field) or kind.is == "object" and (": write %s:value()"):format(place)
        or ""),
      field and place .. "." .. field or nil)
  else
    L.check_warming(e, kind)
  end
end

local function eval_logic(e, use)
  local a = eval(e.a, "test")
  -- table.unpack or unpack: what is there hides what is not.
  local hidden = e.op == "or" and (a.is == "function" or a.is == "module" or a.is == "std" or a.is == "constructor")
  local b = conditional(eval, e.b, hidden and "test" or use)
  if e.op == "and" then return b end
  if a.is == "output" then return UNKNOWN end
  return a == b and a or UNKNOWN
end

local function is_nil(e) return without_parens(e).k == "nil" end

local function eval_equal(e)
  local with_nil = is_nil(e.a) or is_nil(e.b)
  local a, b = eval(e.a, with_nil and "test" or "value"), eval(e.b, with_nil and "test" or "value")
  if not with_nil then
    L.check_comparison(e, e.a, a, without_parens(e.b), b)
    L.check_comparison(e, e.b, b, without_parens(e.a), a)
  end
end

function EVAL.binary(e, use)
  local op = e.op
  if op == "and" or op == "or" then return eval_logic(e, use) end
  if op == "==" or op == "~=" then return eval_equal(e) end
  local a, b = eval(e.a, "number"), eval(e.b, "number")
  need_number(e.a, a)
  need_number(e.b, b)
  if op == "^" then
    report(e.line, "power", nil, "^ may give other bits compiled than interpreted: use mt.pow", "mt.pow(x, y)")
  end
  if op == ".." then return K.string end
  local compares = op == "<" or op == ">" or op == "<=" or op == ">="
  return not compares and a == K.number and b == K.number and K.number or UNKNOWN
end

function EVAL.unary(e)
  if e.op == "not" then
    eval(e.a, "test")
    return UNKNOWN
  end
  local kind = eval(e.a, e.op == "-" and "number" or "value")
  if e.op == "-" then need_number(e.a, kind) end
  return e.op == "-" and kind == K.number and kind or UNKNOWN
end

-- Calls -------------------------------------------------------------------------------------------

local OUTPUT = H.set_of { "update", "take", "value" }

-- The arguments meet the parameters of a function of the author.
local function pass(fn, kinds, first)
  for i = first, #fn.params do
    if not fn.params[i].fixed then bind(fn.params[i], kinds[i - first + 1]) end
  end
  fn.called = fn.called or {}
  for root in next, L.ctx.roots do fn.called[root] = true end
end

local function call_of_library(e, base, kinds)
  if base.label == "mt.at" then L.check_at(e, kinds) end
  if base.label == "mt.strategy" or base.label == "mt.filter" then
    if L.ctx.handler then
      report(e.line, "only-while-loading", base.label, base.label
        .. " works only while the script is loaded: write it outside of all functions")
    end
    local class = H.unwrapped(H.modules[L.file.name])
    return type(class) == "table" and H.declared[class] and K.class(class) or UNKNOWN
  end
  if base.label == "require" then
    if L.ctx.handler then
      report(e.line, "only-while-loading", "require",
        "require works only while the script is loaded: write it at the top of the file")
    end
    local name = e.args[1]
    return name and name.k == "string" and K.module(name.value) or UNKNOWN
  end
  if base.label == "pairs" and L.ctx.tick then
    report(e.line, "pairs-in-tick-handler", nil,
      "pairs in a tick handler sorts and allocates at each call: use an array and ipairs", "ipairs")
  end
  return UNKNOWN
end

-- require "x" and ta.rsi(14) as one: a constructor, a function of a library or of the author.
function EVAL.call(e)
  local f = without_parens(e.f)
  local base = eval(f, "call")
  local test = base.label == "type" or base.label == "assert"
  local kinds = eval_all(e.args, test and "test" or "value")
  if base.label and base.label:find "^math%." then
    for i, arg in ipairs(e.args) do need_number(arg, kinds[i]) end
  end
  L.check_dot(e, f, kinds)
  if f.k == "name" and f.var and f.var.fn then
    pass(f.var.fn, kinds, 1)
    return UNKNOWN
  end
  if f.k == "index" and f.of.kind and f.of.kind.is == "class" and f.key.k == "string" then
    local fn = method_of(f.of.kind, f.key.value)
    if fn then pass(fn, kinds, 1) end
  end
  if base.is == "constructor" then
    local args, count = L.constants(e.args)
    local object, why = K.object(base, args, count)
    if why then L.check_constructor(e, base, why) end
    return object
  end
  if base.is == "function" then return call_of_library(e, base, kinds) end
  if base.is == "number" or base.is == "string" or base.is == "boolean" or base.is == "view" then
    if f.k == "index" then
      report(e.line, "value-is-called", f.key.value,
        ("%s is a value, not a function: write it without ()"):format(path_of(f) or f.key.value), path_of(f))
    end
  end
  return UNKNOWN
end

local function method_of_object(e, object, kinds)
  local name = e.name
  if name == "update" or name == "take" then
    local from = without_parens(e.of)
    local record = L.record_in(from)
    if record then record.sites[e] = true end
    if from.k == "name" then
      local var = from.var
      if var and var.made then var.made.sites[e] = L.ctx.loop end
      if var then L.check_shared_object(var, object) end
    elseif from.k == "call" then
      L.report_made(from, object, 1)
    end
    if name == "update" and object.plain then           -- others take a book or a ladder
      L.check_inputs(e, object)
      for i, arg in ipairs(e.args) do need_number(arg, kinds[i]) end
    end
  end
  return OUTPUT[name] and object.output or UNKNOWN
end

function EVAL.method(e)
  local of = without_parens(e.of)
  local base = eval(of, "receiver")
  local kinds = eval_all(e.args)
  if base.is == "module" and not base.own or base.is == "std" then
    L.check_colon(e, base)
    return UNKNOWN
  end
  local found = L.member(base, e.name, e, "method")
  if found.is == "number" or found.is == "string" or found.is == "boolean" or found.is == "view" then
    report(e.line, "value-is-called", e.name, ("%s.%s is a value, not a function: write %s.%s"):format(path_of(of)
      or base.what, e.name,
      path_of(of) or base.what, e.name), path_of(of) and path_of(of) .. "." .. e.name)
  end
  if base.is == "object" then return method_of_object(e, base, kinds) end
  if base.is == "self" or base.is == "market" then
    local fn = base.is == "self" and method_of(base.of, e.name)
    if fn then
      pass(fn, kinds, 2)
    else
      return L.check_verb(e, base, kinds) or UNKNOWN
    end
  elseif base.is == "signal" and e.name == "weaken" then
    return base
  end
  return UNKNOWN
end

-- Statements --------------------------------------------------------------------------------------

local RUN = {}

local function run_block(statements)
  for _, s in ipairs(statements) do
    local how = RUN[s.k]
    if how then how(s) end
  end
end
L.run_block = run_block

RUN["local"] = function(s)
  local kinds = {}
  for i, value in ipairs(s.values) do
    local var = s.vars[i]
    if value.k == "function" and var then
      value.name = value.name or var.name
      var.fn = var.writes == 0 and value or nil
    end
    if var then var.value = var.writes == 0 and value or nil end
    value.alias = var ~= nil and var.writes == 0       -- followed by name
    kinds[i] = eval(value)
    if var and kinds[i].is == "object" and value.k == "call" then L.note_made(var, value, kinds[i]) end
  end
  local last = s.values[#s.values]
  for i, var in ipairs(s.vars) do
    local kind = kinds[i]
    if i > #s.values and last then
      var.value, var.result = last, i - #s.values + 1
      kind = kinds[#s.values].is == "output" and kinds[#s.values] or nil
    end
    bind(var, kind or UNKNOWN)
    L.file.locals[var.name] = true
  end
end

local function assign_name(target, kind)
  local var = target.var
  if not var then
    report(target.line, "global-assignment", target.name,
      ("assignment to the global '%s': write local %s, or self.%s for what is to be remembered"):format(
      target.name, target.name, target.name), "local " .. target.name)
    return
  end
  bind(var, kind)
  L.check_write(target, var)
end

local function assign_field(target, kind, value)
  local base = eval(target.of, "index")
  local key = target.key
  if key.k ~= "string" then
    eval(key)
    local name = without_parens(target.of)
    if key.k ~= "number" and name.k == "name" and (base.is == "self" or base == UNKNOWN and name.var
      and name.var.param) then
      L.dynamic = true
    end
    L.check_write(target, name.var)
    return
  end
  local name = key.value
  L.assigned[name] = true
  L.check_counter(target, value)
  if base.is == "self" then
    if name ~= "state" and base.host[name] then
      report(target.line, "reserved-name", name, ("'%s' of %s is the host's own: take another name"):format(name,
        base.what))
    end
    if kind.is == "table" then kind = UNKNOWN end
    bind(new_record(base.of, name), kind)
    if value and kind.is == "object" then L.check_remade(target, value, kind) end
  elseif CLOSED[base.is] or base.is == "module" and not base.own or base.is == "std" then
    report(target.line, "read-only", name, ("%s is read-only: %s cannot be changed"):format(base.what, path_of(target)
      or name))
  elseif base.is ~= "class" then
    L.check_write(target, without_parens(target.of).var)
  end
end

-- A function that becomes a method of a declaration: a handler, or a helper that is called by self:name().
local function define_method(target, value)
  local base = target.of.kind or (target.of.var and kind_in(target.of.var)) or UNKNOWN
  if target.k ~= "index" or target.key.k ~= "string" or base.is ~= "class" or value.k ~= "function" then return end
  local name = target.key.value
  local methods = L.methods[base] or {}
  L.methods[base] = methods
  local before = methods[name]
  if before == nil then methods[name] = value elseif before ~= value then methods[name] = false end
  if L.ctx.fn == L.file.tree then L.check_twice(base, name, value) end
  L.set_handler(base, name, value)
end

function RUN.assign(s)
  for i, value in ipairs(s.values) do
    local target = s.targets[i]
    if target and target.k == "index" then
      eval(target.of, "index")
      define_method(target, value)
    end
    s[i] = eval(value)
  end
  for i, target in ipairs(s.targets) do
    local kind = s[i] or UNKNOWN
    if i > #s.values then kind = UNKNOWN end
    if target.k == "name" then assign_name(target, kind) else assign_field(target, kind, s.values[i]) end
  end
end

RUN["do"] = function(s) run_block(s.body) end
function RUN.call(s)
  local f = s.call.k == "call" and s.call.f
  eval(s.call)
  if f and f.k == "name" and (f.name == "error" or f.name == "assert") then L.ctx.exit = true end
end

RUN["if"] = function(s)
  for i, test in ipairs(s.tests) do
    if i == 1 then eval(test, "test") else conditional(eval, test, "test") end
  end
  for _, body in ipairs(s.bodies) do conditional(run_block, body) end
  if s.otherwise then conditional(run_block, s.otherwise) end
end

local function looped(f, ...)
  L.ctx.loop = L.ctx.loop + 1
  conditional(f, ...)
  L.ctx.loop = L.ctx.loop - 1
end

RUN["while"] = function(s)
  conditional(eval, s.test, "test")
  looped(run_block, s.body)
end
RUN["repeat"] = function(s)
  looped(run_block, s.body)
  conditional(eval, s.test, "test")
end

RUN["for"] = function(s)
  eval_all(s.values)
  bind(s.vars[1], K.number)
  looped(run_block, s.body)
end

function RUN.forin(s)
  eval_all(s.values)
  local over = s.values[1]
  local from = over.k == "call" and over.args[1] and over.args[1].kind
  for i, var in ipairs(s.vars) do bind(var, i == 2 and from and from.element or UNKNOWN) end
  looped(run_block, s.body)
end

RUN["return"] = function(s)
  for _, value in ipairs(s.values) do eval(value) end
  L.check_return(s)
  L.ctx.exit = true
end
RUN["break"] = function() L.ctx.exit = true end
RUN["goto"] = RUN["break"]

local TICK = H.set_of { "on_quote", "on_trade", "on_book" }

-- handler: { name =, class = } of one that the host calls.
function L.walk_function(fn, handler)
  local outer = L.ctx
  local roots = fn.called or {}
  if handler then roots = { [handler.name] = true } end
  local within = not handler and fn.name == nil
  L.ctx = { fn = fn, handler = handler or within and outer.handler, roots = within and outer.roots or roots,
            cond = handler and 0 or 1,
            loop = 0, exit = false, tick = handler and TICK[handler.name] or within and outer.tick or false,
            direct = handler ~= nil }
  if not fn.name then fn.escapes = true end
  run_block(fn.body)
  if handler then L.check_handler(fn, handler) end
  L.ctx = outer
end

-- All files ---------------------------------------------------------------------------------------

local function look_at(file)
  L.file = file
  L.ctx = { fn = file.tree, roots = {}, cond = 1, loop = 0, exit = false, tick = false }
  run_block(file.tree.body)
  if L.round == ROUNDS then L.check_whole(file) end
end

-- The findings of the texts of all files but the library's, in their order.
function H.look(names)
  L.findings, L.records, L.methods, L.assigned, L.tested, L.dynamic = {}, {}, {}, {}, {}, false
  L.begun, L.defined = {}, {}
  local files = {}
  for i, name in ipairs(names) do
    local tree, mentions = H.parse(name)
    files[i] = { name = name, tree = tree, mentions = mentions, locals = {} }
  end
  L.files = files
  for round = 1, ROUNDS do
    L.round = round
    for i = 1, #files do look_at(files[i]) end
  end
  return L.findings
end
