/* Writing a tick store: under a temporary name next to its place, block by block; the header goes
 * in last. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>
#include "adapters/playback/row.h"
#include "adapters/playback/store.h"
#include "adapters/playback/store_format.h"
#include "base/hash.h"

#define TEMPORARY_SUFFIX ".part"

struct mt_store_writer {
    int fd;
    char *path, *temporary;
    struct mt_store_header header;
    struct mt_store_block *index; /* owned */
    size_t capacity;
    size_t used; /* bytes in block */
    int64_t open_ns, end_ns; /* of the last bar */
    bool negative; /* the instrument's prices may be 0 and below */
    struct mt_diag failure;
    unsigned char block[MT_STORE_BLOCK_BYTES] __attribute__((aligned(8)));
};

static int fail_errno(struct mt_diag *diag, const char *path, const char *what)
{
    bool full = errno == ENOSPC || errno == EDQUOT || errno == EFBIG;
    return mt_fail(diag, full ? MT_EFULL : MT_EIO, "%s: cannot %s: %s", path, what,
                   strerror(errno));
}

static int bytes_write(struct mt_store_writer *writer, const void *data, size_t length)
{
    const unsigned char *at = data;
    while (length > 0) {
        ssize_t done = write(writer->fd, at, length);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return fail_errno(&writer->failure, writer->temporary, "write");
        at += done;
        length -= (size_t)done;
    }
    return 0;
}

static void writer_free(struct mt_store_writer *writer)
{
    if (writer->fd >= 0)
        close(writer->fd);
    free(writer->index);
    free(writer->path);
    free(writer->temporary);
    free(writer);
}

