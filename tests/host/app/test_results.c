/* The numbers of the summary against a second computation from the files of the run folder, in plain doubles: equity,
 * drawdown, Sharpe, profit factor, win rate, fees; on data that is made so that all of them are defined. */
#include <math.h>

#include "app_kit.h"

enum { MINUTES = 4 * 1440, SAMPLES_MAX = 65536, TRADES_MAX = 4096 };

struct book { double equity[SAMPLES_MAX], time[SAMPLES_MAX]; int samples; double profit[TRADES_MAX], fees; int trades; };

/* Four days of bars that swing, from a small generator of its own. */
static void write_bars(const struct kit *kit, int minutes)
{
    char path[400];
    uint32_t r = 12345;
    double price = 100;
    snprintf(path, sizeof path, "%s/bars.csv", kit->dir);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "time,open,high,low,close,volume\n");
    for (int i = 0; i < minutes; i++) {
        double open = price;
        r = r * 1664525u + 1013904223u;
        price += ((int)(r >> 16 & 1023) - 511) / 1000.0 + 0.12 * sin(i / 25.0);
        price = floor((price < 10 ? 10 : price) * 100 + 0.5) / 100;
        double high = (open > price ? open : price) + 0.5, low = (open < price ? open : price) - 0.5;
        fprintf(file, "%d,%.2f,%.2f,%.2f,%.2f,5\n", 1704067200 + 60 * i, open, high, low, price);
    }
    assert_int_equal(fclose(file), 0);
}

static char *field(char *line, int index)
{
    while (index-- > 0)
        line = strchr(line, ',') + 1;
    return line;
}

static void read_book(const char *run, struct book *book)
{
    char path[MT_PATH_MAX + 32], line[1024];
    memset(book, 0, sizeof *book);
    snprintf(path, sizeof path, "%s/equity.csv", run);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    while (fgets(line, sizeof line, file)) {
        int64_t ns;
        assert_int_equal(mt_time_parse(line, strcspn(line, ","), &ns), 0);
        assert_true(book->samples < SAMPLES_MAX);
        book->time[book->samples] = (double)ns / 1e9;
        book->equity[book->samples++] = strtod(field(line, 4), NULL);
    }
    fclose(file);
    snprintf(path, sizeof path, "%s/trades.csv", run);
    file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    while (fgets(line, sizeof line, file)) {
        assert_true(book->trades < TRADES_MAX);
        book->profit[book->trades++] = strtod(field(line, 8), NULL);
        book->fees += strtod(field(line, 9), NULL);
    }
    fclose(file);
}

static double drawdown(const struct book *book, double start)
{
    double peak = start, worst = 0;
    for (int i = 0; i < book->samples; i++) {
        peak = fmax(peak, book->equity[i]);
        worst = fmax(worst, (peak - book->equity[i]) / peak);
    }
    return worst;
}

/* A bar that closes at midnight belongs to the day before. */
static double sharpe(const struct book *book, double start)
{
    double ends[64], returns[64], mean = 0, sum = 0;
    int days = 0;
    for (int i = 0; i < book->samples; i++) {
        bool last = i + 1 == book->samples || ceil(book->time[i + 1] / 86400) != ceil(book->time[i] / 86400);
        if (last)
            ends[days++] = book->equity[i];
    }
    for (int d = 0; d < days; d++) {
        returns[d] = ends[d] / (d > 0 ? ends[d - 1] : start) - 1;
        mean += returns[d] / days;
    }
    for (int d = 0; d < days; d++)
        sum += (returns[d] - mean) * (returns[d] - mean);
    return mean / sqrt(sum / (days - 1)) * sqrt(365);
}

static double number(const json_t *json, const char *key)
{
    json_t *value = json_object_get(json, key);
    assert_true(json_is_number(value));
    return json_number_value(value);
}

static double money(const json_t *json, const char *key)
{
    return strtod(kit_text(json, key), NULL);
}

static void near(double a, double b)
{
    if (fabs(a - b) > 1e-9 * fmax(1, fabs(a)))
        print_message("%.17g and %.17g\n", a, b);
    assert_true(fabs(a - b) <= 1e-9 * fmax(1, fabs(a)));
}

