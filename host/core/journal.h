/* journal: the append-only, checksummed, chained record of everything that was decided and
 * everything that came in. One writer. It is the source of truth: orders, positions, plans and
 * limits are folds over it (core/books_fold.c).
 * Invariant: a record that append returned and flush confirmed is read back after the death of the
 * process; the records of a turn are read back all or not at all; and a reader never returns a
 * record whose checksum, sequence or chain is wrong as good.
 *
 * On disk (little endian): DIR/NNNNNNNNNNNNNNNN.mtj, the name is the first seq in hex;
 * docs/journal.md has the layout. In memory (dir == NULL): the same bytes are formed, checksummed
 * and chained, and only the chain value is kept. */
#ifndef MT_CORE_JOURNAL_H
#define MT_CORE_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"

/* MT_REC_INTENT and so on: records.def lists all kinds with what they tell. */
enum mt_record_kind {
#define RECORD(number, NAME, kind, since, tail) MT_REC_##NAME = (number),
#define FIELD(kind, member, name, type)
#define PAD(kind, member)
#define END(kind)
#include "core/records.def"
#undef RECORD
#undef FIELD
#undef PAD
#undef END
    MT_REC_KIND_MAX = MT_REC_NOTE,
};
const char *mt_record_name(unsigned kind); /* "INTENT"; "?" if unknown */

enum {
    MT_RECORD_IGNORABLE = 1, /* a reader that does not know the kind may skip it */
    /* Set by flush: the last record of a turn. The records behind the last one before it and up to it are one group,
     * and nobody is shown a part of a group. */
    MT_RECORD_LAST = 2,
};
enum { MT_RECORD_PAYLOAD_MAX = 1 << 20 };

struct mt_record {
    uint64_t seq;    /* 1, 2, 3 … over all segments */
    int64_t time_ns; /* engine clock, never goes back */
    uint16_t kind;   /* enum mt_record_kind */
    uint8_t version;
    uint8_t flags;
    uint32_t length;     /* of the payload */
    /* Market events that handlers had seen when it was written. It lies in the payload's bytes: 0 until those are
     * decoded (record_list.h). */
    uint64_t position;
    /* Borrowed: valid until the next call on the same journal or reader. 8-byte aligned. */
    const void *payload;
    /* chain = crc of the previous record, 0 for the first. What append tells of these, and of the place, may still
     * change until the flush, which may move the turn into the next segment. */
    uint32_t crc, chain;
    uint32_t generation; /* of its segment */
    const char *file;    /* segment file name and offset, for messages; "" in memory */
    uint64_t offset;
};

/* Durability that a turn's records need before an effect may leave (5.2). */
enum mt_durability { MT_DURABLE_D3, MT_DURABLE_D2, MT_DURABLE_D1, MT_DURABLE_D1P };
/* none: write per turn, no sync (simulation). process: as docs/orders.md 5.2 says. power: D1 also waits for
 * fdatasync. */
enum mt_journal_policy { MT_POLICY_NONE, MT_POLICY_PROCESS, MT_POLICY_POWER };

struct mt_journal_options {
    const char *dir; /* NULL: in memory; otherwise made if absent */
    uint64_t host_id;
    enum mt_journal_policy policy;
    uint64_t segment_bytes;    /* 0 = 64 MiB; at least 64 KiB; multiple of 4096 */
    uint64_t disk_floor_bytes; /* free space under which increases are refused; 0 = none */
    int64_t sync_max_ns;       /* 0 = 1 s */
    /* The history of a run whose world ends with its process (a backtest): written by the quarter megabyte and with
     * D1P, never synced, whatever the policy. A disk that fails ends the writing, never the run: append and flush go
     * on as in memory, and mt_journal_lost tells. */
    bool bulk;
    /* In memory: what mt_journal_accepts_increases answers, for a replay, where the recorded run's disk is a recorded
     * input like the commands of operators. NULL: always true. */
    bool (*accepts)(void *ud);
    void *accepts_ud;
    const char *fault; /* tests only: fault to inject, e.g. "write_enospc"; NULL = none */
    uint64_t fault_at; /* the n-th call meets it; 0 = every call */
};

struct mt_journal;

