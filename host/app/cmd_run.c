/* run: trade, in simulation: on recorded data or a generated market, at the pace of a clock or as fast as possible,
 * with a journal, open to commands from outside. --resume goes on where an interrupted run was. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/command.h"
#include "app/control.h"
#include "app/host_log.h"
#include "app/live.h"
#include "app/open_positions.h"
#include "app/progress.h"
#include "app/results.h"
#include "app/run_control.h"
#include "app/run_resume.h"
#include "app/runs.h"
#include "app/session_loop.h"
#include "app/session_options.h"
#include "app/session_signals.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"

/* A generated market as fast as possible begins at a fixed time, so that the same seed gives the same run: a Monday,
 * 08:00. */
static const int64_t fast_start_ns = INT64_C(1736150400) * MT_NS_PER_S;

struct run {
    struct mt_common common;
    struct mt_session_options options;
    const char *speed_text, *venue, *live;
    bool resume;
    double speed;                   /* 0: as fast as possible */
    struct mt_session *session;
    struct mt_results *results;
    struct mt_control *control;
    struct mt_progress progress;
    struct mt_run_control commands;
    char dir[MT_PATH_MAX];
    char missing[1024];             /* switches of live trading, when some are set and others not */
    int64_t flushed_ns;             /* wall clock */
};

/* --- the loop's look outside -------------------- */

/* Policies that sync lazily want a call once a second (journal.h). */
static int flush_journal(struct run *run, struct mt_diag *diag)
{
    int64_t now = mt_clock_monotonic();
    if (run->session->plan->durability == MT_POLICY_NONE || now - run->flushed_ns < MT_NS_PER_S)
        return 0;
    run->flushed_ns = now;
    return mt_journal_flush(run->session->journal, MT_DURABLE_D3, diag);
}

/* Not asked for by a command, whose answer would say it. */
static void tell_killed(const struct run *run, const char *by)
{
    struct mt_open_positions positions;
    char note[512];
    mt_open_positions(run->session, -1, -1, &positions);
    mt_open_tell(&positions, note, sizeof note);
    fprintf(stderr, "mthost: run: killed by %s%s: everything is being cancelled, exits too, and stays dead: %s\n",
            by[0] == '/' ? run->common.state : "", by, note[0] ? note : "no position is open");
}

static int kill_by_itself(struct mt_loop *loop, const char *who, const char *text, const char *by, struct mt_diag *diag)
{
    int rc = mt_loop_operator(loop, MT_OPERATOR_KILL, -1, -1, who, text, diag);
    if (rc == 0)
        tell_killed(loop->ud, by);
    return rc;
}

/* Reports may fail alone: the journal goes on, and with it exits and cancels, but nothing may increase a position whose
 * books cannot be shown. */
static int look_at_reports(struct mt_loop *loop, struct mt_diag *diag)
{
    struct run *run = loop->ud;
    int rc = mt_results_poll(run->results, diag);
    const char *alarm = mt_results_alarm(run->results);
    if (rc != 0 || !alarm)
        return rc;
    mt_log(MT_LOG_ERROR, "run", NULL, "%s: the run goes on, but nothing may increase a position now (reduce); the "
           "journal has everything", alarm);
    return mt_loop_operator(loop, MT_OPERATOR_REDUCE, -1, -1, "reports", "a report cannot be written", diag);
}

static int poll(struct mt_loop *loop, int wait_ms, struct mt_diag *diag)
{
    struct run *run = loop->ud;
    int rc = look_at_reports(loop, diag);
    if (rc == 0)
        rc = flush_journal(run, diag);
    mt_progress_live(&run->progress, run->session);
    mt_control_poll(run->control, wait_ms);
    if (rc == 0)
        rc = run->commands.failed;
    if (rc == 0 && mt_signals_kill())
        rc = kill_by_itself(loop, "signal", "SIGUSR2", "SIGUSR2", diag);
    if (rc == 0 && mt_control_kill_file(run->control))
        rc = kill_by_itself(loop, "file", "KILL", "/KILL", diag);
    if (rc == 0 && mt_signals_stop() && !loop->stop)
        rc = mt_loop_operator(loop, MT_OPERATOR_STOP, -1, -1, "signal", "SIGINT, SIGTERM or SIGHUP", diag);
    return rc;
}

