/* Reports, fault by fault: what a confused venue or an unknown name must not do to the money. */
#include "report_kit.h"

/* --- who is not ours -------------------- */

static void an_unknown_order_moves_nothing_and_is_an_alarm(void **state)
{
    static const enum mt_order_event events[] = { MT_ORDER_ACK,   MT_ORDER_REJ,  MT_ORDER_FILLP,
                                                  MT_ORDER_FILLX, MT_ORDER_CXL,  MT_ORDER_EXP,
                                                  MT_ORDER_BUST,  MT_ORDER_CORR, MT_ORDER_AMB };
    struct world *w = world_new(1);
    (void)state;
    world_start(w);
    world_quote(w, 0, 10000, 10002);
    for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
        uint64_t before = anomalies(w);
        report(w, (struct mt_report){ .coid = 777, .event = (uint8_t)events[i], .price = 10000, .qty = 500, .cum = 500,
                                      .fill_id = 5, .venue_order_id = 40 + i });
        assert_true(anomalies(w) > before);
    }
    for (unsigned op = MT_REPORT_REPLACED; op <= MT_REPORT_ABSENT_SAMPLE; op++) {
        uint64_t before = anomalies(w);
        report(w, (struct mt_report){ .coid = 777, .op = (uint8_t)op, .cum = -1 });
        assert_true(anomalies(w) > before);
    }
    report(w, (struct mt_report){ .coid = 777, .event = MT_ORDER_PASS });
    assert_int_equal(world_position(w, 0), 0);
    assert_int_equal(w->sent_count, 0);
    world_free(w);
}

/* A report that comes before a byte has left is a confused venue's: kept, alarmed, and the order goes out unharmed. */
static void reports_for_an_order_that_has_not_left(void **state)
{
    static const enum mt_order_event events[] = { MT_ORDER_ACK,   MT_ORDER_REJ,  MT_ORDER_FILLP,
                                                  MT_ORDER_FILLX, MT_ORDER_CXL,  MT_ORDER_EXP,
                                                  MT_ORDER_BUST,  MT_ORDER_CORR, MT_ORDER_AMB };
    (void)state;
    for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
        struct world *w = world_new(1);
        struct mt_request request = world_request(1);
        world_start(w);
        world_want(w, &request, 1);
        struct mt_event quote = {
            .time_ns = ++w->now, .venue_ns = w->now, .kind = MT_EV_QUOTE, .quote = { 10000, 10002, 0, 0, MT_QUOTE_BOTH }
        };
        world_push(w, &quote);
        push_report(w,
                    (struct mt_report){
                        .coid = 1, .event = (uint8_t)events[i], .price = 10000, .qty = 1000, .cum = -1, .fill_id = 9 });
        world_turn(w);
        assert_true(anomalies(w) > 0);
        assert_int_equal(world_position(w, 0), 0);
        assert_int_equal(world_count(w, WORLD_SUBMIT, 0), 1);
        assert_int_equal(order(w, 1)->state, MT_ORDER_SENT);
        world_free(w);
    }
}

/* --- cumulative news (note 8) -------------------- */

static void cumulative_news_becomes_a_fill_at_the_best_known_price(void **state)
{
    static const struct {
        int64_t told;
        bool limit;
        int64_t price;
    } cases[] = { { 9950, true, 9950 }, { 0, true, 9900 }, { 0, false, 10002 } };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct world *w = world_new(1);
        world_start(w);
        assert_true(world_ask_now(w, cases[i].limit ? limit_entry(1, 99) : world_request(1)) > 0);
        report(w, (struct mt_report){ .coid = 1, .event = MT_ORDER_CXL, .price = cases[i].told,
                                       .has_price = cases[i].told != 0, .cum = 400 });
        assert_int_equal(order(w, 1)->state, MT_ORDER_CANCELED);
        assert_int_equal(order(w, 1)->cum, 400);
        assert_int_equal(world_position(w, 0), 400);
        assert_true(order(w, 1)->cost == (mt_i128)400 * cases[i].price);
        world_free(w);
    }
}

static void a_report_that_carries_its_own_quantity_makes_no_second_fill(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    world_start(w);
    world_ask_now(w, world_request(1));
    report(w, (struct mt_report){
                  .coid = 1, .event = MT_ORDER_FILLX, .price = 10002, .qty = 1000, .cum = 1000, .fill_id = 1 });
    assert_int_equal(world_position(w, 0), 1000);
    assert_int_equal(mt_engine_counts(w->engine)->fills, 1);
    /* A bust whose cum is above ours (it was sent before the next fill) is a bust and nothing else. */
    report(w, (struct mt_report){
                  .coid = 1, .event = MT_ORDER_BUST, .price = 10002, .qty = 1000, .cum = 1500, .fill_id = 1 });
    assert_int_equal(order(w, 1)->cum, 0);
    assert_int_equal(world_position(w, 0), 0);
    world_free(w);
}

