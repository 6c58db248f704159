/* What a terminal shows: one line a symbol, always PAPER, rewritten in place; nothing when stderr is no terminal. */
#include <signal.h>

#include "app_kit.h"

#include "app/config.h"
#include "app/progress.h"
#include "app/session_options.h"
#include "app/session_signals.h"

struct shown { struct kit kit; struct mt_session *session; };

static int nothing(void *ud, const struct mt_engine *engine, const struct mt_record *record)
{
    (void)ud;
    (void)engine;
    (void)record;
    return 0;
}

static void start(struct shown *shown, const char *script, const char *symbols[2], const char *data)
{
    struct mt_config *config;
    struct mt_diag diag = { 0 };
    struct mt_journal *journal;
    struct mt_journal_options in_memory = { .dir = NULL };
    struct mt_observer observer = { .record = nothing };
    struct mt_session_options options = { .script = script, .seed = 1, .start_ns = INT64_C(1736150400) * MT_NS_PER_S };
    for (int i = 0; i < 2 && symbols[i]; i++)
        options.symbols.items[options.symbols.count++] = symbols[i];
    if (data)
        options.files = (struct mt_opt_list){ .items = { data }, .count = 1 };
    assert_int_equal(mt_config_load(&config, NULL, &diag), 0);
    assert_int_equal(mt_session_prepare(&shown->session, &options, config, &diag), 0);
    mt_config_free(config);
    assert_int_equal(mt_journal_open(&journal, &in_memory, 0, NULL, NULL, &diag), 0);
    assert_int_equal(mt_session_compose(shown->session, journal, &observer, true, &diag), 0);
    assert_int_equal(mt_session_begin(shown->session, &diag), 0);
    for (int i = 0; i < 50; i++) {
        int64_t now;
        if (mt_sim_next(shown->session->sim, INT64_MAX, &now, &diag) == 1)
            assert_int_equal(mt_engine_turn(shown->session->engine, now, &diag), 0);
    }
}

static char *show(struct shown *shown, void (*draw)(struct mt_progress *, const struct mt_session *), bool on, int times)
{
    struct mt_progress progress;
    char path[400];
    fflush(stderr);
    int saved = kit_redirect(&shown->kit, "err", STDERR_FILENO);
    mt_progress_init(&progress);
    assert_false(progress.on);                  /* a file is no terminal */
    progress.on = on;
    for (int i = 0; i < times; i++) {
        progress.shown_ns -= MT_NS_PER_S;
        draw(&progress, shown->session);
        draw(&progress, shown->session);        /* too early for another one */
    }
    mt_progress_end(&progress);
    mt_progress_end(&progress);
    fflush(stderr);
    dup2(saved, STDERR_FILENO);
    close(saved);
    snprintf(path, sizeof path, "%s/err", shown->kit.dir);
    return kit_read(path);
}

static int count(const char *text, const char *needle)
{
    int found = 0;
    for (const char *at = text; (at = strstr(at, needle)) != NULL; at += strlen(needle))
        found++;
    return found;
}

static void live_lines(void **state)
{
    struct shown shown;
    (void)state;
    kit_init(&shown.kit);
    start(&shown, "bench/w5.lua", (const char *[]){ "BTCUSDT", "EURUSD" }, NULL);
    char *text = show(&shown, mt_progress_live, true, 3);
    assert_int_equal(count(text, "PAPER 2025-01-06T08:00:"), 6);
    assert_int_equal(count(text, "BTCUSDT"), 3);
    assert_int_equal(count(text, "EURUSD"), 3);
    assert_int_equal(count(text, "\033[1A"), 2);
    assert_int_equal(count(text, "flat"), 6);
    assert_int_equal(text[strlen(text) - 1], '\n');
    free(text);
    text = show(&shown, mt_progress_live, false, 3);
    assert_string_equal(text, "");
    free(text);
    mt_session_free(shown.session);
    kit_fini(&shown.kit);
}

static void bar_of_a_backtest(void **state)
{
    struct shown shown;
    char path[400];
    (void)state;
    kit_init(&shown.kit);
    kit_write(&shown.kit, "q.csv", "time,bid,ask\n2024-01-01T00:00:00Z,1.1,1.2\n2024-01-01T00:00:01Z,1.2,1.3\n");
    snprintf(path, sizeof path, "%s/q.csv", shown.kit.dir);
    start(&shown, "bench/w5.lua", (const char *[]){ "EURUSD", NULL }, path);
    char *text = show(&shown, mt_progress_bar, true, 2);
    assert_int_equal(count(text, "\r\033[K[##############################] 100 %"), 2);
    free(text);
    mt_session_free(shown.session);
    kit_fini(&shown.kit);
}

static void flags_of_signals(void **state)
{
    (void)state;
    mt_signals_catch();
    assert_false(mt_signals_stop());
    assert_false(mt_signals_kill());
    raise(SIGUSR2);
    assert_true(mt_signals_kill());
    assert_false(mt_signals_kill());
    raise(SIGTERM);
    assert_true(mt_signals_stop());
    assert_true(mt_signals_stop());
    mt_signals_catch();
    assert_false(mt_signals_stop());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(live_lines),
        cmocka_unit_test(bar_of_a_backtest),
        cmocka_unit_test(flags_of_signals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
