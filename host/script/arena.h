/* arena: the memory of one VM: a private allocator over one mmap, so that dropping a VM is one
 * munmap whatever state it is in. Everything is decided by offsets inside the mapping, never by
 * addresses: the same requests give the same layout in every process.
 * Up to 4 KiB: size classes with at most 12.5 % waste, each with a free list. Above: blocks with
 * boundary tags that merge with their free neighbours. */
#ifndef MT_SCRIPT_ARENA_H
#define MT_SCRIPT_ARENA_H

#include <stddef.h>
#include <stdint.h>
#include "base/err.h"

enum { MT_ARENA_SMALL_MAX = 4096, MT_ARENA_CLASSES = 48, MT_ARENA_BINS = 320 };

struct mt_arena_block;
struct mt_arena {
    char *base;                     /* owned mapping of `size` bytes */
    size_t size, top;               /* bytes from top on were never used */
    size_t used, peak;              /* bytes in blocks handed out, rounded up to their block */
    uint64_t allocated;             /* sum of all growth asked for; never falls */
    uint64_t refused;               /* requests that did not fit */
    void *small[MT_ARENA_CLASSES];  /* free lists */
    struct mt_arena_block *bins[MT_ARENA_BINS];
    uint64_t bin_map[MT_ARENA_BINS / 64];
    struct mt_arena_block *last;    /* the block that ends at top */
};

/* bytes is rounded up to pages. MT_ENOMEM when the mapping fails. */
int mt_arena_init(struct mt_arena *arena, size_t bytes) MT_CHECKED;
void mt_arena_fini(struct mt_arena *arena);
/* The contract of lua_Alloc: `arena` is the first argument; NULL when the cap is reached. */
void *mt_arena_alloc(void *arena, void *old, size_t old_size, size_t new_size);
/* The bytes that a request takes; for the test of the waste. */
size_t mt_arena_class_bytes(size_t size);

#endif
