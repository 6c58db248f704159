/* A running host, steered over its socket and by signals: what it answers, what it does, and that the journal replays to
 * the same bytes although nobody can say when the commands came. */
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "app_kit.h"

#include "app/control.h"

struct host { struct kit kit; pid_t pid; char run[MT_PATH_MAX]; };

static void pause_ms(int ms)
{
    struct timespec wait = { ms / 1000, ms % 1000 * 1000000L };
    nanosleep(&wait, NULL);
}

/* Start `run` in a child and wait until it answers. */
static void host_start(struct host *host, const char *words)
{
    char socket[MT_PATH_MAX + 32], state[300];
    static char answer[MT_CONTROL_ANSWER_MAX];
    kit_init(&host->kit);
    fflush(NULL);
    host->pid = fork();
    assert_true(host->pid >= 0);
    if (host->pid == 0) {
        struct outcome outcome = kit_call(&host->kit, words);
        kit_free(&outcome);
        exit(outcome.code);     /* not _exit: coverage is counted there */
    }
    snprintf(state, sizeof state, "%s/state", host->kit.dir);
    for (int i = 0; i < 500; i++) {
        struct mt_diag diag = { 0 };
        pause_ms(20);
        if (mt_runs_newest(state, NULL, MT_RUNS_JOURNAL, host->run, &diag) != 0)
            continue;
        snprintf(socket, sizeof socket, "%s/control.sock", host->run);
        if (access(socket, F_OK) == 0 && mt_control_send(host->run, "status", answer, sizeof answer, &diag) == 0)
            return;
    }
    kill(host->pid, SIGKILL);
    fail_msg("the run does not answer");
}

static void ask(struct host *host, const char *line, const char *begins)
{
    static char answer[MT_CONTROL_ANSWER_MAX];
    struct mt_diag diag = { 0 };
    assert_int_equal(mt_control_send(host->run, line, answer, sizeof answer, &diag), 0);
    if (strncmp(answer, begins, strlen(begins)) != 0)
        print_message("%s: %.200s\n", line, answer);
    assert_int_equal(strncmp(answer, begins, strlen(begins)), 0);
}

static json_t *status(struct host *host)
{
    static char answer[MT_CONTROL_ANSWER_MAX];
    struct mt_diag diag = { 0 };
    assert_int_equal(mt_control_send(host->run, "status", answer, sizeof answer, &diag), 0);
    assert_int_equal(strncmp(answer, "ok\n", 3), 0);
    json_t *json = json_loads(answer + 3, 0, NULL);
    assert_non_null(json);
    return json;
}

static int host_wait(struct host *host)
{
    int code;
    for (int i = 0; i < 1000; i++) {
        pid_t got = waitpid(host->pid, &code, WNOHANG);
        if (got == host->pid)
            return WIFEXITED(code) ? WEXITSTATUS(code) : 100 + WTERMSIG(code);
        pause_ms(20);
    }
    kill(host->pid, SIGKILL);
    fail_msg("the run does not end");
    return -1;
}

static void host_end(struct host *host)
{
    kit_expect(&host->kit, "replay --verify", 0);
    kit_fini(&host->kit);
}

static const char *worst_state(json_t *json)
{
    json_t *first = json_array_get(json_object_get(json, "not_active"), 0);
    return first ? json_string_value(json_object_get(first, "state")) : "active";
}

static void commands_act_and_replay(void **state)
{
    struct host host;
    (void)state;
    host_start(&host, "run scripts/scalp.lua --speed 120 --seed 1");
    json_t *json = status(&host);
    assert_string_equal(kit_text(json, "mode"), "PAPER");
    json_decref(json);
    ask(&host, "params hold=25", "ok hold=25 is set");
    ask(&host, "params hold=-1", "error");
    ask(&host, "params nothing=1", "error");
    pause_ms(300);
    ask(&host, "reduce sim", "ok sim: nothing may increase");
    json = status(&host);
    assert_string_equal(worst_state(json), "reduce_only");
    json_decref(json);
    ask(&host, "halt", "ok all accounts: only cancels pass now, and only stops that lie at the venue");
    pause_ms(200);
    ask(&host, "resume", "ok all accounts: trading again");
    ask(&host, "resume sim", "ok sim: trading again");
    ask(&host, "flatten sim BTCUSDT", "ok sim BTCUSDT: ");
    pause_ms(300);
    json = status(&host);
    assert_string_equal(worst_state(json), "active");
    assert_int_equal(json_integer_value(json_object_get(json_object_get(json, "params"), "hold")), 25);
    json_decref(json);
    ask(&host, "stop", "ok");
    assert_int_equal(host_wait(&host), 0);
    host_end(&host);
}

