/* Named faults: each of these once left a position without an exit, an order without an owner, a doubled order, or a run
 * that ended or spun because of what a venue said. */
#include "engine_world.h"

#include "model/order.h"

static struct mt_request wanted[4];
static int wanted_count;
static double answers[4];
static void ask_all(struct world *w)
{
    w->on_quote = NULL;
    for (int i = 0; i < wanted_count; i++)
        answers[i] = world_ask(w, &wanted[i]);
}
static void ask_at(struct world *w, struct mt_request request, int64_t bid)
{
    wanted[0] = request;
    wanted_count = 1;
    w->on_quote = ask_all;
    world_quote(w, 0, bid, bid + 2);
}
static void ask(struct world *w, struct mt_request request) { ask_at(w, request, 10000); }

static struct mt_request with_stop(int side, double distance)
{
    struct mt_request request = world_request(side);
    request.stop = (struct mt_request_level){ .value = distance, .kind = MT_LEVEL_DISTANCE };
    return request;
}
static struct mt_request protect_at(double price)
{
    struct mt_request request = { .kind = MT_ASK_PROTECT, .take_count = -1 };
    request.stop = (struct mt_request_level){ .value = price, .kind = MT_LEVEL_PRICE };
    return request;
}
static uint64_t newest(struct world *w, enum world_kind kind) { return world_last(w, kind, 0)->coid; }

/* A long of 1.000 at 100.02 with a stop 1.00 away that the venue has taken; returns the stop's id. */
static uint64_t long_with_stop(struct world *w)
{
    world_start(w);
    ask(w, with_stop(1, 1));
    uint64_t entry = newest(w, WORLD_SUBMIT);
    world_ack(w, entry);
    world_fill(w, entry, 10002, 1000);
    uint64_t stop = newest(w, WORLD_SUBMIT);
    assert_int_equal(world_last(w, WORLD_SUBMIT, 0)->request.terms.type, MT_TYPE_STOP);
    world_ack(w, stop);
    return stop;
}

/* Once: a close because of a passed stop was booked as the stop order, and a second close followed it. */
static void a_stop_moved_beyond_the_market_closes_once(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    long_with_stop(w);
    size_t from = w->sent_count;
    ask(w, protect_at(100.5));                  /* the bid is 100.00 */
    assert_int_equal(world_count(w, WORLD_SUBMIT, from), 1);
    struct world_sent *close = world_last(w, WORLD_SUBMIT, from);
    assert_int_equal(close->request.terms.type, MT_TYPE_MARKET);
    assert_int_equal(close->request.terms.qty, 1000);
    uint64_t close_id = close->coid;
    world_ack(w, close_id);
    world_fill(w, close_id, 10000, 400);
    for (int i = 0; i < 20; i++)
        world_quote(w, 0, 10000, 10002);
    assert_int_equal(world_count(w, WORLD_SUBMIT, from), 1);
    world_fill(w, close_id, 10000, 600);
    assert_int_equal(world_position(w, 0), 0);
    assert_int_equal(mt_engine_stance(w->engine, 0), 0);
    world_free(w);
}

static void reject_newest(struct world *w)
{
    world_report(w, newest(w, WORLD_SUBMIT), MT_ORDER_REJ, 0, 0);
}

