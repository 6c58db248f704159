/* The engine as a whole, with a venue and a strategy in C: stances, closes and reversals, exits, targets, fan-out. */
#include "engine_world.h"

static struct mt_request wanted;
static void ask_once(struct world *w)
{
    w->on_quote = NULL;
    world_ask(w, &wanted);
}
static void signal_now(struct world *w, struct mt_request request)
{
    wanted = request;
    w->on_quote = ask_once;
    world_quote(w, 0, 10000, 10002);
}

/* Open a long of 1.000 at 100.02 on all accounts. */
static void open_long(struct world *w, struct mt_request request)
{
    size_t from = w->sent_count;
    signal_now(w, request);
    assert_true(w->answer > 0);
    size_t to = w->sent_count;
    for (size_t i = from; i < to; i++)
        if (w->sent[i].kind == WORLD_SUBMIT) {
            world_ack(w, w->sent[i].coid);
            world_fill(w, w->sent[i].coid, 10002, w->sent[i].request.terms.qty);
        }
}

static void a_signal_becomes_one_market_order(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    world_start(w);
    signal_now(w, world_request(1));
    assert_true(w->answer > 0);
    assert_int_equal(w->sent_count, 1);
    assert_int_equal(w->sent[0].request.terms.side, 1);
    assert_int_equal(w->sent[0].request.terms.qty, 1000);
    assert_int_equal(w->sent[0].request.terms.type, MT_TYPE_MARKET);
    assert_int_equal(mt_engine_stance(w->engine, 0), 1);
    world_ack(w, w->sent[0].coid);
    world_fill(w, w->sent[0].coid, 10002, 1000);
    assert_int_equal(world_position(w, 0), 1000);
    world_free(w);
}

static void the_same_stance_again_is_already(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    world_start(w);
    signal_now(w, world_request(1));
    signal_now(w, world_request(1));
    assert_int_equal((int)w->answer, -MT_CODE_ALREADY);
    assert_int_equal(world_count(w, WORLD_SUBMIT, 0), 1);
    open_long(w, world_request(-1));            /* opposite while the entry is in flight: cancel it first */
    world_free(w);
}

static void the_opposite_stance_closes_waits_and_opens(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    world_start(w);
    open_long(w, world_request(1));
    size_t from = w->sent_count;
    signal_now(w, world_request(-1));
    assert_int_equal(world_count(w, WORLD_SUBMIT, from), 1);
    struct world_sent *close = world_last(w, WORLD_SUBMIT, from);
    assert_int_equal(close->request.terms.side, -1);
    assert_int_equal(close->request.terms.qty, 1000);
    assert_true(mt_terms_reduce_only(&close->request.terms));
    uint64_t close_id = close->coid;
    world_ack(w, close_id);
    world_fill(w, close_id, 10000, 400);
    assert_int_equal(world_count(w, WORLD_SUBMIT, from), 1);        /* not yet at zero: it waits */
    world_fill(w, close_id, 10000, 600);
    assert_int_equal(world_count(w, WORLD_SUBMIT, from), 2);
    assert_int_equal(world_last(w, WORLD_SUBMIT, from)->request.terms.side, -1);
    assert_false(mt_terms_reduce_only(&world_last(w, WORLD_SUBMIT, from)->request.terms));
    assert_int_equal(mt_engine_stance(w->engine, 0), -1);
    world_free(w);
}

static void a_stop_lies_at_the_venue_and_goes_with_the_leg(void **state)
{
    struct world *w = world_new(1);
    struct mt_request request = world_request(1);
    (void)state;
    request.stop = (struct mt_request_level){ .value = 0.505, .kind = MT_LEVEL_DISTANCE };
    world_start(w);
    size_t from = w->sent_count;
    open_long(w, request);
    struct world_sent *stop = world_last(w, WORLD_SUBMIT, from);
    assert_int_equal(stop->request.terms.type, MT_TYPE_STOP);
    assert_int_equal(stop->request.terms.stop, 10002 - 50);               /* 0.505 away, rounded towards the entry */
    assert_int_equal(stop->request.terms.qty, 1000);
    assert_true(mt_terms_reduce_only(&stop->request.terms));
    uint64_t stop_id = stop->coid;
    world_ack(w, stop_id);
    wanted = world_request(0);
    from = w->sent_count;
    signal_now(w, wanted);
    uint64_t close_id = world_last(w, WORLD_SUBMIT, from)->coid;
    world_fill(w, close_id, 10000, 1000);
    assert_non_null(world_last(w, WORLD_CANCEL, from));
    assert_int_equal(world_last(w, WORLD_CANCEL, from)->coid, stop_id);
    assert_int_equal(mt_engine_stance(w->engine, 0), 0);
    world_free(w);
}

