/* What a verb refuses at the border: which field it names, what is counted, and how many records it may cost. */
#include "engine_world.h"

#include "core/records.h"

static struct mt_rec_refused told[64];
static size_t told_count;

static int keep_refused(void *ud, const struct mt_engine *engine, const struct mt_record *record)
{
    (void)ud;
    (void)engine;
    if (record->kind != MT_REC_REFUSED)
        return 0;
    assert_int_equal(record->length, sizeof *told);
    assert_true(told_count < sizeof told / sizeof *told);
    memcpy(&told[told_count++], record->payload, sizeof *told);
    return 0;
}

static struct world *started(void)
{
    struct world *w = world_new(1);
    w->setup.observer.record = keep_refused;
    told_count = 0;
    world_start(w);
    return w;
}

static uint64_t count_of(const struct mt_rec_refused *r, int code)
{
    for (int i = 0; i < MT_REFUSED_CODES; i++)
        if (r->codes[i].code == code)
            return r->codes[i].count;
    return 0;
}

static struct mt_request wanted;
static int times;
static const char *place;
static void ask_often(struct world *w)
{
    struct mt_port *port = mt_engine_port(w->engine);
    for (int i = 0; i < times; i++) {
        world_ask(w, &wanted);
        if (port->refused_new && place) {
            memcpy(port->refused_at, place, strlen(place) + 1);
            port->refused_new = false;
        }
    }
}

static void quote_with(struct world *w, struct mt_request request, int often)
{
    wanted = request;
    times = often;
    w->on_quote = ask_often;
    world_quote(w, 0, 10000, 10002);
    w->on_quote = NULL;
}

static void each_wrong_field_is_named(void **state)
{
    struct world *w = started();
    struct mt_request ok = world_request(1), r;
    (void)state;
#define WRONG(expected, name, change)                                                                        \
    do {                                                                                                       \
        r = ok;                                                                                                \
        change;                                                                                                \
        quote_with(w, r, 1);                                                                                   \
        assert_int_equal((int)w->answer, -(expected));                                                         \
        if (name)                                                                                              \
            assert_string_equal(mt_engine_port(w->engine)->refused_field, (const char *)name);                 \
        else                                                                                                   \
            assert_null(mt_engine_port(w->engine)->refused_field);                                             \
    } while (0)
    WRONG(MT_CODE_PRICE_STEP, "limit", (r.has_limit = true, r.limit = 99.999));
    WRONG(MT_CODE_FIELD_INVALID, "limit", (r.has_limit = true, r.limit = -1));
    WRONG(MT_CODE_FIELD_INVALID, "ttl", r.ttl = 1e10);
    WRONG(MT_CODE_FIELD_INVALID, "ttl", r.ttl = -1);
    WRONG(MT_CODE_FIELD_INVALID, "size", r.size = 0);
    WRONG(MT_CODE_CALC_OVERFLOW, "size", r.size = 1e10);
    WRONG(MT_CODE_FIELD_INVALID, "strength", r.strength = 1.5);
    WRONG(MT_CODE_FIELD_INVALID, "keep", (r.has_keep = true, r.keep = 1e-12));
    WRONG(MT_CODE_FIELD_INVALID, "stop", (r.stop.kind = MT_LEVEL_DISTANCE, r.stop.value = 0.001));
    WRONG(MT_CODE_FIELD_INVALID, "trail", (r.trail.kind = MT_LEVEL_PRICE, r.trail.value = 90));
    WRONG(MT_CODE_FIELD_INVALID, "trail", (r.trail.kind = 17));
    WRONG(MT_CODE_FIELD_INVALID, "take", r.take_count = MT_TAKES_MAX + 1);
    WRONG(MT_CODE_FIELD_INVALID, "take",
          (r.take_count = 2, r.takes[0] = r.takes[1] = (struct mt_request_level){ 1, 0.6, 0, MT_LEVEL_DISTANCE }));
    WRONG(MT_CODE_FIELD_INVALID, "time", r.time = NAN);
    WRONG(MT_CODE_FIELD_INVALID, "time", r.time = 1e10);
    WRONG(MT_CODE_QTY_STEP, "qty", (r.kind = MT_ASK_TARGET, r.qty = 0.0001));
    WRONG(MT_CODE_CALC_OVERFLOW, "qty", (r.kind = MT_ASK_TARGET, r.qty = 1e300));
    WRONG(MT_CODE_NO_POSITION, NULL, r.kind = MT_ASK_PROTECT);
    WRONG(MT_CODE_NOT_BUILT, NULL, r.group[0] = 'g');
#undef WRONG
    world_free(w);
}

