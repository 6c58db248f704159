package.path = (os.getenv "MT_SOURCE_DIR" or ".") .. "/tests/scripts/?.lua;" .. package.path
local fake = require "fake_mthost"
local file = fake.root .. "/../shared/bench/w1_bars.csv.gz"
local probe = io.open(file)

describe("w1", function()
  if not probe then
    pending "needs ../shared/bench/w1_bars.csv.gz, which is not here: skipped"
    return
  end
  probe:close()

  it("asks for the positions that three other programs agree on", function()
    local s, pipe = fake.new "bench/w1", io.popen("gzip -dc '" .. file .. "'")
    local cash, position, wanted, closed, last = 1e6, 0, nil, 0, nil
    for line in pipe:lines() do
      local t, open, high, low, close = line:match "([^,]+),([^,]+),([^,]+),([^,]+),([^,]+)"
      open, last = tonumber(open), tonumber(close)
      if wanted then
        local delta = wanted - position
        cash = cash - delta * open - math.abs(delta) * open * 4e-4
        if position ~= 0 then closed = closed + 1 end
        position, wanted = wanted, nil
      end
      local before = #s.targets
      s:on_bar(fake.bar(tonumber(t), open, tonumber(high), tonumber(low), last))
      if #s.targets > before then wanted = s.targets[#s.targets].qty end
    end
    pipe:close()
    assert.equal(19176, closed)
    assert.near(575085.556928, cash + position * last, 1e-6)
  end)
end)
