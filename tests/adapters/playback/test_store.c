#include <errno.h>
#include <sys/file.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include "adapters/playback/files.h"
#include "adapters/playback/store_format.h"

static struct mt_instrument btc(void)
{
    struct mt_instrument instrument;
    mt_instrument_infer("BTCUSD", 2, "USD", &instrument);
    return instrument;
}

static uint64_t counter;
static uint64_t random_next(void)
{
    return mt_random_at(20, counter++);
}

static int64_t random_below(uint64_t bound)
{
    return (int64_t)(random_next() % bound);
}

static bool below_zero;         /* what is made has prices on both sides of zero, and its instrument says so */

static int64_t random_price(uint64_t bound)
{
    int64_t price = 1 + random_below(bound);
    return !below_zero ? price : random_below(9) == 0 ? 0 : random_below(2) ? price : -price;
}

static struct mt_event random_quote(int64_t *time_ns)
{
    *time_ns += random_below(3) * 500;
    struct mt_event event = { .time_ns = *time_ns, .venue_ns = *time_ns, .kind = MT_EV_QUOTE };
    uint8_t sides = (uint8_t)(1 + random_below(MT_QUOTE_BOTH));
    event.quote = (struct mt_quote){ sides & MT_QUOTE_BID ? random_price(1000) : 0,
                                     sides & MT_QUOTE_ASK ? random_price(INT64_MAX) : 0, random_below(9),
                                     random_below(INT64_MAX), sides };
    return event;
}

static struct mt_event random_trade(int64_t *time_ns)
{
    *time_ns += random_below(3) * 500;
    struct mt_event event = { .time_ns = *time_ns, .venue_ns = *time_ns, .kind = MT_EV_TRADE };
    event.trade = (struct mt_trade){ random_price(INT64_MAX), random_below(77), random_next(), (int)random_below(3) - 1 };
    return event;
}

static struct mt_event random_bar(int64_t *time_ns)
{
    *time_ns += random_below(8) ? (1 + random_below(3)) * 60 * MT_NS_PER_S : 1 + random_below(60 * MT_NS_PER_S);
    struct mt_event event = { .time_ns = *time_ns + 60 * MT_NS_PER_S, .kind = MT_EV_BAR };
    event.venue_ns = event.time_ns;
    int64_t low = random_price(1000000), high = low + random_below(1000);
    event.bar = (struct mt_bar){ *time_ns, low + random_below((uint64_t)(high - low) + 1), high, low,
                                 low + random_below((uint64_t)(high - low) + 1), random_below(5000), 60,
                                 (int)random_below(INT32_MAX) };
    return event;
}

static struct mt_event random_event(enum mt_event_kind kind, int64_t *time_ns)
{
    return kind == MT_EV_QUOTE ? random_quote(time_ns) : kind == MT_EV_TRADE ? random_trade(time_ns) : random_bar(time_ns);
}

static void assert_same(const struct mt_event *a, const struct mt_event *b)
{
    assert_int_equal(a->time_ns, b->time_ns);
    assert_int_equal(a->venue_ns, b->venue_ns);
    assert_int_equal(a->kind, b->kind);
    if (a->kind == MT_EV_QUOTE) {
        assert_int_equal(a->quote.bid, b->quote.bid);
        assert_int_equal(a->quote.ask, b->quote.ask);
        assert_int_equal(a->quote.bid_qty, b->quote.bid_qty);
        assert_int_equal(a->quote.ask_qty, b->quote.ask_qty);
        assert_int_equal(a->quote.sides, b->quote.sides);
    } else if (a->kind == MT_EV_BAR)
        assert_memory_equal(&a->bar, &b->bar, sizeof a->bar);
    else {
        assert_int_equal(a->trade.price, b->trade.price);
        assert_int_equal(a->trade.qty, b->trade.qty);
        assert_int_equal(a->trade.id, b->trade.id);
        assert_int_equal(a->trade.side, b->trade.side);
    }
}