static int exit_code(struct mt_loop *loop)
{
    const struct run *run = loop->ud;
    return mt_results_exit(run->results);
}

/* --- preparing -------------------- */

static int parse_speed(struct run *run, struct mt_diag *diag)
{
    if (!run->speed_text)
        run->speed = 1;
    else if (strcmp(run->speed_text, "max") == 0)
        run->speed = 0;
    else if (mt_double_parse(run->speed_text, strlen(run->speed_text), &run->speed) != 0 || !(run->speed >= 0.001)
             || run->speed > 1e6)
        return mt_fail(diag, MT_EUSAGE,
                       "--speed: '%s': expected max, or how many times faster than the clock (0.001 to "
                       "1000000)",
                       run->speed_text);
    return 0;
}

static int check_venue(const struct run *run, struct mt_diag *diag)
{
    if (run->venue && strcmp(run->venue, "sim") != 0)
        return mt_fail(diag, MT_EUSAGE, "--venue %s: not built yet: the one venue is sim", run->venue);
    return 0;
}

/* Anything less than all the switches is simulation, and that is said: nobody shall think that it trades. */
static int check_live(struct run *run, const struct mt_config *config, struct mt_diag *diag)
{
    bool armed;
    int rc = mt_live_switches(config, run->live, run->missing, sizeof run->missing, &armed, diag);
    if (rc == 0 && armed)
        return mt_fail(diag, MT_EUSAGE, "--live %s: all switches are set, but live trading is not built yet: without "
                       "--live everything is simulated", run->live);
    return rc;
}

static int64_t market_start(const struct run *run)
{
    struct mt_clock clock;
    if (run->speed == 0)
        return fast_start_ns;
    mt_clock_real(&clock);
    return clock.now(&clock) / MT_NS_PER_S * MT_NS_PER_S;
}

/* A resume goes on at the speed it had, unless another is said now. */
static int settle_speed(struct run *run, struct mt_diag *diag)
{
    struct mt_session_plan *plan = run->session->plan;
    if (run->speed_text || !plan->speed || !plan->speed[0])
        plan->speed = mt_plan_text(plan, run->speed_text ? run->speed_text : "1");
    run->speed_text = plan->speed;
    return plan->speed ? parse_speed(run, diag) : mt_fail(diag, MT_ENOMEM, "run: no memory");
}

static int prepare_new(struct run *run, const struct mt_config *config, struct mt_diag *diag)
{
    run->options.start_ns = market_start(run);
    if (run->options.seed < 0)
        run->options.seed = 1;
    return mt_session_prepare(&run->session, &run->options, config, diag);
}

/* A supervisor repeats its command line: where there is nothing to go on with a new run begins, and that is said. */
static int prepare_resume(struct run *run, const struct mt_config *config, struct mt_diag *diag)
{
    int rc = mt_run_resume_prepare(&run->session, &run->options, run->common.state, run->dir, diag);
    if (rc != MT_EEND)
        return rc;
    fprintf(stderr, "mthost: run: --resume: %s: a new run begins\n", diag->text);
    *diag = (struct mt_diag){ 0 };
    run->resume = false;
    return prepare_new(run, config, diag);
}

static int prepare(struct run *run, struct mt_diag *diag)
{
    struct mt_config *config;
    int rc = mt_config_load(&config, run->common.config, diag);
    if (rc != 0)
        return rc;
    run->options.sets = run->common.sets;
    rc = check_live(run, config, diag);
    if (rc == 0)
        rc = mt_host_log_session(&run->common, config, diag);
    if (rc == 0)
        rc = run->resume ? prepare_resume(run, config, diag) : prepare_new(run, config, diag);
    mt_config_free(config);
    if (rc == 0)
        rc = settle_speed(run, diag);
    if (rc == 0) {
        if (run->missing[0])
            fprintf(stderr, "mthost: run: simulated, not live: missing: %s\n", run->missing);
        mt_session_warn(run->session);
        struct mt_results_options results = { .lines = run->common.json, .stream = true };
        rc = mt_results_new(&run->results, run->session, &results, diag);
    }
    return rc;
}

