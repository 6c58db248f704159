-- The tree of a Lua text, for what is looked at without running it (lint). The compiler has accepted the text before:
-- what stands here judges no syntax and never asks whether a token is the expected one. Names are resolved on the way:
-- a local that is read, written or closed over is one record `var`, whatever else is called the same.
--
-- Every node has `k`, its kind, and `line`. Expressions: nil true false number string vararg name index call method
-- function binary unary table paren. Statements: local assign call do while repeat if for forin return break goto
-- label.
local H = ...

local NAME, NUMBER, STRING = 1, 2, 3      -- enum mt_token_kind, without its END

local BINARY = { ["or"] = { 1, 1 }, ["and"] = { 2, 2 }, ["<"] = { 3, 3 }, [">"] = { 3, 3 }, ["<="] = { 3, 3 },
                 [">="] = { 3, 3 }, ["~="] = { 3, 3 }, ["=="] = { 3, 3 }, [".."] = { 5, 4 }, ["+"] = { 6, 6 },
                 ["-"] = { 6, 6 }, ["*"] = { 7, 7 }, ["/"] = { 7, 7 }, ["%"] = { 7, 7 }, ["^"] = { 10, 9 } }
local UNARY = 8
local BLOCK_ENDS = H.set_of { "end", "else", "elseif", "until" }