static struct mt_event *store_make(const char *path, enum mt_event_kind kind, size_t count)
{
    struct mt_store_writer *writer;
    struct mt_diag diag = { 0 };
    struct mt_instrument instrument = btc();
    instrument.negative = below_zero;
    struct mt_event *events = malloc(count * sizeof *events);
    int64_t time_ns = ns_of("2014-05-01T00:00:00Z");
    assert_non_null(events);
    assert_int_equal(mt_store_create(&writer, path, &instrument, &diag), 0);
    for (size_t i = 0; i < count; i++) {
        events[i] = random_event(kind, &time_ns);
        if (kind == MT_EV_BAR && i > 0 && events[i].bar.open_ns < events[i - 1].time_ns)
            events[i - 1].time_ns = events[i - 1].venue_ns = events[i].bar.open_ns;
    }
    for (size_t i = 0; i < count; i++)
        assert_int_equal(mt_store_append(writer, &events[i], &diag), 0);
    assert_int_equal(mt_store_finish(writer, true, &diag), 0);
    return events;
}

/* Everything that was written comes back: all of it, in pieces, and from any place. */
static void round_trip(enum mt_event_kind kind, size_t count)
{
    const char *path = file_path("round.mts");
    struct mt_event *events = store_make(path, kind, count), got[64];
    struct mt_store *store;
    struct mt_diag diag = { 0 };
    assert_int_equal(access(file_path("round.mts.part"), F_OK), -1);
    for (int verify = 0; verify < 2; verify++) {
        assert_int_equal(mt_store_open(&store, path, verify, &diag), 0);
        assert_int_equal(mt_store_count(store), count);
        assert_int_equal(mt_store_kinds(store), 1u << kind);
        assert_int_equal(mt_store_kind(store), kind);
        assert_int_equal(mt_store_tf_s(store), kind == MT_EV_BAR ? 60 : 0);
        struct mt_instrument instrument = btc();
        assert_string_equal(mt_store_instrument(store)->symbol, "BTCUSD");
        assert_int_equal(mt_store_instrument(store)->tick, instrument.tick);
        int64_t first_ns, last_ns;
        mt_store_span(store, &first_ns, &last_ns);
        assert_int_equal(first_ns, kind == MT_EV_BAR ? events[0].bar.open_ns + 60 * MT_NS_PER_S : events[0].time_ns);
        assert_int_equal(last_ns, events[count - 1].time_ns);
        for (uint64_t at = 0; at < count;) {
            int max = 1 + (int)random_below(64), n = mt_store_read(store, at, 9, got, max, &diag);
            assert_int_equal(n, count - at < (uint64_t)max ? (int)(count - at) : max);
            for (int i = 0; i < n; i++) {
                assert_int_equal(got[i].symbol, 9);
                assert_int_equal(got[i].last, 0);
                assert_same(&got[i], &events[at + (uint64_t)i]);
            }
            at += (uint64_t)n;
        }
        assert_int_equal(mt_store_read(store, count, 9, got, 64, &diag), 0);
        for (int i = 0; i < 200; i++) {
            uint64_t at = (uint64_t)random_below(count);
            assert_true(mt_store_read(store, at, 9, got, 1, &diag) == 1);
            assert_same(&got[0], &events[at]);
        }
        mt_store_close(store);
    }
    free(events);
}

static void test_round_trip(void **state)
{
    static const size_t counts[] = { 1, 2, 1169, 1170, 1171, 1364, 1365, 1366, 1637, 1638, 1639, 3276, 10000 };
    (void)state;
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        for (int negative = 0; negative < 2; negative++) {
            below_zero = negative;
            round_trip(MT_EV_QUOTE, counts[i]);
            round_trip(MT_EV_TRADE, counts[i]);
            round_trip(MT_EV_BAR, counts[i]);
        }
    below_zero = false;
}

/* Beyond the size at which pages behind the reader are given back, forwards and back again. */
static void test_large(void **state)
{
    (void)state;
    round_trip(MT_EV_BAR, 800000);
}

