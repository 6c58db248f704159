/* sim: the simulated venue. It implements the same port as a live venue, and drives a run: it
 * pulls market events from a source, matches its orders against them at the venue's time, and
 * pushes what the host may see, when it may see it. Time order at one instant: what the venue
 * receives, reports to the host, then market data to the host. The assumptions are written at the
 * top of match.c in a trader's words. */
#ifndef MT_ADAPTERS_SIM_SIM_H
#define MT_ADAPTERS_SIM_SIM_H

#include <stdbool.h>
#include <stdint.h>
#include "base/dec.h"
#include "core/inbox.h"
#include "core/venue.h"
#include "model/instrument.h"
#include "model/position.h"
#include "model/rates.h"

struct mt_sim_account {
    char currency[MT_CURRENCY_MAX];
    mt_money cash;
    int32_t leverage;               /* margin = notional / leverage; > 0 */
    /* fee as a fraction of notional in 10^-8 (4 bp = 40 000); rounded up, against us */
    int64_t maker_rate, taker_rate;
};

struct mt_sim_options {
    const struct mt_instrument *instruments;    /* borrowed */
    uint16_t instrument_count;
    const struct mt_sim_account *accounts;      /* copied */
    uint16_t account_count;
    int64_t feed_ns, entry_ns, reply_ns;        /* latencies >= 0 */
    uint64_t seed;
    const char *fault;              /* tests: a fault by name (faults.h); NULL = none */
    /* it meets every n-th opportunity; `seed` shifts which one is the first */
    uint64_t fault_every;
    /* fixed rates of the configuration to start from, copied; NULL = none */
    const struct mt_rates *rates;
};

struct mt_sim;
/* Takes the source over when it succeeds. MT_EREFUSED: an unknown fault, a leverage or latency out
 * of range. */
int mt_sim_new(struct mt_sim **out, const struct mt_sim_options *options, struct mt_source source,
               struct mt_diag *diag) MT_CHECKED;
void mt_sim_free(struct mt_sim *sim);           /* closes the source */
struct mt_venue mt_sim_venue(struct mt_sim *sim);

/* Advance to the next instant at which the host sees something and push its events (reports first,
 * then at most one market event) to the inbox. *now_ns is that instant. Returns 1, 0 at the end of
 * the data (nothing pending any more), or a negative error of the source. With nothing to report
 * it costs a few ns over the source. Never passes `until_ns`: returns 2 and sets *now_ns =
 * until_ns when nothing happens before or at it (the engine wants to wake for a timer). MT_EFULL:
 * the inbox had no room at all; nothing is lost, take from it and call again. */
int mt_sim_next(struct mt_sim *sim, int64_t until_ns, int64_t *now_ns,
                struct mt_diag *diag) MT_CHECKED;

/* Is everything of the instant that mt_sim_next gave last done: no market event, no report, no order on its way has its
 * time any more? */
bool mt_sim_over(struct mt_sim *sim, int64_t now_ns);

/* How many market events the host has been given: the cursor that the journal keeps. */
uint64_t mt_sim_position(const struct mt_sim *sim);

/* What the venue itself holds true about an account: tests compare the host's books with it. */
mt_money mt_sim_cash(const struct mt_sim *sim, uint16_t account);
const struct mt_position *mt_sim_position_of(const struct mt_sim *sim, uint16_t account,
                                             uint16_t symbol);
uint32_t mt_sim_open_orders(const struct mt_sim *sim);

#endif
