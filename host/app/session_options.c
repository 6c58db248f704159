/* What run and backtest do alike before there is a session. */
#include "app/session_options.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

void mt_session_warn(struct mt_script *script)
{
    const char *line = mt_script_never_called(script);
    for (size_t length; (length = strcspn(line, "\n")) > 0; line += length + (line[length] == '\n'))
        mt_log(MT_LOG_WARN, "script", NULL, "%.*s", (int)length, line);
}

int mt_session_log_level(const struct mt_common *common, const struct mt_config *config, struct mt_diag *diag)
{
    enum mt_log_level level;
    if (common->log_level || getenv("LOG_LEVEL") || config->log_level[0] == '\0')
        return 0;
    if (mt_log_level_parse(config->log_level, &level) != 0)
        return mt_fail(diag, MT_EREFUSED, "%s: log_level: '%s' is none of debug info warn error off", config->path,
                       config->log_level);
    mt_log_init(STDERR_FILENO, level, isatty(STDERR_FILENO));
    return 0;
}