/* --- terms that the venue amends (note 1) -------------------- */

static void an_amended_quantity_is_what_fills(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    world_start(w);
    world_ask_now(w, limit_entry(1, 99));
    report(w, (struct mt_report){ .coid = 1, .event = MT_ORDER_ACK, .qty = 800, .cum = -1 });
    assert_int_equal(order(w, 1)->terms.qty, 800);
    assert_int_equal(order(w, 1)->terms.price, 9900);
    assert_int_equal(mt_ledger_slot(mt_engine_ledger(w->engine), 0, 0)->buys, 800);
    report(w, (struct mt_report){
                  .coid = 1, .event = MT_ORDER_FILLP, .price = 9900, .qty = 800, .cum = -1, .fill_id = 1 });
    assert_int_equal(order(w, 1)->state, MT_ORDER_FILLED);
    world_free(w);
}

/* The answer to a replace is lost: the quantity in the next news tells which terms are in force. */
static void a_lost_replace_is_settled_by_the_quantity(void **state)
{
    static const struct { int64_t qty, known; } cases[] = { { 0, 0 }, { 1000, 0 }, { 500, 500 } };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct world *w = world_new(1);
        uint64_t stop = working_stop(w);
        struct mt_request half = world_request(0);
        half.has_keep = true;
        half.keep = 0.5;
        world_ask_now(w, half);
        w->next_modify = MT_SEND_AMB;
        world_fill(w, world_newest(w, WORLD_SUBMIT), 10000, 500);
        assert_int_equal(order(w, stop)->op, MT_OP_REPLACE_UNKNOWN);
        assert_int_equal(order(w, stop)->terms.qty, 1000);
        assert_int_equal(mt_ledger_slot(mt_engine_ledger(w->engine), 0, 0)->reduce_sells, 1000); /* the worse of both */
        size_t from = w->sent_count;
        later(w, 1);
        assert_int_equal(world_count(w, WORLD_QUERY, from), 1);
        assert_int_equal(world_count(w, WORLD_MODIFY, from), 0);        /* never repeated on a guess */
        report(w, (struct mt_report){ .coid = stop, .event = MT_ORDER_ACK, .qty = cases[i].qty, .cum = -1 });
        if (cases[i].known) {
            assert_int_equal(order(w, stop)->terms.qty, cases[i].known);
            assert_int_equal(order(w, stop)->op, MT_OP_NONE);
            assert_int_equal(world_count(w, WORLD_MODIFY, from), 0);
        } else {
            assert_int_equal(order(w, stop)->op, MT_OP_REPLACE_SENT);   /* old terms: asked for again, absolutely */
            assert_int_equal(world_last(w, WORLD_MODIFY, from)->qty, 500);
        }
        world_free(w);
    }
}

/* A quantity that is neither the old nor the wished one: the venue's word is the terms, an alarm, and what is reserved;
 * the plan goes on from there. */