static void a_stop_that_is_refused_thrice_closes_the_position(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    world_start(w);
    ask(w, with_stop(1, 1));
    size_t from = w->sent_count;
    world_fill(w, newest(w, WORLD_SUBMIT), 10002, 1000);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(world_count(w, WORLD_SUBMIT, from), (size_t)i + 1);
        assert_int_equal(world_last(w, WORLD_SUBMIT, from)->request.terms.type, MT_TYPE_STOP);
        reject_newest(w);
        world_turn(w);                          /* no pause, no new try: a venue that refuses at once would never let us go */
        assert_int_equal(world_count(w, WORLD_SUBMIT, from), (size_t)i + 1);
        assert_true(mt_engine_wake_ns(w->engine) <= w->now + (MT_NS_PER_S << i));
        w->now += MT_NS_PER_S << i;
        world_turn(w);                          /* the clock is enough, no quote is needed */
    }
    assert_int_equal(world_count(w, WORLD_SUBMIT, from), 4);
    struct world_sent *close = world_last(w, WORLD_SUBMIT, from);
    assert_int_equal(close->request.terms.type, MT_TYPE_MARKET);
    assert_int_equal(close->request.terms.side, -1);
    uint64_t close_id = close->coid;
    world_report(w, close_id, MT_ORDER_REJ, 0, 0);              /* and the close is not given up either */
    w->now += 20 * MT_NS_PER_S;
    world_turn(w);
    assert_int_equal(world_count(w, WORLD_SUBMIT, from), 5);
    world_fill(w, newest(w, WORLD_SUBMIT), 10000, 1000);
    assert_int_equal(world_position(w, 0), 0);
    world_free(w);
}

static void a_replace_that_is_refused_is_asked_again_after_a_pause(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    uint64_t stop = long_with_stop(w);
    size_t from = w->sent_count;
    ask(w, protect_at(99.5));
    for (int i = 0; i < 50; i++)
        world_op(w, stop, MT_REPORT_OP_REFUSED);
    assert_int_equal(world_count(w, WORLD_MODIFY, from), 1);
    w->now += 10 * MT_NS_PER_S;
    world_turn(w);
    assert_int_equal(world_count(w, WORLD_MODIFY, from), 2);
    world_free(w);
}

static void a_cancel_that_is_refused_is_not_asked_without_end(void **state)
{
    struct world *w = world_new(1);
    struct mt_request request = world_request(1);
    (void)state;
    request.has_limit = true;
    request.limit = 99;
    world_start(w);
    ask(w, request);
    uint64_t entry = newest(w, WORLD_SUBMIT);
    world_ack(w, entry);
    ask(w, world_request(0));
    for (int i = 0; i < 100; i++)
        world_op(w, entry, MT_REPORT_OP_REFUSED);
    assert_int_equal(world_count(w, WORLD_CANCEL, 0), 1);
    for (int second = 1; second <= 93; second++) {
        static const int due[] = { 1, 3, 7, 15, 31, 61, 91 };           /* but not given up */
        size_t cancels = 1;
        w->now += MT_NS_PER_S;
        world_turn(w);
        world_op(w, entry, MT_REPORT_OP_REFUSED);
        for (size_t i = 0; i < sizeof due / sizeof *due; i++)
            cancels += second >= due[i];
        assert_int_equal(world_count(w, WORLD_CANCEL, 0), cancels);
    }
    world_report(w, entry, MT_ORDER_CXL, 0, 0);
    assert_int_equal(mt_engine_stance(w->engine, 0), 0);
    world_free(w);
}

static void an_entry_that_never_left_ends_its_leg(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    world_start(w);
    w->next_send = MT_SEND_NOBYTE;
    w->in_mid_instant = true;
    ask(w, world_request(1));
    assert_true(mt_engine_wake_ns(w->engine) <= w->now);
    w->in_mid_instant = false;
    world_turn(w);
    assert_int_equal(mt_engine_stance(w->engine, 0), 0);
    ask(w, world_request(1));
    assert_true(answers[0] > 0);
    assert_int_equal(world_count(w, WORLD_SUBMIT, 0), 2);
    world_free(w);
}

static void a_fill_after_the_leg_has_ended_is_closed(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    world_start(w);
    ask(w, with_stop(1, 1));
    uint64_t entry = newest(w, WORLD_SUBMIT);
    world_report(w, entry, MT_ORDER_CXL, 0, 0);
    assert_int_equal(mt_engine_stance(w->engine, 0), 0);
    world_fill(w, entry, 10002, 300);           /* it had happened before: money moved, and no stop guards it */
    assert_int_equal(world_position(w, 0), 300);
    struct world_sent *close = world_last(w, WORLD_SUBMIT, 1);
    assert_non_null(close);
    assert_int_equal(close->request.terms.side, -1);
    assert_int_equal(close->request.terms.qty, 300);
    assert_true(mt_terms_reduce_only(&close->request.terms));
    world_fill(w, close->coid, 10000, 300);
    assert_int_equal(world_position(w, 0), 0);
    world_free(w);
}

