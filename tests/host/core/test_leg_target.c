/* Targets: one order for what is missing, and what becomes of it when another one is in its way, or when it fails. */
#include "engine_world.h"

#include "model/order.h"

static const struct mt_order *order(const struct world *w, uint64_t coid) { return mt_engine_order(w->engine, coid); }
static struct mt_leg_view leg(struct world *w)
{
    struct mt_leg_view view;
    mt_engine_leg(w->engine, 0, 0, &view);
    return view;
}
static void later(struct world *w, int64_t seconds)
{
    for (int64_t i = 0; i < seconds; i++) {
        w->now += MT_NS_PER_S;
        world_turn(w);
    }
}
static struct world_sent *submit_since(struct world *w, size_t from) { return world_last(w, WORLD_SUBMIT, from); }

/* A target that the venue refuses leaves what is held as what is wanted, be it one step. */
static void a_refused_target_wants_what_is_held(void **state)
{
    (void)state;
    for (int64_t held = -1; held <= 1; held++) {
        struct world *w = world_new(1);
        world_start(w);
        if (held != 0) {
            world_ask_now(w, world_target((double)held / 1000));
            world_fill(w, world_newest(w, WORLD_SUBMIT), 10000, 1);
        }
        assert_int_equal(world_position(w, 0), held);
        assert_true(world_ask_now(w, world_target(held > 0 ? -1 : held < 0 ? 1 : 0.001)) > 0);
        world_report(w, world_newest(w, WORLD_SUBMIT), MT_ORDER_REJ, 0, 0);
        assert_int_equal(leg(w).want, held);
        assert_int_equal(mt_engine_stance(w->engine, 0), held);         /* and m.stance says the same */
        world_free(w);
    }
}

/* One step more or less is a target as well. */
static void a_target_one_step_away(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    world_start(w);
    for (int64_t target = 1; target >= -1; target--) {
        size_t from = w->sent_count;
        assert_true(world_ask_now(w, world_target((double)target / 1000)) > 0);
        const struct world_sent *sent = submit_since(w, from);
        assert_int_equal(sent->request.terms.side, target > 0 ? 1 : -1);
        assert_int_equal(sent->request.terms.qty, 1);
        world_fill(w, sent->coid, 10000, 1);
        assert_int_equal(world_position(w, 0), target);
    }
    world_free(w);
}

/* While nobody knows whether the order of a target lives, nothing is done for the next one. */
static void a_target_waits_for_an_order_that_nobody_knows(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    struct mt_request other = world_request(1);
    other.market = 1;
    other.time = 2.5;
    world_start(w);
    assert_true(world_ask_now(w, other) > 0);
    world_fill(w, world_newest(w, WORLD_SUBMIT), 10002, 1000);
    const int64_t due = w->now + 5 * MT_NS_PER_S / 2;
    assert_true(world_ask_now(w, world_target(1)) > 0);
    uint64_t first = world_newest(w, WORLD_SUBMIT);
    world_report(w, first, MT_ORDER_AMB, 0, 0);
    assert_int_equal(order(w, first)->state, MT_ORDER_UNKNOWN);
    size_t from = w->sent_count;
    assert_true(world_ask_now(w, world_target(-1)) > 0);
    assert_int_equal(world_count(w, WORLD_CANCEL, from), 0);
    assert_int_equal(world_count(w, WORLD_SUBMIT, from), 0);
    assert_true(mt_engine_wake_ns(w->engine) > w->now);
    later(w, 2);                                /* the order is asked for every second, and the clock is exact all the same */
    assert_true(mt_engine_wake_ns(w->engine) <= due);
    later(w, 1);                                /* the clock goes off for the other market meanwhile */
    assert_true(leg(w).waiting);
    world_ack(w, first);                        /* it lives */
    assert_int_equal(world_last(w, WORLD_CANCEL, from)->coid, first);
    world_report(w, first, MT_ORDER_CXL, 0, 0);
    assert_int_equal(submit_since(w, from)->request.terms.side, -1);
    world_free(w);
}

/* Its time is over while an older order is on its way out: it is dead. What the older one fills until its definite end
 * is held and wanted: nothing is sent to undo it, and no call is taken for a repetition. */
