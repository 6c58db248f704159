/* replay: a recorded run once more. Each generation of the journal (a start and what followed, up to the next resume)
 * is run again from its own RUN_START: script, market and venue produce everything; only what came from outside, the
 * commands of operators, is taken from the journal. With --verify every record is compared, byte for byte. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/command.h"
#include "app/replay.h"
#include "app/runs.h"
#include "app/speed.h"
#include "base/buf.h"
#include "core/journal.h"

/* summary: as JSON; NULL for people. */
static void print(const struct mt_replay_report *report, const char *folder, const char *journal, bool verify,
                  const char *summary)
{
    struct mt_buf out;
    if (!summary) {
        printf("%s: %" PRIu64 " records in %u generation%s %s%s\n", journal, report->records, report->generations,
               report->generations == 1 ? "" : "s", verify ? "replayed to the same bytes" : "replayed",
               report->torn ? "; the journal breaks off, and is the same up to there" : "");
        return;
    }
    mt_buf_init(&out, SIZE_MAX / 2);
    mt_json_open(&out, NULL, '{');
    mt_json_text(&out, "run", mt_runs_id(folder));
    mt_json_text(&out, "journal", journal);
    mt_json_uint(&out, "records", report->records);
    mt_json_uint(&out, "generations", report->generations);
    mt_json_bool(&out, "verified", verify);
    mt_json_bool(&out, "breaks_off", report->torn);
    mt_json_raw(&out, "summary", summary);
    mt_json_close(&out, '}');
    puts(mt_buf_text(&out));
    mt_buf_fini(&out);
}

static int run(const char *which, const struct mt_common *common, bool verify, const char *speed_text,
               struct mt_diag *diag)
{
    char folder[MT_PATH_MAX], journal[MT_PATH_MAX];
    struct mt_replay_report report;
    double speed;
    int rc = mt_speed_parse(speed_text ? speed_text : "max", &speed, diag);
    if (rc == 0)
        rc = mt_runs_find(common->state, which, folder, diag);
    if (rc == 0)
        rc = mt_runs_journal(common->state, folder, journal, diag);
    if (rc != 0)
        return rc == MT_ENOTFOUND ? MT_EXIT_FAILED : mt_exit_of(rc);      /* as the look-ups */
    mt_command_run("replay", which, folder);
    struct mt_buf summary;
    mt_buf_init(&summary, SIZE_MAX / 2);
    struct mt_replay_options options = { .journal = journal, .verify = verify, .speed = speed,
                                         .summary = common->json ? &summary : NULL };
    rc = mt_replay_run(&options, &report, diag);
    if (rc == 0)
        print(&report, folder, journal, verify, common->json ? mt_buf_text(&summary) : NULL);
    mt_buf_fini(&summary);
    return mt_exit_of(rc);
}

int mt_cmd_replay(int argc, char **argv)
{
    struct mt_common common = { 0 };
    struct mt_opt_list words = { 0 };
    struct mt_diag diag = { 0 };
    bool verify = false, done;
    const char *speed = NULL;
    const struct mt_opt table[] = {
        MT_HOST_OPTIONS(&common),
        { "verify", MT_OPT_FLAG, &verify, NULL, "compare every record, byte for byte; 4 when they differ", 0, 0,
          false },
        { "speed", MT_OPT_TEXT, &speed, "N|max", "times faster than the clock (default max)", 0, 0, false },
        { 0 },
    };
    int code =
        mt_command_begin("mthost replay [JOURNAL|RUN] [--verify] [--speed N]      without a name: the newest run",
                         table, &common, argc, argv, &words, &done);
    if (done)
        return code;
    if (words.count > 1) {
        mt_fail(&diag, MT_EUSAGE, "replay: expected at most one JOURNAL or RUN");
        return mt_command_fail(MT_EXIT_USAGE, &diag);
    }
    code = run(words.count == 1 ? words.items[0] : NULL, &common, verify, speed, &diag);
    return diag.code != 0 ? mt_command_fail(code, &diag) : code;
}
