/* Making and taking apart; the fold is books_fold.c. */

#include "core/books.h"

#include <stdlib.h>
#include <string.h>

int mt_books_init(struct mt_books *b, const struct mt_instrument *instruments, uint16_t instrument_count,
                  const struct mt_account_setup *accounts, uint16_t account_count, const struct mt_scope_setup *scopes,
                  size_t scope_count, struct mt_diag *diag)
{
    size_t legs = (size_t)account_count * instrument_count;
    memset(b, 0, sizeof *b);
    b->instruments = instruments;
    b->instrument_count = instrument_count;
    b->account_count = account_count;
    b->next_coid = b->coid_end = 1;
    b->next_signal = 1;
    b->day = INT64_MIN;
    mt_buf_init(&b->hash_buf, 64u << 20);
    b->legs = calloc(legs, sizeof *b->legs);
    b->plans = calloc(legs, sizeof *b->plans);
    b->trade_profit = calloc(legs, sizeof *b->trade_profit);
    b->stances = calloc(instrument_count, sizeof *b->stances);
    b->last_signals = calloc(instrument_count, sizeof *b->last_signals);
    b->entry_signals = calloc(instrument_count, sizeof *b->entry_signals);
    b->cut_noted = calloc(instrument_count, sizeof *b->cut_noted);
    if (!b->legs || !b->plans || !b->trade_profit || !b->stances || !b->last_signals || !b->entry_signals
        || !b->cut_noted)
        return mt_fail(diag, MT_ENOMEM, "books: no memory");
    int rc = mt_orders_init(&b->orders);
    if (rc == 0)
        rc = mt_ledger_init(&b->ledger, instruments, instrument_count, accounts, account_count, diag);
    if (rc == 0)
        rc = mt_risk_new(&b->risk, &b->ledger, scopes, scope_count, diag);
    return rc;
}

void mt_books_fini(struct mt_books *b)
{
    mt_risk_free(b->risk);
    mt_ledger_fini(&b->ledger);
    mt_orders_fini(&b->orders);
    mt_buf_fini(&b->hash_buf);
    free(b->legs);
    free(b->plans);
    free(b->trade_profit);
    free(b->stances);
    free(b->last_signals);
    free(b->entry_signals);
    free(b->cut_noted);
}

uint64_t *mt_order_place(struct mt_books *b, const struct mt_order *order)
{
    struct mt_leg *leg = mt_leg_at(b, order->terms.account, order->terms.symbol);
    struct mt_plan *plan = mt_plan_at(b, order->terms.account, order->terms.symbol);
    switch (order->terms.role) {
    case MT_ROLE_ENTRY: case MT_ROLE_TARGET: return &leg->entry_coid;
    case MT_ROLE_STOP: return order->terms.type == MT_TYPE_STOP ? &plan->stop_coid : &leg->close_coid;
    case MT_ROLE_TAKE: return &plan->take_coid[order->take];
    default: return &leg->close_coid;
    }
}

const struct mt_rec_signal *mt_books_signal(const struct mt_books *b, uint16_t symbol, uint64_t id)
{
    if (b->last_signals[symbol].id == id)
        return &b->last_signals[symbol];
    return b->entry_signals[symbol].id == id ? &b->entry_signals[symbol] : NULL;
}

bool mt_plan_any(const struct mt_exit *exit)
{
    return exit->stop.kind >= MT_LEVEL_DISTANCE || exit->trail.kind >= MT_LEVEL_DISTANCE || exit->take_count > 0
        || exit->time_ns > 0;
}
