/* journal: the writer. A turn's records are formed in memory with their checksums; flush marks the last of
 * them and puts them into the segment with one write. A turn lies in one segment, so that only the end of the
 * last segment can hold a part of one. Which segment that will be is decided while records are appended
 * (their checksums depend on it), so the writer keeps two places: where the next record goes (`plan`), and
 * where the file ends (`disk`). */
#include "core/journal.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/hash.h"
#include "core/journal_format.h"

enum {
    TURN_BYTES = 1 << 20,
    TURN_MAX_BYTES = 64 << 20,
    BULK_BYTES = 256 << 10, /* few writes, and what is collected stays in the cache */
};
static const int64_t second_ns = MT_NS_PER_S;

struct place {
    uint64_t first_seq; /* of the segment */
    uint64_t size, offset;
};

struct mt_journal {
    /* append */
    uint8_t *turn; /* records not yet written; in memory: the newest of them */
    size_t used, capacity;
    size_t newest;       /* offset of the last record in `turn` */
    uint64_t turn_first; /* seq of the first record of this turn */
    struct place plan;
    uint32_t seed; /* of plan's segment */
    bool in_memory, torn, bulk;
    struct mt_chain chain;
    char plan_name[MT_SEGMENT_NAME];

    /* flush */
    struct mt_journal_io io;
    struct place disk;
    char disk_name[MT_SEGMENT_NAME];
    int segment_fd, spare_fd, lock_fd;
    uint32_t disk_chain; /* crc of the last record written */
    bool dirty, slow, low;
    int64_t dirty_since, checked_at; /* monotonic */
    struct mt_diag failed;           /* why the journal is dead; code 0 while it lives */
    struct mt_diag lost;             /* bulk: why it goes on in memory; code 0 while it does not */

    /* from the options */
    enum mt_journal_policy policy;
    uint64_t host_id, segment_bytes, disk_floor;
    int64_t created_ns, sync_max_ns;
    bool (*accepts)(void *ud);
    void *accepts_ud;
};

bool mt_journal_accepts_increases(const struct mt_journal *journal)
{
    bool reserve = journal->policy == MT_POLICY_NONE || journal->spare_fd >= 0;
    if (journal->in_memory && journal->accepts)
        return journal->accepts(journal->accepts_ud);
    return journal->failed.code == 0 && !journal->low && !journal->slow && reserve;
}

bool mt_journal_in_memory(const struct mt_journal *journal)
{
    return journal->in_memory;
}

uint64_t mt_journal_seq(const struct mt_journal *journal)
{
    return journal->chain.seq;
}

uint32_t mt_journal_chain(const struct mt_journal *journal)
{
    return journal->chain.chain;
}

uint32_t mt_journal_generation(const struct mt_journal *journal)
{
    return journal->chain.generation;
}

int64_t mt_journal_last_time(const struct mt_journal *journal)
{
    return journal->chain.time_ns;
}

const struct mt_diag *mt_journal_lost(const struct mt_journal *journal)
{
    return journal->lost.code != 0 ? &journal->lost : NULL;
}

bool mt_journal_torn(const struct mt_journal *journal)
{
    return journal->torn;
}

/* ---- append ---- */

/* A segment that begins with record `first_seq` and has room for it, however large it is. */
static void place_begin(const struct mt_journal *journal, struct place *place, uint64_t first_seq,
                        size_t frame)
{
    uint64_t need = (MT_SEGMENT_HEADER + (uint64_t)frame + 4095) & ~UINT64_C(4095);
    place->first_seq = first_seq;
    place->offset = MT_SEGMENT_HEADER;
    place->size = need > journal->segment_bytes ? need : journal->segment_bytes;
}

static bool place_full(const struct place *place, size_t frame)
{
    return frame > place->size - place->offset;
}

static void plan_enter(struct mt_journal *journal)
{
    journal->seed = mt_segment_seed(journal->chain.generation, journal->plan.first_seq);
    mt_segment_name(journal->plan_name, journal->plan.first_seq);
}

static int turn_grow(struct mt_journal *journal, size_t need)
{
    size_t capacity = journal->capacity;
    while (capacity < need)
        capacity *= 2;
    uint8_t *grown = capacity > TURN_MAX_BYTES ? NULL : mt_io_alloc(&journal->io, capacity);
    if (grown == NULL)
        return MT_ENOMEM;
    memcpy(grown, journal->turn, journal->used);
    free(journal->turn);
    journal->turn = grown;
    journal->capacity = capacity;
    return 0;
}

