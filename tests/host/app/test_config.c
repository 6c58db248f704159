/* The configuration: every option's good and bad values with the line that is named, limits against the table of
 * limits, names to numbers, .env, the shipped example, and the page that lists the options. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "app/config_private.h"

static char folder[] = "/tmp/mthost-config-XXXXXX";
static char file[64];

static void write_file(const char *path, const char *text)
{
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    assert_true(fputs(text, out) >= 0);
    assert_int_equal(fclose(out), 0);
}

static int load(const char *text, struct mt_config **out, struct mt_diag *diag)
{
    memset(diag, 0, sizeof *diag);
    write_file(file, text);
    return mt_config_load(out, file, diag);
}

static struct mt_config *good(const char *text)
{
    struct mt_config *config;
    struct mt_diag diag;
    int rc = load(text, &config, &diag);
    if (rc != 0)
        fail_msg("%s\n%s", text, diag.text);
    return config;
}

/* Refused at this line with a sentence that has these words. */
static void bad(const char *text, int line, const char *words)
{
    struct mt_config *config;
    struct mt_diag diag;
    char where[96];
    int rc = load(text, &config, &diag);
    if (rc == 0)
        fail_msg("taken: %s", text);
    snprintf(where, sizeof where, "%s:%d:", file, line);
    if (strncmp(diag.text, where, strlen(where)) != 0 || !strstr(diag.text, words))
        fail_msg("%s\nsays: %s\nwanted: %s … %s", text, diag.text, where, words);
    assert_null(config);
    assert_int_equal(rc, MT_EREFUSED);
}

static void test_nothing_is_the_default(void **state)
{
    (void)state;
    struct mt_config *config;
    struct mt_diag diag = { 0 };
    char before[4096];
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(folder), 0);
    unlink("mthost.conf.lua");
    assert_int_equal(mt_config_load(&config, NULL, &diag), 0);
    assert_string_equal(config->path, "");
    assert_int_equal(config->account_count, 0);
    assert_int_equal(config->scope_count, 0);
    assert_false(config->live);
    assert_int_equal(config->durability, MT_POLICY_NONE);
    assert_true(config->disk_floor_bytes == 0);
    mt_config_free(config);
    write_file("mthost.conf.lua", "return { mode = \"live\" }");
    assert_int_equal(mt_config_load(&config, NULL, &diag), 0);
    assert_true(config->live);
    mt_config_free(config);
    unlink("mthost.conf.lua");
    assert_int_not_equal(mt_config_load(&config, "nosuch.lua", &diag), 0);
    assert_non_null(strstr(diag.text, "nosuch.lua"));
    assert_int_equal(chdir(before), 0);
}

static void test_accounts(void **state)
{
    (void)state;
    struct mt_config *c = good("return { accounts = {\n"
        " [\"desk/02\"] = { currency = \"USD\", cash = \"123456789012345.12345678\", leverage = 50, hedging = true,\n"
        "   live = true, maker_bp = 0.25, taker_bp = \"4\" },\n"
        " [\"desk/01\"] = {},\n } }");
    assert_int_equal(c->account_count, 2);
    const struct mt_config_account *one = &c->accounts[0], *two = &c->accounts[1];
    assert_string_equal(one->name, "desk/01");
    assert_true(one->cash == (mt_money)100000 * 100000000);
    assert_int_equal(one->leverage, 1);
    assert_false(one->hedging || one->live);
    assert_true(one->maker_rate == -1 && one->taker_rate == -1);
    assert_string_equal(one->currency, "");
    assert_string_equal(two->name, "desk/02");
    assert_string_equal(two->currency, "USD");
    assert_true(two->cash == (mt_money)123456789012345 * 100000000 + 12345678);
    assert_true(two->hedging && two->live);
    assert_int_equal(two->leverage, 50);
    assert_true(two->maker_rate == 2500 && two->taker_rate == 40000);
    mt_config_free(c);
}

