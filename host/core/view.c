#include "core/view.h"

#include <math.h>

/* Divisions are most of what a view costs: one makes two numbers, the same ones that mt_dec_to_double makes. */
typedef double two __attribute__((vector_size(16)));

static double price_of(const struct mt_instrument *instrument, int64_t price)
{
    return mt_dec_to_double(price, instrument->price_scale);
}

/* They change by record only, market views with every tick: look them up once for each change. */
void mt_views_refresh(struct mt_seat *s)
{
    if (s->seen == s->desk->books.shown)
        return;
    s->seen = s->desk->books.shown;
    for (uint16_t y = 0; y < s->desk->books.instrument_count; y++) {
        s->state_codes[y] = mt_trading_state_code(mt_risk_state(s->desk->books.risk, s->desk->lead, y));
        s->markets[y].stance = s->desk->books.stances[y].side;
        mt_view_why(s, y);
    }
}

void mt_view_why(struct mt_seat *s, uint16_t symbol)
{
    int code = mt_top_code(&s->desk->books.ledger.tops[symbol]);
    if (code == 0)
        code = s->state_codes[symbol];
    s->markets[symbol].why = code;
    s->markets[symbol].tradable = code == 0;
}

static void view_account(struct mt_seat *s)
{
    const struct mt_account *account = &s->desk->books.ledger.accounts[s->desk->lead];
    s->port.account = (struct mt_view_account){ .cash = mt_money_to_double(account->cash),
        .equity = mt_money_to_double(mt_ledger_equity(&s->desk->books.ledger, s->desk->lead)),
        .free = mt_money_to_double(mt_ledger_free(&s->desk->books.ledger, s->desk->lead)),
        .realised = mt_money_to_double(account->realised), .unrealised = mt_money_to_double(account->unrealised),
        .margin = mt_money_to_double(account->margin) };
}

void mt_views_init(struct mt_seat *s)
{
    for (uint16_t y = 0; y < s->desk->books.instrument_count; y++) {
        const struct mt_instrument *instrument = mt_instrument_at(&s->desk->books, y);
        struct mt_view_market *m = &s->markets[y];
        *m = (struct mt_view_market){ .bid = NAN, .ask = NAN, .mid = NAN, .last = NAN, .spread_ticks = NAN,
            .index = y, .why = MT_CODE_DATA_MISSING, .muted = s->setup->warmup_bars > 0 };
        m->instrument = (struct mt_view_instrument){ .tick = price_of(instrument, instrument->tick),
            .step = mt_dec_to_double(instrument->step, instrument->qty_scale),
            .min_qty = mt_dec_to_double(instrument->qty_min, instrument->qty_scale),
            .max_qty = mt_dec_to_double(instrument->qty_max, instrument->qty_scale),
            .contract_size = mt_dec_to_double(instrument->contract_size, instrument->contract_scale),
            .price_decimals = instrument->price_scale, .qty_decimals = instrument->qty_scale,
            .negative = instrument->negative };
    }
    view_account(s);
}

static inline void view_sizes(struct mt_view_market *m, const struct mt_top *top,
                              const struct mt_instrument *instrument)
{
    m->bid_qty = m->ask_qty = 0;
    if (top->bid_qty | top->ask_qty) {
        const two sizes = (two){ (double)top->bid_qty, (double)top->ask_qty } / mt_pow10_double[instrument->qty_scale];
        m->bid_qty = sizes[0];
        m->ask_qty = sizes[1];
    }
}

/* A book that lacks a side. */
static __attribute__((noinline, cold)) void view_part(struct mt_seat *s, uint16_t symbol)
{
    const struct mt_instrument *instrument = mt_instrument_at(&s->desk->books, symbol);
    const struct mt_top *top = &s->desk->books.ledger.tops[symbol];
    struct mt_view_market *m = &s->markets[symbol];
    m->bid = mt_top_has_bid(top) ? price_of(instrument, top->bid) : NAN;
    m->ask = mt_top_has_ask(top) ? price_of(instrument, top->ask) : NAN;
    m->mid = m->spread_ticks = NAN;
    view_sizes(m, top, instrument);
}

/* Sides that agree, as those of a bar do, need one division. */
static void view_top(struct mt_seat *s, uint16_t symbol)
{
    const struct mt_instrument *instrument = mt_instrument_at(&s->desk->books, symbol);
    const struct mt_top *top = &s->desk->books.ledger.tops[symbol];
    struct mt_view_market *m = &s->markets[symbol];
    if (top->sides != MT_QUOTE_BOTH) {
        view_part(s, symbol);
        return;
    }
    if (top->ask != top->bid) {
        const two prices = (two){ (double)top->bid, (double)top->ask } / mt_pow10_double[instrument->price_scale];
        m->bid = prices[0];
        m->ask = prices[1];
        m->mid = (prices[0] + prices[1]) * 0.5;
        m->spread_ticks = (double)(top->ask - top->bid) / (double)instrument->tick;
    } else {
        m->bid = m->ask = m->mid = price_of(instrument, top->bid);
        m->spread_ticks = 0;
    }
    view_sizes(m, top, instrument);
}

/* Mostly the venue's time is that of the turn. */
static double age_of(const struct mt_seat *s, const struct mt_event *event)
{
    return event->venue_ns == s->desk->now_ns ? 0 : (double)(s->desk->now_ns - event->venue_ns) / 1e9;
}

