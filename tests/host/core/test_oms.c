/* Orders and reports, fault by fault: what a confused venue, a lost answer, a full outbox or an unknown name must not
 * do to the money. The table of states itself is tested in model/; here it is the engine around it. */
#include "engine_world.h"

#include "core/engine_private.h"
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
    static const struct { int64_t qty, known; } cases[] = { { 0, 0 }, { 1000, 0 }, { 500, 500 }, { 700, 0 } };
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

static void a_lost_cancel_is_repeated_so_often_and_then_only_asked_for(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    world_start(w);
    world_ask_now(w, limit_entry(1, 99));
    world_ack(w, 1);
    world_ask_now(w, world_request(0));
    for (int i = 0; i < 12; i++) {              /* each cancel is lost, and each query says that it lives */
        size_t from = w->sent_count;
        world_op(w, 1, MT_REPORT_OP_AMBIGUOUS);
        world_ack(w, 1);
        assert_int_equal(world_count(w, WORLD_CANCEL, from), i < 4);
    }
    assert_int_equal(world_count(w, WORLD_CANCEL, 0), 5);
    later(w, 2);
    world_ack(w, 1);
    later(w, 2);
    assert_true(world_count(w, WORLD_CANCEL, 0) > 5);           /* but not given up */
    world_report(w, 1, MT_ORDER_CXL, 0, 0);
    assert_int_equal(mt_engine_stance(w->engine, 0), 0);
    world_free(w);
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
    from = w->sent_count;
    later(w, 2);
    world_quote(w, 1, 10000, 10002);
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
        mt_oms_cancel(w->engine, coid);
        mt_oms_replace(w->engine, coid, &wish);
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
    mt_oms_replace(w->engine, stop, &wish);
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
    mt_oms_replace(w->engine, stop, &wish);
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
        cmocka_unit_test(a_quantity_seen_while_an_answer_is_out_is_not_adopted),
        cmocka_unit_test(the_event_beside_an_answer_means_nothing),
        cmocka_unit_test(an_ambiguous_answer_to_an_operation_is_asked_for),
        cmocka_unit_test(a_lost_cancel_is_repeated_so_often_and_then_only_asked_for),
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
        cmocka_unit_test(a_late_fill_that_breaks_a_limit_reduces),
        cmocka_unit_test(two_accounts_may_have_one_fill_id),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
