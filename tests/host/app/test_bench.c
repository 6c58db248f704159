/* The bench: its data are the same each time, its market in memory is the one it was read from, and it says when a result
 * is wrong. */
#include "app_kit.h"

#include "adapters/playback/store.h"
#include "adapters/sim/market.h"
#include "app/bench.h"
#include "base/hash.h"

static void bars_are_made_by_rule(void **state)
{
    char dir[MT_PATH_MAX], path[MT_PATH_MAX + 32], store[MT_PATH_MAX + 32];
    struct mt_diag diag = { 0 };
    struct mt_store *opened;
    uint64_t first, second;
    (void)state;
    assert_int_equal(mt_bench_temp(dir, &diag), 0);
    snprintf(path, sizeof path, "%s/a.csv", dir);
    snprintf(store, sizeof store, "%s/a.mts", dir);
    assert_int_equal(mt_bench_write_bars(path, &diag), 0);
    assert_int_equal(mt_hash_file(path, &first, &diag), 0);
    assert_int_equal(mt_bench_write_bars(path, &diag), 0);
    assert_int_equal(mt_hash_file(path, &second, &diag), 0);
    assert_true(first == second);
    const char *const files[] = { path }, *const two[] = { path, store };
    assert_int_equal(mt_bench_import(files, 1, "BTCUSD", NULL, store, &diag), 0);
    assert_int_equal(mt_store_open(&opened, store, true, &diag), 0);
    assert_int_equal(mt_store_count(opened), 525600);
    mt_store_close(opened);
    assert_int_not_equal(mt_bench_import(two, 2, NULL, NULL, "/nowhere/x.mts", &diag), 0);
    mt_bench_temp_remove(dir);
    assert_int_not_equal(access(dir, F_OK), 0);
}

static void market_in_memory_is_the_market(void **state)
{
    enum { COUNT = 5000 };
    struct mt_instrument instrument;
    struct mt_source memory, plain;
    struct mt_diag diag = { 0 };
    struct mt_event a[64], b[64];
    (void)state;
    mt_market_default_instrument(&instrument);
    struct mt_market_options options = { .instruments = &instrument, .instrument_count = 1, .seed = 9, .start_ns = 1 };
    assert_int_equal(mt_market_new(&memory, &options, &diag), 0);
    assert_int_equal(mt_market_new(&plain, &options, &diag), 0);
    assert_int_equal(mt_bench_preload(&memory, COUNT, &diag), 0);
    for (int round = 0; round < 2; round++) {
        int got, seen = 0;
        while ((got = memory.ops->fill(memory.self, a, 1 + seen % 64, &diag)) > 0) {
            for (int i = 0; i < got; i++) {
                assert_int_equal(plain.ops->fill(plain.self, b, 1, &diag), 1);
                assert_memory_equal(&a[i], &b[0], sizeof a[0]);
            }
            seen += got;
        }
        assert_int_equal(seen, round == 0 ? COUNT : COUNT - 100);
        assert_int_equal(memory.ops->seek(memory.self, 100, &diag), 0);
        assert_int_equal(plain.ops->seek(plain.self, 100, &diag), 0);
    }
    assert_int_equal(memory.ops->seek(memory.self, COUNT + 1, &diag), MT_ERANGE);
    memory.ops->close(memory.self);
    plain.ops->close(plain.self);
}

/* bench/count_alloc.c is linked into this test as `make bench` loads it before the program. */
static void allocations_are_counted(void **state)
{
    uint64_t before, after;
    (void)state;
    if (!mt_bench_allocations(&before)) {
        assert_true(before == 0);               /* a sanitizer's malloc */
        return;
    }
    void *volatile block = malloc(10);
    block = realloc(block, 20);
    free(block);
    block = calloc(3, 4);
    free(block);
    assert_true(mt_bench_allocations(&after));
    assert_int_equal(after - before, 3);
}

static void the_bench_runs_and_judges(void **state)
{
    struct kit kit;
    char words[512];
    (void)state;
    kit_init(&kit);
    kit_expect(&kit, "bench x --runs 0", 2);
    struct outcome outcome = kit_call(&kit, "bench w1-csv w1-store w5 ticks --runs 1 --json");
    assert_int_equal(outcome.code, 0);
    json_t *last = kit_json(&outcome);
    assert_string_equal(kit_text(last, "workload"), "ticks");
    assert_true(json_is_true(json_object_get(last, "good")));
    assert_true(kit_int(last, "trades") > 1000);
    json_decref(last);
    kit_free(&outcome);
    kit_write(&kit, "wrong.csv", "time,open,high,low,close,volume\n2024-01-01T00:00:00Z,1,2,1,2,5\n2024-01-01T00:01:00Z,2,3,2,3,5\n");
    snprintf(words, sizeof words, "bench --runs 1 --w1 %s/wrong.csv", kit.dir);
    kit_expect(&kit, words, 4);                 /* those are not the bars that W1 is known for */
    snprintf(words, sizeof words, "bench --runs 1 --w1 %s/nothing.csv", kit.dir);
    kit_expect(&kit, words, 1);
    kit_fini(&kit);
}

/* Closes 1, 2, 3 … 60: the mean of 30 of them is the newest less 14.5, and their sum over 31 bars is known. */
static void the_indicators_are_those_of_the_library(void **state)
{
    struct kit kit;
    char words[512], text[8192] = "time,open,high,low,close,volume\n";
    (void)state;
    kit_init(&kit);
    for (int i = 0; i < 60; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%d,%d,%d,%d,%d,1\n", 1700000000 + 60 * i, i + 1, i + 2,
                 i + 1, i + 1);
    kit_write(&kit, "rising.csv", text);
    snprintf(words, sizeof words, "bench ta --runs 3 --json --w1 %s/rising.csv", kit.dir);
    struct outcome outcome = kit_call(&kit, words);
    assert_int_equal(outcome.code, 0);
    const char *sma = strstr(outcome.out, "\"name\":\"sma\"");
    assert_non_null(sma);
    assert_non_null(strstr(sma, "\"check\":945.5,\"good\":true}"));
    json_t *last = kit_json(&outcome);
    assert_string_equal(kit_text(last, "name"), "all");
    assert_int_equal(kit_int(last, "functions"), 200);
    assert_int_equal(kit_int(last, "bars"), 60);
    assert_true(json_is_true(json_object_get(last, "good")));
    json_decref(last);
    kit_free(&outcome);
    kit_fini(&kit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bars_are_made_by_rule),
        cmocka_unit_test(market_in_memory_is_the_market),
        cmocka_unit_test(allocations_are_counted),
        cmocka_unit_test(the_bench_runs_and_judges),
        cmocka_unit_test(the_indicators_are_those_of_the_library),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