static void a_stop_grows_with_fills_and_shrinks_with_takes(void **state)
{
    struct world *w = world_new(1);
    struct mt_request request = world_request(1);
    (void)state;
    request.stop = (struct mt_request_level){ .value = 1, .kind = MT_LEVEL_DISTANCE };
    request.take_count = 2;
    request.takes[0] = (struct mt_request_level){ .value = 0.5, .part = 0.3, .kind = MT_LEVEL_DISTANCE };
    request.takes[1] = (struct mt_request_level){ .value = 2, .kind = MT_LEVEL_DISTANCE };
    world_start(w);
    signal_now(w, request);
    uint64_t entry = w->sent[0].coid;
    world_ack(w, entry);
    world_fill(w, entry, 10002, 400);
    assert_int_equal(world_count(w, WORLD_SUBMIT, 1), 3);
    struct world_sent *stop = &w->sent[1], *first = &w->sent[2], *rest = &w->sent[3];
    uint64_t stop_id = stop->coid, first_id = first->coid, rest_id = rest->coid;
    assert_int_equal(stop->request.terms.qty, 400);
    assert_int_equal(first->request.terms.qty, 120);
    assert_int_equal(first->request.terms.price, 10052);
    assert_int_equal(rest->request.terms.qty, 280);
    assert_int_equal(rest->request.terms.price, 10202);
    world_ack(w, stop_id);
    world_ack(w, first_id);
    world_ack(w, rest_id);
    size_t from = w->sent_count;
    world_fill(w, entry, 10002, 600);
    assert_int_equal(world_count(w, WORLD_MODIFY, from), 3);
    world_op(w, stop_id, MT_REPORT_REPLACED);
    world_op(w, first_id, MT_REPORT_REPLACED);
    world_op(w, rest_id, MT_REPORT_REPLACED);
    from = w->sent_count;
    world_fill(w, first_id, 10052, 300);
    assert_int_equal(world_position(w, 0), 700);
    assert_int_equal(world_last(w, WORLD_MODIFY, from)->coid, stop_id);
    assert_int_equal(world_last(w, WORLD_MODIFY, from)->qty, 700);
    world_free(w);
}

static void the_stance_ends_with_a_stop_also_for_the_script(void **state)
{
    struct world *w = world_new(1);
    struct mt_request request = world_request(1);
    (void)state;
    request.stop = (struct mt_request_level){ .value = 0.5, .kind = MT_LEVEL_DISTANCE };
    world_start(w);
    open_long(w, request);
    assert_int_equal(mt_engine_port(w->engine)->markets[0].stance, 1);
    uint64_t stop = world_last(w, WORLD_SUBMIT, 0)->coid;
    world_ack(w, stop);
    world_fill(w, stop, 9952, 1000);
    assert_int_equal(mt_engine_stance(w->engine, 0), 0);
    assert_int_equal(mt_engine_port(w->engine)->markets[0].stance, 0);
    signal_now(w, world_request(1));
    assert_true(w->answer > 0);
    world_free(w);
}

static void on_trades_alone_the_last_trade_is_the_market(void **state)
{
    struct world *w = world_new(1);
    struct mt_request request = world_request(1);
    (void)state;
    world_start(w);
    w->now += MT_NS_PER_S;
    struct mt_event event = { .time_ns = w->now, .venue_ns = w->now, .kind = MT_EV_TRADE, .trade = { 10000, 5, 1, 0 } };
    world_push(w, &event);
    world_turn(w);
    assert_true(mt_engine_port(w->engine)->markets[0].tradable);
    assert_true(mt_engine_port(w->engine)->markets[0].bid == 100);
    assert_true(world_ask(w, &request) > 0);
    world_push(w, &event);
    world_turn(w);
    assert_int_equal(world_count(w, WORLD_SUBMIT, 0), 1);
    world_free(w);
}

static void a_target_is_one_order_for_what_is_missing(void **state)
{
    struct world *w = world_new(1);
    struct mt_request request = { .kind = MT_ASK_TARGET, .qty = 1, .take_count = -1 };
    (void)state;
    world_start(w);
    signal_now(w, request);
    assert_int_equal(w->sent_count, 1);
    world_ack(w, w->sent[0].coid);
    world_fill(w, w->sent[0].coid, 10002, 1000);
    signal_now(w, request);
    assert_int_equal((int)w->answer, -MT_CODE_ALREADY);
    request.qty = -1;
    signal_now(w, request);
    assert_int_equal(w->sent_count, 2);
    assert_int_equal(w->sent[1].request.terms.qty, 2000);
    assert_int_equal(w->sent[1].request.terms.side, -1);
    world_fill(w, w->sent[1].coid, 10000, 2000);
    assert_int_equal(world_position(w, 0), -1000);
    assert_int_equal(mt_engine_counts(w->engine)->trades, 1);
    world_free(w);
}