static void an_entry_that_comes_back_beside_a_newer_one_is_canceled(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    world_start(w);
    ask(w, world_request(1));
    uint64_t first = newest(w, WORLD_SUBMIT);
    world_report(w, first, MT_ORDER_REJ, 0, 0);
    ask(w, world_request(1));
    uint64_t second = newest(w, WORLD_SUBMIT);
    assert_int_not_equal(first, second);
    world_ack(w, first);                        /* rejected, and yet it works */
    struct mt_leg_view leg;
    mt_engine_leg(w->engine, 0, 0, &leg);
    assert_int_equal(leg.entry_coid, second);
    assert_int_equal(newest(w, WORLD_CANCEL), first);
    world_free(w);
}

/* Once: what was left of a long's stop was moved to guard a short. */
static void a_stop_of_the_other_side_is_not_reused(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    uint64_t stop = long_with_stop(w);
    ask(w, protect_at(99.5));                   /* a replace is out and stays unanswered */
    size_t from = w->sent_count;
    ask(w, with_stop(-1, 1));
    world_fill(w, world_last(w, WORLD_SUBMIT, from)->coid, 10000, 1000);
    uint64_t entry = newest(w, WORLD_SUBMIT);
    world_fill(w, entry, 10000, 1000);
    assert_int_equal(world_position(w, 0), -1000);
    from = w->sent_count;
    world_op(w, stop, MT_REPORT_REPLACED);
    assert_int_equal(world_count(w, WORLD_MODIFY, from), 0);
    assert_int_equal(newest(w, WORLD_CANCEL), stop);
    world_report(w, stop, MT_ORDER_CXL, 0, 0);
    struct world_sent *guard = world_last(w, WORLD_SUBMIT, from);
    assert_int_equal(guard->request.terms.type, MT_TYPE_STOP);
    assert_int_equal(guard->request.terms.side, 1);
    assert_int_equal(guard->request.terms.stop, 10100);
    world_free(w);
}

/* A fill of nothing, at no price, or beyond all numbers ended the run, and every later one that read the journal. */
static void impossible_fills_are_alarms_and_nothing_else(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    world_start(w);
    ask(w, world_request(1));
    uint64_t entry = newest(w, WORLD_SUBMIT);
    world_fill(w, entry, 10002, 0);
    world_fill(w, entry, 10002, -5);
    world_fill(w, entry, 0, 500);
    world_fill(w, entry, -1, 500);
    assert_int_equal(mt_engine_order(w->engine, entry)->cum, 0);
    assert_int_equal(world_position(w, 0), 0);
    uint64_t anomalies = mt_engine_counts(w->engine)->anomalies;
    assert_int_equal(anomalies, 4);
    for (int event = 0; event < 256; event++) {                 /* what no venue can say */
        bool sane = event >= MT_ORDER_AMB && event <= MT_ORDER_CORR;
        if (!sane)
            world_report(w, entry, (enum mt_order_event)event, 10002, 1000);
    }
    for (int op = MT_REPORT_ABSENT_SAMPLE + 1; op < 256; op++)
        world_op(w, entry, (enum mt_report_op)op);
    assert_int_equal(mt_engine_order(w->engine, entry)->state, MT_ORDER_SENT);
    assert_true(mt_engine_counts(w->engine)->anomalies > anomalies + 250);
    world_fill(w, entry, 10002, 1000);
    assert_int_equal(world_position(w, 0), 1000);
    world_free(w);
}

