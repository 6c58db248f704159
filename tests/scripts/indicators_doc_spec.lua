local root = os.getenv "MT_SOURCE_DIR" or "."
package.path = root .. "/tests/scripts/?.lua;" .. root .. "/scripts/lib/?.lua;" .. package.path
local generate = require "indicators_doc"

describe("docs/indicators.md", function()
  local file = assert(io.open(root .. "/docs/indicators.md"))
  local page = file:read "*a"
  file:close()

  it("is what the comments of the library say", function()
    assert.truthy(page == generate(), "stale: luajit tests/scripts/indicators_doc.lua > docs/indicators.md")
  end)

  it("speaks of every object", function()
    for _, class in ipairs(require("mthost.ta").classes) do
      assert.truthy(page:find("\n`" .. class.name .. "(", 1, true), class.name)
    end
  end)

  it("speaks of every plain function", function()
    for name in pairs(require "mthost.volume") do
      assert.truthy(page:find("\n`" .. name .. "(", 1, true) or page:find("\n`volume." .. name .. "(", 1, true), name)
    end
  end)

  it("has examples that run", function()
    local count = 0
    for code in page:gmatch "```lua\n(.-)```" do
      count = count + 1
      assert(loadstring(code, "=example"))()
    end
    assert.truthy(count > 0)
  end)
end)
