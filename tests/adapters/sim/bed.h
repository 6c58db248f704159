/* bed: a simulated venue on a scripted market, and everything that the host was told, in order. */
#ifndef MT_TESTS_SIM_BED_H
#define MT_TESTS_SIM_BED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "adapters/sim/sim.h"
#include "adapters/sim/sim_private.h"
#include "model/code.h"
#include "model/order.h"
#include "terms_named.h"

enum { BED_MAX = 4096 };

struct bed {
    struct mt_instrument instruments[3];
    struct mt_sim_account accounts[2];
    struct mt_sim_options options;
    struct mt_inbox inbox;
    struct mt_sim *sim;
    struct mt_venue venue;
    struct mt_event market[BED_MAX];
    uint64_t market_count, market_at;
    int fail_at;                    /* the source fails after that many events; 0 = never */
    struct mt_event got[BED_MAX];
    uint32_t got_count, got_at;
    int64_t now_ns;
};

static int bed_fill(void *self, struct mt_event *out, int max, struct mt_diag *diag)
{
    struct bed *bed = self;
    int count = 0;
    if (bed->fail_at && bed->market_at >= (uint64_t)bed->fail_at)
        return mt_fail(diag, MT_ECORRUPT, "bed: broken on purpose");
    while (count < max && bed->market_at < bed->market_count)
        out[count++] = bed->market[bed->market_at++];
    return count;
}

static int bed_seek(void *self, uint64_t position, struct mt_diag *diag)
{
    struct bed *bed = self;
    if (position > bed->market_count)
        return mt_fail(diag, MT_EEND, "bed: it ends before that");
    bed->market_at = position;
    return 0;
}

static void bed_close(void *self)
{
    ((struct bed *)self)->market_at = UINT64_MAX;
}

/* Prices in cents, quantities in thousandths, money in USD; one account with 1 000 000 and no fees.
 */
static inline void bed_init(struct bed *bed)
{
    static const char *const names[] = {"AAA", "BBB", "EURUSD"};
    memset(bed, 0, sizeof *bed);
    for (int i = 0; i < 3; i++) {
        struct mt_instrument *instrument = &bed->instruments[i];
        strcpy(instrument->symbol, names[i]);
        strcpy(instrument->quote, "USD");
        instrument->price_scale = 2;
        instrument->qty_scale = 3;
        instrument->tick = instrument->step = instrument->qty_min = instrument->default_qty = 1;
        instrument->contract_size = 1;
    }
    strcpy(bed->instruments[2].base, "EUR");
    for (int i = 0; i < 2; i++) {
        strcpy(bed->accounts[i].currency, "USD");
        bed->accounts[i].cash = 1000000 * (mt_money)100000000;
        bed->accounts[i].leverage = 1;
    }
    bed->options = (struct mt_sim_options){.instruments = bed->instruments, .instrument_count = 3,
                                           .accounts = bed->accounts, .account_count = 2};
}

static inline void bed_start(struct bed *bed)
{
    static const struct mt_source_ops ops = {
        .fill = bed_fill, .seek = bed_seek, .close = bed_close};
    struct mt_diag diag = {0};
    int err =
        mt_sim_new(&bed->sim, &bed->options, (struct mt_source){.ops = &ops, .self = bed}, &diag);
    if (err != 0)
        print_error("%s\n", diag.text);
    assert_int_equal(err, 0);
    assert_int_equal(mt_inbox_init(&bed->inbox, 64), 0);
    bed->venue = mt_sim_venue(bed->sim);
    assert_int_equal(bed->venue.ops->open(bed->venue.self, &bed->inbox, &diag), 0);
}

/* As if it had traded before. */
static inline void bed_hold(struct bed *bed, uint16_t account, uint16_t symbol, const struct mt_position *position)
{
    bed->sim->ledgers[account].positions[symbol] = *position;
}

static inline void bed_stop(struct bed *bed)
{
    if (bed->sim) {
        bed->venue.ops->close(bed->venue.self);
        mt_sim_free(bed->sim);
        assert_true(bed->market_at == UINT64_MAX);
        mt_inbox_fini(&bed->inbox);
    }
    bed->sim = NULL;
}

static inline struct mt_event *bed_add(struct bed *bed, int64_t time_ns, uint16_t symbol,
                                       uint8_t kind)
{
    struct mt_event *event = &bed->market[bed->market_count++];
    assert_true(bed->market_count < BED_MAX);
    *event =
        (struct mt_event){.time_ns = time_ns, .venue_ns = time_ns, .symbol = symbol, .kind = kind};
    return event;
}

static inline void bed_quote_of(struct bed *bed, uint16_t symbol, int64_t t, int64_t bid,
                                int64_t ask, int64_t bid_qty, int64_t ask_qty)
{
    bed_add(bed, t, symbol, MT_EV_QUOTE)->quote = (struct mt_quote){
        bid, ask, bid_qty, ask_qty, (uint8_t)((bid != 0 ? MT_QUOTE_BID : 0) | (ask != 0 ? MT_QUOTE_ASK : 0))};
}

static inline void bed_quote(struct bed *bed, int64_t t, int64_t bid, int64_t ask)
{
    bed_quote_of(bed, 0, t, bid, ask, 0, 0);
}

static inline void bed_trade(struct bed *bed, int64_t t, int64_t price)
{
    bed_add(bed, t, 0, MT_EV_TRADE)->trade = (struct mt_trade){.price = price, .qty = 1};
}

/* A bar [open_ns, close_ns]. */
static inline void bed_bar_of(struct bed *bed, uint16_t symbol, int64_t open_ns, int64_t close_ns,
                              int64_t open, int64_t high, int64_t low, int64_t close)
{
    bed_add(bed, close_ns, symbol, MT_EV_BAR)->bar =
        (struct mt_bar){.open_ns = open_ns, .open = open, .high = high, .low = low, .close = close};
}

