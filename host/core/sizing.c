#include "core/sizing.h"

#include "core/margin.h"

enum { FRACTION_SCALE = 8, QTY_SCALE = 18, UNIT = 1000000000 };

/* A price (or a distance) of one unit of quantity, in money of the account, as the divisor of a budget. */
static int divide_by_unit(struct mt_ratio *ratio, const struct mt_ledger *ledger, uint16_t account, uint16_t symbol,
                          int64_t price)
{
    const struct mt_instrument *instrument = &ledger->instruments[symbol];
    if (price == 0)
        return MT_ERANGE;                       /* what costs nothing can be bought without end */
    mt_ratio_mul(ratio, mt_pow10(instrument->price_scale));
    mt_ratio_mul(ratio, mt_pow10(instrument->qty_scale));
    mt_ratio_mul(ratio, mt_pow10(instrument->contract_scale));
    mt_ratio_div(ratio, mt_pow10(MT_MONEY_SCALE));
    mt_ratio_div(ratio, mt_price_magnitude(price));
    mt_ratio_div(ratio, instrument->contract_size);
    return mt_rates_divide(&ledger->rates, ratio, ledger->quote_currency[symbol], ledger->accounts[account].currency);
}

/* The factor of the rule, in units of quantity. */
static int by_rule(struct mt_ratio *ratio, const struct mt_sizing *sizing, const struct mt_ledger *ledger,
                   uint16_t account, uint16_t symbol, const struct mt_sizing_facts *facts)
{
    const struct mt_instrument *instrument = &ledger->instruments[symbol];
    if (sizing->rule == MT_SIZE_FIXED && sizing->value == 0) {
        mt_ratio_mul(ratio, instrument->default_qty);
        return 0;
    }
    mt_ratio_mul(ratio, sizing->value);
    if (sizing->rule == MT_SIZE_FIXED) {
        mt_ratio_mul(ratio, mt_pow10(instrument->qty_scale));
        mt_ratio_div(ratio, mt_pow10(QTY_SCALE));
        return 0;
    }
    if (sizing->rule == MT_SIZE_NOTIONAL)
        return divide_by_unit(ratio, ledger, account, symbol, facts->price);
    mt_money equity = mt_ledger_equity(ledger, account);
    mt_ratio_mul(ratio, equity > 0 ? equity : 0);
    mt_ratio_div(ratio, mt_pow10(FRACTION_SCALE));
    if (sizing->rule == MT_SIZE_RISK_FRACTION && facts->stop_distance > 0)
        return divide_by_unit(ratio, ledger, account, symbol, facts->stop_distance);
    if (sizing->rule == MT_SIZE_VOLATILITY && facts->volatility.mantissa > 0) {
        mt_ratio_div(ratio, facts->volatility.mantissa);
        mt_ratio_shift(ratio, -facts->volatility.exponent);
    } else if (sizing->rule == MT_SIZE_VOLATILITY) {
        mt_ratio_mul(ratio, 0);                 /* not known yet: no size */
    }
    return divide_by_unit(ratio, ledger, account, symbol, facts->price);
}

static int wanted(const struct mt_sizing *sizing, const struct mt_ledger *ledger, uint16_t account, uint16_t symbol,
                  const struct mt_sizing_facts *facts, mt_i128 *qty)
{
    int64_t step = ledger->instruments[symbol].step;
    struct mt_ratio ratio;
    mt_ratio_init(&ratio);
    int rc = by_rule(&ratio, sizing, ledger, account, symbol, facts);
    const int64_t factors[] = { facts->scale, facts->size, facts->strength };
    for (int i = 0; i < 3; i++) {
        mt_ratio_mul(&ratio, factors[i]);
        mt_ratio_div(&ratio, UNIT);
    }
    mt_ratio_div(&ratio, step);
    if (rc == 0)
        rc = mt_ratio_floor(&ratio, qty);
    return rc ? rc : mt_mul128(*qty, step, qty);
}

int mt_sizing_qty(const struct mt_sizing *sizing, const struct mt_ledger *ledger, uint16_t account, uint16_t symbol,
                  const struct mt_sizing_facts *facts, struct mt_size *out)
{
    const struct mt_instrument *instrument = &ledger->instruments[symbol];
    mt_i128 qty;
    int rc = wanted(sizing, ledger, account, symbol, facts, &qty);
    if (rc != 0)
        return rc;
    if (instrument->qty_max > 0 && qty > instrument->qty_max)
        qty = instrument->qty_max - instrument->qty_max % instrument->step;
    out->wanted = qty;
    rc = mt_margin_afford(ledger, account, symbol, facts->margin_price, facts->room, qty, &qty);
    if (rc != 0)
        return rc;
    if (qty > INT64_MAX)
        return MT_ERANGE;
    out->cut = qty < out->wanted;
    out->qty = qty < instrument->qty_min ? 0 : (int64_t)qty;
    return 0;
}
