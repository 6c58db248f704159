/* Names of what records have numbers for. */
#include "report/names.h"

const char *mt_names_account(const struct mt_names *names, uint16_t account)
{
    return account < names->account_count ? names->accounts[account].name : "?";
}

const struct mt_instrument *mt_names_instrument(const struct mt_names *names, uint16_t symbol)
{
    static const struct mt_instrument unknown = { .symbol = "?" };
    return symbol < names->instrument_count ? &names->instruments[symbol] : &unknown;
}
