/* check_cut: what `check` can say of sizes that an account cannot carry, before there is a price. */
#ifndef MT_APP_CHECK_CUT_H
#define MT_APP_CHECK_CUT_H

#include <stddef.h>
#include "app/config.h"
#include "script/script.h"

/* "EURUSD above 0.999": a size of that symbol is cut where the price is higher; "always": at every price. "" where
 * nothing is cut, or where it depends on what only the data say. scale: of the account, "" = 1. */
void mt_check_cut(const struct mt_config *config, const struct mt_script_spec *spec,
                  const struct mt_config_account *account, const struct mt_sizing_spec *sizing, const char *scale,
                  char *out, size_t size);

#endif