static int append_refused(const struct mt_journal *journal, unsigned kind, unsigned flags,
                          int64_t time_ns, size_t length)
{
    if (journal->failed.code != 0)
        return journal->failed.code;
    if (length > MT_RECORD_PAYLOAD_MAX)
        return MT_ENOMEM;
    if (length == 0 || time_ns < journal->chain.time_ns)
        return MT_ERANGE;
    if (kind < 1 || kind > UINT16_MAX || (kind > MT_REC_KIND_MAX && flags != MT_RECORD_IGNORABLE))
        return MT_ERANGE;
    return (flags & ~(unsigned)MT_RECORD_IGNORABLE) != 0 ? MT_ERANGE : 0;
}

static void record_tell(const struct mt_journal *journal, const struct mt_frame_head *head,
                        struct mt_record *out)
{
    out->seq = head->seq;
    out->time_ns = head->time_ns;
    out->kind = head->kind;
    out->version = head->version;
    out->flags = head->flags;
    out->length = head->length;
    out->payload = (const uint8_t *)head + MT_FRAME_HEAD;
    out->crc = head->crc;
    out->chain = head->chain;
    out->generation = journal->chain.generation;
    out->file = journal->plan_name;
    out->offset = journal->plan.offset;
}

/* The checksum up to the payload, of words that are in registers. */
static uint32_t frame_head_crc(uint32_t seed, const struct mt_frame_head *head)
{
    const uint64_t words[3] = { head->seq, (uint64_t)head->time_ns,
                                (uint64_t)head->chain << 32 | (uint64_t)head->flags << 24 |
                                    (uint64_t)head->version << 16 | head->kind };
    return mt_crc32c(seed, words, sizeof words);
}

/* The checksum of a record of the turn, after it or its place has changed. */
static void frame_seal(struct mt_journal *journal, struct mt_frame_head *head)
{
    head->chain = journal->chain.chain;
    head->crc = mt_frame_crc(journal->seed, head, head->length);
    journal->chain.chain = head->crc;
}

/* The segment has no room for the next record of this turn. A turn that is alone in its segment makes that longer; any
 * other moves as a whole to the beginning of the next one. */
static void turn_make_room(struct mt_journal *journal, size_t frame)
{
    const bool alone = journal->used > 0 && journal->plan.first_seq == journal->turn_first;
    const uint64_t first_seq = journal->used > 0 ? journal->turn_first : journal->chain.seq + 1;
    const uint64_t offset = MT_SEGMENT_HEADER + journal->used;
    place_begin(journal, &journal->plan, first_seq, journal->used + frame);
    journal->plan.offset = offset;
    if (alone)
        return;
    plan_enter(journal);
    if (journal->used > 0)
        journal->chain.chain = journal->disk_chain;
    for (size_t at = 0; at < journal->used;) {
        struct mt_frame_head *head = (void *)(journal->turn + at);
        frame_seal(journal, head);
        at += mt_frame_size(head->length);
    }
}

int mt_journal_append(struct mt_journal *journal, unsigned kind, unsigned flags, int64_t time_ns,
                      const void *payload, size_t length, struct mt_record *out)
{
    const size_t frame = mt_frame_size(length);
    int rc = append_refused(journal, kind, flags, time_ns, length);
    if (rc < 0)
        return rc;
    /* In memory nothing is kept: each record takes the place of the one before it, which is warm in
     * the cache. */
    if (journal->in_memory)
        journal->used = 0;
    if (journal->capacity - journal->used < frame) {
        rc = turn_grow(journal, journal->used + frame);
        if (rc < 0)
            return rc;
    }
    if (!journal->in_memory && place_full(&journal->plan, frame))
        turn_make_room(journal, frame);
    if (journal->used == 0)
        journal->turn_first = journal->chain.seq + 1;
    struct mt_frame_head head = {
        .length = (uint32_t)length,
        .seq = journal->chain.seq + 1,
        .time_ns = time_ns,
        .kind = (uint16_t)kind,
        .version = 1,
        .flags = (uint8_t)flags,
        .chain = journal->chain.chain,
    };
    /* NB: out of the caller's bytes, not out of the copy: words that were stored a moment ago in
     * other widths are slow to load again, and that would double the cost of a record. */
    head.crc = mt_crc32c(frame_head_crc(journal->seed, &head), payload, length);
    struct mt_frame_head *whole = (void *)(journal->turn + journal->used);
    /* The padding; the payload then covers what is not padding of these 8 bytes. */
    memset((uint8_t *)whole + frame - 8, 0, 8);
    memcpy((uint8_t *)whole + MT_FRAME_HEAD, payload, length);
    *whole = head;
    if (out != NULL)
        record_tell(journal, whole, out);
    journal->newest = journal->used;
    journal->used += frame;
    journal->plan.offset += frame;
    journal->chain.seq++;
    journal->chain.chain = head.crc;
    journal->chain.time_ns = time_ns;
    return 0;
}

