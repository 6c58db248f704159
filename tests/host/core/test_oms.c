/* Orders and reports, fault by fault: what a confused venue, a lost answer, a full outbox or an unknown name must not
 * do to the money. The table of states itself is tested in model/; here it is the engine around it. */
#include "engine_world.h"

#include "core/house.h"
#include "core/oms.h"
#include "model/order.h"

static void push_report(struct world *w, struct mt_report report)
{
    struct mt_event event = { .time_ns = w->now, .venue_ns = w->now, .kind = MT_EV_REPORT, .report = report };
    world_push(w, &event);
}
static void report(struct world *w, struct mt_report r)
{
    push_report(w, r);
    world_turn(w);
}
static const struct mt_order *order(const struct world *w, uint64_t coid) { return mt_engine_order(w->engine, coid); }
static uint64_t anomalies(const struct world *w) { return mt_engine_counts(w->engine)->anomalies; }

static struct mt_request limit_entry(int side, double price)
{
    struct mt_request request = world_request(side);
    request.has_limit = true;
    request.limit = price;
    return request;
}

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

/* True fills take the place of what stood for them, in whatever pieces they come; one that comes after is added. */
static void true_fills_replace_the_synthetic_one(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    world_start(w);
    world_ask_now(w, world_request(1));
    report(w, (struct mt_report){ .coid = 1, .event = MT_ORDER_ACK, .cum = 400 });
    assert_int_equal(world_position(w, 0), 400);
    report(w, (struct mt_report){
                  .coid = 1, .event = MT_ORDER_FILLP, .price = 10001, .qty = 150, .cum = -1, .fill_id = 1 });
    report(w, (struct mt_report){
                  .coid = 1, .event = MT_ORDER_FILLP, .price = 10001, .qty = 250, .cum = -1, .fill_id = 2 });
    assert_int_equal(world_position(w, 0), 400);
    report(w, (struct mt_report){ .coid = 1, .event = MT_ORDER_ACK, .cum = 500 });
    report(w, (struct mt_report){
                  .coid = 1, .event = MT_ORDER_FILLP, .price = 10001, .qty = 200, .cum = 700, .fill_id = 3 });
    assert_int_equal(order(w, 1)->cum, 700);    /* it came after the 500, says its cum */
    assert_int_equal(world_position(w, 0), 700);
    /* An id out of our own range is taken as it is: it stands beside, it replaces nothing. */
    report(w, (struct mt_report){ .coid = 1, .event = MT_ORDER_FILLP, .price = 10001, .qty = 100, .cum = -1,
                                  .fill_id = UINT64_C(1) << 63 | 7 });
    assert_int_equal(order(w, 1)->cum, 800);
    assert_int_equal(world_position(w, 0), 800);
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

static uint64_t working_stop(struct world *w)
{
    world_start(w);
    world_enter(w, world_with_stop(1, 1));
    uint64_t stop = world_newest(w, WORLD_SUBMIT);
    assert_int_equal(order(w, stop)->terms.type, MT_TYPE_STOP);
    world_ack(w, stop);
    return stop;
}
static double protect(struct world *w, double price)
{
    struct mt_request request = { .kind = MT_ASK_PROTECT, .take_count = -1 };
    request.stop = (struct mt_request_level){ .value = price, .kind = MT_LEVEL_PRICE };
    return world_ask_now(w, request);
}
static void later(struct world *w, int64_t seconds)
{
    for (int64_t i = 0; i < seconds; i++) {
        w->now += MT_NS_PER_S;
        world_turn(w);
    }
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

/* --- answers that do not come -------------------- */

static void an_ambiguous_answer_to_an_operation_is_asked_for(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    uint64_t stop = working_stop(w);
    protect(w, 99.5);
    size_t from = w->sent_count;
    world_op(w, stop, MT_REPORT_OP_AMBIGUOUS);
    assert_int_equal(order(w, stop)->op, MT_OP_REPLACE_UNKNOWN);
    assert_int_equal(world_count(w, WORLD_QUERY, from), 1);
    assert_int_equal(world_count(w, WORLD_MODIFY, from), 0);
    world_op(w, stop, MT_REPORT_REPLACED);
    assert_int_equal(order(w, stop)->terms.stop, 9950);
    world_free(w);
}

/* 2.4 and 4.3: however a cancel ends that does not end its order, the next one leaves after 1, 2, 4, 8, 16, 30, 30 s.
 * Neither the market nor reports nor answers to questions hurry it; a kill does not either. */
static void a_cancel_is_repeated_with_growing_pauses(void **state)
{
    enum { LOST, AMBIGUOUS, REFUSED, NO_BYTE, WAYS };
    static const int64_t due[] = { 0, 1, 3, 7, 15, 31, 61, 91 };
    (void)state;
    for (int killed = 0; killed <= 1; killed++)
        for (int way = 0; way < WAYS; way++) {
            struct mt_diag diag = { 0 };
            struct world *w = world_new(1);
            world_start(w);
            world_ask_now(w, limit_entry(1, 99));
            world_ack(w, 1);
            if (way == NO_BYTE)
                w->next_cancel = MT_SEND_NOBYTE;
            if (killed)
                assert_int_equal(mt_engine_operator(w->engine, w->now, MT_OPERATOR_KILL, -1, -1, "test", "", &diag), 0);
            else
                world_ask_now(w, world_request(0));
            world_turn(w);
            const int64_t begin = order(w, 1)->cancel_ns;
            for (int tenth = 0; begin + 95 * MT_NS_PER_S > w->now; tenth++) {
                if (way == LOST || way == AMBIGUOUS)
                    world_op(w, 1, MT_REPORT_OP_AMBIGUOUS);     /* the answer did not come, or says nothing */
                if (way == REFUSED)
                    world_op(w, 1, MT_REPORT_OP_REFUSED);
                if (way != LOST || tenth % 10 == 0)
                    world_ack(w, 1);                            /* it lives */
                if (way == NO_BYTE)
                    w->next_cancel = MT_SEND_NOBYTE;
                world_quote(w, 0, 10000, 10002);
                size_t least = 0, most = 0;
                for (size_t i = 0; i < sizeof due / sizeof *due; i++) {
                    most += w->now >= begin + due[i] * MT_NS_PER_S;
                    least += w->now >= begin + due[i] * MT_NS_PER_S + (way == LOST ? 9 : 2) * MT_NS_PER_S;
                }
                assert_in_range(world_count(w, WORLD_CANCEL, 0), least, most);
            }
            world_report(w, 1, MT_ORDER_CXL, 0, 0);
            assert_int_equal(mt_engine_stance(w->engine, 0), 0);
            world_free(w);
        }
}

/* An order that came back beside a newer one belongs to no leg: nobody but the host's watch repeats its cancel. */
static void a_lost_cancel_of_an_order_without_a_leg_is_repeated(void **state)
{
    (void)state;
    for (int refused = 0; refused <= 1; refused++) {
        struct world *w = world_new(1);
        world_start(w);
        world_ask_now(w, limit_entry(1, 99));
        world_report(w, 1, MT_ORDER_REJ, 0, 0);
        world_ask_now(w, limit_entry(1, 98));
        world_ack(w, 2);
        world_ack(w, 1);                                        /* it was not rejected after all */
        assert_int_equal(world_count(w, WORLD_CANCEL, 0), 1);
        assert_int_equal(world_last(w, WORLD_CANCEL, 0)->coid, 1);
        world_op(w, 1, refused ? MT_REPORT_OP_REFUSED : MT_REPORT_OP_AMBIGUOUS);
        world_ack(w, 1);
        assert_int_equal(world_count(w, WORLD_CANCEL, 0), 1);
        later(w, 2);
        world_ack(w, 1);
        assert_int_equal(world_count(w, WORLD_CANCEL, 0), 2);
        assert_int_equal(world_last(w, WORLD_CANCEL, 0)->coid, 1);
        world_free(w);
    }
}

/* A cancel that is refused after its answer was lost is no refusal of the exit: no pause, no count. */
static void a_refusal_after_a_lost_cancel_does_not_count_against_the_stop(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    uint64_t stop = working_stop(w);
    struct mt_request none = { .kind = MT_ASK_PROTECT, .take_count = -1, .widen = true };
    none.stop.kind = MT_LEVEL_REMOVE;
    w->next_cancel = MT_SEND_AMB;
    assert_true(world_ask_now(w, none) > 0);
    assert_int_equal(order(w, stop)->op, MT_OP_CANCEL_UNKNOWN);
    world_op(w, stop, MT_REPORT_OP_REFUSED);
    size_t from = w->sent_count;
    assert_int_equal(order(w, stop)->state, MT_ORDER_WORKING);
    world_report(w, stop, MT_ORDER_CXL, 0, 0);
    struct mt_request again = { .kind = MT_ASK_PROTECT, .take_count = -1 };
    again.stop = world_away(1);
    assert_true(world_ask_now(w, again) > 0);
    assert_int_equal(world_count(w, WORLD_SUBMIT, from), 1);    /* at once: nothing has refused a stop */
    world_free(w);
}

static void an_exit_that_ends_by_itself_is_laid_again_after_a_pause(void **state)
{
    static const enum mt_order_event ends[] = { MT_ORDER_EXP, MT_ORDER_CXL, MT_ORDER_REJ };
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct world *w = world_new(1);
        uint64_t stop = working_stop(w);
        size_t from = w->sent_count;
        world_report(w, stop, ends[i], 0, 0);
        assert_int_equal(world_count(w, WORLD_SUBMIT, from), 0);
        later(w, 1);
        assert_int_equal(world_count(w, WORLD_SUBMIT, from), 1);
        assert_int_equal(world_last(w, WORLD_SUBMIT, from)->request.terms.stop, 9902);
        world_free(w);
    }
}

/* Proof of absence is so many samples over so long, and any word of the venue in between starts it again. */
static void absence_is_proved_from_the_last_word_on(void **state)
{
    (void)state;
    for (int word = 0; word <= 1; word++) {
        struct world *w = world_new(1);
        uint64_t stop = working_stop(w);
        world_report(w, stop, MT_ORDER_AMB, 0, 0);
        later(w, 61);
        for (int i = 0; i < 2; i++)
            world_op(w, stop, MT_REPORT_ABSENT_SAMPLE);
        if (word) {
            world_ack(w, stop);
            world_report(w, stop, MT_ORDER_AMB, 0, 0);
            later(w, 61);
        }
        later(w, 1);
        assert_int_equal(order(w, stop)->state, MT_ORDER_WORKING);      /* two samples prove nothing */
        world_op(w, stop, MT_REPORT_ABSENT_SAMPLE);
        later(w, 2);
        assert_int_equal(order(w, stop)->state, word ? MT_ORDER_WORKING : MT_ORDER_CANCELED);
        for (int i = 0; i < 2; i++)
            world_op(w, stop, MT_REPORT_ABSENT_SAMPLE);
        later(w, 2);
        assert_int_equal(order(w, stop)->state, MT_ORDER_CANCELED);
        world_free(w);
    }
}

/* A question that does not leave is asked again, once a second, not twice. */
static void a_question_that_does_not_leave_is_asked_again(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    uint64_t stop = working_stop(w);
    w->next_query = MT_SEND_AMB;
    world_report(w, stop, MT_ORDER_AMB, 0, 0);
    assert_true(order(w, stop)->stale);
    size_t from = w->sent_count;
    for (int i = 0; i < 5; i++) {
        w->next_query = MT_SEND_NOBYTE;
        later(w, 1);
    }
    assert_int_equal(world_count(w, WORLD_QUERY, from), 5);
    world_ack(w, stop);
    from = w->sent_count;
    later(w, 3);
    assert_int_equal(world_count(w, WORLD_QUERY, from), 0);
    /* One that is not asked every second anyway stays in the outbox. */
    w->next_query = MT_SEND_NOBYTE;
    world_op(w, stop, MT_REPORT_OP_REFUSED);
    from = w->sent_count;
    later(w, 1);
    assert_int_equal(world_count(w, WORLD_QUERY, from), 1);
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

/* --- notices and the outbox -------------------- */

static void ask_64_denied(struct world *w)
{
    for (int i = 0; i < 64; i++) {
        struct mt_request request = world_request(i % 2 ? 1 : -1);
        world_ask(w, &request);
    }
}

/* News of orders is kept for so many per turn; what is dropped is counted, and the journal has it all. */
static void a_flood_of_denials_is_counted(void **state)
{
    struct world *w = world_new(1);
    struct mt_scope_setup scope = { .kind = MT_SCOPE_GLOBAL, .account = -1, .symbol = -1 };
    (void)state;
    scope.limits.set = UINT64_C(1) << MT_LIMIT_MAX_ORDER_QTY;
    w->setup.scopes = &scope;
    w->setup.scope_count = 1;
    world_start(w);
    w->news_count = 0;
    w->on_quote = ask_64_denied;
    for (int i = 0; i < 20; i++) {
        struct mt_event event = {
            .time_ns = ++w->now, .venue_ns = w->now, .kind = MT_EV_QUOTE, .quote = { 10000, 10002, 0, 0, MT_QUOTE_BOTH }
        };
        world_push(w, &event);
    }
    world_turn(w);
    size_t told = 0;
    for (size_t i = 0; i < w->news_count; i++)
        told += w->news[i].handler == MT_ON_ORDER;
    assert_int_equal(mt_engine_counts(w->engine)->denied, 20 * 64);
    assert_int_equal(told, 1024);
    assert_int_equal(mt_engine_counts(w->engine)->dropped, 20 * 64 - 1024);
    assert_int_equal(w->sent_count, 0);
    world_free(w);
}

static void handlers_that_nobody_has_are_not_called(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    w->muted = 1u << MT_ON_ORDER | 1u << MT_ON_FILL | 1u << MT_ON_SIGNAL;
    world_start(w);
    w->news_count = 0;
    world_enter(w, world_with_stop(1, 1));
    assert_int_equal(w->news_count, 0);
    assert_int_equal(world_position(w, 0), 1000);
    assert_int_equal(world_last(w, WORLD_SUBMIT, 0)->request.terms.type, MT_TYPE_STOP);
    world_free(w);
}

static int full_quotes;
/* Five calls turn 32 accounts round and round; the sixth wants an exit moved, with no room left to say so. */
static void fill_the_outbox(struct world *w)
{
    struct mt_request request = { .kind = MT_ASK_PROTECT, .market = 1, .take_count = -1 };
    request.stop = world_away(0.5);
    if (full_quotes++ == 5) {
        assert_true(world_ask(w, &request) > 0);
        return;
    }
    for (int i = 0; i < 64; i++) {
        request = world_request(i % 2 ? -1 : 1);
        world_ask(w, &request);
    }
}

/* 8192 messages in one turn: what has no room waits or is refused, and nobody has two entries. */
static void a_full_outbox_refuses_and_waits(void **state)
{
    struct world *w = world_new(32);
    struct mt_request other = world_with_stop(1, 1);
    uint32_t entries[32] = { 0 };
    (void)state;
    world_start(w);
    other.market = 1;
    world_ask_now(w, other);
    world_fill(w, w->sent[0].coid, 10002, 1000);
    uint64_t stop = world_newest(w, WORLD_SUBMIT);
    world_ack(w, stop);
    size_t from = w->sent_count;
    full_quotes = 0;
    w->on_quote = fill_the_outbox;
    for (int i = 0; i < 6; i++) {
        struct mt_event event = {
            .time_ns = ++w->now, .venue_ns = w->now, .kind = MT_EV_QUOTE, .quote = { 10000, 10002, 0, 0, MT_QUOTE_BOTH }
        };
        world_push(w, &event);
    }
    /* and the first fill of a follower, whose stop has no room, and a refusal that is to be asked about */
    push_report(
        w,
        (struct mt_report){
            .coid = w->sent[1].coid, .event = MT_ORDER_FILLX, .price = 10002, .qty = 1000, .cum = -1, .fill_id = 999 });
    push_report(w, (struct mt_report){ .coid = w->sent[2].coid, .op = MT_REPORT_OP_REFUSED, .cum = -1 });
    /* and more than the order asked for, which is to be asked about although it has ended */
    const uint64_t overfilled = w->sent[0].coid;
    push_report(w, (struct mt_report){ .coid = overfilled, .event = MT_ORDER_FILLX, .price = 10002, .qty = 1, .cum = -1,
                                       .fill_id = 1000 });
    w->in_mid_instant = true;
    world_turn(w);
    w->in_mid_instant = false;
    w->on_quote = NULL;
    assert_int_equal(full_quotes, 6);
    assert_int_equal(world_count(w, WORLD_QUERY, from), 0);
    for (size_t i = from; i < w->sent_count; i++)
        if (w->sent[i].kind == WORLD_SUBMIT)
            entries[w->sent[i].request.terms.account]++;
    for (int a = 0; a < 32; a++)
        assert_true(entries[a] <= 1);
    assert_int_equal(world_count(w, WORLD_MODIFY, from), 0);
    const uint64_t asked = w->sent[2].coid;
    from = w->sent_count;
    later(w, 2);
    world_quote(w, 1, 10000, 10002);
    assert_int_equal(world_count(w, WORLD_QUERY, from), 2);     /* nor is a question forgotten, or asked twice */
    for (size_t i = from; i < w->sent_count; i++)
        if (w->sent[i].kind == WORLD_QUERY)
            assert_true(w->sent[i].coid == asked || w->sent[i].coid == overfilled);
    struct world_sent *guard = world_last(w, WORLD_SUBMIT, from);
    assert_int_equal(guard->request.terms.type, MT_TYPE_STOP);
    assert_int_equal(guard->request.terms.account, 1);
    assert_int_equal(world_newest(w, WORLD_MODIFY), stop);      /* what had no room comes after */
    assert_int_equal(world_last(w, WORLD_MODIFY, 0)->stop, 9952);
    world_free(w);
}

/* What the other parts of the engine rely on: canceling or replacing what is not there, or has ended, does nothing. */
static void operations_on_what_has_ended_do_nothing(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    world_start(w);
    world_ask_now(w, limit_entry(1, 99));
    world_report(w, 1, MT_ORDER_CXL, 0, 0);
    size_t from = w->sent_count;
    uint64_t hash = mt_engine_state_hash(w->engine);
    const struct mt_order_wish wish = { .terms = { .qty = 500, .price = 9900, .flags = MT_TERMS_PRICE } };
    for (uint64_t coid = 0; coid <= 2; coid++) {
        mt_oms_cancel(&w->engine->desk, coid);
        mt_oms_replace(&w->engine->desk, coid, &wish);
    }
    world_turn(w);
    assert_int_equal(w->sent_count, from);
    assert_true(mt_engine_state_hash(w->engine) == hash);
    world_free(w);
}

/* One shape: what the venue is asked for is, byte for byte, what the order has; a replace asks for what it wishes. */
static void terms_reach_the_venue_as_they_are(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    uint64_t stop = working_stop(w);
    for (size_t i = 0; i < w->sent_count; i++) {
        const struct world_sent *sent = &w->sent[i];
        if (sent->kind == WORLD_SUBMIT)
            assert_memory_equal(&sent->request.terms, &order(w, sent->coid)->terms, sizeof(struct mt_terms));
    }
    const struct mt_terms before = order(w, stop)->terms;
    assert_true(before.type == MT_TYPE_STOP && mt_terms_has_stop(&before) && !mt_terms_has_price(&before));
    assert_true(mt_terms_reduce_only(&before) && before.role == MT_ROLE_STOP);
    assert_true(before.leg == 0 && before.ticket == 0 && before.seat == 0);
    size_t from = w->sent_count;
    const struct mt_order_wish wish = { .terms = { .qty = 600, .stop = 9700, .side = 1, .role = MT_ROLE_TAKE,
                                                   .flags = MT_TERMS_STOP | MT_TERMS_POST_ONLY } };
    mt_oms_replace(&w->engine->desk, stop, &wish);
    struct mt_terms wished = before;
    wished.qty = 600;
    wished.stop = 9700;             /* and nothing else: a replace makes no other order of it */
    assert_memory_equal(&order(w, stop)->wished, &wished, sizeof wished);
    world_op(w, stop, MT_REPORT_REPLACED);
    assert_memory_equal(&w->sent[from].request.terms, &wished, sizeof wished);
    assert_memory_equal(&order(w, stop)->terms, &wished, sizeof wished);
    world_free(w);
}

/* A late answer to an earlier replace comes in the turn that decides the next one: what leaves is what was recorded. */
static void a_replace_leaves_as_it_was_recorded(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    uint64_t stop = working_stop(w);
    size_t from = w->sent_count;
    const struct mt_order_wish wish = { .terms = { .qty = 600, .stop = 9700, .flags = MT_TERMS_STOP } };
    mt_oms_replace(&w->engine->desk, stop, &wish);
    world_op(w, stop, MT_REPORT_REPLACED);
    assert_true(w->sent_count > from);
    const struct world_sent *sent = &w->sent[from];
    assert_int_equal(sent->kind, WORLD_MODIFY);
    assert_int_equal(sent->coid, stop);
    assert_int_equal(sent->qty, 600);
    assert_int_equal(sent->stop, 9700);
    world_free(w);
}

/* --- what the law says of the unlikely ------------------------------------------------------------------------------------- */

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

/* --- corrections (2.6) -------------------- */

enum { F = 77 };                                /* the fill that is corrected, at its first id */

static void say(struct world *w, unsigned event, int64_t price, int64_t qty)
{
    w->now += 1000;
    report(w, (struct mt_report){ .coid = 1, .event = (uint8_t)event, .price = price, .qty = qty, .cum = -1, .fill_id = F });
}
static void stands(const struct world *w, int64_t qty, int64_t price, unsigned state)
{
    assert_int_equal(order(w, 1)->cum, qty);
    assert_true(order(w, 1)->cost == (mt_i128)qty * price);
    assert_int_equal(order(w, 1)->state, state);
    assert_int_equal(world_position(w, 0), qty);
    const struct mt_position *position = &mt_ledger_slot(mt_engine_ledger(w->engine), 0, 0)->position;
    assert_true(position->cost == (mt_i128)qty * price);
}

/* Whatever the venue says of a fill, it says by the fill's id: it is meant for what stands in its place now. */
static void a_fill_is_corrected_as_often_as_the_venue_likes(void **state)
{
    static const struct { unsigned event; int64_t price, qty, stands, at; unsigned is; uint64_t alarms; } steps[] = {
        { MT_ORDER_FILLP, 10002, 400, 400, 10002, MT_ORDER_PARTIAL, 0 },
        { MT_ORDER_CORR, 10001, 400, 400, 10001, MT_ORDER_PARTIAL, 1 },
        { MT_ORDER_CORR, 10001, 400, 400, 10001, MT_ORDER_PARTIAL, 0 },         /* told twice */
        { MT_ORDER_CORR, 10003, 300, 300, 10003, MT_ORDER_PARTIAL, 1 },         /* a second one */
        { MT_ORDER_FILLP, 10002, 400, 300, 10003, MT_ORDER_PARTIAL, 0 },        /* the fill again, from a poll */
        { MT_ORDER_CORR, 10001, 400, 400, 10001, MT_ORDER_PARTIAL, 1 },         /* back to what it was */
        { MT_ORDER_CORR, 10002, 1000, 1000, 10002, MT_ORDER_FILLED, 1 },        /* all of the order */
        { MT_ORDER_CORR, 10002, 900, 900, 10002, MT_ORDER_CANCELED, 2 },        /* it had closed the order: 2.6 */
        { MT_ORDER_BUST, 0, 0, 0, 0, MT_ORDER_CANCELED, 1 },
        { MT_ORDER_BUST, 0, 0, 0, 0, MT_ORDER_CANCELED, 0 },                    /* a second bust */
        { MT_ORDER_CORR, 10005, 200, 200, 10005, MT_ORDER_CANCELED, 1 },        /* newer word than the bust */
        { MT_ORDER_BUST, 0, 0, 0, 0, MT_ORDER_CANCELED, 1 },
        { MT_ORDER_FILLP, 10002, 400, 0, 0, MT_ORDER_CANCELED, 0 },
    };
    struct world *w = world_new(1);
    (void)state;
    world_start(w);
    world_ask_now(w, world_with_stop(1, 1));
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        uint64_t before = anomalies(w);
        say(w, steps[i].event, steps[i].price, steps[i].qty);
        stands(w, steps[i].stands, steps[i].at, steps[i].is);
        assert_int_equal(anomalies(w) - before, steps[i].alarms);
        mt_engine_state_hash(w->engine);
    }
    world_free(w);
}

/* A correction that comes behind a newer word about the same fill is old. */
static void an_old_correction_changes_nothing(void **state)
{
    static const unsigned newer[] = { MT_ORDER_CORR, MT_ORDER_BUST };
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct world *w = world_new(1);
        world_start(w);
        world_ask_now(w, world_request(1));
        say(w, MT_ORDER_FILLP, 10002, 400);
        say(w, newer[i], 10003, 300);
        int64_t qty = i == 0 ? 300 : 0;
        assert_int_equal(world_position(w, 0), qty);
        struct mt_event old = { .time_ns = w->now, .venue_ns = w->now - 500, .kind = MT_EV_REPORT,
            .report = { .coid = 1, .event = MT_ORDER_CORR, .price = 10001, .qty = 200, .cum = -1, .fill_id = F } };
        world_push(w, &old);
        world_turn(w);
        assert_int_equal(world_position(w, 0), qty);
        world_free(w);
    }
}

