return {
  strategy = "strategies/vote",
  filters  = { { "filters/few_at_once", most = 1 } },
  symbols  = { "BTCUSDT", "EURUSD" },
  params   = { quorum = 2 },
  sizing   = { "volatility_target", vol = 0.2, lookback = 30 },
}