static void test_wrong_values(void **state)
{
    (void)state;
    static const struct { const char *text; int line; const char *words;
    } rows[] = {
        { "return {\n mode = \"paper\" }", 2, "sim|live" },
        { "return {\n mode = 1 }", 2, "must be a text" },
        { "return {\n mod = \"sim\" }", 2, "the nearest is mode" },
        { "return {\n\n acounts = {} }", 3, "the nearest is accounts" },
        { "return {\n durability = \"full\" }", 2, "none|process|power" },
        { "return {\n disk_floor_mb = -1 }", 2, "out of range" },
        { "return {\n disk_floor_mb = 0.5 }", 2, "whole number" },
        { "return {\n log_level = \"loud\" }", 2, "DEBUG|INFO" },
        { "return {\n accounts = 7 }", 2, "must be a table" },
        { "return { accounts = {\n a = 1 } }", 2, "must be a table" },
        { "return { accounts = {\n [\"a b\"] = {} } }", 2, "is named by" },
        { "return { accounts = {\n [\"a*\"] = {} } }", 2, "is named by" },
        { "return { accounts = {\n a = {\n cash = -1 } } }", 3, "is below 0" },
        { "return { accounts = {\n a = {\n cash = \"1.123456789\" } } }", 3, "at most 8 decimals" },
        { "return { accounts = {\n a = {\n cash = \"many\" } } }", 3, "is no number" },
        { "return { accounts = {\n a = {\n cash = 0/0 } } }", 3, "must be a number" },
        { "return { accounts = {\n a = {\n cash = true } } }", 3, "must be a number" },
        { "return { accounts = {\n a = {\n leverage = 0 } } }", 3, "(1 to 10000)" },
        { "return { accounts = {\n a = {\n leverage = 10001 } } }", 3, "(1 to 10000)" },
        { "return { accounts = {\n a = {\n leverage = 1e300 } } }", 3, "out of range" },
        { "return { accounts = {\n a = {\n hedging = 1 } } }", 3, "true or false" },
        { "return { accounts = {\n a = {\n maker_bp = -1 } } }", 3, "out of range" },
        { "return { accounts = {\n a = {\n taker_bp = 0.00001 } } }", 3, "at most 4 decimals" },
        { "return { accounts = {\n a = {\n currency = \"ABCDEFGHIJKLMNOPQ\" } } }", 3, "too long" },
        { "return { accounts = {\n a = {\n kash = 1 } } }", 3, "accounts.a.kash: no such option, the nearest is cash" },
        { "return { instruments = {\n X = { tick = 0.1, step = 1 } } }", 2, "needs tick, step and quote" },
        { "return { instruments = {\n X = { like = \"nasdaq:X\" } } }", 2, "no built-in" },
        { "return { instruments = {\n X = { tick = 0, step = 1, quote = \"USD\" } } }", 2, "X" },
        { "return { instruments = {\n X = {\n tick = \"a\", step = 1, quote = \"USD\" } } }", 3, "is no number" },
        { "return { instruments = {\n [\"a b\"] = { tick = 1, step = 1, quote = \"USD\" } } }", 2, "a b" },
        { "return { instruments = {\n X = { tick = 1, step = 1, quote = \"U,tick=2\" } } }", 2, "comma" },
        { "return { rates = {\n EUR = 1 } }", 2, "no pair" },
        { "return { rates = {\n EUREUR = 1 } }", 2, "no pair" },
        { "return { rates = {\n EURUSD = 0 } }", 2, "above 0" },
        { "return { rates = {\n EURUSD = -1 } }", 2, "above 0" },
        { "return { rates = {\n EURUSD = 1,\n [\"EUR/USD\"] = 1 } }", 2, "twice" },
        { "return { limits = {\n globl = {} } }", 2, "the nearest is global" },
        { "return { limits = { global = {\n max_nett = 1 } } }", 2, "the nearest is max_net" },
        { "return { limits = { global = {\n max_net = -1 } } }", 2, "max_net" },
        { "return { limits = { global = {\n max_net = true } } }", 2, "must be a number" },
        { "return { limits = { global = {\n max_net = 1e18 } } }", 2, "out of range" },
        { "return { limits = { global = {\n max_net = \"0.000000001\" } } }", 2, "8 decimals" },
        { "return { limits = { global = {\n max_open = 1.5 } } }", 2, "whole number" },
        { "return { limits = { global = {\n locked_deny = 1 } } }", 2, "true or false" },
        { "return { limits = { global = {\n loss_streak = 3 } } }", 2, "not possible" },
        { "return { limits = { global = {\n on_loss = \"panic\" } } }", 2, "reduce|halt" },
        { "return { limits = { accounts = {\n [\"b*\"] = {} } } }", 2, "no account matches" },
        { "return { limits = { accounts = {\n {} } } }", 2, "NAME" },
        { "return { limits = { symbols = {\n [\":X\"] = {} } } }", 2, "ACCOUNT:SYMBOL" },
        { "return { limits = { groups = {\n g = { max_net = 1 } } } }", 2, "needs symbols" },
        { "return { limits = { groups = {\n g = {\n symbols = { 1 } } } } }", 3, "list of symbols" },
        { "return { limits = { strategies = {\n s = {\n symbols = { \"A\" } } } } }", 3, "only a group" },
        { "return { limits = {\n global = {} } }", 2, "limits.global: guards nothing" },
        { "return { limits = { accounts = {\n [\"*\"] = {} } } }", 2, "limits.accounts.*: guards nothing" },
        { "return { limits = { symbols = {\n EURUSD = {} } } }", 2, "limits.symbols.EURUSD: guards nothing" },
        { "return { limits = { global = { max_open = 1,\n blocked = {} } } }", 2, "blocks nothing" },
        { "return { limits = { global = { max_open = 1,\n on_loss = \"halt\" } } }", 2, "max_daily_loss" },
        { "return { limits = { global = { max_open = 1 } },\n limits = { global = { max_net = 1 } } }", 2,
          "second time, the first is in line 1" },
        { "return { accounts = { [\"a\"] = {},\n a = {} } }", 2, "accounts.a: stands here for the second time" },
        { "return { limits = { global = {\n max_open = 0/0 } } }", 2, "must be a number" },
        { "return { limits = { global = {\n max_open = -1 } } }", 2, "max_open" },
        { "return { limits = { global = {\n max_open = \"ten\" } } }", 2, "is no number" },
        { "return { limits = { global = {\n max_open = {} } } }", 2, "must be a number" },
        { "return { limits = { global = {\n max_open = 99999999999999999999 } } }", 2, "out of range" },
        { "return { accounts = {\n [\"k\\u{fc}che\"] = {} } }", 2, "" },
        { "return { accounts = {\n [\"k\303\274che\"] = {} } }", 2, "is named by" },
        { "return { accounts = {\n {} } }", 2, "is named by" },
        { "return { instruments = {\n [1] = {} } }", 2, "SYMBOL" },
        { "return { rates = {\n EURUSD = \"1,1\" } }", 2, "is no number" },
        { "return { accounts = {\n a = {\n cash = \"1e400\" } } }", 3, "accounts.a.cash: '1e400' is out of range" },
        { "return { accounts = {\n a = {\n cash = 1e19 } } }", 3, "is out of range" },
        { "return { accounts = {\n a = {\n currency = \"\" } } }", 3, "is no currency" },
        { "return { accounts = {\n a = {\n currency = \"US D\" } } }", 3, "is no currency" },
        { "return {\n disk_floor_mb = \"99999999999999999999\" }", 2, "is out of range" },
        { "return { accounts = {\n a = {\n taker_bp = \"99999999999999999999\" } } }", 3, "is out of range" },
        { "return { limits = { global = {\n allow = { X = true } } } }", 2, "limits.global.allow.X: must be a list" },
        { "return { limits = { global = {\n blocked = { from = \"2024-01-01\" } } } }", 2,
          "limits.global.blocked.from: must be a table" },
        { "return { rates = {\n EURUSD = { 1 } } }", 2, "must be a number" },
        { "return { limits = { global = { blocked = {\n { from = \"2024-01-02\", to = \"2024-01-01\" } } } } }", 2,
          "before" },
        { "return { limits = { global = { blocked = {\n { from = \"soon\", to = \"2024-01-01\" } } } } }", 2, "from" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        bad(rows[i].text, rows[i].line, rows[i].words);
}

static void test_what_is_no_configuration_names_the_file(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "", "-- nothing\n", "return 7", "return {", "while true do end", "return { a = function() end }", "x = nil + 1", "\x1bLJ"
    };
    struct mt_config *config;
    struct mt_diag diag;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        int rc = load(texts[i], &config, &diag);
        assert_int_not_equal(rc, 0);
        assert_non_null(strstr(diag.text, file));
    }
    assert_int_equal(load("", &config, &diag), MT_EREFUSED);
    assert_non_null(strstr(diag.text, "mthost.conf.lua:1: the file is empty: it would guard nothing"));
}

