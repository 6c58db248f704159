/* sim: time. Which of the things that wait happens next: an order reaches the venue, an order's
 * time is over, the market moves at the venue, a report or a market event reaches the host. Within
 * one instant it is that order, except that the market does not move on before the host has seen
 * what is already there: with zero latency an order meets the quote its handler saw. */
#include "adapters/sim/sim.h"

#include <stdlib.h>
#include <string.h>
#include "adapters/sim/sim_private.h"

static int check_options(const struct mt_sim_options *options, struct mt_diag *diag)
{
    const int64_t longest = INT64_C(3600) * 1000000000;
    const int64_t latencies[] = {options->feed_ns, options->entry_ns, options->reply_ns};
    for (unsigned i = 0; i < 3; i++) {
        if (latencies[i] < 0 || latencies[i] > longest)
            return mt_fail(diag, MT_EREFUSED, "sim: a latency must be 0 to 1 hour");
    }
    for (uint16_t i = 0; i < options->account_count; i++) {
        if (options->accounts[i].leverage <= 0)
            return mt_fail(diag, MT_EREFUSED, "sim: account %u: leverage must be above 0", i);
    }
    if (options->instrument_count == 0 || options->instrument_count > MT_INSTRUMENTS_MAX)
        return mt_fail(diag, MT_EREFUSED, "sim: 1 to %d instruments, not %u", MT_INSTRUMENTS_MAX,
                       options->instrument_count);
    return 0;
}

static int init_rates(struct mt_sim *sim, struct mt_diag *diag)
{
    if (sim->options.rates)
        sim->rates = *sim->options.rates;
    else
        mt_rates_init(&sim->rates);
    sim->options.rates = NULL;
    for (uint16_t i = 0; i < sim->options.instrument_count; i++) {
        const struct mt_instrument *instrument = &sim->options.instruments[i];
        int currency = mt_rates_currency(&sim->rates, instrument->quote);
        if (currency < 0)
            return mt_fail(diag, currency, "sim: %s: its quote currency cannot be used",
                           instrument->symbol);
        sim->quote_currency[i] = (int16_t)currency;
        if (instrument->base[0] == '\0' || sim->rates.pair_of_symbol[i] >= 0)
            continue;
        int err = mt_rates_add_instrument(&sim->rates, i, instrument);
        if (err != 0)
            return mt_fail(diag, err, "sim: %s: it cannot give a rate", instrument->symbol);
    }
    return 0;
}

static int init_ledgers(struct mt_sim *sim, const struct mt_sim_account *accounts,
                        struct mt_diag *diag)
{
    for (uint16_t i = 0; i < sim->options.account_count; i++) {
        struct mt_sim_ledger *ledger = &sim->ledgers[i];
        ledger->terms = accounts[i];
        ledger->cash = accounts[i].cash;
        ledger->currency = mt_rates_currency(&sim->rates, accounts[i].currency);
        if (ledger->currency < 0)
            return mt_fail(diag, ledger->currency, "sim: account %u: its currency cannot be used",
                           i);
        for (uint16_t s = 0; s < sim->options.instrument_count; s++)
            sim->converts = sim->converts || sim->quote_currency[s] != ledger->currency;
        ledger->positions = calloc(sim->options.instrument_count, sizeof *ledger->positions);
        if (!ledger->positions)
            return mt_fail(diag, MT_ENOMEM, "sim: no memory for positions");
    }
    return 0;
}

static int init_queues(struct mt_sim *sim)
{
    int err = mt_ring_init(&sim->arrivals, sizeof(struct mt_sim_arrival), 256, MT_SIM_QUEUE_MAX);
    if (err == 0)
        err = mt_ring_init(&sim->reports, sizeof(struct mt_event), 256, MT_SIM_QUEUE_MAX);
    if (err == 0)
        err = mt_ring_init(&sim->feed, sizeof(struct mt_event), 256, MT_SIM_QUEUE_MAX);
    return err;
}

