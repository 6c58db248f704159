-- Volume scalping on BTCUSDT: mthost run scripts/scalp.lua --for 10m --speed max The size is about what the best
-- quote shows, and the fees are those of a taker, who pays 0.04 % on the way in and again on the way out. A move of
-- a few dollars does not earn that; the result says so, and what fees an idea would survive.
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
  sizing   = { "fixed", qty = 0.05 },
  at_stop  = { orders = "cancel", positions = "keep" },
  costs    = { maker_bp = 1, taker_bp = 4, latency_ms = { feed = 1, entry = 5, reply = 5 } },
}
