/* The parts of a session: the plan as JSON and back under damage, sizings read exactly, who is bound to what. */
#include "app_kit.h"

#include "app/session.h"
#include "app/version.h"
#include "base/hash.h"

static uint64_t draw_seed = 20240808, draw_at;
static uint64_t draw(uint64_t below)
{
    return mt_random_at(draw_seed, draw_at++) % below;
}

/* --- the plan ---------------------------------------------------------------------------------------------------------------- */

static void random_scope(struct mt_session_plan *plan, struct mt_scope_setup *scope)
{
    scope->kind = (enum mt_scope_kind)draw(MT_SCOPES);
    scope->account = (int)draw(3) - 1;
    scope->symbol = (int)draw(3) - 1;
    scope->strategy = (int)draw(2);
    snprintf(scope->name, sizeof scope->name, "g%u\"\\", (unsigned)draw(100));
    scope->group_count = (uint16_t)draw(4);
    for (uint16_t i = 0; i < scope->group_count; i++)
        scope->group[i] = (uint16_t)draw(10);
    for (unsigned id = 0; id < MT_LIMITS; id++)
        if (draw(3) == 0) {
            scope->limits.set |= UINT64_C(1) << id;
            scope->limits.value[id] = (int64_t)draw(INT64_MAX);
        }
    if (draw(2)) {
        uint16_t *allow = mt_plan_alloc(plan, 2, sizeof *allow);
        allow[0] = (uint16_t)draw(9);
        scope->allow = allow;
        scope->allow_count = (uint16_t)draw(3);
    }
    struct mt_window *windows = mt_plan_alloc(plan, 1, sizeof *windows);
    *windows = (struct mt_window){ -(int64_t)draw(1000), (int64_t)draw(INT64_MAX) };
    scope->windows = windows;
    scope->window_count = (uint16_t)draw(2);
    scope->on_loss = (enum mt_trading_state)draw(4);
}

static struct mt_session_plan *random_plan(void)
{
    struct mt_session_plan *plan = mt_plan_new();
    assert_non_null(plan);
    plan->script = mt_plan_text(plan, "/a/\"b\".lua");
    plan->sets = mt_plan_alloc(plan, 1, sizeof *plan->sets);
    plan->sets[0] = mt_plan_text(plan, "x=1");
    plan->set_count = draw(2);
    plan->script_hash = mt_random_at(3, draw(99));
    plan->seed = draw(INT64_MAX);
    const char **files = mt_plan_alloc(plan, 1, sizeof *files);
    files[0] = mt_plan_text(plan, "/d.csv");
    plan->data.files = files;
    plan->data.file_count = plan->hash_count = draw(2);
    plan->hashes = mt_plan_alloc(plan, 1, sizeof *plan->hashes);
    plan->hashes[0] = mt_random_at(4, draw(99));
    for (const struct mt_plan_data_text *text = mt_plan_data_texts; text->key; text++)
        mt_plan_data_set(&plan->data, text, draw(2) ? mt_plan_text(plan, text->option) : NULL);
    plan->data.strict = draw(2);
    plan->data.merge = draw(2);
    plan->market_ns = (int64_t)draw(INT64_MAX);
    plan->begin_ns = (int64_t)draw(INT64_MAX);
    plan->end_ns = draw(2) ? INT64_MAX : (int64_t)draw(INT64_MAX);
    plan->instrument_count = 1 + (uint16_t)draw(2);
    plan->instruments = mt_plan_alloc(plan, 2, sizeof *plan->instruments);
    assert_int_equal(mt_instrument_builtin("EURUSD", &plan->instruments[0]), 0);
    assert_int_equal(mt_instrument_builtin("binance:BTCUSDT", &plan->instruments[1]), 0);
    plan->account_count = 1 + (uint16_t)draw(2);
    plan->accounts = mt_plan_alloc(plan, 2, sizeof *plan->accounts);
    for (int i = 0; i < 2; i++)
        plan->accounts[i] = (struct mt_plan_account){ .name = "desk/01", .currency = "USD", .leverage = 1 + (int32_t)draw(9),
            .cash = (mt_money)draw(INT64_MAX) * (int64_t)draw(1000000), .maker_rate = (int64_t)draw(200) - 100 };
    plan->scope_count = draw(3);
    plan->scopes = mt_plan_alloc(plan, 3, sizeof *plan->scopes);
    for (size_t i = 0; i < plan->scope_count; i++)
        random_scope(plan, &plan->scopes[i]);
    plan->rate_count = draw(2);
    plan->rates = mt_plan_alloc(plan, 1, sizeof *plan->rates);
    plan->rates[0] = (struct mt_plan_rate){ "EUR", "USD", 1 + (int64_t)draw(1000) };
    plan->feed_ns = (int64_t)draw(1000);
    plan->speed = draw(2) ? mt_plan_text(plan, "max") : NULL;
    plan->durability = (enum mt_journal_policy)draw(3);
    plan->disk_floor = draw(INT64_MAX);
    return plan;
}

