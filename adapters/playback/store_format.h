/* store_format: the bytes of a tick store, version 3; docs/tick-store.md explains them. Little
 * endian.
 * header · blocks of packed records (all but the last one full) · index, one entry per block ·
 * trailer. */
#ifndef MT_ADAPTERS_PLAYBACK_STORE_FORMAT_H
#define MT_ADAPTERS_PLAYBACK_STORE_FORMAT_H

#include <stddef.h>
#include <stdint.h>
#include "base/hash.h"
#include "model/event.h"
#include "model/instrument.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "stores are mapped and read in place: little endian machines only"
#endif

#define MT_STORE_MAGIC "mtticks1"
#define MT_STORE_END_MAGIC "mttickse"

enum {
    MT_STORE_VERSION = 3,
    MT_STORE_VERSION_ZERO = 2,  /* its quotes have no sides: 0 is an empty one; trades and bars are the same */
    MT_STORE_BLOCK_BYTES = 65520,       /* whole records of all sizes: 40, 48, 56 */
    MT_STORE_HEADER_BYTES = 512,
};

struct mt_store_header {
    char magic[8];
    uint32_t version, header_bytes;
    uint32_t kind;                      /* enum mt_event_kind */
    uint32_t record_bytes, block_bytes;
    int32_t tf_s;                       /* bars; 0 otherwise */
    uint64_t count, blocks;
    int64_t first_ns, last_ns;          /* event times: of bars open + length */
    unsigned char instrument[MT_INSTRUMENT_BYTES];
    unsigned char zero[188];
    uint32_t crc;                       /* CRC-32C of all bytes before it */
};

struct mt_store_block {
    int64_t first_ns;                   /* event time of its first record: of a bar open + length */
    uint32_t count, check;              /* check: of the block's bytes, mt_store_block_check */
};

struct mt_store_trailer {
    char magic[8];
    uint64_t hash;                      /* XXH3 of the index, seeded with the XXH3 of the header */
    uint32_t index_crc, zero[2];
    uint32_t crc;                       /* CRC-32C of all bytes of the trailer before it */
};

struct mt_store_quote { int64_t time_ns, bid, ask, bid_qty, ask_qty; uint32_t sides, zero; };
struct mt_store_trade { int64_t time_ns, price, qty; uint64_t id; int32_t side; uint32_t zero; };
struct mt_store_bar { int64_t open_ns, open, high, low, close, volume; int32_t ticks; uint32_t zero; };

/* Every byte of a store is hashed when it is read, so this is part of what an event costs; XXH3 runs at several times
 * the speed of a CRC. */
static inline uint32_t mt_store_block_check(const void *block, size_t length)
{
    return (uint32_t)mt_hash64(block, length);
}

_Static_assert(sizeof(struct mt_store_header) == MT_STORE_HEADER_BYTES, "layout");
_Static_assert(sizeof(struct mt_store_block) == 16, "layout");
_Static_assert(sizeof(struct mt_store_trailer) == 32, "layout");
_Static_assert(sizeof(struct mt_store_quote) == 48, "layout");
_Static_assert(sizeof(struct mt_store_trade) == 40, "layout");
_Static_assert(sizeof(struct mt_store_bar) == 56, "layout");
_Static_assert(MT_STORE_BLOCK_BYTES % 40 == 0, "layout");
_Static_assert(MT_STORE_BLOCK_BYTES % 48 == 0, "layout");
_Static_assert(MT_STORE_BLOCK_BYTES % 56 == 0, "layout");

/* Bytes of a record of this kind; 0 for kinds that no store holds. */
static inline uint32_t mt_store_record_bytes(uint32_t kind)
{
    return kind == MT_EV_BAR ? sizeof(struct mt_store_bar)
         : kind == MT_EV_QUOTE ? sizeof(struct mt_store_quote)
         : kind == MT_EV_TRADE ? sizeof(struct mt_store_trade) : 0;
}

#endif