/* ---- flush ---- */

/* The kernel may forget what a failed write or sync was about and report success next time: never
 * try again. */
static int journal_die(struct mt_journal *journal, int code, const struct mt_diag *why,
                       struct mt_diag *diag)
{
    journal->failed = *why;
    journal->failed.code = code == MT_EFULL ? MT_EFULL : MT_EIO;
    journal->used = 0;
    return mt_fail(diag, journal->failed.code, "%s", journal->failed.text);
}

/* The reserve for a full disk. Having none is not a failure, but nothing may grow on it. */
static void spare_provide(struct mt_journal *journal)
{
    if (journal->policy == MT_POLICY_NONE || journal->spare_fd >= 0)
        return;
    int fd = mt_io_spare_make(&journal->io, journal->segment_bytes, NULL);
    journal->spare_fd = fd >= 0 ? fd : -1;
}

/* Begin the segment at `place` on disk: out of the spare, or of a new file where there is none. */
static int segment_begin(struct mt_journal *journal, const struct place *place,
                         struct mt_diag *diag)
{
    struct mt_segment_header header = {
        .host_id = journal->host_id,
        .first_seq = place->first_seq,
        .created_ns = journal->created_ns,
        .generation = journal->chain.generation,
        .prev_segment_chain = journal->disk_chain,
    };
    int rc = 0, fd = journal->spare_fd;
    journal->spare_fd = -1;
    mt_segment_header_seal(&header);
    if (fd < 0)
        rc = fd = mt_io_spare_make(&journal->io, place->size, diag);
    else if (place->size > journal->segment_bytes)
        rc = mt_io_grow(&journal->io, fd, "spare", place->size, diag);
    if (rc >= 0)
        rc = mt_io_spare_enter(&journal->io, fd, &header, diag);
    if (rc < 0) {
        if (fd >= 0)
            close(fd);
        mt_io_spare_remove(&journal->io);
        return rc;
    }
    if (journal->segment_fd >= 0)
        close(journal->segment_fd);
    journal->segment_fd = fd;
    journal->disk = *place;
    mt_segment_name(journal->disk_name, place->first_seq);
    spare_provide(journal);
    return 0;
}

static int journal_sync(struct mt_journal *journal, struct mt_diag *diag)
{
    if (!journal->dirty)
        return 0;
    int64_t from = mt_clock_monotonic();
    int rc = mt_io_sync(&journal->io, journal->segment_fd, journal->disk_name, diag);
    if (rc < 0)
        return rc;
    int64_t took = mt_clock_monotonic() - from;
    journal->slow = mt_io_fault(&journal->io, MT_FAULT_sync_slow) || took > journal->sync_max_ns;
    journal->dirty = false;
    return 0;
}

/* The old segment is complete on disk before the new one is seen: its header claims the record
 * before it. */
static int segment_roll(struct mt_journal *journal, struct mt_diag *diag)
{
    struct place next = journal->plan;
    next.offset = MT_SEGMENT_HEADER;
    int rc = journal->io.sync ? journal_sync(journal, diag) : 0;
    return rc < 0 ? rc : segment_begin(journal, &next, diag);
}

static void turn_mark_last(struct mt_journal *journal)
{
    struct mt_frame_head *last = (void *)(journal->turn + journal->newest);
    if (last->flags & MT_RECORD_LAST)
        return;                                 /* bulk: nothing has come since */
    last->flags |= MT_RECORD_LAST;
    journal->chain.chain = last->chain;
    frame_seal(journal, last);
}

static int write_turn(struct mt_journal *journal, struct mt_diag *diag)
{
    int rc = 0;
    turn_mark_last(journal);
    if (journal->plan.first_seq != journal->disk.first_seq)
        rc = segment_roll(journal, diag);
    else if (journal->plan.size != journal->disk.size)
        rc = mt_io_grow(&journal->io, journal->segment_fd, journal->disk_name, journal->plan.size, diag);
    if (rc == 0)
        rc = mt_io_write(&journal->io, journal->segment_fd, journal->disk_name, journal->turn, journal->used,
                         journal->disk.offset, diag);
    if (rc < 0)
        return rc;
    MT_ASSERT(journal->plan.first_seq == journal->disk.first_seq);
    MT_ASSERT(journal->plan.offset == journal->disk.offset + journal->used);
    journal->disk = journal->plan;
    journal->used = 0;
    journal->disk_chain = journal->chain.chain;
    if (!journal->dirty && journal->io.sync)
        journal->dirty_since = mt_clock_monotonic();
    journal->dirty = true;
    return 0;
}