/* A slip in the name of a symbol: the limit would guard nothing. Symbols of other runs are known by `instruments`. */
static void test_a_symbol_that_nobody_knows(void **state)
{
    (void)state;
    static const struct { const char *limits, *words; } rows[] = {
        { "symbols = {\n BTCUSD = { max_net = 1 } }", ":2: limits.symbols: no symbol 'BTCUSD'" },
        { "symbols = {\n [\"*:TYPO\"] = { max_net = 1 } }", ":2: limits.symbols: no symbol 'TYPO'" },
        { "groups = {\n g = { symbols = { \"A\", \"TYPO\" }, max_net = 1 } }", ":2: limits.groups: no symbol 'TYPO'" },
        { "symbols = { [\"*\"] = { max_net = 1 }, A = { max_net = 1 }, EURUSD = { max_net = 1 } }", NULL },
        { "symbols = { OTHER = { max_net = 1 }, BTCUSDT = { max_net = 1 } }", NULL },
    };
    struct mt_account_setup account = { .name = "sim" };
    struct mt_instrument instrument = { .symbol = "A" };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[512];
        struct mt_scope_setup *scopes = NULL;
        size_t count = 0;
        struct mt_diag diag = { 0 };
        snprintf(text, sizeof text, "return { limits = { %s }, instruments = { OTHER = { like = \"EURUSD\" } } }",
                 rows[i].limits);
        struct mt_config *config = good(text);
        int rc = mt_config_scopes(config, &account, 1, &instrument, 1, &scopes, &count, &diag);
        assert_int_equal(rc, rows[i].words ? MT_EREFUSED : 0);
        assert_true(!rows[i].words || (strstr(diag.text, rows[i].words) && strstr(diag.text, file)));
        mt_config_scopes_free(scopes, count);
        mt_config_free(config);
    }
}

