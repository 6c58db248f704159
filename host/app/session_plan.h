/* session_plan: everything that makes one run what it is: script, market, instruments, accounts, limits, costs,
 * latencies. It is decided once, from the command line, the configuration and the script; it is written into the
 * journal as JSON (RUN_START), and a resume or a replay reads it from there and nothing else. Bindings are no part of
 * it: they follow from the script and the accounts. */
#ifndef MT_APP_SESSION_PLAN_H
#define MT_APP_SESSION_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "adapters/playback/playback.h"
#include "base/buf.h"
#include "base/err.h"
#include "core/journal.h"
#include "core/ledger.h"
#include "core/risk.h"
#include "model/instrument.h"
#include "report/names.h"

struct mt_plan_account {
    char name[MT_ACCOUNT_NAME_MAX], currency[MT_CURRENCY_MAX];
    mt_money cash;
    int32_t leverage;
    int64_t maker_rate, taker_rate;     /* 10^-8 */
};
struct mt_plan_rate { char base[MT_CURRENCY_MAX], quote[MT_CURRENCY_MAX]; int64_t rate; };      /* 10^-8 */

struct mt_session_plan {
    const char *script;                 /* absolute path; texts belong to the plan */
    const char **sets; size_t set_count;
    uint64_t script_hash, seed;

    /* Recorded data; file_count 0: a generated market. */
    const char **files; size_t file_count;      /* absolute paths, as given: a directory counts once */
    uint64_t *hashes; size_t hash_count;        /* of the data files that these stand for */
    enum mt_data_format format;
    const char *columns, *time_unit, *date, *dates, *decimal, *from, *to, *zone;
    const char *instrument, *like;      /* as said; what they led to is in `instruments` */
    const char **symbols; size_t symbol_count;
    bool strict, merge;
    int64_t market_ns;                  /* generated: time of the first event */

    int64_t begin_ns, live_ns, end_ns;  /* clock at on_start; where --for counts from; INT64_MAX: no end */
    struct mt_instrument *instruments; uint16_t instrument_count;
    struct mt_plan_account *accounts; uint16_t account_count;
    struct mt_scope_setup *scopes; size_t scope_count;
    struct mt_plan_rate *rates; size_t rate_count;
    int64_t feed_ns, entry_ns, reply_ns;
    const char *speed;                  /* of `run`, as said: a resume keeps it; NULL or "": no run, none */
    enum mt_journal_policy durability;
    uint64_t disk_floor;

    void **owned; size_t owned_count;   /* every block above */
};

struct mt_session_plan *mt_plan_new(void);              /* NULL: no memory */
void mt_plan_free(struct mt_session_plan *plan);
/* A zeroed block (a copy of a text) that lives as long as the plan; NULL: no memory. */
void *mt_plan_alloc(struct mt_session_plan *plan, size_t count, size_t size);
const char *mt_plan_text(struct mt_session_plan *plan, const char *text);

/* Names of the accounts (as core takes them), symbols and scopes that the plan has by now; live as long as it.
 * MT_ENOMEM. */
int mt_plan_names(struct mt_session_plan *plan, struct mt_names *out) MT_CHECKED;

/* One line of JSON with everything, in a fixed order; and back. MT_ECORRUPT: not such JSON. */
void mt_plan_write(const struct mt_session_plan *plan, struct mt_buf *out);
int mt_plan_read(struct mt_session_plan **out, const char *json, size_t length, struct mt_diag *diag) MT_CHECKED;

#endif
