/* Reading a tick store, mapped. Nothing of the file is believed before its checksum has been seen,
 * and nothing that has a right checksum is believed to make sense: times and numbers are checked
 * once per block with it. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "adapters/playback/row.h"
#include "adapters/playback/store.h"
#include "adapters/playback/store_format.h"
#include "base/hash.h"

/* Pages behind a sequential reader are given back, and those before it are brought in, in such pieces. */
enum { DROP_BYTES = 16 << 20, AHEAD_BYTES = 1 << 20, PAGE_BYTES = 4096 };

struct mt_store {
    char *path;
    const unsigned char *map; /* owned mapping */
    size_t size;
    const struct mt_store_header *header;
    const struct mt_store_block *index;
    const struct mt_store_trailer *trailer;
    struct mt_instrument instrument;
    uint32_t per_block;
    int64_t shift_ns;       /* event time - time in the record: the length of a bar, else 0 */
    unsigned char *checked; /* owned, one per block */
    size_t dropped;         /* bytes at the front that were given back */
    size_t ahead_from, ahead_to;    /* bytes that were asked for in one piece */
};

static int corrupt(const struct mt_store *store, struct mt_diag *diag, const char *what)
{
    return mt_fail(diag, MT_ECORRUPT, "%s: the tick store is damaged: %s", store->path, what);
}

bool mt_store_is(const char *path)
{
    char magic[8];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return false;
    bool is = pread(fd, magic, sizeof magic, 0) == (ssize_t)sizeof magic &&
              memcmp(magic, MT_STORE_MAGIC, 8) == 0;
    close(fd);
    return is;
}

