-- Two accounts of one desk, and limits at three scopes. mthost run examples/fanout.lua --config examples/mthost.conf.lua
-- Every option: docs/configuration.md. Every limit: docs/limits.md. Money is in the account's currency.
return {
  mode = "sim",
  accounts = {
    ["desk/01"] = { currency = "USDT", cash = 100000, leverage = 5 },
    ["desk/02"] = { currency = "USDT", cash = 25000, leverage = 2, maker_bp = 1, taker_bp = 4 },
    ["hedge/1"] = { currency = "USDT", cash = 50000, hedging = true },  -- trading on it is not built yet
  },
  limits = {
    global   = { max_exposure = 400000, rate_per_s = 50, rate_burst = 100 },
    accounts = {
      ["desk/*"]  = { max_daily_loss = 5000, max_open = 20, collar_bp = 100, on_loss = "halt" },
      ["desk/02"] = { max_daily_loss = 500, allow = { "BTCUSDT" } },
    },
    symbols  = { ["desk/01:BTCUSDT"] = { max_net = 2.5, max_order_qty = "0.5" } },
    groups   = { majors = { symbols = { "BTCUSDT", "ETHUSDT" }, max_exposure = 250000 } },
    strategies = { ["*"] = { loss_streak = 20, deny_storm = 200 } },
  },
  instruments = {
    ETHUSDT = { tick = "0.01", step = "0.0001", quote = "USDT", base = "ETH", min_notional = 5 },
  },
  rates = { ["USDT/USD"] = 1 },
}
