#include <pthread.h>
#include <unistd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/clock.h"
#include "base/log.h"
#include "host/base/assert_dies.h"

/* Lines go to a temporary file; the clock is a number. */
static int fd = -1;
static int64_t now_ns;
static char text[8 << 20];
static size_t length;

static int64_t now(void *ud)
{
    (void)ud;
    return now_ns;
}

static int begin(void **state)
{
    (void)state;
    static int64_t day;
    char path[] = "/tmp/mthost_log_XXXXXX";
    fd = mkstemp(path);
    unlink(path);
    /* Each test has a minute of its own. */
    now_ns = INT64_C(1398902400292000000) + ++day * 86400 * MT_NS_PER_S;
    mt_log_init(fd, MT_LOG_DEBUG, 0);
    mt_log_clock(now, NULL);
    return fd < 0;
}

static int end(void **state)
{
    (void)state;
    mt_log_clock(NULL, NULL);
    mt_log_init(STDERR_FILENO, MT_LOG_INFO, 0);
    return close(fd);
}

static const char *written(void)
{
    ssize_t got = pread(fd, text, sizeof text - 1, 0);
    assert_true(got >= 0);
    length = (size_t)got;
    text[length] = '\0';
    return text;
}

static int lines_count(void)
{
    int count = 0;
    for (const char *at = written(); (at = strchr(at, '\n')); at++)
        count++;
    return count;
}

static void a_line_is_json(void **state)
{
    (void)state;
    now_ns = INT64_C(1398902400292000000);
    mt_log(MT_LOG_INFO, "oms", "\"id\":7,\"symbol\":\"EURUSD\"", "filled %d at %s", 100, "1.38");
    mt_log(MT_LOG_ERROR, "sim", NULL, "a \"b\"\n\x1b[31m \xff");
    mt_log(MT_LOG_WARN, "a\"b", "", "%s", "");
    mt_log(MT_LOG_DEBUG, "x", NULL, "100%%");
    assert_string_equal(written(),
        "{\"time\":\"2014-05-01T00:00:00.292Z\",\"level\":\"info\",\"module\":\"oms\",\"msg\":\"filled 100 at 1.38\","
        "\"id\":7,\"symbol\":\"EURUSD\"}\n"
        "{\"time\":\"2014-05-01T00:00:00.292Z\",\"level\":\"error\",\"module\":\"sim\","
        "\"msg\":\"a \\\"b\\\"\\n\\u001b[31m \xef\xbf\xbd\"}\n"
        "{\"time\":\"2014-05-01T00:00:00.292Z\",\"level\":\"warn\",\"module\":\"a\\\"b\",\"msg\":\"\"}\n"
        "{\"time\":\"2014-05-01T00:00:00.292Z\",\"level\":\"debug\",\"module\":\"x\",\"msg\":\"100%\"}\n");
}

static void a_terminal_gets_colours_and_no_control_characters(void **state)
{
    (void)state;
    now_ns = INT64_C(1398902400292000000);
    mt_log_init(fd, MT_LOG_DEBUG, 1);
    mt_log(MT_LOG_WARN, "oms", "\"id\":7", "say \"hi\" \\ \x1b[31m\n%s", "end");
    mt_log(MT_LOG_ERROR, "oms", NULL, "x");
    mt_log(MT_LOG_INFO, "oms", "", "%05000d", 1);
    const char *all = written();
    const char *want =
        "2014-05-01T00:00:00.292Z \x1b[33mwarn \x1b[0m oms: say \"hi\" \\ \\u001b[31m\\nend  \"id\":7\n"
        "2014-05-01T00:00:00.292Z \x1b[1;31merror\x1b[0m oms: x\n";
    assert_memory_equal(all, want, strlen(want));
    assert_true(length - strlen(want) <= 4096);
    assert_non_null(strstr(all, " bytes cut)\n"));
    assert_int_equal(lines_count(), 3);
}

