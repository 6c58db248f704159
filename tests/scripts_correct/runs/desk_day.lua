-- Filters with parameters, sizes by risk, costs.
return {
  strategy = "strategies/break_even",
  filters  = { { "filters/office_hours", from = "08:00", to = "17:30" }, "filters/losing_streak", { "filters/dear_spread", q = 0.95 },
               { "filters/by_tag", rules = "dip=1, *=0.5" } },
  symbols  = { "EURUSD" },
  params   = { stop = 2.5 },
  sizing   = { "risk_fraction", fraction = 0.005 },
  at_stop  = { orders = "cancel", positions = "keep" },
  costs    = { maker_bp = 0.2, taker_bp = 0.4 },
}
