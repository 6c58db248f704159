/* Legs: how an entry comes to its size and its lifetime, what a leg does while it closes, and whose fault leaves what
 * behind. */
#include "engine_world.h"

#include "model/order.h"

static const struct mt_order *order(const struct world *w, uint64_t coid) { return mt_engine_order(w->engine, coid); }
static struct mt_leg_view leg(struct world *w, uint16_t account)
{
    struct mt_leg_view view;
    mt_engine_leg(w->engine, account, 0, &view);
    return view;
}
static void later(struct world *w, int64_t seconds)
{
    for (int64_t i = 0; i < seconds; i++) {
        w->now += MT_NS_PER_S;
        world_turn(w);
    }
}
static void operate(struct world *w, enum mt_operator_command command, int account)
{
    struct mt_diag diag = { 0 };
    assert_int_equal(mt_engine_operator(w->engine, w->now, command, account, -1, "t", "", &diag), 0);
}
/* The newest submit of an account; NULL if none since `from`. */
static struct world_sent *submit_of(struct world *w, uint16_t account, size_t from)
{
    for (size_t i = w->sent_count; i > from; i--)
        if (w->sent[i - 1].kind == WORLD_SUBMIT && w->sent[i - 1].request.terms.account == account)
            return &w->sent[i - 1];
    return NULL;
}

/* --- lifetimes -------------------- */

static void ask_once(struct world *w, enum mt_handler handler)
{
    if (handler != MT_ON_BAR)
        return;
    w->on_any = NULL;
    w->answers[0] = world_ask(w, &w->wanted[0]);
}

/* Without a time of its own a market order on bars waits for the next open, however late, and a limit has one bar. */
static void lifetimes_on_bars(void **state)
{
    static const struct { double limit, ttl; int64_t seconds; } cases[] = { { 0, 0, -1 }, { 0, 5, 5 }, { 99, 0, 60 },
        { 99, 5, 5 }, { 99, 300, 300 } };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct world *w = world_new(1);
        struct mt_request request = world_request(1);
        request.has_limit = cases[i].limit > 0;
        request.limit = cases[i].limit;
        request.ttl = cases[i].ttl;
        world_start(w);
        w->wanted[0] = request;
        w->on_any = ask_once;
        world_bar(w, 0, 10010, 9990, 10000);
        assert_true(w->answers[0] > 0);
        const struct mt_order_request *sent = &world_last(w, WORLD_SUBMIT, 0)->request;
        assert_int_equal(sent->terms.tif, cases[i].seconds < 0 ? MT_TIF_GTC : MT_TIF_GTD);
        assert_int_equal(sent->terms.expire_ns, cases[i].seconds < 0 ? 0 : w->now + cases[i].seconds * MT_NS_PER_S);
        world_free(w);
    }
}
static void a_limit_has_one_bar_however_short(void **state)
{
    struct world *w = world_new(1);
    struct mt_request request = world_request(1);
    (void)state;
    request.has_limit = true;
    request.limit = 99;
    world_start(w);
    w->wanted[0] = request;
    w->on_any = ask_once;
    w->now += 10 * MT_NS_PER_S;
    struct mt_event event = { .time_ns = w->now, .venue_ns = w->now, .kind = MT_EV_BAR, .last = true,
        .bar = { .open_ns = w->now - 10 * MT_NS_PER_S, .tf_s = 10, .open = 10000, .high = 10000, .low = 10000,
                 .close = 10000, .volume = 1, .ticks = 1 } };
    world_push(w, &event);
    world_turn(w);
    assert_int_equal(world_last(w, WORLD_SUBMIT, 0)->request.terms.expire_ns, w->now + 10 * MT_NS_PER_S);
    world_free(w);
}
static void lifetimes_on_ticks(void **state)
{
    static const struct { double limit, ttl; int64_t ns; } cases[] = { { 0, 0, MT_NS_PER_S }, { 0, 2.5, 2500000000 },
        { 99, 0, 30 * MT_NS_PER_S }, { 99, 1e9, INT64_C(1000000000) * MT_NS_PER_S } };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int late = 0; late <= 1; late++) {
            struct world *w = world_new(1);
            struct mt_request request = world_request(1);
            request.has_limit = cases[i].limit > 0;
            request.limit = cases[i].limit;
            request.ttl = cases[i].ttl;
            if (late)                           /* 2255: a deadline beyond the end of time is none */
                w->now = INT64_C(9000000000000000000);
            world_start(w);
            world_ask_now(w, request);
            const struct mt_order_request *sent = &world_last(w, WORLD_SUBMIT, 0)->request;
            bool none = late && cases[i].ttl == 1e9;
            assert_int_equal(sent->terms.tif, none ? MT_TIF_GTC : MT_TIF_GTD);
            assert_int_equal(sent->terms.expire_ns, none ? 0 : w->now + cases[i].ns);
            world_free(w);
        }
}

