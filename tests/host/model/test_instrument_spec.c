#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "model/instrument.h"

static void the_major_pairs_are_built_in(void **state)
{
    (void)state;
    static const char *const pairs[] = {"EURUSD", "GBPUSD", "AUDUSD", "NZDUSD", "USDJPY", "USDCHF",
                                        "USDCAD", "EURGBP", "EURJPY", "GBPJPY", "EURCHF", "AUDJPY",
                                        "EURAUD", "EURCAD", "EURNZD", "GBPCHF", "GBPAUD", "GBPCAD",
                                        "GBPNZD", "AUDCHF", "AUDCAD", "AUDNZD", "NZDJPY", "NZDCHF",
                                        "NZDCAD", "CADJPY", "CADCHF", "CHFJPY"};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        struct mt_instrument out;
        assert_int_equal(mt_instrument_builtin(pairs[i], &out), 0);
        assert_int_equal(mt_instrument_check(&out, NULL), 0);
        assert_string_equal(out.symbol, pairs[i]);
        assert_int_equal(strlen(out.base), 3);
        assert_memory_equal(out.base, pairs[i], 3);
        assert_string_equal(out.quote, pairs[i] + 3);
        assert_int_equal(out.price_scale, strcmp(out.quote, "JPY") == 0 ? 3 : 5);
        assert_int_equal(out.tick, 1);
        assert_int_equal(out.qty_scale, 2);
        assert_int_equal(out.step, 1);
        assert_int_equal(out.qty_min, 1);
        assert_int_equal(out.qty_max, 0);
        assert_int_equal(out.default_qty, 1);
        assert_int_equal(out.contract_size, 100000);
        assert_int_equal(out.contract_scale, 0);
        assert_false(out.inferred);
    }
    static const char *const others[] = {
        "",       "EUR",    "USDEUR", "JPYUSD",  "EUREUR",  "eurusd",   "EURUSDX",
        "EURXXX", "XXXUSD", "XAUUSD", "EUR/USD", "BTCUSDT", "binance:", "binance:EURUSD"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct mt_instrument out = {.tick = 77};
        assert_int_equal(mt_instrument_builtin(others[i], &out), MT_ENOTFOUND);
        assert_int_equal(out.tick, 77);
    }
}

static void one_lot_of_eurusd_is_what_it_costs(void **state)
{
    (void)state;
    struct mt_instrument out;
    mt_money money;
    assert_int_equal(mt_instrument_builtin("EURUSD", &out), 0);
    assert_int_equal(mt_instrument_notional(&out, 100, 138623, MT_ROUND_EXACT, &money), 0);
    assert_true(money == (mt_money)138623 * 100000000);         /* 1 lot at 1.38623 = 138 623 USD */
}

static void binance_bitcoin_is_built_in(void **state)
{
    (void)state;
    struct mt_instrument out;
    assert_int_equal(mt_instrument_builtin("binance:BTCUSDT", &out), 0);
    assert_int_equal(mt_instrument_check(&out, NULL), 0);
    assert_string_equal(out.symbol, "BTCUSDT");
    assert_string_equal(out.base, "BTC");
    assert_string_equal(out.quote, "USDT");
    assert_int_equal(out.contract_size, 1);
    assert_int_equal(out.contract_scale, 0);
    assert_int_equal(out.default_qty, out.qty_min);
    char text[MT_DEC_TEXT];
    mt_dec_format_short(text, out.tick, out.price_scale);
    assert_string_equal(text, "0.01");
    mt_dec_format_short(text, out.step, out.qty_scale);
    assert_string_equal(text, "0.00001");
    mt_dec_format_short(text, out.qty_min, out.qty_scale);
    assert_string_equal(text, "0.00001");
    mt_money_format(text, out.notional_min);
    assert_string_equal(text, "5.00000000");
}

static void unknown_symbols_are_inferred(void **state)
{
    (void)state;
    struct mt_instrument out;
    for (int decimals = 0; decimals <= 18; decimals++) {
        mt_instrument_infer("DOGEUSD", decimals, "USD", &out);
        assert_int_equal(mt_instrument_check(&out, NULL), 0);
        assert_int_equal(out.price_scale, decimals > 8 ? decimals : 8);
        assert_true(out.tick == mt_pow10(out.price_scale - decimals));
        assert_int_equal(out.qty_scale, 8);
        assert_int_equal(out.step, 1);
        assert_int_equal(out.default_qty, 100000000);
        assert_int_equal(out.contract_size, 1);
        assert_true(out.inferred);
    }
    mt_instrument_infer("DOGEUSD", -3, "USD", &out);
    assert_true(out.tick == mt_pow10(8));
    mt_instrument_infer("DOGEUSD", 30, "USD", &out);
    assert_int_equal(out.price_scale, 18);
    mt_instrument_infer("A123456789012345678901234567890", 2, "USD", &out);
    assert_int_equal(mt_instrument_check(&out, NULL), 0);
    mt_instrument_infer("A1234567890123456789012345678901", 2, "USD",
                        &out); /* one too long: not cut */
    assert_string_equal(out.symbol, "");
    assert_int_equal(mt_instrument_check(&out, NULL), MT_ERANGE);
    mt_instrument_infer("X", 2, "A123456789012345", &out);
    assert_int_equal(mt_instrument_check(&out, NULL), MT_ERANGE);
}

