local root = os.getenv "MT_SOURCE_DIR" or "."
package.path = root .. "/tests/scripts/?.lua;" .. package.path
require "fake_mthost"

local function text_of(name)
  local file = assert(io.open(root .. "/" .. name))
  local text = file:read "*a"
  file:close()
  return text
end

local function shown(x) return x == nil and "" or type(x) == "table" and "" or tostring(x) end

-- docs/filters.md says of each shipped filter what its file says.
describe("docs/filters.md", function()
  local page = text_of "docs/filters.md"
  local names = {}
  for path in io.popen("ls " .. root .. "/scripts/filters/*.lua"):lines() do names[#names + 1] = path:match "([%w_]+)%.lua$" end

  it("has the shipped filters and no other", function()
    assert.truthy(#names >= 9)
    local told = {}
    for name in page:gmatch "\n### ([^\n]+)" do told[#told + 1] = name end
    assert.same(names, told)
  end)

  for _, name in ipairs(names) do
    local section = page:match("\n### " .. name .. "\n(.-)\n##")
    local source = text_of("scripts/filters/" .. name .. ".lua")

    it("tells the parameters of " .. name, function()
      local declared, rows = assert(loadfile(root .. "/scripts/filters/" .. name .. ".lua"))().declaration.params, 0
      for row in section:gmatch "\n(| `[^\n]+)" do
        local key, default, low, high = row:match "^| `([%w_]+)` | ([^|]*) | ([^|]*)|([^|]*)| "
        local param = assert(declared[key], name .. " has no parameter " .. key)
        rows = rows + 1
        assert.equal(shown(param.default), default)
        assert.equal(shown(param.low), (low:gsub("%s", "")))
        assert.equal(shown(param.high), (high:gsub("%s", "")))
      end
      local count = 0
      for _ in pairs(declared) do count = count + 1 end
      assert.equal(count, rows)
    end)

    it("tells what " .. name .. " vetoes", function()
      local reasons, vetoes = 0, section:match "\nVetoes ([^\n]+)"
      for reason in source:gmatch 'return nil, "([^"]+)"' do
        reasons = reasons + 1
        assert.truthy(vetoes:find("`" .. reason .. "`", 1, true), reason)
      end
      assert.truthy(reasons > 0)
    end)
  end
end)
