/* journal_format: what the writer, the recovery and the reader of the journal share: the bytes of a
 * segment, a window over a segment file, and the file operations with their named faults. Private
 * to host/core/journal*.c and its tests; everybody else uses core/journal.h. docs/journal.md has
 * the layout in words. */
#ifndef MT_CORE_JOURNAL_FORMAT_H
#define MT_CORE_JOURNAL_FORMAT_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "base/err.h"
#include "core/journal.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "the journal's structs are its little-endian bytes");

/* ---- bytes ---- */

enum {
    MT_SEGMENT_VERSION = 3,
    MT_SEGMENT_HEADER = 64, /* bytes; the first record stands here */
    MT_FRAME_HEAD = 32,     /* bytes before the payload of a record */
    MT_FRAME_MAX = MT_FRAME_HEAD + MT_RECORD_PAYLOAD_MAX,
    MT_SEGMENT_NAME = 24, /* "0123456789abcdef.mtj" and its zero */
};
#define MT_SEGMENT_MAGIC "MTJRNL\0\1"
#define MT_SEGMENT_MIN_BYTES (UINT64_C(64) << 10)
#define MT_SEGMENT_DEFAULT_BYTES (UINT64_C(64) << 20)
#define MT_SEGMENT_MAX_BYTES (UINT64_C(1) << 30)
/* Far below the types' ends, so that +1 and distances never overflow. */
#define MT_SEQ_MAX (UINT64_C(1) << 62)
#define MT_GENERATION_MAX (UINT64_C(1) << 31)

struct mt_segment_header {
    char magic[8];
    uint32_t version, flags;
    uint64_t host_id;
    uint64_t first_seq;
    int64_t created_ns;
    uint64_t generation;
    uint32_t prev_segment_chain;
    uint32_t reserved[2];
    uint32_t crc;
};
_Static_assert(sizeof(struct mt_segment_header) == MT_SEGMENT_HEADER, "on-disk size");

struct mt_frame_head {
    uint32_t length, crc;
    uint64_t seq;
    int64_t time_ns;
    uint16_t kind;
    uint8_t version, flags;
    uint32_t chain;
};
_Static_assert(sizeof(struct mt_frame_head) == MT_FRAME_HEAD, "on-disk size");

/* Bytes that a record of this payload takes, with its padding. */
static inline size_t mt_frame_size(size_t length)
{
    return MT_FRAME_HEAD + ((length + 7) & ~(size_t)7);
}

/* Ties a record to its place: bytes of another generation or segment have another checksum. */
uint32_t mt_segment_seed(uint64_t generation, uint64_t first_seq);
/* Of a head and the `length` payload bytes behind it. */
uint32_t mt_frame_crc(uint32_t seed, const struct mt_frame_head *head, size_t length);
void mt_segment_header_seal(struct mt_segment_header *header); /* magic, version and crc */
void mt_segment_name(char name[MT_SEGMENT_NAME], uint64_t first_seq);
bool mt_segment_name_parse(const char *name, uint64_t *first_seq);

/* What has been read or written so far, hence what must come next. */
struct mt_chain {
    uint64_t seq;
    uint32_t chain;      /* crc of record `seq` */
    uint32_t generation; /* of the last segment; 0 = there is none */
    int64_t time_ns;
};

/* ---- files ---- */

#define MT_JOURNAL_FAULTS(X) \
    X(alloc) X(open_dir) X(make_dir) X(sync_parent) X(lock) X(lock_write) X(list) X(open) \
    X(create) X(stat) X(read) X(read_short) X(write_enospc) X(write_eio) X(write_short) \
    X(write_torn) X(write_intr) X(fallocate_enospc) X(fallocate_intr) X(fallocate_unsupported) \
    X(zero_enospc) X(header) X(sync_eio) X(sync_slow) X(sync_new) X(sync_dir) X(rename) \
    X(open_cut) X(truncate) X(sync_cut) X(torn_create) X(torn_write) X(disk_low)