static void plan_goes_to_json_and_back(void **state)
{
    (void)state;
    print_message("seed %llu\n", (unsigned long long)draw_seed);
    for (int i = 0; i < 500; i++) {
        struct mt_session_plan *plan = random_plan(), *back;
        struct mt_diag diag = { 0 };
        struct mt_buf first, second;
        mt_buf_init(&first, 1 << 20);
        mt_buf_init(&second, 1 << 20);
        mt_plan_write(plan, &first);
        assert_int_equal(mt_plan_read(&back, first.data, first.length, &diag), 0);
        mt_plan_write(back, &second);
        assert_string_equal(mt_buf_text(&first), mt_buf_text(&second));
        assert_int_equal(back->account_count, plan->account_count);
        assert_true(back->accounts[0].cash == plan->accounts[0].cash);
        assert_memory_equal(&back->instruments[0], &plan->instruments[0], sizeof plan->instruments[0]);
        mt_buf_fini(&first);
        mt_buf_fini(&second);
        mt_plan_free(plan);
        mt_plan_free(back);
    }
}

/* Every value of the JSON in turn is taken away or made something else: refused, never believed, never a crash. */
static void damaged_plan_is_refused(void **state)
{
    struct mt_session_plan *plan = random_plan(), *back;
    struct mt_buf text;
    const char *key;
    json_t *value;
    (void)state;
    mt_buf_init(&text, 1 << 20);
    mt_plan_write(plan, &text);
    json_t *good = json_loadb(text.data, text.length, 0, NULL);
    assert_non_null(good);
    json_object_foreach(good, key, value) {
        for (int how = 0; how < 3; how++) {
            struct mt_diag diag = { 0 };
            json_t *bad = json_deep_copy(good);
            if (how == 0)
                json_object_del(bad, key);
            else
                json_object_set_new(bad, key, how == 1 ? json_real(0.5) : json_null());
            char *dump = json_dumps(bad, 0);
            assert_int_equal(mt_plan_read(&back, dump, strlen(dump), &diag), MT_ECORRUPT);
            assert_non_null(strstr(diag.text, "RUN_START"));
            free(dump);
            json_decref(bad);
        }
    }
    json_decref(good);
    mt_buf_fini(&text);
    mt_plan_free(plan);
}

static void mangled_text_never_crashes(void **state)
{
    int read = 0;
    (void)state;
    for (int i = 0; i < 3000; i++) {
        struct mt_session_plan *plan = random_plan(), *back;
        struct mt_diag diag = { 0 };
        struct mt_buf text;
        mt_buf_init(&text, 1 << 20);
        mt_plan_write(plan, &text);
        for (uint64_t n = 1 + draw(3); n > 0; n--)
            text.data[draw(text.length)] = "0123456789-{}[]\",:xe."[draw(21)];
        if (mt_plan_read(&back, text.data, text.length, &diag) == 0) {
            read++;
            mt_plan_free(back);
        } else {
            assert_true(diag.text[0] != '\0');
        }
        mt_buf_fini(&text);
        mt_plan_free(plan);
    }
    assert_true(read > 0 && read < 3000);
}

/* --- sizing --------------------------------------------------------------------------------------------------------------------- */