/* Same content, same bytes and identity; other content, another one. */
static void test_identity(void **state)
{
    size_t size_a, size_b;
    (void)state;
    counter = 100;
    free(store_make(file_path("a.mts"), MT_EV_TRADE, 2000));
    counter = 100;
    free(store_make(file_path("b.mts"), MT_EV_TRADE, 2000));
    unsigned char *a = file_get(file_path("a.mts"), &size_a), *b = file_get(file_path("b.mts"), &size_b);
    assert_int_equal(size_a, size_b);
    assert_memory_equal(a, b, size_a);
    free(store_make(file_path("c.mts"), MT_EV_TRADE, 2000));
    struct mt_store *one, *two;
    assert_int_equal(mt_store_open(&one, file_path("a.mts"), true, NULL), 0);
    assert_int_equal(mt_store_open(&two, file_path("c.mts"), true, NULL), 0);
    assert_int_not_equal(mt_store_hash(one), mt_store_hash(two));
    mt_store_close(one);
    mt_store_close(two);
    free(a);
    free(b);
}

static int open_bytes(const unsigned char *bytes, size_t size, struct mt_diag *diag)
{
    struct mt_store *store = NULL;
    int err = mt_store_open(&store, file_put_bytes("damaged.mts", bytes, size), true, diag);
    if (err == 0)
        mt_store_close(store);
    return err;
}

static void test_every_byte_flipped(void **state)
{
    static const enum mt_event_kind kinds[] = { MT_EV_QUOTE, MT_EV_TRADE, MT_EV_BAR };
    (void)state;
    for (int k = 0; k < 3; k++) {
        size_t size;
        free(store_make(file_path("small.mts"), kinds[k], 12));
        unsigned char *bytes = file_get(file_path("small.mts"), &size);
        const char *path = file_put_bytes("flip.mts", bytes, size);
        int fd = open(path, O_WRONLY);
        for (size_t i = 0; i < size; i++) {
            struct mt_store *store = NULL;
            unsigned char flipped = bytes[i] ^ (unsigned char)(1u << (i % 8));
            assert_int_equal(pwrite(fd, &flipped, 1, (off_t)i), 1);
            assert_int_equal(mt_store_open(&store, path, true, NULL), MT_ECORRUPT);
            assert_null(store);
            assert_int_equal(pwrite(fd, &bytes[i], 1, (off_t)i), 1);
        }
        struct mt_store *store;
        assert_int_equal(mt_store_open(&store, path, true, NULL), 0);
        mt_store_close(store);
        close(fd);
        free(bytes);
    }
}

static void test_truncated(void **state)
{
    size_t size;
    (void)state;
    free(store_make(file_path("small.mts"), MT_EV_QUOTE, 2000));
    unsigned char *bytes = file_get(file_path("small.mts"), &size);
    for (size_t length = 0; length < size; length += length < 600 || length > size - 200 ? 1 : 611) {
        struct mt_diag diag = { 0 };
        assert_int_equal(open_bytes(bytes, length, &diag), MT_ECORRUPT);
        assert_text_has(diag.text, "damaged.mts");
    }
    unsigned char *longer = calloc(size + 40, 1);
    memcpy(longer, bytes, size);
    assert_int_equal(open_bytes(longer, size + 1, NULL), MT_ECORRUPT);
    assert_int_equal(open_bytes(longer, size + 40, NULL), MT_ECORRUPT);
    free(longer);
    free(bytes);
}

/* Without verification the damage is met where it lies; what is before it is read. */
static void test_damaged_block(void **state)
{
    enum { COUNT = 5000, PER_BLOCK = MT_STORE_BLOCK_BYTES / 40 };
    size_t size;
    struct mt_store *store;
    struct mt_diag diag = { 0 };
    static struct mt_event got[COUNT];
    (void)state;
    struct mt_event *events = store_make(file_path("block.mts"), MT_EV_TRADE, COUNT);
    unsigned char *bytes = file_get(file_path("block.mts"), &size);
    bytes[MT_STORE_HEADER_BYTES + 2 * MT_STORE_BLOCK_BYTES + 77] ^= 4;
    const char *path = file_put_bytes("block.mts", bytes, size);
    assert_int_equal(mt_store_open(&store, path, true, &diag), MT_ECORRUPT);
    assert_text_has(diag.text, "block 2 ");
    diag.code = 0;
    assert_int_equal(mt_store_open(&store, path, false, &diag), 0);
    assert_int_equal(mt_store_read(store, 0, 1, got, COUNT, &diag), 2 * PER_BLOCK);
    assert_int_equal(diag.code, 0);
    assert_same(&got[2 * PER_BLOCK - 1], &events[2 * PER_BLOCK - 1]);
    assert_int_equal(mt_store_read(store, 2 * PER_BLOCK, 1, got, COUNT, &diag), MT_ECORRUPT);
    assert_text_has(diag.text, "block 2 ");
    assert_int_equal(mt_store_read(store, 3 * PER_BLOCK, 1, got, COUNT, NULL), COUNT - 3 * PER_BLOCK);
    mt_store_close(store);
    free(bytes);
    free(events);
}

