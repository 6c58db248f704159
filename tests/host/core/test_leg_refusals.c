/* Exits that the venue refuses: the pauses before they are tried again, how long refusals count, and who else waits. */
#include "engine_world.h"

static struct mt_request with_take(uint16_t symbol)
{
    struct mt_request request = world_request(1);
    request.market = symbol;
    request.take_count = 1;
    request.takes[0] = world_away(1);
    return request;
}
static size_t submits_at(struct world *w, int64_t now)
{
    size_t from = w->sent_count;
    w->now = now;
    world_turn(w);
    return world_count(w, WORLD_SUBMIT, from);
}

/* Refused exits: 1, 2, 4, 8 s and no longer; after a minute without one it starts again. */
static void the_pauses_after_refusals_grow(void **state)
{
    static const int64_t pauses[] = { 1, 2, 4, 8, 8 };
    struct world *w = world_new(1);
    (void)state;
    world_start(w);
    world_enter(w, with_take(0));
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < sizeof pauses / sizeof *pauses; i++) {
            size_t from = w->sent_count;
            world_report(w, world_newest(w, WORLD_SUBMIT), MT_ORDER_REJ, 0, 0);
            w->now += pauses[i] * MT_NS_PER_S - 1;
            world_turn(w);
            assert_int_equal(world_count(w, WORLD_SUBMIT, from), 0);
            w->now += 1;
            world_turn(w);
            assert_int_equal(world_count(w, WORLD_SUBMIT, from), 1);
        }
        w->now += 100 * MT_NS_PER_S;
    }
    world_free(w);
}

/* To the nanosecond: a refusal a minute after the last pause is the next one, a later one is the first again. */
static void after_a_minute_they_start_again(void **state)
{
    (void)state;
    for (int later = 0; later <= 1; later++) {
        struct world *w = world_new(1);
        world_start(w);
        world_enter(w, with_take(0));
        world_report(w, world_newest(w, WORLD_SUBMIT), MT_ORDER_REJ, 0, 0);
        int64_t retried = w->now + MT_NS_PER_S;
        assert_int_equal(submits_at(w, retried), 1);
        w->now = retried + 60 * MT_NS_PER_S + later;
        world_report(w, world_newest(w, WORLD_SUBMIT), MT_ORDER_REJ, 0, 0);
        int64_t due = w->now + (later ? 1 : 2) * MT_NS_PER_S;
        assert_int_equal(submits_at(w, due - 1), 0);
        assert_int_equal(submits_at(w, due), 1);
        world_free(w);
    }
}

/* Each leg has a pause of its own, and the end of one does not hide that of the next. */
static void two_legs_have_their_own_pauses(void **state)
{
    struct world *w = world_new(1);
    int64_t due[2];
    (void)state;
    world_start(w);
    for (uint16_t y = 0; y < 2; y++) {
        assert_true(world_ask_now(w, with_take(y)) > 0);
        world_fill(w, world_newest(w, WORLD_SUBMIT), 10002, 1000);
        world_report(w, world_newest(w, WORLD_SUBMIT), MT_ORDER_REJ, 0, 0);
        due[y] = w->now + MT_NS_PER_S;
    }
    assert_true(due[0] < due[1]);
    assert_int_equal(submits_at(w, due[0] - 1), 0);
    assert_int_equal(submits_at(w, due[0]), 1);
    assert_int_equal(world_last(w, WORLD_SUBMIT, 0)->request.terms.symbol, 0);
    assert_true(mt_engine_wake_ns(w->engine) <= due[1]);
    assert_int_equal(submits_at(w, due[1] - 1), 0);
    assert_int_equal(submits_at(w, due[1]), 1);
    assert_int_equal(world_last(w, WORLD_SUBMIT, 0)->request.terms.symbol, 1);
    world_free(w);
}

/* What the checks deny at the end of its pause waits for the market: the clock does not go off again and again. */
static void what_is_denied_after_its_pause_waits_for_the_market(void **state)
{
    struct world *w = world_new(1);
    struct mt_diag diag = { 0 };
    (void)state;
    world_start(w);
    world_enter(w, with_take(0));
    world_report(w, world_newest(w, WORLD_SUBMIT), MT_ORDER_REJ, 0, 0);
    int64_t due = w->now + MT_NS_PER_S;
    assert_int_equal(mt_engine_operator(w->engine, w->now, MT_OPERATOR_HALT, 0, -1, "t", "", &diag), 0);
    assert_true(mt_engine_wake_ns(w->engine) <= due);
    assert_int_equal(submits_at(w, due), 0);
    assert_true(mt_engine_wake_ns(w->engine) > due);
    assert_int_equal(mt_engine_operator(w->engine, w->now, MT_OPERATOR_RESUME, 0, -1, "t", "", &diag), 0);
    size_t from = w->sent_count;
    world_quote(w, 0, 10000, 10002);
    assert_int_equal(world_count(w, WORLD_SUBMIT, from), 1);
    world_free(w);
}