/* Run until nothing more happens up to t; what the host hears is kept. */
static inline int bed_run(struct bed *bed, int64_t t)
{
    for (;;) {
        struct mt_diag diag = {0};
        int64_t now_ns = 0;
        int rc = mt_sim_next(bed->sim, t, &now_ns, &diag);
        if (rc < 0)
            return rc;
        if (rc == 0)
            return 0;
        assert_true(now_ns >= bed->now_ns);
        bed->now_ns = now_ns;
        const struct mt_event *event;
        while ((event = mt_inbox_take(&bed->inbox)) != NULL) {
            assert_int_equal(event->time_ns, now_ns);
            assert_true(bed->got_count < BED_MAX);
            bed->got[bed->got_count++] = *event;
        }
        if (rc == 2)
            return 2;
    }
}

/* The next report that has not been looked at yet; market data is passed over. NULL when there is
 * none. */
static inline const struct mt_event *bed_next(struct bed *bed)
{
    while (bed->got_at < bed->got_count) {
        const struct mt_event *event = &bed->got[bed->got_at++];
        if (event->kind == MT_EV_REPORT)
            return event;
    }
    return NULL;
}

static inline struct mt_order_request bed_request(uint64_t coid, int side, int type, int64_t price,
                                                  int64_t qty)
{
    struct mt_order_request r = {
        .coid = coid, .terms = {.side = (int8_t)side, .type = (uint8_t)type, .qty = qty}};
    if (type == MT_TYPE_STOP)
        r.terms.stop = price;
    else
        r.terms.price = price;
    return r;
}

static inline enum mt_send bed_submit(struct bed *bed, struct mt_order_request request)
{
    request.terms = terms_named(request.terms);
    return bed->venue.ops->submit(bed->venue.self, bed->now_ns, &request);
}

static inline enum mt_send bed_modify(struct bed *bed, int64_t now_ns, uint64_t coid, int64_t qty, int64_t price,
                                      int64_t stop)
{
    const struct mt_terms terms = {.qty = qty, .price = price, .stop = stop};
    const struct mt_order_request request = {.coid = coid, .terms = terms_named(terms)};
    return bed->venue.ops->modify(bed->venue.self, now_ns, &request);
}

static inline void bed_send(struct bed *bed, uint64_t coid, int side, int type, int64_t price,
                            int64_t qty)
{
    assert_int_equal(bed_submit(bed, bed_request(coid, side, type, price, qty)), MT_SEND_OUT);
}

#define expect_report(bed, id, what) bed_expect(bed, id, what, __LINE__)
static inline const struct mt_event *bed_expect(struct bed *bed, uint64_t coid, int event, int line)
{
    const struct mt_event *got = bed_next(bed);
    if (!got)
        fail_msg("line %d: no report, expected %s", line, mt_order_event_name((unsigned)event));
    if (got->report.op != MT_REPORT_NO_OP || got->report.event != event || got->report.coid != coid)
        fail_msg("line %d: order %d %s (op %d code %s), expected order %d %s", line,
                 (int)got->report.coid, mt_order_event_name(got->report.event), got->report.op,
                 mt_code_name(got->report.code), (int)coid, mt_order_event_name((unsigned)event));
    return got;
}

#define expect_fill(bed, id, price, qty, complete, maker)                                          \
    bed_expect_fill(bed, id, price, qty, complete, maker, __LINE__)
static inline const struct mt_event *bed_expect_fill(struct bed *bed, uint64_t coid, int64_t price,
                                                     int64_t qty, bool complete, bool maker,
                                                     int line)
{
    const struct mt_event *got =
        bed_expect(bed, coid, complete ? MT_ORDER_FILLX : MT_ORDER_FILLP, line);
    if (got->report.price != price || got->report.qty != qty || got->report.maker != maker)
        fail_msg("line %d: filled %d at %d %s, expected %d at %d", line, (int)got->report.qty,
                 (int)got->report.price, got->report.maker ? "as maker" : "as taker", (int)qty,
                 (int)price);
    return got;
}

#define expect_end(bed, id, what, why) bed_expect_end(bed, id, what, why, __LINE__)
static inline const struct mt_event *bed_expect_end(struct bed *bed, uint64_t coid, int event,
                                                    int code, int line)
{
    const struct mt_event *got = bed_expect(bed, coid, event, line);
    if (got->report.code != code)
        fail_msg("line %d: code %s, expected %s", line, mt_code_name(got->report.code),
                 mt_code_name(code));
    return got;
}

#define expect_op(bed, id, what, why) bed_expect_op(bed, id, what, why, __LINE__)
static inline const struct mt_event *bed_expect_op(struct bed *bed, uint64_t coid, int op, int code,
                                                   int line)
{
    const struct mt_event *got = bed_next(bed);
    if (!got || got->report.op != op || got->report.coid != coid || got->report.code != code)
        fail_msg("line %d: op %d of order %d code %s", line, got ? got->report.op : -1,
                 got ? (int)got->report.coid : 0, got ? mt_code_name(got->report.code) : "-");
    return got;
}

#define expect_silence(bed) bed_expect_silence(bed, __LINE__)
static inline void bed_expect_silence(struct bed *bed, int line)
{
    const struct mt_event *got = bed_next(bed);
    if (got)
        fail_msg("line %d: unexpected %s of order %d (op %d, code %s)", line,
                 mt_order_event_name(got->report.event), (int)got->report.coid, got->report.op,
                 mt_code_name(got->report.code));
}

#endif
