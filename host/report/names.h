/* names: what the numbers of accounts, symbols and scopes stand for, with currencies and scales. Records hold numbers;
 * who shows them to people needs this and nothing else of the run. */
#ifndef MT_REPORT_NAMES_H
#define MT_REPORT_NAMES_H

#include <stddef.h>
#include <stdint.h>
#include "core/ledger.h"
#include "core/risk.h"
#include "model/instrument.h"

/* Borrowed; all 0: nothing is known yet. */
struct mt_names {
    const struct mt_account_setup *accounts; uint16_t account_count;
    const struct mt_instrument *instruments; uint16_t instrument_count;
    const struct mt_scope_setup *scopes; size_t scope_count;
};

/* "?" for an account that there is not. */
const char *mt_names_account(const struct mt_names *names, uint16_t account);
/* Never NULL: a symbol that there is not has scale 0 and the name "?". */
const struct mt_instrument *mt_names_instrument(const struct mt_names *names, uint16_t symbol);

#endif