static struct mt_instrument parsed(struct mt_instrument out, const char *text)
{
    struct mt_diag diag = {0};
    if (mt_instrument_parse(text, &out, &diag) != 0)
        fail_msg("%s", diag.text);
    return out;
}

static void negative_prices_are_said_and_kept(void **state)
{
    (void)state;
    struct mt_instrument out = parsed((struct mt_instrument){ .symbol = "CL", .quote = "USD", .tick = 1, .step = 1,
        .qty_min = 1, .default_qty = 1, .contract_size = 1 }, "tick=0.01");
    assert_false(out.negative);
    assert_false(mt_instrument_price_can_be(&out, 0));
    out = parsed(out, "negative=true");
    assert_true(out.negative);
    out = parsed(out, "step=2");                    /* what is not named stays */
    assert_true(out.negative);
    assert_true(mt_instrument_price_can_be(&out, 0) && mt_instrument_price_can_be(&out, INT64_MIN));
    out = parsed(out, "negative=false");
    assert_false(out.negative);
    assert_int_equal(mt_instrument_parse("negative=1", &out, NULL), MT_ESYNTAX);
    assert_int_equal(mt_instrument_parse("negative=", &out, NULL), MT_ESYNTAX);
}

/* The multiple at or next to a price, on both sides of zero, against a search by hand. */
static void a_price_goes_to_the_tick_on_either_side_of_zero(void **state)
{
    (void)state;
    for (int64_t tick = 1; tick <= 5; tick++)
        for (int64_t price = -23; price <= 23; price++) {
            const struct mt_instrument instrument = { .tick = tick };
            int64_t down = price, up = price;
            while (down % tick != 0)
                down--;
            while (up % tick != 0)
                up++;
            assert_int_equal(mt_instrument_on_tick(&instrument, price, false), down);
            assert_int_equal(mt_instrument_on_tick(&instrument, price, true), up);
        }
}

static void a_full_text_replaces_a_guess(void **state)
{
    (void)state;
    struct mt_instrument guess;
    mt_instrument_infer("XBT", 1, "USD", &guess);
    struct mt_instrument out = parsed(guess, "tick=0.5,step=0.001,size=2.50,quote=EUR");
    assert_int_equal(out.price_scale, 8);
    assert_int_equal(out.tick, 50000000);
    assert_int_equal(out.qty_scale, 8);
    assert_int_equal(out.step, 100000);
    assert_int_equal(out.qty_min, 100000);
    assert_int_equal(out.default_qty, 100000);
    assert_int_equal(out.qty_max, 0);
    assert_int_equal(out.contract_scale, 1);
    assert_int_equal(out.contract_size, 25);
    assert_string_equal(out.quote, "EUR");
    assert_string_equal(out.symbol, "XBT");
    assert_false(out.inferred);
    out = parsed(guess, "base=XBT,max=3,min=0.01,quote=EUR,size=100,step=0.001,tick=0.0000000001");
    assert_int_equal(out.price_scale, 10);
    assert_int_equal(out.tick, 1);
    assert_int_equal(out.qty_min, 1000000);
    assert_int_equal(out.default_qty, 1000000);
    assert_int_equal(out.qty_max, 300000000);
    assert_int_equal(out.contract_size, 100);
    assert_string_equal(out.base, "XBT");
}

