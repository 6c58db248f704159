#include "script/arena.h"

#include <stdbool.h>
#include <string.h>

#include "base/pages.h"

/* A large block: this header, then the payload. Blocks lie one behind the other from the base to
 * `top`. */
struct mt_arena_block {
    size_t bytes;                   /* with the header; the lowest bit says free */
    size_t before;                  /* bytes of the block that ends here, 0 for the first */
    struct mt_arena_block *next, *previous;     /* of the bin; only while free */
};

/* RESERVE: what only a shrinking request may take, because Lua relies on shrinking to succeed. */
enum { HEADER = 16, UNIT = 64, SPAN = 16384, SPAN_BLOCKS = 8, RESERVE = 128 * 1024 };
#define FREE_BIT ((size_t)1)

static size_t block_bytes(const struct mt_arena_block *block) { return block->bytes & ~FREE_BIT; }

static unsigned log2_floor(size_t value) { return 63u - (unsigned)__builtin_clzl(value); }

/* Classes in steps of 16 up to 128, then eight to each doubling. */
static unsigned class_of(size_t size)
{
    if (size <= 128)
        return size == 0 ? 0 : (unsigned)((size - 1) / 16);
    unsigned order = log2_floor(size - 1);
    return 8 + (order - 7) * 8 + (unsigned)((size - 1 - ((size_t)1 << order)) >> (order - 3));
}

static size_t class_size(unsigned class)
{
    if (class < 8)
        return ((size_t)class + 1) * 16;
    unsigned order = 7 + (class - 8) / 8;
    return ((size_t)1 << order) + (((size_t)(class - 8) % 8 + 1) << (order - 3));
}

static size_t large_bytes(size_t size) { return (size + HEADER + UNIT - 1) / UNIT * UNIT; }

size_t mt_arena_class_bytes(size_t size)
{
    return size <= MT_ARENA_SMALL_MAX ? class_size(class_of(size)) : large_bytes(size);
}

int mt_arena_init(struct mt_arena *arena, size_t bytes)
{
    memset(arena, 0, sizeof *arena);
    bytes = (bytes + 4095) / 4096 * 4096;
    void *base = mt_pages_new(bytes);
    if (base == NULL)
        return MT_ENOMEM;
    arena->base = base;
    arena->size = bytes;
    return 0;
}

void mt_arena_fini(struct mt_arena *arena)
{
    if (arena->base != NULL)
        mt_pages_free(arena->base, arena->size);
    memset(arena, 0, sizeof *arena);
}

/* Bins hold blocks of [2^k + j*2^(k-3), 2^k + (j+1)*2^(k-3)). */
static unsigned bin_of(size_t bytes)
{
    unsigned order = log2_floor(bytes);
    return (order - 6) * 8 + (unsigned)((bytes >> (order - 3)) & 7);
}

static void bin_insert(struct mt_arena *arena, struct mt_arena_block *block)
{
    unsigned bin = bin_of(block_bytes(block));
    block->bytes |= FREE_BIT;
    block->previous = NULL;
    block->next = arena->bins[bin];
    if (block->next != NULL)
        block->next->previous = block;
    arena->bins[bin] = block;
    arena->bin_map[bin / 64] |= (uint64_t)1 << (bin % 64);
}

static void bin_remove(struct mt_arena *arena, struct mt_arena_block *block)
{
    unsigned bin = bin_of(block_bytes(block));
    if (block->next != NULL)
        block->next->previous = block->previous;
    if (block->previous != NULL)
        block->previous->next = block->next;
    else if ((arena->bins[bin] = block->next) == NULL)
        arena->bin_map[bin / 64] &= ~((uint64_t)1 << (bin % 64));
    block->bytes &= ~FREE_BIT;
}

static struct mt_arena_block *after(const struct mt_arena *arena, struct mt_arena_block *block)
{
    char *end = (char *)block + block_bytes(block);
    return end == arena->base + arena->top ? NULL : (struct mt_arena_block *)(void *)end;
}

