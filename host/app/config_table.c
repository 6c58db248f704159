/* Every option of mthost.conf.lua, declared once: name, type, default, range, help. Limits have a table of their own in
 * core/risk_limits.c. */
#include "app/config_private.h"

#include <limits.h>

#define AT(type, field) offsetof(struct type, field), sizeof(((struct type *)0)->field)

const struct mt_config_option mt_config_top_options[] = {
    { "mode", MT_CONFIG_CHOICE, AT(mt_config_top, mode), "sim", "sim|live", 0, 0,
      "live is the first of the switches that real orders need" },
    { "durability", MT_CONFIG_CHOICE, AT(mt_config_top, durability), "none", "none|process|power", 0, 0,
      "when the journal is synced to the disk: never, as the rules of each record say, before every order" },
    { "disk_floor_mb", MT_CONFIG_INT, AT(mt_config_top, disk_floor_mb), "0", NULL, 0, 1 << 30,
      "free space under which orders that increase a position are refused; 0: none" },
    { "log_level", MT_CONFIG_LEVEL, AT(mt_config_top, log_level), NULL, "DEBUG|INFO|WARNING|ERROR|OFF", 0, 0,
      "what the log tells; --log-level and LOG_LEVEL go before it" },
    { "accounts", MT_CONFIG_SECTION, 0, 0, NULL, NULL, 0, 0, "account name -> its options" },
    { "limits", MT_CONFIG_SECTION, 0, 0, NULL, NULL, 0, 0, "global, accounts, symbols, groups, strategies -> limits" },
    { "instruments", MT_CONFIG_SECTION, 0, 0, NULL, NULL, 0, 0, "symbol -> its rules" },
    { "rates", MT_CONFIG_SECTION, 0, 0, NULL, NULL, 0, 0, "currency pair -> a fixed rate of conversion" },
    { .name = NULL },
};

const struct mt_config_option mt_config_account_options[] = {
    { "currency", MT_CONFIG_TEXT, AT(mt_config_account, currency), NULL, NULL, 0, 0,
      "currency of its cash; the quote currency of the run if not said" },
    { "cash", MT_CONFIG_MONEY, AT(mt_config_account, cash), "100000", NULL, 0, 0,
      "cash that a simulated run starts with" },
    { "leverage", MT_CONFIG_INT, AT(mt_config_account, leverage), "1", NULL, 1, 10000,
      "margin is notional / leverage" },
    { "hedging", MT_CONFIG_BOOL, AT(mt_config_account, hedging), "false", NULL, 0, 0,
      "true: a ticket per position; trading on such an account is not built yet" },
    { "live", MT_CONFIG_BOOL, AT(mt_config_account, live), "false", NULL, 0, 0,
      "true: real orders are possible, with the other switches" },
    { "maker_bp", MT_CONFIG_BP, AT(mt_config_account, maker_rate), NULL, NULL, 0, 10000, "fee of orders that rested" },
    { "taker_bp", MT_CONFIG_BP, AT(mt_config_account, taker_rate), NULL, NULL, 0, 10000, "fee of orders that did not" },
    { .name = NULL },
};

const struct mt_config_option mt_config_instrument_options[] = {
    { "like", MT_CONFIG_TEXT, AT(mt_config_instrument, like), NULL, NULL, 0, 0,
      "start from a built-in: EURUSD, binance:BTCUSDT" },
    { "tick", MT_CONFIG_DECIMAL, AT(mt_config_instrument, tick), NULL, NULL, 0, 0, "prices are multiples of it" },
    { "step", MT_CONFIG_DECIMAL, AT(mt_config_instrument, step), NULL, NULL, 0, 0, "quantities are multiples of it" },
    { "size", MT_CONFIG_DECIMAL, AT(mt_config_instrument, size), NULL, NULL, 0, 0,
      "units of the base per 1 of quantity; 1" },
    { "min", MT_CONFIG_DECIMAL, AT(mt_config_instrument, min), NULL, NULL, 0, 0, "smallest quantity; one step" },
    { "max", MT_CONFIG_DECIMAL, AT(mt_config_instrument, max), NULL, NULL, 0, 0, "largest quantity; none" },
    { "min_notional", MT_CONFIG_MONEY, AT(mt_config_instrument, notional_min), "0", NULL, 0, 0,
      "smallest notional; none" },
    { "negative", MT_CONFIG_BOOL, AT(mt_config_instrument, negative), "false", NULL, 0, 0,
      "prices at and below zero can be" },
    { "quote", MT_CONFIG_TEXT, AT(mt_config_instrument, quote), NULL, NULL, 0, 0, "currency of prices and profits" },
    { "base", MT_CONFIG_TEXT, AT(mt_config_instrument, base), NULL, NULL, 0, 0, "what is bought; lets it give a rate" },
    { .name = NULL },
};

#define SCOPE_OPTIONS \
    { "on_loss", MT_CONFIG_CHOICE, AT(mt_config_scope_extra, on_loss), "reduce", "reduce|halt", 0, 0, \
      "what max_daily_loss and max_drawdown do to the scope" }, \
    { "allow", MT_CONFIG_SECTION, 0, 0, NULL, NULL, 0, 0, "symbols that may be traded; all if not said" }, \
    { "blocked", MT_CONFIG_SECTION, 0, 0, NULL, NULL, 0, 0, "spans of time {from=, to=} without increases" }

const struct mt_config_option mt_config_scope_options[] = { SCOPE_OPTIONS, { .name = NULL } };

const struct mt_config_option mt_config_group_options[] = {
    SCOPE_OPTIONS,
    { "accounts", MT_CONFIG_TEXT, AT(mt_config_scope_extra, accounts), "*", NULL, 0, 0,
      "for accounts with this pattern" },
    { "symbols", MT_CONFIG_SECTION, 0, 0, NULL, NULL, 0, 0, "groups: the symbols that count together" },
    { .name = NULL },
};

const struct mt_config_option mt_config_block_options[] = {
    { "from", MT_CONFIG_TEXT, AT(mt_config_block, from), NULL, NULL, 0, 0, "ISO-8601, UTC unless it says an offset" },
    { "to", MT_CONFIG_TEXT, AT(mt_config_block, to), NULL, NULL, 0, 0, "the first moment after it" },
    { .name = NULL },
};

const struct mt_config_env mt_config_env[] = {
    { "TRADING_ENABLED", false, "true: the third of the switches that real orders need" },
    { "API_BASE_URL", false, "address of the broker's platform" },
    { "API_TOKEN", true, "token of the broker's platform" },
    { "TRADING_API_TOKEN", true, "token that may trade" },
    { "DB_PASSWORD", true, "password of the database" },
    { "LOG_LEVEL", false, "as --log-level" },
    { NULL, false, NULL },
};
