/* The table of orders against a plain array: ids that skip, orders that come back, fills, and pruning, which must never take
 * an order away that somebody may still hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include <string.h>

#include "base/hash.h"
#include "core/orders.h"
#include "alloc_fails.h"

enum { IDS = 200000 };
struct model { bool made, open; int64_t sum; uint64_t fills; };

static void set(struct mt_orders *orders, struct model *m, uint64_t coid, enum mt_order_state state)
{
    struct mt_order *order = mt_orders_get(orders, coid);
    assert_non_null(order);
    order->state = (uint8_t)state;
    assert_int_equal(mt_orders_listed(orders, order), 0);
    m->open = mt_order_state_open(state);
}

static void random_against_an_array(void **state)
{
    const uint64_t seed = 99;
    struct mt_orders orders;
    struct model *model = calloc(IDS, sizeof *model);
    uint64_t n = 0, next = 5000, alive[128] = { 0 };
    (void)state;
    print_message("seed %llu\n", (unsigned long long)seed);
    assert_int_equal(mt_orders_init(&orders), 0);
    assert_null(mt_orders_get(&orders, 0));
    assert_null(mt_orders_get(&orders, 5000));
    while (next < IDS) {
        uint64_t random = mt_random_at(seed, n++), coid = next;
        struct mt_order *order = mt_orders_add(&orders, coid);
        assert_non_null(order);
        assert_int_equal(order->coid, coid);
        model[coid].made = true;
        set(&orders, &model[coid], coid, random % 3 ? MT_ORDER_READY : MT_ORDER_DENIED);
        uint64_t *place = &alive[random / 8 % 128];             /* 128 orders live; the one before it ends */
        if (*place) {
            struct mt_order *old = mt_orders_get(&orders, *place);
            assert_non_null(old);                               /* open, or ended just now: never pruned */
            for (int i = 0; i < 2; i++) {
                uint64_t id = *place * 10 + (uint64_t)i;
                int64_t qty = 1 + (int64_t)(mt_random_at(seed, n++) % 100);
                assert_int_equal(mt_orders_fill_add(&orders, *place, id, 100, qty), 0);
                model[*place].sum += qty;
                model[*place].fills++;
            }
            struct mt_order_fill *fill = mt_orders_fill_find(&orders, *place, *place * 10);
            assert_int_equal(fill->id, *place * 10);
            assert_false(mt_orders_fill_busted(&orders, *place));
            if (random % 5 == 0) {
                mt_orders_fill_annul(&orders, *place, fill);
                model[*place].sum -= fill->qty;
                assert_true(mt_orders_fill_busted(&orders, *place));
            }
            assert_null(mt_orders_fill_find(&orders, *place, 7));
            assert_int_equal(mt_orders_fill_sum(&orders, *place), model[*place].sum);
            set(&orders, &model[*place], *place, random % 7 ? MT_ORDER_FILLED : MT_ORDER_LOST);
            if (random % 11 == 0) {                             /* late evidence: it comes back, and ends again */
                set(&orders, &model[*place], *place, MT_ORDER_WORKING);
                set(&orders, &model[*place], *place, MT_ORDER_CANCELED);
            }
        }
        *place = model[coid].open ? coid : 0;
        next += random % 50 == 0 ? 1 + random / 64 % 3000 : 1;  /* a restart skips the rest of its block */
    }
    size_t open = 0;
    for (uint64_t coid = 1; coid < IDS; coid++)
        if (model[coid].open) {
            assert_true(open < orders.open_count);
            assert_int_equal(orders.open[open++], coid);        /* ascending and complete */
        } else if (model[coid].made && coid + MT_ORDERS_KEEP > orders.next) {
            assert_non_null(mt_orders_get(&orders, coid));
        } else if (!model[coid].made) {
            assert_null(mt_orders_get(&orders, coid));
        }
    assert_int_equal(open, orders.open_count);
    assert_true(orders.first > 5000);                           /* it did prune */
    assert_null(mt_orders_get(&orders, orders.next));
    mt_orders_fini(&orders);
    free(model);
}