/* Nobody acts between the two halves of a correction: the position is never zero for a moment, and neither plan nor
 * stance nor the time in the trade begin anew. */
static void a_correction_is_no_exit(void **state)
{
    struct world *w = world_new(1);
    struct mt_request request = world_with_stop(1, 1);
    (void)state;
    request.time = 60;
    world_start(w);
    world_ask_now(w, request);
    say(w, MT_ORDER_FILLX, 10002, 1000);
    uint64_t stop = world_newest(w, WORLD_SUBMIT);
    world_ack(w, stop);
    later(w, 30);
    const struct mt_plan plan = *mt_plan_at(&w->engine->desk.books, 0, 0);
    size_t from = w->sent_count;
    say(w, MT_ORDER_CORR, 10004, 1000);
    assert_int_equal(world_count(w, WORLD_SUBMIT, from), 0);
    assert_int_equal(world_count(w, WORLD_CANCEL, from), 0);
    assert_int_equal(world_last(w, WORLD_MODIFY, from)->stop, 9904);    /* from the corrected average */
    assert_int_equal(mt_engine_stance(w->engine, 0), 1);
    assert_int_equal(mt_plan_at(&w->engine->desk.books, 0, 0)->armed_ns, plan.armed_ns);
    assert_int_equal(mt_plan_at(&w->engine->desk.books, 0, 0)->entered, 1000);
    assert_true(mt_price_same(mt_plan_run_at(&w->engine->desk, 0, 0)->extreme, mt_price_of(10004)));
    assert_int_equal(mt_engine_counts(w->engine)->trades, 0);
    later(w, 31);
    assert_int_equal(world_last(w, WORLD_SUBMIT, from)->request.terms.type, MT_TYPE_MARKET);  /* 60 s after the first fill */
    world_free(w);
}

