/* backtest: the whole of some recorded data, as fast as possible, with nothing of the outside in it. */
#include <stdio.h>
#include <unistd.h>

#include "app/command.h"
#include "app/host_log.h"
#include "app/progress.h"
#include "report/results.h"
#include "app/session_results.h"
#include "app/runs.h"
#include "app/session_loop.h"
#include "app/session_options.h"
#include "app/session_signals.h"
#include "base/clock.h"
#include "base/log.h"

struct backtest {
    struct mt_common common;
    struct mt_session_options options;
    struct mt_session *session;
    struct mt_results *results;
    struct mt_progress progress;
    const char *out;
    char dir[MT_PATH_MAX];
};

static void look_at_history(struct backtest *b)
{
    const struct mt_diag *lost = mt_journal_lost(b->session->journal);
    if (lost)
        mt_results_lost(b->results, lost->text);
}

static int poll(struct mt_loop *loop, int wait_ms, struct mt_diag *diag)
{
    struct backtest *b = loop->ud;
    (void)wait_ms;
    if (mt_signals_stop())
        loop->stop = true;
    mt_progress_bar(&b->progress, b->session);
    look_at_history(b);
    int rc = mt_results_poll(b->results, diag);
    const char *alarm = mt_results_alarm(b->results);
    if (alarm)
        mt_log(MT_LOG_ERROR, "backtest", NULL, "%s: the backtest goes on: its summary will be whole", alarm);
    return rc;
}

static int prepare(struct backtest *b, struct mt_diag *diag)
{
    struct mt_config *config;
    int rc = mt_config_load(&config, b->common.config, diag);
    if (rc != 0)
        return rc;
    b->options.sets = b->common.sets;
    rc = mt_host_log_session(&b->common, config, diag);
    if (rc == 0)
        rc = mt_session_prepare(&b->session, &b->options, config, diag);
    mt_config_free(config);
    if (rc == 0)
        mt_session_warn(b->session);
    return rc;
}

/* Its records, for the look-ups. Where there is no room for them they are a report that is not there. */
static int open_history(struct backtest *b, struct mt_journal **out, struct mt_diag *diag)
{
    char path[MT_PATH_MAX + 16];
    struct mt_rec_run_start start = mt_session_start_record(b->session);
    struct mt_journal_options in_memory = { .dir = NULL };
    mt_runs_history(b->dir, path);
    struct mt_journal_options options = { .dir = path, .host_id = start.host_id, .bulk = true,
                                          .segment_bytes = 8 << 20 };
    int rc = mt_journal_open(out, &options, b->session->plan->begin_ns, NULL, NULL, diag);
    if (rc != MT_EFULL)
        return rc;
    mt_results_lost(b->results, diag->text);
    *diag = (struct mt_diag){ 0 };
    return mt_journal_open(out, &in_memory, 0, NULL, NULL, diag);
}

static int compose(struct backtest *b, struct mt_diag *diag)
{
    struct mt_journal *journal;
    struct mt_results_options results = { 0 };
    int rc = mt_session_results(&b->results, b->session, &results, diag);
    if (rc == 0)
        rc = mt_session_matches(b->session, diag);
    if (rc == 0)
        rc = b->out ? mt_runs_make_at(b->out, b->dir, diag)
                    : mt_runs_make(b->common.state, b->session->spec->name, b->dir, diag);
    if (rc == 0)
        rc = open_history(b, &journal, diag);
    if (rc != 0)
        return rc;
    struct mt_observer observer = mt_results_observer(b->results);
    return mt_session_compose(b->session, journal, &observer, true, diag);
}

static int begin(struct backtest *b, struct mt_diag *diag)
{
    int rc = mt_results_open(b->results, b->dir, diag);
    if (rc == 0)
        mt_host_log_run("backtest", b->session->spec->path, b->dir, 0);
    return rc == 0 ? mt_session_begin(b->session, diag) : rc;
}