static void a_third_quantity_is_what_the_venue_says(void **state)
{
    static const struct { unsigned event, op; bool lost; int64_t qty, terms; unsigned is; } cases[] = {
        { MT_ORDER_ACK, MT_REPORT_NO_OP, true, 700, 700, MT_ORDER_WORKING },
        { MT_ORDER_ACK, MT_REPORT_NO_OP, true, 1300, 1300, MT_ORDER_WORKING },
        { MT_ORDER_ACK, MT_REPORT_NO_OP, true, 200, 200, MT_ORDER_WORKING },
        { 0, MT_REPORT_REPLACED, true, 700, 700, MT_ORDER_WORKING },
        { 0, MT_REPORT_REPLACED, false, 700, 700, MT_ORDER_WORKING },
        { 0, MT_REPORT_REPLACED, false, 1300, 1300, MT_ORDER_WORKING },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct world *w = world_new(1);
        uint64_t stop = working_stop(w);
        struct mt_request half = world_request(0);
        half.has_keep = true;
        half.keep = 0.5;
        world_ask_now(w, half);
        w->next_modify = cases[i].lost ? MT_SEND_AMB : MT_SEND_OUT;
        world_fill(w, world_newest(w, WORLD_SUBMIT), 10000, 500);
        uint64_t before = anomalies(w);
        size_t from = w->sent_count;
        struct mt_event event = { .time_ns = w->now, .venue_ns = w->now, .kind = MT_EV_REPORT,
            .report = { .coid = stop, .event = (uint8_t)cases[i].event, .op = (uint8_t)cases[i].op, .qty = cases[i].qty,
                        .cum = -1 } };
        world_push(w, &event);
        world_turn(w);
        assert_int_equal(anomalies(w), before + 1);
        assert_int_equal(order(w, stop)->terms.qty, cases[i].terms);
        assert_int_equal(order(w, stop)->state, cases[i].is);
        assert_int_equal(world_count(w, WORLD_QUERY, from), 1);
        /* The plan asks for what it wants, and until that is answered the larger of the two is reserved. */
        assert_int_equal(order(w, stop)->op, MT_OP_REPLACE_SENT);
        assert_int_equal(world_last(w, WORLD_MODIFY, from)->qty, 500);
        int64_t most = cases[i].terms > 500 ? cases[i].terms : 500;
        assert_int_equal(mt_ledger_slot(mt_engine_ledger(w->engine), 0, 0)->reduce_sells, most);
        world_op(w, stop, MT_REPORT_REPLACED);
        assert_int_equal(order(w, stop)->terms.qty, 500);
        assert_int_equal(mt_ledger_slot(mt_engine_ledger(w->engine), 0, 0)->reduce_sells, 500);
        world_free(w);
    }
}

/* An old answer that comes when nothing is awaited changes nothing, but its other quantity is asked about; what the
 * answer then says counts. */
static void an_old_answer_to_a_replace_is_asked_about(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    uint64_t stop = working_stop(w);
    uint64_t before = anomalies(w);
    size_t from = w->sent_count;
    report(w, (struct mt_report){ .coid = stop, .op = MT_REPORT_REPLACED, .qty = 1000, .cum = -1 });
    assert_int_equal(anomalies(w), before);
    report(w, (struct mt_report){ .coid = stop, .op = MT_REPORT_REPLACED, .qty = 700, .cum = -1 });
    assert_int_equal(order(w, stop)->terms.qty, 1000);
    assert_int_equal(anomalies(w), before + 1);
    assert_int_equal(world_count(w, WORLD_QUERY, from), 1);
    report(w, (struct mt_report){ .coid = stop, .event = MT_ORDER_ACK, .qty = 700, .cum = -1 });
    assert_int_equal(order(w, stop)->op == MT_OP_REPLACE_SENT ? order(w, stop)->wished.qty : 0, 1000);
    assert_int_equal(order(w, stop)->terms.qty, 700);
    world_free(w);
}

/* While a cancel is out, too: what it is canceled of is what the venue has. */
static void a_third_quantity_while_a_cancel_is_out(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    world_start(w);
    world_ask_now(w, limit_entry(1, 99));
    world_ack(w, 1);
    world_ask_now(w, world_request(0));
    assert_int_equal(order(w, 1)->op, MT_OP_CANCEL_SENT);
    uint64_t before = anomalies(w);
    report(w, (struct mt_report){ .coid = 1, .event = MT_ORDER_ACK, .qty = 1500, .cum = -1 });
    assert_int_equal(anomalies(w), before + 1);
    assert_int_equal(order(w, 1)->op, MT_OP_CANCEL_SENT);
    assert_int_equal(order(w, 1)->terms.qty, 1500);
    assert_int_equal(mt_ledger_slot(mt_engine_ledger(w->engine), 0, 0)->buys, 1500);
    world_report(w, 1, MT_ORDER_CXL, 0, 0);
    assert_int_equal(mt_ledger_slot(mt_engine_ledger(w->engine), 0, 0)->buys, 0);
    world_free(w);
}

/* While an answer is out, a quantity in other news is of the terms before or after it: it is not adopted. */
static void a_quantity_seen_while_an_answer_is_out_is_not_adopted(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    uint64_t stop = working_stop(w);
    protect(w, 99.5);
    assert_int_equal(order(w, stop)->op, MT_OP_REPLACE_SENT);
    report(w, (struct mt_report){ .coid = stop, .event = MT_ORDER_ACK, .qty = 700, .cum = -1 });
    assert_int_equal(order(w, stop)->op, MT_OP_REPLACE_SENT);
    assert_int_equal(order(w, stop)->terms.qty, 1000);
    world_op(w, stop, MT_REPORT_REPLACED);
    assert_int_equal(order(w, stop)->terms.qty, 1000);
    assert_int_equal(order(w, stop)->terms.stop, 9950);
    world_free(w);
}

