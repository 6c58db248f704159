#include "core/trading_state.h"

#include <string.h>

#include "core/emit.h"

static void set_state(struct mt_desk *d, uint16_t scope, enum mt_trading_state state, int32_t code, mt_i128 value,
                      mt_i128 limit)
{
    struct mt_rec_risk_state r;
    memset(&r, 0, sizeof r);
    r.value = mt_rec_money(value);
    r.limit = mt_rec_money(limit);
    r.code = code;
    r.scope = scope;
    r.state = (uint8_t)state;
    mt_emit(d, MT_REC_RISK_STATE, &r, sizeof r, MT_DURABLE_D1P);
}

void mt_trading_state_set(struct mt_desk *d, uint16_t scope, enum mt_trading_state state)
{
    set_state(d, scope, state, 0, 0, 0);
}

void mt_trading_state_breaches(struct mt_desk *d)
{
    uint16_t scope;
    enum mt_trading_state state;
    int32_t code;
    mt_i128 value, limit;
    while (d->dead == 0 && mt_risk_breach(d->books.risk, d->now_ns, &scope, &state, &code, &value, &limit))
        set_state(d, scope, state, code, value, limit);
}

/* An overfill means that somebody's books are wrong: the account stops (note 6). */
void mt_trading_state_overfilled(struct mt_desk *d, uint16_t account)
{
    int scope = mt_risk_scope_find(d->books.risk, MT_SCOPE_ACCOUNT, account, -1);
    struct mt_risk_scope_view view;
    MT_ASSERT(scope >= 0);
    mt_risk_scope(d->books.risk, (uint16_t)scope, &view);
    if (view.state != MT_KILLED)                /* what was killed stays dead */
        mt_trading_state_set(d, (uint16_t)scope, MT_HALTED);
}