/* The rest of the records; whether they could all be written belongs to the summary. */
static int end_history(struct backtest *b, struct mt_diag *diag)
{
    int rc = mt_journal_flush(b->session->journal, MT_DURABLE_D1P, diag);
    look_at_history(b);
    return rc;
}

static int print(struct backtest *b, struct mt_diag *diag)
{
    if (b->common.json)
        return mt_results_put(b->results, false, diag);
    mt_results_print(b->results, NULL);
    return 0;
}

static void tell_stopped(const struct backtest *b)
{
    char when[MT_TIME_TEXT];
    mt_time_format(when, mt_engine_now(b->session->engine));
    fprintf(stderr, "mthost: backtest: stopped by a signal at %s: the result is of the data until then\n", when);
}

static int run(struct backtest *b, struct mt_diag *diag)
{
    struct mt_loop loop = { .session = b->session, .ud = b, .poll = poll, .operate_turn = UINT64_MAX };
    int rc = compose(b, diag);
    if (rc != 0)
        return rc == MT_EIO ? MT_EXIT_JOURNAL : mt_exit_of(rc);
    rc = begin(b, diag);
    if (rc != 0)
        return rc == MT_EIO ? MT_EXIT_JOURNAL : mt_exit_of(rc);
    mt_signals_catch();
    int64_t started = mt_clock_monotonic();
    rc = mt_loop_run(&loop, diag);
    int64_t elapsed = mt_clock_monotonic() - started;
    mt_progress_end(&b->progress);
    mt_log_tell();
    if (rc == 0 && loop.stop)
        tell_stopped(b);
    if (rc == 0)
        rc = end_history(b, diag);
    if (rc == 0)
        rc = mt_results_finish(b->results, elapsed, diag);
    if (rc == 0)
        rc = print(b, diag);
    mt_signals_ended();
    if (rc != 0)
        return mt_loop_exit(&loop, rc);
    mt_results_tell_end(b->results, diag);
    return mt_exit_of_end(mt_results_end_process(b->results));
}

int mt_cmd_backtest(int argc, char **argv)
{
    struct backtest b = { .options = { .seed = 1 } };
    struct mt_opt_list words = { 0 };
    struct mt_diag diag = { 0 };
    const struct mt_opt table[] = {
        MT_COMMON_OPTIONS(&b.common),
        MT_DATA_OPTIONS(&b.options),
        MT_COST_OPTIONS(&b.options),
        { "fill", MT_OPT_TEXT, &b.options.fill, "MODEL",
          "next_open (bars) or touch (quotes, trades); told by the data", 0, 0, false },
        { "out", MT_OPT_TEXT, &b.out, "DIR", "write the results there instead of STATE/runs/ID", 0, 0, false },
        { 0 },
    };
    bool done;
    int code =
        mt_command_begin("mthost backtest SCRIPT --data FILE… [--cash N] [--fee-bp X] [--fill MODEL] [--out DIR]",
                         table, &b.common, argc, argv, &words, &done);
    if (done)
        return code;
    if (words.count > 1) {
        mt_fail(&diag, MT_EUSAGE, "backtest: %s: several scripts in one run are not built yet; files of "
                "data come after --data", words.items[1]);
        return mt_command_fail(MT_EXIT_USAGE, &diag);
    }
    if (words.count != 1 || b.options.files.count == 0) {
        mt_fail(&diag, MT_EUSAGE, "backtest: expected one SCRIPT and --data FILE…: mthost backtest --help shows all");
        return mt_command_fail(MT_EXIT_USAGE, &diag);
    }
    b.options.script = words.items[0];
    mt_progress_init(&b.progress);
    int rc = prepare(&b, &diag);
    code = rc != 0 ? mt_exit_of(rc) : run(&b, &diag);
    if (diag.code != 0)
        mt_command_fail(code, &diag);
    mt_host_log_ended("backtest", code, &diag);
    mt_results_free(b.results);
    mt_session_free(b.session);
    return code;
}