/* The event of a report that answers an operation means nothing, whatever stands in it. */
static void the_event_beside_an_answer_means_nothing(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    uint64_t stop = working_stop(w);
    protect(w, 99.5);
    report(w,
           (struct mt_report){ .coid = stop, .event = MT_ORDER_REJ, .op = MT_REPORT_OP_REFUSED, .code = 9, .cum = -1 });
    assert_int_equal(order(w, stop)->state, MT_ORDER_WORKING);
    assert_int_equal(order(w, stop)->code, 0);
    assert_int_equal(order(w, stop)->op, MT_OP_NONE);
    report(w,
           (struct mt_report){ .coid = stop, .event = MT_ORDER_ACK, .op = MT_REPORT_OP_REFUSED, .qty = 1, .cum = -1 });
    assert_int_equal(order(w, stop)->terms.qty, 1000);
    assert_int_equal(order(w, stop)->terms.stop, 9902);
    report(w, (struct mt_report){ .coid = stop, .event = MT_ORDER_FILLX, .op = MT_REPORT_ABSENT_SAMPLE, .qty = 1000,
                                  .price = 9900, .fill_id = 50, .cum = -1 });
    assert_int_equal(world_position(w, 0), 1000);
    world_free(w);
}

/* --- busts -------------------- */

static void a_bust_that_the_position_cannot_take_is_an_alarm(void **state)
{
    const int64_t much = INT64_C(4600000000000000000);
    struct world *w = world_new(1);
    uint64_t in[2], out[2], fills[3];
    (void)state;
    world_start(w);
    for (int i = 0; i < 2; i++) {
        in[i] = world_enter(w, world_request(1));
        world_ask_now(w, world_request(0));
        out[i] = world_newest(w, WORLD_SUBMIT);
        world_fill(w, out[i], 10000, 1000);
        assert_int_equal(world_position(w, 0), 0);
    }
    for (int i = 0; i < 3; i++) {               /* far more than was ordered, and back: the venue's books are wrong */
        world_fill(w, in[i / 2], 1, much);
        fills[i] = w->fill_id;
        world_fill(w, out[i / 2], 1, much);
        assert_int_equal(world_position(w, 0), 0);
    }
    for (int i = 0; i < 2; i++)
        report(w, (struct mt_report){ .coid = in[0], .event = MT_ORDER_BUST, .cum = -1, .fill_id = fills[i] });
    assert_int_equal(world_position(w, 0), -2 * much);
    uint64_t before = anomalies(w);
    report(w, (struct mt_report){ .coid = in[1], .event = MT_ORDER_BUST, .cum = -1, .fill_id = fills[2] });
    assert_int_equal(world_position(w, 0), -2 * much);
    assert_int_equal(order(w, in[1])->cum, 1000 + much);
    assert_true(anomalies(w) > before);
    world_free(w);
}

/* --- what the law says of the unlikely -------------------- */

/* Table 2.3: WORKING x absent is CANCELED (A); I8. */
static void an_order_that_proves_absent_while_it_worked_is_an_alarm(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    world_start(w);
    world_enter(w, world_with_stop(1, 1));
    uint64_t stop = world_newest(w, WORLD_SUBMIT);
    world_ack(w, stop);
    world_report(w, stop, MT_ORDER_AMB, 0, 0);
    uint64_t before = anomalies(w);
    for (int i = 0; i < 65; i++) {
        world_op(w, stop, MT_REPORT_ABSENT_SAMPLE);
        w->now += MT_NS_PER_S;
        world_turn(w);
    }
    assert_int_equal(order(w, stop)->state, MT_ORDER_CANCELED);
    assert_int_equal(anomalies(w), before + 1);
    world_free(w);
}

/* I8: REJECTED x ack is WORKING (A), also where the venue amended the quantity. */
static void a_rejected_order_that_works_with_another_quantity_is_an_alarm(void **state)
{
    (void)state;
    for (int64_t qty = 800; qty <= 1000; qty += 200) {
        struct world *w = world_new(1);
        world_start(w);
        world_ask_now(w, world_request(1));
        world_report(w, 1, MT_ORDER_REJ, 0, 0);
        uint64_t before = anomalies(w);
        report(w, (struct mt_report){ .coid = 1, .event = MT_ORDER_ACK, .qty = qty, .cum = -1 });
        assert_int_equal(order(w, 1)->terms.qty, qty);
        assert_int_equal(order(w, 1)->state, MT_ORDER_WORKING);
        assert_int_equal(anomalies(w), before + 1);
        world_free(w);
    }
}

