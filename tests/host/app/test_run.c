/* Whole runs of the shipped script: what the summary says is what the lines, the files and the journal say; the same run
 * gives the same result whatever surrounds it; bad words get one line and the right exit code. */
#include <locale.h>
#include <math.h>
#include <time.h>

#include "app_kit.h"

static const char *const ten_minutes = "run scripts/scalp.lua --for 10m --speed max --seed 1 --json";

static int64_t count_lines(const char *text, const char *needle)
{
    int64_t count = 0;
    for (const char *at = text; (at = strstr(at, needle)) != NULL; at += strlen(needle))
        count++;
    return count;
}

static int64_t rows(const char *run, const char *name)
{
    char path[MT_PATH_MAX + 32];
    snprintf(path, sizeof path, "%s/%s", run, name);
    char *text = kit_read(path);
    int64_t count = count_lines(text, "\n") - 1;
    free(text);
    return count;
}

static void summary_agrees_with_lines_and_files(void **state)
{
    struct kit kit;
    char run[MT_PATH_MAX];
    (void)state;
    kit_init(&kit);
    struct outcome outcome = kit_call(&kit, ten_minutes);
    assert_int_equal(outcome.code, 0);
    int64_t denied = count_lines(outcome.out, "{\"ev\":\"intent\""), fills = count_lines(outcome.out, "{\"ev\":\"fill\"");
    int64_t signals = count_lines(outcome.out, "{\"ev\":\"signal\""), vetoes = count_lines(outcome.out, "{\"ev\":\"veto\"");
    json_t *summary = kit_json(&outcome);
    kit_run(&kit, run);
    assert_string_equal(kit_text(summary, "ev"), "summary");
    assert_string_equal(kit_text(summary, "run"), run);
    assert_int_equal(kit_int(summary, "signals"), signals);
    assert_int_equal(kit_int(summary, "vetoes"), vetoes);
    assert_int_equal(kit_int(summary, "fills"), fills);
    assert_int_equal(kit_int(summary, "orders"), denied);
    assert_int_equal(kit_int(summary, "intents"), kit_int(summary, "orders") + kit_int(summary, "denied"));
    assert_int_equal(rows(run, "trades.csv"), kit_int(summary, "trades"));
    assert_int_equal(rows(run, "orders.csv"), kit_int(summary, "intents"));
    assert_true(rows(run, "vetoes.csv") >= vetoes);
    assert_true(rows(run, "marks.csv") > 0 && rows(run, "equity.csv") > 0);
    static const char *const positive[] = { "signals", "vetoes", "orders", "fills", "trades" };
    for (size_t i = 0; i < sizeof positive / sizeof *positive; i++)
        assert_true(kit_int(summary, positive[i]) > 0);
    json_decref(summary);
    kit_free(&outcome);
    kit_fini(&kit);
}

/* summary.json and the last line are one object but for `ev` and the measured times. */
static void summary_file_is_the_summary_line(void **state)
{
    static const char *const measured[] = { "ev", "elapsed_s", "events_per_s", "rss_mb" };
    struct kit kit;
    char run[MT_PATH_MAX], path[MT_PATH_MAX + 32];
    (void)state;
    kit_init(&kit);
    struct outcome outcome = kit_call(&kit, ten_minutes);
    json_t *line = kit_json(&outcome);
    kit_run(&kit, run);
    snprintf(path, sizeof path, "%s/summary.json", run);
    json_t *file = json_load_file(path, 0, NULL);
    assert_non_null(file);
    for (size_t i = 0; i < sizeof measured / sizeof *measured; i++) {
        json_object_del(line, measured[i]);
        json_object_del(file, measured[i]);
    }
    assert_true(json_equal(line, file));
    json_decref(line);
    json_decref(file);
    kit_free(&outcome);
    kit_fini(&kit);
}

