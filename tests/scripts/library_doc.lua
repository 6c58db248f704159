-- Writes docs/library.md from the comments of the library and from the objects themselves:
--   luajit tests/scripts/library_doc.lua > docs/library.md
-- tests/scripts/library_doc_spec.lua fails when the page is not what this gives.
local root = os.getenv "MT_SOURCE_DIR" or "."
package.path = root .. "/scripts/lib/?.lua;" .. package.path

local MODULES = {
  { "book", "Order books", { "book", "book_zones" } },
  { "bars", "Bars", { "bars" } },
  { "sizing", "Sizing", { "sizing" } },
  { "stats", "Statistics of results", { "stats" } },
}
local FIELDS = { "Formula", "Inputs", "Warm-up", "Source", "Example" }

local HEAD = [[
# Order books, bars, sizing, statistics

Objects of `mthost.book`, `mthost.bars`, `mthost.sizing` and `mthost.stats` have the face of
[indicators](indicators.md): `:update(…)` answers the outputs, or nil while there are none; `:value()` the last ones
again; `:take(event)`, `:ready()`, `:lookback()`, `:reset()`, `:save()`, `:load(t)`. In a strategy they are made with `self:keep`, and
then survive a restart. What is written as a plain function has no memory.

* Arguments are given by position; left out they have the defaults shown. A wrong one raises at your line, with the
  range.
* An input that is not a finite number within 1e50 raises and changes nothing; a quantity is from 0 to 1e25. The last
  argument of a constructor may be `{ bad = "skip" }`: such an input answers nil then and is left out.
* An update costs the same however long the window is, makes no garbage and is compiled. Where a definition has to
  look at each level or cell, its text says so.
* Today `m.book` has the best level only, and quotes bring it: `x:update(q.time, q.bid, q.bid_qty, q.ask, q.ask_qty)`.
  What takes a ladder works the same with one level as with fifty.
]]

-- The comment block before each definition: { text = lines, name = what it defines }.
local function blocks_of(file)
  local blocks, now = {}, {}
  local waiting = nil      -- a block with all fields, still without its definition: helpers may stand between
  for line in io.lines(root .. "/scripts/lib/mthost/" .. file .. ".lua") do
    local text = line:match "^%-%- ?(.*)$"
    if text then
      now[#now + 1] = text
    else
      if #now > 0 then
        for _, one in ipairs(now) do
          if one:match "^Formula: " then waiting = now end
        end
        now = {}
      end
      local name = line:match "^M%.([%w_]+) =" or line:match "^function M%.([%w_]+)%("
        or line:match "^%s+name = \"([%w_]+)\""
      local takes = line:match "^function M%.[%w_]+%((.*)%)"
      if name and waiting then
        blocks[#blocks + 1] = { lines = waiting, name = name, takes = takes }
        waiting = nil
      end
    end
  end
  return blocks
end

-- The lines of a block as { lead, Formula, Inputs, …, Example }.
local function fields_of(block)
  local fields, at = { lead = {} }, "lead"
  for _, line in ipairs(block.lines) do
    for _, field in ipairs(FIELDS) do
      local rest = line:match("^" .. field:gsub("%-", "%%-") .. ": ?(.*)$")
      if rest then
        at, line = field, rest
        fields[at] = {}
      end
    end
    if line ~= "" then table.insert(fields[at], line) end
  end
  return fields
end

local function shown(x) return ("%.10g"):format(x) end

local function heading(module, block, classes)
  if block.takes then return ("`%s.%s(%s)`"):format(module, block.name, block.takes) end
  for _, class in ipairs(classes) do
    if class.name == block.name then
      local params = {}
      for i, p in ipairs(class.params) do params[i] = p[1] .. " = " .. shown(p[2]) end
      return ("`%s.%s(%s)` · update(%s) → %s"):format(module, block.name, table.concat(params, ", "),
        table.concat(class.takes, ", "), table.concat(class.outputs, ", "))
    end
  end
  error(module .. "." .. block.name .. " is described, but it is no class")
end

local function generate()
  local out = { HEAD }
  for _, entry in ipairs(MODULES) do
    local module, title, files = unpack(entry)
    local classes = require("mthost." .. module).classes
    out[#out + 1] = ("## %s (`mthost.%s`)\n"):format(title, module)
    local picture = module == "stats" and "sizing" or module                        -- drawn by docs/plots.py
    out[#out + 1] = ("![%s](img/%s.png)\n"):format(title, picture)
    for _, file in ipairs(files) do
      for _, block in ipairs(blocks_of(file)) do
        local fields = fields_of(block)
        out[#out + 1] = ("### %s\n\n%s\n\n%s\n"):format(block.name, heading(module, block, classes),
          table.concat(fields.lead, " "))
        for i = 1, 4 do
          local field = FIELDS[i]
          if not fields[field] then error(("%s.%s: no %s"):format(module, block.name, field)) end
          out[#out + 1] = ("* %s: %s"):format(field, table.concat(fields[field], " "))
        end
        if not fields.Example then error(("%s.%s: no example"):format(module, block.name)) end
        local code = {}
        for i, line in ipairs(fields.Example) do code[i] = line:gsub("^  ", "") end
        out[#out + 1] = ("\n```lua\nlocal %s = require \"mthost.%s\"\n%s\n```\n"):format(module, module,
          table.concat(code, "\n"))
      end
    end
  end
  return (table.concat(out, "\n"):gsub("%s+$", "")) .. "\n"
end

if arg and arg[0] and arg[0]:match "library_doc%.lua$" then io.write(generate()) end

return generate
