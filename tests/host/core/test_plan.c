/* Exits: where the levels lie, which of them wins, how takes share a quantity, and what the venue is told about it. */
#include "engine_world.h"

#include "model/order.h"

static const struct mt_order *order(const struct world *w, uint64_t coid) { return mt_engine_order(w->engine, coid); }
static struct mt_request_level at_price(double price)
{
    return (struct mt_request_level){ .value = price, .kind = MT_LEVEL_PRICE };
}
static struct mt_leg_view leg(struct world *w)
{
    struct mt_leg_view view;
    mt_engine_leg(w->engine, 0, 0, &view);
    return view;
}
/* The newest order at the venue of a type; its terms are those of its newest replace. */
static struct world_sent *newest_of(struct world *w, enum mt_order_type type)
{
    for (size_t i = w->sent_count; i > 0; i--)
        if (w->sent[i - 1].kind == WORLD_SUBMIT && w->sent[i - 1].request.terms.type == type
            && mt_terms_reduce_only(&w->sent[i - 1].request.terms))
            return &w->sent[i - 1];
    return NULL;
}
static void enter_qty(struct world *w, struct mt_request request, int64_t price, int64_t qty)
{
    assert_true(world_ask_now(w, request) > 0);
    uint64_t entry = world_newest(w, WORLD_SUBMIT);
    world_ack(w, entry);
    world_fill(w, entry, price, qty);
}