static void nonsense_is_answered(void **state)
{
    static const char *const lines[] = { "", " ", "nothing", "params", "params a", "params a b", "halt x", "halt sim X",
                                         "halt sim BTCUSDT X", "status now", "stop sim", "statusstatusstatus" };
    struct host host;
    char huge[3000];
    (void)state;
    host_start(&host, "run scripts/scalp.lua --speed 50 --seed 1");
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        ask(&host, lines[i], "error");
    memset(huge, 'a', sizeof huge - 1);
    huge[sizeof huge - 1] = '\0';
    ask(&host, huge, "error");
    ask(&host, "kill", "ok");
    json_t *json = status(&host);
    assert_string_equal(worst_state(json), "killed");
    json_decref(json);
    kill(host.pid, SIGTERM);
    assert_int_equal(host_wait(&host), 0);
    host_end(&host);
}

static void signals_kill_and_stop(void **state)
{
    struct host host;
    (void)state;
    host_start(&host, "run scripts/scalp.lua --speed 50 --seed 2");
    kill(host.pid, SIGUSR2);
    pause_ms(200);
    json_t *json = status(&host);
    assert_string_equal(worst_state(json), "killed");
    json_decref(json);
    kill(host.pid, SIGINT);
    assert_int_equal(host_wait(&host), 0);
    kit_expect(&host.kit, "run scripts/scalp.lua --resume --for 5m --speed max", 0);     /* stopped is not ended */
    host_end(&host);
}

/* The file STATE/KILL needs neither socket nor signal. */
static void a_file_kills(void **state)
{
    struct host host;
    (void)state;
    host_start(&host, "run scripts/scalp.lua --speed 50 --seed 2");
    kit_write(&host.kit, "state/KILL", "");
    for (int i = 0; i < 100; i++) {
        pause_ms(20);
        json_t *json = status(&host);
        bool killed = strcmp(worst_state(json), "killed") == 0;
        json_decref(json);
        if (killed)
            break;
        assert_true(i < 99);
    }
    ask(&host, "stop", "ok");
    assert_int_equal(host_wait(&host), 0);
    host_end(&host);
}

/* As fast as the machine can: commands come every 4096 turns, and the stop does, too. */
static void steered_at_full_speed(void **state)
{
    struct host host;
    (void)state;
    host_start(&host, "run scripts/scalp.lua --speed max --seed 3");
    ask(&host, "params hold=9", "ok");
    ask(&host, "halt", "ok");
    ask(&host, "resume", "ok");
    ask(&host, "flatten", "ok");
    kill(host.pid, SIGTERM);
    assert_int_equal(host_wait(&host), 0);
    host_end(&host);
}

static void second_signal_ends_at_once(void **state)
{
    struct host host;
    (void)state;
    host_start(&host, "run scripts/scalp.lua --speed 1 --seed 3");
    kill(host.pid, SIGSTOP);
    kill(host.pid, SIGINT);
    kill(host.pid, SIGTERM);
    kill(host.pid, SIGCONT);
    assert_int_equal(host_wait(&host), 1);
    host_end(&host);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commands_act_and_replay),
        cmocka_unit_test(nonsense_is_answered),
        cmocka_unit_test(signals_kill_and_stop),
        cmocka_unit_test(a_file_kills),
        cmocka_unit_test(steered_at_full_speed),
        cmocka_unit_test(second_signal_ends_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