/* A correction of the fill that closed the position: no second trade, no new position, and the money is the corrected
 * one. */
static void a_correction_of_an_exit_opens_nothing(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    world_start(w);
    world_enter(w, world_request(1));
    world_ask_now(w, world_request(0));
    uint64_t exit = world_newest(w, WORLD_SUBMIT);
    world_fill(w, exit, 10000, 1000);
    uint64_t fill = w->fill_id;
    size_t from = w->sent_count;
    assert_int_equal(mt_engine_counts(w->engine)->trades, 1);
    for (int64_t price = 10010; price <= 10020; price += 10) {
        w->now += 1000;
        report(w, (struct mt_report){ .coid = exit, .event = MT_ORDER_CORR, .price = price, .qty = 1000, .cum = -1,
                                      .fill_id = fill });
        assert_int_equal(world_position(w, 0), 0);
        assert_int_equal(mt_engine_counts(w->engine)->trades, 1);
        assert_int_equal(world_count(w, WORLD_SUBMIT, from), 0);
        const struct mt_account *account = &mt_engine_ledger(w->engine)->accounts[0];
        assert_true(account->realised == (mt_money)(price - 10002) * 1000000);  /* one unit, cents in 10^-8 */
        assert_true(account->cash - account->cash_start == account->realised);
    }
    world_free(w);
}