static void a_correction_is_a_bust_and_a_fill(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    world_start(w);
    ask(w, world_request(1));
    uint64_t entry = newest(w, WORLD_SUBMIT);
    world_fill(w, entry, 10002, 600);
    struct mt_event event = { .time_ns = w->now, .venue_ns = w->now, .kind = MT_EV_REPORT,
        .report = { .coid = entry, .event = MT_ORDER_CORR, .price = 10001, .qty = 500, .cum = -1, .fill_id = w->fill_id } };
    for (int i = 0; i < 2; i++) {               /* told twice, applied once */
        world_push(w, &event);
        world_turn(w);
        assert_int_equal(world_position(w, 0), 500);
        assert_int_equal(mt_engine_order(w->engine, entry)->cum, 500);
    }
    assert_true(mt_ledger_slot(mt_engine_ledger(w->engine), 0, 0)->position.cost == 500 * 10001);
    world_free(w);
}

static void a_phantom_order_after_a_restart_of_the_venue_ends(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    uint64_t stop = long_with_stop(w);
    world_report(w, stop, MT_ORDER_AMB, 0, 0);                  /* the session was lost */
    assert_true(mt_engine_order(w->engine, stop)->stale);
    ask(w, with_stop(1, 1));
    for (int i = 0; i < 59; i++) {
        world_op(w, stop, MT_REPORT_ABSENT_SAMPLE);
        assert_true(mt_engine_order(w->engine, stop)->stale);
        w->now += MT_NS_PER_S;
        world_turn(w);
        assert_int_equal(mt_engine_order(w->engine, stop)->state, MT_ORDER_WORKING);
    }
    world_op(w, stop, MT_REPORT_ABSENT_SAMPLE);
    w->now += 3 * MT_NS_PER_S;
    world_turn(w);
    assert_int_equal(mt_engine_order(w->engine, stop)->state, MT_ORDER_CANCELED);
    assert_int_not_equal(newest(w, WORLD_SUBMIT), stop);        /* and the position has a stop again */
    world_free(w);
}

static void a_target_that_expired_can_be_asked_again(void **state)
{
    struct world *w = world_new(1);
    struct mt_request request = { .kind = MT_ASK_TARGET, .qty = 1, .take_count = -1, .has_limit = true, .limit = 99 };
    (void)state;
    world_start(w);
    ask(w, request);
    uint64_t first = newest(w, WORLD_SUBMIT);
    world_ack(w, first);
    world_fill(w, first, 9900, 400);
    ask(w, request);
    assert_int_equal((int)answers[0], -MT_CODE_ALREADY);
    world_report(w, first, MT_ORDER_EXP, 0, 0);
    ask(w, request);
    assert_true(answers[0] > 0);
    assert_int_equal(world_last(w, WORLD_SUBMIT, 0)->request.terms.qty, 600);
    request.qty = -1;                           /* the other way: first the definite end of what works */
    ask(w, request);
    assert_int_equal(world_count(w, WORLD_SUBMIT, 0), 2);
    uint64_t second = newest(w, WORLD_SUBMIT);
    assert_int_equal(newest(w, WORLD_CANCEL), second);
    world_fill(w, second, 9900, 100);
    world_report(w, second, MT_ORDER_CXL, 0, 0);
    assert_int_equal(world_count(w, WORLD_SUBMIT, 0), 3);
    assert_int_equal(world_last(w, WORLD_SUBMIT, 0)->request.terms.qty, 1500);
    world_free(w);
}

static void requests_of_one_call_see_each_other(void **state)
{
    struct world *w = world_new(1);
    struct mt_request target = { .kind = MT_ASK_TARGET, .qty = 1, .take_count = -1 };
    (void)state;
    world_start(w);
    wanted[0] = world_request(1);
    wanted[1] = target;
    wanted_count = 2;
    w->on_quote = ask_all;
    world_quote(w, 0, 10000, 10002);
    assert_true(answers[0] > 0);
    assert_int_equal((int)answers[1], -MT_CODE_MIXED_VERBS);
    world_free(w);

    w = world_new(1);
    world_start(w);
    wanted[0] = target;
    wanted[1] = target;
    wanted[1].qty = 2;
    wanted[2] = target;
    wanted_count = 3;
    w->on_quote = ask_all;
    world_quote(w, 0, 10000, 10002);
    assert_true(answers[0] > 0 && answers[1] == answers[0] + 1 && answers[2] == answers[0] + 2);
    assert_int_equal(world_count(w, WORLD_SUBMIT, 0), 1);       /* the others were withdrawn before they left */
    assert_int_equal(world_last(w, WORLD_SUBMIT, 0)->request.terms.qty, 1000);
    world_free(w);
}