static void a_target_that_died_waiting_wants_what_is_held_in_the_end(void **state)
{
    static const int64_t fills[] = { 0, 300, 1000 };
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct mt_request older = world_target(1), newer = world_target(-0.2);
        struct world *w = world_new(1);
        older.has_limit = true;
        older.limit = 99;
        world_start(w);
        assert_true(world_ask_now(w, older) > 0);
        uint64_t first = world_newest(w, WORLD_SUBMIT);
        world_ack(w, first);
        size_t from = w->sent_count, news = w->news_count;
        assert_true(world_ask_now(w, newer) > 0);
        assert_int_equal(world_last(w, WORLD_CANCEL, from)->coid, first);
        later(w, 2);                            /* a market order has a second */
        assert_false(leg(w).waiting);
        size_t expired = 0;
        for (size_t k = news; k < w->news_count; k++)
            expired += w->news[k].handler == MT_ON_ORDER && w->news[k].state == MT_ORDER_EXPIRED;
        assert_int_equal(expired, 1);
        for (int64_t filled = 0; filled < fills[i]; filled += 100)
            world_fill(w, first, 9900, 100);
        world_quote(w, 0, 10000, 10002);
        if (fills[i] < 1000) {
            /* Flat was held when it died; it is no repetition to ask for it now. */
            assert_int_equal(world_count(w, WORLD_SUBMIT, from), 0);
            world_report(w, first, MT_ORDER_CXL, 0, 0);
        }
        later(w, 3);
        assert_int_equal(world_position(w, 0), fills[i]);
        assert_int_equal(world_count(w, WORLD_SUBMIT, from), 0);
        assert_int_equal(leg(w).want, fills[i] > 0);
        assert_int_equal(mt_engine_stance(w->engine, 0), fills[i] > 0);
        assert_int_equal(world_ask_now(w, world_target((double)fills[i] / 1000)), -MT_CODE_ALREADY);
        assert_true(world_ask_now(w, newer) > 0);
        assert_int_equal(submit_since(w, from)->request.terms.side, -1);
        assert_int_equal(submit_since(w, from)->request.terms.qty, fills[i] + 200);
        world_free(w);
    }
}

/* While it is dead and the older order is not over, every target is a new wish. */
static void a_dead_target_is_no_wish_to_repeat(void **state)
{
    (void)state;
    for (int same = 0; same <= 1; same++) {
        struct mt_request older = world_target(1), newer = world_target(0);
        struct world *w = world_new(1);
        older.has_limit = true;
        older.limit = 99;
        world_start(w);
        assert_true(world_ask_now(w, older) > 0);
        uint64_t first = world_newest(w, WORLD_SUBMIT);
        world_ack(w, first);
        newer.qty = -0.2;
        assert_true(world_ask_now(w, newer) > 0);
        later(w, 2);
        world_fill(w, first, 9900, 300);
        assert_true(world_ask_now(w, world_target(same ? -0.2 : 0)) > 0);       /* 0: what was held when it died */
        size_t from = w->sent_count;
        world_report(w, first, MT_ORDER_CXL, 0, 0);
        assert_int_equal(submit_since(w, from)->request.terms.side, -1);
        assert_int_equal(submit_since(w, from)->request.terms.qty, same ? 500 : 300);
        world_free(w);
    }
}

/* Two targets in one call: the order of the first has not left yet, and the second waits for nothing. */
static void a_second_target_of_one_call_replaces_the_first(void **state)
{
    struct world *w = world_new(1);
    const struct mt_request both[] = { world_target(1), world_target(2) };
    (void)state;
    world_start(w);
    world_want(w, both, 2);
    world_quote(w, 0, 10000, 10002);
    assert_int_equal(world_count(w, WORLD_SUBMIT, 0), 1);
    assert_int_equal(w->sent[0].request.terms.qty, 2000);
    assert_false(leg(w).waiting);
    world_free(w);
}

/* A late fill of the order before makes the working one the wrong one: what replaces it has its time from then on. */
static void a_target_that_fits_no_longer_has_its_time_anew(void **state)
{
    struct world *w = world_new(1);
    struct mt_request up = world_target(1), down = world_target(-1);
    (void)state;
    up.has_limit = down.has_limit = true;
    up.limit = 99;
    down.limit = 101;
    world_start(w);
    assert_true(world_ask_now(w, up) > 0);
    uint64_t first = world_newest(w, WORLD_SUBMIT);
    world_ack(w, first);
    assert_true(world_ask_now(w, down) > 0);
    world_report(w, first, MT_ORDER_CXL, 0, 0);
    uint64_t second = world_newest(w, WORLD_SUBMIT);
    world_ack(w, second);
    later(w, 20);
    size_t from = w->sent_count;
    world_fill(w, first, 9900, 100);
    assert_int_equal(world_last(w, WORLD_CANCEL, from)->coid, second);
    int64_t due = w->now + 30 * MT_NS_PER_S;
    later(w, 5);
    world_fill(w, second, 10100, 10);           /* which moves nothing */
    later(w, 10);
    world_report(w, second, MT_ORDER_CXL, 0, 0);
    assert_int_equal(submit_since(w, from)->request.terms.qty, 1090);
    assert_int_equal(submit_since(w, from)->request.terms.expire_ns, due);
    world_free(w);
}

/* A target so far away that no order reaches it is refused and says so, and what is held is held on. Once it was told
 * as sent, and nothing was. */
