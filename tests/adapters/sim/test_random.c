/* Random orders over random quotes and prints, against a second matcher that was written from the
 * rules alone, in the plainest way. Every report must be the same, one by one; and whatever
 * happens, money and quantity are conserved. */
#include "bed.h"

#include "base/hash.h"
#include "bed_model.h"

static struct bed bed;
static struct model model;
static uint64_t seed, draws;

static int64_t below(int64_t n)
{
    return (int64_t)(mt_random_at(seed, ++draws) % (uint64_t)n);
}

static void add_market(int count)
{
    int64_t t = 100, mid = 10000;
    for (int i = 0; i < count; i++) {
        t += below(4) ? below(5) : 0;
        mid += below(21) - 10;
        if (below(4) == 0) {
            bed_trade(&bed, t, mid + below(31) - 15);
            continue;
        }
        int64_t spread = below(12) == 0 ? -below(6) : below(8);
        int64_t bid = mid - spread / 2, ask = bid + spread;
        if (below(25) == 0)
            bid = 0;
        if (below(25) == 0)
            ask = 0;
        bed_quote_of(&bed, 0, t, bid, ask, below(3) ? below(12) : 0, below(3) ? below(12) : 0);
    }
}

static struct mt_order_request random_order(uint64_t coid)
{
    static const int types[] = {MT_TYPE_MARKET, MT_TYPE_LIMIT, MT_TYPE_LIMIT, MT_TYPE_STOP};
    int64_t near = 10000 + below(81) - 40;
    const struct mt_event *last = model.last_quote;
    if (last && last->quote.bid > 0)
        near = last->quote.bid + below(41) - 20;
    struct mt_order_request r =
        bed_request(coid, below(2) ? 1 : -1, types[below(4)], 0, 1 + below(15));
    r.terms.account = (uint16_t)below(2);
    r.terms.tif = (uint8_t)(below(3) ? 0 : below(4));
    if (r.terms.tif == MT_TIF_GTD)
        r.terms.expire_ns = bed.now_ns + below(20);
    if (r.terms.type == MT_TYPE_LIMIT) {
        r.terms.price = near;
        mt_terms_set_flag(&r.terms, MT_TERMS_POST_ONLY, below(5) == 0 && (r.terms.tif == MT_TIF_GTC || r.terms.tif == MT_TIF_GTD));
    } else if (r.terms.type == MT_TYPE_STOP) {
        r.terms.stop = near;
    }
    if (r.terms.expire_ns == 0 && r.terms.tif == MT_TIF_GTD)
        r.terms.tif = MT_TIF_GTC;
    mt_terms_set_flag(&r.terms, MT_TERMS_REDUCE_ONLY, below(4) == 0);
    return r;
}

static uint64_t last_coid;

static void random_action(void)
{
    const struct mt_venue_ops *ops = bed.venue.ops;
    uint64_t coid = last_coid > 12 ? last_coid - (uint64_t)below(12) : 1;
    switch (below(6)) {
    case 0:
        (void)ops->cancel(bed.venue.self, bed.now_ns, coid);
        model_cancel(&model, coid);
        return;
    case 1: {
        int64_t qty = 1 + below(15), price = 0, stop = 0;
        const struct model_order *order = model_find(&model, coid);
        if (order && order->r.terms.type == MT_TYPE_LIMIT)
            price = order->r.terms.price + below(21) - 10;
        if (order && order->r.terms.type == MT_TYPE_STOP)
            stop = order->r.terms.stop + below(21) - 10;
        (void)bed_modify(&bed, bed.now_ns, coid, qty, price, stop);
        model_modify(&model, coid, qty, price, stop);
        return;
    }
    default: {
        struct mt_order_request r = random_order(++last_coid);
        (void)bed_submit(&bed, r);
        model_order(&model, &r, bed.now_ns);
        return;
    }
    }
}

/* Until the next market event; everything that was heard must be what the model expects. */
static bool step(void)
{
    uint64_t before = mt_sim_position(bed.sim);
    uint32_t heard = 0;
    const struct mt_event *event;
    int rc = 1;
    model_next(&model, &bed.market[before], before < bed.market_count);
    while (rc == 1 && mt_sim_position(bed.sim) == before) {
        struct mt_diag diag = {0};
        rc = mt_sim_next(bed.sim, INT64_MAX, &bed.now_ns, &diag);
        while (rc >= 0 && (event = mt_inbox_take(&bed.inbox)) != NULL) {
            if (event->kind != MT_EV_REPORT)
                continue;
            if (heard == model.expected_count)
                fail_msg("seed %d, event %d: order %d %s is too much", (int)seed, (int)before,
                         (int)event->report.coid, mt_order_event_name(event->report.event));
            struct model_report got = model_of_report(&event->report),
                                want = model.expected[heard++];
            if (memcmp(&got, &want, sizeof got) != 0)
                fail_msg("seed %d, event %d: order %d %s op %d %d at %d, expected order %d %s op "
                         "%d %d at %d",
                         (int)seed, (int)before, (int)got.coid,
                         mt_order_event_name((unsigned)got.event), got.op, (int)got.qty,
                         (int)got.price, (int)want.coid, mt_order_event_name((unsigned)want.event),
                         want.op, (int)want.qty, (int)want.price);
        }
    }
    assert_true(rc >= 0);
    if (heard != model.expected_count)
        fail_msg("seed %d, event %d: heard %d of %d reports", (int)seed, (int)before, (int)heard,
                 (int)model.expected_count);
    model.expected_count = 0;
    return rc == 1;
}