static int chain_left;
static double chain_ids[8];
static void chain(struct world *w)
{
    struct mt_request request = world_request(chain_left % 2 ? 1 : -1);
    if (chain_left > 0)
        chain_ids[--chain_left] = world_ask(w, &request);
}
static uint64_t verdict_ids[8];
static int verdict_count;
static int note_verdict(void *ud, const struct mt_engine *engine, const struct mt_record *record)
{
    (void)ud, (void)engine;
    if (record->kind == MT_REC_DECISION && verdict_count < 8)
        verdict_ids[verdict_count++] = ((const struct mt_rec_decision *)record->payload)->signal.id;
    return 0;
}

/* The id that a request returns is the id that its verdict names, also when on_signal asks again. */
static void ids_are_what_was_promised(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    w->setup.observer.record = note_verdict;
    w->on_signal = chain;
    chain_left = 5;
    verdict_count = 0;
    world_start(w);
    wanted[0] = world_request(1);
    wanted[1] = world_request(-1);
    wanted_count = 2;
    w->on_quote = ask_all;
    world_quote(w, 0, 10000, 10002);
    assert_true(verdict_count >= 4);
    assert_int_equal(verdict_ids[0], (uint64_t)answers[0]);
    assert_int_equal(verdict_ids[1], (uint64_t)answers[1]);
    int seen = 2;
    for (int i = 4; i >= 0; i--)
        if (chain_ids[i] > 0 && seen < verdict_count)
            assert_int_equal(verdict_ids[seen++], (uint64_t)chain_ids[i]);
    assert_int_equal(seen, verdict_count);
    world_free(w);
}