/* Once: the order that made room for its successor was freed while its report was still being handled. */
static void an_order_that_has_just_ended_outlives_its_successor(void **state)
{
    struct mt_orders orders;
    struct model m;
    (void)state;
    assert_int_equal(mt_orders_init(&orders), 0);
    assert_non_null(mt_orders_add(&orders, 1));
    set(&orders, &m, 1, MT_ORDER_WORKING);
    uint64_t coid = 2;
    for (; coid < MT_ORDERS_KEEP + 4 * MT_ORDERS_CHUNK; coid++) {
        assert_non_null(mt_orders_add(&orders, coid));
        set(&orders, &m, coid, MT_ORDER_DENIED);
    }
    struct mt_order *old = mt_orders_get(&orders, 1);
    set(&orders, &m, 1, MT_ORDER_FILLED);
    assert_int_equal(mt_orders_fill_add(&orders, 1, 1, 100, 5), 0);
    assert_non_null(mt_orders_add(&orders, coid));              /* begins a chunk */
    assert_ptr_equal(mt_orders_get(&orders, 1), old);
    assert_int_equal(old->state, MT_ORDER_FILLED);
    assert_int_equal(mt_orders_fill_sum(&orders, 1), 5);
    set(&orders, &m, coid++, MT_ORDER_DENIED);
    for (int i = 0; i < 2 * MT_ORDERS_CHUNK; i++, coid++) {
        assert_non_null(mt_orders_add(&orders, coid));
        set(&orders, &m, coid, MT_ORDER_DENIED);
    }
    assert_null(mt_orders_get(&orders, 1));
    assert_int_equal(mt_orders_fill_sum(&orders, 1), 0);
    assert_null(mt_orders_fill_synthetic(&orders, 1));
    assert_false(mt_orders_fill_busted(&orders, 1));
    mt_orders_fini(&orders);
}

static void synthetic_fills_are_found_until_they_die(void **state)
{
    const uint64_t top = UINT64_C(1) << 63;
    struct mt_orders orders;
    (void)state;
    assert_int_equal(mt_orders_init(&orders), 0);
    assert_non_null(mt_orders_add(&orders, 1));
    assert_int_equal(mt_orders_fill_add(&orders, 1, 5, 100, 1), 0);
    assert_null(mt_orders_fill_synthetic(&orders, 1));
    assert_int_equal(mt_orders_fill_add(&orders, 1, top | 1, 100, 2), 0);
    assert_int_equal(mt_orders_fill_add(&orders, 1, top | 2, 100, 3), 0);
    assert_int_equal(mt_orders_fill_synthetic(&orders, 1)->id, top | 2);
    mt_orders_fill_annul(&orders, 1, mt_orders_fill_find(&orders, 1, top | 2));
    assert_false(mt_orders_fill_busted(&orders, 1));            /* the host annulled it, not the venue */
    assert_int_equal(mt_orders_fill_synthetic(&orders, 1)->id, top | 1);
    assert_int_equal(mt_orders_fill_sum(&orders, 1), 3);
    for (uint64_t i = 0; i < 5000; i++)                         /* the pool grows */
        assert_int_equal(mt_orders_fill_add(&orders, 1, 100 + i, 100, 1), 0);
    assert_int_equal(mt_orders_fill_sum(&orders, 1), 5003);
    mt_orders_fini(&orders);
}

