/* Exits that lie at the venue with their entry, from the host's side: what is sent when, what follows a change before the
 * fill, and what an exit does to the rest of its own entry. */
#include "engine_world.h"

#include "model/order.h"

static const struct mt_order *order(const struct world *w, uint64_t coid) { return mt_engine_order(w->engine, coid); }

static struct mt_request_level level(double value, double part, int kind)
{
    return (struct mt_request_level){ .value = value, .part = part, .kind = (uint8_t)kind };
}

static void ask_once(struct world *w, enum mt_handler handler)
{
    if (handler != MT_ON_BAR)
        return;
    w->on_any = NULL;
    w->answers[0] = world_ask(w, &w->wanted[0]);
}

/* Ask with a bar around 100.00. */
static double ask_on_bar(struct world *w, struct mt_request request)
{
    w->wanted[0] = request;
    w->on_any = ask_once;
    world_bar(w, 0, 10010, 9990, 10000);
    return w->answers[0];
}

static struct world *bars_world(void)
{
    struct world *w = world_new(1);
    world_with_children(w);
    world_start(w);
    return w;
}

static void ack_all(struct world *w)
{
    for (size_t i = 0, count = w->sent_count; i < count; i++)
        if (w->sent[i].kind == WORLD_SUBMIT && order(w, w->sent[i].coid)->state == MT_ORDER_SENT)
            world_ack(w, w->sent[i].coid);
}

static struct mt_request full_plan(int side)
{
    struct mt_request request = world_request(side);
    request.stop = world_away(5);
    request.trail = world_away(3);
    request.trail.after = 1;
    request.take_count = 2;
    request.takes[0] = level(2, 0.4, MT_LEVEL_DISTANCE);
    request.takes[1] = level(4, 0, MT_LEVEL_DISTANCE);
    return request;
}

static struct mt_request protect(void)
{
    return (struct mt_request){ .kind = MT_ASK_PROTECT, .take_count = -1 };
}

static void distances_go_out_with_the_entry(void **state)
{
    (void)state;
    for (int side = -1; side <= 1; side += 2) {
        struct world *w = bars_world();
        assert_true(ask_on_bar(w, full_plan(side)) > 0);
        assert_int_equal(w->sent_count, 4);
        uint64_t entry = w->sent[0].coid;
        static const struct { int type; int64_t qty, distance, trail, after; } want[] = {
            { MT_TYPE_STOP, 1000, 500, 300, 100 }, { MT_TYPE_LIMIT, 400, 200, 0, 0 }, { MT_TYPE_LIMIT, 600, 400, 0, 0 },
        };
        assert_int_equal(w->sent[0].request.parent, 0);
        assert_false(mt_terms_reduce_only(&w->sent[0].request.terms));
        for (size_t i = 0; i < 3; i++) {
            const struct mt_order_request *child = &w->sent[i + 1].request;
            assert_int_equal(child->terms.type, want[i].type);
            assert_int_equal(child->parent, entry);
            assert_int_equal(child->terms.side, -side);
            assert_true(mt_terms_reduce_only(&child->terms));
            assert_int_equal(child->terms.qty, want[i].qty);
            assert_int_equal(child->terms.price, 0);
            assert_int_equal(child->terms.stop, 0);
            assert_int_equal(child->follow.distance, want[i].distance);
            assert_int_equal(child->follow.trail, want[i].trail);
            assert_int_equal(child->follow.after, want[i].after);
        }
        world_free(w);
    }
}

