-- Writes docs/indicators.md from the comments of the library and from the objects themselves:
--   luajit tests/scripts/indicators_doc.lua > docs/indicators.md
-- tests/scripts/indicators_doc_spec.lua fails when the page is not what this gives.
local root = os.getenv "MT_SOURCE_DIR" or "."
package.path = root .. "/scripts/lib/?.lua;" .. package.path
local base = require "mthost.ta_base"
require "mthost.ta"
require "mthost.volume"

local FILES = {
  { "ta_overlap", "Averages and bands" }, { "ta_channels", "More averages and channels" },
  { "ta_means", "Fast and slow means" }, { "ta_momentum", "Momentum" }, { "ta_oscillators", "More oscillators" },
  { "ta_volatility", "Volatility" }, { "ta_risk", "Volatility, order statistics, mean reversion" },
  { "ta_volume", "Volume and prices made of prices" }, { "ta_statistics", "Statistics" },
  { "ta_math", "Arithmetic" }, { "ta_cycle", "Cycles" },
  { "ta_candles", "Candlesticks, one and two candles" }, { "ta_candles_long", "Candlesticks, three to five candles" },
  { "volume", "Traded volume (`mthost.volume`)", { "volume", "volume_profile" } },
}

local HEAD = [[
# Indicators

`mthost.ta` and `mthost.volume` hold objects that take one event at a time. An update costs the same whatever the
length of its window, where the definition allows it; exceptions say so. It makes no garbage and is compiled.

```lua
local ta = require "mthost.ta"
-- in a strategy: self:keep("rsi", ta.rsi, 3); then it survives a restart
local rsi = ta.rsi(3)
for _, price in ipairs { 10, 11, 12 } do
  assert(rsi:update(price) == nil)        -- warming up
end
assert(rsi:update(11.5) == 80)            -- two up, a half down
local upper, middle, lower = ta.bbands(2):update(5)
assert(upper == nil)
assert(rsi:value() == 80 and rsi:ready() and rsi:lookback() == 3)
local other = ta.rsi(3)
other:load(rsi:save())                    -- save gives a plain table
assert(other:update(12) == rsi:update(12))
assert(ta.atr(1):take { high = 3, low = 1, close = 2 } == nil)
rsi:reset()
assert(not rsi:ready())
```

* `:update(…)` answers the outputs, or nil while warming up; `:value()` the last ones again; `:lookback()` how many
  updates give nothing.
* `:take(event)` is update with the fields of a bar, a quote or a trade that have the names of the inputs:
  `self.atr:take(b)` is `self.atr:update(b.high, b.low, b.close)`.
* Arguments are given by position; left out they have the defaults shown. A wrong one raises at your line, with the
  range.
* An input that is not a finite number within 1e50 raises and changes nothing. The last argument may be a table of
  options: `ta.sma(20, { bad = "skip" })` answers nil to such an input and goes on. `ta.ema(n, { seed = "first" })`
  begins with the first value instead of a mean.
* Results have no unit. The same market in other units of price and volume gives the same values: what is a price or a
  volume is scaled with them, a ratio, a pattern or a phase stays. No threshold is a number of prices or volumes; a
  divisor counts as zero only when it is zero, or what rounding made of equal values (2^-50 of what it was made of: far
  below a step of any price). So a coin at 0.00001902 is measured like one at 100 000, `0.1 + 0.2` and `0.3` are the same
  price, and a window without width, spread or flow has the value that is named with the function. Sums over a window
  begin anew with each turn of it and wherever the window collapses, after a spike or when the market stops: nothing of
  what has left the window stays behind. Quotients are cut at 1e100.
* All 201 functions of TA-Lib 0.8.1 are here, by their names in small letters; none is left out. (`vwap` alone is another
  one by that name, see below.) Names, lookbacks and seeds are TA-Lib's, and so are the values: each function is compared
  with it over 100 000 bars to 1e-9. Where the two differ, ours is what exact arithmetic gives:
  * `sma`, `var`, `stddev`, `bbands`, `correl`, `beta` and all else that TA-Lib carries in running sums: after a price
    spike TA-Lib keeps its rounding error.
  * `plus_dm`, `minus_dm`, `plus_di`, `minus_di`, `dx`, `adx`, `adxr`: a bar that goes as far up as down counts for
    neither side. There the last bits of decimals decide (1.1 - 1 is more than 0.3 - 0.2), so on prices in cents a
    value can be off by a tenth and more after such a bar; on the same prices in whole cents the two agree.
  * Candlesticks (`cdl…`): a body or shadow that equals a mean, or another one, is neither longer nor shorter. There
    the last bits decide.
  * `mfi`: typical prices that are equal in decimals count for neither side, as there; the bound here is the error of the
    sum, there 1e-14 of it.
  * `sar`, `sarext`, `supertrend`: a price at the stop, or a close at the line, is there, whatever the last bits are.
  * `stoch`, `stochf`, `stochrsi`, `willr`, `cci`: a window is without width, or flat, at 2^-50 of its level, there at
    1e-14.
  * `ht_dcphase`, `ht_sine`, `ht_trendmode` of a constant price: it has no cycle, and the phase turns by the formula
    for that; there it is the phase of rounding errors. `ht_phasor` of a constant price is 0.
  * `adosc` after a large volume: TA-Lib subtracts two means of a level that keeps it.
  * `ao`, `ac`, `dpo`, `fosc`: two means, or a value and its forecast, that differ by no more than the rounding of their
    sums are equal, and the result is 0; there it is the rounding, of either sign.
  * `tsi`, `smi`, `cvi`, `massi`, `rvi` of a price that stands still: what the means are made of shrinks for ever, and
    their quotient settles and is kept; there it becomes noise and then 0, 1 or 50 when they have shrunk to nothing.
    `pvo`: a slow mean counts as 0 when it has shrunk to nothing, there below 1e-14 units of volume.
* Differences by intent: `natr(1)` is a per cent here and a price there. `vwma` of a window without volume is the plain
  mean here and not a number there, `rvol` and `div` of nothing are 0 here. A function of one number answers nil where
  TA-Lib has no number or an infinite one (`acos` of 2, `ln` of 0, `exp` of 1000). `vwap` weighs trades by sessions;
  TA-Lib's VWAP over bars is `avwap`, updated with (high + low + close) / 3 and the volume. `keltner` is Raschke's form,
  `kc` TA-Lib's; `heikin` and `ha` are the same. `stddev`'s factor is `times`; `var` has none.
* Arguments left out have these defaults where TA-Lib 0.8.1 has others. They stay as they are, because strategies rely
  on them; who wants TA-Lib's gives the argument:

| function | here | TA-Lib 0.8.1 |
| --- | --- | --- |
| `bbands` | n = 5 | timeperiod = 20 |
| `apo`, `ppo` | type = 0 (simple) | matype = 1 (exponential) |
| `hma` | n = 16 | timeperiod = 20 |
| `zlema`, `vwma` | n = 20 | timeperiod = 30 |

* The lines "Example:" say what an object with the arguments shown answers to the last of 300 bars of a made-up market,
  to six digits; of a pattern, on how many of these bars it is not 0. This is the market, and how they are found:

```lua
local function bar(i)
  local open, close = 100 + 8 * math.sin((i - 1) / 9), 100 + 8 * math.sin(i / 9) + 1.5 * math.sin(i * 1.7)
  return { open = open, close = close, high = math.max(open, close) + 0.5 + 0.4 * math.sin(i),
           low = math.min(open, close) - 0.5 - 0.4 * math.sin(i * 2.3), volume = 1000 + 600 * math.sin(i * 0.7),
           time = i * 10, price = close, qty = 10 + 6 * math.sin(i * 0.7), side = i % 3 - 1, n = 2 + i % 29 }
end
local sma = require("mthost.ta").sma()
for i = 1, 300 do sma:take(bar(i)) end
assert(("%.6g"):format(sma:value()) == "$SMA")
```
* Kinds of mean, for the arguments named `…type`: 0 sma, 1 ema, 2 wma, 3 dema, 4 tema, 5 trima, 6 kama, 7 mama (0.5,
  0.05, whatever the length), 8 t3 (0.7), 9 hma, 10 none (the value itself), 12 zlema, 13 rma. 11 is refused: in TA-Lib it
  says "the default of the function", which is an argument left out.
]]