static int veto(struct world *w)
{
    mt_engine_port(w->engine)->signal.value = 7;
    return 1;
}

static void a_veto_sends_nothing_and_takes_no_stance(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    w->filter = veto;
    world_start(w);
    signal_now(w, world_request(1));
    assert_true(w->answer > 0);
    assert_int_equal(w->sent_count, 0);
    assert_int_equal(world_verdict(w)->verdict, MT_VETOED);
    assert_int_equal(mt_engine_stance(w->engine, 0), 0);
    assert_int_equal(mt_engine_counts(w->engine)->vetoes, 1);
    world_free(w);
}

static void exits_pass_no_filter(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    world_start(w);
    open_long(w, world_request(1));
    w->filter = veto;
    size_t from = w->sent_count;
    signal_now(w, world_request(0));
    assert_int_equal(world_count(w, WORLD_SUBMIT, from), 1);
    world_free(w);
}

/* A denied lead never doubles the others, a stuck follower never blocks. */
static void a_denied_lead_doubles_nobody(void **state)
{
    struct world *w = world_new(20);
    static struct mt_scope_setup scope;
    (void)state;
    scope = (struct mt_scope_setup){ .kind = MT_SCOPE_ACCOUNT, .account = 0, .symbol = -1 };
    scope.limits.set = 1ull << MT_LIMIT_MAX_ORDER_QTY;
    scope.limits.value[MT_LIMIT_MAX_ORDER_QTY] = 50000000;          /* 0.5 */
    w->setup.scopes = &scope;
    w->setup.scope_count = 1;
    world_start(w);
    open_long(w, world_request(1));
    assert_int_equal(world_count(w, WORLD_SUBMIT, 0), 19);
    assert_int_equal(mt_engine_stance(w->engine, 0), 1);
    for (int i = 0; i < 5; i++) {
        signal_now(w, world_request(1));
        assert_int_equal((int)w->answer, -MT_CODE_ALREADY);
    }
    assert_int_equal(world_count(w, WORLD_SUBMIT, 0), 19);
    for (uint16_t a = 0; a < 20; a++)
        assert_int_equal(world_position(w, a), a == 0 ? 0 : 1000);
    size_t from = w->sent_count;
    signal_now(w, world_request(0));
    assert_int_equal(world_count(w, WORLD_SUBMIT, from), 19);
    world_free(w);
}

static void a_stuck_follower_is_left_behind_and_not_doubled(void **state)
{
    struct world *w = world_new(2);
    (void)state;
    world_start(w);
    signal_now(w, world_request(1));
    uint64_t lead = w->sent[0].coid, follower = w->sent[1].coid;
    world_ack(w, lead);
    world_fill(w, lead, 10002, 1000);           /* the follower's order never answers */
    signal_now(w, world_request(0));
    size_t from = w->sent_count;
    world_fill(w, world_last(w, WORLD_SUBMIT, 0)->coid, 10000, 1000);
    signal_now(w, world_request(1));            /* the strategy goes on */
    assert_true(w->answer > 0);
    assert_int_equal(world_count(w, WORLD_SUBMIT, from), 1);
    assert_int_equal(world_last(w, WORLD_SUBMIT, from)->request.terms.account, 0);
    world_fill(w, follower, 10002, 1000);       /* late: it is closed, because flat was wanted before */
    assert_true(world_position(w, 1) == 1000);
    world_free(w);
}

static void a_lost_answer_is_asked_for_and_never_sent_again(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    world_start(w);
    signal_now(w, world_request(1));
    for (int i = 0; i < 700; i++) {
        world_quote(w, 0, 10000, 10002);
        if (mt_engine_wake_ns(w->engine) <= w->now)
            world_turn(w);
    }
    assert_int_equal(world_count(w, WORLD_SUBMIT, 0), 1);
    assert_true(world_count(w, WORLD_QUERY, 0) >= 3);
    assert_int_equal(mt_engine_order(w->engine, w->sent[0].coid)->state, MT_ORDER_UNKNOWN);
    for (int i = 0; i < 3; i++)
        world_op(w, w->sent[0].coid, MT_REPORT_ABSENT_SAMPLE);
    for (int i = 0; i < 20; i++)
        world_quote(w, 0, 10000, 10002);
    assert_int_equal(mt_engine_order(w->engine, w->sent[0].coid)->state, MT_ORDER_LOST);
    assert_int_equal(mt_engine_stance(w->engine, 0), 0);
    world_free(w);
}

