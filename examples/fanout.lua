-- One signal, several accounts, each with a size of its own:
--   mthost run examples/fanout.lua --config examples/mthost.conf.lua --for 10m --speed max
return {
  strategy = "strategies/volume_scalp",
  filters  = { { "filters/max_spread", ticks = 3 }, { "filters/cooldown", seconds = 60 } },
  symbols  = { "BTCUSDT" },
  params   = { surge = 2.0, ratio = 0.58, hold = 20 },
  accounts = {
    lead = "desk/01",
    { "desk/01", sizing = { "fixed", qty = 0.05 } },
    { "desk/02", sizing = { "notional", notional = 1000 } },
  },
}