/* Off the tick: rounded towards the entry, so that a stop never loses more and a take never waits for more. */
static void levels_off_the_tick_go_towards_the_entry(void **state)
{
    static const struct { int side; double stop, take; int64_t stop_at, take_at; } cases[] = {
        { 1, 99.03, 101.03, 9905, 10100 }, { -1, 101.03, 99.03, 10100, 9905 },
        { 1, 99.05, 101.05, 9905, 10105 }, { -1, 101.05, 99.05, 10105, 9905 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct world *w = world_new(1);
        w->instruments[0].tick = 5;
        struct mt_request request = world_request(cases[i].side);
        request.stop = at_price(cases[i].stop);
        request.take_count = 1;
        request.takes[0] = at_price(cases[i].take);
        world_start(w);
        enter_qty(w, request, 10000, 1000);
        assert_int_equal(newest_of(w, MT_TYPE_STOP)->request.terms.stop, cases[i].stop_at);
        assert_int_equal(newest_of(w, MT_TYPE_LIMIT)->request.terms.price, cases[i].take_at);
        world_free(w);
    }
}

/* One step has a side as well, and the lowest price there is is a level. */
static void the_smallest_position_and_the_lowest_level(void **state)
{
    (void)state;
    for (int side = -1; side <= 1; side += 2) {
        struct world *w = world_new(1);
        struct mt_request request = world_request(side);
        w->instruments[0].tick = 5;
        w->instruments[0].default_qty = 1;
        request.stop = at_price(side > 0 ? 99.03 : 101.03);
        world_start(w);
        enter_qty(w, request, 10000, 1);
        assert_int_equal(newest_of(w, MT_TYPE_STOP)->request.terms.stop, side > 0 ? 9905 : 10100);
        world_free(w);
    }
    struct world *w = world_new(1);
    struct mt_request request = world_request(1);
    request.stop = at_price(0.01);
    world_start(w);
    enter_qty(w, request, 10000, 1000);
    assert_non_null(newest_of(w, MT_TYPE_STOP));
    assert_int_equal(newest_of(w, MT_TYPE_STOP)->request.terms.stop, 1);
    world_free(w);
}

/* A stop that lies at the venue, or is on its way there, is triggered there: the host closes nothing besides. */
static void a_stop_that_lies_at_the_venue_is_left_to_it(void **state)
{
    enum { LIES, MOVES, UNKNOWN };
    (void)state;
    for (int what = LIES; what <= UNKNOWN; what++) {
        struct world *w = world_new(1);
        struct mt_request nearer = { .kind = MT_ASK_PROTECT, .take_count = -1, .stop = world_away(0.5) };
        world_start(w);
        enter_qty(w, world_with_stop(1, 1), 10000, 400);
        uint64_t entry = w->sent[0].coid;
        world_ack(w, newest_of(w, MT_TYPE_STOP)->coid);
        if (what != LIES) {
            w->next_modify = what == UNKNOWN ? MT_SEND_AMB : MT_SEND_OUT;
            assert_true(world_ask_now(w, nearer) > 0);
            assert_int_equal(world_last(w, WORLD_MODIFY, 0)->stop, 9950);
        }
        size_t from = w->sent_count;
        world_quote(w, 0, what == LIES ? 9890 : 9940, 9942);
        world_fill(w, entry, 10000, 100);
        assert_int_equal(world_count(w, WORLD_SUBMIT, from), 0);
        world_free(w);
    }
}

/* One tick nearer is a change, and the same again is none. */
static void a_stop_moves_by_a_tick(void **state)
{
    struct world *w = world_new(1);
    struct mt_request nearer = { .kind = MT_ASK_PROTECT, .take_count = -1, .stop = world_away(1) };
    (void)state;
    world_start(w);
    enter_qty(w, world_with_stop(1, 1.01), 10000, 1000);
    uint64_t stop = newest_of(w, MT_TYPE_STOP)->coid;
    world_ack(w, stop);
    for (int again = 0; again <= 1; again++) {
        size_t from = w->sent_count;
        assert_true(world_ask_now(w, nearer) > 0);
        assert_int_equal(world_count(w, WORLD_MODIFY, from), !again);
        if (!again) {
            assert_int_equal(world_last(w, WORLD_MODIFY, from)->stop, 9900);
            world_op(w, stop, MT_REPORT_REPLACED);
        }
    }
    world_free(w);
}

/* While the leg is being closed its exits lie where they are; of what is kept they follow. */
static void exits_rest_while_the_leg_is_closed(void **state)
{
    (void)state;
    for (int keep = 0; keep <= 1; keep++) {
        struct world *w = world_new(1);
        struct mt_request nearer = { .kind = MT_ASK_PROTECT, .take_count = -1, .stop = world_away(0.5) };
        struct mt_request out = world_request(0);
        out.has_keep = keep;
        out.keep = 0.2;
        world_start(w);
        enter_qty(w, world_with_stop(1, 1), 10000, 1000);
        uint64_t stop = newest_of(w, MT_TYPE_STOP)->coid;
        world_ack(w, stop);
        assert_true(world_ask_now(w, out) > 0);
        uint64_t close = world_newest(w, WORLD_SUBMIT);
        world_ack(w, close);
        world_fill(w, close, 10000, 300);
        assert_int_equal(world_count(w, WORLD_MODIFY, 0), 0);
        assert_true(world_ask_now(w, nearer) > 0);
        assert_int_equal(world_count(w, WORLD_MODIFY, 0), keep);
        if (keep) {
            assert_int_equal(world_last(w, WORLD_MODIFY, 0)->stop, 9950);
            world_op(w, stop, MT_REPORT_REPLACED);
            world_fill(w, close, 10000, 500);
            assert_int_equal(world_last(w, WORLD_MODIFY, 0)->qty, 200);
        }
        world_free(w);
    }
}

/* A level that cannot be reached by any price is no order, and nothing else suffers from it. */
static void levels_beyond_all_prices_are_no_orders(void **state)
{
    (void)state;
    for (int side = -1; side <= 1; side += 2) {
        struct world *w = world_new(1);
        struct mt_request request = world_request(side);
        request.stop = world_away(90);          /* possible at 100, and not at 50, where it fills */
        request.take_count = 1;
        request.takes[0] = world_away(90);
        world_start(w);
        enter_qty(w, request, 5000, 1000);
        assert_true((newest_of(w, MT_TYPE_STOP) == NULL) == (side > 0));
        assert_true((newest_of(w, MT_TYPE_LIMIT) == NULL) == (side < 0));
        assert_int_equal(world_position(w, 0), 1000 * side);
        assert_int_equal(mt_engine_stance(w->engine, 0), side);
        world_free(w);
    }
}

/* The market is crossed when the position comes to be: its bid closes nothing, and the stop is laid with the next
 * quote. */
static void a_crossed_market_closes_nothing_and_delays_the_stop(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    world_start(w);
    world_ask_now(w, world_with_stop(1, 1));
    uint64_t entry = world_newest(w, WORLD_SUBMIT);
    world_quote(w, 0, 9800, 9700);              /* and the bid would have passed it */
    world_fill(w, entry, 10002, 1000);
    assert_int_equal(w->sent_count, 1);
    world_quote(w, 0, 9950, 9952);
    assert_int_equal(newest_of(w, MT_TYPE_STOP)->request.terms.stop, 9902);
    world_free(w);
}

/* --- trailing -------------------- */

static struct world *trailing(int side, double distance, double after, int64_t tick)
{
    struct world *w = world_new(1);
    struct mt_request request = world_request(side);
    w->instruments[0].tick = tick;
    request.trail = world_away(distance);
    request.trail.after = after;
    w->instruments[0].default_qty = 1;          /* one step trails as well */
    world_start(w);
    enter_qty(w, request, 10000, 1);
    return w;
}

/* The smallest position has a side as well. */
static void one_step_is_guarded(void **state)
{
    (void)state;
    for (int side = -1; side <= 1; side += 2) {
        struct world *w = world_new(1);
        struct mt_request request = world_with_stop(side, 1);
        w->instruments[0].default_qty = 1;
        world_start(w);
        enter_qty(w, request, 10000, 1);
        assert_int_equal(newest_of(w, MT_TYPE_STOP)->request.terms.side, -side);
        assert_int_equal(newest_of(w, MT_TYPE_STOP)->request.terms.stop, 10000 - side * 100);
        world_free(w);
    }
}

/* Ticks: the host watches and closes at the market; each side, with and without a price that must be reached first. */
static void a_trailing_stop_on_ticks(void **state)
{
    (void)state;
    for (int side = -1; side <= 1; side += 2)
        for (int armed = 0; armed <= 1; armed++) {
            struct world *w = trailing(side, 0.5, armed ? 1 : 0, 1);
            int64_t spread = side > 0 ? 0 : -2;                 /* the exit side stands at these prices */
            size_t from = w->sent_count;
            world_quote(w, 0, 10000 + side * 60 + spread, 10002 + side * 60 + spread);
            world_quote(w, 0, 10000 + side * 11 + spread, 10002 + side * 11 + spread);      /* 0.49 back */
            assert_int_equal(world_count(w, WORLD_SUBMIT, from), 0);
            world_quote(w, 0, 10000 + side * 10 + spread, 10002 + side * 10 + spread);      /* 0.50 back */
            assert_int_equal(world_count(w, WORLD_SUBMIT, from), armed ? 0 : 1);
            if (armed) {
                world_quote(w, 0, 10000 + side * 100 + spread, 10002 + side * 100 + spread);
                world_quote(w, 0, 10000 + side * 50 + spread, 10002 + side * 50 + spread);
                assert_int_equal(world_count(w, WORLD_SUBMIT, from), 1);
            }
            struct world_sent *close = world_last(w, WORLD_SUBMIT, from);
            assert_int_equal(close->request.terms.type, MT_TYPE_MARKET);
            assert_int_equal(close->request.terms.side, -side);
            assert_int_equal(close->request.terms.qty, 1);
            assert_int_equal(order(w, close->coid)->terms.role, MT_ROLE_TRAIL);
            assert_true(leg(w).closing && !leg(w).waiting);
            world_free(w);
        }
}

/* A crossed quote stands beyond the trail: it closes nothing. A close that is under way keeps its name beyond it. */
static void a_crossed_quote_or_a_close_is_no_trail(void **state)
{
    (void)state;
    for (int closing = 0; closing <= 1; closing++) {
        struct world *w = trailing(1, 0.5, 0, 1);
        world_quote(w, 0, 10060, 10062);
        if (closing)
            assert_true(world_ask_at(w, world_request(0), 10060) > 0);
        size_t from = w->sent_count;
        world_quote(w, 0, 10000, closing ? 10002 : 9990);
        assert_int_equal(world_count(w, WORLD_SUBMIT, from), 0);
        assert_int_equal(leg(w).closing, closing);
        assert_int_equal(leg(w).close_role, closing ? MT_ROLE_FLAT : 0);
        world_free(w);
    }
}

/* What an earlier position reached is nothing to an entry that has not filled: the market calls it not off. */
static void an_entry_has_no_trail_before_it_fills(void **state)
{
    (void)state;
    for (int side = -1; side <= 1; side += 2) {
        struct world *w = trailing(side, 0.5, 0, 1);
        struct mt_request request = world_request(side);
        world_quote(w, 0, 10000 + side * 100, 10001 + side * 100);
        world_quote(w, 0, 10000 + side * 20, 10001 + side * 20);
        world_fill(w, world_newest(w, WORLD_SUBMIT), 10000 + side * 20, 1);
        assert_int_equal(world_position(w, 0), 0);
        request.trail = world_away(0.5);
        request.has_limit = true;
        request.limit = 100 - side * 5;
        assert_true(world_ask_at(w, request, 10000 + side * 20) > 0);
        world_ack(w, world_newest(w, WORLD_SUBMIT));
        size_t from = w->sent_count;
        for (int i = 0; i < 10; i++)
            world_quote(w, 0, 10000 - side * 40 * i, 10001 - side * 40 * i);
        assert_int_equal(world_count(w, WORLD_CANCEL, from), 0);
        assert_false(leg(w).closing);
        world_free(w);
    }
}

/* The clock goes off for another market: that moves no trail, and hurts none. */
static void a_trail_does_not_mind_the_clock(void **state)
{
    struct world *w = trailing(1, 0.5, 0, 1);
    struct mt_request other = world_request(1);
    (void)state;
    other.market = 1;
    other.time = 1;
    assert_true(world_ask_now(w, other) > 0);
    world_fill(w, world_newest(w, WORLD_SUBMIT), 10002, 1000);
    size_t from = w->sent_count;
    w->now += MT_NS_PER_S;
    world_turn(w);
    assert_int_equal(world_count(w, WORLD_SUBMIT, from), 1);
    assert_int_equal(world_last(w, WORLD_SUBMIT, from)->request.terms.symbol, 1);
    world_free(w);
}

/* A limit fills while the market stands beyond its trail already: it closes at once, be it one step. Before the gain that
 * the trail waits for, nothing is closed. */
static void a_trail_that_the_market_has_passed_closes_at_the_fill(void **state)
{
    (void)state;
    for (int side = -1; side <= 1; side += 2)
        for (int waits = 0; waits <= 1; waits++) {
            struct world *w = world_new(1);
            struct mt_request request = world_request(side);
            w->instruments[0].default_qty = 1;
            request.trail = world_away(0.5);
            request.trail.after = waits;
            request.has_limit = true;
            request.limit = 100;
            world_start(w);
            assert_true(world_ask_now(w, request) > 0);
            uint64_t entry = world_newest(w, WORLD_SUBMIT);
            world_ack(w, entry);
            world_quote(w, 0, 10000 - side * 60, 10000 - side * 60 + 1);
            size_t from = w->sent_count;
            world_fill(w, entry, 10000, 1);
            assert_int_equal(world_count(w, WORLD_SUBMIT, from), !waits);
            if (!waits) {
                assert_int_equal(order(w, world_newest(w, WORLD_SUBMIT))->terms.role, MT_ROLE_TRAIL);
                assert_true(leg(w).closing && !leg(w).waiting);
            }
            world_free(w);
        }
}

static void a_crossed_quote_does_not_trail(void **state)
{
    struct world *w = trailing(1, 0.5, 0, 1);
    (void)state;
    size_t from = w->sent_count;
    world_quote(w, 0, 20000, 10000);            /* would lift the best price so far to 200 */
    world_quote(w, 0, 10000, 10002);
    assert_int_equal(world_count(w, WORLD_SUBMIT, from), 0);
    world_quote(w, 0, 9900, 9800);              /* would close */
    assert_int_equal(world_count(w, WORLD_SUBMIT, from), 0);
    world_quote(w, 0, 9950, 9952);
    assert_int_equal(world_count(w, WORLD_SUBMIT, from), 1);
    world_free(w);
}

static void a_trail_far_from_all_prices_never_closes(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        int side = i == 1 ? -1 : 1;             /* 1: trails only after a price of a cent */
        struct world *w = trailing(side, i == 0 ? 99.99 : 0.5, i == 1 ? 99.99 : 0, i == 2 ? 5 : 1);
        size_t from = w->sent_count;
        world_quote(w, 0, 12003, 12005);
        assert_int_equal(world_count(w, WORLD_SUBMIT, from), 0);
        world_quote(w, 0, 11956, 11958);        /* tick 5: 119.53 is rounded up to 119.55 */
        assert_int_equal(world_count(w, WORLD_SUBMIT, from), 0);
        world_quote(w, 0, 11955, 11957);
        assert_int_equal(world_count(w, WORLD_SUBMIT, from), i == 2);
        world_quote(w, 0, 10000, 10002);
        assert_int_equal(world_count(w, WORLD_SUBMIT, from), i == 2);
        world_free(w);
    }
}