static char *hash_of(const struct kit *kit, const char *words)
{
    struct outcome outcome = kit_call(kit, words);
    assert_int_equal(outcome.code, 0);
    json_t *summary = kit_json(&outcome);
    char *hash = strdup(kit_text(summary, "result_hash"));
    json_decref(summary);
    kit_free(&outcome);
    return hash;
}

static void same_result_whatever_surrounds_it(void **state)
{
    struct kit kit;
    (void)state;
    kit_init(&kit);
    char *first = hash_of(&kit, ten_minutes), *second = hash_of(&kit, ten_minutes);
    setenv("TZ", "Asia/Kathmandu", 1);
    tzset();
    if (!setlocale(LC_ALL, "de_DE.UTF-8"))
        setlocale(LC_ALL, "C.UTF-8");
    char *third = hash_of(&kit, ten_minutes);
    setlocale(LC_ALL, "C");
    unsetenv("TZ");
    char *other_seed = hash_of(&kit, "run scripts/scalp.lua --for 10m --speed max --seed 2 --json");
    char *longer = hash_of(&kit, "run scripts/scalp.lua --for 20m --speed max --seed 1 --json");
    assert_string_equal(first, second);
    assert_string_equal(first, third);
    assert_string_not_equal(first, other_seed);
    assert_string_not_equal(first, longer);
    free(first);
    free(second);
    free(third);
    free(other_seed);
    free(longer);
    kit_fini(&kit);
}

/* Pacing changes when things happen for the person who waits, not what happens; the start is another, so only the number of
 * events per market time is compared. */
static void paced_run_ends_on_time(void **state)
{
    struct kit kit;
    struct timespec before, after;
    (void)state;
    kit_init(&kit);
    clock_gettime(CLOCK_MONOTONIC, &before);
    kit_expect(&kit, "run scripts/scalp.lua --for 20s --speed 40 --seed 1", 0);
    clock_gettime(CLOCK_MONOTONIC, &after);
    double passed = (double)(after.tv_sec - before.tv_sec) + (double)(after.tv_nsec - before.tv_nsec) / 1e9;
    assert_true(passed > 0.4 && passed < 10);
    kit_expect(&kit, "replay --verify", 0);
    kit_fini(&kit);
}

static void w1_has_its_check_value(void **state)
{
    struct kit kit;
    char words[1024];
    (void)state;
    if (!have_shared(W1_BARS))
        skip();
    kit_init(&kit);
    snprintf(words, sizeof words, "backtest bench/w1.lua --data %s --symbols BTCUSD --cash 1000000 --fee-bp 4 "
             "--fill next_open --json", W1_BARS);
    struct outcome outcome = kit_call(&kit, words);
    assert_int_equal(outcome.code, 0);
    json_t *summary = kit_json(&outcome);
    assert_int_equal(kit_int(summary, "trades"), 19176);
    assert_string_equal(kit_text(summary, "final_equity"), "575085.55692800");
    assert_int_equal(kit_int(json_object_get(summary, "data"), "events"), 525600);
    json_decref(summary);
    kit_free(&outcome);
    kit_fini(&kit);
}

static void warm_up_is_before_the_time_that_counts(void **state)
{
    struct kit kit;
    (void)state;
    kit_init(&kit);
    struct outcome outcome = kit_call(&kit, "run strategies/ema_cross --for 5m --speed max --seed 1 --json");
    assert_int_equal(outcome.code, 0);
    json_t *summary = kit_json(&outcome);
    json_t *data = json_object_get(summary, "data");
    int64_t first, last;
    assert_int_equal(mt_time_parse(kit_text(data, "first"), strlen(kit_text(data, "first")), &first), 0);
    assert_int_equal(mt_time_parse(kit_text(data, "last"), strlen(kit_text(data, "last")), &last), 0);
    assert_true(last - first > 300 * MT_NS_PER_S);
    assert_true(last <= INT64_C(1736150400) * MT_NS_PER_S + 300 * MT_NS_PER_S);
    assert_true(last > INT64_C(1736150400) * MT_NS_PER_S + 290 * MT_NS_PER_S);
    json_decref(summary);
    kit_free(&outcome);
    kit_fini(&kit);
}