enum mt_journal_fault {
    MT_FAULT_NONE,
#define X(name) MT_FAULT_##name,
    MT_JOURNAL_FAULTS(X)
#undef X
};

/* One open journal directory. */
struct mt_journal_io {
    DIR *stream; /* owned */
    int dir_fd;  /* of stream; -1 while closed */
    bool sync; /* files and directory are synced (policy is not none) */
    enum mt_journal_fault fault;
    uint64_t fault_at, fault_calls;
    char dir[320]; /* for messages: the end of the path when it is long */
};

int mt_io_init(struct mt_journal_io *io, const char *dir, const char *fault, uint64_t fault_at,
               struct mt_diag *diag) MT_CHECKED;
void mt_io_fini(struct mt_journal_io *io);
/* Is it this call's turn to fail? */
bool mt_io_fault(struct mt_journal_io *io, enum mt_journal_fault fault);
/* malloc with the fault `alloc`. */
void *mt_io_alloc(struct mt_journal_io *io, size_t size);
/* A sentence for a failed call: "journal: DIR[/NAME]: doing: why; what to do". Returns MT_EFULL,
 * MT_ENOMEM or MT_EIO. */
int mt_io_fail(const struct mt_journal_io *io, const char *name, const char *doing, int error,
               struct mt_diag *diag);
/* "journal: DIR/NAME: corrupt at offset O, seq N: why; what to do"; MT_ECORRUPT. */
int mt_io_corrupt(const struct mt_journal_io *io, const char *name, uint64_t offset, uint64_t seq,
                  const char *why, struct mt_diag *diag);

int mt_io_dir_open(struct mt_journal_io *io, const char *dir, struct mt_diag *diag) MT_CHECKED;
int mt_io_dir_make(struct mt_journal_io *io, const char *dir, struct mt_diag *diag) MT_CHECKED;
int mt_io_lock(struct mt_journal_io *io, int64_t created_ns, int *fd,
               struct mt_diag *diag) MT_CHECKED;
/* The first seqs of all segments, ascending; *seqs is the caller's to free. */
int mt_io_list(struct mt_journal_io *io, uint64_t **seqs, size_t *count,
               struct mt_diag *diag) MT_CHECKED;
/* The smallest first seq above `after`: 1 and *first_seq, 0 none, negative mt_err. */
int mt_io_list_next(struct mt_journal_io *io, uint64_t after, uint64_t *first_seq,
                    struct mt_diag *diag) MT_CHECKED;

/* The spare: a preallocated file that is not yet a segment. Returns its descriptor or a negative
 * mt_err. */
int mt_io_spare_make(struct mt_journal_io *io, uint64_t size, struct mt_diag *diag) MT_CHECKED;
/* Make the file `size` bytes long, with space on the disk for all of them. */
int mt_io_grow(struct mt_journal_io *io, int fd, const char *name, uint64_t size, struct mt_diag *diag) MT_CHECKED;
void mt_io_spare_remove(struct mt_journal_io *io);
/* Make the spare the segment of this header: the header is whole before the name is seen. Replaces
 * a segment of the same name, which then holds no record. */
int mt_io_spare_enter(struct mt_journal_io *io, int fd, const struct mt_segment_header *header,
                      struct mt_diag *diag) MT_CHECKED;
int mt_io_write(struct mt_journal_io *io, int fd, const char *name, const void *data, size_t length,
                uint64_t offset, struct mt_diag *diag) MT_CHECKED;
int mt_io_sync(struct mt_journal_io *io, int fd, const char *name, struct mt_diag *diag) MT_CHECKED;
/* Cut a segment to `size` and sync it where the policy asks for it. */
int mt_io_cut(struct mt_journal_io *io, const char *name, uint64_t size,
              struct mt_diag *diag) MT_CHECKED;
/* Copy bytes aside into NAME.torn. */
int mt_io_torn_save(struct mt_journal_io *io, const char *name, int fd, uint64_t from, uint64_t to,
                    struct mt_diag *diag) MT_CHECKED;
/* false when the disk has less than `floor` bytes free, or its state cannot be read. */
bool mt_io_disk_above(struct mt_journal_io *io, uint64_t floor);