static int init(struct mt_sim *sim, const struct mt_sim_options *options, struct mt_diag *diag)
{
    sim->options = *options;
    sim->next_expiry_ns = INT64_MAX;
    sim->next_venue_order_id = sim->next_fill_id = 1;
    sim->books = calloc(options->instrument_count, sizeof *sim->books);
    sim->quote_currency = calloc(options->instrument_count, sizeof *sim->quote_currency);
    sim->ledgers =
        calloc(options->account_count ? options->account_count : 1, sizeof *sim->ledgers);
    sim->bar_rates = calloc(options->instrument_count, sizeof *sim->bar_rates);
    if (!sim->books || !sim->quote_currency || !sim->ledgers || !sim->bar_rates || init_queues(sim) != 0
        || mt_sim_orders_init(&sim->orders, options->instrument_count) != 0)
        return mt_fail(diag, MT_ENOMEM, "sim: no memory");
    int err =
        mt_sim_faults_init(&sim->faults, options->fault, options->fault_every, options->seed, diag);
    if (err == 0)
        err = init_rates(sim, diag);
    if (err == 0)
        err = init_ledgers(sim, options->accounts, diag);
    sim->options.accounts = NULL;
    sim->options.fault = NULL;
    return err;
}

int mt_sim_new(struct mt_sim **out, const struct mt_sim_options *options, struct mt_source source,
               struct mt_diag *diag)
{
    int err = check_options(options, diag);
    if (err != 0)
        return err;
    struct mt_sim *sim = aligned_alloc(64, (sizeof *sim + 63) / 64 * 64);
    if (!sim)
        return mt_fail(diag, MT_ENOMEM, "sim: no memory");
    memset(sim, 0, sizeof *sim);
    err = init(sim, options, diag);
    if (err != 0) {
        mt_sim_free(sim);
        return err;
    }
    sim->source = source;
    *out = sim;
    return 0;
}

void mt_sim_free(struct mt_sim *sim)
{
    if (!sim)
        return;
    if (sim->source.ops)
        sim->source.ops->close(sim->source.self);
    for (uint16_t i = 0; sim->ledgers && i < sim->options.account_count; i++)
        free(sim->ledgers[i].positions);
    mt_sim_orders_fini(&sim->orders);
    mt_ring_fini(&sim->arrivals);
    mt_ring_fini(&sim->reports);
    mt_ring_fini(&sim->feed);
    free(sim->books);
    free(sim->quote_currency);
    free(sim->bar_rates);
    free(sim->ledgers);
    free(sim);
}

/* ---- the market ---- */

/* The next market event at the venue; NULL at the end of the data or when the source failed. */
static const struct mt_event *look_ahead(struct mt_sim *sim)
{
    if (__builtin_expect(sim->batch_at < sim->batch_count, 1))
        return &sim->batch[sim->batch_at];
    if (sim->ended || sim->source_rc != 0)
        return NULL;
    int count = sim->source.ops->fill(sim->source.self, sim->batch, MT_SIM_BATCH, &sim->source_diag);
    if (count < 0) {
        sim->source_rc = count;
        return NULL;
    }
    sim->batch_at = 0;
    sim->batch_count = count;
    sim->ended = count == 0;
    return count > 0 ? &sim->batch[0] : NULL;
}

/* The same, with *err 0 or why the source failed. */
static const struct mt_event *peek(struct mt_sim *sim, int *err, struct mt_diag *diag)
{
    const struct mt_event *event = look_ahead(sim);
    if (sim->converts && event && event->kind == MT_EV_BAR && event->time_ns != sim->announced_ns) {
        sim->source_rc = mt_sim_rates_announce(sim, &sim->source_diag);
        event = &sim->batch[sim->batch_at];     /* an error of the source comes behind what it gave */
    }
    *err = event ? 0 : sim->source_rc;
    if (*err != 0 && diag)
        *diag = sim->source_diag;
    return event;
}

