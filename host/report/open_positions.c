/* Positions that a kill or a halt has left alone. */
#include "report/open_positions.h"

#include <stdio.h>
#include <string.h>

#include "base/dec.h"

static int64_t qty_of(const struct mt_engine *engine, uint16_t account, uint16_t symbol)
{
    return mt_ledger_slot(mt_engine_ledger(engine), account, symbol)->position.qty;
}

static bool stop_at_venue(const struct mt_engine *engine, uint64_t coid)
{
    const struct mt_order *order = coid ? mt_engine_order(engine, coid) : NULL;
    return order && (order->state == MT_ORDER_WORKING || order->state == MT_ORDER_PARTIAL);
}

bool mt_open_unprotected(const struct mt_engine *engine, uint16_t account, uint16_t symbol)
{
    struct mt_leg_view leg;
    enum mt_trading_state state = mt_risk_state(mt_engine_risk(engine), account, symbol);
    if (qty_of(engine, account, symbol) == 0 || state < MT_HALTED)
        return false;
    mt_engine_leg(engine, account, symbol, &leg);
    return state == MT_KILLED || !stop_at_venue(engine, leg.stop_coid);
}

static void add(const struct mt_engine *engine, const struct mt_names *names, struct mt_open_kind *kind,
                uint16_t account, uint16_t symbol)
{
    const struct mt_instrument *instrument = mt_names_instrument(names, symbol);
    char qty[MT_DEC_TEXT];
    if (kind->count++ > 0)
        return;
    mt_dec_format_short(qty, qty_of(engine, account, symbol), instrument->qty_scale);
    snprintf(kind->first, sizeof kind->first, "%s %s %s", mt_names_account(names, account), instrument->symbol,
             qty);
}

static void look_at(const struct mt_engine *engine, const struct mt_names *names, uint16_t account,
                    uint16_t symbol, struct mt_open_positions *out)
{
    struct mt_leg_view leg;
    enum mt_trading_state state = mt_risk_state(mt_engine_risk(engine), account, symbol);
    if (state > out->worst)
        out->worst = state;
    if (qty_of(engine, account, symbol) == 0)
        return;
    out->open++;
    if (!mt_open_unprotected(engine, account, symbol))
        return;
    add(engine, names, &out->unprotected, account, symbol);
    mt_engine_leg(engine, account, symbol, &leg);
    bool flattened = leg.closing && leg.close_role == MT_ROLE_OPERATOR;
    add(engine, names, state != MT_KILLED ? &out->halted : flattened ? &out->flattened : &out->killed, account, symbol);
}

void mt_open_positions(const struct mt_engine *engine, const struct mt_names *names, int account, int symbol,
                       struct mt_open_positions *out)
{
    memset(out, 0, sizeof *out);
    for (uint16_t a = 0; a < names->account_count; a++)
        for (uint16_t y = 0; y < names->instrument_count; y++)
            if ((account < 0 || account == a) && (symbol < 0 || symbol == y))
                look_at(engine, names, a, y, out);
}

/* "1 position (sim BTCUSDT 0.001) is", "3 positions (sim BTCUSDT 0.001 and others) are" */
static void put(char *out, size_t size, const struct mt_open_kind *kind, const char *what)
{
    size_t used = strlen(out);
    bool one = kind->count == 1;
    if (kind->count == 0 || used >= size)
        return;
    snprintf(out + used, size - used, "%s%zu position%s (%s%s) %s %s", used > 0 ? "; " : "", kind->count,
             one ? "" : "s", kind->first, one ? "" : " and others", one ? "is" : "are", what);
}

void mt_open_tell_left(const struct mt_open_positions *positions, char *out, size_t size)
{
    struct mt_open_kind left = positions->killed.count > 0 ? positions->killed : positions->halted;
    left.count = positions->killed.count + positions->halted.count;
    out[0] = '\0';
    put(out, size, &left, "left open, without protection");
    put(out, size, &positions->flattened, "being closed by flatten before it ends, if the market lets it");
}

void mt_open_tell(const struct mt_open_positions *positions, char *out, size_t size)
{
    out[0] = '\0';
    put(out, size, &positions->killed, "without protection: flatten closes what is open");
    put(out, size, &positions->flattened, "being closed by flatten, without protection until then");
    put(out, size, &positions->halted, "without protection while it is halted: reduce lets exits work again, and "
        "flatten close");
}