static void what_is_not_named_keeps_its_value(void **state)
{
    (void)state;
    struct mt_instrument fx;
    assert_int_equal(mt_instrument_builtin("EURUSD", &fx), 0);
    fx.stop_level = 20;
    fx.qty_max = 5000;
    struct mt_instrument out = parsed(fx, "tick=0.000001");
    assert_int_equal(out.price_scale, 6);
    assert_int_equal(out.tick, 1);
    assert_int_equal(out.stop_level, 200);
    assert_int_equal(out.qty_scale, 2);
    out = parsed(fx, "step=0.001");
    assert_int_equal(out.qty_scale, 3);
    assert_int_equal(out.step, 1);
    assert_int_equal(out.qty_min, 10);              /* still 0.01 lots */
    assert_int_equal(out.qty_max, 50000);
    assert_int_equal(out.default_qty, 10);
    assert_int_equal(out.price_scale, 5);
    out = parsed(fx, "step=0.1");
    assert_int_equal(out.qty_min, 10);              /* at least a step */
    out = parsed(fx, "size=1");
    assert_int_equal(out.contract_size, 1);
    struct mt_instrument guess;
    mt_instrument_infer("XBT", 1, "USD", &guess);
    out = parsed(guess, "tick=0.01");
    assert_true(out.inferred);
    assert_int_equal(out.default_qty, 100000000);
    out = parsed(guess, "tick=0.01,step=0.0000000001");
    assert_true(out.inferred);
    assert_int_equal(out.qty_scale, 10);
    assert_int_equal(out.qty_min, 100);
    assert_int_equal(out.default_qty, 100);
    out = parsed(guess, "min=0.5");
    assert_int_equal(out.default_qty, 50000000);
    static const char *const three[] = {"step=1,size=1,quote=USD", "tick=1,size=1,quote=USD",
                                        "tick=1,step=1,quote=USD", "tick=1,step=1,size=1"};
    for (int i = 0; i < 4; i++)
        assert_true(parsed(guess, three[i]).inferred);
    struct mt_instrument zero = {.symbol = "X"};
    out = parsed(zero, "tick=0.25,step=1,size=50,quote=USD");
    assert_int_equal(out.price_scale, 2);
    assert_int_equal(out.qty_scale, 0);
    assert_int_equal(out.tick, 25);
    assert_int_equal(out.qty_min, 1);
}

static void malformed_texts_change_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int code;
    } cases[] = {
        {"", MT_ESYNTAX},
        {"tick", MT_ESYNTAX},
        {"tick=", MT_ESYNTAX},
        {"=5", MT_ESYNTAX},
        {"tik=5", MT_ESYNTAX},
        {"ticks=5", MT_ESYNTAX},
        {"tick=1,", MT_ESYNTAX},
        {",tick=1", MT_ESYNTAX},
        {"tick=1,,step=1", MT_ESYNTAX},
        {"tick=1,tick=1", MT_ESYNTAX},
        {" tick=1", MT_ESYNTAX},
        {"tick =1", MT_ESYNTAX},
        {"tick= 1", MT_ESYNTAX},
        {"tick=1x", MT_ESYNTAX},
        {"step=nan", MT_ESYNTAX},
        {"size=0x10", MT_ESYNTAX},
        {"min=inf", MT_ESYNTAX},
        {"max=", MT_ESYNTAX},
        {"Tick=1", MT_ESYNTAX},
        {"tick,step=1", MT_ESYNTAX},
        {"tick=0", MT_ERANGE},
        {"tick=-0.01", MT_ERANGE},
        {"step=0", MT_ERANGE},
        {"size=0", MT_ERANGE},
        {"size=-1", MT_ERANGE},
        {"quote=", MT_ERANGE},
        {"quote=U D", MT_ERANGE},
        {"quote=A123456789012345", MT_ERANGE},
        {"base=A123456789012345,quote=USD", 0},
        {"min=0.015", MT_ERANGE},
        {"min=0", MT_ERANGE},
        {"max=0.001,min=0.01", MT_ERANGE},
        {"tick=0.0000000000000000001", MT_ERANGE},
        {"tick=99999999999999999999", MT_ERANGE},
        {"step=1e30", MT_ERANGE},
        {"max=-1", MT_ERANGE},
        {"size=1e-19", MT_ERANGE},
        {"min=1e-19", MT_ERANGE},
    };
    struct mt_instrument before;
    assert_int_equal(mt_instrument_builtin("EURUSD", &before), 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mt_instrument out = before;
        struct mt_diag diag = {0};
        int err = mt_instrument_parse(cases[i].text, &out, &diag);
        if (err != cases[i].code)
            fail_msg("\"%s\": %s", cases[i].text, mt_err_name(err));
        assert_int_equal(diag.code, cases[i].code);
        if (err != 0)
            assert_memory_equal(&out, &before, sizeof out);
    }
    /* Raising the scale must not overflow what is there already. */
    struct mt_instrument out = before;
    out.qty_max = INT64_MAX;
    assert_int_equal(mt_instrument_parse("step=0.001", &out, NULL), MT_ERANGE);
    assert_int_equal(out.qty_max, INT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_major_pairs_are_built_in),
        cmocka_unit_test(one_lot_of_eurusd_is_what_it_costs),
        cmocka_unit_test(binance_bitcoin_is_built_in),
        cmocka_unit_test(unknown_symbols_are_inferred),
        cmocka_unit_test(negative_prices_are_said_and_kept),
        cmocka_unit_test(a_price_goes_to_the_tick_on_either_side_of_zero),
        cmocka_unit_test(a_full_text_replaces_a_guess),
        cmocka_unit_test(what_is_not_named_keeps_its_value),
        cmocka_unit_test(malformed_texts_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
