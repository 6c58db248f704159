/* store: the tick store: one self-describing, checksummed file per symbol and kind, mapped and read
 * in place. docs/tick-store.md has the layout. Invariant: a store that opens with verification
 * reads back exactly the events that were written; a flipped bit is named with its block. Writing
 * goes to a temporary name, is synced and renamed. Kept of an event: time_ns and the member of its
 * kind; venue_ns must be the same, symbol, source and last are of the run. */
#ifndef MT_ADAPTERS_PLAYBACK_STORE_H
#define MT_ADAPTERS_PLAYBACK_STORE_H

#include <stdbool.h>
#include <stdint.h>
#include "base/err.h"
#include "model/event.h"
#include "model/instrument.h"

#define MT_STORE_SUFFIX ".mts"       /* a directory of such files is a store of several symbols and kinds */

struct mt_store_writer;
/* MT_EBUSY: another process writes there; MT_EIO; MT_EFULL. */
int mt_store_create(struct mt_store_writer **out, const char *path, const struct mt_instrument *instrument,
                    struct mt_diag *diag) MT_CHECKED;
/* The first event fixes the kind (and the length of bars). MT_EREFUSED: another kind or length,
 * time that goes back, a bar of the same time again, one that ends neither at its length nor where the
 * next begins, or what no data file may hold (a price below zero, ...). The first failure stays. */
int mt_store_append(struct mt_store_writer *writer, const struct mt_event *event, struct mt_diag *diag) MT_CHECKED;
/* Finish, sync, rename into place, free, also on failure. `keep` false: throw away. MT_EREFUSED:
 * nothing was appended. */
int mt_store_finish(struct mt_store_writer *writer, bool keep, struct mt_diag *diag) MT_CHECKED;

struct mt_store;
/* Whether the file begins like a store; false when it cannot be read. */
bool mt_store_is(const char *path);
/* verify: check every block now (data check); otherwise a block is checked when it is first
 * read. */
int mt_store_open(struct mt_store **out, const char *path, bool verify, struct mt_diag *diag) MT_CHECKED;
void mt_store_close(struct mt_store *store);
const struct mt_instrument *mt_store_instrument(const struct mt_store *store);
uint64_t mt_store_count(const struct mt_store *store);
/* Of header and all block checksums: the identity of the content. */
uint64_t mt_store_hash(const struct mt_store *store);
/* What kinds (bit 1 << enum mt_event_kind), first and last time (of bars open + length). */
uint32_t mt_store_kinds(const struct mt_store *store);
enum mt_event_kind mt_store_kind(const struct mt_store *store);
int32_t mt_store_tf_s(const struct mt_store *store);        /* of its bars; 0 otherwise */
void mt_store_span(const struct mt_store *store, int64_t *first_ns, int64_t *last_ns);
/* Write up to max events from `position` on to out with `symbol` and return their number;
 * MT_ECORRUPT names the block. Of each event the header (source and last 0) and the member of its
 * kind are written, not the rest of the union. */
int mt_store_read(struct mt_store *store, uint64_t position, uint16_t symbol, struct mt_event *out, int max,
                  struct mt_diag *diag) MT_CHECKED;

#endif
