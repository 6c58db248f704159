local root = os.getenv "MT_SOURCE_DIR" or "."
package.path = root .. "/tests/scripts/?.lua;" .. root .. "/scripts/lib/?.lua;" .. package.path
local generate = require "library_doc"

describe("docs/library.md", function()
  local file = assert(io.open(root .. "/docs/library.md"))
  local page = file:read "*a"
  file:close()

  it("is what the comments of the library say", function()
    assert.truthy(page == generate(), "stale: luajit tests/scripts/library_doc.lua > docs/library.md")
  end)

  for _, module in ipairs { "book", "bars", "sizing", "stats" } do
    it("speaks of everything in mthost." .. module, function()
      local m = require("mthost." .. module)
      local count = 0
      for name, value in pairs(m) do
        if type(value) == "function" then
          count = count + 1
          assert.truthy(page:find("\n`" .. module .. "." .. name .. "(", 1, true), module .. "." .. name)
        end
      end
      assert.truthy(count >= #m.classes and count > 4)
    end)
  end

  it("has an example for each that runs", function()
    local count, headings = 0, 0
    for code in page:gmatch "```lua\n(.-)```" do
      count = count + 1
      local ok, message = pcall(assert(loadstring(code, "=example")))
      if not ok then error(message .. "\n" .. code) end
    end
    for _ in page:gmatch "\n### " do headings = headings + 1 end
    assert.equal(headings, count)
  end)
end)