static json_t *backtest(const struct kit *kit, const char *more)
{
    char words[1024];
    snprintf(words, sizeof words, "backtest bench/w1.lua --data %s/bars.csv --symbols BTCUSD --cash 1000 --json %s", kit->dir,
             more);
    struct outcome outcome = kit_call(kit, words);
    if (outcome.code != 0)
        print_message("%s", outcome.err);
    assert_int_equal(outcome.code, 0);
    json_t *json = kit_json(&outcome);
    kit_free(&outcome);
    return json;
}

static void numbers_are_those_of_the_files(void **state)
{
    struct kit kit;
    static struct book book;
    double gains = 0, losses = 0;
    int wins = 0;
    (void)state;
    kit_init(&kit);
    write_bars(&kit, MINUTES);
    json_t *summary = backtest(&kit, "--fee-bp 2");
    read_book(kit_text(summary, "run"), &book);
    for (int i = 0; i < book.trades; i++) {
        wins += book.profit[i] > 0;
        gains += fmax(book.profit[i], 0);
        losses += fmax(-book.profit[i], 0);
    }
    assert_true(book.trades > 20 && wins > 0 && wins < book.trades);
    assert_int_equal(kit_int(summary, "trades"), book.trades);
    near(number(summary, "win_rate"), (double)wins / book.trades);
    near(number(summary, "profit_factor"), gains / losses);
    near(number(summary, "max_drawdown"), drawdown(&book, 1000));
    near(number(summary, "sharpe"), sharpe(&book, 1000));
    near(money(summary, "final_equity"), book.equity[book.samples - 1]);
    near(money(summary, "final_equity"), money(summary, "cash") + money(summary, "unrealised"));
    near(money(summary, "cash"), 1000 + money(summary, "realised") - money(summary, "fees"));
    assert_true(number(summary, "exposure") > 0.5 && number(summary, "exposure") <= 1);
    json_decref(summary);
    kit_fini(&kit);
}

/* Long runs are thinned to a picture; the numbers do not come from it. */
static void thinning_changes_no_number(void **state)
{
    struct kit kit;
    static struct book book;
    (void)state;
    kit_init(&kit);
    write_bars(&kit, 40000);
    json_t *summary = backtest(&kit, "--fee-bp 2");
    read_book(kit_text(summary, "run"), &book);
    assert_true(book.samples > 1000 && book.samples < 33000);
    for (int i = 1; i < book.samples; i++)
        assert_true(book.time[i] >= book.time[i - 1]);
    near(money(summary, "final_equity"), book.equity[book.samples - 1]);
    assert_true(number(summary, "max_drawdown") >= drawdown(&book, 1000) - 1e-12);
    json_decref(summary);
    kit_fini(&kit);
}

static void undefined_numbers_are_null(void **state)
{
    static const char *const undefined[] = { "sharpe", "profit_factor", "win_rate" };
    struct kit kit;
    (void)state;
    kit_init(&kit);
    write_bars(&kit, 20);                       /* too few for the script to do anything */
    json_t *summary = backtest(&kit, "");
    for (size_t i = 0; i < sizeof undefined / sizeof *undefined; i++)
        assert_true(json_is_null(json_object_get(summary, undefined[i])));
    near(number(summary, "max_drawdown"), 0);
    near(number(summary, "exposure"), 0);
    assert_string_equal(kit_text(summary, "final_equity"), "1000.00000000");
    assert_string_equal(kit_text(summary, "result_hash"), "0000000000000000");
    json_decref(summary);
    kit_fini(&kit);
}

static void costs_and_cash_count(void **state)
{
    struct kit kit;
    (void)state;
    kit_init(&kit);
    write_bars(&kit, MINUTES);
    json_t *free_of_cost = backtest(&kit, ""), *dear = backtest(&kit, "--fee-bp 10"), *half = backtest(&kit, "--fee-bp 5");
    assert_string_equal(kit_text(free_of_cost, "fees"), "0.00000000");
    near(money(dear, "fees"), 2 * money(half, "fees"));
    near(money(free_of_cost, "realised"), money(dear, "realised"));
    assert_string_equal(kit_text(free_of_cost, "result_hash"), kit_text(dear, "result_hash"));
    json_decref(free_of_cost);
    json_decref(dear);
    json_decref(half);
    kit_fini(&kit);
}