/* Orders of one chunk with few and many fills, whose ids are the same, crossing the border between walked and found. */
static void fills_of_neighbours_are_told_apart(void **state)
{
    enum { ORDERS = 5, FILLS = 3000 };
    struct mt_orders orders;
    (void)state;
    assert_int_equal(mt_orders_init(&orders), 0);
    for (uint64_t coid = 1; coid <= ORDERS; coid++)
        assert_non_null(mt_orders_add(&orders, coid));
    for (uint64_t i = 1; i <= FILLS; i++)
        for (uint64_t coid = 1; coid <= ORDERS; coid++) {
            if (coid > 3 && i > (coid == 4 ? 8 : 9))            /* the last that is walked, the first that is not */
                continue;
            assert_null(mt_orders_fill_find(&orders, coid, i));
            assert_int_equal(mt_orders_fill_add(&orders, coid, i, 100, (int64_t)(coid * i)), 0);
            for (uint64_t back = i; back > 0 && back + 12 > i; back--)
                assert_int_equal(mt_orders_fill_find(&orders, coid, back)->qty, coid * back);
        }
    for (uint64_t i = 1; i <= FILLS; i += 7)
        mt_orders_fill_annul(&orders, 2, mt_orders_fill_find(&orders, 2, i));
    for (uint64_t i = 1; i <= FILLS; i++) {
        assert_int_equal(mt_orders_fill_find(&orders, 1, i)->qty, i);
        assert_int_equal(mt_orders_fill_find(&orders, 2, i)->dead, i % 7 == 1);
        assert_false(mt_orders_fill_find(&orders, 3, i)->dead);
    }
    assert_int_equal(mt_orders_fill_sum(&orders, 3), 3 * FILLS * (FILLS + 1) / 2);
    assert_int_equal(mt_orders_fill_sum(&orders, 4), 4 * 36);
    assert_null(mt_orders_fill_find(&orders, 4, 9));
    assert_non_null(mt_orders_fill_find(&orders, 5, 9));
    assert_null(mt_orders_fill_find(&orders, 5, 10));
    assert_true(mt_orders_fill_busted(&orders, 2) && !mt_orders_fill_busted(&orders, 1));
    mt_orders_fini(&orders);
}

/* A chunk that was idle has come back to life: its order is open again, so it stays. */
static void an_order_that_comes_back_keeps_its_chunk(void **state)
{
    struct mt_orders orders;
    struct model m;
    uint64_t coid = 1;
    (void)state;
    assert_int_equal(mt_orders_init(&orders), 0);
    for (; coid < MT_ORDERS_KEEP + 3 * MT_ORDERS_CHUNK; coid++) {
        assert_non_null(mt_orders_add(&orders, coid));
        set(&orders, &m, coid, coid == 1 ? MT_ORDER_LOST : MT_ORDER_DENIED);
    }
    assert_non_null(mt_orders_get(&orders, 1));                 /* seen idle, not yet dropped */
    set(&orders, &m, 1, MT_ORDER_WORKING);
    for (int i = 0; i < 4 * MT_ORDERS_CHUNK; i++, coid++) {
        assert_non_null(mt_orders_add(&orders, coid));
        set(&orders, &m, coid, MT_ORDER_DENIED);
    }
    assert_non_null(mt_orders_get(&orders, 1));
    assert_int_equal(mt_orders_get(&orders, 1)->state, MT_ORDER_WORKING);
    mt_orders_fini(&orders);
}

/* A restart may skip more ids than a chunk has: what lies between is not there, and goes with the old end. */
static void ids_that_skip_whole_chunks(void **state)
{
    struct mt_orders orders;
    struct model m;
    const uint64_t far = 40 * (uint64_t)MT_ORDERS_CHUNK + 3;
    (void)state;
    assert_int_equal(mt_orders_init(&orders), 0);
    assert_non_null(mt_orders_add(&orders, 1));
    set(&orders, &m, 1, MT_ORDER_WORKING);
    assert_non_null(mt_orders_add(&orders, far));
    set(&orders, &m, far, MT_ORDER_WORKING);
    assert_null(mt_orders_get(&orders, 20 * (uint64_t)MT_ORDERS_CHUNK));
    assert_int_equal(mt_orders_fill_sum(&orders, 20 * (uint64_t)MT_ORDERS_CHUNK), 0);
    assert_non_null(mt_orders_get(&orders, 1));                 /* open: it holds its place, however old */
    set(&orders, &m, 1, MT_ORDER_CANCELED);
    uint64_t coid = far + 1;
    for (; coid < far + MT_ORDERS_KEEP + 4 * MT_ORDERS_CHUNK; coid++) {
        assert_non_null(mt_orders_add(&orders, coid));
        set(&orders, &m, coid, MT_ORDER_DENIED);
    }
    assert_null(mt_orders_get(&orders, 1));
    assert_true(orders.first > 2 * MT_ORDERS_CHUNK);
    assert_non_null(mt_orders_get(&orders, far));
    assert_int_equal(orders.open_count, 1);
    assert_int_equal(orders.open[0], far);
    mt_orders_fini(&orders);
}

