/* journal_segment: the bytes of a segment (docs/journal.md), and reading them with suspicion:
 * nothing that a file says is used before it was checked. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/hash.h"
#include "core/journal_format.h"

enum {
    WINDOW_BYTES = 2 << 20, /* holds any record wherever it begins */
    READ_BYTES = 256 << 10, /* what one look at a file that grows should cost */
};
_Static_assert(WINDOW_BYTES >= MT_FRAME_MAX + READ_BYTES, "a record and a look behind it");

uint32_t mt_segment_seed(uint64_t generation, uint64_t first_seq)
{
    uint64_t place[2] = { generation, first_seq };
    return mt_crc32c(0, place, sizeof place);
}

uint32_t mt_frame_crc(uint32_t seed, const struct mt_frame_head *head, size_t length)
{
    const size_t from = offsetof(struct mt_frame_head, seq);
    return mt_crc32c(seed, (const uint8_t *)head + from, MT_FRAME_HEAD - from + length);
}

static uint32_t header_crc(const struct mt_segment_header *header)
{
    return mt_crc32c(0, header, offsetof(struct mt_segment_header, crc));
}

void mt_segment_header_seal(struct mt_segment_header *header)
{
    memcpy(header->magic, MT_SEGMENT_MAGIC, sizeof header->magic);
    header->version = MT_SEGMENT_VERSION;
    header->crc = header_crc(header);
}

void mt_segment_name(char name[MT_SEGMENT_NAME], uint64_t first_seq)
{
    snprintf(name, MT_SEGMENT_NAME, "%016" PRIx64 ".mtj", first_seq);
}

bool mt_segment_name_parse(const char *name, uint64_t *first_seq)
{
    static const char digits[] = "0123456789abcdef";
    uint64_t value = 0;
    int i;
    for (i = 0; i < 16; i++) {
        const char *digit = memchr(digits, name[i], 16);
        if (digit == NULL)
            return false;
        value = value << 4 | (uint64_t)(digit - digits);
    }
    *first_seq = value;
    return strcmp(name + i, ".mtj") == 0 && value >= 1 && value <= MT_SEQ_MAX;
}

void mt_chain_follow(struct mt_chain *chain, const struct mt_record *record)
{
    chain->seq = record->seq;
    chain->chain = record->crc;
    chain->time_ns = record->time_ns;
}

int mt_record_known(const struct mt_journal_io *io, const struct mt_record *record,
                    struct mt_diag *diag)
{
    if (record->kind >= 1 && record->kind <= MT_REC_KIND_MAX)
        return 1;
    if (record->flags & MT_RECORD_IGNORABLE)
        return 0;
    return mt_fail(diag, MT_EREFUSED,
                   "journal: %s/%s: offset %" PRIu64 ", seq %" PRIu64
                   ": this program does not know "
                   "records of kind %u; use the version that wrote this journal, or a newer one",
                   io->dir, record->file, record->offset, record->seq, record->kind);
}

/* ---- view ---- */

int mt_view_init(struct mt_view *view, struct mt_journal_io *io, struct mt_diag *diag)
{
    memset(view, 0, sizeof *view);
    view->fd = -1;
    view->window = mt_io_alloc(io, WINDOW_BYTES);
    return view->window != NULL ? 0 : mt_io_fail(io, "", "read", ENOMEM, diag);
}

void mt_view_fini(struct mt_view *view)
{
    mt_view_close(view);
    free(view->window);
    view->window = NULL;
}

void mt_view_close(struct mt_view *view)
{
    if (view->fd >= 0)
        close(view->fd);
    view->fd = -1;
}

int mt_view_refresh(struct mt_view *view, struct mt_journal_io *io, struct mt_diag *diag)
{
    struct stat status;
    int rc = mt_io_fault(io, MT_FAULT_stat) ? -1 : fstat(view->fd, &status);
    if (rc < 0)
        return mt_io_fail(io, view->name, "ask for the size", EIO, diag);
    if (!S_ISREG(status.st_mode))
        return mt_io_corrupt(io, view->name, 0, 0, "this is not a regular file", diag);
    view->size = (uint64_t)status.st_size;
    view->have = 0;
    return 0;
}

