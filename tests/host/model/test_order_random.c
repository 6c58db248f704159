/* Random event sequences against a model that only knows lists of fills: I1 (cum is the sum of live
 * fills), I2 (leaves), I8 (no silent change of a closed order), and that the base state agrees with
 * cum. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "base/hash.h"
#include "model/order.h"

enum { SEQUENCES = 8000, LENGTH = 40, FILLS = 64 };
struct model_fill { int64_t price, qty; bool live; };
struct model { struct model_fill fills[FILLS]; int count; uint64_t seed, n; };

static int64_t pick(struct model *model, int64_t below)
{
    return (int64_t)(mt_random_at(model->seed, model->n++) % (uint64_t)below);
}

static int64_t live_sum(const struct model *model, mt_i128 *cost)
{
    int64_t sum = 0;
    *cost = 0;
    for (int i = 0; i < model->count; i++) {
        if (model->fills[i].live) {
            sum += model->fills[i].qty;
            *cost += (mt_i128)model->fills[i].price * model->fills[i].qty;
        }
    }
    return sum;
}

static bool is_closed(unsigned state)
{
    return state == MT_ORDER_DENIED || (state >= MT_ORDER_FILLED && state <= MT_ORDER_LOST);
}

static void check(const struct model *model, const struct mt_order *order)
{
    mt_i128 cost;
    int64_t cum = live_sum(model, &cost);
    assert_int_equal(order->cum, cum);
    assert_true(order->cost == cost);
    bool open = !is_closed(order->state) && order->state != MT_ORDER_CREATED;
    int64_t leaves = open && order->terms.qty > cum ? order->terms.qty - cum : 0;
    assert_int_equal(mt_order_leaves(order), leaves);
    assert_true(mt_order_reserved_qty(order) >= leaves);
    assert_int_equal(order->overfilled, cum > order->terms.qty);
    if (!open) {
        assert_int_equal(mt_order_reserved_qty(order), 0);
        assert_int_equal(order->op, MT_OP_NONE);
        assert_false(order->stale);
    }
    if (order->op == MT_OP_REPLACE_SENT || order->op == MT_OP_REPLACE_UNKNOWN)
        assert_true(mt_order_reserved_qty(order) >= order->wished.qty - cum);
    switch (order->state) {
    case MT_ORDER_PARTIAL:
        assert_true(cum > 0 && cum < order->terms.qty);
        break;
    case MT_ORDER_FILLED:
        assert_true(cum >= order->terms.qty);
        break;
    case MT_ORDER_CANCELED:
    case MT_ORDER_EXPIRED:
        assert_true(cum <= order->terms.qty);
        break;
    default:
        assert_int_equal(cum, 0);
    }
}

static void do_fill(struct model *model, struct mt_order *order, struct mt_order_change *change)
{
    int64_t price = 90 + pick(model, 20), qty = 1 + pick(model, pick(model, 8) ? 4 : 12);
    assert_int_equal(mt_order_fill(order, price, qty, change), 0);
    bool wire = change->from >= MT_ORDER_SENDING; /* DENIED, CREATED, READY: never on the wire */
    assert_int_equal(change->fill_qty, wire ? qty : 0);
    if (wire)
        model->fills[model->count++] = (struct model_fill){price, qty, true};
}

static bool do_bust(struct model *model, struct mt_order *order, struct mt_order_change *change)
{
    if (model->count == 0)
        return false;
    struct model_fill *fill = &model->fills[pick(model, model->count)];
    if (!fill->live)
        return false;
    assert_int_equal(mt_order_bust(order, fill->price, fill->qty, pick(model, 2), change), 0);
    assert_true(change->flags & MT_CELL_ALARM);
    fill->live = false;
    return true;
}

static bool do_event(struct model *model, struct mt_order *order, struct mt_order_change *change)
{
    unsigned event = (unsigned)pick(model, MT_ORDER_EVENTS);
    struct mt_cell cell = mt_order_cell(order->state, event);
    if (event == MT_ORDER_FILLP || event == MT_ORDER_FILLX || event == MT_ORDER_BUST ||
        event == MT_ORDER_CORR)
        return false;
    if (cell.flags & MT_CELL_IMPOSSIBLE)
        return false;
    *change = mt_order_apply(order, event);
    return true;
}

static void do_operation(struct model *model, struct mt_order *order,
                         struct mt_order_change *change)
{
    *change = (struct mt_order_change){.from = order->state, .to = order->state};
    unsigned op = order->op;
    int err = 0;
    switch (pick(model, 5)) {
    case 0:
        err = mt_order_cancel_asked(order, pick(model, 2));
        break;
    case 1:
    case 2: {
        struct mt_terms wished = order->terms;
        wished.qty = 1 + pick(model, 20);
        mt_terms_set_price(&wished, mt_price_of((int64_t)pick(model, 20) - 10));
        err = mt_order_replace_asked(order, &wished);
        break;
    }
    default:
        *change = mt_order_op_answer(order, pick(model, 3));
    }
    if (err != 0) {
        assert_int_equal(err, MT_EREFUSED);
        assert_int_equal(order->op, op);
    }
}

static void run(uint64_t seed, unsigned *reached)
{
    struct model model = {.seed = seed};
    struct mt_order order = {.coid = seed, .terms = {.qty = 10, .price = 100, .flags = MT_TERMS_PRICE, .side = 1}};
    if (pick(&model, 4))
        order.state = MT_ORDER_SENDING;         /* most sequences start where the venue can speak */
    for (int step = 0; step < LENGTH; step++) {
        struct mt_order_change change;
        int64_t cum = order.cum;
        unsigned from = order.state;
        int64_t kind = pick(&model, 10);
        bool done = true;
        if (kind < 3)
            do_fill(&model, &order, &change);
        else if (kind == 3)
            done = do_bust(&model, &order, &change);
        else if (kind < 7)
            done = do_event(&model, &order, &change);
        else
            do_operation(&model, &order, &change);
        check(&model, &order);
        if (!done)
            continue;
        assert_int_equal(change.from, from);
        assert_int_equal(change.to, order.state);
        if (from != order.state)
            assert_true(change.flags & MT_CELL_MOVE);
        bool said = change.flags & (MT_CELL_ALARM | MT_CELL_ILLEGAL);
        if (is_closed(from) && from != MT_ORDER_LOST)
            assert_true(said || (order.state == from && order.cum == cum));
        *reached |= 1u << order.state;
    }
}

static void invariants_hold_in_random_sequences(void **state)
{
    (void)state;
    const char *given = getenv("MT_SEED");
    uint64_t base = given ? strtoull(given, NULL, 0) : 20240817;
    print_message("seed %llu (MT_SEED)\n", (unsigned long long)base);
    unsigned reached = 0;
    for (uint64_t i = 0; i < SEQUENCES; i++)
        run(base + i, &reached);
    assert_int_equal(reached, (1u << MT_ORDER_STATES) - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(invariants_hold_in_random_sequences)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
