/* What takes the place of what: true fills of synthetic ones (note 8), and corrected fills of their former selves (2.6). */
#include "report_kit.h"

#include "core/house.h"

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
        cmocka_unit_test(true_fills_replace_the_synthetic_one),
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