static void on_a_crossed_quote_nothing_is_sent(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    world_start(w);
    wanted = world_request(1);
    w->on_quote = ask_once;
    world_quote(w, 0, 10003, 10002);
    assert_int_equal(w->sent_count, 0);
    assert_int_equal(world_verdict(w)->verdict, MT_DENIED);
    assert_int_equal(world_verdict(w)->code, MT_CODE_DATA_CROSSED);
    world_free(w);
}

static void kill_cancels_and_stays_dead_whatever_resume_says(void **state)
{
    struct world *w = world_new(1);
    struct mt_request request = world_request(1);
    struct mt_diag diag = { 0 };
    (void)state;
    request.has_limit = true;
    request.limit = 99.5;
    world_start(w);
    signal_now(w, request);
    world_ack(w, w->sent[0].coid);
    assert_int_equal(mt_engine_operator(w->engine, w->now, MT_OPERATOR_KILL, -1, -1, "test", "", &diag), 0);
    assert_non_null(world_last(w, WORLD_CANCEL, 0));
    world_report(w, w->sent[0].coid, MT_ORDER_CXL, 0, 0);
    signal_now(w, world_request(1));
    assert_int_equal((int)w->answer, -MT_CODE_STATE_KILLED);
    assert_int_equal(mt_engine_operator(w->engine, w->now, MT_OPERATOR_RESUME, -1, -1, "test", "", &diag), MT_EREFUSED);
    signal_now(w, world_request(1));
    assert_int_equal((int)w->answer, -MT_CODE_STATE_KILLED);
    world_free(w);
}

static void a_halted_lead_does_not_stop_the_others(void **state)
{
    struct world *w = world_new(2);
    struct mt_diag diag = { 0 };
    (void)state;
    world_start(w);
    assert_int_equal(mt_engine_operator(w->engine, w->now, MT_OPERATOR_HALT, 0, -1, "test", "", &diag), 0);
    signal_now(w, world_request(1));
    assert_true(w->answer > 0);
    assert_int_equal(world_count(w, WORLD_SUBMIT, 0), 1);
    assert_int_equal(world_last(w, WORLD_SUBMIT, 0)->request.terms.account, 1);
    assert_int_equal(world_verdict(w)->verdict, MT_PARTIAL);
    assert_int_equal(mt_engine_operator(w->engine, w->now, MT_OPERATOR_HALT, 1, -1, "test", "", &diag), 0);
    signal_now(w, world_request(-1));
    assert_int_equal((int)w->answer, -MT_CODE_STATE_HALTED);
    world_free(w);
}

static void in_reduce_the_opposite_stance_closes_and_does_not_open(void **state)
{
    struct world *w = world_new(1);
    struct mt_diag diag = { 0 };
    (void)state;
    world_start(w);
    open_long(w, world_request(1));
    assert_int_equal(mt_engine_operator(w->engine, w->now, MT_OPERATOR_REDUCE, -1, -1, "test", "", &diag), 0);
    signal_now(w, world_request(-1));
    assert_true(w->answer > 0);
    size_t from = w->sent_count;
    world_fill(w, world_last(w, WORLD_SUBMIT, 0)->coid, 10000, 1000);
    assert_int_equal(world_position(w, 0), 0);
    assert_int_equal(world_count(w, WORLD_SUBMIT, from), 0);
    signal_now(w, world_request(1));
    assert_int_equal((int)w->answer, -MT_CODE_STATE_REDUCE_ONLY);
    world_free(w);
}

static void exits_on_the_wrong_side_are_refused(void **state)
{
    struct world *w = world_new(1);
    struct mt_request request = world_request(1);
    (void)state;
    world_start(w);
    request.stop = (struct mt_request_level){ .value = 101, .kind = MT_LEVEL_PRICE };
    signal_now(w, request);
    assert_int_equal((int)w->answer, -MT_CODE_STOP_SIDE);
    request.stop.value = 99;
    request.take_count = 3;
    for (int i = 0; i < 3; i++)
        request.takes[i] = (struct mt_request_level){ .value = 1 + i, .part = 0.7, .kind = MT_LEVEL_DISTANCE };
    signal_now(w, request);
    assert_int_equal((int)w->answer, -MT_CODE_FIELD_INVALID);
    request.takes[1].part = 0.3;
    request.takes[2].part = 0;
    signal_now(w, request);
    assert_true(w->answer > 0);
    world_free(w);
}