/* Three accounts, two currencies: no sum over currencies; each account tells its own. */
static void accounts_of_two_currencies(void **state)
{
    struct kit kit;
    char words[1024];
    (void)state;
    kit_init(&kit);
    kit_write(&kit, "conf.lua", "return { accounts = { a = { currency = 'USDT', cash = 1000 }, b = { currency = 'USDT', cash = 500 },"
              " c = { currency = 'EUR', cash = 700 } }, rates = { ['EUR/USDT'] = 1.1 } }");
    kit_write(&kit, "two.lua", "return { strategy = 'bench_w5', symbols = { 'BTCUSDT' }, accounts = { lead = 'a', { '*' } } }");
    kit_write(&kit, "one.lua", "return { strategy = 'bench_w5', symbols = { 'BTCUSDT' }, accounts = { { 'a' }, { 'b' } } }");
    kit_write(&kit, "bench_w5.lua", "local mt = require 'mthost'\nlocal S = mt.strategy {}\nfunction S:on_trade(t)\n"
              "  if self.stance == 0 then self:signal { side = 'buy' } end\nend\nreturn S\n");
    snprintf(words, sizeof words, "run %s/two.lua --config %s/conf.lua --for 1m --speed max --json", kit.dir, kit.dir);
    struct outcome outcome = kit_call(&kit, words);
    assert_int_equal(outcome.code, 0);
    json_t *summary = kit_json(&outcome);
    assert_true(json_is_null(json_object_get(summary, "final_equity")));
    assert_int_equal(json_array_size(json_object_get(summary, "accounts")), 3);
    assert_int_equal(kit_int(summary, "fills"), 3);
    json_decref(summary);
    kit_free(&outcome);
    kit_expect(&kit, "replay --verify", 0);
    snprintf(words, sizeof words, "run %s/one.lua --config %s/conf.lua --for 1m --speed max --json", kit.dir, kit.dir);
    outcome = kit_call(&kit, words);
    assert_int_equal(outcome.code, 0);
    summary = kit_json(&outcome);
    near(money(summary, "cash") - money(summary, "realised") + money(summary, "fees"), 1500);
    json_decref(summary);
    kit_free(&outcome);
    kit_fini(&kit);
}

/* A limit that halts every account: exit code 5, in backtest and run, and a replay ends the same way. */
static void a_limit_that_halts_is_exit_five(void **state)
{
    struct kit kit;
    char words[1024];
    (void)state;
    kit_init(&kit);
    write_bars(&kit, MINUTES);
    kit_write(&kit, "conf.lua", "return { limits = { accounts = { ['*'] = { max_drawdown = 0.001, on_loss = 'halt' } } } }");
    snprintf(words, sizeof words, "backtest bench/w1.lua --data %s/bars.csv --symbols BTCUSD --cash 1000 --fee-bp 2 "
             "--config %s/conf.lua --json", kit.dir, kit.dir);
    struct outcome outcome = kit_call(&kit, words);
    assert_int_equal(outcome.code, 5);
    json_t *summary = kit_json(&outcome);
    json_t *notes = json_object_get(summary, "notes");
    assert_non_null(strstr(json_string_value(json_array_get(notes, json_array_size(notes) - 1)), "DRAWDOWN"));
    json_decref(summary);
    kit_free(&outcome);
    memcpy(words, "run     ", 8);
    strcat(words, " --speed max");
    kit_expect(&kit, words, 5);
    kit_expect(&kit, "replay --verify", 0);
    kit_fini(&kit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_those_of_the_files),
        cmocka_unit_test(thinning_changes_no_number),
        cmocka_unit_test(undefined_numbers_are_null),
        cmocka_unit_test(costs_and_cash_count),
        cmocka_unit_test(accounts_of_two_currencies),
        cmocka_unit_test(a_limit_that_halts_is_exit_five),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
