/* store: the tick store: one self-describing, checksummed file per symbol and kind, mapped and read in place.
 * docs/tick-store.md has the layout. Invariant: a store that opens with verification reads back exactly the events that
 * were written; a flipped bit is named with its block. Writing goes to a temporary name, is synced and renamed. */
#ifndef MT_ADAPTERS_PLAYBACK_STORE_H
#define MT_ADAPTERS_PLAYBACK_STORE_H

#include <stdbool.h>
#include <stdint.h>
#include "base/err.h"
#include "model/event.h"
#include "model/instrument.h"

struct mt_store_writer;
int mt_store_create(struct mt_store_writer **out, const char *path, const struct mt_instrument *instrument,
                    struct mt_diag *diag) MT_CHECKED;
int mt_store_append(struct mt_store_writer *writer, const struct mt_event *event, struct mt_diag *diag) MT_CHECKED;
/* Finish, sync, rename into place, free. `keep` false: throw away. */
int mt_store_finish(struct mt_store_writer *writer, bool keep, struct mt_diag *diag) MT_CHECKED;

struct mt_store;
/* verify: check every block now (data check); otherwise a block is checked when it is first read. */
int mt_store_open(struct mt_store **out, const char *path, bool verify, struct mt_diag *diag) MT_CHECKED;
void mt_store_close(struct mt_store *store);
const struct mt_instrument *mt_store_instrument(const struct mt_store *store);
uint64_t mt_store_count(const struct mt_store *store);
uint64_t mt_store_hash(const struct mt_store *store);       /* of header and all block checksums: identity of the content */
/* What kinds (bit 1 << enum mt_event_kind), first and last time. */
uint32_t mt_store_kinds(const struct mt_store *store);
void mt_store_span(const struct mt_store *store, int64_t *first_ns, int64_t *last_ns);
/* Write up to max events from `position` on to out with `symbol` and return their number; MT_ECORRUPT names the block. */
int mt_store_read(struct mt_store *store, uint64_t position, uint16_t symbol, struct mt_event *out, int max,
                  struct mt_diag *diag) MT_CHECKED;

#endif
