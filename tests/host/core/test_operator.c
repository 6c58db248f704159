/* The operator's commands in every trading state: after a kill flatten closes, and nothing else revives or closes what
 * was killed. */
#include "engine_world.h"

static int operate(struct world *w, enum mt_operator_command command, int account)
{
    struct mt_diag diag = { 0 };
    int rc = mt_engine_operator(w->engine, w->now, command, account, -1, "t", "", &diag);
    assert_true(rc == 0 || (rc == MT_EREFUSED && diag.text[0]));
    return rc;
}

static enum mt_trading_state state_of(const struct world *w, uint16_t account)
{
    return mt_risk_state(mt_engine_risk(w->engine), account, 0);
}

/* A long position of 1000 on each account, its stop at the venue. */
static void open_with_stop(struct world *w)
{
    size_t from = w->sent_count;
    world_ask_at(w, world_with_stop(1, 1), 10000);
    for (size_t i = from, to = w->sent_count; i < to; i++)
        world_fill(w, w->sent[i].coid, 10002, w->sent[i].request.terms.qty);
    for (size_t i = from; i < w->sent_count; i++)
        if (w->sent[i].kind == WORLD_SUBMIT && w->sent[i].request.terms.type == MT_TYPE_STOP)
            world_ack(w, w->sent[i].coid);
}

/* Kill, and the venue confirms each cancel. */
static void kill_all(struct world *w, int account)
{
    size_t from = w->sent_count;
    assert_int_equal(operate(w, MT_OPERATOR_KILL, account), 0);
    for (size_t i = from, to = w->sent_count; i < to; i++)
        if (w->sent[i].kind == WORLD_CANCEL)
            world_report(w, w->sent[i].coid, MT_ORDER_CXL, 0, 0);
}

static void after_a_kill_flatten_closes_at_market(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    world_start(w);
    open_with_stop(w);
    kill_all(w, -1);
    size_t from = w->sent_count;
    for (int i = 0; i < 5; i++)                 /* not even below the stop does the plan close it */
        world_quote(w, 0, 9000, 9002);
    assert_int_equal(world_count(w, WORLD_SUBMIT, from), 0);
    assert_int_equal(operate(w, MT_OPERATOR_FLATTEN, -1), 0);
    assert_int_equal(world_count(w, WORLD_SUBMIT, from), 1);
    const struct mt_order_request *close = &world_last(w, WORLD_SUBMIT, from)->request;
    assert_int_equal(close->terms.type, MT_TYPE_MARKET);
    assert_true(mt_terms_reduce_only(&close->terms));
    assert_int_equal(close->terms.qty, 1000);
    uint64_t coid = close->coid;
    world_ack(w, coid);
    for (int i = 0; i < 20; i++) {              /* the kill asks again each second: not for this one */
        w->now += 2 * MT_NS_PER_S;
        world_quote(w, 0, 9000, 9002);
    }
    assert_int_equal(operate(w, MT_OPERATOR_KILL, -1), 0);
    assert_int_equal(world_count(w, WORLD_CANCEL, from), 0);
    world_fill(w, coid, 9000, 1000);
    assert_int_equal(world_position(w, 0), 0);
    assert_int_equal(state_of(w, 0), MT_KILLED);
    world_quote(w, 0, 9000, 9002);
    assert_int_equal(world_count(w, WORLD_SUBMIT, from), 1);
    world_free(w);
}

static void a_flatten_that_the_venue_refuses_is_tried_again(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    world_start(w);
    open_with_stop(w);
    kill_all(w, -1);
    size_t from = w->sent_count;
    assert_int_equal(operate(w, MT_OPERATOR_FLATTEN, -1), 0);
    world_report(w, world_newest(w, WORLD_SUBMIT), MT_ORDER_REJ, 0, 0);
    w->now += 2 * MT_NS_PER_S;
    world_quote(w, 0, 10000, 10002);
    assert_int_equal(world_count(w, WORLD_SUBMIT, from), 2);
    world_free(w);
}

/* An entry that fills before the venue has heard of the kill: flatten finds it. */
static void a_fill_behind_the_kill_is_flattened(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    world_start(w);
    world_ask_at(w, world_with_stop(1, 1), 10000);
    uint64_t entry = world_newest(w, WORLD_SUBMIT);
    assert_int_equal(operate(w, MT_OPERATOR_KILL, -1), 0);
    assert_int_equal(operate(w, MT_OPERATOR_FLATTEN, -1), 0);
    size_t from = w->sent_count;
    world_fill(w, entry, 10002, 1000);
    assert_int_equal(world_count(w, WORLD_SUBMIT, from), 1);
    assert_true(mt_terms_reduce_only(&world_last(w, WORLD_SUBMIT, from)->request.terms));
    world_fill(w, world_newest(w, WORLD_SUBMIT), 10000, 1000);
    assert_int_equal(world_position(w, 0), 0);
    world_free(w);
}