static bool sync_due(const struct mt_journal *journal, enum mt_durability need)
{
    if (need == MT_DURABLE_D2 || need == MT_DURABLE_D1P)
        return true;
    if (need == MT_DURABLE_D1 && journal->policy == MT_POLICY_POWER)
        return true;
    return journal->dirty && mt_clock_monotonic() - journal->dirty_since >= second_ns;
}

/* Once a second: is there still space, and can a lost reserve be had again? */
static void disk_check(struct mt_journal *journal)
{
    bool wants_spare = journal->policy != MT_POLICY_NONE && journal->spare_fd < 0;
    if (journal->disk_floor == 0 && !wants_spare)
        return;
    int64_t now = mt_clock_monotonic();
    if (now - journal->checked_at < second_ns)
        return;
    journal->checked_at = now;
    spare_provide(journal);
    journal->low = journal->disk_floor > 0 && !mt_io_disk_above(&journal->io, journal->disk_floor);
}

/* Several turns in one write, each with its mark. */
static void flush_bulk(struct mt_journal *journal, bool all)
{
    struct mt_diag why = { .code = 0 }, ignored;
    if (journal->used == 0)
        return;
    turn_mark_last(journal);
    if ((journal->used < BULK_BYTES && !all) || write_turn(journal, &why) == 0)
        return;
    journal->lost = why;
    journal->in_memory = true;
    journal->used = 0;
    /* Room that was reserved for it may be what others lack; what is cut can hold only a part of what is lost. */
    ignored.code = mt_io_cut(&journal->io, journal->disk_name, journal->disk.offset, &ignored);
}

int mt_journal_flush(struct mt_journal *journal, enum mt_durability need, struct mt_diag *diag)
{
    int rc = 0;
    if (journal->failed.code != 0)
        return mt_fail(diag, journal->failed.code, "%s", journal->failed.text);
    if (journal->in_memory) {
        if (journal->used > 0)
            turn_mark_last(journal);
        journal->used = 0;
        return 0;
    }
    if (journal->bulk) {
        flush_bulk(journal, need == MT_DURABLE_D1P);
        return 0;
    }
    struct mt_diag why;
    why.code = 0;
    why.text[0] = '\0';
    if (journal->used > 0)
        rc = write_turn(journal, &why);
    if (rc == 0 && journal->io.sync && sync_due(journal, need))
        rc = journal_sync(journal, &why);
    if (rc < 0)
        return journal_die(journal, rc, &why, diag);
    disk_check(journal);
    return 0;
}

/* ---- open and close ---- */

static int options_check(const struct mt_journal_options *options, struct mt_diag *diag)
{
    uint64_t bytes = options->segment_bytes;
    if (bytes != 0 &&
        (bytes < MT_SEGMENT_MIN_BYTES || bytes > MT_SEGMENT_MAX_BYTES || bytes % 4096 != 0))
        return mt_fail(
            diag, MT_EUSAGE,
            "journal: segment size %llu: must be a multiple of 4096 between 64 KiB and 1 GiB",
            (unsigned long long)bytes);
    if (options->sync_max_ns < 0)
        return mt_fail(diag, MT_EUSAGE, "journal: longest sync %lld ns: must not be negative",
                       (long long)options->sync_max_ns);
    return 0;
}

static struct mt_journal *journal_new(const struct mt_journal_options *options, int64_t created_ns,
                                      struct mt_journal_io *io)
{
    struct mt_journal *journal = mt_io_alloc(io, sizeof *journal);
    if (journal == NULL)
        return NULL;
    memset(journal, 0, sizeof *journal);
    journal->io = *io;
    journal->segment_fd = journal->spare_fd = journal->lock_fd = -1;
    journal->in_memory = options->dir == NULL;
    journal->bulk = options->bulk;
    journal->policy = journal->in_memory || journal->bulk ? MT_POLICY_NONE : options->policy;
    journal->host_id = options->host_id;
    journal->segment_bytes =
        options->segment_bytes != 0 ? options->segment_bytes : MT_SEGMENT_DEFAULT_BYTES;
    journal->disk_floor = options->disk_floor_bytes;
    journal->sync_max_ns = options->sync_max_ns != 0 ? options->sync_max_ns : second_ns;
    journal->created_ns = created_ns;
    journal->accepts = options->accepts;
    journal->accepts_ud = options->accepts_ud;
    journal->capacity = TURN_BYTES;
    journal->turn = mt_io_alloc(&journal->io, TURN_BYTES);
    if (journal->turn != NULL)
        return journal;
    free(journal);
    return NULL;
}