/* --- sizes -------------------- */

static void ask_on_start(struct world *w, enum mt_handler handler)
{
    if (handler == MT_ON_START)
        w->answers[0] = world_ask(w, &w->wanted[0]);
}
/* Without a size there is no order, but an intent that says why, and a leg that is free. */
static void sizes_that_cannot_be_found(void **state)
{
    enum { NO_MARKET, NO_RATE, TOO_LARGE, NO_VOLATILITY, TOO_SMALL };
    static const int codes[] = { MT_CODE_DATA_MISSING, MT_CODE_RATE_MISSING, MT_CODE_CALC_OVERFLOW, MT_CODE_NO_SIZE,
        MT_CODE_NO_SIZE };
    (void)state;
    for (int what = NO_MARKET; what <= TOO_SMALL; what++) {
        struct world *w = world_new(1);
        struct mt_request request = world_request(1);
        w->unfiltered = true;
        if (what == NO_RATE)
            strcpy(w->accounts[0].currency, "EUR");
        if (what == TOO_LARGE) {
            w->accounts[0].cash = mt_pow10(18) * (mt_money)mt_pow10(17);
            w->bindings[0].sizing = (struct mt_sizing){ .rule = MT_SIZE_NOTIONAL, .value = w->accounts[0].cash };
        }
        if (what == NO_VOLATILITY)
            w->bindings[0].sizing = (struct mt_sizing){ .rule = MT_SIZE_VOLATILITY, .value = 10000000, .lookback = 20 };
        if (what == TOO_SMALL)
            request.size = 1e-6;
        if (what == NO_MARKET)                  /* and nothing is divided by the price that is not there */
            w->bindings[0].sizing = (struct mt_sizing){ .rule = MT_SIZE_NOTIONAL, .value = w->accounts[0].cash };
        w->wanted[0] = request;
        if (what == NO_MARKET)
            w->on_any = ask_on_start;
        world_start(w);
        if (what == NO_MARKET)
            assert_true(w->answers[0] > 0);
        else
            assert_true(world_ask_now(w, request) > 0);
        assert_int_equal(world_verdict(w)->code, codes[what]);
        assert_int_equal(world_verdict(w)->verdict, codes[what] == MT_CODE_NO_SIZE ? MT_NO_SIZE : MT_DENIED);
        assert_int_equal(order(w, 1)->state, MT_ORDER_DENIED);
        assert_int_equal(order(w, 1)->code, codes[what]);
        assert_int_equal(w->sent_count, 0);
        assert_int_equal(mt_engine_stance(w->engine, 0), 0);
        assert_int_equal(leg(w, 0).want, 0);
        world_free(w);
    }
}