/* 2.6: fees are a fold over live fills, too. What the venue says beside a bust costs nothing. */
static void the_fee_of_an_annulled_fill_is_given_back(void **state)
{
    static const struct { unsigned event; int64_t qty, fee, sum; } steps[] = {
        { MT_ORDER_FILLP, 400, 70, 70 }, { MT_ORDER_CORR, 300, 50, 50 }, { MT_ORDER_CORR, 300, 50, 50 },
        { MT_ORDER_CORR, 200, -20, -20 }, { MT_ORDER_BUST, 0, 0, 0 }, { MT_ORDER_BUST, 0, 9, 0 }
    };
    struct world *w = world_new(1);
    (void)state;
    world_start(w);
    world_ask_now(w, world_request(1));
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        w->now += 1000;
        report(w, (struct mt_report){ .coid = 1, .event = (uint8_t)steps[i].event, .price = 10002, .qty = steps[i].qty,
                                      .cum = -1, .fill_id = F, .fee = steps[i].fee });
        const struct mt_account *account = &mt_engine_ledger(w->engine)->accounts[0];
        assert_true(account->fees == steps[i].sum);
        assert_true(account->cash == account->cash_start - steps[i].sum);
    }
    world_free(w);
}

/* A correction of no fill, or to nothing, is no correction. */
static void a_correction_to_nothing_is_an_alarm(void **state)
{
    static const struct { uint64_t fill_id; int64_t price, qty; } cases[] = {
        { 0, 10001, 300 }, { F, 0, 300 }, { F, 10001, 0 }, { F, 10001, -5 }
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct world *w = world_new(1);
        world_start(w);
        world_ask_now(w, world_request(1));
        say(w, MT_ORDER_FILLP, 10002, 400);
        uint64_t before = anomalies(w);
        report(w, (struct mt_report){ .coid = 1, .event = MT_ORDER_CORR, .price = cases[i].price, .qty = cases[i].qty,
                                      .cum = -1, .fill_id = cases[i].fill_id });
        assert_int_equal(anomalies(w), before + 1);
        stands(w, 400, 10002, MT_ORDER_PARTIAL);
        world_free(w);
    }
}