static int visit_all(struct mt_journal *journal, const struct mt_journal_options *options,
                     mt_record_visit visit, void *ud, struct mt_diag *diag)
{
    struct mt_journal_reader *reader;
    struct mt_record record;
    bool bad;
    int rc = mt_journal_reader_open_faulty(&reader, options->dir, false, options->fault,
                                           options->fault_at, diag);
    if (rc < 0)
        return rc;
    while ((rc = mt_journal_reader_next(reader, &record, &bad, diag)) == 0) {
        rc = visit(ud, &record, diag);
        if (rc < 0)
            break;
    }
    if (rc == MT_EEND)
        rc = 0;
    if (rc == 0 && mt_journal_reader_chain(reader)->seq != journal->chain.seq)
        rc = mt_fail(diag, MT_ECORRUPT,
                     "journal: %s: its files changed while they were read; let no other program "
                     "change them",
                     journal->io.dir);
    mt_journal_reader_close(reader);
    return rc;
}

static int journal_start(struct mt_journal *journal, const struct mt_journal_options *options,
                         mt_record_visit visit, void *ud, struct mt_diag *diag)
{
    int rc = mt_io_dir_make(&journal->io, options->dir, diag);
    if (rc == 0)
        rc = mt_io_lock(&journal->io, journal->created_ns, &journal->lock_fd, diag);
    if (rc == 0)
        rc = mt_journal_recover(&journal->io, &journal->chain, &journal->torn, diag);
    if (rc == 0 && visit != NULL && journal->chain.seq > 0)
        rc = visit_all(journal, options, visit, ud, diag);
    if (rc < 0)
        return rc;
    journal->chain.generation++;
    journal->disk_chain = journal->chain.chain;
    place_begin(journal, &journal->plan, journal->chain.seq + 1, 0);
    plan_enter(journal);
    rc = segment_begin(journal, &journal->plan, diag);
    journal->checked_at = mt_clock_monotonic();
    journal->low = journal->disk_floor > 0 && !mt_io_disk_above(&journal->io, journal->disk_floor);
    return rc;
}

static void journal_free(struct mt_journal *journal)
{
    if (journal->segment_fd >= 0)
        close(journal->segment_fd);
    if (journal->spare_fd >= 0) {
        close(journal->spare_fd);
        mt_io_spare_remove(&journal->io);
    }
    if (journal->lock_fd >= 0)
        close(journal->lock_fd);
    mt_io_fini(&journal->io);
    free(journal->turn);
    free(journal);
}

int mt_journal_open(struct mt_journal **out, const struct mt_journal_options *options,
                    int64_t created_ns, mt_record_visit visit, void *ud, struct mt_diag *diag)
{
    struct mt_journal_io io;
    const char *dir = options->dir != NULL ? options->dir : "";
    *out = NULL;
    int rc = options_check(options, diag);
    if (rc == 0)
        rc = mt_io_init(&io, dir, options->fault, options->fault_at, diag);
    if (rc < 0)
        return rc;
    io.sync = options->dir != NULL && !options->bulk && options->policy != MT_POLICY_NONE;
    struct mt_journal *journal = journal_new(options, created_ns, &io);
    if (journal == NULL)
        return mt_fail(diag, MT_ENOMEM, "journal: %s: no memory", dir);
    if (journal->in_memory) {
        journal->chain.generation = 1;
        place_begin(journal, &journal->plan, 1, 0);
        plan_enter(journal);
        journal->plan_name[0] = '\0';
    } else {
        rc = journal_start(journal, options, visit, ud, diag);
    }
    if (rc == 0)
        *out = journal;
    else
        journal_free(journal);
    return rc;
}

int mt_journal_close(struct mt_journal *journal, struct mt_diag *diag)
{
    if (journal == NULL)
        return 0;
    /* D1P: whatever the turn held, it is synced now. A dead journal stays as it is: the next open
     * looks at it. */
    int rc = mt_journal_flush(journal, MT_DURABLE_D1P, diag);
    if (rc == 0 && !journal->in_memory)
        rc = mt_io_cut(&journal->io, journal->disk_name, journal->disk.offset, diag);
    journal_free(journal);
    return rc;
}