static int file_map(struct mt_store *store, struct mt_diag *diag)
{
    struct stat stat;
    int fd = open(store->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return mt_fail(diag, MT_EIO, "%s: cannot open: %s", store->path, strerror(errno));
    if (fstat(fd, &stat) != 0 || !S_ISREG(stat.st_mode)) {
        close(fd);
        return mt_fail(diag, MT_EIO, "%s: not a regular file", store->path);
    }
    store->size = (size_t)stat.st_size;
    if (store->size < sizeof(struct mt_store_header) + sizeof(struct mt_store_trailer)) {
        close(fd);
        return corrupt(store, diag, "shorter than header and trailer");
    }
    void *map = mmap(NULL, store->size, PROT_READ, MAP_SHARED, fd, 0);
    int why = errno;
    close(fd);
    if (map == MAP_FAILED)
        return mt_fail(diag, MT_EIO, "%s: cannot map: %s", store->path, strerror(why));
    store->map = map;
    return 0;
}

static int header_check(struct mt_store *store, struct mt_diag *diag)
{
    const struct mt_store_header *h = store->header = (const struct mt_store_header *)store->map;
    if (memcmp(h->magic, MT_STORE_MAGIC, sizeof h->magic) != 0)
        return corrupt(store, diag, "it does not begin like one");
    if (mt_crc32c(0, h, offsetof(struct mt_store_header, crc)) != h->crc)
        return corrupt(store, diag, "checksum of the header");
    bool reads = h->version == MT_STORE_VERSION
        || (h->version == MT_STORE_VERSION_ZERO && (h->kind == MT_EV_TRADE || h->kind == MT_EV_BAR));
    if (!reads || h->header_bytes != MT_STORE_HEADER_BYTES)
        return mt_fail(diag, MT_EREFUSED,
                       "%s: tick store of version %u%s, this program reads version %d: import it again from the files "
                       "it was made of (mthost data import)",
                       store->path, h->version, h->kind == MT_EV_QUOTE ? " with quotes" : "", MT_STORE_VERSION);
    uint32_t record = mt_store_record_bytes(h->kind);
    bool bars = h->kind == MT_EV_BAR;
    if (record == 0 || h->record_bytes != record || h->block_bytes != MT_STORE_BLOCK_BYTES ||
        (h->tf_s > 0) != bars || h->tf_s < 0 || h->count == 0 || h->first_ns < 0 ||
        h->last_ns < h->first_ns || h->last_ns >= MT_DATA_TIME_END_NS ||
        mt_instrument_decode(h->instrument, &store->instrument) != 0)
        return corrupt(store, diag, "the header makes no sense");
    store->per_block = MT_STORE_BLOCK_BYTES / record;
    store->shift_ns = h->tf_s * MT_NS_PER_S;
    return 0;
}

/* Header, blocks, index and trailer must fill the file exactly. */
static int layout_check(struct mt_store *store, struct mt_diag *diag)
{
    const struct mt_store_header *h = store->header;
    size_t rest = store->size - sizeof *h - sizeof *store->trailer;
    if (h->count > rest / h->record_bytes ||
        h->blocks != (h->count + store->per_block - 1) / store->per_block)
        return corrupt(store, diag, "its length does not fit the header (truncated)");
    size_t records = (size_t)h->count * h->record_bytes,
           index = (size_t)h->blocks * sizeof *store->index;
    if (rest - records != index)
        return corrupt(store, diag, "its length does not fit the header (truncated)");
    store->index = (const struct mt_store_block *)(store->map + sizeof *h + records);
    store->trailer = (const struct mt_store_trailer *)(store->map + sizeof *h + records + index);
    const struct mt_store_trailer *t = store->trailer;
    if (memcmp(t->magic, MT_STORE_END_MAGIC, sizeof t->magic) != 0 ||
        mt_crc32c(0, t, offsetof(struct mt_store_trailer, crc)) != t->crc)
        return corrupt(store, diag, "checksum of the trailer");
    if (mt_crc32c(0, store->index, index) != t->index_crc ||
        mt_hash64_seed(store->index, index, mt_hash64(h, sizeof *h)) != t->hash)
        return corrupt(store, diag, "checksum of the index");
    if (store->index[0].first_ns != h->first_ns)
        return corrupt(store, diag, "the index makes no sense");
    for (uint64_t i = 0; i < h->blocks; i++) {
        bool final = i + 1 == h->blocks;
        uint64_t count = final ? h->count - i * store->per_block : store->per_block;
        if (store->index[i].count != count ||
            (!final && store->index[i].first_ns > store->index[i + 1].first_ns))
            return corrupt(store, diag, "the index makes no sense");
    }
    return 0;
}

static const unsigned char *record_at(const struct mt_store *store, uint64_t position)
{
    return store->map + sizeof *store->header + position * store->header->record_bytes;
}

static void quote_load(const unsigned char *at, struct mt_event *out)
{
    const struct mt_store_quote *r = (const struct mt_store_quote *)at;
    out->time_ns = out->venue_ns = r->time_ns;
    out->quote = (struct mt_quote){ r->bid, r->ask, r->bid_qty, r->ask_qty, (uint8_t)r->sides };
}

static void trade_load(const unsigned char *at, struct mt_event *out)
{
    const struct mt_store_trade *r = (const struct mt_store_trade *)at;
    out->time_ns = out->venue_ns = r->time_ns;
    out->trade = (struct mt_trade){ r->price, r->qty, r->id, r->side };
}

/* A bar ends no later than the next one begins. */
static void bar_load(const unsigned char *at, int64_t shift_ns, int64_t next_ns, int32_t tf_s, struct mt_event *out)
{
    const struct mt_store_bar *r = (const struct mt_store_bar *)at;
    int64_t end_ns = r->open_ns + shift_ns;
    out->time_ns = out->venue_ns = end_ns < next_ns ? end_ns : next_ns;
    out->bar = (struct mt_bar){ r->open_ns, r->open,   r->high, r->low,
                                r->close,   r->volume, tf_s,    r->ticks };
}

/* The rules of mt_row_check on records in place, without branches: this runs over every record of a
 * store that is read. */
static int side_is_wrong(int64_t price, bool there, bool negative)
{
    return (there & (price <= 0) & !negative) | (!there & (price != 0));
}

static bool quote_is_wrong(const struct mt_store_quote *q, bool negative)
{
    return side_is_wrong(q->bid, q->sides & MT_QUOTE_BID, negative) |
           side_is_wrong(q->ask, (q->sides & MT_QUOTE_ASK) != 0, negative) | (q->sides == 0) |
           (q->sides > MT_QUOTE_BOTH) | (q->bid_qty < 0) | (q->ask_qty < 0) | (q->zero != 0);
}

static bool trade_is_wrong(const struct mt_store_trade *t, bool negative)
{
    return ((t->price <= 0) & !negative) | (t->qty < 0) | (t->side < -1) | (t->side > 1) | (t->zero != 0);
}

static bool bar_is_wrong(const struct mt_store_bar *b, bool negative)
{
    return ((b->low <= 0) & !negative) | (b->high < b->open) | (b->high < b->close) | (b->low > b->open) |
           (b->low > b->close) | (b->volume < 0) | (b->zero != 0);
}

static bool records_are_wrong(const struct mt_store *store, const unsigned char *at, uint64_t count)
{
    const bool negative = store->instrument.negative;
    bool wrong = false;
    if (store->header->kind == MT_EV_QUOTE)
        for (uint64_t i = 0; i < count; i++)
            wrong |= quote_is_wrong((const struct mt_store_quote *)at + i, negative);
    else if (store->header->kind == MT_EV_TRADE)
        for (uint64_t i = 0; i < count; i++)
            wrong |= trade_is_wrong((const struct mt_store_trade *)at + i, negative);
    else
        for (uint64_t i = 0; i < count; i++)
            wrong |= bar_is_wrong((const struct mt_store_bar *)at + i, negative);
    return wrong;
}

static int64_t time_at(const unsigned char *record)
{
    int64_t time;
    memcpy(&time, record, sizeof time);
    return time;
}

/* Times rise from the first of the index to before the next block's first, and every record is one
 * that data may hold. */
static bool block_makes_sense(const struct mt_store *store, uint64_t block)
{
    const struct mt_store_header *h = store->header;
    const struct mt_store_block *entry = &store->index[block];
    const unsigned char *at = record_at(store, block * store->per_block);
    const uint32_t bytes = h->record_bytes;
    bool bars = h->kind == MT_EV_BAR, final = block + 1 == h->blocks, wrong = false;
    int64_t first = entry->first_ns - store->shift_ns,
            last = time_at(at + (entry->count - 1) * (size_t)bytes);
    int64_t end = (final ? h->last_ns : entry[1].first_ns - bars) - store->shift_ns;
    if (first < 0 || time_at(at) != first || last > end || (final && last != end))
        return false;
    for (uint64_t i = 1; i < entry->count; i++)
        wrong |= time_at(at + i * bytes) < time_at(at + (i - 1) * bytes) + bars;
    return !wrong && !records_are_wrong(store, at, entry->count);
}

static int block_check(struct mt_store *store, uint64_t block, struct mt_diag *diag)
{
    if (store->checked[block])
        return 0;
    const unsigned char *at = record_at(store, block * store->per_block);
    size_t length = (size_t)store->index[block].count * store->header->record_bytes;
    if (mt_store_block_check(at, length) != store->index[block].check)
        return mt_fail(diag, MT_ECORRUPT,
                       "%s: the tick store is damaged: checksum of block %llu (bytes %llu to %llu)",
                       store->path, (unsigned long long)block,
                       (unsigned long long)(at - store->map),
                       (unsigned long long)(at - store->map) + length - 1);
    if (!block_makes_sense(store, block))
        return mt_fail(diag, MT_ECORRUPT,
                       "%s: the tick store is damaged: block %llu makes no sense", store->path,
                       (unsigned long long)block);
    store->checked[block] = 1;
    return 0;
}

int mt_store_open(struct mt_store **out, const char *path, bool verify, struct mt_diag *diag)
{
    struct mt_store *store = calloc(1, sizeof *store);
    if (!store || !(store->path = strdup(path))) {
        free(store);
        return mt_fail(diag, MT_ENOMEM, "%s: out of memory", path);
    }
    int err = file_map(store, diag);
    if (err == 0)
        err = header_check(store, diag);
    if (err == 0)
        err = layout_check(store, diag);
    if (err == 0 && !(store->checked = calloc(store->header->blocks, 1)))
        err = mt_fail(diag, MT_ENOMEM, "%s: out of memory", path);
    for (uint64_t i = 0; err == 0 && verify && i < store->header->blocks; i++)
        err = block_check(store, i, diag);
    if (err != 0) {
        mt_store_close(store);
        return err;
    }
    madvise((void *)(uintptr_t)store->map, store->size, MADV_SEQUENTIAL);
    *out = store;
    return 0;
}

void mt_store_close(struct mt_store *store)
{
    if (!store)
        return;
    if (store->map)
        munmap((void *)(uintptr_t)store->map, store->size);
    free(store->checked);
    free(store->path);
    free(store);
}

const struct mt_instrument *mt_store_instrument(const struct mt_store *store)
{
    return &store->instrument;
}

uint64_t mt_store_count(const struct mt_store *store)
{
    return store->header->count;
}

uint64_t mt_store_hash(const struct mt_store *store)
{
    return store->trailer->hash;
}

uint32_t mt_store_kinds(const struct mt_store *store)
{
    return 1u << store->header->kind;
}

enum mt_event_kind mt_store_kind(const struct mt_store *store)
{
    return (enum mt_event_kind)store->header->kind;
}

int32_t mt_store_tf_s(const struct mt_store *store)
{
    return store->header->tf_s;
}

void mt_store_span(const struct mt_store *store, int64_t *first_ns, int64_t *last_ns)
{
    *first_ns = store->header->first_ns;
    *last_ns = store->header->last_ns;
}

/* A long run must not hold the whole file in memory; the kernel reads a page again if someone goes
 * back. */
static void behind_drop(struct mt_store *store, uint64_t position)
{
    size_t at = (size_t)(record_at(store, position) - store->map) & ~(size_t)(DROP_BYTES - 1);
    if (at < store->dropped)
        store->dropped = at;
    if (at - store->dropped < DROP_BYTES)
        return;
    madvise((void *)(uintptr_t)(store->map + store->dropped), at - store->dropped, MADV_DONTNEED);
    store->dropped = at;
}

/* Pages that are cached come in by the megabyte instead of by one fault for each 64 KiB. */
static void ahead_take(struct mt_store *store, uint64_t position)
{
    const size_t at = (size_t)(record_at(store, position) - store->map);
    if (at >= store->ahead_from && at < store->ahead_to)
        return;
    store->ahead_from = at & ~(size_t)(PAGE_BYTES - 1);
    store->ahead_to = store->size - store->ahead_from > AHEAD_BYTES ? store->ahead_from + AHEAD_BYTES : store->size;
    (void)madvise((void *)(uintptr_t)(store->map + store->ahead_from), store->ahead_to - store->ahead_from,
                  MADV_POPULATE_READ);  /* only faster: systems that do not know it fault as always */
}

/* The time of record `position`, also in a block that was not checked yet: then it is the index's. INT64_MAX: none. */
static int64_t time_of(const struct mt_store *store, uint64_t position)
{
    if (position >= store->header->count)
        return INT64_MAX;
    uint64_t block = position / store->per_block;
    return position % store->per_block == 0 ? store->index[block].first_ns - store->shift_ns
                                            : time_at(record_at(store, position));
}

static void events_load(const struct mt_store *store, uint64_t position, uint16_t symbol,
                        struct mt_event *out, int count)
{
    const unsigned char *at = record_at(store, position);
    const uint8_t kind = (uint8_t)store->header->kind;
    const uint32_t bytes = store->header->record_bytes;
    for (int i = 0; i < count; i++, at += bytes) {
        struct mt_event *event = &out[i];
        event->symbol = symbol;
        event->kind = kind;
        event->last = 0;
        event->source = 0;
        if (kind == MT_EV_QUOTE)
            quote_load(at, event);
        else if (kind == MT_EV_TRADE)
            trade_load(at, event);
        else
            bar_load(at, store->shift_ns, time_of(store, position + (uint64_t)i + 1), store->header->tf_s, event);
    }
}

int mt_store_read(struct mt_store *store, uint64_t position, uint16_t symbol, struct mt_event *out,
                  int max, struct mt_diag *diag)
{
    int done = 0;
    while (done < max && position < store->header->count) {
        uint64_t block = position / store->per_block;
        uint64_t left = block * store->per_block + store->index[block].count - position;
        int part = left < (uint64_t)(max - done) ? (int)left : max - done;
        /* Events before the damage are handed out first; the next call meets it again. */
        ahead_take(store, position);
        int err = block_check(store, block, done > 0 ? NULL : diag);
        if (err != 0)
            return done > 0 ? done : err;
        events_load(store, position, symbol, out + done, part);
        done += part;
        position += (uint64_t)part;
    }
    if (done > 0)
        behind_drop(store, position);
    return done;
}
