/* A queue keeps its order through wrapping and growth, and stops at its maximum. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "adapters/sim/ring.h"

static void order_is_kept_while_it_wraps_and_grows(void **state)
{
    (void)state;
    struct mt_ring ring;
    assert_int_equal(mt_ring_init(&ring, sizeof(uint64_t), 4, 64), 0);
    uint64_t in = 0, out = 0;
    for (int round = 0; round < 200; round++) {
        for (int i = 0; i < (round * 7) % 11 && mt_ring_count(&ring) < 64; i++) {
            uint64_t *item = mt_ring_push(&ring);
            assert_non_null(item);
            *item = in++;
        }
        for (uint32_t i = 0; i < mt_ring_count(&ring); i++)
            assert_int_equal(*(uint64_t *)mt_ring_at(&ring, i), out + i);
        for (int i = 0; i < (round * 5) % 9 && mt_ring_count(&ring) > 0; i++, out++) {
            assert_int_equal(*(uint64_t *)mt_ring_at(&ring, 0), out);
            mt_ring_pop(&ring);
        }
        assert_int_equal(mt_ring_count(&ring), in - out);
    }
    mt_ring_fini(&ring);
}

static void the_middle_can_be_taken_out(void **state)
{
    (void)state;
    for (uint32_t begin = 0; begin < 9; begin++)        /* also over the end of the memory */
        for (uint32_t out = 0; out < 5; out++) {
            struct mt_ring ring;
            assert_int_equal(mt_ring_init(&ring, sizeof(uint64_t), 8, 8), 0);
            for (uint32_t i = 0; i < begin; i++) {
                assert_non_null(mt_ring_push(&ring));
                mt_ring_pop(&ring);
            }
            for (uint64_t i = 0; i < 5; i++)
                *(uint64_t *)mt_ring_push(&ring) = i;
            mt_ring_remove(&ring, out);
            assert_int_equal(mt_ring_count(&ring), 4);
            for (uint32_t i = 0; i < 4; i++)
                assert_int_equal(*(uint64_t *)mt_ring_at(&ring, i), i + (i >= out));
            mt_ring_fini(&ring);
        }
}

static void full_is_full(void **state)
{
    (void)state;
    struct mt_ring ring;
    assert_int_equal(mt_ring_init(&ring, 1, 4, 16), 0);
    for (int i = 0; i < 16; i++)
        assert_non_null(mt_ring_push(&ring));
    assert_null(mt_ring_push(&ring));
    assert_int_equal(mt_ring_count(&ring), 16);
    mt_ring_pop(&ring);
    assert_non_null(mt_ring_push(&ring));
    mt_ring_fini(&ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_is_kept_while_it_wraps_and_grows), cmocka_unit_test(full_is_full),
        cmocka_unit_test(the_middle_can_be_taken_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
