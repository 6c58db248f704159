/* The venue's memory of orders, and the queues: growth, order, reuse, the stated maximum. */
#include "bed.h"

#include "adapters/sim/sim_private.h"

static void known_ids_survive_growth(void **state)
{
    (void)state;
    struct mt_sim_orders orders;
    assert_int_equal(mt_sim_orders_init(&orders, 2), 0);
    for (uint64_t i = 1; i <= 50000; i++) {
        struct mt_order_request r = {.coid = i * 0x10001, .terms.account = (uint16_t)(i % 7)};
        assert_null(mt_sim_orders_find(&orders, r.coid));
        mt_sim_orders_remember(&orders, &r)->cum = (int64_t)i;
    }
    for (uint64_t i = 1; i <= 50000; i++) {
        const struct mt_sim_known *known = mt_sim_orders_find(&orders, i * 0x10001);
        assert_non_null(known);
        assert_int_equal(known->cum, i);
        assert_int_equal(known->account, i % 7);
        assert_int_equal(known->slot, MT_SIM_NONE);
    }
    assert_null(mt_sim_orders_find(&orders, 5));
    assert_null(mt_sim_orders_find(&orders, 0));
    mt_sim_orders_fini(&orders);
}

static void expect_list(const struct mt_sim_orders *orders, uint16_t symbol, const char *coids)
{
    char got[64] = "";
    int32_t slot = orders->lists[symbol].first, before = MT_SIM_NONE;
    for (; slot != MT_SIM_NONE; before = slot, slot = orders->slots[slot].next) {
        assert_int_equal(orders->slots[slot].prev, before);
        size_t length = strlen(got);
        got[length] = (char)('0' + orders->slots[slot].match.request.coid);
    }
    assert_int_equal(orders->lists[symbol].last, before);
    assert_string_equal(got, coids);
}

static void lists_keep_the_order_of_acceptance(void **state)
{
    (void)state;
    struct mt_sim_orders orders;
    int32_t slots[6];
    assert_int_equal(mt_sim_orders_init(&orders, 2), 0);
    for (uint64_t i = 0; i < 6; i++) {
        struct mt_order_request r = {.coid = i, .terms.symbol = i == 5};
        slots[i] = mt_sim_orders_add(&orders, &r);
    }
    expect_list(&orders, 0, "01234");
    expect_list(&orders, 1, "5");
    mt_sim_orders_move_last(&orders, slots[0]);
    expect_list(&orders, 0, "12340");
    mt_sim_orders_move_last(&orders, slots[0]);
    expect_list(&orders, 0, "12340");
    mt_sim_orders_remove(&orders, slots[1]);
    mt_sim_orders_remove(&orders, slots[3]);
    mt_sim_orders_remove(&orders, slots[0]);
    mt_sim_orders_remove(&orders, slots[5]);
    expect_list(&orders, 0, "24");
    expect_list(&orders, 1, "");
    assert_int_equal(orders.open_count, 2);
    struct mt_order_request r = {.coid = 7};
    assert_int_equal(mt_sim_orders_add(&orders, &r), slots[5]);         /* used again */
    expect_list(&orders, 0, "247");
    mt_sim_orders_fini(&orders);
}

static void open_orders_have_a_maximum(void **state)
{
    (void)state;
    struct mt_sim_orders orders;
    struct mt_order_request r = {.coid = 1};
    assert_int_equal(mt_sim_orders_init(&orders, 1), 0);
    for (int32_t i = 0; i < MT_SIM_ORDERS_MAX; i++)
        assert_int_equal(mt_sim_orders_add(&orders, &r), i);
    assert_int_equal(mt_sim_orders_add(&orders, &r), MT_SIM_NONE);
    mt_sim_orders_remove(&orders, 77);
    assert_int_equal(mt_sim_orders_add(&orders, &r), 77);
    mt_sim_orders_fini(&orders);
}

#define T(name) cmocka_unit_test(name)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(known_ids_survive_growth),
        T(lists_keep_the_order_of_acceptance),
        T(open_orders_have_a_maximum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