/* The lock goes with the process, so what a killed import left behind is simply written over. */
static int temporary_open(struct mt_store_writer *writer, struct mt_diag *diag)
{
    writer->fd = open(writer->temporary, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (writer->fd < 0)
        return fail_errno(diag, writer->temporary, "create");
    if (flock(writer->fd, LOCK_EX | LOCK_NB) != 0)
        return mt_fail(diag, MT_EBUSY, "%s: another process is writing there", writer->temporary);
    if (ftruncate(writer->fd, 0) != 0)
        return fail_errno(diag, writer->temporary, "empty");
    return 0;
}

int mt_store_create(struct mt_store_writer **out, const char *path,
                    const struct mt_instrument *instrument, struct mt_diag *diag)
{
    int err = mt_instrument_check(instrument, diag);
    if (err != 0)
        return err;
    struct mt_store_writer *writer = calloc(1, sizeof *writer);
    if (!writer)
        return mt_fail(diag, MT_ENOMEM, "%s: out of memory", path);
    writer->fd = -1;
    writer->path = strdup(path);
    writer->temporary = malloc(strlen(path) + sizeof TEMPORARY_SUFFIX);
    if (writer->path && writer->temporary) {
        size_t length = strlen(path);
        memcpy(writer->temporary, path, length);
        memcpy(writer->temporary + length, TEMPORARY_SUFFIX, sizeof TEMPORARY_SUFFIX);
        err = temporary_open(writer, diag);
    } else {
        err = mt_fail(diag, MT_ENOMEM, "%s: out of memory", path);
    }
    if (err == 0 && bytes_write(writer, &writer->header, sizeof writer->header) != 0) {
        unlink(writer->temporary);
        err = mt_fail(diag, writer->failure.code, "%s", writer->failure.text);
    }
    if (err != 0) {
        writer_free(writer);
        return err;
    }
    mt_instrument_encode(instrument, writer->header.instrument);
    writer->negative = instrument->negative;
    *out = writer;
    return 0;
}

/* The block is complete: out with it, its checksum into the index. The entry itself was made with
 * its first record. */
static int block_write(struct mt_store_writer *writer)
{
    struct mt_store_block *entry = &writer->index[writer->header.blocks - 1];
    entry->check = mt_store_block_check(writer->block, writer->used);
    int err = bytes_write(writer, writer->block, writer->used);
    writer->used = 0;
    return err;
}

static int block_begin(struct mt_store_writer *writer, int64_t first_ns)
{
    if (writer->header.blocks == writer->capacity) {
        size_t capacity = writer->capacity ? writer->capacity * 2 : 64;
        struct mt_store_block *index = realloc(writer->index, capacity * sizeof *index);
        if (!index)
            return mt_fail(&writer->failure, MT_ENOMEM, "%s: out of memory", writer->path);
        writer->index = index;
        writer->capacity = capacity;
    }
    writer->index[writer->header.blocks++] = (struct mt_store_block){ .first_ns = first_ns };
    return 0;
}

/* The time of an event without regard to what follows: of bars open + length. */
static int64_t full_ns(const struct mt_event *event)
{
    int64_t end_ns;
    if (event->kind != MT_EV_BAR)
        return event->time_ns;
    return __builtin_add_overflow(event->bar.open_ns, event->bar.tf_s * MT_NS_PER_S, &end_ns) ? INT64_MAX : end_ns;
}

/* A reader takes the end of a bar from its length and from the next bar: the bars must be such. */
static const char *bar_check(const struct mt_store_writer *writer, const struct mt_event *bar)
{
    if (bar->bar.tf_s != writer->header.tf_s)
        return "one length of bars per store";
    if (bar->bar.open_ns < 0 || bar->time_ns <= bar->bar.open_ns || bar->time_ns > full_ns(bar))
        return "a bar's times do not fit its length";
    if (writer->header.count == 0)
        return NULL;
    if (bar->bar.open_ns <= writer->open_ns)
        return mt_row_fault_text(bar->bar.open_ns == writer->open_ns ? MT_ROW_TWICE : MT_ROW_BACK);
    int64_t end_ns = writer->header.last_ns < bar->bar.open_ns ? writer->header.last_ns : bar->bar.open_ns;
    return writer->end_ns != end_ns ? "the bar before it does not end at its length or at the next bar" : NULL;
}

static int kind_set(struct mt_store_writer *writer, const struct mt_event *event)
{
    struct mt_store_header *header = &writer->header;
    header->record_bytes = mt_store_record_bytes(event->kind);
    if (header->record_bytes == 0)
        return mt_fail(&writer->failure, MT_EREFUSED, "%s: a store holds quotes, trades or bars",
                       writer->path);
    header->kind = event->kind;
    header->tf_s = event->kind == MT_EV_BAR ? event->bar.tf_s : 0;
    header->first_ns = full_ns(event);
    header->last_ns = INT64_MIN;
    if (event->kind == MT_EV_BAR && header->tf_s <= 0)
        return mt_fail(&writer->failure, MT_EREFUSED, "%s: a bar without a length", writer->path);
    return 0;
}

/* What a reader would find fault with, or what the records cannot hold, is not written. */
static int event_check(struct mt_store_writer *writer, const struct mt_event *event)
{
    const struct mt_store_header *header = &writer->header;
    bool bar = event->kind == MT_EV_BAR;
    const char *why = NULL;
    enum mt_row_fault fault;
    if (event->kind != header->kind)
        why = "one kind of data per store";
    else if (event->time_ns < 0 || event->time_ns >= MT_DATA_TIME_END_NS ||
             event->venue_ns != event->time_ns)
        why = "its times are not of recorded data";
    else if (bar)
        why = bar_check(writer, event);
    else if (event->time_ns < header->last_ns)
        why = mt_row_fault_text(MT_ROW_BACK);
    if (!why && (fault = mt_row_check(event, writer->negative)) != MT_ROW_GOOD)
        why = mt_row_fault_text(fault);
    return why ? mt_fail(&writer->failure, MT_EREFUSED, "%s: event %llu: %s", writer->path,
                         (unsigned long long)header->count, why)
               : 0;
}

static void record_put(struct mt_store_writer *writer, const struct mt_event *event)
{
    unsigned char *at = writer->block + writer->used;
    if (event->kind == MT_EV_QUOTE) {
        const struct mt_quote *q = &event->quote;
        struct mt_store_quote record = { event->time_ns, q->bid, q->ask, q->bid_qty, q->ask_qty, q->sides, 0 };
        memcpy(at, &record, sizeof record);
    } else if (event->kind == MT_EV_TRADE) {
        const struct mt_trade *t = &event->trade;
        struct mt_store_trade record = { event->time_ns, t->price, t->qty, t->id, t->side, 0 };
        memcpy(at, &record, sizeof record);
    } else {
        const struct mt_bar *b = &event->bar;
        struct mt_store_bar record = { b->open_ns, b->open,   b->high,  b->low,
                                       b->close,   b->volume, b->ticks, 0 };
        memcpy(at, &record, sizeof record);
    }
    writer->used += writer->header.record_bytes;
    writer->index[writer->header.blocks - 1].count++;
    writer->header.count++;
    writer->header.last_ns = full_ns(event);
    writer->open_ns = event->kind == MT_EV_BAR ? event->bar.open_ns : 0;
    writer->end_ns = event->time_ns;
}

int mt_store_append(struct mt_store_writer *writer, const struct mt_event *event,
                    struct mt_diag *diag)
{
    int err = writer->failure.code;
    if (err == 0 && writer->header.count == 0)
        err = kind_set(writer, event);
    if (err == 0)
        err = event_check(writer, event);
    if (err == 0 && writer->used == MT_STORE_BLOCK_BYTES)
        err = block_write(writer);
    if (err == 0 && writer->used == 0)
        err = block_begin(writer, full_ns(event));
    if (err != 0)
        return mt_fail(diag, err, "%s", writer->failure.text);
    record_put(writer, event);
    return 0;
}

static int header_write(struct mt_store_writer *writer)
{
    struct mt_store_header *header = &writer->header;
    memcpy(header->magic, MT_STORE_MAGIC, sizeof header->magic);
    header->version = MT_STORE_VERSION;
    header->header_bytes = MT_STORE_HEADER_BYTES;
    header->block_bytes = MT_STORE_BLOCK_BYTES;
    header->crc = mt_crc32c(0, header, offsetof(struct mt_store_header, crc));
    if (pwrite(writer->fd, header, sizeof *header, 0) != (ssize_t)sizeof *header)
        return fail_errno(&writer->failure, writer->temporary, "write");
    return 0;
}

static int tail_write(struct mt_store_writer *writer)
{
    const size_t index_bytes = writer->header.blocks * sizeof *writer->index;
    struct mt_store_trailer trailer = {
        .hash = mt_hash64_seed(writer->index, index_bytes,
                               mt_hash64(&writer->header, sizeof writer->header)),
        .index_crc = mt_crc32c(0, writer->index, index_bytes),
    };
    memcpy(trailer.magic, MT_STORE_END_MAGIC, sizeof trailer.magic);
    trailer.crc = mt_crc32c(0, &trailer, offsetof(struct mt_store_trailer, crc));
    int err = bytes_write(writer, writer->index, index_bytes);
    return err != 0 ? err : bytes_write(writer, &trailer, sizeof trailer);
}

/* The name in the directory must be on disk too, or a power cut could bring the old file back. */
static int directory_sync(struct mt_store_writer *writer)
{
    char *slash = strrchr(writer->temporary, '/');
    if (slash)
        slash[slash == writer->temporary] = '\0';
    int fd = open(slash ? writer->temporary : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return fail_errno(&writer->failure, writer->path, "open the directory of");
    int err = fsync(fd) == 0 ? 0
                             : fail_errno(&writer->failure, writer->path, "sync the directory of");
    close(fd);
    return err;
}

int mt_store_finish(struct mt_store_writer *writer, bool keep, struct mt_diag *diag)
{
    int err = keep ? writer->failure.code : 0;
    if (keep && err == 0 && writer->header.count == 0)
        err = mt_fail(&writer->failure, MT_EREFUSED, "%s: nothing to store", writer->path);
    if (keep && err == 0 && writer->end_ns != writer->header.last_ns)
        err = mt_fail(&writer->failure, MT_EREFUSED, "%s: its last bar ends before its time",
                      writer->path);
    if (keep && err == 0)
        err = block_write(writer);
    if (keep && err == 0)
        err = header_write(writer);
    if (keep && err == 0)
        err = tail_write(writer);
    if (keep && err == 0 && fsync(writer->fd) != 0)
        err = fail_errno(&writer->failure, writer->temporary, "sync");
    if (keep && err == 0 && rename(writer->temporary, writer->path) != 0)
        err = fail_errno(&writer->failure, writer->path, "put in place");
    if (!keep || err != 0)
        unlink(writer->temporary);
    else
        err = directory_sync(writer);
    if (err != 0)
        mt_fail(diag, err, "%s", writer->failure.text);
    writer_free(writer);
    return err;
}