static void set_bytes(struct mt_arena *arena, struct mt_arena_block *block, size_t bytes)
{
    block->bytes = bytes;
    struct mt_arena_block *next = after(arena, block);
    if (next != NULL)
        next->before = bytes;
    else
        arena->last = block;
}

/* Give back what lies behind `bytes` of a block that is in use. */
static void split(struct mt_arena *arena, struct mt_arena_block *block, size_t bytes)
{
    size_t rest = block_bytes(block) - bytes;
    if (rest < UNIT)
        return;
    block->bytes = bytes;
    struct mt_arena_block *tail = (struct mt_arena_block *)(void *)((char *)block + bytes);
    tail->before = bytes;
    set_bytes(arena, tail, rest);
    struct mt_arena_block *next = after(arena, tail);
    if (next != NULL && (next->bytes & FREE_BIT)) {
        bin_remove(arena, next);
        set_bytes(arena, tail, rest + block_bytes(next));
    }
    bin_insert(arena, tail);
}

static struct mt_arena_block *bin_find(struct mt_arena *arena, size_t bytes)
{
    unsigned bin = bin_of(bytes);
    for (struct mt_arena_block *block = arena->bins[bin]; block != NULL; block = block->next)
        if (block_bytes(block) >= bytes)
            return block;
    /* Every block of a higher bin is large enough. */
    for (unsigned word = (bin + 1) / 64; word < MT_ARENA_BINS / 64; word++) {
        uint64_t map = arena->bin_map[word];
        if (word == (bin + 1) / 64)
            map &= ~(uint64_t)0 << ((bin + 1) % 64);
        if (map != 0)
            return arena->bins[word * 64 + (unsigned)__builtin_ctzl(map)];
    }
    return NULL;
}

/* Take `bytes` more from the part that was never used. */
static bool top_take(struct mt_arena *arena, size_t bytes, bool shrinking)
{
    size_t room = arena->size - arena->top, reserve = shrinking ? 0 : RESERVE;
    if (room < reserve || bytes > room - reserve)
        return false;
    arena->top += bytes;
    return true;
}

static void *large_get(struct mt_arena *arena, size_t size, bool shrinking)
{
    if (size > arena->size)
        return NULL;
    size_t bytes = large_bytes(size);
    struct mt_arena_block *block = bin_find(arena, bytes), *last = arena->last;
    if (block != NULL) {
        bin_remove(arena, block);
        split(arena, block, bytes);
        return (char *)block + HEADER;
    }
    if (last != NULL && (last->bytes & FREE_BIT)) {
        if (!top_take(arena, bytes - block_bytes(last), shrinking))
            return NULL;
        bin_remove(arena, last);
        last->bytes = bytes;
        return (char *)last + HEADER;
    }
    size_t at = arena->top;
    if (!top_take(arena, bytes, shrinking))
        return NULL;
    block = (struct mt_arena_block *)(void *)(arena->base + at);
    block->before = arena->last != NULL ? block_bytes(arena->last) : 0;
    block->bytes = bytes;
    arena->last = block;
    return (char *)block + HEADER;
}

static struct mt_arena_block *block_of(void *payload)
{
    return (struct mt_arena_block *)(void *)((char *)payload - HEADER);
}

static void large_put(struct mt_arena *arena, void *payload)
{
    struct mt_arena_block *block = block_of(payload);
    struct mt_arena_block *next = after(arena, block);
    if (next != NULL && (next->bytes & FREE_BIT)) {
        bin_remove(arena, next);
        set_bytes(arena, block, block_bytes(block) + block_bytes(next));
    }
    if (block->before != 0) {
        struct mt_arena_block *before = (struct mt_arena_block *)(void *)((char *)block - block->before);
        if (before->bytes & FREE_BIT) {
            bin_remove(arena, before);
            set_bytes(arena, before, block_bytes(before) + block_bytes(block));
            block = before;
        }
    }
    bin_insert(arena, block);
}