static int open_journal(struct run *run, struct mt_journal **out, struct mt_diag *diag)
{
    char path[MT_PATH_MAX + 16];
    const struct mt_session_plan *plan = run->session->plan;
    struct mt_rec_run_start start = mt_session_start_record(run->session);
    snprintf(path, sizeof path, "%s/journal", run->dir);
    struct mt_journal_options options = { .dir = path, .host_id = start.host_id, .policy = plan->durability,
                                          .disk_floor_bytes = plan->disk_floor };
    return mt_journal_open(out, &options, plan->begin_ns, NULL, NULL, diag);
}

static int compose(struct run *run, struct mt_diag *diag)
{
    struct mt_journal *journal;
    int rc = run->resume ? 0 : mt_runs_make(run->common.state, run->session->spec->name, run->dir, diag);
    if (rc == 0)
        rc = open_journal(run, &journal, diag);
    if (rc != 0)
        return rc;
    struct mt_observer observer = mt_results_observer(run->results);
    rc = mt_session_compose(run->session, journal, &observer, false, diag);
    return rc == 0 ? mt_session_matches(run->session, diag) : rc;
}

static int begin(struct run *run, struct mt_diag *diag)
{
    if (run->resume)
        return mt_run_resume_begin(run->session, run->results, run->dir, diag);
    int rc = mt_results_open(run->results, run->dir, diag);
    return rc == 0 ? mt_session_begin(run->session, diag) : rc;
}

/* --- running -------------------- */

static int print(struct run *run, struct mt_diag *diag)
{
    if (run->common.json)
        return mt_results_put(run->results, true, diag);
    mt_results_print(run->results, "mthost trades · mthost signals · mthost replay --verify");
    return 0;
}

/* Recorded data at the pace of the clock look as if nothing happened; so does a market that never ends. */
static void tell_speed(const struct run *run)
{
    bool told = run->resume || run->session->plan->data.file_count > 0;
    if (run->speed > 0 && told)
        fprintf(stderr, "%s at speed %s%s: --speed max goes as fast as the machine can\n",
                run->resume ? "resumed" : "running", run->speed_text, run->speed == 1 ? ", in real time" : "");
    if (run->session->plan->data.file_count == 0 && run->session->plan->end_ns == INT64_MAX)
        fprintf(stderr, "a generated market has no end: Ctrl-C or mthost stop ends the run, --for 10m bounds it\n");
}

static void tell_left_open(const struct run *run)
{
    struct mt_open_positions positions;
    char note[512];
    mt_open_positions(run->session, -1, -1, &positions);
    if (positions.flattened.count > 0 && positions.killed.count == 0)
        positions.killed = positions.flattened;         /* it did not come to it */
    positions.flattened.count = 0;
    mt_open_tell_left(&positions, note, sizeof note);
    if (note[0])
        fprintf(stderr, "mthost: run: ended %s: %s\n", mt_trading_state_name(positions.worst), note);
}

static int trade(struct run *run, struct mt_loop *loop, struct mt_diag *diag)
{
    tell_speed(run);
    mt_signals_catch();
    int64_t started = mt_clock_monotonic();
    int rc = mt_loop_run(loop, diag);
    int64_t elapsed = mt_clock_monotonic() - started;
    mt_progress_end(&run->progress);
    mt_log_tell();
    if (rc != 0)
        return mt_loop_exit(loop, rc);
    rc = mt_results_finish(run->results, elapsed, diag);
    if (rc == 0) {
        struct mt_journal *journal = run->session->journal;
        run->session->journal = NULL;
        rc = mt_journal_close(journal, diag);
    }
    if (rc == 0)
        rc = print(run, diag);
    mt_signals_ended();
    if (rc != 0)
        return mt_loop_exit(loop, rc);
    mt_results_tell_exit(run->results, diag);
    int code = mt_results_exit_process(run->results);
    if (code == MT_EXIT_DONE)
        tell_left_open(run);
    return code;
}

