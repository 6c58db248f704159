return {
  strategy = "strategies/around_news",
  symbols  = { "BTCUSDT" },
  tables   = { calendar = "calendar.csv" },
  sizing   = { "notional", notional = "5000" },
}