/* Where prices may be zero and below, a fill may be corrected to one of those. */
static void a_correction_to_a_price_at_or_below_zero(void **state)
{
    static const int64_t prices[] = { 0, -1, -3763 };
    (void)state;
    for (size_t i = 0; i < sizeof prices / sizeof *prices; i++) {
        struct world *w = world_new(1);
        w->instruments[0].negative = true;
        world_start(w);
        world_ask_now(w, world_request(1));
        say(w, MT_ORDER_FILLP, 10002, 400);
        uint64_t before = anomalies(w);
        say(w, MT_ORDER_CORR, prices[i], 300);
        assert_int_equal(anomalies(w), before + 1);             /* that of the bust */
        stands(w, 300, prices[i], MT_ORDER_PARTIAL);
        say(w, MT_ORDER_CORR, 10001, 500);
        stands(w, 500, 10001, MT_ORDER_PARTIAL);
        world_free(w);
    }
}

/* --- true fills for a part of a synthetic one (note 8) -------------------- */

static void told(struct world *w, unsigned event, int64_t cum, int64_t price, int64_t qty, uint64_t fill_id)
{
    report(w, (struct mt_report){ .coid = 1, .event = (uint8_t)event, .price = price, .qty = qty, .cum = cum,
                                  .fill_id = fill_id });
}