/* Lock the directory (MT_EBUSY: names the owner's pid), recover what is there (a torn tail, from the first record
 * of the turn that it tore, is copied aside to NAME.torn and cut; damage in the middle is MT_ECORRUPT and names file,
 * offset, seq), then hand every record in order to `visit` (may be NULL), whose negative return ends the open with that
 * code. New records go into a new segment of the next generation. `created_ns` stamps the segment header. */
typedef int (*mt_record_visit)(void *ud, const struct mt_record *record, struct mt_diag *diag);
int mt_journal_open(struct mt_journal **out, const struct mt_journal_options *options,
                    int64_t created_ns, mt_record_visit visit, void *ud,
                    struct mt_diag *diag) MT_CHECKED;

/* Did the open cut a torn tail (a copy lies beside the segment in NAME.torn)? */
bool mt_journal_torn(const struct mt_journal *journal);

/* Add one record to this turn; returns its content through `out` (may be NULL; payload points to
 * the journal's copy). Never writes to disk. `time_ns` earlier than the last record's (than 0 for
 * the first), an empty payload (its length would mean the end of the data) and a kind that readers
 * would refuse are MT_ERANGE; a payload above MT_RECORD_PAYLOAD_MAX or a turn above 64 MiB is
 * MT_ENOMEM; then nothing was added. On a dead journal: its error. Allocates nothing once the turn
 * buffer (1 MiB) has grown to need. */
int mt_journal_append(struct mt_journal *journal, unsigned kind, unsigned flags, int64_t time_ns,
                      const void *payload, size_t length, struct mt_record *out) MT_CHECKED;

/* End of the turn: its last record is marked, then one write, and one fdatasync
 * where the policy asks for it at this durability:
 * process: D1P and D2 at once, D3 and D1 with the next of them or when they are 1 s old (call flush
 * once a second, also without records); power: D1 at once, too. On failure the journal is dead:
 * MT_EFULL or MT_EIO now and from every later call; nothing that an earlier flush confirmed is
 * lost. */
int mt_journal_flush(struct mt_journal *journal, enum mt_durability need,
                     struct mt_diag *diag) MT_CHECKED;

/* bulk: why nothing is written any more; NULL: all is well. */
const struct mt_diag *mt_journal_lost(const struct mt_journal *journal);

/* false: failed, under disk_floor, last sync too slow, or no spare segment in reserve (policy none
 * keeps none). */
bool mt_journal_accepts_increases(const struct mt_journal *journal);
/* Nobody will read it: records need no bytes of their own there. */
bool mt_journal_in_memory(const struct mt_journal *journal);
/* Of the last record appended, 0 = none: its seq, crc and time. */
uint64_t mt_journal_seq(const struct mt_journal *journal);
uint32_t mt_journal_chain(const struct mt_journal *journal);
int64_t mt_journal_last_time(const struct mt_journal *journal);
uint32_t mt_journal_generation(const struct mt_journal *journal); /* 1, 2, 3 … per open */

/* Flush, cut the unused rest of the segment, sync (unless policy none), unlock, free. Safe on a
 * failed journal and NULL. */
int mt_journal_close(struct mt_journal *journal, struct mt_diag *diag);

/* Reading without the lock (journal, replay, orders … commands): never repairs, never writes.
 * open: MT_ENOTFOUND when the directory or a journal in it is absent.
 * next: 0 and a record of a turn that is whole; MT_EEND at the end or at a torn tail (`torn` tells),
 * and a later call goes on when the writer did; MT_ECORRUPT in the middle; MT_EREFUSED at a record of unknown kind,
 * unless it is ignorable: then it is skipped. With `tolerate_crc`, a record whose checksum or chain
 * is wrong but whose frame is sound is returned with bad = true, so that `replay --verify` can name
 * the difference; as the last one it is returned, too, and `torn` is true at the end. */
struct mt_journal_reader;
int mt_journal_reader_open(struct mt_journal_reader **out, const char *dir, bool tolerate_crc,
                           struct mt_diag *diag) MT_CHECKED;
int mt_journal_reader_next(struct mt_journal_reader *reader, struct mt_record *out, bool *bad,
                           struct mt_diag *diag) MT_CHECKED;
bool mt_journal_reader_torn(const struct mt_journal_reader *reader);
void mt_journal_reader_close(struct mt_journal_reader *reader);

#endif