static void no_state_is_milder_than_killed_again(void **state)
{
    struct world *w = world_new(2);
    (void)state;
    world_start(w);
    open_with_stop(w);
    kill_all(w, 0);
    assert_int_equal(state_of(w, 1), MT_ACTIVE);
    assert_int_equal(operate(w, MT_OPERATOR_REDUCE, 0), MT_EREFUSED);
    assert_int_equal(operate(w, MT_OPERATOR_HALT, 0), MT_EREFUSED);
    assert_int_equal(operate(w, MT_OPERATOR_RESUME, 0), MT_EREFUSED);
    assert_int_equal(operate(w, MT_OPERATOR_RESUME, -1), MT_EREFUSED);
    assert_int_equal(operate(w, MT_OPERATOR_REDUCE, -1), 0);    /* of the host: the other account's business */
    assert_int_equal(state_of(w, 0), MT_KILLED);
    assert_int_equal(state_of(w, 1), MT_REDUCE_ONLY);
    kill_all(w, -1);
    assert_int_equal(operate(w, MT_OPERATOR_RESUME, 1), MT_EREFUSED);   /* its own scope is active, the host is dead */
    assert_int_equal(operate(w, MT_OPERATOR_REDUCE, -1), MT_EREFUSED);
    assert_int_equal(state_of(w, 1), MT_KILLED);
    world_free(w);
}

static void a_halt_holds_a_flatten_until_reduce_and_a_kill_lets_it_go(void **state)
{
    static const enum mt_operator_command ends[] = { MT_OPERATOR_REDUCE, MT_OPERATOR_RESUME, MT_OPERATOR_KILL };
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct world *w = world_new(1);
        world_start(w);
        open_with_stop(w);
        assert_int_equal(operate(w, MT_OPERATOR_HALT, -1), 0);
        size_t from = w->sent_count;
        assert_int_equal(operate(w, MT_OPERATOR_FLATTEN, -1), MT_EREFUSED);
        world_quote(w, 0, 10000, 10002);
        assert_int_equal(world_count(w, WORLD_SUBMIT, from), 0);
        assert_int_equal(operate(w, ends[i], -1), 0);
        world_quote(w, 0, 10000, 10002);
        assert_int_equal(world_count(w, WORLD_SUBMIT, from), 1);
        world_free(w);
    }
}

/* at_stop is the script's wish: it closes nothing that was killed. The end waits for the cancels all the same. */
static void the_end_of_a_killed_run_closes_nothing_and_waits_for_cancels(void **state)
{
    struct world *w = world_new(1);
    struct mt_diag diag = { 0 };
    (void)state;
    w->setup.flatten_at_stop = true;
    world_start(w);
    open_with_stop(w);
    assert_int_equal(operate(w, MT_OPERATOR_KILL, -1), 0);
    uint64_t stop = world_newest(w, WORLD_CANCEL);
    size_t from = w->sent_count;
    assert_int_equal(mt_engine_stop(w->engine, w->now, "stop", &diag), 0);
    assert_int_equal(world_count(w, WORLD_SUBMIT, from), 0);
    assert_false(mt_engine_idle(w->engine));
    world_report(w, stop, MT_ORDER_CXL, 0, 0);
    assert_true(mt_engine_idle(w->engine));
    assert_int_equal(world_position(w, 0), 1000);
    world_free(w);
}

static void the_end_waits_for_a_flatten(void **state)
{
    struct world *w = world_new(1);
    struct mt_diag diag = { 0 };
    (void)state;
    world_start(w);
    open_with_stop(w);
    kill_all(w, -1);
    assert_int_equal(operate(w, MT_OPERATOR_FLATTEN, -1), 0);
    assert_int_equal(mt_engine_stop(w->engine, w->now, "stop", &diag), 0);
    assert_false(mt_engine_idle(w->engine));
    world_fill(w, world_newest(w, WORLD_SUBMIT), 10000, 1000);
    assert_true(mt_engine_idle(w->engine));
    world_free(w);
}

/* The books of an account that was killed turn out wrong: halted is less than killed. */
static void an_overfill_does_not_wake_the_dead(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    world_start(w);
    open_with_stop(w);
    uint64_t entry = w->sent[0].coid;
    kill_all(w, 0);
    world_fill(w, entry, 10002, 500);
    assert_int_equal(world_position(w, 0), 1500);
    assert_int_equal(state_of(w, 0), MT_KILLED);
    assert_int_equal(operate(w, MT_OPERATOR_RESUME, -1), MT_EREFUSED);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(after_a_kill_flatten_closes_at_market),
        cmocka_unit_test(a_flatten_that_the_venue_refuses_is_tried_again),
        cmocka_unit_test(a_fill_behind_the_kill_is_flattened),
        cmocka_unit_test(no_state_is_milder_than_killed_again),
        cmocka_unit_test(a_halt_holds_a_flatten_until_reduce_and_a_kill_lets_it_go),
        cmocka_unit_test(the_end_of_a_killed_run_closes_nothing_and_waits_for_cancels),
        cmocka_unit_test(the_end_waits_for_a_flatten),
        cmocka_unit_test(an_overfill_does_not_wake_the_dead),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