static ssize_t read_some(struct mt_view *view, struct mt_journal_io *io, size_t most)
{
    if (mt_io_fault(io, MT_FAULT_read)) {
        errno = EIO;
        return -1;
    }
    if (mt_io_fault(io, MT_FAULT_read_short))
        return 0;
    return pread(view->fd, view->window + view->have, most - view->have,
                 (off_t)(view->base + view->have));
}

/* `length` bytes at `offset`, which lie within view->size; *out is valid until the next call. 0; 1
 * when the file has become shorter than it said (its writer has just closed it): then refresh;
 * negative when it cannot be read. */
static int view_at(struct mt_view *view, struct mt_journal_io *io, uint64_t offset, size_t length,
                   const uint8_t **out, struct mt_diag *diag)
{
    MT_ASSERT(offset % 8 == 0);
    MT_ASSERT(length <= MT_FRAME_MAX);
    *out = view->window; /* a compiler that cannot see that errors are not 0 need not fear */
    if (offset < view->base || offset + length > view->base + view->have) {
        size_t most = length > READ_BYTES ? WINDOW_BYTES : READ_BYTES;
        view->base = offset;
        view->have = 0;
        while (view->have < length) {
            ssize_t n = read_some(view, io, most);
            if (n < 0)
                return mt_io_fail(io, view->name, "read", errno, diag);
            if (n == 0 && view->locked)
                return mt_fail(
                    diag, MT_EIO,
                    "journal: %s/%s: the file became shorter while it was read; let no other "
                    "program change it",
                    io->dir, view->name);
            if (n == 0)
                return 1;
            view->have += (size_t)n;
        }
    }
    *out = view->window + (offset - view->base);
    return 0;
}

static int header_fail(struct mt_view *view, struct mt_journal_io *io,
                       const struct mt_chain *before, const char *why, struct mt_diag *diag)
{
    return mt_io_corrupt(io, view->name, 0, before->seq + 1, why, diag);
}

static int header_check(struct mt_view *view, struct mt_journal_io *io, uint64_t first_seq,
                        const struct mt_chain *before, struct mt_diag *diag)
{
    const struct mt_segment_header *header = &view->header;
    if (memcmp(header->magic, MT_SEGMENT_MAGIC, sizeof header->magic) != 0)
        return header_fail(view, io, before, "this is not a journal segment", diag);
    if (header->crc != header_crc(header))
        return header_fail(view, io, before, "checksum of the segment header", diag);
    if (header->version != MT_SEGMENT_VERSION || header->flags != 0)
        return mt_fail(
            diag, MT_EREFUSED,
            "journal: %s/%s: format version %u with flags %u; this program reads version %d, which has other "
            "records; %s",
            io->dir, view->name, header->version, header->flags, MT_SEGMENT_VERSION,
            header->version < MT_SEGMENT_VERSION
                ? "finish or read that run with the program that wrote it, or start a new one"
                : "use a newer program");
    if (header->first_seq != first_seq)
        return header_fail(view, io, before, "the segment header belongs to a file of another name",
                           diag);
    if (first_seq > before->seq + 1)
        return header_fail(view, io, before, "records before this segment are missing", diag);
    if (first_seq <= before->seq)
        return header_fail(view, io, before, "this segment overlaps the one before it", diag);
    if (header->prev_segment_chain != before->chain)
        return header_fail(view, io, before, "this segment does not continue the one before it",
                           diag);
    if (header->generation < 1 || header->generation > MT_GENERATION_MAX ||
        header->generation < before->generation)
        return header_fail(view, io, before, "generation of the segment", diag);
    return 0;
}