/* The sum is the larger of what was told and what true fills prove, after each report: no double count and no loss. */
static void true_fills_take_parts_of_a_synthetic_one(void **state)
{
    enum { ACK = MT_ORDER_ACK, FILL = MT_ORDER_FILLP };
    /* A limit order of 1000 at 99: what is not told in price is assumed to have cost that. */
    static const struct { struct { unsigned event; int64_t cum, price, qty, sum; } steps[7]; mt_i128 cost; } cases[] = {
        { { { ACK, 10, 0, 0, 10 }, { FILL, -1, 9900, 4, 10 }, { FILL, -1, 9800, 6, 10 } }, 9900 * 4 + 9800 * 6 },
        { { { ACK, 10, 0, 0, 10 }, { FILL, 4, 9800, 4, 10 }, { FILL, 10, 9700, 6, 10 } }, 9800 * 4 + 9700 * 6 },
        { { { ACK, 10, 0, 0, 10 }, { FILL, -1, 9800, 4, 10 } }, 9800 * 4 + 9900 * 6 },
        { { { FILL, 4, 9800, 4, 4 }, { ACK, 10, 0, 0, 10 }, { FILL, 10, 9700, 6, 10 } }, 9800 * 4 + 9700 * 6 },
        { { { FILL, -1, 9800, 4, 4 }, { ACK, 10, 0, 0, 10 }, { FILL, -1, 9700, 1, 10 }, { FILL, -1, 9600, 5, 10 } },
            9800 * 4 + 9700 + 9600 * 5 },
        /* More than it stands for: the rest is new. */
        { { { ACK, 10, 0, 0, 10 }, { FILL, 12, 9800, 12, 12 } }, 9800 * 12 },
        { { { ACK, 10, 0, 0, 10 }, { FILL, -1, 9800, 12, 12 } }, 9800 * 12 },
        /* Behind it, by its cum: all new. Half of it behind: half new. */
        { { { ACK, 10, 0, 0, 10 }, { FILL, 13, 9800, 3, 13 }, { FILL, 10, 9700, 10, 13 } }, 9800 * 3 + 9700 * 10 },
        { { { ACK, 10, 0, 0, 10 }, { FILL, 12, 9800, 4, 12 }, { FILL, -1, 9700, 8, 12 } }, 9800 * 4 + 9700 * 8 },
        /* Several synthetic ones, and pieces across their borders; each piece once more from a poll, see below. */
        { { { ACK, 4, 0, 0, 4 }, { ACK, 10, 0, 0, 10 }, { FILL, -1, 9800, 2, 10 }, { FILL, -1, 9700, 2, 10 },
            { FILL, -1, 9600, 4, 10 }, { ACK, 15, 0, 0, 15 }, { FILL, -1, 9500, 7, 15 } },
            9800 * 2 + 9700 * 2 + 9600 * 4 + 9500 * 7 },
        /* What has its ids told exactly up to where the next cumulative quantity began. */
        { { { ACK, 10, 0, 0, 10 }, { ACK, 14, 0, 0, 14 }, { FILL, -1, 9800, 10, 14 }, { FILL, -1, 9700, 3, 14 },
            { FILL, -1, 9600, 1, 14 }, { ACK, 20, 0, 0, 20 }, { FILL, 20, 9500, 6, 20 } },
            9800 * 10 + 9700 * 3 + 9600 + 9500 * 6 },
        /* An old cumulative quantity adds nothing. */
        { { { ACK, 10, 0, 0, 10 }, { ACK, 7, 0, 0, 10 }, { FILL, -1, 9800, 4, 10 }, { ACK, 8, 0, 0, 10 } },
            9800 * 4 + 9900 * 6 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int twice = 0; twice <= 1; twice++) {
            struct world *w = world_new(1);
            world_start(w);
            world_ask_now(w, limit_entry(1, 99));
            for (size_t k = 0; k < 7 && cases[i].steps[k].sum; k++) {
                for (int again = 0; again <= twice; again++)
                    told(w, cases[i].steps[k].event, cases[i].steps[k].cum, cases[i].steps[k].price,
                         cases[i].steps[k].qty, cases[i].steps[k].event == FILL ? 100 + k : 0);
                assert_int_equal(order(w, 1)->cum, cases[i].steps[k].sum);
                assert_int_equal(world_position(w, 0), cases[i].steps[k].sum);
                assert_int_equal(mt_order_leaves(order(w, 1)), 1000 - cases[i].steps[k].sum);
            }
            assert_true(order(w, 1)->cost == cases[i].cost);
            world_free(w);
        }
}

/* The whole order was told as filled; its fills come one by one. The leg sees one position and one entry. */
static void the_fills_of_an_order_that_was_told_as_filled(void **state)
{
    struct world *w = world_new(1);
    struct mt_request request = world_with_stop(1, 1);
    (void)state;
    request.time = 60;
    world_start(w);
    world_ask_now(w, request);
    told(w, MT_ORDER_ACK, 1000, 10002, 0, 0);
    stands(w, 1000, 10002, MT_ORDER_FILLED);
    uint64_t stop = world_newest(w, WORLD_SUBMIT);
    world_ack(w, stop);
    later(w, 30);
    const int64_t armed = mt_plan_at(&w->engine->desk.books, 0, 0)->armed_ns;
    size_t from = w->sent_count, news = w->news_count;
    for (int i = 0; i < 10; i++) {
        told(w, MT_ORDER_FILLP, i % 2 ? -1 : 100 * (i + 1), 10000, 100, 200 + (uint64_t)i);
        assert_int_equal(order(w, 1)->state, MT_ORDER_FILLED);
        assert_int_equal(world_position(w, 0), 1000);
    }
    stands(w, 1000, 10000, MT_ORDER_FILLED);
    assert_int_equal(mt_plan_at(&w->engine->desk.books, 0, 0)->armed_ns, armed);
    assert_int_equal(mt_plan_at(&w->engine->desk.books, 0, 0)->entered, 1000);
    assert_int_equal(mt_engine_stance(w->engine, 0), 1);
    assert_int_equal(world_count(w, WORLD_SUBMIT, from), 0);
    assert_int_equal(world_count(w, WORLD_CANCEL, from), 0);
    size_t fills = 0;
    for (size_t i = news; i < w->news_count; i++)
        fills += w->news[i].handler == MT_ON_FILL;
    assert_int_equal(fills, 10);
    world_free(w);
}

/* A bust came first, and the cumulative quantity had counted the fill: when it comes, nothing is left of both. */
static void a_dead_fill_takes_back_what_was_told_of_it(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    world_start(w);
    world_ask_now(w, limit_entry(1, 99));
    told(w, MT_ORDER_FILLP, 100, 9900, 100, 1);
    told(w, MT_ORDER_ACK, 500, 0, 0, 0);
    told(w, MT_ORDER_BUST, -1, 0, 0, F);
    assert_int_equal(world_position(w, 0), 500);
    for (int i = 0; i < 2; i++) {
        told(w, MT_ORDER_FILLP, -1, 9900, 300, F);
        assert_int_equal(world_position(w, 0), 200);
        assert_int_equal(order(w, 1)->cum, 200);
    }
    told(w, MT_ORDER_FILLP, -1, 9900, 100, 2);
    assert_int_equal(world_position(w, 0), 200);
    world_free(w);
}

/* And so it is when a correction came first: what it has not taken of the fill goes when the fill comes. */
static void a_corrected_fill_takes_back_what_was_told_of_it(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    world_start(w);
    world_ask_now(w, limit_entry(1, 99));
    told(w, MT_ORDER_ACK, 500, 0, 0, 0);
    size_t from = w->sent_count;
    told(w, MT_ORDER_CORR, -1, 9900, 200, F);
    assert_int_equal(world_count(w, WORLD_QUERY, from), 1);     /* 2.6: of a fill that is not known */
    assert_int_equal(world_position(w, 0), 500);
    told(w, MT_ORDER_CORR, -1, 9800, 250, F);
    assert_int_equal(world_position(w, 0), 550);
    for (int i = 0; i < 2; i++) {
        told(w, MT_ORDER_FILLP, -1, 9900, 300, F);
        assert_int_equal(world_position(w, 0), 450);            /* 200 that others were, and 250 */
    }
    told(w, MT_ORDER_FILLP, -1, 9900, 200, 2);
    assert_int_equal(world_position(w, 0), 450);
    world_free(w);
}

/* The last fill, says the venue; by what we know it is not. Nobody else would ever ask. */
static void a_last_fill_that_is_not_the_last_is_asked_about(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    world_start(w);
    world_ask_now(w, limit_entry(1, 99));
    told(w, MT_ORDER_FILLP, -1, 9900, 800, F);
    told(w, MT_ORDER_CORR, -1, 9900, 700, F);
    size_t from = w->sent_count;
    told(w, MT_ORDER_FILLX, 1000, 9900, 200, 2);
    assert_int_equal(order(w, 1)->state, MT_ORDER_PARTIAL);
    assert_int_equal(world_count(w, WORLD_QUERY, from), 1);
    told(w, MT_ORDER_CXL, 900, 0, 0, 0);
    assert_int_equal(order(w, 1)->state, MT_ORDER_CANCELED);
    assert_int_equal(world_position(w, 0), 900);
    world_free(w);
}

/* Note 5: a fill in a terminal state that breaks a limit leads to REDUCE_ONLY. */
static void a_late_fill_that_breaks_a_limit_reduces(void **state)
{
    struct world *w = world_new(1);
    struct mt_scope_setup scope = { .kind = MT_SCOPE_ACCOUNT, .account = -1, .symbol = -1 };
    (void)state;
    scope.limits.set = UINT64_C(1) << MT_LIMIT_MAX_NET;
    scope.limits.value[MT_LIMIT_MAX_NET] = 100000000;
    w->setup.scopes = &scope;
    w->setup.scope_count = 1;
    world_start(w);
    world_ask_now(w, world_request(1));
    world_report(w, 1, MT_ORDER_CXL, 0, 0);
    world_ask_now(w, world_request(1));
    world_fill(w, 2, 10002, 1000);
    world_fill(w, 1, 10002, 1000);
    assert_int_equal(world_position(w, 0), 2000);
    assert_int_equal(mt_risk_state(mt_engine_risk(w->engine), 0, 0), MT_REDUCE_ONLY);
    world_free(w);
}

/* Race 14. */
static void two_accounts_may_have_one_fill_id(void **state)
{
    struct world *w = world_new(2);
    (void)state;
    world_start(w);
    world_ask_now(w, world_request(1));
    for (uint64_t coid = 1; coid <= 2; coid++)
        report(w, (struct mt_report){ .coid = coid, .event = MT_ORDER_FILLX, .price = 10002, .qty = 1000, .cum = -1, .fill_id = 5 });
    assert_int_equal(world_position(w, 0), 1000);
    assert_int_equal(world_position(w, 1), 1000);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_unknown_order_moves_nothing_and_is_an_alarm),
        cmocka_unit_test(reports_for_an_order_that_has_not_left),
        cmocka_unit_test(cumulative_news_becomes_a_fill_at_the_best_known_price),
        cmocka_unit_test(a_report_that_carries_its_own_quantity_makes_no_second_fill),
        cmocka_unit_test(true_fills_replace_the_synthetic_one),
        cmocka_unit_test(an_amended_quantity_is_what_fills),
        cmocka_unit_test(a_lost_replace_is_settled_by_the_quantity),
        cmocka_unit_test(a_third_quantity_is_what_the_venue_says),
        cmocka_unit_test(an_old_answer_to_a_replace_is_asked_about),
        cmocka_unit_test(a_third_quantity_while_a_cancel_is_out),
        cmocka_unit_test(a_quantity_seen_while_an_answer_is_out_is_not_adopted),
        cmocka_unit_test(the_event_beside_an_answer_means_nothing),
        cmocka_unit_test(an_ambiguous_answer_to_an_operation_is_asked_for),
        cmocka_unit_test(a_cancel_is_repeated_with_growing_pauses),
        cmocka_unit_test(a_lost_cancel_of_an_order_without_a_leg_is_repeated),
        cmocka_unit_test(a_refusal_after_a_lost_cancel_does_not_count_against_the_stop),
        cmocka_unit_test(an_exit_that_ends_by_itself_is_laid_again_after_a_pause),
        cmocka_unit_test(absence_is_proved_from_the_last_word_on),
        cmocka_unit_test(a_question_that_does_not_leave_is_asked_again),
        cmocka_unit_test(a_bust_that_the_position_cannot_take_is_an_alarm),
        cmocka_unit_test(a_flood_of_denials_is_counted),
        cmocka_unit_test(handlers_that_nobody_has_are_not_called),
        cmocka_unit_test(a_replace_leaves_as_it_was_recorded),
        cmocka_unit_test(terms_reach_the_venue_as_they_are),
        cmocka_unit_test(a_full_outbox_refuses_and_waits),
        cmocka_unit_test(operations_on_what_has_ended_do_nothing),
        cmocka_unit_test(an_order_that_proves_absent_while_it_worked_is_an_alarm),
        cmocka_unit_test(a_rejected_order_that_works_with_another_quantity_is_an_alarm),
        cmocka_unit_test(a_fill_of_nothing_does_not_undo_a_synthetic_fill),
        cmocka_unit_test(a_bust_before_its_fill_is_kept),
        cmocka_unit_test(more_than_is_known_after_a_bust_is_never_silent),
        cmocka_unit_test(a_correction_before_its_fill_counts_once),
        cmocka_unit_test(a_fill_is_corrected_as_often_as_the_venue_likes),
        cmocka_unit_test(an_old_correction_changes_nothing),
        cmocka_unit_test(a_correction_is_no_exit),
        cmocka_unit_test(a_correction_of_an_exit_opens_nothing),
        cmocka_unit_test(the_fee_of_an_annulled_fill_is_given_back),
        cmocka_unit_test(a_correction_to_nothing_is_an_alarm),
        cmocka_unit_test(a_correction_to_a_price_at_or_below_zero),
        cmocka_unit_test(true_fills_take_parts_of_a_synthetic_one),
        cmocka_unit_test(the_fills_of_an_order_that_was_told_as_filled),
        cmocka_unit_test(a_dead_fill_takes_back_what_was_told_of_it),
        cmocka_unit_test(a_corrected_fill_takes_back_what_was_told_of_it),
        cmocka_unit_test(a_last_fill_that_is_not_the_last_is_asked_about),
        cmocka_unit_test(a_late_fill_that_breaks_a_limit_reduces),
        cmocka_unit_test(two_accounts_may_have_one_fill_id),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
