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

    /* Recorded data; data.file_count 0: a generated market. */
    /* As said: absolute paths, a directory counts once. What it led to is in `instruments`: configured,
     * account_currency, order and inspect are not set. */
    struct mt_data_options data;
    uint64_t *hashes; size_t hash_count;        /* of the data files that its paths stand for */
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

/* Texts of the data: keys of the JSON, options of the command line. The last one has no key. */
struct mt_plan_data_text { const char *key, *option; size_t at; };
extern const struct mt_plan_data_text mt_plan_data_texts[];
static inline const char *mt_plan_data_get(const struct mt_data_options *data, const struct mt_plan_data_text *text)
{
    return *(const char *const *)((const char *)data + text->at);
}
static inline void mt_plan_data_set(struct mt_data_options *data, const struct mt_plan_data_text *text,
                                    const char *value)
{
    *(const char **)((char *)data + text->at) = value;
}

/* One line of JSON with everything, in a fixed order; and back. MT_ECORRUPT: not such JSON. */
void mt_plan_write(const struct mt_session_plan *plan, struct mt_buf *out);
int mt_plan_read(struct mt_session_plan **out, const char *json, size_t length, struct mt_diag *diag) MT_CHECKED;

#endif
