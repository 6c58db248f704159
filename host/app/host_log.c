#include "app/host_log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/exit_code.h"
#include "app/runs.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"

/* Sixteen MiB are some hundred thousand lines; with those put aside it is never above a hundred. */
enum { FILE_BYTES = 16 << 20, FILES_KEPT = 5 };

static bool begun;              /* a line of the file says that a run began */

/* Set but empty is not said: so files of variables leave out what they do not need. */
static const char *level_of_environment(void)
{
    const char *name = getenv("LOG_LEVEL");
    return name && name[0] ? name : NULL;
}

static int level_of(const char *name, const char *where, int code, enum mt_log_level *level, struct mt_diag *diag)
{
    if (mt_log_level_parse(name, level) != 0)
        return mt_fail(diag, code, "%s: '%.40s' is none of %s", where, name, MT_LOG_LEVELS);
    return 0;
}

static void open_stderr(const struct mt_common *common, enum mt_log_level level)
{
    mt_log_init(STDERR_FILENO, level, isatty(STDERR_FILENO) && !common->json);
}

int mt_host_log_begin(const struct mt_common *common, struct mt_diag *diag)
{
    enum mt_log_level level = MT_LOG_WARNING;
    const char *env = level_of_environment();
    int rc = common->log_level ? level_of(common->log_level, "--log-level", MT_EUSAGE, &level, diag)
             : env             ? level_of(env, "LOG_LEVEL", MT_EUSAGE, &level, diag)
                               : 0;
    if (rc == 0)
        open_stderr(common, level);
    return rc;
}

int mt_host_log_session(const struct mt_common *common, const struct mt_config *config, struct mt_diag *diag)
{
    char path[MT_PATH_MAX];
    enum mt_log_level level = MT_LOG_WARNING;
    const char *env = level_of_environment();
    bool said = true;
    int rc = 0;
    if (common->log_level)
        rc = level_of(common->log_level, "--log-level", MT_EUSAGE, &level, diag);
    else if (env)                       /* that of the process was looked at before: this one is of the file */
        rc = level_of(env, ".env: LOG_LEVEL", MT_EREFUSED, &level, diag);
    else if (config->log_level[0])
        rc = level_of(config->log_level, "log_level", MT_EREFUSED, &level, diag);
    else
        said = false;
    if (rc != 0)
        return rc;
    open_stderr(common, level);
    if ((size_t)snprintf(path, sizeof path, "%s/logs/mthost.log", common->state) >= sizeof path)
        return mt_fail(diag, MT_EUSAGE, "--state: the path is too long");
    mt_log_file(path, said ? level : MT_LOG_INFO, FILE_BYTES, FILES_KEPT);
    return 0;
}

void mt_host_log_run(const char *command, const char *script, const char *dir, double speed)
{
    struct mt_buf fields;
    mt_buf_init(&fields, 1024);
    mt_json_text(&fields, "script", script);
    mt_log_run(mt_runs_id(dir));
    mt_log_window((int64_t)(speed * 60 * MT_NS_PER_S));
    begun = true;
    mt_log_each(MT_LOG_INFO, command, mt_buf_text(&fields), "begins");
    mt_buf_fini(&fields);
}

void mt_host_log_ended(const char *command, int code, const struct mt_diag *diag)
{
    char fields[32];
    mt_log_tell();
    snprintf(fields, sizeof fields, "\"exit\":%d", code);
    if (begun && code == MT_EXIT_DONE)
        mt_log_each(MT_LOG_INFO, command, fields, "ended");
    else if (begun)                     /* stderr has it as the one line of an error */
        mt_log_in_file(MT_LOG_ERROR, command, fields, "%s", diag->text);
    begun = false;
    mt_log_end();
    mt_log_close();
}