static void levels_below_are_silent(void **state)
{
    (void)state;
    for (int least = MT_LOG_DEBUG; least <= MT_LOG_OFF; least++) {
        assert_int_equal(ftruncate(fd, 0), 0);
        lseek(fd, 0, SEEK_SET);
        mt_log_init(fd, (enum mt_log_level)least, 0);
        for (int level = MT_LOG_DEBUG; level <= MT_LOG_ERROR; level++)
            mt_log((enum mt_log_level)level, "m", NULL, "x");
        assert_int_equal(lines_count(), MT_LOG_OFF - least);
    }
    assert_dies((mt_log(MT_LOG_OFF, "m", NULL, "x"), 0));
}

static void level_names(void **state)
{
    (void)state;
    static const char *const names[] = { "debug", "info", "warn", "error", "off" };
    enum mt_log_level level = MT_LOG_OFF;
    for (int at = 0; at < 5; at++) {
        assert_int_equal(mt_log_level_parse(names[at], &level), 0);
        assert_int_equal(level, at);
    }
    level = MT_LOG_WARN;
    assert_int_equal(mt_log_level_parse("INFO", &level), MT_ESYNTAX);
    assert_int_equal(mt_log_level_parse("", &level), MT_ESYNTAX);
    assert_int_equal(mt_log_level_parse("warning", &level), MT_ESYNTAX);
    assert_int_equal(level, MT_LOG_WARN);
}

static void a_flood_is_dropped_counted_and_told(void **state)
{
    (void)state;
    for (int at = 0; at < MT_LOG_RATE_PER_MIN + 250; at++)
        mt_log(MT_LOG_INFO, "flood", NULL, "%d", at);
    assert_int_equal(lines_count(), MT_LOG_RATE_PER_MIN);
    assert_int_equal(mt_log_dropped(), 250);
    /* Another level has its own allowance, errors have no limit. */
    mt_log(MT_LOG_WARN, "flood", NULL, "still here");
    assert_int_equal(lines_count(), MT_LOG_RATE_PER_MIN + 1);
    for (int at = 0; at < MT_LOG_RATE_PER_MIN * 2; at++)
        mt_log(MT_LOG_ERROR, "flood", NULL, "error %d", at);
    assert_int_equal(lines_count(), MT_LOG_RATE_PER_MIN * 3 + 1);
    assert_int_equal(mt_log_dropped(), 250);
    /* The last nanosecond of the minute still drops; the next minute tells the count first and begins anew. */
    now_ns = (now_ns / 60000000000 + 1) * 60000000000 - 1;
    mt_log(MT_LOG_INFO, "flood", NULL, "late");
    assert_int_equal(mt_log_dropped(), 251);
    now_ns++;
    mt_log(MT_LOG_INFO, "flood", NULL, "next minute");
    assert_int_equal(lines_count(), MT_LOG_RATE_PER_MIN * 3 + 3);
    const char *told = strstr(text, "\"dropped\":251}\n");
    assert_non_null(told);
    assert_non_null(strstr(told, "next minute"));
    assert_non_null(strstr(text, "\"level\":\"info\",\"module\":\"log\""));
    assert_int_equal(mt_log_dropped(), 251);
    now_ns += 60 * MT_NS_PER_S;
    mt_log(MT_LOG_INFO, "flood", NULL, "third minute");
    assert_int_equal(lines_count(), MT_LOG_RATE_PER_MIN * 3 + 4);
}

/* Around the size at which a line no longer fits: never above 4 KiB, always one whole line of JSON, and the bytes that
 * are missing are told. */
static void check_size(size_t size, const char *unit, const char *fields)
{
    static char message[10000];
    message[0] = '\0';
    size_t unit_size = strlen(unit), at = 0;
    for (; at + unit_size <= size; at += unit_size)
        memcpy(message + at, unit, unit_size);
    message[at] = '\0';
    assert_int_equal(ftruncate(fd, 0), 0);
    lseek(fd, 0, SEEK_SET);
    now_ns += 60 * MT_NS_PER_S;
    mt_log(MT_LOG_ERROR, "m", fields, "%s", message);
    written();
    assert_true(length > 0);
    assert_true(length <= 4096);
    assert_ptr_equal(strchr(text, '\n'), text + length - 1);
    assert_int_equal(text[length - 2], '}');
    /* A cut never leaves half a character behind. */
    assert_null(strstr(text, "\xef\xbf\xbd"));
    const char *begin_of = strstr(text, "\"msg\":\"") + 7, *cut = strstr(text, ",\"cut\":");
    size_t shown = 0;
    for (const char *from = begin_of; *from != '"'; shown++) {
        if (*from == '\\')
            from += from[1] == 'u' ? 6 : 2;
        else
            from++;
    }
    bool fields_shown = fields && strstr(text, fields);
    size_t missing = at - shown + (fields && !fields_shown ? strlen(fields) : 0);
    assert_int_equal(cut ? strtoull(cut + 7, NULL, 10) : 0, missing);
}