static void flatten_in_a_halt_says_that_it_closes_nothing(void **state)
{
    struct world *w = world_new(1);
    struct mt_diag diag = { 0 };
    (void)state;
    world_start(w);
    open_long(w, world_request(1));
    assert_int_equal(mt_engine_operator(w->engine, w->now, MT_OPERATOR_HALT, -1, -1, "test", "", &diag), 0);
    assert_int_equal(mt_engine_operator(w->engine, w->now, MT_OPERATOR_FLATTEN, -1, -1, "test", "", &diag), MT_EREFUSED);
    assert_non_null(strstr(diag.text, "closes nothing"));
    world_free(w);
}

static void three_errors_in_a_row_quarantine(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    world_start(w);
    w->raise = true;
    for (int i = 0; i < 3; i++)
        world_quote(w, 0, 10000, 10002);
    w->raise = false;
    signal_now(w, world_request(1));
    assert_int_equal(w->sent_count, 0);
    assert_true(mt_engine_counts(w->engine)->faults >= 3);
    world_free(w);
}

static void nonsense_is_refused_at_the_border(void **state)
{
    struct world *w = world_new(1);
    const double bad[] = { NAN, INFINITY, -INFINITY, -1, -0.0, 1e308, 0 };
    (void)state;
    world_start(w);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct mt_request request = world_request(1);
        request.size = bad[i];
        signal_now(w, request);
        assert_true(w->answer < 0);
        request = world_request(1);
        request.has_limit = true;
        request.limit = bad[i];
        signal_now(w, request);
        assert_true(w->answer < 0);
        request = world_request(1);
        request.stop = (struct mt_request_level){ .value = bad[i], .kind = MT_LEVEL_DISTANCE };
        signal_now(w, request);
        assert_true(w->answer < 0);
    }
    struct mt_request request = { .kind = MT_ASK_TARGET, .qty = 0.0005, .take_count = -1 };
    signal_now(w, request);
    assert_int_equal((int)w->answer, -MT_CODE_QTY_STEP);
    request = world_request(1);
    request.market = 7;
    signal_now(w, request);
    assert_int_equal((int)w->answer, -MT_CODE_FIELD_INVALID);
    assert_int_equal(w->sent_count, 0);
    world_free(w);
}

static void flood(struct world *w)
{
    struct mt_request request = world_request(1);
    w->on_quote = NULL;
    for (int i = 0; i < 1000000; i++) {
        request.side = i % 2 ? -1 : 1;
        world_ask(w, &request);
    }
}

static void a_million_signals_in_a_call_are_refused_but_64(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    world_start(w);
    w->on_quote = flood;
    world_quote(w, 0, 10000, 10002);
    assert_int_equal((int)w->answer, -MT_CODE_TOO_MANY);
    assert_true(mt_engine_counts(w->engine)->signals <= 64);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_signal_becomes_one_market_order),
        cmocka_unit_test(the_same_stance_again_is_already),
        cmocka_unit_test(the_opposite_stance_closes_waits_and_opens),
        cmocka_unit_test(a_stop_lies_at_the_venue_and_goes_with_the_leg),
        cmocka_unit_test(a_stop_grows_with_fills_and_shrinks_with_takes),
        cmocka_unit_test(the_stance_ends_with_a_stop_also_for_the_script),
        cmocka_unit_test(on_trades_alone_the_last_trade_is_the_market),
        cmocka_unit_test(a_target_is_one_order_for_what_is_missing),
        cmocka_unit_test(a_veto_sends_nothing_and_takes_no_stance),
        cmocka_unit_test(exits_pass_no_filter),
        cmocka_unit_test(a_denied_lead_doubles_nobody),
        cmocka_unit_test(a_stuck_follower_is_left_behind_and_not_doubled),
        cmocka_unit_test(a_lost_answer_is_asked_for_and_never_sent_again),
        cmocka_unit_test(on_a_crossed_quote_nothing_is_sent),
        cmocka_unit_test(kill_cancels_and_stays_dead_whatever_resume_says),
        cmocka_unit_test(a_halted_lead_does_not_stop_the_others),
        cmocka_unit_test(in_reduce_the_opposite_stance_closes_and_does_not_open),
        cmocka_unit_test(exits_on_the_wrong_side_are_refused),
        cmocka_unit_test(flatten_in_a_halt_says_that_it_closes_nothing),
        cmocka_unit_test(three_errors_in_a_row_quarantine),
        cmocka_unit_test(nonsense_is_refused_at_the_border),
        cmocka_unit_test(a_million_signals_in_a_call_are_refused_but_64),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