/* Grow or shrink where it lies. */
static bool large_resize(struct mt_arena *arena, void *payload, size_t size)
{
    if (size > arena->size)
        return false;
    struct mt_arena_block *block = block_of(payload);
    size_t bytes = large_bytes(size);
    struct mt_arena_block *next = after(arena, block);
    if (bytes > block_bytes(block) && next == NULL) {
        if (!top_take(arena, bytes - block_bytes(block), false))
            return false;
        block->bytes = bytes;
    } else if (bytes > block_bytes(block)) {
        if (!(next->bytes & FREE_BIT) || block_bytes(block) + block_bytes(next) < bytes)
            return false;
        bin_remove(arena, next);
        set_bytes(arena, block, block_bytes(block) + block_bytes(next));
    }
    split(arena, block, bytes);
    return true;
}

/* A class without free blocks takes a span and cuts it. Spans stay with their class. */
static void *small_get(struct mt_arena *arena, unsigned class, bool shrinking)
{
    void *block = arena->small[class];
    if (block != NULL) {
        memcpy(&arena->small[class], block, sizeof(void *));
        return block;
    }
    size_t bytes = class_size(class), count = SPAN / bytes > SPAN_BLOCKS ? SPAN / bytes : SPAN_BLOCKS;
    char *span = large_get(arena, bytes * count, shrinking);
    if (span == NULL)
        return NULL;
    for (size_t at = (count - 1) * bytes; at > 0; at -= bytes) {
        memcpy(span + at, &arena->small[class], sizeof(void *));
        arena->small[class] = span + at;
    }
    return span;
}

static void *get(struct mt_arena *arena, size_t size, bool shrinking)
{
    bool small = size <= MT_ARENA_SMALL_MAX;
    void *block = small ? small_get(arena, class_of(size), shrinking) : large_get(arena, size, shrinking);
    if (block == NULL) {
        arena->refused++;
        return NULL;
    }
    arena->used += small ? mt_arena_class_bytes(size) : block_bytes(block_of(block));
    if (arena->used > arena->peak)
        arena->peak = arena->used;
    return block;
}

static void put(struct mt_arena *arena, void *block, size_t size)
{
    if (size <= MT_ARENA_SMALL_MAX) {
        unsigned class = class_of(size);
        arena->used -= class_size(class);
        memcpy(block, &arena->small[class], sizeof(void *));
        arena->small[class] = block;
    } else {
        arena->used -= block_bytes(block_of(block));
        large_put(arena, block);
    }
}

static bool resize_in_place(struct mt_arena *arena, void *old, size_t old_size, size_t new_size)
{
    bool old_small = old_size <= MT_ARENA_SMALL_MAX, new_small = new_size <= MT_ARENA_SMALL_MAX;
    if (old_small || new_small)
        return old_small && new_small && class_of(old_size) == class_of(new_size);
    size_t before = block_bytes(block_of(old));
    if (!large_resize(arena, old, new_size))
        return false;
    arena->used += block_bytes(block_of(old)) - before;
    if (arena->used > arena->peak)
        arena->peak = arena->used;
    return true;
}

void *mt_arena_alloc(void *ud, void *old, size_t old_size, size_t new_size)
{
    struct mt_arena *arena = ud;
    if (new_size == 0) {
        if (old != NULL)
            put(arena, old, old_size);
        return NULL;
    }
    if (old == NULL)
        old_size = 0;       /* Lua says the type of the object here */
    bool in_place = old != NULL && resize_in_place(arena, old, old_size, new_size);
    void *block = in_place ? old : get(arena, new_size, old != NULL && new_size <= old_size);
    if (block == NULL)
        return NULL;
    if (new_size > old_size)
        arena->allocated += new_size - old_size;
    if (in_place)
        return old;
    if (old != NULL) {
        memcpy(block, old, old_size < new_size ? old_size : new_size);
        put(arena, old, old_size);
    }
    return block;
}
