#include "core/margin.h"

enum { RATE_ONE = 100000000 };          /* fee rates are in 10^-8 */

static int account_money(const struct mt_ledger *ledger, uint16_t account, uint16_t symbol, mt_money amount,
                         mt_money *out)
{
    return mt_rates_convert(&ledger->rates, amount, ledger->quote_currency[symbol],
                            ledger->accounts[account].currency, MT_ROUND_UP, out);
}

int mt_margin_bound(const struct mt_ledger *ledger, uint16_t account, uint16_t symbol, int64_t qty, int64_t price,
                    mt_money *out)
{
    mt_money money;
    int rc = mt_instrument_notional(&ledger->instruments[symbol], qty, price, MT_ROUND_UP, &money);
    if (rc == 0)
        rc = mt_div128(money, ledger->accounts[account].leverage, MT_ROUND_UP, &money);
    return rc ? rc : account_money(ledger, account, symbol, money, out);
}

int mt_margin_fee(const struct mt_ledger *ledger, uint16_t account, uint16_t symbol, int64_t qty, int64_t price,
                  mt_money *out)
{
    int64_t rate = ledger->accounts[account].taker_rate;
    mt_money money;
    *out = 0;
    if (rate <= 0)
        return 0;
    int rc = mt_instrument_notional(&ledger->instruments[symbol], qty, price, MT_ROUND_UP, &money);
    if (rc == 0)
        rc = mt_muldiv128(money, rate, RATE_ONE, MT_ROUND_UP, &money);
    return rc ? rc : account_money(ledger, account, symbol, money, out);
}

/* What does not fit into a number is more than anybody has. */
static int costs_more(const struct mt_ledger *ledger, uint16_t account, uint16_t symbol, int64_t price, mt_money room,
                      mt_i128 qty, bool *more)
{
    mt_money bound, fee, cost;
    *more = true;
    if (qty > INT64_MAX)
        return 0;
    int rc = mt_margin_bound(ledger, account, symbol, (int64_t)qty, price, &bound);
    if (rc == 0)
        rc = mt_margin_fee(ledger, account, symbol, (int64_t)qty, price, &fee);
    if (rc == 0)
        rc = mt_add128(bound, fee, &cost);
    if (rc == 0)
        *more = cost > room;
    return rc == MT_ERANGE ? 0 : rc;
}

int mt_margin_afford(const struct mt_ledger *ledger, uint16_t account, uint16_t symbol, int64_t price, mt_money room,
                     mt_i128 qty, mt_i128 *out)
{
    int64_t step = ledger->instruments[symbol].step;
    mt_i128 low = 0, high = qty / step;         /* in steps; low is affordable */
    bool more;
    int rc = costs_more(ledger, account, symbol, price, room, high * step, &more);
    if (rc == 0 && !more)
        low = high;
    while (rc == 0 && low < high - 1) {
        mt_i128 middle = low + (high - low) / 2;
        rc = costs_more(ledger, account, symbol, price, room, middle * step, &more);
        *(more ? &high : &low) = middle;
    }
    *out = low * step;
    return rc == 0 && low < qty / step && low == INT64_MAX / step ? MT_ERANGE : rc;
}
