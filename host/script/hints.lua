-- What to write instead of a name that is not there: names that people bring along from Lua elsewhere and from other
-- platforms. A guess by spelling (H.guess) comes after these.
local H = ...

local T = {}
H.hints = T

local LOG = 'self:log("info", "%s", …)'

-- Globals of Lua that scripts do not have, and what is usually a global elsewhere.
T.globals = {
  print = LOG, log = LOG, printf = LOG, Print = LOG, alert = LOG, Alert = LOG,
  os = "self.now for the time, mt.clock(self.now) for the hour", time = "self.now", now = "self.now",
  io = "tables = { … } in the declaration for a CSV file, self:log for output",
  unpack = "table.unpack", loadstring = false, load = false, dofile = "require", loadfile = "require", debug = false,
  package = "require", setmetatable = false, getmetatable = false, rawget = false, rawset = false, rawequal = false,
  _G = false, jit = false, ffi = false, bit = false, setfenv = false, getfenv = false,
    module = "a table that the file returns",
  null = "nil", None = "nil", NULL = "nil", True = "true", False = "false", this = "self",
  mt = 'local mt = require "mthost"', ta = 'local ta = require "mthost.ta"',
  book = 'local book = require "mthost.book"', stats = 'local stats = require "mthost.stats"',
  sizing = 'local sizing = require "mthost.sizing"', bars = 'local bars = require "mthost.bars"',
  abs = "math.abs", floor = "math.floor", ceil = "math.ceil", sqrt = "math.sqrt", exp = "math.exp",
  max = "math.max", min = "math.min", pow = "mt.pow", round = "math.floor(x + 0.5)", len = "#x",
    format = "string.format",
  insert = "table.insert", remove = "table.remove", concat = "table.concat", sort = "table.sort",
  open = "b.open of the bar", high = "b.high of the bar", low = "b.low of the bar", close = "b.close of the bar",
  Open = "b.open of the bar", High = "b.high of the bar", Low = "b.low of the bar", Close = "b.close of the bar",
  volume = 'b.volume of the bar, or local volume = require "mthost.volume"',
  bid = "self.bid", ask = "self.ask", Bid = "self.bid", Ask = "self.ask", price = "self.last", symbol = "self.symbol",
  Symbol = "self.symbol", position = "self.position.qty", params = "self.params", state = "self.state",
  buy = 'self:signal { side = "buy" }', sell = 'self:signal { side = "sell" }',
  signal = 'self:signal { side = "buy" }', OrderSend = 'self:signal { side = "buy" }', skip = 'self:skip "why"',
}

T.libraries = {
  math = { round = "math.floor(x + 0.5)", pow10 = "mt.pow(10, x)", mod = "math.fmod",
           randomseed = "nothing: the host seeds it",
           sign = "x > 0 and 1 or x < 0 and -1 or 0", sum = false, avg = false, mean = false,
           clamp = "math.max(low, math.min(x, high))" },
  table = { getn = "#t", foreach = "for i, x in ipairs(t) do", pack = "{ … }", clear = "t = {}", len = "#t",
            length = "#t",
            push = "table.insert(t, x)", pop = "table.remove(t)", append = "table.insert(t, x)" },
  string = { split = "for word in s:gmatch \"[^,]+\" do", trim = 's:match "^%s*(.-)%s*$"', dump = false,
             contains = "s:find(x, 1, true)" },
  mt = { now = "self.now", time = "self.now", log = LOG, print = LOG, buy = 'self:signal { side = "buy" }',
         sell = 'self:signal { side = "sell" }', signal = "self:signal { side = … }", price = "mt.at(price)",
         stop = "mt.at(price)" },
  ta = { ma = "ta.sma", average = "ta.sma", bollinger = "ta.bbands", bb = "ta.bbands", stdev = "ta.stddev",
         std = "ta.stddev",
         highest = "ta.max", lowest = "ta.min", momentum = "ta.mom", stochastic = "ta.stoch", tr = "ta.trange",
         crossover = "last <= 0 and now > 0 of the difference, kept in self.state",
         cross = "last <= 0 and now > 0 of the difference, kept in self.state" },
}

local FLAT = 'self:signal { side = "flat" }'