static int header_read(struct mt_view *view, struct mt_journal_io *io, uint64_t first_seq,
                       const struct mt_chain *before, struct mt_diag *diag)
{
    const uint8_t *bytes;
    int rc = mt_view_refresh(view, io, diag);
    if (rc < 0)
        return rc;
    if (view->size < MT_SEGMENT_HEADER)
        return 1;
    rc = view_at(view, io, 0, MT_SEGMENT_HEADER, &bytes, diag);
    if (rc != 0)
        return rc;
    memcpy(&view->header, bytes, sizeof view->header);
    return header_check(view, io, first_seq, before, diag);
}

int mt_view_open(struct mt_view *view, struct mt_journal_io *io, uint64_t first_seq,
                 const struct mt_chain *before, struct mt_diag *diag)
{
    MT_ASSERT(view->fd < 0);
    mt_segment_name(view->name, first_seq);
    /* Without O_NONBLOCK a pipe that somebody put there would hold us for ever. */
    view->fd = mt_io_fault(io, MT_FAULT_open)
                   ? -1
                   : openat(io->dir_fd, view->name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (view->fd < 0)
        return mt_io_fail(io, view->name, "open", errno, diag);
    view->zeros = false;
    int rc = header_read(view, io, first_seq, before, diag);
    if (rc == 0)
        view->seed = mt_segment_seed(view->header.generation, first_seq);
    else if (rc < 0)
        mt_view_close(view);
    return rc;
}

static bool all_zero(const uint8_t *bytes, size_t length)
{
    return bytes[0] == 0 && memcmp(bytes, bytes + 1, length - 1) == 0;
}

int mt_view_data_end(struct mt_view *view, struct mt_journal_io *io, uint64_t offset, uint64_t *end,
                     struct mt_diag *diag)
{
    *end = offset;
    for (uint64_t at = offset; at < view->size;) {
        size_t part = view->size - at < READ_BYTES ? (size_t)(view->size - at) : READ_BYTES;
        const uint8_t *bytes;
        int rc = view_at(view, io, at, part, &bytes, diag);
        if (rc != 0)
            return rc < 0 ? rc : 0;
        if (!all_zero(bytes, part)) {
            size_t last = part;
            while (bytes[last - 1] == 0)
                last--;
            *end = at + last;
        }
        at += part;
    }
    return 0;
}

/* ---- records ---- */

/* `length` was checked. The head may have been read again since, while its writer was at work:
 * head->length was not. */
static void record_fill(struct mt_record *record, const struct mt_view *view, uint64_t offset,
                        const struct mt_frame_head *head, uint32_t length)
{
    record->seq = head->seq;
    record->time_ns = head->time_ns;
    record->kind = head->kind;
    record->version = head->version;
    record->flags = head->flags;
    record->length = length;
    record->payload = (const uint8_t *)head + MT_FRAME_HEAD;
    record->crc = head->crc;
    record->chain = head->chain;
    record->generation = (uint32_t)view->header.generation;
    record->file = view->name;
    record->offset = offset;
}

/* What is wrong with a record whose length is plausible; NULL if nothing. */
static const char *frame_fault(const struct mt_frame_head *head, size_t length, uint32_t seed,
                               const struct mt_chain *before)
{
    static const uint8_t zeros[8];
    const uint8_t *payload = (const uint8_t *)head + MT_FRAME_HEAD;
    if (head->crc != mt_frame_crc(seed, head, length))
        return "checksum of the record";
    if (head->seq != before->seq + 1)
        return "sequence number of the record";
    if (head->chain != before->chain)
        return "the record does not continue the one before it";
    if (head->time_ns < before->time_ns)
        return "the record's time is before that of the record before it";
    if (memcmp(payload + length, zeros, -length & 7) != 0)
        return "padding of the record";
    return NULL;
}

/* Length 0 is the end of the data only if nothing but zeros follows. */
static int frame_end(struct mt_view *view, struct mt_journal_io *io, uint64_t offset,
                     const uint8_t *head, size_t length, struct mt_frame *out, struct mt_diag *diag)
{
    bool zero = all_zero(head, length);
    if (zero && !view->zeros) {
        uint64_t end;
        int rc = mt_view_data_end(view, io, offset, &end, diag);
        if (rc < 0)
            return rc;
        zero = end == offset;
        view->zeros = zero;
    }
    out->status = zero ? MT_FRAME_END : MT_FRAME_BAD;
    out->why = zero ? NULL : "zeros, and data behind them";
    return 0;
}

int mt_frame_read(struct mt_view *view, struct mt_journal_io *io, uint64_t offset,
                  const struct mt_chain *before, struct mt_frame *out, struct mt_diag *diag)
{
    const uint8_t *bytes;
    memset(out, 0, sizeof *out);
    out->status = MT_FRAME_BAD;
    out->why = "the file ends inside a record";
    if (offset >= view->size) {
        out->status = offset == view->size ? MT_FRAME_END : MT_FRAME_BAD;
        return 0;
    }
    uint64_t rest = view->size - offset;
    size_t part = rest < MT_FRAME_HEAD ? (size_t)rest : MT_FRAME_HEAD;
    int rc = view_at(view, io, offset, part, &bytes, diag);
    if (rc != 0)
        return rc < 0 ? rc : 0;
    struct mt_frame_head head = { 0 };
    memcpy(&head, bytes, part);
    if (head.length == 0)
        return frame_end(view, io, offset, bytes, part, out, diag);
    if (head.length > MT_RECORD_PAYLOAD_MAX) {
        out->why = "length of the record";
        return 0;
    }
    if (mt_frame_size(head.length) > rest)
        return 0;
    rc = view_at(view, io, offset, mt_frame_size(head.length), &bytes, diag);
    if (rc != 0)
        return rc < 0 ? rc : 0;
    const struct mt_frame_head *whole = (const void *)bytes;
    out->why = frame_fault(whole, head.length, view->seed, before);
    out->status = out->why == NULL ? MT_FRAME_GOOD : MT_FRAME_BAD;
    out->sound = whole->seq == before->seq + 1;
    out->next = offset + mt_frame_size(head.length);
    record_fill(&out->record, view, offset, whole, head.length);
    return 0;
}

int mt_view_group_end(struct mt_view *view, struct mt_journal_io *io, uint64_t offset, uint64_t *end,
                      struct mt_diag *diag)
{
    bool last = false;
    for (uint64_t at = offset; at + MT_FRAME_HEAD <= view->size;) {
        const uint8_t *bytes;
        struct mt_frame_head head;
        int rc = view_at(view, io, at, MT_FRAME_HEAD, &bytes, diag);
        if (rc < 0)
            return rc;
        if (rc > 0)
            break;
        memcpy(&head, bytes, sizeof head);
        if (head.length != 0 && last)
            return MT_GROUP_FOLLOWED;
        if (head.length == 0 || head.length > MT_RECORD_PAYLOAD_MAX || mt_frame_size(head.length) > view->size - at)
            break;
        at += mt_frame_size(head.length);
        last = head.flags & MT_RECORD_LAST;
        *end = at;
    }
    return last ? MT_GROUP_NEWEST : MT_GROUP_OPEN;
}

int mt_view_evidence(struct mt_view *view, struct mt_journal_io *io, uint64_t offset, uint64_t seq,
                     struct mt_diag *diag)
{
    const uint64_t least = MT_FRAME_HEAD + 8, most_seq = seq + view->size / least;
    for (uint64_t at = offset; at + least <= view->size; at += 8) {
        const uint8_t *bytes;
        int rc = view_at(view, io, at, MT_FRAME_HEAD, &bytes, diag);
        if (rc != 0)
            return rc < 0 ? rc : 0;
        struct mt_frame_head head;
        memcpy(&head, bytes, sizeof head);
        if (head.length == 0 || head.length > MT_RECORD_PAYLOAD_MAX || head.seq < seq ||
            head.seq > most_seq || mt_frame_size(head.length) > view->size - at)
            continue;
        rc = view_at(view, io, at, mt_frame_size(head.length), &bytes, diag);
        if (rc != 0)
            return rc < 0 ? rc : 0;
        if (head.crc == mt_frame_crc(view->seed, (const void *)bytes, head.length))
            return 1;
    }
    return 0;
}
