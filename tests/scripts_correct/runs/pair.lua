return { strategy = "strategies/two_markets", filters = { "filters/few_at_once" }, sizing = { "notional", notional = 2000 } }