/* Prices are what they are, off the tick rounded towards the entry. */
static void prices_go_out_with_the_entry(void **state)
{
    static const struct { int side; double stop, take; int64_t stop_at, take_at; } cases[] = {
        { 1, 95.03, 105.03, 9505, 10500 }, { -1, 105.03, 95.03, 10500, 9505 }, { 1, 95, 105, 9500, 10500 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct world *w = world_new(1);
        struct mt_request request = world_request(cases[i].side);
        w->instruments[0].tick = 5;
        world_with_children(w);
        world_start(w);
        request.stop = level(cases[i].stop, 0, MT_LEVEL_PRICE);
        request.take_count = 1;
        request.takes[0] = level(cases[i].take, 0, MT_LEVEL_PRICE);
        assert_true(ask_on_bar(w, request) > 0);
        assert_int_equal(w->sent_count, 3);
        assert_int_equal(w->sent[1].request.terms.stop, cases[i].stop_at);
        assert_int_equal(w->sent[1].request.follow.distance, 0);
        assert_int_equal(w->sent[2].request.terms.price, cases[i].take_at);
        world_free(w);
    }
}

/* No stop, no order for one; and as many takes as a plan holds. */
static void takes_alone_go_out_with_the_entry(void **state)
{
    (void)state;
    for (int count = 1; count <= MT_TAKES_MAX; count += MT_TAKES_MAX - 1) {
        struct world *w = bars_world();
        struct mt_request request = world_request(1);
        request.take_count = count;
        for (int t = 0; t < count; t++)
            request.takes[t] = level(1 + t, t < count - 1 ? 0.1 : 0, MT_LEVEL_DISTANCE);
        assert_true(ask_on_bar(w, request) > 0);
        assert_int_equal(w->sent_count, 1 + count);
        for (int t = 1; t <= count; t++)
            assert_int_equal(w->sent[t].request.terms.type, MT_TYPE_LIMIT);
        assert_int_equal(mt_engine_counts(w->engine)->denied, 0);
        world_free(w);
    }
}

/* The venue knows what was inside a bar: beyond a stop that lies there the host closes nothing by itself. */
static void the_venue_leads_its_stop(void **state)
{
    (void)state;
    for (int side = -1; side <= 1; side += 2) {
        struct world *w = bars_world();
        struct mt_request request = world_request(side);
        request.trail = world_away(1);
        assert_true(ask_on_bar(w, request) > 0);
        uint64_t entry = w->sent[0].coid, stop = w->sent[1].coid;
        world_ack(w, entry);
        world_ack(w, stop);
        world_fill(w, entry, 10000, 1000);
        world_bar(w, 0, side > 0 ? 10100 : 10000, side > 0 ? 10000 : 9900, 10000 + side * 80);
        assert_int_equal(world_last(w, WORLD_MODIFY, 0)->coid, stop);
        assert_int_equal(world_last(w, WORLD_MODIFY, 0)->stop, 10000);
        world_op(w, stop, MT_REPORT_REPLACED);
        size_t from = w->sent_count;
        world_bar(w, 0, side > 0 ? 10080 : 10005, side > 0 ? 9995 : 9920, 10000 - side * 5);
        assert_int_equal(world_count(w, WORLD_SUBMIT, from), 0);
        world_free(w);
    }
}

/* On quotes, and at a venue that does not hold them, exits come after the fill. */
static void only_on_bars_and_where_the_venue_can(void **state)
{
    (void)state;
    for (int quotes = 0; quotes <= 1; quotes++) {
        struct world *w = world_new(1);
        if (quotes)
            world_with_children(w);
        world_start(w);
        if (quotes)
            assert_true(world_ask_now(w, full_plan(1)) > 0);
        else
            assert_true(ask_on_bar(w, full_plan(1)) > 0);
        assert_int_equal(w->sent_count, 1);
        world_free(w);
    }
}

/* After the fill the host knows the levels that the venue has made of the distances, and sends nothing for them. */
static void the_fill_makes_levels_of_distances(void **state)
{
    (void)state;
    for (int side = -1; side <= 1; side += 2) {
        struct world *w = bars_world();
        struct mt_request request = world_with_stop(side, 5);
        request.take_count = 1;
        request.takes[0] = world_away(2);
        assert_true(ask_on_bar(w, request) > 0);
        ack_all(w);
        size_t from = w->sent_count;
        w->now += 60 * MT_NS_PER_S;
        world_fill(w, w->sent[0].coid, 10037, 1000);
        assert_int_equal(order(w, w->sent[1].coid)->terms.stop, 10037 - side * 500);
        assert_int_equal(order(w, w->sent[2].coid)->terms.price, 10037 + side * 200);
        assert_int_equal(order(w, w->sent[1].coid)->follow.distance, 0);
        w->now -= 60 * MT_NS_PER_S;
        world_bar(w, 0, 10040, 10030, 10037);
        assert_int_equal(w->sent_count, from);
        world_free(w);
    }
}

static void protect_reaches_them_before_the_fill(void **state)
{
    struct world *w = bars_world();
    struct mt_request tighter = protect();
    (void)state;
    assert_true(ask_on_bar(w, full_plan(1)) > 0);
    ack_all(w);
    size_t from = w->sent_count;
    tighter.stop = world_away(2);
    assert_true(ask_on_bar(w, tighter) >= 0);
    assert_int_equal(world_count(w, WORLD_MODIFY, from), 1);
    assert_int_equal(world_count(w, WORLD_SUBMIT, from) + world_count(w, WORLD_CANCEL, from), 0);
    const struct world_sent *sent = world_last(w, WORLD_MODIFY, from);
    assert_int_equal(sent->coid, w->sent[1].coid);
    assert_int_equal(sent->request.follow.distance, 200);
    assert_int_equal(sent->request.follow.trail, 300);
    assert_int_equal(sent->qty, 1000);
    world_free(w);
}

/* One cancel, of the entry: what lies with it dies with it. */
static void flat_before_the_fill_takes_all_away(void **state)
{
    struct world *w = bars_world();
    (void)state;
    assert_true(ask_on_bar(w, full_plan(1)) > 0);
    ack_all(w);
    size_t from = w->sent_count;
    assert_true(ask_on_bar(w, world_request(0)) > 0);
    assert_int_equal(world_last(w, WORLD_CANCEL, from)->coid, w->sent[0].coid);
    world_report(w, w->sent[0].coid, MT_ORDER_CXL, 0, 0);
    for (size_t i = 1; i <= 3; i++)
        world_report(w, w->sent[i].coid, MT_ORDER_CXL, 0, 0);
    assert_int_equal(world_count(w, WORLD_CANCEL, from), 1);
    assert_int_equal(world_count(w, WORLD_SUBMIT, from), 0);
    assert_int_equal(mt_engine_stance(w->engine, 0), 0);
    assert_true(mt_engine_idle(w->engine));
    for (uint64_t i = 0; i < 4; i++)
        assert_int_equal(order(w, w->sent[i].coid)->state, MT_ORDER_CANCELED);
    world_free(w);
}

/* The entry never left: nothing of it remains, whatever the venue says of its exits. */
static void an_entry_that_never_left_leaves_no_exits(void **state)
{
    struct world *w = bars_world();
    (void)state;
    w->next_send = MT_SEND_NOBYTE;
    assert_true(ask_on_bar(w, world_with_stop(1, 5)) > 0);
    for (size_t i = 1; i < w->sent_count; i++)
        if (w->sent[i].kind == WORLD_SUBMIT)
            world_report(w, w->sent[i].coid, MT_ORDER_CXL, 0, 0);
    size_t from = w->sent_count;
    world_bar(w, 0, 10010, 9990, 10000);
    assert_int_equal(world_count(w, WORLD_SUBMIT, from), 0);
    assert_int_equal(mt_engine_stance(w->engine, 0), 0);
    assert_true(mt_engine_idle(w->engine));
    world_free(w);
}

/* An exit that never left is sent again while its entry still waits, as its child. */
static void an_exit_that_never_left_is_sent_again(void **state)
{
    struct world *w = bars_world();
    struct mt_request request = world_with_stop(1, 5);
    (void)state;
    request.has_limit = true;
    request.limit = 98;
    request.ttl = 600;
    w->send_skip = 1;
    w->next_send = MT_SEND_NOBYTE;
    assert_true(ask_on_bar(w, request) > 0);
    uint64_t entry = w->sent[0].coid;
    world_ack(w, entry);
    for (int i = 0; i < 3; i++)
        world_bar(w, 0, 10010, 9990, 10000);
    const struct world_sent *again = world_last(w, WORLD_SUBMIT, 2);
    assert_non_null(again);
    assert_int_equal(again->request.terms.type, MT_TYPE_STOP);
    assert_int_equal(again->request.parent, entry);
    assert_int_equal(again->request.follow.distance, 500);
    assert_int_equal(world_count(w, WORLD_SUBMIT, 2), 1);
    world_free(w);
}

/* --- the rest of an entry, on quotes -------------------- */

static struct world *half_filled(struct mt_request request, uint64_t ids[3])
{
    struct world *w = world_new(1);
    request.has_limit = true;
    request.limit = 100;
    request.ttl = 600;
    world_start(w);
    assert_true(world_ask_now(w, request) > 0);
    ids[0] = world_newest(w, WORLD_SUBMIT);
    world_ack(w, ids[0]);
    world_fill(w, ids[0], 10000, 400);
    for (size_t i = 1; i < w->sent_count; i++) {
        ids[i] = w->sent[i].coid;
        world_ack(w, ids[i]);
    }
    return w;
}

static void a_stop_ends_the_rest_of_its_entry(void **state)
{
    (void)state;
    for (int late_fill = 0; late_fill <= 1; late_fill++)
        for (int side = -1; side <= 1; side += 2) {
            uint64_t ids[3];
            struct world *w = half_filled(world_with_stop(side, 1), ids);
            size_t from = w->sent_count;
            world_report(w, ids[1], MT_ORDER_FILLX, 10000 - side * 100, 400);
            assert_int_equal(world_count(w, WORLD_CANCEL, from), 1);
            assert_int_equal(world_newest(w, WORLD_CANCEL), ids[0]);
            assert_int_equal(world_count(w, WORLD_SUBMIT, from), 0);
            if (late_fill) {                    /* before the cancel is definite: closed at market, as the stop */
                world_fill(w, ids[0], 10000, 100);
                const struct world_sent *close = world_last(w, WORLD_SUBMIT, from);
                assert_int_equal(close->request.terms.type, MT_TYPE_MARKET);
                assert_int_equal(close->request.terms.qty, 100);
                assert_int_equal(close->request.terms.side, -side);
                assert_true(mt_terms_reduce_only(&close->request.terms));
                assert_int_equal(order(w, close->coid)->terms.role, MT_ROLE_STOP);
                world_report(w, close->coid, MT_ORDER_FILLX, 10000, 100);
            }
            world_report(w, ids[0], MT_ORDER_CXL, 0, 0);
            assert_int_equal(world_position(w, 0), 0);
            assert_int_equal(mt_engine_stance(w->engine, 0), 0);
            assert_int_equal(world_count(w, WORLD_SUBMIT, from), late_fill);
            assert_true(mt_engine_idle(w->engine));
            world_free(w);
        }
}

static void a_last_take_ends_it_and_a_part_does_not(void **state)
{
    (void)state;
    for (int part = 0; part <= 1; part++) {
        uint64_t ids[3];
        struct mt_request request = world_request(1);
        request.take_count = 1;
        request.takes[0] = level(1, part ? 0.5 : 0, MT_LEVEL_DISTANCE);
        struct world *w = half_filled(request, ids);
        size_t from = w->sent_count;
        world_report(w, ids[1], MT_ORDER_FILLX, 10100, part ? 200 : 400);
        assert_int_equal(world_count(w, WORLD_CANCEL, from), part ? 0 : 1);
        if (!part)
            world_report(w, ids[0], MT_ORDER_CXL, 0, 0);
        assert_int_equal(mt_engine_stance(w->engine, 0), part);
        world_free(w);
    }
}

/* --- prices older than the fill -------------------- */

static void maker_fill(struct world *w, uint64_t coid, int64_t price, int64_t qty, int64_t venue_ns)
{
    struct mt_event event = { .time_ns = w->now, .venue_ns = venue_ns, .kind = MT_EV_REPORT,
        .report = { .coid = coid, .event = MT_ORDER_FILLX, .price = price, .qty = qty, .cum = -1, .maker = true,
                    .fill_id = ++w->fill_id, .venue_order_id = ++w->venue_id } };
    world_push(w, &event);
    world_turn(w);
}

/* Ask 100.40 before the fill at 100.20 says nothing about a stop at 100.35; the quote that comes with the fill does. */
static void a_quote_before_the_fill_passes_no_stop(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++)
        for (int side = -1; side <= 1; side += 2) {
            bool passed = i & 1, same_time = i & 2;             /* as that of the quote before */
            struct world *w = world_new(1);
            struct mt_request request = world_with_stop(side, 0.15);
            request.has_limit = true;
            request.limit = 100 - side * 0.2;
            request.ttl = 600;
            world_start(w);
            assert_true(world_ask_at(w, request, side > 0 ? 9960 : 10038) > 0);         /* 99.60 or 100.40 to exit at */
            uint64_t entry = world_newest(w, WORLD_SUBMIT);
            world_ack(w, entry);
            size_t from = w->sent_count;
            int64_t step = same_time ? 0 : MT_NS_PER_S / 10;
            w->now += step;
            w->in_mid_instant = true;
            maker_fill(w, entry, 10000 - side * 20, 1000, w->now);
            assert_int_equal(world_count(w, WORLD_SUBMIT, from), 0);
            w->in_mid_instant = false;
            w->now -= step;
            int64_t exit = 10000 - side * (passed ? 35 : 34);
            world_quote(w, 0, side > 0 ? exit : exit - 4, side > 0 ? exit + 4 : exit);
            const struct world_sent *sent = world_last(w, WORLD_SUBMIT, from);
            assert_int_equal(world_count(w, WORLD_SUBMIT, from), 1);
            assert_int_equal(sent->request.terms.type, passed ? MT_TYPE_MARKET : MT_TYPE_STOP);
            assert_int_equal(sent->request.terms.stop, passed ? 0 : 10000 - side * 35);
            world_free(w);
        }
}

