#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdbool.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include "base/hash.h"
#include "script/arena.h"

static void no_class_wastes_more_than_an_eighth(void **state)
{
    (void)state;
    for (size_t size = 128; size <= 200000; size++) {
        size_t bytes = mt_arena_class_bytes(size);
        assert_true(bytes >= size);
        assert_true(bytes - size <= size / 8 + 1);
    }
    for (size_t size = 1; size < 128; size++)
        assert_true(mt_arena_class_bytes(size) - size < 16);
}

enum { SLOTS = 3000 };
struct slot { unsigned char *p; size_t size; unsigned char mark; };

static bool intact(const struct slot *slot)
{
    for (size_t i = 0; i < slot->size; i++)
        if (slot->p[i] != slot->mark)
            return false;
    return true;
}

static size_t random_size(uint64_t r)
{
    switch (r % 10) {
    case 0: return 1 + (r >> 8) % 200000;
    case 1: return 4090 + (r >> 8) % 16;
    case 2: return 1 + (r >> 8) % 9000;
    default: return 1 + (r >> 8) % 600;
    }
}

/* Random requests; every block keeps its bytes whatever happens to the others, and at the end nothing is in use. */
static void run(struct mt_arena *arena, uint64_t seed, size_t *refused, uint64_t *layout)
{
    struct slot *slots = calloc(SLOTS, sizeof *slots);
    for (uint64_t n = 0; n < 200000; n++) {
        uint64_t r = mt_random_at(seed, n);
        struct slot *slot = &slots[r % SLOTS];
        size_t size = random_size(r >> 20);
        if (slot->p != NULL && (r >> 60) < 6)
            size = 0;
        size_t keep = slot->size < size ? slot->size : size;
        unsigned char *p = mt_arena_alloc(arena, slot->p, slot->size, size);
        if (size != 0 && p == NULL) {
            (*refused)++;
            assert_true(slot->p == NULL || size > slot->size);
            continue;
        }
        if (p != NULL) {
            assert_int_equal((uintptr_t)p % 16, 0);
            *layout = *layout * 31 + (uint64_t)(p - (unsigned char *)arena->base);
            struct slot moved = { p, keep, slot->mark };
            if (n % 8 == 0 || keep < 512)
                assert_true(intact(&moved));
            slot->mark = (unsigned char)n;
            memset(p, slot->mark, size);
        }
        slot->p = p;
        slot->size = p != NULL ? size : 0;
    }
    for (size_t i = 0; i < SLOTS; i++) {
        assert_true(intact(&slots[i]));
        if (slots[i].p != NULL)
            assert_null(mt_arena_alloc(arena, slots[i].p, slots[i].size, 0));
    }
    free(slots);
    assert_int_equal(arena->used, 0);
}

static void blocks_keep_their_bytes_and_layout_is_reproducible(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        uint64_t layout[2] = { 0, 0 };
        for (int i = 0; i < 2; i++) {
            struct mt_arena arena;
            size_t refused = 0;
            printf("seed %llu\n", (unsigned long long)seed);
            assert_int_equal(mt_arena_init(&arena, 256u << 20), 0);
            run(&arena, seed, &refused, &layout[i]);
            assert_int_equal(refused, 0);
            mt_arena_fini(&arena);
        }
        assert_true(layout[0] == layout[1]);
    }
}

static void a_full_arena_refuses_and_recovers(void **state)
{
    (void)state;
    struct mt_arena arena;
    size_t refused = 0;
    uint64_t layout = 0;
    assert_int_equal(mt_arena_init(&arena, 8u << 20), 0);
    run(&arena, 99, &refused, &layout);
    assert_true(refused > 100);
    assert_true(arena.refused >= refused);
    assert_true(arena.peak > 6u << 20);
    assert_null(mt_arena_alloc(&arena, NULL, 0, (size_t)-1));
    assert_null(mt_arena_alloc(&arena, NULL, 0, 9u << 20));
    mt_arena_fini(&arena);
}

/* Large blocks merge: after all are free, one nearly as large as everything fits; without merging it would not. */
static void free_neighbours_merge(void **state)
{
    (void)state;
    struct mt_arena arena;
    assert_int_equal(mt_arena_init(&arena, 4u << 20), 0);
    void *p[300];
    size_t n = 0;
    while (n < 300 && (p[n] = mt_arena_alloc(&arena, NULL, 0, 16000)) != NULL)
        n++;
    assert_true(n > 200);
    for (size_t i = 0; i < n; i += 2)
        mt_arena_alloc(&arena, p[i], 16000, 0);
    assert_null(mt_arena_alloc(&arena, NULL, 0, 40000));
    for (size_t i = 1; i < n; i += 2)
        mt_arena_alloc(&arena, p[i], 16000, 0);
    void *whole = mt_arena_alloc(&arena, NULL, 0, 3800000);
    assert_non_null(whole);
    void *grown = mt_arena_alloc(&arena, whole, 3800000, 3900000);
    assert_ptr_equal(grown, whole);
    assert_int_equal(arena.allocated, n * 16000 + 3900000);
    mt_arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_class_wastes_more_than_an_eighth),
        cmocka_unit_test(blocks_keep_their_bytes_and_layout_is_reproducible),
        cmocka_unit_test(a_full_arena_refuses_and_recovers),
        cmocka_unit_test(free_neighbours_merge),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
