/* rates: what a currency is worth at the instant of a fill. Between bars a pair shows its last close; a fill at the
 * open of a bar, or inside it, happened at another time than the event that tells of it, and so did its rate. */
#include "adapters/sim/sim_private.h"

#include <string.h>

/* The bars of one instant come one after the other, and a fill in the first of them needs the open of the last: all of
 * them are read before the first one is met. */
static int read_instant(struct mt_sim *sim, struct mt_diag *diag)
{
    const int64_t time_ns = sim->batch[sim->batch_at].time_ns;
    while (!sim->ended && sim->batch[sim->batch_count - 1].time_ns == time_ns) {
        int rest = sim->batch_count - sim->batch_at;
        if (rest > MT_SIM_BATCH_ROOM - MT_SIM_BATCH)
            return 0;                           /* more than one for each symbol that there can be */
        memmove(sim->batch, sim->batch + sim->batch_at, (size_t)rest * sizeof *sim->batch);
        sim->batch_at = 0;
        sim->batch_count = rest;
        int count = sim->source.ops->fill(sim->source.self, sim->batch + rest, MT_SIM_BATCH, diag);
        if (count < 0)
            return count;
        sim->batch_count += count;
        sim->ended = count == 0;
    }
    return 0;
}

int mt_sim_rates_announce(struct mt_sim *sim, struct mt_diag *diag)
{
    int rc = read_instant(sim, diag);
    const int64_t time_ns = sim->batch[sim->batch_at].time_ns;
    sim->announced_ns = time_ns;
    for (int i = sim->batch_at; i < sim->batch_count && sim->batch[i].time_ns == time_ns; i++) {
        const struct mt_event *event = &sim->batch[i];
        struct mt_sim_bar_rate *bar = &sim->bar_rates[event->symbol];
        /* Of several that end together the shortest: its open is the newer price. */
        bool longer = bar->close_ns == time_ns && bar->open_ns > event->bar.open_ns;
        if (event->kind == MT_EV_BAR && !longer
            && mt_match_bar_valid(&sim->options.instruments[event->symbol], &event->bar))
            *bar = (struct mt_sim_bar_rate){ .open_ns = event->bar.open_ns, .close_ns = time_ns,
                                             .open = event->bar.open, .close = event->bar.close,
                                             .before = sim->books[event->symbol].mark_bid };
    }
    return rc;
}

void mt_sim_rates_now(struct mt_sim *sim)
{
    for (uint16_t i = 0; sim->converts && i < sim->options.instrument_count; i++)
        mt_rates_update(&sim->rates, i, sim->books[i].mark_bid, sim->books[i].mark_ask);
}

void mt_sim_rates_at(struct mt_sim *sim, uint16_t symbol, int64_t price, int64_t time_ns)
{
    mt_sim_rates_now(sim);
    for (uint16_t i = 0; sim->converts && i < sim->options.instrument_count; i++) {
        const struct mt_sim_bar_rate *bar = &sim->bar_rates[i];
        if (!sim->books[i].barred)
            continue;
        int64_t rate = i == symbol              ? price
                       : bar->close_ns == 0     ? 0
                       : time_ns < bar->open_ns ? bar->before
                       : time_ns < bar->close_ns ? bar->open
                                                : bar->close;
        mt_rates_update(&sim->rates, i, rate, rate);
    }
}