-- Of views, by what they are.
T.views = {
  bar = { c = "close", o = "open", h = "high", l = "low", v = "volume", vol = "volume", price = "close", qty = "volume",
          timestamp = "time", ts = "time", datetime = "time", date = "time", timeframe = "tf", period = "tf",
          mid = "close",
          bid = "self.bid", ask = "self.ask", symbol = "self.symbol", tick_volume = "volume" },
  quote = { price = "mid", last = "mid", close = "mid", timestamp = "time", ts = "time", bid_size = "bid_qty",
            ask_size = "ask_qty",
            bid_volume = "bid_qty", ask_volume = "ask_qty", bidSize = "bid_qty", askSize = "ask_qty",
            symbol = "self.symbol",
            spread = "self.spread_ticks" },
  trade = { size = "qty", volume = "qty", amount = "qty", quantity = "qty", timestamp = "time", ts = "time",
            close = "price", last = "price",
            symbol = "self.symbol" },
  on_fill = { size = "qty", volume = "qty", amount = "qty", quantity = "qty", pnl = "profit", commission = "fee",
              timestamp = "time" },
  on_order = { size = "qty", volume = "qty", quantity = "qty", status = "state", remaining = "leaves",
               leaves_qty = "leaves" },
  on_signal = { status = "verdict", result = "verdict", why = "reason" },
  position = { size = "qty", quantity = "qty", volume = "qty", amount = "qty", price = "entry", avg_price = "entry",
               average = "entry",
               entry_price = "entry", open_price = "entry", pnl = "profit", unrealized = "profit",
               unrealised = "profit",
               side = "qty, which is signed" },
  account = { balance = "cash", free_margin = "free", unrealized = "unrealised", realized = "realised",
              profit = "unrealised" },
  instrument = { tick_size = "tick", point = "tick", lot = "step", lot_size = "contract_size", min = "min_qty",
                 max = "max_qty",
                 digits = "price_decimals", step_size = "step" },
}

-- Of self and of a market.
T.market = {
  price = "self.last", close = "b.close of the bar", open = "b.open of the bar", high = "b.high of the bar",
    low = "b.low of the bar",
  volume = "b.volume of the bar", spread = "self.spread_ticks", pos = "self.position.qty", qty = "self.position.qty",
  point = "self.instrument.tick", tick = "self.instrument.tick", equity = "self.account.equity",
    balance = "self.account.cash",
  cash = "self.account.cash", in_position = "self.stance ~= 0", is_flat = "self.stance == 0",
  buy = 'self:signal { side = "buy" }', sell = 'self:signal { side = "sell" }', long = 'self:signal { side = "buy" }',
  short = 'self:signal { side = "sell" }', flat = FLAT, close_position = FLAT, exit = FLAT, flatten = FLAT,
    close_all = FLAT,
  go_long = 'self:signal { side = "buy" }', go_short = 'self:signal { side = "sell" }',
  buy_market = 'self:signal { side = "buy" }', sell_market = 'self:signal { side = "sell" }',
  print = LOG, alert = LOG, info = LOG, time_now = "self.now", position_size = "self.position.qty",
  set_timer = "self:timer { name = …, every = … }", indicator = 'self:keep("name", ta.…, …)',
}
T.market_methods = { close = FLAT, stop = "self:protect { stop = … }", set_stop = "self:protect { stop = … }",
                     long = T.market.long }

-- Of the tables of the verbs.
local INSIDE_EXIT = "exit = { %s = … }"
T.verbs = {
  signal = { stop = INSIDE_EXIT:format "stop", take = INSIDE_EXIT:format "take", trail = INSIDE_EXIT:format "trail",
             time = INSIDE_EXIT:format "time", sl = INSIDE_EXIT:format "stop", tp = INSIDE_EXIT:format "take",
             stop_loss = INSIDE_EXIT:format "stop", take_profit = INSIDE_EXIT:format "take",
             stoploss = INSIDE_EXIT:format "stop",
             takeprofit = INSIDE_EXIT:format "take", stopLoss = INSIDE_EXIT:format "stop",
             takeProfit = INSIDE_EXIT:format "take",
             qty = "size, a factor on what the sizing gives", quantity = "size, a factor on what the sizing gives",
             volume = "size, a factor on what the sizing gives", amount = "size, a factor on what the sizing gives",
             lots = "size, a factor on what the sizing gives", price = "limit", comment = "tag", reason = "tag",
             name = "tag",
             symbol = "the market's own verb: m:signal { … }", direction = "side",
             type = "limit for a limit order, nothing for a market order" },
  exit = { sl = "stop", tp = "take", stop_loss = "stop", take_profit = "take", stoploss = "stop", takeprofit = "take",
           stopLoss = "stop",
           takeProfit = "take", trailing = "trail", trailing_stop = "trail", profit = "take", loss = "stop",
           target = "take", bars = "time" },
  timer = { interval = "every", seconds = "every", delay = "after", timezone = "tz", time = "at", period = "every" },
}
T.verbs.protect = T.verbs.exit

T.sides = { long = "buy", short = "sell", close = "flat", exit = "flat", bid = "buy", ask = "sell", none = "flat",
            up = "buy",
            down = "sell" }

-- What a name that is not known was likely meant to be, and how it is said: "write X", ", did you mean 'y'?". The text
-- to write comes second.
function T.instead(name, table_of_hints, names)
  local own = table_of_hints and table_of_hints[name]
  if own then return ": write " .. own, own end
  local near = names and H.guess(name, names)
  if near then return ", did you mean '" .. near .. "'?", near end
  return "", nil
end
