-- Dispatchers: one function without arguments for each event kind; C calls it after it has filled
-- the view in the port. Quotes, trades and bars are read in place. Reports, fills, verdicts and
-- timers come as one table each, whose fields are looked up in the port when they are read; so none
-- of them makes garbage.
local H = ...
local ffi, raise = H.ffi, H.raise
local text_of = ffi.string

local function side_name(side) return side > 0 and "buy" or side < 0 and "sell" or "flat" end

local function named(enum)
  local names = {}
  return function(number)
    local name = names[number]
    if not name then
      name = H.c.name_of(enum, number)
      names[number] = name
    end
    return name
  end
end
H.side_name = side_name
local state_name, type_name, role_name, verdict_name = named "state", named "type", named "role", named "verdict"

local function is_filter(name)
  for i = 1, #H.instances do
    if H.instances[i].name == name then return true end
  end
  return false
end

-- A veto is recorded as "filters/max_spread: spread": the filter and the reason. The text of an error begins with the
-- file instead, which is the filter's own or that of a library.
local function split_reason(text, failed)
  local name, rest = text:match(failed and "^script: (.-)%.lua:" or "^(.-): (.*)$")
  local known = is_filter(name)
  return failed and "filter_error" or known and rest or text, known and name or nil
end

-- The getters of the events that come as tables, by handler.
function H.event_getters(port)
  local order, fill, verdict, timer = port.order, port.fill, port.verdict, port.timer
  local function code(number) if number ~= 0 then return H.code_name(number) end end
  local function numbers(view, fields, others)
    for _, name in ipairs(fields) do others[name] = function() return view[name] end end
    return others
  end
  local function tag() return text_of(port.text) end
  local function veto()
    if port.reason[0] == 0 then return nil end
    return split_reason(text_of(port.reason), H.code_name(verdict.code) == "FILTER_ERROR")
  end
  return {
    on_order = numbers(order, { "id", "signal", "price", "stop", "qty", "filled", "leaves", "reduce_only" }, {
      side = function() return side_name(order.side) end,
      type = function() return type_name(order.type) end,
      state = function() return state_name(order.state) end,
      reason = function() return role_name(order.role) end,
      code = function() return code(order.code) end,
      tag = tag,
    }),
    on_fill = numbers(fill, { "time", "age", "id", "signal", "price", "qty", "fee", "profit", "position", "maker",
                              "closes" }, {
      side = function() return side_name(fill.side) end,
      reason = function() return role_name(fill.role) end,
      tag = tag,
    }),
    on_signal = numbers(verdict, { "id", "value", "strength", "size", "sent", "of", "entry" }, {
      side = function() return side_name(verdict.side) end,
      verdict = function() return verdict_name(verdict.verdict) end,
      reason = function() return veto() or code(verdict.code) end,
      filter = function() local _, filter = veto() return filter end,
      tag = tag,
    }),
    on_timer = numbers(timer, { "time" }, {
      name = tag,
      late = function() if timer.late > 0 then return timer.late end end,
    }),
  }
end

-- What messages call an event.
H.EVENT_NAMES = { on_quote = "a quote", on_trade = "a trade", on_bar = "a bar", on_order = "an order",
                  on_fill = "a fill", on_signal = "a verdict", on_timer = "a timer event" }

local function views(port)
  local all = H.event_getters(port)
  for name, getters in next, all do all[name] = H.guarded(getters, H.EVENT_NAMES[name]) end
  all.on_quote = ffi.cast("const struct mt_view_quote *", port.quote)[0]
  all.on_trade = ffi.cast("const struct mt_view_trade *", port.trade)[0]
  all.on_bar = ffi.cast("const struct mt_view_bar *", port.bar)[0]
  return all
end

-- Each dispatcher is compiled from text of its own, because LuaJIT ties its traces to the
-- function's prototype: one shared prototype would make the handlers of all events side traces of
-- each other.
local SYMBOL = [[
local port, objects, handler, view = ...
return function()
  local m = objects[port.market]
  handler(m, view, m)
end]]
local PORTFOLIO = [[
local port, markets, handler, view, self = ...
return function()
  handler(self, view, markets[port.market])
end]]
local CHAIN = [[
local first, second = ...
return function()
  first()
  second()
end]]

-- Where filters and strategy hear different frames, each asks whether this bar is for it.
local HEARS = [[
local port, bar, owner, inner = ...
return function()
  local told = port.bar_told[owner]
  if told == 0 then return end
  if told ~= 1 then bar.last = told == 2 end
  inner()
end]]

local function build(text, ...) return assert(loadstring(text, "=mthost"))(...) end

-- on_start and on_stop: every object of the instance, symbols in port order.
local function for_all(port, instance, handler)
  return function()
    local why = text_of(port.text)
    H.each_object(instance, function(o) handler(o, why) end)
  end
end

local function for_timer(port, instance, handler, event)
  return function()
    if port.timer_owner ~= instance.owner then return end
    handler(instance.portfolio and instance.self or instance.objects[port.market], event)
  end
end

