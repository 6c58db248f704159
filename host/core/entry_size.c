#include "core/entry_size.h"

#include <stdio.h>
#include <string.h>

#include "core/emit.h"
#include "core/room.h"

struct mt_price mt_entry_price(const struct mt_desk *d, uint16_t symbol, int side, struct mt_price limit)
{
    const struct mt_top *top = &d->books.ledger.tops[symbol];
    const struct mt_price market = mt_top_side(top, side > 0);
    if (limit.there)
        return limit;
    return market.there ? market : mt_price_if(mt_top_has_last(top), top->last);
}

/* Said once for each symbol. */
static void note_cut(struct mt_desk *d, const struct mt_order_wish *wish, mt_i128 wanted, int64_t price)
{
    const struct mt_instrument *instrument = mt_instrument_at(&d->books, wish->terms.symbol);
    const struct mt_account *account = &d->books.ledger.accounts[wish->terms.account];
    char from[MT_DEC_TEXT], to[MT_DEC_TEXT], at[MT_DEC_TEXT], contract[MT_DEC_TEXT], fee[MT_DEC_TEXT];
    if (d->books.cut_noted[wish->terms.symbol])
        return;
    struct mt_rec_note r;
    memset(&r, 0, sizeof r);
    r.call = d->call;
    r.symbol = wish->terms.symbol;
    r.what = MT_NOTE_CUT;
    if (wanted > INT64_MAX)
        snprintf(from, sizeof from, "more than %lld units", (long long)INT64_MAX);
    else
        mt_dec_format_short(from, (int64_t)wanted, instrument->qty_scale);
    mt_dec_format_short(to, wish->terms.qty, instrument->qty_scale);
    mt_dec_format_short(at, price, instrument->price_scale);
    mt_dec_format_short(contract, instrument->contract_size, instrument->contract_scale);
    mt_dec_format_short(fee, account->taker_rate > 0 ? account->taker_rate : 0, 4);     /* 10^-8 as bp */
    snprintf(r.text, sizeof r.text, "%s: the size %s was cut to %s, which is what account %s can carry at %s (contract "
             "size %s, leverage %d, fee %s bp)", instrument->symbol, from, to, account->name, at, contract,
             account->leverage, fee);
    mt_emit(d, MT_REC_NOTE, &r, sizeof r, MT_DURABLE_D3);
}

/* *out 0: none. MT_ERANGE: farther than a number holds. */
static int stop_distance(const struct mt_exit *exit, int64_t price, int64_t *out)
{
    *out = exit->stop.kind == MT_LEVEL_DISTANCE ? exit->stop.value : 0;
    if (exit->stop.kind != MT_LEVEL_PRICE)
        return 0;
    mt_i128 distance = (mt_i128)exit->stop.value - price;
    distance = distance < 0 ? -distance : distance;
    *out = (int64_t)distance;
    return distance == *out ? 0 : MT_ERANGE;
}

int32_t mt_entry_size(struct mt_desk *d, const struct mt_rec_signal *signal, int64_t size, int64_t strength,
                          struct mt_order_wish *wish)
{
    const struct mt_binding *binding = &d->bindings[d->binding_of_account[wish->terms.account] - 1];
    const struct mt_price limit = mt_signal_limit(signal);
    const struct mt_price price = mt_entry_price(d, wish->terms.symbol, signal->side, limit);
    struct mt_sizing_facts facts = { .price = price.value, .scale = binding->scale, .size = size, .strength = strength,
        .margin_price = mt_room_price(&d->books, wish->terms.symbol, limit) };
    struct mt_size sized;
    if (!price.there)                           /* the side that it needs is empty, or nothing came yet */
        return mt_top_code(&d->books.ledger.tops[signal->symbol]);
    if (stop_distance(&signal->exit, price.value, &facts.stop_distance) != 0)
        return MT_CODE_CALC_OVERFLOW;
    if (binding->sizing.rule == MT_SIZE_VOLATILITY)
        facts.volatility = mt_series_volatility(&d->series, wish->terms.symbol, binding->sizing.lookback);
    int rc = mt_room_of(&d->books, wish->terms.account, wish->terms.symbol, &facts.room);
    if (rc == 0)
        rc = mt_sizing_qty(&binding->sizing, &d->books.ledger, wish->terms.account, wish->terms.symbol, &facts, &sized);
    if (rc != 0)
        return rc == MT_ENOTFOUND ? MT_CODE_RATE_MISSING : MT_CODE_CALC_OVERFLOW;
    wish->terms.qty = sized.qty;
    wish->cut = sized.cut;
    if (sized.cut)
        note_cut(d, wish, sized.wanted, facts.margin_price);
    return sized.qty > 0 ? 0 : MT_CODE_NO_SIZE;
}