static void long_lines_are_cut_and_say_so(void **state)
{
    (void)state;
    static char fields[5000];
    static const char *const units[] = { "x", "\xc3\xa4", "\xe2\x82\xac", "\x01", "\"" };
    for (size_t unit = 0; unit < 5; unit++)
        for (size_t size = 0; size < 9000; size += size < 3900 || size > 4200 ? 173 : 1)
            check_size(size, units[unit], size % 2 ? "\"id\":7" : NULL);
    for (size_t size = 3000; size < sizeof fields - 10; size += 211) {
        fields[0] = '\0';
        sprintf(fields, "\"f\":\"%0*d\"", (int)size, 1);
        check_size(10, "x", fields);
        check_size(1000, "x", fields);
        check_size(9000, "x", fields);
    }
}

static void a_closed_file_counts_as_dropped(void **state)
{
    (void)state;
    mt_log_init(-1, MT_LOG_DEBUG, 0);
    mt_log(MT_LOG_ERROR, "m", NULL, "x");
    mt_log(MT_LOG_INFO, "m", NULL, "x");
    assert_int_equal(mt_log_dropped(), 2);
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    mt_log_init(ends[1], MT_LOG_DEBUG, 0);
    assert_int_equal(mt_log_dropped(), 0);
    mt_log(MT_LOG_ERROR, "m", NULL, "x");
    assert_int_equal(mt_log_dropped(), 0);
    close(ends[0]);
    close(ends[1]);
}

static void *worker(void *ud)
{
    for (int at = 0; at < 100; at++)
        mt_log(MT_LOG_INFO, "thread", NULL, "%d %d", *(int *)ud, at);
    return NULL;
}

static void threads_do_not_mix_their_lines(void **state)
{
    (void)state;
    pthread_t threads[4];
    int names[4] = { 0, 1, 2, 3 };
    for (int at = 0; at < 4; at++)
        assert_int_equal(pthread_create(&threads[at], NULL, worker, &names[at]), 0);
    for (int at = 0; at < 4; at++)
        pthread_join(threads[at], NULL);
    assert_int_equal(lines_count(), 400);
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        assert_int_equal(line[0], '{');
        assert_int_equal(line[strlen(line) - 1], '}');
        assert_null(strchr(line + 1, '{'));
    }
}

static void without_a_clock_the_real_one_is_used(void **state)
{
    (void)state;
    mt_log_clock(NULL, NULL);
    mt_log(MT_LOG_INFO, "m", NULL, "x");
    int64_t logged = 0;
    const char *time = strstr(written(), "\"time\":\"") + 8;
    assert_int_equal(mt_time_parse(time, (size_t)(strchr(time, '"') - time), &logged), 0);
    struct mt_clock clock;
    mt_clock_real(&clock);
    assert_true(logged <= clock.now(&clock));
    assert_true(logged > clock.now(&clock) - 60 * MT_NS_PER_S);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_line_is_json, begin, end),
        cmocka_unit_test_setup_teardown(a_terminal_gets_colours_and_no_control_characters, begin, end),
        cmocka_unit_test_setup_teardown(levels_below_are_silent, begin, end),
        cmocka_unit_test_setup_teardown(level_names, begin, end),
        cmocka_unit_test_setup_teardown(a_flood_is_dropped_counted_and_told, begin, end),
        cmocka_unit_test_setup_teardown(long_lines_are_cut_and_say_so, begin, end),
        cmocka_unit_test_setup_teardown(a_closed_file_counts_as_dropped, begin, end),
        cmocka_unit_test_setup_teardown(threads_do_not_mix_their_lines, begin, end),
        cmocka_unit_test_setup_teardown(without_a_clock_the_real_one_is_used, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