static void a_million_refusals_in_one_call_are_one_record(void **state)
{
    struct world *w = started();
    struct mt_request off = world_request(1);
    (void)state;
    off.has_limit = true;
    off.limit = 99.999;
    place = "mine.lua:7";
    quote_with(w, off, 1000000);
    assert_int_equal(told_count, 1);
    assert_int_equal(told[0].count, 1000000);
    assert_int_equal(count_of(&told[0], MT_CODE_PRICE_STEP), 1000000);
    assert_int_equal(told[0].ask, MT_ASK_SIGNAL);
    assert_int_equal(told[0].symbol, 0);
    assert_string_equal(told[0].at, "mine.lua:7");
    assert_string_equal(told[0].field, "limit");
    world_free(w);
}

/* A quote each tenth of a second: what is refused in between waits for the second to be over. */
static void there_is_one_record_a_second_and_nothing_is_lost(void **state)
{
    struct world *w = started();
    struct mt_request off = world_request(1), target = { .kind = MT_ASK_TARGET, .qty = 0.0001, .take_count = -1 };
    struct mt_diag diag;
    (void)state;
    off.has_limit = true;
    off.limit = 99.999;
    place = NULL;
    for (int i = 0; i < 35; i++)
        quote_with(w, i % 5 ? off : target, 2);
    assert_int_equal(told_count, 4);            /* at 0.1, 1.1, 2.1 and 3.1 s */
    assert_int_equal(mt_engine_end(w->engine, w->now, 0, 0, &diag), 0);
    assert_int_equal(told_count, 5);
    uint64_t sum = 0, steps = 0, prices = 0;
    for (size_t i = 0; i < told_count; i++) {
        sum += told[i].count;
        steps += count_of(&told[i], MT_CODE_QTY_STEP);
        prices += count_of(&told[i], MT_CODE_PRICE_STEP);
        assert_string_equal(told[i].at, "");
    }
    assert_int_equal(sum, 70);
    assert_int_equal(steps, 14);
    assert_int_equal(prices, 56);
    world_free(w);
}

static void what_is_no_news_is_not_journaled(void **state)
{
    struct world *w = started();
    (void)state;
    quote_with(w, world_request(1), 100);       /* the same stance again and again */
    assert_int_equal((int)w->answer, -MT_CODE_ALREADY);
    quote_with(w, world_request(1), 1);
    assert_int_equal(told_count, 0);
    world_free(w);
}

static void a_symbol_that_does_not_exist_is_counted_without_harm(void **state)
{
    struct world *w = started();
    struct mt_request r = world_request(1);
    (void)state;
    r.market = -5;
    quote_with(w, r, 3);
    assert_int_equal(told_count, 1);
    assert_int_equal(told[0].symbol, -1);
    assert_int_equal(count_of(&told[0], MT_CODE_FIELD_INVALID), 3);
    world_free(w);
}

static void a_timer_that_is_refused_is_told_as_one(void **state)
{
    struct world *w = started();
    struct mt_request_timer timer = { .name = "t", .every = 1e300, .at_s = -1 };
    struct mt_port *port = mt_engine_port(w->engine);
    (void)state;
    assert_int_equal(port->timer_set(port, &timer), -MT_CODE_FIELD_INVALID);
    world_quote(w, 0, 10000, 10002);
    assert_int_equal(told_count, 1);
    assert_int_equal(told[0].ask, 0);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_wrong_field_is_named),
        cmocka_unit_test(a_million_refusals_in_one_call_are_one_record),
        cmocka_unit_test(there_is_one_record_a_second_and_nothing_is_lost),
        cmocka_unit_test(what_is_no_news_is_not_journaled),
        cmocka_unit_test(a_symbol_that_does_not_exist_is_counted_without_harm),
        cmocka_unit_test(a_timer_that_is_refused_is_told_as_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