/* ---- reading one segment ---- */

struct mt_view {
    int fd; /* -1: no segment is open */
    char name[MT_SEGMENT_NAME];
    uint64_t size;
    struct mt_segment_header header;
    uint32_t seed;
    bool locked;     /* nobody may change the file meanwhile */
    bool zeros;      /* the rest behind the last record was seen to be zero */
    uint8_t *window; /* owned */
    uint64_t base;   /* file offset of window[0], a multiple of 8 */
    size_t have;
};

enum mt_frame_status { MT_FRAME_GOOD, MT_FRAME_END, MT_FRAME_BAD };

struct mt_frame {
    enum mt_frame_status status;
    bool sound;      /* BAD, but length and sequence are plausible; record is filled */
    const char *why; /* BAD: what is wrong */
    struct mt_record record;
    uint64_t next; /* offset behind the record */
};

int mt_view_init(struct mt_view *view, struct mt_journal_io *io, struct mt_diag *diag) MT_CHECKED;
void mt_view_fini(struct mt_view *view);
/* Open the segment and check its header against itself, its name and the chain before it.
 * 0; 1 when the file ends inside the header (view->fd is open, view->size tells how long it is); or
 * an mt_err. */
int mt_view_open(struct mt_view *view, struct mt_journal_io *io, uint64_t first_seq,
                 const struct mt_chain *before, struct mt_diag *diag) MT_CHECKED;
void mt_view_close(struct mt_view *view);
/* Forget what was read, ask the file's size again. */
int mt_view_refresh(struct mt_view *view, struct mt_journal_io *io,
                    struct mt_diag *diag) MT_CHECKED;
/* Where the turn whose next record is at `offset` ends, going by the heads alone: *end is behind its last record, and
 * a record follows or none does yet. MT_GROUP_OPEN: the file has no end of it. Or an mt_err. */
enum { MT_GROUP_OPEN, MT_GROUP_FOLLOWED, MT_GROUP_NEWEST };
int mt_view_group_end(struct mt_view *view, struct mt_journal_io *io, uint64_t offset, uint64_t *end,
                      struct mt_diag *diag) MT_CHECKED;
/* Judge the record at `offset`, which must continue `before`. Negative only when the file cannot be
 * read. */
int mt_frame_read(struct mt_view *view, struct mt_journal_io *io, uint64_t offset,
                  const struct mt_chain *before, struct mt_frame *out,
                  struct mt_diag *diag) MT_CHECKED;
/* Is there, at `offset` or behind it, a record that is valid under the segment's seed and not older
 * than `seq`? 1, 0 or an mt_err. Then the bad record before it is damage and not a torn tail. */
int mt_view_evidence(struct mt_view *view, struct mt_journal_io *io, uint64_t offset, uint64_t seq,
                     struct mt_diag *diag) MT_CHECKED;
/* Offset behind the last byte that is not zero, at least `offset`. */
int mt_view_data_end(struct mt_view *view, struct mt_journal_io *io, uint64_t offset, uint64_t *end,
                     struct mt_diag *diag) MT_CHECKED;
/* 1: known kind; 0: unknown and ignorable; MT_EREFUSED: unknown and needed. */
int mt_record_known(const struct mt_journal_io *io, const struct mt_record *record,
                    struct mt_diag *diag) MT_CHECKED;
void mt_chain_follow(struct mt_chain *chain, const struct mt_record *record);

/* ---- recovery and reading with faults ---- */

/* Under the lock: check everything, cut a torn tail or the unused rest of the last segment. */
int mt_journal_recover(struct mt_journal_io *io, struct mt_chain *out, bool *torn,
                       struct mt_diag *diag) MT_CHECKED;

int mt_journal_reader_open_faulty(struct mt_journal_reader **out, const char *dir,
                                  bool tolerate_crc, const char *fault, uint64_t fault_at,
                                  struct mt_diag *diag) MT_CHECKED;
const struct mt_chain *mt_journal_reader_chain(const struct mt_journal_reader *reader);

#endif