static void protect_only_tightens(void **state)
{
    static const struct { int side; double price; bool widen; int code; } cases[] = {
        { 1, 98.00, false, MT_CODE_WIDENS }, { 1, 99.02, false, 0 }, { 1, 99.50, false, 0 }, { 1, 98.00, true, 0 },
        { -1, 102.0, false, MT_CODE_WIDENS }, { -1, 101.00, false, 0 }, { -1, 100.7, false, 0 }, { -1, 102.0, true, 0 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct world *w = world_new(1);
        world_start(w);
        ask(w, with_stop(cases[i].side, 1));
        world_fill(w, newest(w, WORLD_SUBMIT), cases[i].side > 0 ? 10002 : 10000, 1000);
        uint64_t stop = newest(w, WORLD_SUBMIT);
        world_ack(w, stop);
        struct mt_request request = protect_at(cases[i].price);
        request.widen = cases[i].widen;
        ask(w, request);
        if (cases[i].code)
            assert_int_equal((int)answers[0], -cases[i].code);
        else
            assert_true(answers[0] > 0);
        world_free(w);
    }
    /* Before the first fill two prices compare by the side that is wanted. */
    struct world *w = world_new(1);
    struct mt_request request = world_request(1);
    request.stop = (struct mt_request_level){ .value = 99, .kind = MT_LEVEL_PRICE };
    world_start(w);
    ask(w, request);
    ask(w, protect_at(98));
    assert_int_equal((int)answers[0], -MT_CODE_WIDENS);
    ask(w, protect_at(99.5));
    assert_true(answers[0] > 0);
    world_free(w);
}

static void numbers_are_taken_to_the_nearest_unit(void **state)
{
    struct world *w = world_new(1);
    struct mt_request request = world_request(1);
    (void)state;
    request.size = 0.29;                        /* 0.29 * 10^9 is 289 999 999.99999994 in doubles */
    world_start(w);
    ask(w, request);
    assert_int_equal(world_last(w, WORLD_SUBMIT, 0)->request.terms.qty, 290);
    world_free(w);
}

static void nonsense_at_the_border(void **state)
{
    struct world *w = world_new(1);
    struct mt_request bad[7];
    (void)state;
    for (int i = 0; i < 7; i++)
        bad[i] = world_request(1);
    bad[0].stop = (struct mt_request_level){ .value = 1, .kind = 7 };
    bad[1].stop = (struct mt_request_level){ .value = 1, .kind = -1 };
    bad[2].trail = (struct mt_request_level){ .value = 100, .kind = MT_LEVEL_PRICE };
    bad[3].ttl = 1e-12;
    bad[4].take_count = -2;
    bad[5].time = 1e-12;
    bad[6].take_count = MT_TAKES_MAX + 1;
    world_start(w);
    for (int i = 0; i < 7; i++) {
        ask(w, bad[i]);
        assert_int_equal((int)answers[0], -MT_CODE_FIELD_INVALID);
    }
    struct mt_diag diag = { 0 };
    assert_int_equal(mt_engine_operator(w->engine, w->now, MT_OPERATOR_HALT, 1, -1, "t", "", &diag), MT_ERANGE);
    assert_int_equal(mt_engine_operator(w->engine, w->now, MT_OPERATOR_HALT, 0, 2, "t", "", &diag), MT_ERANGE);
    world_free(w);
}

/* keep leaves a part, with its stop, and the stance; what is left can be closed. */
static void keep_half_keeps_half(void **state)
{
    struct world *w = world_new(1);
    struct mt_request request = world_request(0);
    (void)state;
    uint64_t stop = long_with_stop(w);
    request.has_keep = true;
    request.keep = 0.5;
    ask(w, request);
    uint64_t close = newest(w, WORLD_SUBMIT);
    assert_int_equal(world_last(w, WORLD_SUBMIT, 0)->request.terms.qty, 500);
    world_fill(w, close, 10000, 500);
    assert_int_equal(mt_engine_stance(w->engine, 0), 1);
    assert_int_equal(newest(w, WORLD_MODIFY), stop);
    assert_int_equal(world_last(w, WORLD_MODIFY, 0)->qty, 500);
    ask(w, world_request(0));
    world_fill(w, newest(w, WORLD_SUBMIT), 10000, 500);
    assert_int_equal(world_position(w, 0), 0);
    assert_int_equal(mt_engine_stance(w->engine, 0), 0);
    world_free(w);
}

static void a_close_that_is_denied_goes_when_the_halt_ends(void **state)
{
    struct world *w = world_new(1);
    struct mt_diag diag = { 0 };
    (void)state;
    long_with_stop(w);
    assert_int_equal(mt_engine_operator(w->engine, w->now, MT_OPERATOR_HALT, 0, -1, "t", "", &diag), 0);
    size_t from = w->sent_count;
    /* An operator's flatten waits, and says so; a strategy's `flat` is refused (test_leg.c). */
    assert_int_equal(mt_engine_operator(w->engine, w->now, MT_OPERATOR_FLATTEN, 0, -1, "t", "", &diag), MT_EREFUSED);
    uint64_t intents = mt_engine_counts(w->engine)->intents;
    for (int i = 0; i < 10; i++)
        world_quote(w, 0, 10000, 10002);
    assert_int_equal(mt_engine_counts(w->engine)->intents, intents);    /* denied once in the journal, not ten times */
    assert_int_equal(world_count(w, WORLD_SUBMIT, from), 0);
    assert_int_equal(mt_engine_operator(w->engine, w->now, MT_OPERATOR_RESUME, -1, -1, "t", "", &diag), 0);
    world_quote(w, 0, 10000, 10002);
    assert_int_equal(world_count(w, WORLD_SUBMIT, from), 1);    /* resume of all reaches the account's own halt */
    world_free(w);
}

/* A stop that is refused by the checks is tried again with the market, also when a take after it was accepted. */
static void a_denied_stop_is_not_forgotten_behind_an_accepted_take(void **state)
{
    struct world *w = world_new(1);
    struct mt_request request = with_stop(1, 0.2);
    (void)state;
    w->instruments[0].stop_level = 50;
    request.take_count = 1;
    request.takes[0] = (struct mt_request_level){ .value = 1, .part = 0.5, .kind = MT_LEVEL_DISTANCE };
    world_start(w);
    ask(w, request);
    world_fill(w, newest(w, WORLD_SUBMIT), 10002, 1000);
    assert_int_equal(world_count(w, WORLD_SUBMIT, 1), 1);
    assert_int_equal(world_last(w, WORLD_SUBMIT, 1)->request.terms.type, MT_TYPE_LIMIT);
    uint64_t intents = mt_engine_counts(w->engine)->intents;
    for (int i = 0; i < 5; i++)
        world_quote(w, 0, 10000, 10002);
    assert_int_equal(mt_engine_counts(w->engine)->intents, intents);
    world_quote(w, 0, 10040, 10042);
    assert_int_equal(world_last(w, WORLD_SUBMIT, 1)->request.terms.type, MT_TYPE_STOP);
    assert_int_equal(world_last(w, WORLD_SUBMIT, 1)->request.terms.stop, 9982);
    world_free(w);
}

static void an_overfill_is_booked_and_halts_the_account(void **state)
{
    struct world *w = world_new(2);
    (void)state;
    world_start(w);
    ask(w, world_request(1));
    uint64_t entry = w->sent[0].coid;
    world_fill(w, entry, 10002, 1000);
    world_fill(w, entry, 10002, 500);
    assert_int_equal(world_position(w, 0), 1500);
    assert_int_equal(mt_risk_state(mt_engine_risk(w->engine), 0, 0), MT_HALTED);
    assert_int_equal(mt_risk_state(mt_engine_risk(w->engine), 1, 0), MT_ACTIVE);
    world_free(w);
}

static void a_kill_without_an_answer_asks_again_each_second(void **state)
{
    struct world *w = world_new(1);
    struct mt_diag diag = { 0 };
    (void)state;
    uint64_t stop = long_with_stop(w);
    ask(w, protect_at(99.5));                   /* a replace is out: the cancel must wait for its answer */
    size_t from = w->sent_count;
    assert_int_equal(mt_engine_operator(w->engine, w->now, MT_OPERATOR_KILL, -1, -1, "t", "", &diag), 0);
    assert_int_equal(world_count(w, WORLD_CANCEL, from), 0);
    world_op(w, stop, MT_REPORT_REPLACED);
    w->now += 2 * MT_NS_PER_S;
    world_turn(w);
    assert_int_equal(newest(w, WORLD_CANCEL), stop);
    for (int i = 0; i < 10; i++) {              /* the cancel is never answered: unknown, asked for */
        w->now += 2 * MT_NS_PER_S;
        world_turn(w);
    }
    assert_int_equal(mt_engine_order(w->engine, stop)->op, MT_OP_CANCEL_SENT);
    assert_true(world_count(w, WORLD_CANCEL, from) >= 2);
    world_free(w);
}

/* The journal takes no more: nothing new leaves, what is open is canceled, and the turn says so (5.3). */
static void a_dead_journal_lets_nothing_leave(void **state)
{
    struct world *w = world_new(1);
    struct mt_request request = world_request(1);
    struct mt_diag diag = { 0 };
    char dir[] = "/tmp/mtfaults.XXXXXX", command[64];
    (void)state;
    assert_non_null(mkdtemp(dir));
    struct mt_journal_options options = { .dir = dir, .host_id = 1, .policy = MT_POLICY_NONE, .fault = "write_enospc",
                                          .fault_at = 5 };
    mt_journal_close(w->journal, NULL);
    assert_int_equal(mt_journal_open(&w->journal, &options, 1, NULL, NULL, &diag), 0);
    w->setup.journal = w->journal;
    request.has_limit = true;
    request.limit = 99;
    world_start(w);
    int rc = 0;
    for (int i = 0; i < 20 && rc == 0; i++) {
        request.side = i % 2 ? 0 : 1;
        wanted[0] = request;
        wanted_count = 1;
        w->on_quote = ask_all;
        w->now += MT_NS_PER_S;
        struct mt_event event = { .time_ns = w->now, .venue_ns = w->now, .kind = MT_EV_QUOTE, .quote = { 10000, 10002, 0, 0, MT_QUOTE_BOTH } };
        world_push(w, &event);
        size_t from = w->sent_count;
        rc = mt_engine_turn(w->engine, w->now, &diag);
        if (rc != 0)
            assert_int_equal(world_count(w, WORLD_SUBMIT, from), 0);
    }
    assert_int_equal(rc, MT_EFULL);
    assert_true(diag.text[0] != 0);
    assert_non_null(world_last(w, WORLD_CANCEL, 0));
    size_t from = w->sent_count;
    w->on_quote = ask_all;
    assert_int_equal(mt_engine_turn(w->engine, w->now + 1, &diag), MT_EFULL);   /* and stays dead */
    assert_int_equal(w->sent_count, from);
    world_free(w);
    snprintf(command, sizeof command, "rm -rf %s", dir);
    assert_int_equal(system(command), 0);
}

static void a_clean_stop_closes_and_takes_no_new_entry(void **state)
{
    struct world *w = world_new(1);
    struct mt_diag diag = { 0 };
    (void)state;
    w->setup.flatten_at_stop = true;
    long_with_stop(w);
    size_t from = w->sent_count;
    assert_int_equal(mt_engine_stop(w->engine, w->now, "test", &diag), 0);
    assert_false(mt_engine_idle(w->engine));
    struct world_sent *close = world_last(w, WORLD_SUBMIT, from);
    assert_int_equal(close->request.terms.side, -1);
    uint64_t stop = w->sent[1].coid;
    ask(w, world_request(-1));
    assert_int_equal((int)answers[0], -MT_CODE_STRATEGY_DISABLED);
    world_fill(w, world_last(w, WORLD_SUBMIT, from)->coid, 10000, 1000);
    assert_int_equal(newest(w, WORLD_CANCEL), stop);
    assert_false(mt_engine_idle(w->engine));    /* the stop's cancel has no answer yet */
    world_report(w, stop, MT_ORDER_CXL, 0, 0);
    assert_true(mt_engine_idle(w->engine));
    assert_int_equal(mt_engine_end(w->engine, w->now, 0, 0, &diag), 0);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stop_moved_beyond_the_market_closes_once),
        cmocka_unit_test(a_stop_that_is_refused_thrice_closes_the_position),
        cmocka_unit_test(a_replace_that_is_refused_is_asked_again_after_a_pause),
        cmocka_unit_test(a_cancel_that_is_refused_is_not_asked_without_end),
        cmocka_unit_test(an_entry_that_never_left_ends_its_leg),
        cmocka_unit_test(a_fill_after_the_leg_has_ended_is_closed),
        cmocka_unit_test(an_entry_that_comes_back_beside_a_newer_one_is_canceled),
        cmocka_unit_test(a_stop_of_the_other_side_is_not_reused),
        cmocka_unit_test(impossible_fills_are_alarms_and_nothing_else),
        cmocka_unit_test(a_correction_is_a_bust_and_a_fill),
        cmocka_unit_test(a_phantom_order_after_a_restart_of_the_venue_ends),
        cmocka_unit_test(a_target_that_expired_can_be_asked_again),
        cmocka_unit_test(requests_of_one_call_see_each_other),
        cmocka_unit_test(ids_are_what_was_promised),
        cmocka_unit_test(protect_only_tightens),
        cmocka_unit_test(numbers_are_taken_to_the_nearest_unit),
        cmocka_unit_test(nonsense_at_the_border),
        cmocka_unit_test(keep_half_keeps_half),
        cmocka_unit_test(a_close_that_is_denied_goes_when_the_halt_ends),
        cmocka_unit_test(a_denied_stop_is_not_forgotten_behind_an_accepted_take),
        cmocka_unit_test(an_overfill_is_booked_and_halts_the_account),
        cmocka_unit_test(a_dead_journal_lets_nothing_leave),
        cmocka_unit_test(a_clean_stop_closes_and_takes_no_new_entry),
        cmocka_unit_test(a_kill_without_an_answer_asks_again_each_second),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