/* Someone who also puts the checksums right: what makes no sense is refused nevertheless. */
struct forgery { struct mt_store_header header; struct mt_store_bar bars[3]; struct mt_store_block index;
                 struct mt_store_trailer trailer; };

static void forgery_seal(struct forgery *f)
{
    f->header.crc = mt_crc32c(0, &f->header, offsetof(struct mt_store_header, crc));
    f->index.check = mt_store_block_check(f->bars, sizeof f->bars);
    f->trailer.hash = mt_hash64_seed(&f->index, sizeof f->index, mt_hash64(&f->header, sizeof f->header));
    f->trailer.index_crc = mt_crc32c(0, &f->index, sizeof f->index);
    f->trailer.crc = mt_crc32c(0, &f->trailer, offsetof(struct mt_store_trailer, crc));
}

static void test_forged(void **state)
{
    size_t size;
    (void)state;
    free(store_make(file_path("forged.mts"), MT_EV_BAR, 3));
    unsigned char *bytes = file_get(file_path("forged.mts"), &size);
    struct forgery sound, f;
    assert_int_equal(size, sizeof sound);
    memcpy(&sound, bytes, size);
    free(bytes);
    f = sound;
    forgery_seal(&f);
    assert_memory_equal(&f, &sound, sizeof f);
    assert_int_equal(open_bytes((unsigned char *)&f, sizeof f, NULL), 0);
#define FORGED(change, expected) \
    do { \
        f = sound; \
        change; \
        forgery_seal(&f); \
        assert_int_equal(open_bytes((unsigned char *)&f, sizeof f, NULL), expected); \
    } while (0)
    FORGED(f.header.version = 4, MT_EREFUSED);
    FORGED(f.header.version = 1, MT_EREFUSED);
    FORGED(f.header.version = 2, 0);        /* bars are the same there */
    FORGED(f.header.header_bytes = 511, MT_EREFUSED);
    FORGED(f.header.kind = MT_EV_QUOTE, MT_ECORRUPT);
    FORGED(f.header.kind = MT_EV_REPORT, MT_ECORRUPT);
    FORGED(f.header.kind = 0x80000003u, MT_ECORRUPT);
    FORGED(f.header.record_bytes = 40, MT_ECORRUPT);
    FORGED(f.header.block_bytes = 56, MT_ECORRUPT);
    FORGED(f.header.tf_s = 0, MT_ECORRUPT);
    FORGED(f.header.tf_s = -60, MT_ECORRUPT);
    FORGED(f.header.tf_s = INT32_MAX, MT_ECORRUPT);
    FORGED(f.header.count = 0, MT_ECORRUPT);
    FORGED(f.header.count = 2, MT_ECORRUPT);
    FORGED(f.header.count = UINT64_MAX, MT_ECORRUPT);
    FORGED(f.header.count = UINT64_MAX / 56 + 4, MT_ECORRUPT);
    FORGED(f.header.blocks = 0, MT_ECORRUPT);
    FORGED(f.header.blocks = UINT64_MAX, MT_ECORRUPT);
    FORGED(f.header.first_ns = -1, MT_ECORRUPT);
    FORGED(f.header.first_ns -= 1, MT_ECORRUPT);
    FORGED(f.header.last_ns += 1, MT_ECORRUPT);
    FORGED(f.header.last_ns = f.header.first_ns - 1, MT_ECORRUPT);
    FORGED(f.header.last_ns = INT64_MAX, MT_ECORRUPT);
    FORGED(f.header.instrument[0] = '\0', MT_ECORRUPT);
    FORGED(f.header.instrument[255] = 1, MT_ECORRUPT);
    FORGED(f.index.count = 2, MT_ECORRUPT);
    FORGED(f.index.first_ns += 1, MT_ECORRUPT);
    FORGED(f.bars[0].open_ns += 1, MT_ECORRUPT);
    FORGED(f.bars[1].open_ns = f.bars[0].open_ns, MT_ECORRUPT);
    FORGED(f.bars[1].open_ns = f.bars[0].open_ns - 1, MT_ECORRUPT);
    FORGED(f.bars[1].open_ns = f.bars[2].open_ns, MT_ECORRUPT);
    FORGED(f.bars[2].open_ns = INT64_MAX, MT_ECORRUPT);
    FORGED(f.bars[1].low = 0, MT_ECORRUPT);
    FORGED(f.bars[1].low = -1, MT_ECORRUPT);
    FORGED(f.header.instrument[152] = 1, 0);            /* negative = true */
    FORGED((f.header.instrument[152] = 1, f.bars[1].low = 0), 0);
    FORGED((f.header.instrument[152] = 1, f.bars[1].low = -1), 0);
    FORGED((f.header.instrument[152] = 1, f.bars[1].low = f.bars[1].high + 1), MT_ECORRUPT);
    FORGED(f.header.instrument[152] = 2, MT_ECORRUPT);
    FORGED(f.bars[1].high = f.bars[1].low - 1, MT_ECORRUPT);
    FORGED(f.bars[1].open = f.bars[1].high + 1, MT_ECORRUPT);
    FORGED(f.bars[1].close = f.bars[1].low - 1, MT_ECORRUPT);
    FORGED(f.bars[1].volume = -1, MT_ECORRUPT);
    FORGED(f.bars[1].zero = 1, MT_ECORRUPT);
    FORGED(f.header.zero[100] = 1, 0);      /* unused bytes may get a meaning that old readers can ignore */
#undef FORGED
}

