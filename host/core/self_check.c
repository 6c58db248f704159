#include "core/self_check.h"

#include "core/trading_state.h"

/* All sums once more from positions and orders (3.5). A difference is a bug of ours: nothing may trade on wrong books,
 * also not after a restart. */
void mt_engine_self_check(struct mt_engine *e)
{
    const struct mt_orders *orders = &e->desk.books.orders;
    mt_buf_clear(&e->desk.scratch);
    for (size_t i = 0; i < orders->open_count; i++) {
        const struct mt_order *order = mt_orders_get(orders, orders->open[i]);
        mt_buf_put(&e->desk.scratch, &order, sizeof order);
    }
    if (e->desk.scratch.failed)
        return;
    const struct mt_order *const *open = (const void *)e->desk.scratch.data;
    const char *wrong = mt_ledger_self_check(&e->desk.books.ledger, open, orders->open_count);
    if (!wrong)
        return;
    struct mt_desk *d = &e->desk;
    mt_trading_state_set(d, (uint16_t)mt_risk_scope_find(d->books.risk, MT_SCOPE_GLOBAL, -1, -1), MT_HALTED);
    if (d->dead == 0)
        d->dead = mt_journal_flush(d->journal, MT_DURABLE_D1P, &d->fault);
    mt_assert_failed(d->dead == 0 ? wrong : "books that differ, and a journal that cannot say so", __FILE__, __LINE__,
                     __func__);
}