-- Does everybody with an on_bar hear the same frames?
local function all_hear_alike()
  local first
  for i = 0, #H.instances do
    local class = H.instances[i].class
    local d = H.declared[class]
    local frames = table.concat(d.frames, " ") .. (#d.bars == 0 and " files" or "")
    if class.on_bar then
      if first and frames ~= first then return false end
      first = frames
    end
  end
  return true
end

local function dispatcher_of(port, instance, name, view)
  local handler = instance.class[name]
  if type(handler) ~= "function" then
    if handler ~= nil then error(("%s: %s must be a function"):format(instance.name, name), 0) end
    return nil
  end
  local dispatcher
  if name == "on_start" or name == "on_stop" then
    dispatcher = for_all(port, instance, handler)
  elseif name == "on_timer" then
    dispatcher = for_timer(port, instance, handler, view)
  elseif instance.portfolio then
    dispatcher = build(PORTFOLIO, port, instance.objects, handler, view, instance.self)
  else
    dispatcher = build(SYMBOL, port, instance.objects, handler, view)
  end
  H.handler_of[dispatcher] = handler
  if name == "on_bar" and not all_hear_alike() then
    dispatcher = build(HEARS, port, port.bar, instance.owner, dispatcher)
    H.handler_of[dispatcher] = handler
  end
  return dispatcher
end

-- Filters -----------------------------------------------------------------------------------------

-- The getters of the signal that `check` of a filter gets; `view` gives the table that shows them.
function H.signal_getters(port, view)
  local signal = port.signal
  return {
    side = function() return side_name(signal.side) end,
    strength = function() return signal.strength end,
    size = function() return signal.size end,
    tag = function() return text_of(port.text) end,
    leg = function() return "main" end,
    weaken = function()
      return function(s, factor)
        if s ~= view() then raise "weaken: call it with a colon: s:weaken(factor)" end
        signal.strength = signal.strength * H.number_arg(factor, "weaken", "", 0, 1)
        return s
      end
    end,
  }
end

local function make_signal(port)
  local view
  view = H.guarded(H.signal_getters(port, function() return view end), "a signal")
  return view
end

local function wrong(check, message) error(H.begin_of(check) .. message, 0) end

-- The journal holds both in 95 bytes: "filters/max_spread: spread".
local REASON_MAX = 95 - #": "

local function run_check(port, instance, signal)
  local o = instance.portfolio and instance.self or instance.objects[port.market]
  local check = instance.class.check
  H.handler_of[run_check] = check
  H.c.state_mark(o[H.STATE])
  local result, reason, value = check(o, signal, instance.objects[port.market])
  local old = H.c.state_changed(o[H.STATE])
  if old then
    o[H.STATE] = old
    wrong(check, "check must not write self.state; it was put back")
  end
  if result == signal then return true end
  if result ~= nil then wrong(check, "check must return its signal, or nil and a reason") end
  if type(reason) ~= "string" or reason == "" then wrong(check, "check returned nil without a reason") end
  if H.string.find(reason, "%z") then wrong(check, "the reason of a veto must have no zero in it") end
  local longest = REASON_MAX - #instance.name
  if #reason > longest then
    wrong(check, ("the reason of a veto may have %d bytes here, got %d"):format(longest, #reason))
  end
  ffi.copy(port.reason, instance.name .. ": " .. reason)
  port.signal.value = type(value) == "number" and value or 0
  return false
end

-- Called by C for one signal: true when all filters let it pass.
local function make_filter(port, filters)
  local signal = make_signal(port)
  return function()
    for i = 1, #filters do
      if not run_check(port, filters[i], signal) then return false end
    end
    return true
  end
end

-- Returns the dispatchers by handler number (0-based, absent where nobody has the handler), the
-- filter chain, and where the functions of each handler begin.
function H.make_dispatchers(port)
  local dispatchers, of_event, filters, entries = {}, views(port), {}, {}
  for number, name in ipairs(H.HANDLERS) do
    local all
    for i = 1, #H.instances + 1 do
      local instance = H.instances[i <= #H.instances and i or 0]      -- filters first, the strategy last
      local one = dispatcher_of(port, instance, name, of_event[name])
      all = all and one and build(CHAIN, all, one) or all or one
      if one then
        local place = H.begin_of(instance.class[name]):sub(1, -3)
        entries[number] = entries[number] and entries[number] .. ", " .. place or place
      end
    end
    dispatchers[number] = all or false
  end
  for i = 1, #H.instances do
    if type(H.instances[i].class.check) == "function" then filters[#filters + 1] = H.instances[i] end
  end
  H.dispatchers = dispatchers
  return dispatchers, #filters > 0 and make_filter(port, filters) or false, entries
end

-- The compiler ------------------------------------------------------------------------------------

local util = require "jit.util"

-- Only on demand: LuaJIT calls the handler in the middle of its work, and when memory runs out just
-- there, the next collection crashes (test running_out_of_memory_anywhere_does_no_harm).
local aborts = 0
if H.count_aborts then
  jit.attach(function(what) if what == "abort" then aborts = aborts + 1 end end, "trace")
end

local TRACES_MAX = 8000
local function count_traces()
  local n = 0
  for i = 1, TRACES_MAX do
    if util.traceinfo(i) then n = n + 1 end
  end
  return n
end
jit.off(count_traces)       -- its own traces would be counted

-- The first instruction of a function that was never called; the opcode two after it says that a
-- trace begins there.
local FUNCF = bit.band(util.funcbc(loadstring "return function() end" (), 0), 255)
local CALLS_ENOUGH = 10000

-- Called by C with the number of calls of each handler: traces, aborts, and the handlers that were
-- called often and are still not compiled.
function H.compiler_stats(calls)
  local interpreted = {}
  for number, name in ipairs(H.HANDLERS) do
    local dispatcher = H.dispatchers and H.dispatchers[number]
    if dispatcher and calls[number] >= CALLS_ENOUGH and bit.band(util.funcbc(dispatcher, 0), 255) ~= FUNCF + 2 then
      interpreted[#interpreted + 1] = name
    end
  end
  return count_traces(), aborts, table.concat(interpreted, " ")
end