static const struct mt_scope_setup *only(const struct mt_config *config, enum mt_scope_kind kind)
{
    const struct mt_scope_setup *found = NULL;
    for (size_t i = 0; i < config->scope_count; i++)
        if (config->scopes[i].kind == kind) {
            assert_null(found);
            found = &config->scopes[i];
        }
    assert_non_null(found);
    return found;
}

/* Each limit in each kind of scope: taken exactly where the table says it is possible, and with exactly its value. */
static void test_every_limit_in_every_scope(void **state)
{
    (void)state;
    static const char *const places[MT_SCOPES] = {
        "global = { %s }", "accounts = { sim = { %s } }", "symbols = { [\"sim:X\"] = { %s } }",
        "groups = { g = { symbols = { \"X\" }, %s } }", "strategies = { s = { %s } }",
    };
    for (unsigned id = 0; id < MT_LIMITS; id++) {
        const struct mt_limit_info *info = mt_limit_info(id);
        for (unsigned kind = 0; kind < MT_SCOPES; kind++) {
            char setting[128], place[256], text[512];
            int64_t want = info->type == MT_LIMIT_BOOL ? 1 : info->type == MT_LIMIT_COUNT ? 3 : 12345678;
            snprintf(setting, sizeof setting, "%s = %s", info->name,
                     info->type == MT_LIMIT_BOOL ? "true" : info->type == MT_LIMIT_COUNT ? "3" : "0.12345678");
            snprintf(place, sizeof place, places[kind], setting);
            snprintf(text, sizeof text, "return { limits = { %s } }", place);
            struct mt_config *config;
            struct mt_diag diag;
            int rc = load(text, &config, &diag);
            bool possible = info->scopes >> kind & 1;
            if ((rc == 0) != possible)
                fail_msg("%s: %s", text, diag.text);
            if (rc != 0)
                continue;
            const struct mt_scope_setup *scope = only(config, (enum mt_scope_kind)kind);
            assert_true(scope->limits.set == UINT64_C(1) << id);
            assert_true(scope->limits.value[id] == want);
            mt_config_free(config);
        }
    }
}