/* --- bars: the venue's stop is moved after each bar -------------------- */

static void ask_once(struct world *w, enum mt_handler handler)
{
    if (handler != MT_ON_BAR)
        return;
    w->on_any = NULL;
    w->answers[0] = world_ask(w, &w->wanted[0]);
}
static uint64_t enter_on_bar(struct world *w, struct mt_request request)
{
    w->wanted[0] = request;
    w->on_any = ask_once;
    world_bar(w, 0, 10010, 9990, 10000);
    assert_true(w->answers[0] > 0);
    uint64_t entry = world_newest(w, WORLD_SUBMIT);
    world_ack(w, entry);
    world_fill(w, entry, 10000, w->instruments[0].default_qty);
    return entry;
}

static void on_bars_the_nearer_of_stop_and_trail_lies_at_the_venue(void **state)
{
    static const struct { int side; double stop, trail; int64_t first, after_up, after_down; } cases[] = {
        /* stop_at after the entry, after a bar with its extreme 1.00 in favour, after one that falls back by 0.30 */
        { 1, 2, 1, 9900, 10000, 10000 },        /* the trail is nearer at once */
        { 1, 0.5, 1, 9950, 10000, 10000 },      /* the stop first, then the trail */
        { 1, 0, 1, 9900, 10000, 10000 },        /* no stop at all */
        { 1, 0.5, 99.99, 9950, 9950, 9950 },    /* the trail is far below every price */
        { -1, 2, 1, 10100, 10000, 10000 },
        { -1, 0.5, 1, 10050, 10000, 10000 },
        { -1, 0, 1, 10100, 10000, 10000 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct world *w = world_new(1);
        struct mt_request request = world_request(cases[i].side);
        int s = cases[i].side;
        if (cases[i].stop > 0)
            request.stop = world_away(cases[i].stop);
        request.trail = world_away(cases[i].trail);
        w->instruments[0].default_qty = 1;
        world_start(w);
        enter_on_bar(w, request);
        world_bar(w, 0, 10000, 10000, 10000);
        struct world_sent *sent = newest_of(w, MT_TYPE_STOP);
        assert_non_null(sent);
        uint64_t stop = sent->coid;
        world_ack(w, stop);
        if (order(w, stop)->op == MT_OP_REPLACE_SENT)
            world_op(w, stop, MT_REPORT_REPLACED);
        assert_int_equal(order(w, stop)->terms.stop, cases[i].first);
        world_bar(w, 0, s > 0 ? 10100 : 10000, s > 0 ? 10000 : 9900, 10000 + s * 80);
        if (order(w, stop)->op == MT_OP_REPLACE_SENT)
            world_op(w, stop, MT_REPORT_REPLACED);
        assert_int_equal(order(w, stop)->terms.stop, cases[i].after_up);
        size_t from = w->sent_count;
        world_bar(w, 0, 10000 + s * 80, 10000 + s * 50, 10000 + s * 50);
        assert_int_equal(world_count(w, WORLD_MODIFY, from), 0);        /* it never goes back */
        assert_int_equal(order(w, stop)->terms.stop, cases[i].after_down);
        assert_int_equal(world_position(w, 0), s);
        world_free(w);
    }
}

/* What filled at the open of a bar has seen its high and low. */
static void the_bar_of_an_entry_at_its_open_counts(void **state)
{
    (void)state;
    for (int side = -1; side <= 1; side += 2) {
        struct world *w = world_new(1);
        struct mt_request request = world_with_stop(side, 1);
        request.trail = world_away(1);
        world_start(w);
        enter_on_bar(w, request);
        uint64_t stop = newest_of(w, MT_TYPE_STOP)->coid;
        world_ack(w, stop);
        world_bar(w, 0, side > 0 ? 10100 : 10000, side > 0 ? 10000 : 9900, 10000 + side * 80);
        assert_int_equal(world_last(w, WORLD_MODIFY, 0)->coid, stop);
        assert_int_equal(world_last(w, WORLD_MODIFY, 0)->stop, 10000);
        world_free(w);
    }
}

/* A bar that has run up and come back through the trail's place: no stop can lie there any more, so it closes, as trail. */
static void a_bar_that_comes_back_through_the_trail_closes(void **state)
{
    (void)state;
    for (int side = -1; side <= 1; side += 2) {
        struct world *w = world_new(1);
        struct mt_request request = world_request(side);
        request.trail = world_away(0.5);
        world_start(w);
        enter_on_bar(w, request);
        world_bar(w, 0, 10000, 10000, 10000);
        uint64_t stop = newest_of(w, MT_TYPE_STOP)->coid;
        world_ack(w, stop);
        size_t from = w->sent_count;
        world_bar(w, 0, side > 0 ? 10100 : 10000, side > 0 ? 10000 : 9900, 10000 + side * 20);
        struct world_sent *close = world_last(w, WORLD_SUBMIT, from);
        if (!close) {                           /* the stop goes first, then the close */
            world_report(w, stop, MT_ORDER_CXL, 0, 0);
            close = world_last(w, WORLD_SUBMIT, from);
        }
        assert_non_null(close);
        assert_int_equal(close->request.terms.type, MT_TYPE_MARKET);
        assert_int_equal(order(w, close->coid)->terms.role, MT_ROLE_TRAIL);
        assert_true(leg(w).closing && !leg(w).waiting);
        world_free(w);
    }
}

/* The venue takes no stop at the trail's place: after so many refusals the position is closed, by the trail. */
static void a_trail_that_the_venue_refuses_closes(void **state)
{
    struct world *w = world_new(1);
    struct mt_request request = world_request(1);
    (void)state;
    request.trail = world_away(0.5);
    world_start(w);
    enter_on_bar(w, request);
    struct world_sent *sent = NULL;
    for (int bars = 0; bars < 200 && (!sent || sent->request.terms.type == MT_TYPE_STOP); bars++) {
        size_t from = w->sent_count;
        world_bar(w, 0, 10000, 10000, 10000);
        sent = world_last(w, WORLD_SUBMIT, from) ? world_last(w, WORLD_SUBMIT, from) : sent;
        if (sent && sent->request.terms.type == MT_TYPE_STOP && order(w, sent->coid)->state <= MT_ORDER_UNKNOWN)
            world_report(w, sent->coid, MT_ORDER_REJ, 0, 0);
        sent = world_last(w, WORLD_SUBMIT, 1);
    }
    assert_non_null(sent);
    assert_int_equal(sent->request.terms.type, MT_TYPE_MARKET);
    assert_int_equal(order(w, sent->coid)->terms.role, MT_ROLE_TRAIL);
    assert_int_equal(sent->request.terms.side, -1);
    world_free(w);
}

/* What a stop is called follows the terms that are in force: a move that was refused has named nothing. */
static void a_refused_move_of_the_trail_leaves_a_stop(void **state)
{
    (void)state;
    for (int accepted = 0; accepted <= 1; accepted++) {
        struct world *w = world_new(1);
        struct mt_request request = world_with_stop(1, 1);
        request.trail = world_away(0.5);
        request.trail.after = 0.9;
        world_start(w);
        enter_on_bar(w, request);
        world_bar(w, 0, 10000, 10000, 10000);
        uint64_t stop = newest_of(w, MT_TYPE_STOP)->coid;
        world_ack(w, stop);
        assert_int_equal(mt_order_reason(order(w, stop)), MT_ROLE_STOP);
        world_bar(w, 0, 10100, 10000, 10080);
        assert_int_equal(order(w, stop)->op, MT_OP_REPLACE_SENT);
        assert_int_equal(mt_order_reason(order(w, stop)), MT_ROLE_STOP);
        world_op(w, stop, accepted ? MT_REPORT_REPLACED : MT_REPORT_OP_REFUSED);
        assert_int_equal(mt_order_reason(order(w, stop)), accepted ? MT_ROLE_TRAIL : MT_ROLE_STOP);
        world_free(w);
    }
}

/* --- time -------------------- */

static void time_exit(struct world *w, uint16_t symbol, double seconds)
{
    struct mt_request request = world_request(1);
    request.market = symbol;
    request.time = seconds;
    assert_true(world_ask_now(w, request) > 0);
    uint64_t entry = world_newest(w, WORLD_SUBMIT);
    world_fill(w, entry, 10002, w->instruments[symbol].default_qty);
}

static void a_time_exit_goes_off_by_the_clock(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    world_start(w);
    time_exit(w, 0, 10);
    int64_t due = w->now + 10 * MT_NS_PER_S;
    size_t from = w->sent_count;
    w->now = due - 1;
    world_turn(w);
    assert_int_equal(world_count(w, WORLD_SUBMIT, from), 0);
    w->now = due;
    world_turn(w);
    assert_int_equal(world_count(w, WORLD_SUBMIT, from), 1);
    assert_int_equal(order(w, world_newest(w, WORLD_SUBMIT))->terms.role, MT_ROLE_TIME);
    assert_true(leg(w).closing && !leg(w).waiting);
    world_turn(w);
    assert_int_equal(world_count(w, WORLD_SUBMIT, from), 1);
    world_free(w);
}

/* An entry that has not filled has no time exit yet: it does not hide that of another market. */
static void no_time_runs_before_the_fill(void **state)
{
    (void)state;
    for (uint16_t y = 0; y < 2; y++) {
        struct world *w = world_new(1);
        struct mt_request request = world_request(1);
        request.market = !y;
        request.has_limit = true;
        request.limit = 99;
        request.ttl = 600;
        request.time = 10;
        world_start(w);
        assert_true(world_ask_now(w, request) > 0);
        world_ack(w, world_newest(w, WORLD_SUBMIT));
        time_exit(w, y, 60);
        int64_t due = w->now + 60 * MT_NS_PER_S;
        w->now = due - MT_NS_PER_S;
        world_turn(w);
        assert_true(mt_engine_wake_ns(w->engine) <= due);
        world_free(w);
    }
}

/* The deadline of what waits on one market does not hide the time exit of another, nor the other way round. */
static void the_clock_goes_off_for_the_nearest(void **state)
{
    (void)state;
    for (uint16_t y = 0; y < 2; y++)
        for (int nearer = 0; nearer <= 1; nearer++) {
            struct world *w = world_new(1);
            struct mt_request request = world_request(1), turn = world_request(-1);
            request.market = turn.market = !y;
            turn.ttl = nearer ? 8 : 60;
            world_start(w);
            time_exit(w, y, 10);
            int64_t due = w->now + 10 * MT_NS_PER_S;
            assert_true(world_ask_now(w, request) > 0);
            world_fill(w, world_newest(w, WORLD_SUBMIT), 10002, 1000);
            assert_true(world_ask_now(w, turn) > 0);
            world_ack(w, world_newest(w, WORLD_SUBMIT));
            int64_t first = nearer ? w->now + 8 * MT_NS_PER_S : due;
            for (w->now += MT_NS_PER_S; w->now + MT_NS_PER_S < first; w->now += MT_NS_PER_S)
                world_turn(w);                  /* orders without an answer are looked at in between */
            assert_true(mt_engine_wake_ns(w->engine) <= first);
            world_free(w);
        }
}

/* The shortest time there is. */
static void a_time_of_one_nanosecond_goes_off(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    w->instruments[0].default_qty = 1;
    world_start(w);
    time_exit(w, 0, 1e-9);
    assert_true(mt_engine_wake_ns(w->engine) <= w->now + 1);
    size_t from = w->sent_count;
    w->now += 1;
    world_turn(w);
    assert_int_equal(world_count(w, WORLD_SUBMIT, from), 1);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_smallest_position_and_the_lowest_level),
        cmocka_unit_test(a_stop_that_lies_at_the_venue_is_left_to_it),
        cmocka_unit_test(a_stop_moves_by_a_tick),
        cmocka_unit_test(exits_rest_while_the_leg_is_closed),
        cmocka_unit_test(a_trail_that_the_market_has_passed_closes_at_the_fill),
        cmocka_unit_test(a_crossed_quote_or_a_close_is_no_trail),
        cmocka_unit_test(an_entry_has_no_trail_before_it_fills),
        cmocka_unit_test(a_trail_does_not_mind_the_clock),
        cmocka_unit_test(the_bar_of_an_entry_at_its_open_counts),
        cmocka_unit_test(no_time_runs_before_the_fill),
        cmocka_unit_test(the_clock_goes_off_for_the_nearest),
        cmocka_unit_test(a_time_of_one_nanosecond_goes_off),
        cmocka_unit_test(levels_off_the_tick_go_towards_the_entry),
        cmocka_unit_test(levels_beyond_all_prices_are_no_orders),
        cmocka_unit_test(a_crossed_market_closes_nothing_and_delays_the_stop),
        cmocka_unit_test(one_step_is_guarded),
        cmocka_unit_test(a_trailing_stop_on_ticks),
        cmocka_unit_test(a_crossed_quote_does_not_trail),
        cmocka_unit_test(a_trail_far_from_all_prices_never_closes),
        cmocka_unit_test(on_bars_the_nearer_of_stop_and_trail_lies_at_the_venue),
        cmocka_unit_test(a_bar_that_comes_back_through_the_trail_closes),
        cmocka_unit_test(a_trail_that_the_venue_refuses_closes),
        cmocka_unit_test(a_refused_move_of_the_trail_leaves_a_stop),
        cmocka_unit_test(a_time_exit_goes_off_by_the_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