static void refusals(void **state)
{
    static const struct { const char *words; int code; } cases[] = {
        { "run", 2 }, { "run a b", 2 }, { "run scripts/scalp.lua --speed 0", 2 }, { "run scripts/scalp.lua --speed fast", 2 },
        { "run scripts/scalp.lua --speed nan", 2 }, { "run scripts/scalp.lua --live ,", 2 },
        { "run scripts/scalp.lua --venue binance", 2 }, { "run scripts/scalp.lua --for -5s", 2 },
        { "run scripts/scalp.lua --for 0s", 2 }, { "run scripts/scalp.lua --cash 0", 2 },
        { "run scripts/scalp.lua --cash 1e400", 2 }, { "run scripts/scalp.lua --cash 1.123456789", 2 },
        { "run scripts/scalp.lua --fee-bp 1.00001", 2 }, { "run scripts/scalp.lua --fee-bp x", 2 },
        { "run scripts/scalp.lua --fee-bp 100000", 2 }, { "run scripts/scalp.lua --symbols A,A", 2 },
        { "run scripts/scalp.lua --seed -1", 2 }, { "run scripts/scalp.lua --nothing", 2 },
        { "run nothing.lua", 3 }, { "run scripts/scalp.lua --set nothing=1", 3 },
        { "run scripts/scalp.lua --set hold=x", 3 }, { "run scripts/scalp.lua --resume --set hold=x", 3 },
        { "run scripts/scalp.lua --resume --cash x", 2 }, { "backtest scripts/scalp.lua", 2 },
        { "backtest scripts/scalp.lua --data /nowhere.csv", 1 }, { "replay", 1 }, { "replay a b", 2 },
        { "replay nothing", 1 }, { "replay --speed x", 2 }, { "version x", 2 },
    };
    struct kit kit;
    (void)state;
    kit_init(&kit);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        kit_expect(&kit, cases[i].words, cases[i].code);
    kit_fini(&kit);
}

static const char *const bars_csv =
    "time,open,high,low,close,volume\n"
    "2024-01-01T00:00:00Z,100,101,99,100.5,10\n2024-01-01T00:01:00Z,100.5,102,100,101,10\n"
    "2024-01-01T00:02:00Z,101,103,100,102,10\n";

static void data_and_script_must_fit(void **state)
{
    struct kit kit;
    char words[1024];
    static const struct { const char *script, *options; int code; } cases[] = {
        { "bench/w1.lua", "--symbols X", 0 }, { "bench/w1.lua", "--symbols X --fill next_open", 0 },
        { "bench/w1.lua", "--symbols X --fill touch", 2 }, { "bench/w1.lua", "--symbols X --fill queue", 2 },
        { "bench/w1.lua", "--symbols X --fill x", 2 }, { "bench/w1.lua", "--symbols X --format quote", 2 },
        { "bench/w5.lua", "--symbols X", 3 }, { "scripts/scalp.lua", "", 3 }, { "bench/w1.lua", "--symbols X,Y", 3 },
        { "bench/w1.lua", "--symbols X --columns time,bid,ask", 3 },
    };
    (void)state;
    kit_init(&kit);
    kit_write(&kit, "bars.csv", bars_csv);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        snprintf(words, sizeof words, "backtest %s --data %s/bars.csv %s", cases[i].script, kit.dir, cases[i].options);
        kit_expect(&kit, words, cases[i].code);
    }
    kit_fini(&kit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(summary_agrees_with_lines_and_files),
        cmocka_unit_test(summary_file_is_the_summary_line),
        cmocka_unit_test(same_result_whatever_surrounds_it),
        cmocka_unit_test(paced_run_ends_on_time),
        cmocka_unit_test(w1_has_its_check_value),
        cmocka_unit_test(warm_up_is_before_the_time_that_counts),
        cmocka_unit_test(refusals),
        cmocka_unit_test(data_and_script_must_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