/* No price comes any more: the end of the instant lays the stop all the same. */
static void the_end_of_the_instant_lays_the_stop(void **state)
{
    struct world *w = world_new(1);
    struct mt_request request = world_with_stop(-1, 0.15);
    (void)state;
    request.has_limit = true;
    request.limit = 100.2;
    request.ttl = 600;
    world_start(w);
    assert_true(world_ask_at(w, request, 10038) > 0);
    uint64_t entry = world_newest(w, WORLD_SUBMIT);
    world_ack(w, entry);
    size_t from = w->sent_count;
    w->now += MT_NS_PER_S / 10;
    maker_fill(w, entry, 10020, 1000, w->now);
    assert_int_equal(world_count(w, WORLD_SUBMIT, from), 1);
    assert_int_equal(world_last(w, WORLD_SUBMIT, from)->request.terms.type, MT_TYPE_STOP);
    assert_int_equal(world_last(w, WORLD_SUBMIT, from)->request.terms.stop, 10035);
    world_free(w);
}

/* --- a reversal -------------------- */

static int no_shorts(struct world *w)
{
    return mt_engine_port(w->engine)->signal.side < 0 ? 1 : 0;
}

/* A filter that says no stops what would be opened; what is held goes, and that is told. */
static void a_veto_of_a_reversal_reduces(void **state)
{
    (void)state;
    for (int target = 0; target <= 1; target++) {
        struct world *w = world_new(2);
        world_start(w);
        assert_true(world_ask_now(w, target ? world_target(1) : world_request(1)) > 0);
        for (size_t i = 0; i < 2; i++)
            world_report(w, w->sent[i].coid, MT_ORDER_FILLX, 10002, 1000);
        size_t from = w->sent_count;
        w->filter = no_shorts;
        assert_true(world_ask_now(w, target ? world_target(-1) : world_request(-1)) > 0);
        const struct world_news *told = world_verdict(w);
        assert_int_equal(told->verdict, MT_VETOED);
        assert_int_equal(told->sent, 2);
        assert_int_equal(told->entry, 0);
        assert_int_equal(mt_engine_stance(w->engine, 0), 0);
        assert_int_equal(world_count(w, WORLD_SUBMIT, from), 2);
        for (size_t i = from; i < from + 2; i++) {
            assert_int_equal(w->sent[i].request.terms.side, -1);
            assert_int_equal(w->sent[i].request.terms.qty, 1000);
            world_report(w, w->sent[i].coid, MT_ORDER_FILLX, 10000, 1000);
        }
        assert_int_equal(world_count(w, WORLD_SUBMIT, from), 2);
        assert_int_equal(world_position(w, 0), 0);
        assert_int_equal(world_position(w, 1), 0);
        world_free(w);
    }
}

