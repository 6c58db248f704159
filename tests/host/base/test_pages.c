/* Large memory: zeroed, aligned, all of it there, and given back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "base/pages.h"

static void zeroed_aligned_and_whole(void **state)
{
    static const size_t sizes[] = { 1, 4096, 4097, (2u << 20) - 1, 2u << 20, (2u << 20) + 1, 7u << 20 };
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int round = 0; round < 2; round++) {       /* the second one must not find what the first one left */
            unsigned char *bytes = mt_pages_new(sizes[i]);
            assert_non_null(bytes);
            assert_true((uintptr_t)bytes % (2u << 20) == 0);
            for (size_t at = 0; at < sizes[i]; at += 511)
                assert_int_equal(bytes[at], 0);
            memset(bytes, 0xa5, sizes[i]);
            mt_pages_free(bytes, sizes[i]);
        }
    mt_pages_free(NULL, 4096);
}

static void neighbours_do_not_overlap_and_end_alone(void **state)
{
    enum { COUNT = 8, SIZE = 3 << 20 };
    unsigned char *all[COUNT];
    (void)state;
    for (int i = 0; i < COUNT; i++) {
        all[i] = mt_pages_new(SIZE);
        assert_non_null(all[i]);
        memset(all[i], i + 1, SIZE);
    }
    for (int i = 0; i < COUNT; i += 2)
        mt_pages_free(all[i], SIZE);
    for (int i = 0; i < COUNT; i++) {
        unsigned char resident[1];
        int gone = mincore(all[i], 4096, resident);
        assert_int_equal(gone, i % 2 == 0 ? -1 : 0);
        for (size_t at = 0; i % 2 == 1 && at < SIZE; at += 4095)
            assert_int_equal(all[i][at], i + 1);
    }
    for (int i = 1; i < COUNT; i += 2)
        mt_pages_free(all[i], SIZE);
}

static void more_than_there_is_is_refused(void **state)
{
    (void)state;
    assert_null(mt_pages_new((size_t)1 << 60));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zeroed_aligned_and_whole),
        cmocka_unit_test(neighbours_do_not_overlap_and_end_alone),
        cmocka_unit_test(more_than_there_is_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