static void a_target_beyond_all_orders_is_refused(void **state)
{
    const int64_t step = 8191, held = 250000000000 * step, most = (INT64_C(1) << 50) * step;
    struct world *w = world_new(1);
    (void)state;
    w->instruments[0].qty_scale = 18;
    w->instruments[0].step = w->instruments[0].qty_min = step;
    world_start(w);
    assert_true(world_ask_now(w, world_target((double)-held / 1e18)) > 0);
    world_fill(w, world_newest(w, WORLD_SUBMIT), 10000, held);
    assert_int_equal(world_position(w, 0), -held);
    size_t from = w->sent_count;
    assert_true(world_ask_now(w, world_target((double)most / 1e18)) > 0);
    assert_int_equal(world_count(w, WORLD_SUBMIT, from), 0);
    assert_int_equal(world_verdict(w)->verdict, MT_DENIED);
    assert_int_equal(world_verdict(w)->code, MT_CODE_CALC_OVERFLOW);
    assert_int_equal(leg(w).want, -1);
    assert_int_equal(mt_engine_stance(w->engine, 0), -1);
    assert_true(world_ask_now(w, world_target(0)) > 0);         /* and it can be closed */
    assert_int_equal(world_last(w, WORLD_SUBMIT, from)->request.terms.qty, held);
    world_free(w);
}

/* The way is free only when the time of the target is over: it is not sent late, says so, and what is held is wanted. */
static void a_target_that_waited_too_long_is_refused(void **state)
{
    (void)state;
    for (int late = 0; late <= 1; late++) {
        struct world *w = world_new(1);
        struct mt_request up = world_target(1), down = world_target(-1);
        up.has_limit = true;
        up.limit = 99;
        down.ttl = 5;
        world_start(w);
        assert_true(world_ask_now(w, up) > 0);
        uint64_t first = world_newest(w, WORLD_SUBMIT);
        world_ack(w, first);
        assert_true(world_ask_now(w, down) > 0);
        size_t from = w->sent_count;
        w->now += 5 * MT_NS_PER_S - !late;
        world_report(w, first, MT_ORDER_CXL, 0, 0);
        assert_int_equal(world_count(w, WORLD_SUBMIT, from), !late);
        if (late) {
            assert_int_equal(order(w, first + 1)->state, MT_ORDER_EXPIRED);
            assert_int_equal(order(w, first + 1)->code, MT_CODE_TTL);
            assert_int_equal(leg(w).want, 0);
        }
        world_quote(w, 0, 10000, 10002);
        assert_int_equal(world_count(w, WORLD_SUBMIT, from), !late);
        world_free(w);
    }
}

/* Its time is over by the clock while the order before it is still being canceled. */
static void a_target_whose_time_is_over_is_refused_under_its_terms(void **state)
{
    static const struct { double target, limit; int side; } cases[] = {
        { 0.5, 0, -1 }, { 0.5, 101, -1 }, { 3, 0, 1 }, { 3, 99, 1 }, { -1, 0, -1 }, { 1, 0, 0 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct world *w = world_new(1);
        struct mt_request up = world_target(2), next = world_target(cases[i].target);
        up.has_limit = true;
        up.limit = 98;
        next.has_limit = cases[i].limit > 0;
        next.limit = cases[i].limit;
        next.ttl = 5;
        world_start(w);
        assert_true(world_ask_now(w, world_target(1)) > 0);
        world_fill(w, world_newest(w, WORLD_SUBMIT), 10002, 1000);
        assert_true(world_ask_now(w, up) > 0);
        uint64_t working = world_newest(w, WORLD_SUBMIT);
        world_ack(w, working);
        assert_true(world_ask_now(w, next) > 0);
        size_t from = w->sent_count;
        later(w, 5);
        const struct mt_order *late = order(w, working + 1);
        assert_non_null(late);
        assert_int_equal(late->state, MT_ORDER_EXPIRED);
        assert_int_equal(late->code, MT_CODE_TTL);
        assert_int_equal(late->terms.side, cases[i].side);
        assert_int_equal(late->terms.type, cases[i].limit > 0 ? MT_TYPE_LIMIT : MT_TYPE_MARKET);
        assert_int_equal(late->terms.role, MT_ROLE_TARGET);
        world_report(w, working, MT_ORDER_CXL, 0, 0);
        later(w, 5);
        assert_int_equal(world_count(w, WORLD_SUBMIT, from), 0);
        assert_int_equal(leg(w).want, 1);
        world_free(w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_refused_target_wants_what_is_held),
        cmocka_unit_test(a_target_one_step_away),
        cmocka_unit_test(a_target_waits_for_an_order_that_nobody_knows),
        cmocka_unit_test(a_target_that_died_waiting_wants_what_is_held_in_the_end),
        cmocka_unit_test(a_dead_target_is_no_wish_to_repeat),
        cmocka_unit_test(a_second_target_of_one_call_replaces_the_first),
        cmocka_unit_test(a_target_that_fits_no_longer_has_its_time_anew),
        cmocka_unit_test(a_target_beyond_all_orders_is_refused),
        cmocka_unit_test(a_target_that_waited_too_long_is_refused),
        cmocka_unit_test(a_target_whose_time_is_over_is_refused_under_its_terms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