/* It dies while it waits for its close: told once, as expired, and the stance is 0. */
static void a_waiting_entry_that_dies_is_told_once(void **state)
{
    struct world *w = world_new(1);
    struct mt_request turn = world_request(-1);
    size_t told = 0;
    (void)state;
    turn.ttl = 5;
    world_start(w);
    world_enter(w, world_request(1));
    world_ask_now(w, turn);
    uint64_t close = world_newest(w, WORLD_SUBMIT);
    assert_int_equal(world_verdict(w)->verdict, MT_SENT);
    int64_t due = w->now + 5 * MT_NS_PER_S;
    for (int i = 0; i < 4; i++) {
        w->now = due - 1 + i;
        world_turn(w);
        for (size_t k = told = 0; k < w->news_count; k++)
            told += w->news[k].handler == MT_ON_ORDER && w->news[k].state == MT_ORDER_EXPIRED;
        assert_int_equal(told, i > 0);
        assert_int_equal(mt_engine_stance(w->engine, 0), i > 0 ? 0 : -1);
    }
    size_t from = w->sent_count;
    world_report(w, close, MT_ORDER_FILLX, 10000, 1000);
    assert_int_equal(world_count(w, WORLD_SUBMIT, from), 0);
    assert_int_equal(world_position(w, 0), 0);
    assert_true(mt_engine_idle(w->engine));
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distances_go_out_with_the_entry),
        cmocka_unit_test(prices_go_out_with_the_entry),
        cmocka_unit_test(takes_alone_go_out_with_the_entry),
        cmocka_unit_test(the_venue_leads_its_stop),
        cmocka_unit_test(only_on_bars_and_where_the_venue_can),
        cmocka_unit_test(the_fill_makes_levels_of_distances),
        cmocka_unit_test(protect_reaches_them_before_the_fill),
        cmocka_unit_test(flat_before_the_fill_takes_all_away),
        cmocka_unit_test(an_entry_that_never_left_leaves_no_exits),
        cmocka_unit_test(an_exit_that_never_left_is_sent_again),
        cmocka_unit_test(a_stop_ends_the_rest_of_its_entry),
        cmocka_unit_test(a_last_take_ends_it_and_a_part_does_not),
        cmocka_unit_test(a_quote_before_the_fill_passes_no_stop),
        cmocka_unit_test(the_end_of_the_instant_lays_the_stop),
        cmocka_unit_test(a_veto_of_a_reversal_reduces),
        cmocka_unit_test(a_waiting_entry_that_dies_is_told_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
