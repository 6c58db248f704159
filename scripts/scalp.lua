-- Volume scalping on BTCUSDT: mthost run scripts/scalp.lua --for 10m --speed max
-- A tenth of a per mille of the equity is at risk per trade, and the fees are those of a taker who pays; whether the idea
-- survives them is for the result to say.
return {
  strategy = "strategies/volume_scalp",
  filters  = {
    { "filters/max_spread", ticks = 3 },
    { "filters/volatility", max = 50 },
    { "filters/min_strength", min = 0.4 },
    { "filters/cooldown", seconds = 60 },
    { "filters/max_daily_trades", max = 200 },
  },
  symbols  = { "BTCUSDT" },
  params   = { surge = 2.0, ratio = 0.58, hold = 20 },
  sizing   = { "risk_fraction", fraction = 0.0001 },
  at_stop  = { orders = "cancel", positions = "keep" },
  costs    = { maker_bp = 1, taker_bp = 4, latency_ms = { feed = 1, entry = 5, reply = 5 } },
}