/* Behind the last event: nothing ends by time after it, and of bars none that opened before is still to come. */
static void end_data(struct mt_sim *sim)
{
    sim->data_over = true;
    mt_sim_venue_expire(sim, sim->market_ns);
}

/* Behind an event that was taken: was it the last of its instant? */
static uint8_t last_of(struct mt_sim *sim, const struct mt_event *event)
{
    const struct mt_event *next = look_ahead(sim);
    bool last = !next || next->time_ns > event->time_ns;
    if (!next && sim->source_rc == 0)
        end_data(sim);
    return (uint8_t)(event->last | (last ? MT_LAST_EVENT : 0));
}

static int64_t due_of(const struct mt_ring *events)
{
    return mt_ring_count(events) == 0 ? INT64_MAX
                                      : ((const struct mt_event *)mt_ring_at(events, 0))->time_ns;
}

/* Report by report, then one market event, as far as the inbox has room. */
static int deliver(struct mt_sim *sim, int64_t now_ns)
{
    bool any = false;
    while (due_of(&sim->reports) == now_ns) {
        if (mt_inbox_push(sim->inbox, mt_ring_at(&sim->reports, 0)) != 0)
            return any ? 1 : MT_EFULL;
        mt_ring_pop(&sim->reports);
        any = true;
    }
    if (due_of(&sim->feed) == now_ns) {
        if (mt_inbox_push(sim->inbox, mt_ring_at(&sim->feed, 0)) != 0)
            return any ? 1 : MT_EFULL;
        mt_ring_pop(&sim->feed);
        sim->given++;
    }
    return 1;
}

static void market_moves(struct mt_sim *sim, const struct mt_event *event)
{
    MT_ASSERT(event->symbol < sim->options.instrument_count);
    mt_sim_venue_market(sim, event);
    struct mt_event *seen = mt_ring_push(&sim->feed);
    if (!seen) {
        sim->failed = MT_EFULL;
        return;
    }
    *seen = *event;
    sim->batch_at++;
    seen->last = last_of(sim, seen);
    seen->time_ns += sim->options.feed_ns;
}

static void receive(struct mt_sim *sim)
{
    struct mt_sim_arrival arrival = *(const struct mt_sim_arrival *)mt_ring_at(&sim->arrivals, 0);
    mt_ring_pop(&sim->arrivals);
    mt_sim_venue_arrival(sim, &arrival);
}

/* 1 where the host sees the market late and is heard at once, else 0. What it asks for then meets the market of the
 * same instant, whether or not that had moved when it asked: a resumed venue is asked before. */
static int64_t late(const struct mt_sim *sim)
{
    return sim->options.feed_ns > 0 && sim->options.entry_ns == 0;
}

static int step_by_step(struct mt_sim *sim, int64_t until_ns, int64_t *now_ns, struct mt_diag *diag)
{
    for (;;) {
        int err;
        if (sim->failed != 0)
            return mt_fail(diag, sim->failed,
                           "sim: a queue between host and venue has reached its maximum");
        const struct mt_event *event = peek(sim, &err, diag);
        if (err != 0)
            return err;
        if (!event && !sim->data_over)
            end_data(sim);                      /* the host came back when it had heard all of it */
        int64_t market = event ? event->time_ns : INT64_MAX;
        int64_t arrival = INT64_MAX;
        if (mt_ring_count(&sim->arrivals) != 0)
            arrival = ((const struct mt_sim_arrival *)mt_ring_at(&sim->arrivals, 0))->due_ns;
        /* After the last market event no time passes at the venue by itself: what rests then is
         * left open. */
        int64_t expiry = event ? sim->next_expiry_ns : INT64_MAX;
        int64_t reports = due_of(&sim->reports), feed = due_of(&sim->feed);
        int64_t host = reports < feed ? reports : feed, bound = host < until_ns ? host : until_ns;
        int64_t moves = market - late(sim);
        if (expiry <= arrival && expiry <= market && expiry <= bound && expiry != INT64_MAX) {
            mt_sim_venue_expire(sim, expiry);
        } else if (arrival <= moves && arrival <= bound && arrival != INT64_MAX) {
            receive(sim);
        } else if (event && moves < host && market <= until_ns) {
            market_moves(sim, event);
        } else if (host != INT64_MAX && host <= until_ns) {
            *now_ns = host;
            return deliver(sim, host);
        } else if (!event && arrival == INT64_MAX && host == INT64_MAX) {
            return 0;
        } else {
            *now_ns = until_ns;
            return 2;
        }
    }
}