static int run_session(struct run *run, struct mt_diag *diag)
{
    struct mt_loop loop = { .session = run->session, .speed = run->speed, .ud = run, .poll = poll,
                            .operate_turn = UINT64_MAX, .exit_code = exit_code };
    int rc = compose(run, diag);
    if (rc == 0)
        mt_host_log_run("run", run->session->spec->path, run->dir, run->speed);
    if (rc == 0)
        rc = begin(run, diag);
    if (rc != 0)
        return rc == MT_EIO ? MT_EXIT_JOURNAL : mt_exit_of(rc);
    run->commands = (struct mt_run_control){ .loop = &loop, .session = run->session, .results = run->results,
                                             .dir = run->dir };
    rc = mt_control_open(&run->control, run->dir, run->common.state, mt_run_control_handle, &run->commands, diag);
    if (rc != 0)
        return mt_exit_of(rc);
    int code = trade(run, &loop, diag);
    mt_control_close(run->control);
    return code;
}

static int run_words(struct run *run, const struct mt_opt_list *words, struct mt_diag *diag)
{
    if (words->count > 1)
        return mt_fail(diag, MT_EUSAGE, "run: %s: several scripts in one run are not built yet; files of "
                       "data come after --data", words->items[1]);
    if (words->count != 1)
        return mt_fail(diag, MT_EUSAGE, "run: expected one SCRIPT: mthost run --help shows all");
    run->options.script = words->items[0];
    int rc = parse_speed(run, diag);
    return rc == 0 ? check_venue(run, diag) : rc;
}

int mt_cmd_run(int argc, char **argv)
{
    struct run run = { .options = { .seed = -1 } };        /* not said */
    struct mt_opt_list words = { 0 };
    struct mt_diag diag = { 0 };
    const struct mt_opt table[] = {
        MT_COMMON_OPTIONS(&run.common),
        MT_DATA_OPTIONS(&run.options),
        MT_COST_OPTIONS(&run.options),
        { "speed", MT_OPT_TEXT, &run.speed_text, "N|max", "times faster than the clock (default 1)", 0, 0, false },
        { "for", MT_OPT_DURATION, &run.options.for_ns, "TIME", "market time: 30s 10m 2h", 0, 0, false },
        { "resume", MT_OPT_FLAG, &run.resume, NULL, "go on with the newest interrupted run of this script", 0, 0,
          false },
        { "venue", MT_OPT_TEXT, &run.venue, "V", "sim", 0, 0, false },
        { "live", MT_OPT_TEXT, &run.live, "A,B", "accounts for real orders, or PATTERN=COUNT; not built yet", 0, 0,
          false },
        { 0 },
    };
    bool done;
    int code =
        mt_command_begin("mthost run SCRIPT [--symbols A,B] [--data FILE…] [--speed N|max] [--for 30s] [--resume]",
                         table, &run.common, argc, argv, &words, &done);
    if (done)
        return code;
    mt_progress_init(&run.progress);
    int rc = run_words(&run, &words, &diag);
    if (rc == 0 && mt_control_kill_there(run.common.state)) {
        mt_fail(&diag, MT_EREFUSED, "run: %s/KILL is there: nothing will trade; remove it", run.common.state);
        return mt_command_fail(MT_EXIT_RISK, &diag);
    }
    if (rc == 0)
        rc = prepare(&run, &diag);
    code = rc != 0 ? mt_exit_of(rc) : run_session(&run, &diag);
    if (diag.code != 0)
        mt_command_fail(code, &diag);
    mt_host_log_ended("run", code, &diag);
    mt_results_free(run.results);
    mt_session_free(run.session);
    return code;
}
