#include "core/sizing.h"

enum { FRACTION_SCALE = 8, UNIT = 1000000000 };

/* Money of the account for `reference` = 10^6 whole units of quantity at a price (or a distance), rounded against us. A
 * million of them, because one unit of a coin that costs 10^-10 would round up to the smallest money there is. */
static int unit_money(const struct mt_ledger *ledger, uint16_t account, uint16_t symbol, int64_t price,
                      int64_t *reference, mt_money *out)
{
    const struct mt_instrument *instrument = &ledger->instruments[symbol];
    mt_money quote;
    *reference = mt_pow10(instrument->qty_scale > 12 ? 18 : instrument->qty_scale + 6);
    int rc = mt_instrument_notional(instrument, *reference, price, MT_ROUND_UP, &quote);
    if (rc != 0)
        return rc;
    return mt_rates_convert(&ledger->rates, quote, ledger->quote_currency[symbol], ledger->accounts[account].currency,
                            MT_ROUND_UP, out);
}

/* budget / (money per reference) * reference, rounded down: units of quantity. What is paid for is rounded up, so it
 * costs something. */
static int afford(mt_money budget, mt_money per_reference, int64_t reference, mt_i128 *out)
{
    if (budget <= 0) {
        *out = 0;
        return 0;
    }
    return mt_muldiv128(budget, reference, per_reference, MT_ROUND_DOWN, out);
}

static int by_rule(const struct mt_sizing *sizing, const struct mt_ledger *ledger, uint16_t account, uint16_t symbol,
                   const struct mt_sizing_facts *facts, mt_i128 *qty)
{
    const struct mt_instrument *instrument = &ledger->instruments[symbol];
    mt_money equity = mt_ledger_equity(ledger, account), budget, per;
    int64_t reference, price = facts->price;
    int rc;
    switch (sizing->rule) {
    case MT_SIZE_FIXED:
        *qty = instrument->default_qty;
        return sizing->value == 0 ? 0 : mt_rescale128(sizing->value, 18, instrument->qty_scale, MT_ROUND_ZERO, qty);
    case MT_SIZE_NOTIONAL:
        budget = sizing->value;
        break;
    case MT_SIZE_RISK_FRACTION:
        rc = mt_muldiv128(equity, sizing->value, mt_pow10(FRACTION_SCALE), MT_ROUND_DOWN, &budget);
        if (rc != 0)
            return rc;
        if (facts->stop_distance > 0)
            price = facts->stop_distance;
        break;
    default:
        if (facts->volatility <= 0) {           /* not known yet: no size */
            *qty = 0;
            return 0;
        }
        rc = mt_muldiv128(equity, sizing->value, facts->volatility, MT_ROUND_DOWN, &budget);
        if (rc != 0)
            return rc;
        break;
    }
    rc = unit_money(ledger, account, symbol, price, &reference, &per);
    return rc ? rc : afford(budget, per, reference, qty);
}

static int cap_by_leverage(const struct mt_ledger *ledger, uint16_t account, uint16_t symbol, int64_t price,
                           mt_i128 *qty)
{
    mt_money per;
    mt_i128 most;
    int64_t reference;
    int rc = unit_money(ledger, account, symbol, price, &reference, &per);
    if (rc == 0)
        rc = afford(mt_ledger_equity(ledger, account) * ledger->accounts[account].leverage, per, reference, &most);
    if (rc == 0 && *qty > most)
        *qty = most;
    return rc;
}

int mt_sizing_qty(const struct mt_sizing *sizing, const struct mt_ledger *ledger, uint16_t account, uint16_t symbol,
                  const struct mt_sizing_facts *facts, int64_t *qty)
{
    const struct mt_instrument *instrument = &ledger->instruments[symbol];
    mt_i128 wide;
    int rc = by_rule(sizing, ledger, account, symbol, facts, &wide);
    if (rc == 0)
        rc = mt_muldiv128(wide, facts->scale, UNIT, MT_ROUND_DOWN, &wide);
    if (rc == 0)
        rc = cap_by_leverage(ledger, account, symbol, facts->price, &wide);
    if (rc != 0)
        return rc;
    wide -= wide % instrument->step;
    if (instrument->qty_max > 0 && wide > instrument->qty_max)
        wide = instrument->qty_max - instrument->qty_max % instrument->step;
    if (wide > INT64_MAX)
        return MT_ERANGE;
    *qty = wide < instrument->qty_min ? 0 : (int64_t)wide;
    return 0;
}

static mt_i128 root(mt_i128 x)
{
    mt_i128 low = 0, high = (mt_i128)1 << 62;
    while (low < high) {
        mt_i128 middle = (low + high + 1) / 2;
        if (middle <= x / middle)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

int64_t mt_sizing_volatility(const int64_t *closes, int count, int32_t tf_s)
{
    mt_i128 sum = 0;
    if (count < 2)
        return 0;
    for (int i = 1; i < count; i++) {
        if (closes[i - 1] <= 0)
            return 0;
        mt_i128 change = (mt_i128)(closes[i] - closes[i - 1]) * UNIT / closes[i - 1];
        if (change > (mt_i128)1000 * UNIT)
            change = (mt_i128)1000 * UNIT;
        sum += change * change;
    }
    mt_i128 per_year = sum / (count - 1) * (365 * 86400 / (tf_s > 0 ? tf_s : 1));
    return (int64_t)(root(per_year) / 10);      /* 10^-9 -> 10^-8 */
}