/* With nothing on its way, and market data as fast as the venue itself, a market event goes
 * straight through: it meets the orders that rest, and is written into the inbox once. */
static int straight_through(struct mt_sim *sim, const struct mt_event *event, int64_t *now_ns)
{
    struct mt_event *room = mt_inbox_reserve(sim->inbox);
    if (!room)
        return MT_EFULL;
    *now_ns = event->time_ns;
    MT_ASSERT(event->symbol < sim->options.instrument_count);
    mt_sim_venue_market(sim, event);
    *room = *event;
    sim->batch_at++;
    room->last = last_of(sim, room);
    if (mt_ring_count(&sim->reports) != 0) {
        struct mt_event *seen = mt_ring_push(&sim->feed);
        MT_ASSERT(seen);                /* the queue was empty */
        *seen = *room;
        return deliver(sim, *now_ns);
    }
    mt_inbox_commit(sim->inbox);
    sim->given++;
    return 1;
}

int mt_sim_next(struct mt_sim *sim, int64_t until_ns, int64_t *now_ns, struct mt_diag *diag)
{
    bool quiet = mt_ring_count(&sim->arrivals) == 0 && mt_ring_count(&sim->reports) == 0
              && mt_ring_count(&sim->feed) == 0 && sim->options.feed_ns == 0 && sim->failed == 0;
    MT_ASSERT(sim->inbox);
    if (!quiet)
        return step_by_step(sim, until_ns, now_ns, diag);
    int err;
    const struct mt_event *event = peek(sim, &err, diag);
    if (!event || event->time_ns > until_ns || sim->next_expiry_ns <= event->time_ns)
        return step_by_step(sim, until_ns, now_ns, diag);
    return straight_through(sim, event, now_ns);
}

bool mt_sim_over(struct mt_sim *sim, int64_t now_ns)
{
    const struct mt_event *event = look_ahead(sim);
    if (event && (event->time_ns <= now_ns || sim->next_expiry_ns <= now_ns))
        return false;
    if (mt_ring_count(&sim->arrivals) != 0
        && ((const struct mt_sim_arrival *)mt_ring_at(&sim->arrivals, 0))->due_ns <= now_ns)
        return false;
    return due_of(&sim->reports) > now_ns && due_of(&sim->feed) > now_ns;
}

/* ---- looking in ---- */

uint64_t mt_sim_position(const struct mt_sim *sim)
{
    return sim->given;
}

mt_money mt_sim_cash(const struct mt_sim *sim, uint16_t account)
{
    return sim->ledgers[account].cash;
}

const struct mt_position *mt_sim_position_of(const struct mt_sim *sim, uint16_t account, uint16_t symbol)
{
    return &sim->ledgers[account].positions[symbol];
}

uint32_t mt_sim_open_orders(const struct mt_sim *sim)
{
    return sim->orders.open_count;
}

/* ---- the port ---- */

static int port_open(void *self, struct mt_inbox *inbox, struct mt_diag *diag)
{
    struct mt_sim *sim = self;
    (void)diag;
    sim->inbox = inbox;
    return 0;
}

