/* names: what the name of a file says about its content, when the content itself does not. */
#ifndef MT_ADAPTERS_PLAYBACK_NAMES_H
#define MT_ADAPTERS_PLAYBACK_NAMES_H

#include <stdbool.h>
#include "model/instrument.h"

/* The one group of exactly eight digits in the name that is a date (yyyymmdd, 1970..2200), as
 * "yyyy-mm-dd". False when there is none, or when two groups disagree. */
bool mt_name_date(const char *path, char out[11]);
enum mt_name_says { MT_NAME_NOTHING, MT_NAME_WORD, MT_NAME_MARKET };
/* A symbol: what MetaTrader 5 writes before the period ("GBPUSD.r_M5_202403141200_202403141425" -> GBPUSD.r), else a
 * major FX pair in the name ("oanda_eurusd_20140501", "EUR_USD" -> EURUSD), else its first word that ends in a
 * currency ("BTCUSDT-1m-2025-01-01" -> BTCUSDT; two words that are one market stay joined: "BTC_USDT-1h" ->
 * BTC_USDT), else its first word ("w1_bars" -> W1). '-', '_', ',', '.' and blanks end a word. Words that are
 * intervals, dates, kinds of rows (trades, bid) or sources (binance) are no symbols where any other word stands. A
 * word may be any name that a person gave the file; a pair or a market is meant as one. */
enum mt_name_says mt_name_symbol(const char *path, char out[MT_SYMBOL_MAX]);
/* The symbol that a column of symbols says (it holds as mt_name_is_symbol): as it is, but for the slash between two
 * currencies ("BTC/USD" -> BTCUSD; BRK/B stays), and in capitals when it has small letters alone. */
void mt_name_of_column(const char *text, size_t length, char out[MT_SYMBOL_MAX]);
/* [A-Za-z0-9._/-]{1,31} */
bool mt_name_is_symbol(const char *text, size_t length);

#endif
