/* live: the switches that real orders need, all of them: mode = "live" in the configuration, live = true on each
 * account, TRADING_ENABLED=true, and --live with the accounts typed on the command line. */
#ifndef MT_APP_LIVE_H
#define MT_APP_LIVE_H

#include "app/config.h"

/* What speaks against trading live. `asked`: the text of --live, "A,B" or PATTERN=20 with the number of accounts that
 * the pattern must match; NULL: not given. `missing` becomes one line with every switch that is not set. It stays ""
 * when none of them is set, so that nobody wants it, and when all are: then *armed. MT_EUSAGE: --live is malformed. */
int mt_live_switches(const struct mt_config *config, const char *asked, char *missing, size_t size, bool *armed,
                     struct mt_diag *diag) MT_CHECKED;

#endif