-- What a string literal says. Escapes stay as they are written: names and choices have none.
local function literal(text)
  if text:sub(1, 1) ~= "[" then return text:sub(2, -2) end
  local equals = text:match "^%[(=*)%["
  return (text:sub(#equals + 3, -#equals - 3):gsub("^\r?\n", ""))
end

-- parse(file) -> the function node of the whole file, and how often each name or text stands in it.
function H.parse(file)
  local kinds, texts, lines = H.c.tokens(file)
  local at, last = 1, #kinds
  local scope, owner = { vars = {} }, nil
  local mentions = {}
  local expression, block

  local function is(text) return at <= last and kinds[at] ~= STRING and texts[at] == text end

  local function accept(text)
    if not is(text) then return false end
    at = at + 1
    return true
  end

  local function node(k, line)
    return { k = k, line = line or lines[math.min(at, last)] }
  end

  local function mention(text) mentions[text] = (mentions[text] or 0) + 1 end

  local function name()
    local text = texts[at]
    at = at + 1
    return text
  end

  -- Scopes ----------------------------------------------------------------------------------------

  local function open() scope = { vars = {}, outer = scope } end
  local function close() scope = scope.outer end

  local function declare(text, line)
    local var = { name = text, line = line, owner = owner, writes = 0 }
    scope.vars[text] = var
    return var
  end

  local function find(text)
    local s = scope
    while s do
      if s.vars[text] then return s.vars[text] end
      s = s.outer
    end
  end

  local function in_scope(...)
    open()
    local body = block(...)
    close()
    return body
  end

  -- Expressions -----------------------------------------------------------------------------------

  local function list()
    local all = { (expression(0)) }
    while accept "," do all[#all + 1] = expression(0) end
    return all
  end

  -- `own` is "self" for a function that is written with a colon.
  local function body_of(own, line)
    local f = node("function", line)
    f.params, f.owner, f.colon = {}, owner, own ~= nil
    owner = f
    open()
    if own then f.params[1] = declare(own, line) end
    accept "("
    while not is ")" do
      if accept "..." then
        f.vararg = true
      else
        local where = lines[at]
        f.params[#f.params + 1] = declare(name(), where)
      end
      accept ","
    end
    accept ")"
    for _, var in ipairs(f.params) do var.param = true end
    f.body = block()
    f.last_line = lines[at]
    accept "end"
    close()
    owner = f.owner
    return f
  end

  local function table_literal()
    local t = node "table"
    t.items = {}
    accept "{"
    while not is "}" do
      local item = { line = lines[at] }
      if accept "[" then
        item.key = expression(0)
        accept "]"
        accept "="
      elseif kinds[at] == NAME and texts[at + 1] == "=" and kinds[at + 1] ~= STRING then
        item.key = node "string"
        item.key.value = name()
        accept "="
      end
      item.value = expression(0)
      t.items[#t.items + 1] = item
      if not accept "," then accept ";" end
    end
    accept "}"
    return t
  end

  local function string_literal()
    local s = node "string"
    s.value = literal(texts[at])
    mention(s.value)
    at = at + 1
    return s
  end

  local function arguments()
    if is "{" then return { table_literal() } end
    if kinds[at] == STRING then return { string_literal() } end
    accept "("
    local args = {}
    if not is ")" then args = list() end
    accept ")"
    return args
  end

  local function index(of, dot)
    local i = node "index"
    i.of, i.dot = of, dot
    if dot then
      i.key = node "string"
      i.key.value = name()
      mention(i.key.value)
    else
      i.key = expression(0)
      accept "]"
    end
    return i
  end

  local function primary()
    local e
    if is "(" then
      e = node "paren"
      at = at + 1
      e.of = expression(0)
      accept ")"
    else
      e = node "name"
      e.name = name()
      e.var = find(e.name)
    end
    while at <= last do
      if accept "." then
        e = index(e, true)
      elseif accept "[" then
        e = index(e, false)
      elseif accept ":" then
        local m = node "method"
        m.of, m.name = e, name()
        mention(m.name)
        m.args = arguments()
        e = m
      elseif is "(" or is "{" or kinds[at] == STRING then
        local c = node("call", e.line)
        c.f, c.args = e, arguments()
        e = c
      else
        return e
      end
    end
    return e
  end

  local CONSTANTS = H.set_of { "nil", "true", "false", "..." }

  local function simple()
    if kinds[at] == NUMBER then
      local n = node "number"
      n.value = tonumber(texts[at])
      at = at + 1
      return n
    end
    if kinds[at] == STRING then return string_literal() end
    if is "{" then return table_literal() end
    local text = texts[at]
    if CONSTANTS[text] then
      at = at + 1
      return node(text == "..." and "vararg" or text, lines[at - 1])
    end
    if is "function" then
      at = at + 1
      return body_of(nil, lines[at - 1])
    end
    return primary()
  end

  function expression(limit)
    local left
    if is "not" or is "-" or is "#" then
      left = node "unary"
      left.op = name()
      left.a = expression(UNARY)
    else
      left = simple()
    end
    while at <= last and kinds[at] ~= STRING do
      local priority = BINARY[texts[at]]
      if not priority or priority[1] <= limit then break end
      local b = node "binary"
      b.op = name()
      b.a, b.b = left, expression(priority[2])
      left = b
    end
    return left
  end

  -- Statements ------------------------------------------------------------------------------------

  local function local_statement()
    if accept "function" then
      local s = node("local", lines[at - 1])
      local var = declare(name(), s.line)
      s.vars, s.values = { var }, { body_of(nil, s.line) }
      s.values[1].name, s.of_function = var.name, true
      return s
    end
    local s, names = node "local", {}
    repeat names[#names + 1] = { name(), lines[at - 1] } until not accept ","
    s.values = accept "=" and list() or {}
    s.vars = {}
    for i, n in ipairs(names) do s.vars[i] = declare(n[1], n[2]) end
    return s
  end

  -- function a.b:c() is an assignment of a function that has a name.
  local function function_statement()
    local s = node("assign", lines[at - 1])
    local target = node "name"
    target.name = name()
    target.var = find(target.name)
    local full, own = target.name, nil
    while is "." or is ":" do
      own = is ":" and "self" or nil
      full = full .. texts[at] .. texts[at + 1]
      at = at + 1
      target = index(target, true)
    end
    s.targets, s.values = { target }, { body_of(own, s.line) }
    s.values[1].name = full
    if target.var then target.var.writes = target.var.writes + 1 end
    return s
  end

  local function if_statement()
    local s = node "if"
    s.tests, s.bodies = {}, {}
    repeat
      at = at + 1                               -- if, elseif
      s.tests[#s.tests + 1] = expression(0)
      accept "then"
      s.bodies[#s.bodies + 1] = in_scope()
    until not is "elseif"
    if accept "else" then s.otherwise = in_scope() end
    accept "end"
    return s
  end

  local function for_statement()
    local s = node "for"
    at = at + 1
    local names = {}
    repeat names[#names + 1] = { name(), lines[at - 1] } until not accept ","
    s.k = accept "=" and "for" or "forin"
    if s.k == "forin" then accept "in" end
    s.values = list()
    accept "do"
    open()
    s.vars = {}
    for i, n in ipairs(names) do
      s.vars[i] = declare(n[1], n[2])
      s.vars[i].writes = 1                      -- its values are the loop's
    end
    s.body = block()
    close()
    accept "end"
    return s
  end

  local function other_statement()
    local line = lines[at]
    local first = primary()
    if first.k == "call" or first.k == "method" then return { k = "call", line = line, call = first } end
    local s = { k = "assign", line = line, targets = { first } }
    while accept "," do s.targets[#s.targets + 1] = primary() end
    accept "="
    s.values = list()
    for _, target in ipairs(s.targets) do
      if target.var then target.var.writes = target.var.writes + 1 end
    end
    return s
  end

  local function loop(k)
    local s = node(k)
    at = at + 1
    if k == "while" then
      s.test = expression(0)
      accept "do"
      s.body = in_scope()
      accept "end"
    else                                        -- the test of `until` sees the locals of the body
      open()
      s.body = block()
      accept "until"
      s.test = expression(0)
      close()
    end
    return s
  end

  local function statement()
    if is "local" then
      at = at + 1
      return local_statement()
    elseif is "function" then
      at = at + 1
      return function_statement()
    elseif is "if" then
      return if_statement()
    elseif is "for" then
      return for_statement()
    elseif is "while" then
      return loop "while"
    elseif is "repeat" then
      return loop "repeat"
    elseif is "do" then
      local s = node "do"
      at = at + 1
      s.body = in_scope()
      accept "end"
      return s
    elseif is "return" then
      local s = node "return"
      at = at + 1
      s.values = (at > last or is ";" or BLOCK_ENDS[texts[at]] and kinds[at] == NAME) and {} or list()
      return s
    elseif is "break" then
      at = at + 1
      return node("break", lines[at - 1])
    elseif is "goto" and kinds[at + 1] == NAME then
      at = at + 2
      return node("goto", lines[at - 1])
    elseif is "::" then
      at = at + 3
      return node("label", lines[at - 1])
    end
    return other_statement()
  end

  function block()
    local statements = {}
    while at <= last do
      if not accept ";" then
        if kinds[at] == NAME and BLOCK_ENDS[texts[at]] then break end
        statements[#statements + 1] = statement()
      end
    end
    return statements
  end

  local whole = { k = "function", line = 1, params = {}, vararg = true, file = file }
  owner = whole
  whole.body = block()
  whole.last_line = lines[last] or 1
  return whole, mentions
end