static void check_books(void)
{
    for (uint16_t account = 0; account < 2; account++) {
        const struct mt_position *position = mt_sim_position_of(bed.sim, account, 0);
        assert_int_equal(position->qty, model.held[account]);
        /* What was paid and received, in 10^-8: prices have 2 decimals, quantities 3. */
        mt_money money = (model.flow[account] + position->cost) * 1000 - model.fees[account];
        assert_true(mt_sim_cash(bed.sim, account) == bed.accounts[account].cash + money);
    }
    assert_int_equal(mt_sim_open_orders(bed.sim), model_open(&model));
}

static void every_report_is_what_the_plain_matcher_says(void **state)
{
    (void)state;
    uint64_t fills = 0, rejects = 0, ends = 0;
    for (seed = 1; seed <= 40; seed++) {
        draws = 0;
        last_coid = 0;
        bed_init(&bed);
        for (int i = 0; i < 2; i++) {
            bed.accounts[i].cash = (mt_money)1000000000 * 100000000;
            bed.accounts[i].taker_rate = 40000;
            bed.accounts[i].maker_rate = seed % 2 ? 10000 : -10000;
        }
        add_market(1500);
        model_init(&model, bed.accounts);
        bed_start(&bed);
        while (step()) {
            check_books();
            for (int64_t n = below(4); n > 0; n--)
                random_action();
        }
        fills += model.fills;
        rejects += model.rejects;
        ends += model.ends;
        bed_stop(&bed);
    }
    print_message("%d fills, %d rejects, %d cancels and expiries over seeds 1..40\n", (int)fills,
                  (int)rejects, (int)ends);
    assert_true(fills > 20000 && rejects > 5000 && ends > 5000);
}

/* With latencies and faults the reports come when they come; these hold all the same. */
static void conservation_under_latency_and_faults(void **state)
{
    static const char *const faults[] = {NULL,
                                         "lost_ack",
                                         "late_ack",
                                         "fill_before_ack",
                                         "reject",
                                         "unsolicited_cancel",
                                         "cancel_refused",
                                         "amb",
                                         "nobyte",
                                         "forget"};
    (void)state;
    for (seed = 100; seed < 120; seed++) {
        int64_t held[2] = {0};
        mt_i128 flow[2] = {0};
        mt_money fees[2] = {0};
        uint64_t last_fill = 0;
        draws = 0;
        last_coid = 0;
        bed_init(&bed);
        bed.options.feed_ns = below(10);
        bed.options.entry_ns = below(10);
        bed.options.reply_ns = below(10);
        bed.options.fault = faults[seed % 10];
        bed.options.fault_every = 3;
        bed.accounts[0].taker_rate = bed.accounts[1].taker_rate = 40000;
        add_market(1500);
        model_init(&model, bed.accounts);
        bed_start(&bed);
        for (int rc = 1; rc == 1;) {
            struct mt_diag diag = {0};
            int64_t before = bed.now_ns;
            const struct mt_event *event;
            rc = mt_sim_next(bed.sim, INT64_MAX, &bed.now_ns, &diag);
            assert_true(rc >= 0 && bed.now_ns >= before);
            while ((event = mt_inbox_take(&bed.inbox)) != NULL) {
                const struct mt_report *report = &event->report;
                if (event->kind != MT_EV_REPORT) {
                    for (int64_t n = below(3); n > 0; n--)
                        random_action();
                    continue;
                }
                if (report->fill_id == 0)
                    continue;
                assert_int_equal(report->fill_id, last_fill + 1);
                last_fill = report->fill_id;
                int side = model_find(&model, report->coid)->r.terms.side;
                held[report->account] += side * report->qty;
                flow[report->account] -= (mt_i128)side * report->qty * report->price;
                fees[report->account] += report->fee;
            }
            model.expected_count = 0;
        }
        for (uint16_t a = 0; a < 2; a++) {
            const struct mt_position *position = mt_sim_position_of(bed.sim, a, 0);
            assert_int_equal(position->qty, held[a]);
            assert_true(mt_sim_cash(bed.sim, a)
                        == bed.accounts[a].cash + (flow[a] + position->cost) * 1000 - fees[a]);
        }
        assert_true(last_fill > 50);
        bed_stop(&bed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_report_is_what_the_plain_matcher_says),
        cmocka_unit_test(conservation_under_latency_and_faults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
