/* order_fixture: orders of 10 at 100 in a given state, and fills and busts that must succeed. */
#ifndef MT_TEST_ORDER_FIXTURE_H
#define MT_TEST_ORDER_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "model/order.h"

static inline struct mt_order order_in(enum mt_order_state state)
{
    return (struct mt_order){
        .coid = 7, .terms = {.qty = 10, .price = 100, .flags = MT_TERMS_PRICE, .side = 1}, .state = (uint8_t)state};
}

static inline struct mt_order_change fill(struct mt_order *order, int64_t price, int64_t qty)
{
    struct mt_order_change change;
    memset(&change, 0xa5, sizeof change);
    assert_int_equal(mt_order_fill(order, price, qty, &change), 0);
    return change;
}

static inline struct mt_order_change bust(struct mt_order *order, int64_t price, int64_t qty,
                                          bool open)
{
    struct mt_order_change change;
    memset(&change, 0xa5, sizeof change);
    assert_int_equal(mt_order_bust(order, price, qty, open, &change), 0);
    return change;
}

static inline struct mt_order order_filled(int64_t qty)
{
    struct mt_order order = order_in(MT_ORDER_WORKING);
    fill(&order, 100, qty);
    return order;
}

/* price, stop: 0 is none. */
static inline int replace_asked(struct mt_order *order, int64_t qty, int64_t price, int64_t stop)
{
    struct mt_terms wished = order->terms;
    wished.qty = qty;
    mt_terms_set_price(&wished, mt_price_if(price != 0, price));
    mt_terms_set_stop(&wished, mt_price_if(stop != 0, stop));
    return mt_order_replace_asked(order, &wished);
}

static inline void holds(const struct mt_order *order, enum mt_order_state state, int64_t cum,
                         int64_t leaves)
{
    assert_string_equal(mt_order_state_name(order->state), mt_order_state_name(state));
    assert_int_equal(order->cum, cum);
    assert_int_equal(mt_order_leaves(order), leaves);
}

static inline bool alarmed(struct mt_order_change change)
{
    return change.flags & (MT_CELL_ALARM | MT_CELL_ILLEGAL);
}

#endif