static const char scopes_text[] =
    "return { accounts = { [\"desk/01\"] = {}, [\"desk/02\"] = {}, [\"prop/1\"] = {} }, limits = {\n"
    " global = { max_open = 9 },\n"
    " accounts = { [\"desk/*\"] = { max_open = 8, max_daily_loss = 1, on_loss = \"halt\", allow = { \"B\", \"NONE\", \"B\" } },\n"
    "   [\"*\"] = { max_open = 7 },\n"
    "   [\"prop/1\"] = { max_open = 6, allow = { \"NONE\" } } },\n"
    " symbols = { [\"desk/02:B\"] = { max_net = 1 }, NONE = { max_net = 2 }, A = { max_net = 3 },\n"
    "   [\"prop/1:*\"] = { max_net = 4 } },\n"
    " groups = { g = { symbols = { \"NONE\", \"B\", \"A\", \"B\" }, accounts = \"desk/*\", max_net = 5 },\n"
    "   h = { symbols = { \"NONE\" }, max_net = 6 } },\n"
    " strategies = { [\"*\"] = { loss_streak = 3 }, scalp = { loss_streak = 4, accounts = \"prop/*\",\n"
    "   blocked = { { from = \"2024-01-01\", to = \"2024-01-02\" } } } },\n"
    "}, instruments = { NONE = { tick = 1, step = 1, quote = \"USD\" } } }";

static void test_names_become_numbers(void **state)
{
    (void)state;
    struct mt_config *config = good(scopes_text);
    struct mt_account_setup accounts[3] = { { .name = "desk/01" }, { .name = "desk/02" }, { .name = "prop/1" } };
    struct mt_instrument instruments[2] = { { .symbol = "A" }, { .symbol = "B" } };
    struct mt_scope_setup *s;
    size_t count;
    struct mt_diag diag = { 0 };
    assert_int_equal(mt_config_scopes(config, accounts, 3, instruments, 2, &s, &count, &diag), 0);
    size_t kinds[MT_SCOPES] = { 0 }, desk = 0;
    for (size_t i = 0; i < count; i++) {
        kinds[s[i].kind]++;
        int64_t open = s[i].limits.value[MT_LIMIT_MAX_OPEN], net = s[i].limits.value[MT_LIMIT_MAX_NET] / 100000000;
        if (s[i].kind == MT_SCOPE_ACCOUNT && open == 8) {
            assert_int_equal(s[i].account, (int)desk++);
            assert_int_equal(s[i].on_loss, MT_HALTED);
            assert_non_null(s[i].allow);
            assert_int_equal(s[i].allow_count, 1);
            assert_int_equal(s[i].allow[0], 1);
        } else if (s[i].kind == MT_SCOPE_ACCOUNT && open == 7) {
            assert_int_equal(s[i].account, -1);
            assert_null(s[i].allow);
            assert_int_equal(s[i].on_loss, MT_REDUCE_ONLY);
        } else if (s[i].kind == MT_SCOPE_ACCOUNT) { /* an empty allow list allows nothing; it must not become "all" */
            assert_int_equal(s[i].account, 2);
            assert_non_null(s[i].allow);
            assert_int_equal(s[i].allow_count, 0);
        } else if (s[i].kind == MT_SCOPE_SYMBOL) {
            assert_true(net == 1 || net == 3 || net == 4);
            assert_int_equal(s[i].account, net == 1 ? 1 : net == 3 ? -1 : 2);
            assert_int_equal(s[i].symbol, net == 1 ? 1 : net == 3 ? 0 : -1);
        } else if (s[i].kind == MT_SCOPE_GROUP) {
            assert_string_equal(s[i].name, "g");
            assert_true(s[i].account == 0 || s[i].account == 1);
            assert_int_equal(s[i].group_count, 2);
            assert_int_equal(s[i].group[0], 1);
            assert_int_equal(s[i].group[1], 0);
        } else if (s[i].kind == MT_SCOPE_STRATEGY && s[i].name[0] != '*') {
            assert_int_equal(s[i].account, 2);
            assert_int_equal(s[i].window_count, 1);
            assert_true(s[i].windows[0].to_ns - s[i].windows[0].from_ns == INT64_C(86400000000000));
            assert_true(mt_config_scope_is_for(&s[i], "scalp", "strategies/volume_scalp"));
            assert_true(mt_config_scope_is_for(&s[i], "other", "scalp"));
            assert_false(mt_config_scope_is_for(&s[i], "other", "strategies/other"));
        } else {
            assert_true(mt_config_scope_is_for(&s[i], "x", "y"));
        }
    }
    static const size_t want[MT_SCOPES] = { 1, 4, 3, 2, 2 };
    for (int kind = 0; kind < MT_SCOPES; kind++)
        assert_int_equal(kinds[kind], want[kind]);
    mt_config_scopes_free(s, count);
    mt_config_free(config);
}