static int port_subscribe(void *self, uint16_t symbol, struct mt_diag *diag)
{
    const struct mt_sim *sim = self;
    if (symbol >= sim->options.instrument_count)
        return mt_fail(diag, MT_ENOTFOUND, "sim: no symbol has the number %u", symbol);
    return 0;
}

/* Latencies are constant, but the host's clock may stand still or be corrected: nothing overtakes
 * on its way in. */
static struct mt_sim_arrival *arrival_push(struct mt_sim *sim, enum mt_sim_arrival_kind kind,
                                           int64_t due_ns)
{
    uint32_t count = mt_ring_count(&sim->arrivals);
    if (count > 0) {
        const struct mt_sim_arrival *last = mt_ring_at(&sim->arrivals, count - 1);
        due_ns = last->due_ns > due_ns ? last->due_ns : due_ns;
    }
    struct mt_sim_arrival *arrival = mt_ring_push(&sim->arrivals);
    if (arrival)
        *arrival = (struct mt_sim_arrival){.due_ns = due_ns, .kind = kind};
    return arrival;
}

static enum mt_send port_submit(void *self, int64_t now_ns, const struct mt_order_request *request)
{
    struct mt_sim *sim = self;
    if (sim->halted || request->coid == 0 || mt_sim_fault(&sim->faults, MT_FAULT_NOBYTE))
        return MT_SEND_NOBYTE;
    struct mt_sim_arrival *arrival =
        arrival_push(sim, MT_ARRIVE_ORDER, now_ns + sim->options.entry_ns);
    if (!arrival)
        return MT_SEND_NOBYTE;
    arrival->request = *request;
    return mt_sim_fault(&sim->faults, MT_FAULT_AMB) ? MT_SEND_AMB : MT_SEND_OUT;
}

static enum mt_send port_modify(void *self, int64_t now_ns, const struct mt_order_request *request)
{
    struct mt_sim *sim = self;
    struct mt_sim_arrival *arrival =
        sim->halted ? NULL : arrival_push(sim, MT_ARRIVE_MODIFY, now_ns + sim->options.entry_ns);
    if (!arrival)
        return MT_SEND_NOBYTE;
    arrival->request = *request;
    return MT_SEND_OUT;
}

static enum mt_send send_coid(struct mt_sim *sim, enum mt_sim_arrival_kind kind, int64_t now_ns,
                              uint64_t coid)
{
    struct mt_sim_arrival *arrival = arrival_push(sim, kind, now_ns + sim->options.entry_ns);
    if (!arrival)
        return MT_SEND_NOBYTE;
    arrival->request.coid = coid;
    return MT_SEND_OUT;
}

static enum mt_send port_cancel(void *self, int64_t now_ns, uint64_t coid)
{
    return send_coid(self, MT_ARRIVE_CANCEL, now_ns, coid);
}

static enum mt_send port_query(void *self, int64_t now_ns, uint64_t coid)
{
    return send_coid(self, MT_ARRIVE_QUERY, now_ns, coid);
}

static void port_halt(void *self)
{
    struct mt_sim *sim = self;
    sim->halted = true;
}

static void port_close(void *self)
{
    struct mt_sim *sim = self;
    sim->inbox = NULL;
}

struct mt_venue mt_sim_venue(struct mt_sim *sim)
{
    static const struct mt_venue_ops ops = {
        .name = "sim",
        .capabilities = MT_CAP_STREAM | MT_CAP_CLIENT_ID | MT_CAP_STOP_ORDERS | MT_CAP_TAKE_ORDERS
                        | MT_CAP_REDUCE_ONLY | MT_CAP_REPLACE | MT_CAP_CHILDREN,
        .open = port_open,
        .subscribe = port_subscribe,
        .submit = port_submit,
        .modify = port_modify,
        .cancel = port_cancel,
        .query = port_query,
        .halt = port_halt,
        .close = port_close,
    };
    return (struct mt_venue){.ops = &ops, .self = sim};
}