/* A size is asked of the price that the order will pay and of the way to its stop: 1000 USD, or 1% of 100 000 at risk. */
static void sizes_by_price_and_by_the_way_to_the_stop(void **state)
{
    static const struct { enum mt_sizing_rule rule; int side; double limit, away, at; int64_t qty; } cases[] = {
        { MT_SIZE_NOTIONAL, 1, 0, 0, 0, 9998 },                 /* at the ask, 100.02 */
        { MT_SIZE_NOTIONAL, -1, 0, 0, 0, 10000 },               /* at the bid, 100.00 */
        { MT_SIZE_NOTIONAL, 1, 50, 0, 0, 20000 },
        { MT_SIZE_NOTIONAL, -1, 200, 0, 0, 5000 },
        { MT_SIZE_RISK_FRACTION, 1, 0, 4, 0, 250000 },
        { MT_SIZE_RISK_FRACTION, -1, 0, 4, 0, 250000 },
        { MT_SIZE_RISK_FRACTION, 1, 0, 0, 98, 495049 },         /* 2.02 below the ask */
        { MT_SIZE_RISK_FRACTION, -1, 0, 0, 102, 500000 },       /* 2.00 above the bid */
        { MT_SIZE_RISK_FRACTION, 1, 99, 0, 98, 1000000 },
        { MT_SIZE_RISK_FRACTION, -1, 101, 0, 102, 1000000 },
        { MT_SIZE_RISK_FRACTION, 1, 0, 0, 0, 9998 },            /* no stop: all of it may be lost */
        { MT_SIZE_RISK_FRACTION, -1, 0, 0, 0, 10000 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct world *w = world_new(1);
        struct mt_request request = world_request(cases[i].side);
        w->accounts[0].leverage = 1000;
        w->bindings[0].sizing = (struct mt_sizing){ .rule = cases[i].rule,
            .value = cases[i].rule == MT_SIZE_NOTIONAL ? (mt_money)1000 * 100000000 : 1000000 };
        request.has_limit = cases[i].limit > 0;
        request.limit = cases[i].limit;
        if (cases[i].away > 0)
            request.stop = world_away(cases[i].away);
        if (cases[i].at > 0)
            request.stop = (struct mt_request_level){ .value = cases[i].at, .kind = MT_LEVEL_PRICE };
        world_start(w);
        world_ask_now(w, request);
        if (!submit_of(w, 0, 0) || submit_of(w, 0, 0)->request.terms.qty != cases[i].qty)
            fail_msg("case %zu: %lld", i, submit_of(w, 0, 0) ? (long long)submit_of(w, 0, 0)->request.terms.qty : 0LL);
        world_free(w);
    }
}

static int count_notes(void *ud, const struct mt_engine *engine, const struct mt_record *record)
{
    (void)engine;
    *(int *)ud += record->kind == MT_REC_NOTE;
    return 0;
}
/* What the account cannot carry is cut off the size, and that is noted; a size that it can carry is not. */
static void a_size_that_was_cut_is_noted(void **state)
{
    (void)state;
    for (int cut = 0; cut <= 1; cut++) {
        struct world *w = world_new(1);
        int notes = 0;
        w->accounts[0].leverage = 1;
        w->instruments[0].default_qty = cut ? 2000000 : 1000;
        w->setup.observer.ud = &notes;
        w->setup.observer.record = count_notes;
        world_start(w);
        world_ask_now(w, world_request(1));
        assert_non_null(submit_of(w, 0, 0));
        assert_true((submit_of(w, 0, 0)->request.terms.qty < w->instruments[0].default_qty) == (cut == 1));
        assert_int_equal(notes, cut);
        world_free(w);
    }
}

/* The lowest price that an order can pay. */
static void a_size_at_the_lowest_price(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    w->bindings[0].sizing = (struct mt_sizing){ .rule = MT_SIZE_NOTIONAL, .value = (mt_money)1000 * 100000000 };
    world_start(w);
    assert_true(world_ask_at(w, world_request(-1), 1) > 0);
    assert_non_null(submit_of(w, 0, 0));
    assert_int_equal(submit_of(w, 0, 0)->request.terms.qty, 100000000);       /* 1000 USD at 0.01, in thousandths */
    world_free(w);
}

/* A stop beyond the last number there is: refused, and nothing wraps. */
static void a_stop_beyond_all_numbers(void **state)
{
    struct world *w = world_new(1);
    struct mt_request request = world_with_stop(-1, 1e12);
    (void)state;
    w->accounts[0].cash = mt_pow10(18) * (mt_money)mt_pow10(16);
    world_start(w);
    assert_int_equal((int)world_ask_at(w, request, INT64_MAX - 1000), -MT_CODE_BAD_EXIT);
    assert_int_equal(w->sent_count, 0);
    world_free(w);
}

/* Trades only: what it costs is what was paid last. */
static void a_market_without_quotes_is_sized_by_its_last_trade(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    w->bindings[0].sizing = (struct mt_sizing){ .rule = MT_SIZE_NOTIONAL, .value = (mt_money)1000 * 100000000 };
    world_start(w);
    world_trade(w, 0, 5000);
    w->wanted[0] = world_request(1);
    w->on_any = NULL;
    struct mt_request_timer timer = { .name = "t", .after = 1, .at_s = -1, .market = -1 };
    struct mt_port *port = mt_engine_port(w->engine);
    assert_int_equal(port->timer_set(port, &timer), 0);
    w->answers[0] = world_ask(w, &w->wanted[0]);
    world_trade(w, 0, 5000);
    assert_true(w->answers[0] > 0);
    assert_int_equal(order(w, 1)->terms.qty, 20000);  /* 1000 USD at 50.00, in thousandths */
    world_free(w);
}

/* --- closing and turning -------------------- */

/* A signal that another one has overtaken meanwhile is not entered when the way is free at last. */
static void an_entry_whose_signal_is_gone_is_not_sent(void **state)
{
    struct world *w = world_new(2);
    (void)state;
    world_start(w);
    world_ask_now(w, world_request(-1));
    for (uint16_t a = 0; a < 2; a++)
        world_fill(w, submit_of(w, a, 0)->coid, 10000, 1000);
    size_t from = w->sent_count;
    world_ask_now(w, world_request(1));         /* both close, then go long */
    uint64_t slow = submit_of(w, 1, from)->coid, fast = submit_of(w, 0, from)->coid;
    operate(w, MT_OPERATOR_HALT, 1);            /* the follower's close is out already, and slow */
    world_fill(w, fast, 10002, 1000);
    world_fill(w, submit_of(w, 0, from)->coid, 10002, 1000);
    assert_int_equal(world_position(w, 0), 1000);
    world_ask_now(w, world_request(-1));        /* the follower is refused: halted */
    assert_int_equal(world_verdict(w)->sent, 1);
    world_fill(w, submit_of(w, 0, from)->coid, 10000, 1000);
    world_fill(w, submit_of(w, 0, from)->coid, 10000, 1000);
    world_ask_now(w, world_request(1));
    assert_true(leg(w, 1).waiting);
    from = w->sent_count;
    operate(w, MT_OPERATOR_RESUME, 1);
    world_fill(w, slow, 10002, 1000);
    assert_int_equal(world_position(w, 1), 0);
    assert_null(submit_of(w, 1, from));
    assert_false(leg(w, 1).waiting);
    assert_int_equal(leg(w, 1).want, 0);
    world_free(w);
}

static void a_stop_of_the_run_ends_what_waits(void **state)
{
    (void)state;
    for (int target = 0; target <= 1; target++) {
        struct world *w = world_new(1);
        struct mt_diag diag = { 0 };
        world_start(w);
        if (target) {
            struct mt_request request = world_target(1);
            request.has_limit = true;
            request.limit = 99;
            world_ask_now(w, request);
            world_ack(w, 1);
            world_ask_now(w, world_target(-1));
        } else {
            world_enter(w, world_request(1));
            world_ask_now(w, world_request(-1));
        }
        assert_true(leg(w, 0).waiting);
        size_t from = w->sent_count;
        assert_int_equal(mt_engine_stop(w->engine, w->now, "test", &diag), 0);
        if (target)
            world_report(w, 1, MT_ORDER_CXL, 0, 0);
        else
            world_fill(w, world_newest(w, WORLD_SUBMIT), 10000, 1000);
        assert_int_equal(world_count(w, WORLD_SUBMIT, from), 0);
        assert_int_equal(world_position(w, 0), 0);
        assert_false(leg(w, 0).waiting);
        assert_int_equal(leg(w, 0).want, 0);
        assert_true(mt_engine_idle(w->engine));
        world_free(w);
    }
}

/* The way is free only after the entry's time to live: it is never sent late, and says so; at the last moment it is. */
static void an_entry_that_waited_too_long_is_refused(void **state)
{
    (void)state;
    for (int late = 0; late <= 1; late++) {
        struct world *w = world_new(1);
        struct mt_request turn = world_request(-1);
        turn.ttl = 5;
        world_start(w);
        world_enter(w, world_request(1));
        size_t from = w->sent_count;
        world_ask_now(w, turn);
        uint64_t close = world_last(w, WORLD_SUBMIT, from)->coid;
        w->now += 5 * MT_NS_PER_S - !late;
        world_fill(w, close, 10000, 1000);
        assert_int_equal(world_count(w, WORLD_SUBMIT, from), late ? 1 : 2);
        assert_int_equal(mt_engine_stance(w->engine, 0), late ? 0 : -1);
        if (late) {
            const struct mt_order *refused = order(w, close + 1);
            assert_int_equal(refused->state, MT_ORDER_EXPIRED);
            assert_int_equal(refused->code, MT_CODE_TTL);
        }
        world_free(w);
    }
}

/* On bars a limit without a time of its own has one bar from the moment it is sent, however long it waited for that. */
static void a_limit_on_bars_that_waits_has_its_bar_from_then_on(void **state)
{
    (void)state;
    for (int target = 0; target <= 1; target++) {
        struct world *w = world_new(1);
        struct mt_request first = target ? world_target(1) : world_request(1);
        struct mt_request turn = target ? world_target(-1) : world_request(-1);
        first.has_limit = turn.has_limit = true;
        first.limit = 100;
        turn.limit = 101;
        first.ttl = 1e6;
        world_start(w);
        w->wanted[0] = first;
        w->on_any = ask_once;
        world_bar(w, 0, 10010, 9990, 10000);
        uint64_t entry = world_newest(w, WORLD_SUBMIT);
        world_ack(w, entry);
        if (!target)
            world_fill(w, entry, 10000, 1000);
        w->wanted[0] = turn;
        w->on_any = ask_once;
        size_t from = w->sent_count;
        world_bar(w, 0, 10010, 9990, 10000);
        assert_true(leg(w, 0).waiting);
        for (int i = 0; i < 3; i++)
            world_bar(w, 0, 10010, 9990, 10000);
        assert_true(leg(w, 0).waiting);
        if (target)
            world_report(w, entry, MT_ORDER_CXL, 0, 0);
        else
            world_fill(w, submit_of(w, 0, from)->coid, 10000, 1000);
        const struct mt_order_request *sent = &submit_of(w, 0, from)->request;
        assert_int_equal(sent->terms.price, 10100);
        assert_int_equal(sent->terms.expire_ns, w->now + 60 * MT_NS_PER_S);
        world_free(w);
    }
}

/* An entry that is denied when its way is free at last, or comes too late: its leg has ended, and it is told once. */
static void an_entry_that_cannot_follow_a_close_ends_its_leg(void **state)
{
    (void)state;
    for (int late = 0; late <= 1; late++) {
        struct world *w = world_new(1);
        struct mt_request turn = world_request(-1);
        turn.ttl = 5;
        world_start(w);
        world_enter(w, world_request(1));
        world_ask_now(w, turn);
        uint64_t close = world_newest(w, WORLD_SUBMIT);
        if (late)
            w->now += 5 * MT_NS_PER_S;
        else
            operate(w, MT_OPERATOR_HALT, 0);
        size_t from = w->sent_count;
        world_fill(w, close, 10000, 1000);
        assert_int_equal(order(w, close + 1)->state, late ? MT_ORDER_EXPIRED : MT_ORDER_DENIED);
        for (int i = 0; i < 3; i++)
            world_quote(w, 0, 10000, 10002);
        assert_int_equal(world_count(w, WORLD_SUBMIT, from), 0);
        assert_null(order(w, close + 2));
        assert_false(leg(w, 0).waiting);
        assert_int_equal(leg(w, 0).want, 0);
        world_free(w);
    }
}

/* What guarded the old side is called off before the new side is entered. */
static void the_old_exits_go_before_the_new_entry(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    world_start(w);
    world_enter(w, world_with_stop(1, 1));
    uint64_t stop = world_newest(w, WORLD_SUBMIT);
    world_ack(w, stop);
    world_ask_now(w, world_with_stop(-1, 1));
    uint64_t close = world_newest(w, WORLD_SUBMIT);
    size_t from = w->sent_count;
    world_fill(w, close, 10000, 1000);
    assert_int_equal(w->sent[from].kind, WORLD_CANCEL);
    assert_int_equal(w->sent[from].coid, stop);
    assert_int_equal(w->sent[from + 1].kind, WORLD_SUBMIT);
    assert_int_equal(w->sent[from + 1].request.terms.side, -1);
    world_free(w);
}

/* A fill after the end of its leg, be it of one step: nobody wants it. */
static void what_fills_after_the_end_is_closed(void **state)
{
    (void)state;
    for (int side = -1; side <= 1; side += 2) {
        struct world *w = world_new(1);
        struct mt_request request = world_request(side);
        request.has_limit = true;
        request.limit = side > 0 ? 99 : 101;
        world_start(w);
        assert_true(world_ask_now(w, request) > 0);
        uint64_t entry = world_newest(w, WORLD_SUBMIT);
        world_ack(w, entry);
        world_ask_now(w, world_request(0));
        world_report(w, entry, MT_ORDER_CXL, 0, 0);
        assert_int_equal(leg(w, 0).want, 0);
        size_t from = w->sent_count;
        world_fill(w, entry, side > 0 ? 9900 : 10100, 1);
        assert_non_null(submit_of(w, 0, from));
        assert_int_equal(submit_of(w, 0, from)->request.terms.side, -side);
        assert_int_equal(submit_of(w, 0, from)->request.terms.qty, 1);
        world_free(w);
    }
}

/* Until its time is over an entry waits, whatever else the clock brings; then it is refused under its own terms. */
static void an_entry_waits_until_its_time_is_over(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        int side = i & 1 ? -1 : 1;
        struct world *w = world_new(1);
        struct mt_request turn = world_request(-side), other = world_request(1);
        turn.has_limit = i & 2;
        turn.limit = 100;
        turn.ttl = 10;
        other.market = 1;
        other.time = 3;
        world_start(w);
        assert_true(world_ask_now(w, other) > 0);
        world_fill(w, world_newest(w, WORLD_SUBMIT), 10002, 1000);
        world_enter(w, world_request(side));
        assert_true(world_ask_now(w, turn) > 0);
        uint64_t close = world_newest(w, WORLD_SUBMIT);
        later(w, 9);                            /* the time of the other market is over meanwhile */
        assert_true(leg(w, 0).waiting);
        later(w, 1);
        assert_false(leg(w, 0).waiting);
        assert_true(leg(w, 0).closing);
        const struct mt_order *late = order(w, close + 2);
        assert_int_equal(late->state, MT_ORDER_EXPIRED);
        assert_int_equal(late->code, MT_CODE_TTL);
        assert_int_equal(late->terms.side, -side);
        assert_int_equal(late->terms.type, turn.has_limit ? MT_TYPE_LIMIT : MT_TYPE_MARKET);
        assert_int_equal(late->terms.role, MT_ROLE_ENTRY);
        assert_int_equal(mt_engine_stance(w->engine, 0), 0);
        size_t from = w->sent_count;
        world_fill(w, close, 10000, 1000);
        assert_int_equal(world_count(w, WORLD_SUBMIT, from), 0);
        assert_int_equal(leg(w, 0).want, 0);
        world_free(w);
    }
}