-- Comment blocks of a file: { text =, first =, last =, follows = the line after }.
local function blocks_of(blocks, name)
  local now, n = nil, 0
  for line in io.lines(root .. "/scripts/lib/mthost/" .. name .. ".lua") do
    n = n + 1
    local text = line:match "^%-%- ?(.*)$"
    if text then
      if not now then
        now = { lines = {} }
        blocks[#blocks + 1] = now
      end
      now.lines[#now.lines + 1] = text
    elseif now then
      now.follows = line
      now = nil
    end
  end
  for _, block in ipairs(blocks) do block.text = table.concat(block.lines, " ") end
end

local function block_for(blocks, class)
  for _, block in ipairs(blocks) do
    if block.follows and block.follows:match("^[MV]%." .. class .. " =") then return block end
  end
  for _, block in ipairs(blocks) do
    local at = 1
    while true do
      local from, to = block.text:find(class .. "%(", at)
      if not from then break end
      if not block.text:sub(from - 1, from - 1):match "[%w_.]" then return block end
      at = to
    end
  end
  for _, block in ipairs(blocks) do
    if (" " .. block.text .. " "):find("[^%w_.:]" .. class .. "[^%w_]") then return block end
  end
end

local function shown(x) return ("%.10g"):format(x) end

local function signature(class)
  local params = {}
  for i, p in ipairs(class.params) do params[i] = p[1] .. " = " .. shown(p[2]) end
  return ("%s(%s)"):format(class.name, table.concat(params, ", "))
end

-- The market of the examples is the one that the page shows.
local bar = assert(loadstring(HEAD:match "(local function bar.-\nend)\n" .. "\nreturn bar"))()

local function example(class)
  local object, signals = class.new(), 0
  for i = 1, 300 do
    local y = object:take(bar(i))
    if y and y ~= 0 then signals = signals + 1 end
  end
  if class.file:match "candles" then return signals > 0 and (" · Example: %d of 300."):format(signals) or "" end
  local values = { object:value() }
  if #values == 0 then return "" end
  for k = 1, #values do values[k] = ("%.6g"):format(values[k]):gsub("^%-0$", "0") end
  return " · Example: " .. table.concat(values, ", ") .. "."
end

local function generate()
  local sma = example { new = require("mthost.ta").sma, file = "" }
  local out = { (HEAD:gsub("%$SMA", (sma:match "Example: (.*)%."))) }
  for _, entry in ipairs(FILES) do
    local name, title = entry[1], entry[2]
    local blocks = {}
    for _, file in ipairs(entry[3] or { name }) do blocks_of(blocks, file) end
    out[#out + 1] = ("## %s\n\n![%s](img/%s.png)\n"):format(title, title, name)     -- drawn by docs/plots.py
    local groups, of = {}, {}
    for _, class in ipairs(base.classes) do
      if class.file == name then
        local block = block_for(blocks, class.name)
        if not block then error("no comment speaks of " .. class.name) end
        if not of[block] then
          of[block] = { block = block }
          groups[#groups + 1] = of[block]
        end
        table.insert(of[block], class)
      end
    end
    for _, group in ipairs(groups) do
      for _, class in ipairs(group) do
        local object = class.new()
        out[#out + 1] = ("`%s` · update(%s) · %s%s%s  "):format(signature(class), table.concat(class.takes, ", "),
          class.outputs == 1 and "one output" or class.outputs .. " outputs",
          class.exact_lookback and " · lookback " .. object:lookback() or "", example(class))
      end
      out[#out + 1] = group.block.text .. "\n"
    end
    for _, block in ipairs(blocks) do      -- plain functions
      local call = (block.follows or ""):match "^function V%.([%w_]+%(.*%))$"
      if call then out[#out + 1] = ("`volume.%s`  \n%s\n"):format(call, block.text) end
    end
  end
  return (table.concat(out, "\n"):gsub("%s+$", "")) .. "\n"
end

if arg and arg[0] and arg[0]:match "indicators_doc%.lua$" then io.write(generate()) end

return generate