static void orders_that_are_not_there_have_no_fills(void **state)
{
    struct mt_orders orders;
    (void)state;
    assert_int_equal(mt_orders_init(&orders), 0);
    assert_null(mt_orders_fill_find(&orders, 1, 1));
    assert_non_null(mt_orders_add(&orders, 5));
    assert_null(mt_orders_fill_find(&orders, 6, 1));
    assert_null(mt_orders_fill_find(&orders, 4, 1));
    assert_null(mt_orders_fill_find(&orders, 5, 1));
    mt_orders_fini(&orders);
}

/* Each allocation in turn: the table says so, and holds what it held. */
static void without_memory_nothing_is_lost(void **state)
{
    struct mt_orders orders;
    struct model m;
    (void)state;
    if (!ALLOC_FAILS) {
        print_message("allocations belong to a sanitizer here: skipped\n");
        return;
    }
    alloc_left = 0;
    assert_int_equal(mt_orders_init(&orders), MT_ENOMEM);
    alloc_left = -1;
    assert_int_equal(mt_orders_init(&orders), 0);
    for (long left = 0; left < 2; left++) {                     /* the list of chunks, then the chunk */
        alloc_left = left;
        assert_null(mt_orders_add(&orders, 1));
    }
    alloc_left = -1;
    assert_non_null(mt_orders_add(&orders, 1));
    set(&orders, &m, 1, MT_ORDER_WORKING);
    alloc_left = 0;
    assert_int_equal(mt_orders_fill_add(&orders, 1, 1, 100, 5), MT_ENOMEM);
    alloc_left = -1;
    assert_int_equal(mt_orders_fill_sum(&orders, 1), 0);
    assert_int_equal(mt_orders_fill_add(&orders, 1, 1, 100, 5), 0);
    uint64_t coid = 2;
    while (orders.open_count < orders.open_capacity) {
        assert_non_null(mt_orders_add(&orders, coid));
        set(&orders, &m, coid++, MT_ORDER_READY);
    }
    size_t open = orders.open_count;
    struct mt_order *order = mt_orders_add(&orders, coid);
    order->state = MT_ORDER_READY;
    alloc_left = 0;
    assert_int_equal(mt_orders_listed(&orders, order), MT_ENOMEM);
    alloc_left = -1;
    assert_int_equal(orders.open_count, open);
    assert_int_equal(mt_orders_listed(&orders, order), 0);
    assert_int_equal(orders.open_count, open + 1);
    assert_int_equal(mt_orders_fill_sum(&orders, 1), 5);
    mt_orders_fini(&orders);
}

/* While somebody holds ids that he will look up, chunks stay, however many orders are made meanwhile. */
static void what_is_pinned_is_not_dropped(void **state)
{
    (void)state;
    for (int pinned = 0; pinned <= 1; pinned++) {
        struct mt_orders orders;
        struct model m;
        assert_int_equal(mt_orders_init(&orders), 0);
        orders.pinned = pinned;
        for (uint64_t coid = 1; coid < MT_ORDERS_KEEP + 4 * MT_ORDERS_CHUNK; coid++) {
            assert_non_null(mt_orders_add(&orders, coid));
            set(&orders, &m, coid, MT_ORDER_DENIED);
        }
        assert_true((mt_orders_get(&orders, 1) != NULL) == pinned);
        mt_orders_fini(&orders);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_against_an_array),
        cmocka_unit_test(an_order_that_has_just_ended_outlives_its_successor),
        cmocka_unit_test(synthetic_fills_are_found_until_they_die),
        cmocka_unit_test(an_order_that_comes_back_keeps_its_chunk),
        cmocka_unit_test(ids_that_skip_whole_chunks),
        cmocka_unit_test(fills_of_neighbours_are_told_apart),
        cmocka_unit_test(orders_that_are_not_there_have_no_fills),
        cmocka_unit_test(without_memory_nothing_is_lost),
        cmocka_unit_test(what_is_pinned_is_not_dropped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