/* A close within the pause of an exit that nobody wants any more: it goes out at the end of the pause, without the market. */
static void a_close_within_a_pause_goes_out_at_its_end(void **state)
{
    struct world *w = world_new(1);
    struct mt_request none = { .kind = MT_ASK_PROTECT, .take_count = 0 };
    struct mt_request stop = world_with_stop(1, 5);
    (void)state;
    stop.take_count = 1;
    stop.takes[0] = world_away(1);
    world_start(w);
    world_enter(w, stop);
    world_report(w, world_newest(w, WORLD_SUBMIT), MT_ORDER_REJ, 0, 0);
    int64_t due = w->now + MT_NS_PER_S;
    none.widen = true;
    assert_true(world_ask_now(w, none) > 0);
    world_quote(w, 0, 10000, 10002);
    size_t from = w->sent_count;
    assert_true(world_ask_now(w, world_request(0)) > 0);
    assert_int_equal(world_count(w, WORLD_SUBMIT, from), 0);
    assert_int_equal(submits_at(w, due), 1);
    world_free(w);
}

/* A close was sent and has filled, and the entry has filled meanwhile: the next close is another one, and when it is
 * denied the journal says so, once. */
static void a_close_after_one_that_was_sent_is_denied_once(void **state)
{
    struct world *w = world_new(1);
    struct mt_diag diag = { 0 };
    (void)state;
    world_start(w);
    assert_true(world_ask_now(w, world_request(1)) > 0);
    uint64_t entry = world_newest(w, WORLD_SUBMIT);
    world_ack(w, entry);
    world_fill(w, entry, 10002, 400);
    assert_true(world_ask_now(w, world_request(0)) > 0);
    uint64_t close = world_newest(w, WORLD_SUBMIT);
    world_ack(w, close);
    world_fill(w, entry, 10002, 100);
    world_report(w, entry, MT_ORDER_CXL, 0, 0);
    assert_int_equal(mt_engine_operator(w->engine, w->now, MT_OPERATOR_HALT, 0, -1, "t", "", &diag), 0);
    uint64_t denied = mt_engine_counts(w->engine)->denied;
    world_fill(w, close, 10000, 400);
    for (int i = 0; i < 3; i++)
        world_quote(w, 0, 10000, 10002);
    assert_int_equal(world_position(w, 0), 100);
    assert_int_equal(mt_engine_counts(w->engine)->denied, denied + 1);
    world_free(w);
}

/* A hostile venue revives a stop and refuses it again, more often than a byte counts: closed once, and left at that. */
static void a_stop_that_is_refused_for_ever_closes_once(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    world_start(w);
    world_enter(w, world_with_stop(1, 1));
    uint64_t stop = world_newest(w, WORLD_SUBMIT);
    for (int i = 0; i < 256; i++) {
        world_report(w, stop, MT_ORDER_REJ, 0, 0);
        world_ack(w, stop);
    }
    world_report(w, stop, MT_ORDER_REJ, 0, 0);
    size_t from = w->sent_count;
    for (int i = 0; i < 20; i++)
        submits_at(w, w->now + MT_NS_PER_S);
    assert_int_equal(world_count(w, WORLD_SUBMIT, from), 1);
    struct world_sent *close = world_last(w, WORLD_SUBMIT, from);
    assert_int_equal(close->request.terms.type, MT_TYPE_MARKET);
    assert_int_equal(close->request.terms.qty, 1000);
    world_fill(w, close->coid, 10000, 1000);
    assert_int_equal(world_position(w, 0), 0);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_pauses_after_refusals_grow),
        cmocka_unit_test(after_a_minute_they_start_again),
        cmocka_unit_test(two_legs_have_their_own_pauses),
        cmocka_unit_test(what_is_denied_after_its_pause_waits_for_the_market),
        cmocka_unit_test(a_close_within_a_pause_goes_out_at_its_end),
        cmocka_unit_test(a_close_after_one_that_was_sent_is_denied_once),
        cmocka_unit_test(a_stop_that_is_refused_for_ever_closes_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
