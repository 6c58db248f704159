/* exit_bed: an entry with its exits on bars. A scene is written for a long; the short is its mirror image at 100.00. */
#ifndef MT_TESTS_SIM_EXIT_BED_H
#define MT_TESTS_SIM_EXIT_BED_H

#include "bed.h"

enum { ENTRY = 1, STOP = 2, TAKE = 3, SECOND = 4, MIDDLE = 10000, NS_BAR = 60 };

struct exit_bar { int64_t open, high, low, close; };            /* open 0: there is no more */
/* Distances from the fill; stop_at and take_at are prices; 0: not given. limit 0: at the open. */
struct exit_plan { int64_t limit, stop, trail, after, take, second, take_qty, stop_at, take_at; };
struct exit_fill { uint64_t coid; int64_t price, qty; int bar; bool assumed, trailed, maker; };

static inline int64_t mirror(int side, int64_t price)
{
    return side > 0 || price == 0 ? price : 2 * MIDDLE - price;
}

static inline void exit_bar_add(struct bed *bed, int side, int number, struct exit_bar bar)
{
    int64_t high = side > 0 ? bar.high : bar.low, low = side > 0 ? bar.low : bar.high;
    bed_bar_of(bed, 0, number * NS_BAR, (number + 1) * NS_BAR, mirror(side, bar.open), mirror(side, high),
               mirror(side, low), mirror(side, bar.close));
}

static inline struct mt_order_request exit_child(uint64_t coid, uint64_t parent, int side, int type, int64_t qty)
{
    struct mt_order_request child = bed_request(coid, -side, type, 0, qty);
    child.parent = parent;
    mt_terms_set_flag(&child.terms, MT_TERMS_REDUCE_ONLY, true);
    return child;
}

/* An entry of 1000 and what the plan says of its exits, ids from `first` on. */
static inline void exit_send(struct bed *bed, int side, const struct exit_plan *plan, uint64_t first, uint16_t account)
{
    struct mt_order_request entry = bed_request(first, side, plan->limit ? MT_TYPE_LIMIT : MT_TYPE_MARKET,
                                                mirror(side, plan->limit), 1000);
    struct mt_order_request child = exit_child(first + 1, first, side, MT_TYPE_STOP, 1000);
    entry.terms.account = child.terms.account = account;
    assert_int_equal(bed_submit(bed, entry), MT_SEND_OUT);
    child.follow = (struct mt_follow){ .distance = plan->stop, .trail = plan->trail, .after = plan->after };
    child.terms.stop = mirror(side, plan->stop_at);
    if (plan->stop || plan->trail || plan->stop_at)
        assert_int_equal(bed_submit(bed, child), MT_SEND_OUT);
    child = exit_child(first + 2, first, side, MT_TYPE_LIMIT, plan->take_qty ? plan->take_qty : 1000);
    child.terms.account = account;
    child.terms.price = mirror(side, plan->take_at);
    child.follow.distance = plan->take;
    if (plan->take || plan->take_at)
        assert_int_equal(bed_submit(bed, child), MT_SEND_OUT);
    child = exit_child(first + 3, first, side, MT_TYPE_LIMIT, 1000 - plan->take_qty);
    child.terms.account = account;
    child.follow.distance = plan->second;
    if (plan->second)
        assert_int_equal(bed_submit(bed, child), MT_SEND_OUT);
}

/* A bar that only shows a price, then the venue at its close. */
static inline void exit_begin(struct bed *bed)
{
    exit_bar_add(bed, 1, 0, (struct exit_bar){ MIDDLE, MIDDLE, MIDDLE, MIDDLE });
}

#define expect_exit(bed, side, fill) bed_expect_exit(bed, side, fill, __LINE__, 0)
/* The next fill, whatever else is told before it. */
static inline void bed_expect_exit(struct bed *bed, int side, struct exit_fill want, int line, size_t row)
{
    const struct mt_event *got;
    do {
        got = bed_next(bed);
        if (!got)
            fail_msg("line %d, row %zu, side %d: order %d is not filled", line, row, side, (int)want.coid);
    } while (got->report.op != MT_REPORT_NO_OP
             || (got->report.event != MT_ORDER_FILLP && got->report.event != MT_ORDER_FILLX));
    const struct mt_report *r = &got->report;
    bool right = r->coid == want.coid && r->price == mirror(side, want.price) && r->qty == want.qty
        && got->time_ns == (want.bar + 1) * NS_BAR && r->assumed == want.assumed && (r->trailed != 0) == want.trailed
        && r->maker == want.maker;
    if (!right)
        fail_msg("line %d, row %zu, side %d: order %d filled %d at %d in bar %d%s%s%s, expected order %d %d at %d in bar %d"
                 "%s%s%s", line, row, side, (int)r->coid, (int)r->qty, (int)r->price, (int)(got->time_ns / NS_BAR) - 1,
                 r->assumed ? ", assumed" : "", r->trailed ? ", trailed" : "", r->maker ? ", maker" : "",
                 (int)want.coid, (int)want.qty, (int)mirror(side, want.price), want.bar,
                 want.assumed ? ", assumed" : "", want.trailed ? ", trailed" : "", want.maker ? ", maker" : "");
}

/* Nothing more is filled. */
static inline void bed_expect_no_exit(struct bed *bed, int line, size_t row, int side)
{
    const struct mt_event *got;
    while ((got = bed_next(bed)) != NULL)
        if (got->report.op == MT_REPORT_NO_OP
            && (got->report.event == MT_ORDER_FILLP || got->report.event == MT_ORDER_FILLX))
            fail_msg("line %d, row %zu, side %d: order %d filled %d at %d", line, row, side, (int)got->report.coid,
                     (int)got->report.qty, (int)got->report.price);
}

#endif