static void test_patterns(void **state)
{
    (void)state;
    static const struct { const char *pattern, *name; bool match;
    } rows[] = {
        { "*", "", true },
        { "", "", true },
        { "", "a", false },
        { "a", "a", true },
        { "a", "ab", false },
        { "a*", "a", true },
        { "a*", "ba", false },
        { "*b", "ab", true },
        { "*b", "abb", true },
        { "*b", "aba", false },
        { "a*c*e", "abcde", true },
        { "a*c*e", "abdce", true },
        { "a*c*e", "abcd", false },
        { "**", "x", true },
        { "desk/*", "desk/01", true },
        { "desk/*", "desk", false },
        { "d*k*1", "desk/01", true },
        { "*aab", "aaaab", true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (mt_config_match(rows[i].pattern, rows[i].name) != rows[i].match)
            fail_msg("%s %s", rows[i].pattern, rows[i].name);
}

static void test_instruments_and_rates(void **state)
{
    (void)state;
    struct mt_config *c = good(
        "return { instruments = {\n"
        " BTCUSDT = { tick = \"0.01\", step = \"0.00001\", quote = \"USDT\", base = \"BTC\",\n"
        "   min = 0.0001, max = 9, min_notional = 5 },\n"
        " EURUSD = { step = 0.1 }, MINE = { like = \"binance:BTCUSDT\", tick = 0.5 } },\n"
        " rates = { EURUSD = 1.0875, [\"BTC/USDT\"] = \"60000.5\" } }");
    assert_int_equal(c->instrument_count, 3);
    const struct mt_instrument *btc = &c->instruments[0], *eur = &c->instruments[1], *mine = &c->instruments[2];
    assert_string_equal(btc->symbol, "BTCUSDT");
    assert_true(btc->tick == mt_pow10(btc->price_scale - 2));
    assert_true(btc->step == mt_pow10(btc->qty_scale - 5));
    assert_true(btc->qty_min == 10 * btc->step);
    assert_true(btc->qty_max == 9 * mt_pow10(btc->qty_scale));
    assert_true(btc->notional_min == (mt_money)5 * 100000000);
    assert_string_equal(btc->base, "BTC");
    assert_false(btc->inferred);
    assert_string_equal(eur->symbol, "EURUSD");
    assert_true(eur->contract_size == 100000);
    assert_true(eur->step == mt_pow10(eur->qty_scale - 1));
    assert_string_equal(mine->symbol, "MINE");
    assert_string_equal(mine->quote, "USDT");
    assert_true(mine->tick == 5 * mt_pow10(mine->price_scale - 1));
    assert_int_equal(c->rate_count, 2);
    assert_string_equal(c->rates[0].base, "BTC");
    assert_true(c->rates[0].rate == INT64_C(6000050000000));
    assert_string_equal(c->rates[1].quote, "USD");
    assert_true(c->rates[1].rate == 108750000);
    mt_config_free(c);
}

static void test_env_file(void **state)
{
    (void)state;
    char path[96];
    struct mt_config *config;
    struct mt_diag diag;
    snprintf(path, sizeof path, "%s/.env", folder);
    unsetenv("API_BASE_URL");
    unsetenv("API_TOKEN");
    setenv("LOG_LEVEL", "error", 1);
    write_file(
        path,
        "# notes\n\n  export API_BASE_URL = \"http://localhost\"\r\nLOG_LEVEL=debug\nOTHER=1\nAPI_TOKEN='se cret'\n");
    chmod(path, 0600);
    mt_config_free(good("return {}"));
    assert_string_equal(getenv("API_BASE_URL"), "http://localhost");
    assert_string_equal(getenv("API_TOKEN"), "se cret");
    assert_string_equal(getenv("LOG_LEVEL"), "error");          /* the process wins */
    assert_null(getenv("OTHER"));
    chmod(path, 0640);
    assert_int_equal(load("return {}", &config, &diag), MT_EREFUSED);
    assert_non_null(strstr(diag.text, ".env:6: API_TOKEN"));
    assert_null(strstr(diag.text, "se cret"));                      /* a secret is in no message */
    write_file(path, "LOG_LEVEL=debug\n");
    mt_config_free(good("return {}"));                          /* no secret inside: others may read it */
    static const char *const values[][2] = {        /* a note behind a value is none of it */
        { "abc", "abc" }, { "abc # note", "abc" }, { "a#c", "a#c" }, { "\"a # c\" # note", "a # c" }, { "'a b'", "a b" },
        { "'a' b", "'a' b" }, { "\"a", "\"a" }, { "# note", "" }, { "", "" }, { "'a'#b", "'a'#b" }, { "''  ", "" },
        { "a=b\t# c", "a=b" },
    };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        char line[64];
        unsetenv("API_BASE_URL");
        snprintf(line, sizeof line, "API_BASE_URL=%s\n", values[i][0]);
        write_file(path, line);
        mt_config_free(good("return {}"));
        assert_string_equal(getenv("API_BASE_URL"), values[i][1]);
    }
    write_file(path, "LOG_LEVEL\n");
    assert_int_equal(load("return {}", &config, &diag), MT_EREFUSED);
    assert_non_null(strstr(diag.text, ".env:1"));
    unlink(path);
    unsetenv("LOG_LEVEL");
    unsetenv("API_TOKEN");
    unsetenv("API_BASE_URL");
}

static void test_the_example_loads(void **state)
{
    (void)state;
    struct mt_config *config;
    struct mt_diag diag = { 0 };
    if (mt_config_load(&config, MT_SOURCE_DIR "/examples/mthost.conf.lua", &diag) != 0)
        fail_msg("%s", diag.text);
    bool hedging = false;
    uint32_t kinds = 0;
    for (size_t i = 0; i < config->account_count; i++)
        hedging = hedging || config->accounts[i].hedging;
    for (size_t i = 0; i < config->scope_count; i++)
        kinds |= 1u << config->scopes[i].kind;
    assert_true(config->account_count >= 2 && hedging);
    assert_true(__builtin_popcount(kinds) >= 3);
    mt_config_free(config);
}

static void page_has(const char *page, const struct mt_config_option *options)
{
    char cell[96];
    for (; options->name; options++) {
        snprintf(cell, sizeof cell, "`%s`", options->name);
        if (!strstr(page, cell))
            fail_msg("docs/configuration.md does not tell of %s", cell);
    }
}

static void test_the_page_tells_every_option(void **state)
{
    (void)state;
    static char page[65536];
    FILE *in = fopen(MT_SOURCE_DIR "/docs/configuration.md", "r");
    assert_non_null(in);
    size_t length = fread(page, 1, sizeof page - 1, in);
    fclose(in);
    page[length] = '\0';
    page_has(page, mt_config_top_options);
    page_has(page, mt_config_account_options);
    page_has(page, mt_config_instrument_options);
    page_has(page, mt_config_group_options);
    page_has(page, mt_config_block_options);
    for (const struct mt_config_env *env = mt_config_env; env->name; env++)
        assert_non_null(strstr(page, env->name));
}

int main(void)
{
    assert_non_null(mkdtemp(folder));
    snprintf(file, sizeof file, "%s/mthost.conf.lua", folder);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_symbol_that_nobody_knows),
        cmocka_unit_test(test_nothing_is_the_default),
        cmocka_unit_test(test_accounts),
        cmocka_unit_test(test_wrong_values),
        cmocka_unit_test(test_what_is_no_configuration_names_the_file),
        cmocka_unit_test(test_every_limit_in_every_scope),
        cmocka_unit_test(test_names_become_numbers),
        cmocka_unit_test(test_patterns),
        cmocka_unit_test(test_instruments_and_rates),
        cmocka_unit_test(test_env_file),
        cmocka_unit_test(test_the_example_loads),
        cmocka_unit_test(test_the_page_tells_every_option),
    };
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(file);
    rmdir(folder);
    return rc;
}