struct quotes_forgery {
    struct mt_store_header header;
    struct mt_store_quote quotes[3];
    struct mt_store_block index;
    struct mt_store_trailer trailer;
};

static int quotes_open(struct quotes_forgery *f, struct mt_diag *diag)
{
    f->header.crc = mt_crc32c(0, &f->header, offsetof(struct mt_store_header, crc));
    f->index.check = mt_store_block_check(f->quotes, sizeof f->quotes);
    f->trailer.hash = mt_hash64_seed(&f->index, sizeof f->index, mt_hash64(&f->header, sizeof f->header));
    f->trailer.index_crc = mt_crc32c(0, &f->index, sizeof f->index);
    f->trailer.crc = mt_crc32c(0, &f->trailer, offsetof(struct mt_store_trailer, crc));
    return open_bytes((unsigned char *)f, sizeof *f, diag);
}

/* Which sides there are and what their prices say must agree. */
static void test_forged_quotes(void **state)
{
    size_t size;
    (void)state;
    free(store_make(file_path("forged.mts"), MT_EV_QUOTE, 3));
    unsigned char *bytes = file_get(file_path("forged.mts"), &size);
    struct quotes_forgery sound, f;
    assert_int_equal(size, sizeof sound);
    memcpy(&sound, bytes, size);
    free(bytes);
    static const struct { int64_t bid, ask; uint32_t sides; int plain, negative; } cases[] = {
        { 5, 6, MT_QUOTE_BOTH, 0, 0 },
        { 5, 0, MT_QUOTE_BID, 0, 0 },
        { 0, 6, MT_QUOTE_ASK, 0, 0 },
        { 0, 6, MT_QUOTE_BOTH, MT_ECORRUPT, 0 },
        { -1, 0, MT_QUOTE_BOTH, MT_ECORRUPT, 0 },
        { -1, 0, MT_QUOTE_BID, MT_ECORRUPT, 0 },
        { 0, 0, MT_QUOTE_ASK, MT_ECORRUPT, 0 },
        { INT64_MIN, INT64_MAX, MT_QUOTE_BOTH, MT_ECORRUPT, 0 },
        { 5, 6, MT_QUOTE_BID, MT_ECORRUPT, MT_ECORRUPT },
        { -5, 6, MT_QUOTE_ASK, MT_ECORRUPT, MT_ECORRUPT },
        { 0, 0, 0, MT_ECORRUPT, MT_ECORRUPT },
        { 5, 6, 4, MT_ECORRUPT, MT_ECORRUPT },
        { 5, 6, 7, MT_ECORRUPT, MT_ECORRUPT },
        { 5, 6, 256 + MT_QUOTE_BOTH, MT_ECORRUPT, MT_ECORRUPT },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (int negative = 0; negative < 2; negative++) {
            f = sound;
            f.header.instrument[152] = (unsigned char)negative;
            f.quotes[1].bid = cases[i].bid;
            f.quotes[1].ask = cases[i].ask;
            f.quotes[1].sides = cases[i].sides;
            if (quotes_open(&f, NULL) != (negative ? cases[i].negative : cases[i].plain))
                fail_msg("case %zu, negative %d", i, negative);
        }
    f = sound;
    f.quotes[1].zero = 1;
    assert_int_equal(quotes_open(&f, NULL), MT_ECORRUPT);
    f = sound;
    f.header.version = 2;
    struct mt_diag diag = { 0 };
    assert_int_equal(quotes_open(&f, &diag), MT_EREFUSED);
    assert_text_has(diag.text, "version 2 with quotes");
    assert_text_has(diag.text, "import it again");
}

static int append_two(struct mt_event first, struct mt_event second)
{
    struct mt_store_writer *writer;
    struct mt_diag diag = { 0 };
    struct mt_instrument instrument = btc();
    assert_int_equal(mt_store_create(&writer, file_path("two.mts"), &instrument, &diag), 0);
    int err = mt_store_append(writer, &first, &diag);
    if (err == 0)
        err = mt_store_append(writer, &second, &diag);
    if (err == 0)
        err = mt_store_finish(writer, true, &diag);         /* what only the end tells */
    else {
        assert_int_equal(mt_store_append(writer, &first, NULL), err);       /* the first failure stays */
        assert_int_equal(mt_store_finish(writer, true, NULL), err);
        assert_int_equal(access(file_path("two.mts.part"), F_OK), -1);
    }
    return err;
}

static void test_refused_events(void **state)
{
    int64_t t = ns_of("2020-01-01T00:00:00Z");
    struct mt_event q = { .time_ns = t, .venue_ns = t, .kind = MT_EV_QUOTE, .quote = { 100, 101, 1, 1, MT_QUOTE_BOTH } };
    struct mt_event trade = { .time_ns = t, .venue_ns = t, .kind = MT_EV_TRADE, .trade = { 100, 1, 7, 1 } };
    struct mt_event bar = { .time_ns = t, .venue_ns = t, .kind = MT_EV_BAR,
                            .bar = { t - 60 * MT_NS_PER_S, 10, 12, 9, 11, 5, 60, 1 } };
    struct mt_event x;
    (void)state;
    unlink(file_path("two.mts"));
#define REFUSED(base, change) \
    do { \
        x = base; \
        change; \
        assert_int_equal(append_two(base, x), MT_EREFUSED); \
        assert_int_equal(access(file_path("two.mts"), F_OK), -1); \
    } while (0)
    REFUSED(q, x = trade);
    REFUSED(q, x.kind = MT_EV_REPORT);
    REFUSED(q, (x.time_ns -= 1, x.venue_ns -= 1));
    REFUSED(q, x.venue_ns += 1);
    REFUSED(q, x.time_ns = x.venue_ns = MT_NS_PER_S * INT64_C(7289654400));
    REFUSED(q, x.quote.bid = -1);
    REFUSED(q, x.quote.ask = -1);
    REFUSED(q, x.quote.bid = x.quote.ask = x.quote.sides = 0);
    REFUSED(q, x.quote.bid = 0);                        /* said to be there, and no price of this instrument */
    REFUSED(q, x.quote.sides = MT_QUOTE_ASK);           /* said to be missing, and has one */
    REFUSED(q, x.quote.sides = 7);
    REFUSED(q, x.quote.bid_qty = -1);
    REFUSED(q, x.quote.ask_qty = -1);
    REFUSED(trade, x.trade.price = 0);
    REFUSED(trade, x.trade.qty = -1);
    REFUSED(trade, x.trade.side = 2);
    REFUSED(trade, x.trade.side = -2);
    REFUSED(bar, x = bar);
    REFUSED(bar, (x.time_ns += 60 * MT_NS_PER_S, x.venue_ns = x.time_ns));
    REFUSED(bar, (x.time_ns += 60 * MT_NS_PER_S, x.venue_ns = x.time_ns, x.bar.open_ns = t, x.bar.high = 10));
    REFUSED(bar, (x.time_ns += 120 * MT_NS_PER_S, x.venue_ns = x.time_ns, x.bar.open_ns = t, x.bar.tf_s = 120));
    REFUSED(bar, (x.time_ns += 60 * MT_NS_PER_S, x.venue_ns = x.time_ns, x.bar.open_ns = t, x.bar.low = 0));
    /* Ends that a reader would not come to: behind the next bar's open, before it, before its own length at the end. */
    REFUSED(bar, (x.time_ns += 30 * MT_NS_PER_S, x.venue_ns = x.time_ns, x.bar.open_ns = t - 30 * MT_NS_PER_S));
    REFUSED(bar, (x.time_ns += 59 * MT_NS_PER_S, x.venue_ns = x.time_ns, x.bar.open_ns = t));
    REFUSED(bar, (x.time_ns = x.venue_ns = x.bar.open_ns = t));
    struct mt_event early = bar;
    early.time_ns = early.venue_ns = t - 30 * MT_NS_PER_S;
    REFUSED(early, (x = bar, x.time_ns += 60 * MT_NS_PER_S, x.venue_ns = x.time_ns, x.bar.open_ns = t));
    struct mt_event none = { .kind = MT_EV_NONE };
    assert_int_equal(append_two(none, none), MT_EREFUSED);
    struct mt_event lengthless = bar;
    lengthless.bar.tf_s = 0;
    assert_int_equal(append_two(lengthless, bar), MT_EREFUSED);
    x = q;
    x.quote.bid = 200;      /* crossed */
    assert_int_equal(append_two(q, x), 0);
    x.quote.bid = 0;        /* one side empty */
    x.quote.sides = MT_QUOTE_ASK;
    assert_int_equal(append_two(q, x), 0);
#undef REFUSED
}

static void test_writer(void **state)
{
    struct mt_store_writer *writer, *other;
    struct mt_diag diag = { 0 };
    struct mt_instrument instrument = btc();
    (void)state;
    assert_int_equal(mt_store_create(&writer, file_path("no/such/dir.mts"), &instrument, &diag), MT_EIO);
    assert_int_equal(mt_store_create(&writer, file_path("w.mts"), &instrument, NULL), 0);
    diag.code = 0;
    assert_int_equal(mt_store_create(&other, file_path("w.mts"), &instrument, &diag), MT_EBUSY);
    assert_text_has(diag.text, "another process");
    assert_int_equal(mt_store_finish(writer, true, NULL), MT_EREFUSED);         /* nothing in it */
    assert_int_equal(access(file_path("w.mts"), F_OK), -1);
    /* Thrown away: what stood there before stays. */
    free(store_make(file_path("w.mts"), MT_EV_TRADE, 5));
    assert_int_equal(mt_store_create(&writer, file_path("w.mts"), &instrument, NULL), 0);
    assert_int_equal(mt_store_finish(writer, false, NULL), 0);
    struct mt_store *store;
    assert_int_equal(mt_store_open(&store, file_path("w.mts"), true, NULL), 0);
    assert_int_equal(mt_store_count(store), 5);
    mt_store_close(store);
    /* What a killed import left behind is written over. */
    file_put("w.mts.part", "left behind, and longer than a header would ever be");
    free(store_make(file_path("w.mts"), MT_EV_TRADE, 7));
    assert_int_equal(mt_store_open(&store, file_path("w.mts"), true, NULL), 0);
    assert_int_equal(mt_store_count(store), 7);
    mt_store_close(store);
    assert_int_equal(mkdir(file_path("d.mts"), 0755), 0);
    file_put("d.mts/x", "");
    assert_int_equal(mt_store_create(&writer, file_path("d.mts"), &instrument, NULL), 0);
    int64_t t = ns_of("2020-01-01T00:00:00Z");
    struct mt_event trade = { .time_ns = t, .venue_ns = t, .kind = MT_EV_TRADE, .trade = { 100, 1, 7, 1 } };
    assert_int_equal(mt_store_append(writer, &trade, NULL), 0);
    assert_int_equal(mt_store_finish(writer, true, NULL), MT_EIO);              /* a directory is in the way */
    instrument.tick = 0;
    assert_int_equal(mt_store_create(&writer, file_path("x.mts"), &instrument, NULL), MT_ERANGE);
}

/* No room, at every stage: one clear failure, nothing left behind, and what stood there before is untouched. */
static void test_no_room(void **state)
{
    static const rlim_t rooms[] = { 100, 512, 1000, 65520, 66032, 100000, 131552, 164512, 164560 };
    struct rlimit before, limit;
    (void)state;
    free(store_make(file_path("room.mts"), MT_EV_TRADE, 3));
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    for (size_t i = 0; i < sizeof rooms / sizeof rooms[0]; i++) {
        struct mt_store_writer *writer;
        struct mt_diag diag = { 0 };
        struct mt_instrument instrument = btc();
        int64_t time_ns = ns_of("2020-01-01T00:00:00Z");
        limit = before;
        limit.rlim_cur = rooms[i];
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
        int err = mt_store_create(&writer, file_path("room.mts"), &instrument, &diag);
        for (int k = 0; err == 0 && k < 4100; k++) {
            struct mt_event event = random_event(MT_EV_QUOTE, &time_ns);
            assert_true(mt_store_append(writer, &event, &diag) == diag.code);
        }
        if (err == 0)
            err = mt_store_finish(writer, true, &diag);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
        assert_int_equal(err, MT_EFULL);
        assert_text_has(diag.text, "room.mts");
        assert_int_equal(access(file_path("room.mts.part"), F_OK), -1);
        struct mt_store *store;
        assert_int_equal(mt_store_open(&store, file_path("room.mts"), true, NULL), 0);
        assert_int_equal(mt_store_count(store), 3);
        mt_store_close(store);
    }
}

static void test_is(void **state)
{
    (void)state;
    assert_false(mt_store_is(file_path("missing")));
    assert_false(mt_store_is(files_dir));
    assert_false(mt_store_is(file_put("short", "mtt")));
    assert_false(mt_store_is(file_put("text", "time,bid,ask\n")));
    assert_true(mt_store_is(file_put("begins", "mtticks1 and then nothing")));
    struct mt_store *store = NULL;
    assert_int_equal(mt_store_open(&store, file_path("begins"), true, NULL), MT_ECORRUPT);
    assert_int_equal(mt_store_open(&store, file_path("missing"), true, NULL), MT_EIO);
    assert_int_equal(mt_store_open(&store, files_dir, true, NULL), MT_EIO);
    assert_null(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip), cmocka_unit_test(test_large), cmocka_unit_test(test_identity),
        cmocka_unit_test(test_every_byte_flipped), cmocka_unit_test(test_truncated), cmocka_unit_test(test_damaged_block),
        cmocka_unit_test(test_forged), cmocka_unit_test(test_forged_quotes), cmocka_unit_test(test_refused_events), cmocka_unit_test(test_writer),
        cmocka_unit_test(test_no_room), cmocka_unit_test(test_is),
    };
    print_message("seed 20\n");
    return cmocka_run_group_tests(tests, files_begin, files_end);
}