static void sizings_are_read_exactly(void **state)
{
    const mt_i128 e18 = mt_pow10_wide(18);
    const struct { struct mt_sizing_spec spec; int rc; enum mt_sizing_rule rule; mt_i128 value; int32_t lookback; } cases[] = {
        { { .kind = MT_SIZING_UNSET }, 0, MT_SIZE_FIXED, 0, 0 },
        { { .kind = MT_SIZING_FIXED }, 0, MT_SIZE_FIXED, 0, 0 },
        { { .kind = MT_SIZING_FIXED, .qty = "0.01" }, 0, MT_SIZE_FIXED, e18 / 100, 0 },
        { { .kind = MT_SIZING_FIXED, .qty = "123456789012" }, 0, MT_SIZE_FIXED, 123456789012 * e18, 0 },
        { { .kind = MT_SIZING_FIXED, .qty = "1e-18" }, 0, MT_SIZE_FIXED, 1, 0 },
        { { .kind = MT_SIZING_FIXED, .qty = "1e-19" }, MT_EREFUSED, MT_SIZE_FIXED, 0, 0 },
        { { .kind = MT_SIZING_FIXED, .qty = "0" }, MT_EREFUSED, MT_SIZE_FIXED, 0, 0 },
        { { .kind = MT_SIZING_FIXED, .qty = "-1" }, MT_EREFUSED, MT_SIZE_FIXED, 0, 0 },
        { { .kind = MT_SIZING_FIXED, .qty = "1e30" }, MT_EREFUSED, MT_SIZE_FIXED, 0, 0 },
        { { .kind = MT_SIZING_FIXED, .qty = "1e9999999999" }, MT_EREFUSED, MT_SIZE_FIXED, 0, 0 },
        { { .kind = MT_SIZING_FIXED, .qty = "nan" }, MT_EREFUSED, MT_SIZE_FIXED, 0, 0 },
        { { .kind = MT_SIZING_RISK_FRACTION, .fraction = "0.005" }, 0, MT_SIZE_RISK_FRACTION, 500000, 0 },
        { { .kind = MT_SIZING_RISK_FRACTION }, MT_EREFUSED, MT_SIZE_RISK_FRACTION, 0, 0 },
        { { .kind = MT_SIZING_RISK_FRACTION, .fraction = "0.000000001" }, MT_EREFUSED, MT_SIZE_RISK_FRACTION, 0, 0 },
        { { .kind = MT_SIZING_NOTIONAL, .notional = "1000" }, 0, MT_SIZE_NOTIONAL, (mt_i128)1000 * 100000000, 0 },
        { { .kind = MT_SIZING_VOL_TARGET, .vol = "0.2" }, 0, MT_SIZE_VOLATILITY, 20000000, 20 },
        { { .kind = MT_SIZING_VOL_TARGET, .vol = "0.2", .lookback = "2" }, 0, MT_SIZE_VOLATILITY, 20000000, 2 },
        { { .kind = MT_SIZING_VOL_TARGET, .vol = "0.2", .lookback = "1000" }, 0, MT_SIZE_VOLATILITY, 20000000, 1000 },
        { { .kind = MT_SIZING_VOL_TARGET, .vol = "0.2", .lookback = "1" }, MT_EREFUSED, MT_SIZE_VOLATILITY, 0, 0 },
        { { .kind = MT_SIZING_VOL_TARGET, .vol = "0.2", .lookback = "1001" }, MT_EREFUSED, MT_SIZE_VOLATILITY, 0, 0 },
        { { .kind = MT_SIZING_VOL_TARGET, .vol = "0.2", .lookback = "2.5" }, MT_EREFUSED, MT_SIZE_VOLATILITY, 0, 0 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mt_sizing out;
        struct mt_diag diag = { 0 };
        int rc = mt_session_sizing(&cases[i].spec, &out, &diag);
        if (rc != cases[i].rc)
            print_message("case %zu: %s\n", i, diag.text);
        assert_int_equal(rc, cases[i].rc);
        assert_int_equal(out.rule, cases[i].rule);
        assert_true(rc != 0 || out.value == cases[i].value);
        assert_true(rc != 0 || out.lookback == cases[i].lookback);
    }
}

/* --- bindings --------------------------------------------------------------------------------------------------------------------- */

struct bound { const char *accounts[4]; const char *lead; const char *patterns[4]; int rc; const char *expect; };

static void accounts_are_bound_by_the_last_match(void **state)
{
    static const struct bound cases[] = {
        { { "sim" }, "", { NULL }, 0, "0" },
        { { "a", "b" }, "", { NULL }, MT_EREFUSED, "" },
        { { "a", "b", "c" }, "", { "*" }, 0, "012" },
        { { "a", "b", "c" }, "c", { "*" }, 0, "201" },
        { { "a", "b", "c" }, "b", { "a", "b" }, 0, "10" },
        { { "desk/1", "desk/2", "prop/1" }, "", { "desk/*" }, 0, "01" },
        { { "desk/1", "desk/2", "prop/1" }, "prop/1", { "desk/*" }, 0, "201" },
        { { "desk/1", "desk/2", "prop/1" }, "", { "*/1" }, 0, "02" },
        { { "desk/1", "desk/2", "prop/1" }, "", { "d*k/*2" }, 0, "1" },
        { { "a" }, "", { "b" }, MT_EREFUSED, "" },
        { { "a", "b" }, "", { "a", "x*" }, MT_EREFUSED, "" },
        { { "a", "b" }, "z", { "*" }, MT_EREFUSED, "" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        static struct mt_script_spec spec;
        struct mt_session session = { .plan = mt_plan_new(), .spec = &spec };
        struct mt_diag diag = { 0 };
        char got[8] = "";
        memset(&spec, 0, sizeof spec);
        snprintf(spec.lead, sizeof spec.lead, "%s", cases[i].lead);
        for (size_t p = 0; p < 4 && cases[i].patterns[p]; p++)
            snprintf(spec.bindings[spec.binding_count++].pattern, sizeof spec.bindings[0].pattern, "%s", cases[i].patterns[p]);
        session.plan->accounts = mt_plan_alloc(session.plan, 4, sizeof *session.plan->accounts);
        for (size_t a = 0; a < 4 && cases[i].accounts[a]; a++)
            snprintf(session.plan->accounts[session.plan->account_count++].name, 64, "%s", cases[i].accounts[a]);
        assert_int_equal(mt_session_bind(&session, &diag), cases[i].rc);
        for (size_t b = 0; cases[i].rc == 0 && b < session.binding_count; b++)
            got[b] = (char)('0' + session.bindings[b].account);
        assert_string_equal(got, cases[i].expect);
        mt_plan_free(session.plan);
    }
}

static void sizing_of_an_account_overrides(void **state)
{
    static struct mt_script_spec spec;
    struct mt_session session = { .plan = mt_plan_new(), .spec = &spec };
    struct mt_diag diag = { 0 };
    (void)state;
    spec.sizing = (struct mt_sizing_spec){ .kind = MT_SIZING_RISK_FRACTION, .fraction = "0.01" };
    spec.binding_count = 3;
    strcpy(spec.bindings[0].pattern, "*");
    strcpy(spec.bindings[1].pattern, "b");
    strcpy(spec.bindings[1].sizing.fraction, "0.5");
    strcpy(spec.bindings[1].scale, "2.5");
    strcpy(spec.bindings[2].pattern, "c");
    spec.bindings[2].sizing = (struct mt_sizing_spec){ .kind = MT_SIZING_FIXED, .qty = "3" };
    session.plan->account_count = 3;
    session.plan->accounts = mt_plan_alloc(session.plan, 3, sizeof *session.plan->accounts);
    for (int i = 0; i < 3; i++)
        session.plan->accounts[i].name[0] = (char)('a' + i);
    assert_int_equal(mt_session_bind(&session, &diag), 0);
    assert_true(session.bindings[0].sizing.value == 1000000);
    assert_true(session.bindings[0].scale == 1000000000);
    assert_true(session.bindings[1].sizing.rule == MT_SIZE_RISK_FRACTION && session.bindings[1].sizing.value == 50000000);
    assert_true(session.bindings[1].scale == 2500000000);
    assert_true(session.bindings[2].sizing.rule == MT_SIZE_FIXED && session.bindings[2].sizing.value == 3 * mt_pow10_wide(18));
    mt_plan_free(session.plan);
}

static void version_is_that_of_the_build(void **state)
{
    char *text = kit_read(MT_SOURCE_DIR "/CMakeLists.txt"), wanted[64];
    (void)state;
    snprintf(wanted, sizeof wanted, "project(mthost VERSION %s ", mt_version);
    assert_non_null(strstr(text, wanted));
    free(text);
}

static void exit_codes_fit_errors(void **state)
{
    static const struct { int err, code; } cases[] = {
        { 0, 0 }, { MT_EUSAGE, 2 }, { MT_EREFUSED, 3 }, { MT_ESCRIPT, 3 }, { MT_ESYNTAX, 3 }, { MT_ENOTFOUND, 3 },
        { MT_ERANGE, 3 }, { MT_EINEXACT, 3 }, { MT_EDIFF, 4 }, { MT_ECORRUPT, 7 }, { MT_EFULL, 7 }, { MT_EBUSY, 7 },
        { MT_EIO, 1 }, { MT_ENOMEM, 1 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(mt_exit_of(cases[i].err), cases[i].code);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plan_goes_to_json_and_back),
        cmocka_unit_test(damaged_plan_is_refused),
        cmocka_unit_test(mangled_text_never_crashes),
        cmocka_unit_test(sizings_are_read_exactly),
        cmocka_unit_test(accounts_are_bound_by_the_last_match),
        cmocka_unit_test(sizing_of_an_account_overrides),
        cmocka_unit_test(version_is_that_of_the_build),
        cmocka_unit_test(exit_codes_fit_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
