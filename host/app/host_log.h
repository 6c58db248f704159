/* host_log: how commands set up the log: its level, the terminal, the file STATE/logs/mthost.log of runs. */
#ifndef MT_APP_HOST_LOG_H
#define MT_APP_HOST_LOG_H

#include "app/common_options.h"
#include "app/config.h"
#include "base/err.h"

/* What every command begins with: stderr, at --log-level, else LOG_LEVEL, else WARNING; with --json never coloured.
 * MT_EUSAGE. */
int mt_host_log_begin(const struct mt_common *common, struct mt_diag *diag) MT_CHECKED;
/* For run and backtest, when the configuration and its .env are there: --log-level goes before LOG_LEVEL, that before
 * `log_level` of the configuration; and the file as well, at INFO where nobody said a level. Its file appears with the
 * first line. MT_EREFUSED. */
int mt_host_log_session(const struct mt_common *common, const struct mt_config *config,
                        struct mt_diag *diag) MT_CHECKED;
/* The run has begun: lines of the file name it, and floods are counted by the pace (market per wall time, 0: as fast as
 * possible). dir: its folder. */
void mt_host_log_run(const char *command, const char *script, const char *dir, double speed);
/* It has ended, as `code` and diag say, or was never begun. The file is closed. */
void mt_host_log_ended(const char *command, int code, const struct mt_diag *diag);

#endif