/* A fill of nothing, or at no price, annuls what a cumulative report had proved, and no later report can restore it. */
static void a_fill_of_nothing_does_not_undo_a_synthetic_fill(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct world *w = world_new(1);
        world_start(w);
        world_ask_now(w, world_request(1));
        report(w, (struct mt_report){ .coid = 1, .event = MT_ORDER_ACK, .cum = 400 });
        assert_int_equal(world_position(w, 0), 400);
        report(w, (struct mt_report){ .coid = 1, .event = MT_ORDER_FILLP, .price = i ? 0 : 10002, .qty = i ? 400 : 0, .cum = -1,
                                      .fill_id = 7 });
        report(w, (struct mt_report){ .coid = 1, .event = MT_ORDER_ACK, .cum = 400 });
        assert_int_equal(world_position(w, 0), 400);
        assert_int_equal(order(w, 1)->cum, 400);
        world_free(w);
    }
}

/* 2.6: a bust of a fill that is not known yet is kept: the fill that comes after it is dead already. */
static void a_bust_before_its_fill_is_kept(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    world_start(w);
    world_ask_now(w, world_request(1));
    world_fill(w, 1, 10002, 300);
    report(w, (struct mt_report){ .coid = 1, .event = MT_ORDER_BUST, .price = 10002, .qty = 400, .cum = -1, .fill_id = 77 });
    report(w, (struct mt_report){ .coid = 1, .event = MT_ORDER_FILLP, .price = 10002, .qty = 400, .cum = -1, .fill_id = 77 });
    assert_int_equal(world_position(w, 0), 300);
    assert_int_equal(order(w, 1)->cum, 300);
    world_free(w);
}

/* After an annulled fill nothing is made up out of a cumulative quantity, but it is not passed over in silence either. */
static void more_than_is_known_after_a_bust_is_never_silent(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    world_start(w);
    world_ask_now(w, world_request(1));
    world_ack(w, 1);
    report(w, (struct mt_report){ .coid = 1, .event = MT_ORDER_BUST, .price = 10002, .qty = 400, .cum = -1, .fill_id = 77 });
    uint64_t before = anomalies(w);
    report(w, (struct mt_report){ .coid = 1, .event = MT_ORDER_CXL, .cum = 500 });
    assert_int_equal(order(w, 1)->state, MT_ORDER_CANCELED);
    assert_int_equal(world_position(w, 0), 0);
    assert_true(anomalies(w) > before);
    world_free(w);
}

/* And a correction of one is the corrected fill, once. */
static void a_correction_before_its_fill_counts_once(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    world_start(w);
    world_ask_now(w, world_request(1));
    world_fill(w, 1, 10002, 300);
    report(w, (struct mt_report){ .coid = 1, .event = MT_ORDER_CORR, .price = 10001, .qty = 200, .cum = -1, .fill_id = 77 });
    report(w, (struct mt_report){ .coid = 1, .event = MT_ORDER_FILLP, .price = 10002, .qty = 400, .cum = -1, .fill_id = 77 });
    assert_int_equal(world_position(w, 0), 500);
    assert_int_equal(order(w, 1)->cum, 500);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_unknown_order_moves_nothing_and_is_an_alarm),
        cmocka_unit_test(reports_for_an_order_that_has_not_left),
        cmocka_unit_test(cumulative_news_becomes_a_fill_at_the_best_known_price),
        cmocka_unit_test(a_report_that_carries_its_own_quantity_makes_no_second_fill),
        cmocka_unit_test(an_amended_quantity_is_what_fills),
        cmocka_unit_test(a_lost_replace_is_settled_by_the_quantity),
        cmocka_unit_test(a_third_quantity_is_what_the_venue_says),
        cmocka_unit_test(an_old_answer_to_a_replace_is_asked_about),
        cmocka_unit_test(a_third_quantity_while_a_cancel_is_out),
        cmocka_unit_test(a_quantity_seen_while_an_answer_is_out_is_not_adopted),
        cmocka_unit_test(the_event_beside_an_answer_means_nothing),
        cmocka_unit_test(a_bust_that_the_position_cannot_take_is_an_alarm),
        cmocka_unit_test(an_order_that_proves_absent_while_it_worked_is_an_alarm),
        cmocka_unit_test(a_rejected_order_that_works_with_another_quantity_is_an_alarm),
        cmocka_unit_test(a_fill_of_nothing_does_not_undo_a_synthetic_fill),
        cmocka_unit_test(a_bust_before_its_fill_is_kept),
        cmocka_unit_test(more_than_is_known_after_a_bust_is_never_silent),
        cmocka_unit_test(a_correction_before_its_fill_counts_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