/* Two time exits, and the first cannot be sent: the clock still goes off for the second. */
static void a_stuck_time_exit_does_not_hide_the_next_one(void **state)
{
    struct world *w = world_new(1);
    struct mt_request request = world_request(1);
    struct mt_scope_setup each = { .kind = MT_SCOPE_SYMBOL, .account = -1, .symbol = -1 };
    struct mt_diag diag = { 0 };
    int64_t due = 0;
    (void)state;
    w->setup.scopes = &each;
    w->setup.scope_count = 1;
    world_start(w);
    for (int32_t y = 0; y < 2; y++) {
        request.market = y;
        request.time = 100 * (y + 1);
        assert_true(world_ask_now(w, request) > 0);
        world_fill(w, world_newest(w, WORLD_SUBMIT), 10002, 1000);
        due = w->now + (int64_t)request.time * MT_NS_PER_S;
    }
    later(w, 10);
    assert_int_equal(mt_engine_operator(w->engine, w->now, MT_OPERATOR_HALT, 0, 0, "t", "", &diag), 0);
    w->now = due - 50 * MT_NS_PER_S;
    world_turn(w);                              /* X: denied, tried again with the market, which is silent */
    later(w, 10);
    size_t from = w->sent_count;
    assert_true(mt_engine_wake_ns(w->engine) <= due);
    w->now = due;
    world_turn(w);
    assert_int_equal(world_count(w, WORLD_SUBMIT, from), 1);
    assert_int_equal(world_last(w, WORLD_SUBMIT, from)->request.terms.symbol, 1);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lifetimes_on_bars),
        cmocka_unit_test(a_limit_has_one_bar_however_short),
        cmocka_unit_test(lifetimes_on_ticks),
        cmocka_unit_test(sizes_that_cannot_be_found),
        cmocka_unit_test(sizes_by_price_and_by_the_way_to_the_stop),
        cmocka_unit_test(a_size_at_the_lowest_price),
        cmocka_unit_test(a_size_that_was_cut_is_noted),
        cmocka_unit_test(a_stop_beyond_all_numbers),
        cmocka_unit_test(a_market_without_quotes_is_sized_by_its_last_trade),
        cmocka_unit_test(an_entry_whose_signal_is_gone_is_not_sent),
        cmocka_unit_test(a_stop_of_the_run_ends_what_waits),
        cmocka_unit_test(an_entry_that_waited_too_long_is_refused),
        cmocka_unit_test(a_limit_on_bars_that_waits_has_its_bar_from_then_on),
        cmocka_unit_test(an_entry_that_cannot_follow_a_close_ends_its_leg),
        cmocka_unit_test(the_old_exits_go_before_the_new_entry),
        cmocka_unit_test(a_stuck_time_exit_does_not_hide_the_next_one),
        cmocka_unit_test(what_fills_after_the_end_is_closed),
        cmocka_unit_test(an_entry_waits_until_its_time_is_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