void mt_view_market_event(struct mt_seat *s, const struct mt_event *event)
{
    uint16_t symbol = event->symbol;
    const struct mt_instrument *instrument = mt_instrument_at(&s->desk->books, symbol);
    struct mt_view_market *m = &s->markets[symbol];
    double time = (double)event->venue_ns / 1e9, age = age_of(s, event);
    m->time = time;
    switch (event->kind) {
    case MT_EV_QUOTE:
        view_top(s, symbol);
        s->port.quote = (struct mt_view_quote){ time, age, m->bid, m->ask, m->mid, m->bid_qty, m->ask_qty };
        break;
    case MT_EV_TRADE:
        m->last = price_of(instrument, event->trade.price);
        if (!s->desk->books.ledger.tops[symbol].quoted)
            view_top(s, symbol);
        s->port.trade = (struct mt_view_trade){ time, age, m->last,
            mt_dec_to_double(event->trade.qty, instrument->qty_scale), event->trade.side };
        break;
    default:
        view_top(s, symbol);
        m->last = m->bid;               /* the top of book of a bar is its close */
        break;
    }
    mt_view_why(s, symbol);
}

void mt_view_position(struct mt_seat *s, uint16_t symbol)
{
    const struct mt_instrument *instrument = mt_instrument_at(&s->desk->books, symbol);
    const struct mt_slot *slot = mt_ledger_slot(&s->desk->books.ledger, s->desk->lead, symbol);
    struct mt_view_position *view = &s->markets[symbol].position;
    view->qty = mt_dec_to_double(slot->position.qty, instrument->qty_scale);
    view->entry = mt_position_entry(&slot->position, instrument);
    view->profit = slot->position.qty ? mt_money_to_double(slot->unrealised) : 0;
    view_account(s);
}

/* Sums beyond 92 billion, which need slow conversions. */
static __attribute__((noinline, cold)) void view_marked_wide(struct mt_view_account *view,
                                                             const struct mt_account *account, mt_money equity)
{
    view->unrealised = mt_money_to_double(account->unrealised);
    view->equity = mt_money_to_double(equity);
    view->free = mt_money_to_double(equity - account->margin);
    view->margin = mt_money_to_double(account->margin);
}

/* What moves with the market; the rest of the account moves with fills. */
void mt_view_marked(struct mt_seat *s, uint16_t symbol)
{
    const struct mt_account *account = &s->desk->books.ledger.accounts[s->desk->lead];
    const struct mt_slot *slot = mt_ledger_slot(&s->desk->books.ledger, s->desk->lead, symbol);
    struct mt_view_account *view = &s->port.account;
    const mt_money equity = mt_ledger_equity(&s->desk->books.ledger, s->desk->lead), room = INT64_MAX / 4;
    const bool narrow = account->unrealised < room && account->unrealised > -room && equity < room && equity > -room
        && account->margin < room;
    if (narrow) {
        const int64_t now = (int64_t)equity, margin = (int64_t)account->margin;
        const double unit = mt_pow10_double[MT_MONEY_SCALE];
        const two first = (two){ (double)(int64_t)account->unrealised, (double)now } / unit;
        const two second = (two){ (double)(now - margin), (double)margin } / unit;
        view->unrealised = first[0];
        view->equity = first[1];
        view->free = second[0];
        view->margin = second[1];
    } else {
        view_marked_wide(view, account, equity);
    }
    s->markets[symbol].position.profit = slot->unrealised == account->unrealised
        ? view->unrealised : mt_money_to_double(slot->unrealised);
}

void mt_view_order(struct mt_seat *s, const struct mt_order *order)
{
    const struct mt_instrument *instrument = mt_instrument_at(&s->desk->books, order->terms.symbol);
    s->port.order = (struct mt_view_order){ .id = (double)order->coid, .signal = (double)order->signal_id,
        .price = price_of(instrument, order->terms.price), .stop = price_of(instrument, order->terms.stop),
        .qty = mt_dec_to_double(order->terms.qty, instrument->qty_scale),
        .filled = mt_dec_to_double(order->cum, instrument->qty_scale),
        .leaves = mt_dec_to_double(mt_order_leaves(order), instrument->qty_scale), .side = order->terms.side,
        .type = order->terms.type, .state = order->state, .role = mt_order_reason(order), .code = order->code,
        .reduce_only = mt_terms_reduce_only(&order->terms) };
}

void mt_view_fill(struct mt_seat *s, const struct mt_order *order, const struct mt_rec_venue_event *r)
{
    const struct mt_instrument *instrument = mt_instrument_at(&s->desk->books, order->terms.symbol);
    const struct mt_slot *slot = mt_ledger_slot(&s->desk->books.ledger, order->terms.account, order->terms.symbol);
    s->port.fill = (struct mt_view_fill){ .time = (double)r->venue_ns / 1e9,
                                          .age = (double)(s->desk->now_ns - r->venue_ns) / 1e9,
                                          .id = (double)order->coid,
                                          .signal = (double)order->signal_id,
                                          .price = mt_dec_to_double(r->price, instrument->price_scale),
                                          .qty = mt_dec_to_double(r->qty, instrument->qty_scale),
                                          .fee = mt_money_to_double(mt_rec_money_get(r->fee)),
                                          .profit = mt_money_to_double(mt_rec_money_get(r->realised)),
                                          .position = mt_dec_to_double(slot->position.qty, instrument->qty_scale),
                                          .side = order->terms.side,
                                          .role = mt_order_reason(order),
                                          .maker = r->maker,
                                          .closes = s->desk->change.ended && slot->position.qty == 0 };
}

void mt_view_timer(struct mt_seat *s, int64_t due_ns, int64_t fired_ns)
{
    s->port.timer = (struct mt_view_timer){ (double)due_ns / 1e9, (double)(fired_ns - due_ns) / 1e9 };
}

void mt_view_now(struct mt_seat *s)
{
    s->port.now = (double)s->desk->now_ns / 1e9;
}
