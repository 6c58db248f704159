#include <pthread.h>
#include <signal.h>
#include <unistd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
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
    mt_log_end();
    mt_log_close();
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
    mt_log(MT_LOG_WARNING, "a\"b", "", "%s", "");
    mt_log(MT_LOG_DEBUG, "x", NULL, "100%%");
    assert_string_equal(written(),
        "{\"time\":\"2014-05-01T00:00:00.292Z\",\"level\":\"INFO\",\"module\":\"oms\",\"msg\":\"filled 100 at 1.38\","
        "\"id\":7,\"symbol\":\"EURUSD\",\"wall\":\"2014-05-01T00:00:00.292Z\"}\n"
        "{\"time\":\"2014-05-01T00:00:00.292Z\",\"level\":\"ERROR\",\"module\":\"sim\","
        "\"msg\":\"a \\\"b\\\"\\n\\u001b[31m \xef\xbf\xbd\",\"wall\":\"2014-05-01T00:00:00.292Z\"}\n"
        "{\"time\":\"2014-05-01T00:00:00.292Z\",\"level\":\"WARNING\",\"module\":\"a\\\"b\",\"msg\":\"\",\"wall\":\"2014-05-01T00:00:00.292Z\"}\n"
        "{\"time\":\"2014-05-01T00:00:00.292Z\",\"level\":\"DEBUG\",\"module\":\"x\",\"msg\":\"100%\",\"wall\":\"2014-05-01T00:00:00.292Z\"}\n");
}

static int64_t market_at;

static int64_t at_market(void *ud)
{
    (void)ud;
    return market_at;
}

static void a_terminal_gets_colours_and_no_control_characters(void **state)
{
    (void)state;
    now_ns = INT64_C(1398902400292000000);
    mt_log_init(fd, MT_LOG_DEBUG, 1);
    mt_log(MT_LOG_WARNING, "oms", "\"id\":7", "say \"hi\" \\ \x1b[31m\n%s", "end");
    mt_log(MT_LOG_ERROR, "oms", NULL, "x");
    mt_log(MT_LOG_INFO, "oms", "", "%05000d", 1);
    const char *all = written();
    const char *want =
        "2014-05-01T00:00:00.292Z \x1b[33mWARNING\x1b[0m oms: say \"hi\" \\ \\u001b[31m\\nend  \"id\":7\n"
        "2014-05-01T00:00:00.292Z \x1b[1;31mERROR  \x1b[0m oms: x\n";
    assert_memory_equal(all, want, strlen(want));
    assert_true(length - strlen(want) <= 4096);
    assert_non_null(strstr(all, " bytes cut)\n"));
    assert_int_equal(lines_count(), 3);
    market_at = INT64_C(1600000080) * MT_NS_PER_S;      /* in a run: the hour of the clock, then the market's time */
    mt_log_market(at_market, NULL);
    mt_log(MT_LOG_INFO, "oms", NULL, "y");
    assert_non_null(strstr(written(), "\x1b[2m00:00:00\x1b[0m 2020-09-13T12:28:00Z \x1b[32mINFO   \x1b[0m oms: y\n"));
    mt_log_market(NULL, NULL);
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
    assert_dies((mt_log_each(MT_LOG_OFF, "m", NULL, "x"), 0));
}

static void level_names(void **state)
{
    (void)state;
    static const char *const names[] = { "debug", "info", "warning", "error", "off", "DEBUG", "Info", "WARNING", "eRRoR", "OFF" };
    enum mt_log_level level = MT_LOG_OFF;
    for (int at = 0; at < 10; at++) {
        assert_int_equal(mt_log_level_parse(names[at], &level), 0);
        assert_int_equal(level, at % 5);
    }
    assert_int_equal(mt_log_level_parse("warn", &level), 0);
    assert_int_equal(mt_log_level_parse("WARN", &level), 0);
    assert_int_equal(level, MT_LOG_WARNING);
    static const char *const wrong[] = { "", "trace", "warnin", "warnings", "infos", " info", "2", "err" };
    for (size_t at = 0; at < sizeof wrong / sizeof *wrong; at++)
        assert_int_equal(mt_log_level_parse(wrong[at], &level), MT_ESYNTAX);
    assert_int_equal(level, MT_LOG_WARNING);
    assert_string_equal(mt_log_level_name(MT_LOG_WARNING), "WARNING");
}

/* --- floods -------------------- */

static void flood(int lines, enum mt_log_level level)
{
    for (int at = 0; at < lines; at++)
        mt_log(level, "flood", NULL, "line %d", at);
}

static void other_place(int lines)
{
    for (int at = 0; at < lines; at++)
        mt_log(MT_LOG_INFO, "other", NULL, "other %d", at);
}

static int count(const char *what)
{
    int found = 0;
    for (const char *at = text; (at = strstr(at, what)); at++)
        found++;
    return found;
}

static void a_flood_is_bounded_at_its_place_counted_and_told(void **state)
{
    (void)state;
    int most = MT_LOG_SITE_LINES;
    flood(most - 1, MT_LOG_INFO);
    written();
    assert_int_equal(count("\"limit\""), 0);
    flood(1, MT_LOG_INFO);
    written();
    assert_int_equal(count("\"limit\":1000"), 1);       /* the last one says that it is */
    flood(250, MT_LOG_INFO);
    assert_int_equal(lines_count(), most);
    other_place(5);                                     /* no neighbour suffers */
    assert_int_equal(lines_count(), most + 5);
    /* The last nanosecond of the minute still drops; the next minute tells the count first and begins anew. */
    now_ns = (now_ns / 60000000000 + 1) * 60000000000 - 1;
    flood(1, MT_LOG_INFO);
    now_ns++;
    mt_log_tick();
    assert_int_equal(lines_count(), most + 6);
    const char *told = strstr(written(), "left out 251 lines of the place that wrote: line 0\",\"left_out\":251");
    assert_non_null(told);
    mt_log_tick();
    flood(3, MT_LOG_INFO);
    assert_int_equal(lines_count(), most + 9);
    mt_log_end();
    assert_int_equal(lines_count(), most + 9);          /* nothing was left out in that minute */
}

static void errors_are_bounded_and_counted_too(void **state)
{
    (void)state;
    flood(MT_LOG_SITE_LINES + 7, MT_LOG_ERROR);
    mt_log_tell();
    assert_int_equal(lines_count(), MT_LOG_SITE_LINES + 1);
    assert_non_null(strstr(text, "\"level\":\"ERROR\",\"module\":\"flood\",\"msg\":\"left out 7 lines"));
    mt_log_tell();
    assert_int_equal(lines_count(), MT_LOG_SITE_LINES + 1);
    assert_int_equal(mt_log_lost(NULL), 0);             /* left out is not lost */
    mt_log_end();
}

static void what_nobody_takes_is_not_counted(void **state)
{
    (void)state;
    mt_log_init(fd, MT_LOG_WARNING, false);
    static struct mt_log_site site;
    flood(5000, MT_LOG_INFO);
    mt_log_left_out(&site, MT_LOG_INFO, "m");
    mt_log_tell();
    assert_int_equal(lines_count(), 0);
}

static int64_t market_ns;

static int64_t market(void *ud)
{
    assert_ptr_equal(ud, &market_ns);
    return market_ns;
}

/* As fast as possible: however fast the wall clock, the same lines are written. */
static void in_a_run_the_wall_clock_decides_nothing(void **state)
{
    (void)state;
    market_ns = INT64_C(1600000080) * MT_NS_PER_S;
    mt_log_market(market, &market_ns);
    for (int at = 0; at < 3000; at++) {
        flood(1, MT_LOG_WARNING);
        market_ns += 60 * MT_NS_PER_S;
        now_ns += (at % 100) * MT_NS_PER_S;
        mt_log_tick();
    }
    assert_int_equal(lines_count(), MT_LOG_SITE_LINES);
    assert_ptr_equal(strstr(text, "{\"time\":\"2020-09-13T12:28:00Z\""), text);
    mt_log_end();
    assert_int_equal(lines_count(), MT_LOG_SITE_LINES + 1);
    assert_non_null(strstr(text, "\"left_out\":2000"));
    market_ns = 0;                                      /* not begun: the wall clock is all there is */
    mt_log_market(market, &market_ns);
    mt_log(MT_LOG_INFO, "m", NULL, "late");
    char wall[MT_TIME_TEXT], want[100];
    mt_time_format(wall, now_ns);
    snprintf(want, sizeof want, "{\"time\":\"%s\",\"level\":\"INFO\",\"module\":\"m\",\"msg\":\"late\",", wall);
    assert_non_null(strstr(written(), want));
    mt_log_market(NULL, &now_ns);                       /* another's: nothing is forgotten */
    market_ns = MT_NS_PER_S;
    mt_log(MT_LOG_INFO, "m", NULL, "later");
    assert_non_null(strstr(written(), "{\"time\":\"1970-01-01T00:00:01Z\""));
    mt_log_market(NULL, &market_ns);
}

static void at_a_pace_a_window_is_a_minute_of_the_clock(void **state)
{
    (void)state;
    market_ns = INT64_C(1600000200) * MT_NS_PER_S;
    mt_log_market(market, &market_ns);
    mt_log_window(600 * MT_NS_PER_S);                   /* ten times as fast as the clock */
    flood(MT_LOG_SITE_LINES + 3, MT_LOG_INFO);
    market_ns += 599 * MT_NS_PER_S;
    flood(2, MT_LOG_INFO);
    market_ns += MT_NS_PER_S;
    flood(1, MT_LOG_INFO);
    assert_int_equal(lines_count(), MT_LOG_SITE_LINES + 2);
    assert_non_null(strstr(text, "\"left_out\":5"));
    mt_log_end();
}

static void lines_that_were_not_even_made_are_counted(void **state)
{
    (void)state;
    static struct mt_log_site site;
    mt_log_at(&site, MT_LOG_INFO, "script", NULL, "%s", "price 5");
    for (int at = 0; at < 41; at++)
        mt_log_left_out(&site, MT_LOG_INFO, "script");
    mt_log_end();
    assert_int_equal(lines_count(), 2);
    assert_non_null(strstr(text, "left out 41 lines of the place that wrote: price 5\""));
}

static void a_place_is_known_by_whole_characters(void **state)
{
    (void)state;
    for (size_t lead = 0; lead < 4; lead++) {
        static struct mt_log_site sites[4];
        char message[400] = "aaa";
        for (size_t at = lead; at + 3 < 300; at += 3)
            memcpy(message + at, "\xe2\x82\xac", 4);
        mt_log_at(&sites[lead], MT_LOG_INFO, "m", NULL, "%s", message);
        mt_log_left_out(&sites[lead], MT_LOG_INFO, "m");
    }
    mt_log_end();
    assert_int_equal(lines_count(), 8);
    assert_int_equal(count("left out 1 lines"), 4);
    assert_null(strstr(text, "\xef\xbf\xbd"));
}

/* Lines that were asked for one by one. */
static void each_has_no_bound(void **state)
{
    (void)state;
    for (int at = 0; at < 2500; at++)
        mt_log_each(MT_LOG_DEBUG, "order", NULL, "%d", at);
    mt_log_end();
    assert_int_equal(lines_count(), 2500);
}

/* --- the file -------------------- */

static char folder[64], path[128];

static const char *file_text(const char *name)
{
    static char all[1 << 20];
    FILE *file = fopen(name, "r");
    if (!file)
        return "";
    size_t got = fread(all, 1, sizeof all - 1, file);
    all[got] = '\0';
    fclose(file);
    return all;
}

static void make_folder(void)
{
    snprintf(folder, sizeof folder, "/tmp/mthost_log_XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/var/logs/mthost.log", folder);
}

static void remove_folder(void)
{
    char command[128];
    mt_log_end();
    mt_log_close();
    snprintf(command, sizeof command, "rm -rf %s", folder);
    assert_int_equal(system(command), 0);
}

static void the_file_has_json_and_the_run(void **state)
{
    (void)state;
    make_folder();
    mt_log_init(fd, MT_LOG_ERROR, true);
    mt_log_file(path, MT_LOG_INFO, 1 << 20, 3);
    assert_int_equal(access(folder, F_OK), 0);
    char logs[140];
    snprintf(logs, sizeof logs, "%s/var", folder);
    assert_int_not_equal(access(logs, F_OK), 0);        /* with its first line */
    mt_log(MT_LOG_DEBUG, "m", NULL, "too low");
    assert_int_not_equal(access(logs, F_OK), 0);
    mt_log(MT_LOG_INFO, "m", NULL, "before");
    mt_log_run("20200101-x");
    mt_log(MT_LOG_ERROR, "m", NULL, "both");
    mt_log_in_file(MT_LOG_ERROR, "m", NULL, "file alone");
    assert_int_equal(lines_count(), 1);
    assert_non_null(strstr(text, "both"));
    assert_null(strstr(text, "20200101"));
    const char *all = file_text(path);
    assert_null(strstr(all, "\x1b"));
    assert_non_null(strstr(all, "\"msg\":\"before\",\"wall\""));
    assert_non_null(strstr(all, "\"msg\":\"both\",\"run\":\"20200101-x\",\"wall\""));
    assert_non_null(strstr(all, "file alone"));
    assert_null(strstr(all, "too low"));
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    remove_folder();
}

static void a_file_that_has_grown_is_put_aside(void **state)
{
    (void)state;
    make_folder();
    mt_log_init(fd, MT_LOG_OFF, false);
    mt_log_file(path, MT_LOG_INFO, 1000, 3);
    for (int at = 0; at < 100; at++)
        mt_log_each(MT_LOG_INFO, "m", NULL, "line %03d", at);
    char name[160];
    int newest = 99;
    for (int aside = 0; aside <= 3; aside++) {          /* whole lines, none twice, the newest in the first */
        snprintf(name, sizeof name, aside ? "%s.%d" : "%s", path, aside);
        const char *all = file_text(name);
        assert_true(strlen(all) > 0);
        assert_true(strlen(all) <= 1000);
        int in_it = 0, first = -1;
        for (const char *line = all; (line = strstr(line, "\"line ")); line++, in_it++)
            if (first < 0)
                first = atoi(line + 6);
        assert_int_equal(first + in_it - 1, newest);
        newest = first - 1;
        assert_int_equal(all[strlen(all) - 1], '\n');
    }
    snprintf(name, sizeof name, "%s.4", path);
    assert_int_not_equal(access(name, F_OK), 0);
    assert_int_equal(mt_log_lost(NULL), 0);
    remove_folder();
}

/* As two hosts of one state folder: each line is in one of the files, whole, once. */
static void two_processes_put_aside_one_file(void **state)
{
    (void)state;
    make_folder();
    mt_log_init(fd, MT_LOG_OFF, false);
    pid_t children[4];
    for (int child = 0; child < 4; child++) {
        children[child] = fork();
        assert_true(children[child] >= 0);
        if (children[child] != 0)
            continue;
        mt_log_file(path, MT_LOG_INFO, 4000, 60);
        for (int at = 0; at < 200; at++)
            mt_log_each(MT_LOG_INFO, "m", NULL, "line %d.%03d", child, at);
        _exit(mt_log_lost(NULL) > 0);
    }
    for (int child = 0; child < 4; child++) {
        int status;
        assert_int_equal(waitpid(children[child], &status, 0), children[child]);
        assert_int_equal(status, 0);
    }
    static char seen[4][200];
    memset(seen, 0, sizeof seen);
    int lines = 0;
    for (int aside = 0; aside <= 60; aside++) {
        char name[160];
        snprintf(name, sizeof name, aside ? "%s.%d" : "%s", path, aside);
        for (char *line = strtok((char *)(uintptr_t)file_text(name), "\n"); line; line = strtok(NULL, "\n"), lines++) {
            const char *msg = strstr(line, "\"line ");
            assert_non_null(msg);
            assert_int_equal(line[strlen(line) - 1], '}');
            assert_int_equal(seen[msg[6] - '0'][atoi(msg + 8)]++, 0);
        }
    }
    assert_int_equal(lines, 800);
    remove_folder();
}

static void a_file_that_fails_is_told_counted_and_tried_again(void **state)
{
    (void)state;
    make_folder();
    mt_log_init(fd, MT_LOG_WARNING, false);
    snprintf(path, sizeof path, "%s/logs", folder);
    FILE *in_the_way = fopen(path, "w");                /* a file where the folder should be */
    assert_non_null(in_the_way);
    fclose(in_the_way);
    snprintf(path, sizeof path, "%s/logs/mthost.log", folder);
    mt_log_file(path, MT_LOG_INFO, 1 << 20, 3);
    for (int at = 0; at < 3; at++)
        mt_log_each(MT_LOG_INFO, "m", NULL, "line %d", at);
    assert_int_equal(lines_count(), 1);                 /* once */
    assert_non_null(strstr(text, "\"level\":\"ERROR\",\"module\":\"log\""));
    assert_non_null(strstr(text, "mthost.log: Not a directory"));
    const char *why;
    assert_int_equal(mt_log_lost(&why), 3);
    assert_non_null(strstr(why, "mthost.log: Not a directory"));
    char logs[128];
    snprintf(logs, sizeof logs, "%s/logs", folder);
    assert_int_equal(unlink(logs), 0);
    mt_log_each(MT_LOG_INFO, "m", NULL, "again");
    const char *all = file_text(path);
    assert_non_null(strstr(all, "again"));
    assert_non_null(strstr(all, "\"lost\":3"));
    assert_int_equal(lines_count(), 1);
    mt_log_each(MT_LOG_INFO, "m", NULL, "and on");
    all = file_text(path);
    assert_null(strstr(strstr(all, "\"lost\"") + 1, "\"lost\""));
    assert_non_null(strstr(all, "and on"));
    remove_folder();
}

static void a_full_file_leaves_whole_lines(void **state)
{
    (void)state;
    make_folder();
    mt_log_init(fd, MT_LOG_WARNING, false);
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit old, low;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    mt_log_file(path, MT_LOG_INFO, 1 << 20, 3);
    mt_log_each(MT_LOG_INFO, "m", NULL, "first");
    low = (struct rlimit){ strlen(file_text(path)) + 30, old.rlim_max };     /* room for a part of a line */
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0);
    mt_log_each(MT_LOG_INFO, "m", NULL, "second");
    mt_log_each(MT_LOG_INFO, "m", NULL, "third");
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_int_equal(mt_log_lost(NULL), 2 + (lines_count() == 0));
    mt_log_each(MT_LOG_INFO, "m", NULL, "fourth");
    int whole = 0, torn = 0;
    for (char *line = strtok((char *)(uintptr_t)file_text(path), "\n"); line; line = strtok(NULL, "\n")) {
        bool end = line[strlen(line) - 1] == '}';
        whole += end;
        torn += !end;
        assert_null(strstr(line + 1, "{\"time\""));     /* nothing is glued to the torn one */
    }
    assert_int_equal(torn, 1);
    assert_int_equal(whole, 3);                         /* first, fourth, and what was lost */
    remove_folder();
}

/* A process that ended on a full disk left half a line. */
static void half_a_line_of_another_is_not_gone_on_with(void **state)
{
    (void)state;
    make_folder();
    mt_log_init(fd, MT_LOG_OFF, false);
    snprintf(path, sizeof path, "%s/mthost.log", folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("{\"time\":\"2020", file);
    fclose(file);
    mt_log_file(path, MT_LOG_INFO, 1 << 20, 3);
    mt_log_each(MT_LOG_INFO, "m", NULL, "x");
    assert_non_null(strstr(file_text(path), "2020\n{\"time\""));
    assert_null(strstr(file_text(path), "\n\n"));
    remove_folder();
}

static void what_is_no_file_is_refused_and_not_waited_for(void **state)
{
    (void)state;
    make_folder();
    mt_log_init(fd, MT_LOG_OFF, false);
    snprintf(path, sizeof path, "%s/mthost.log", folder);
    assert_int_equal(mkfifo(path, 0600), 0);
    mt_log_file(path, MT_LOG_INFO, 1 << 20, 3);
    mt_log_each(MT_LOG_INFO, "m", NULL, "x");
    assert_int_equal(mt_log_lost(NULL), 1);
    unlink(path);
    assert_int_equal(mkdir(path, 0700), 0);
    mt_log_each(MT_LOG_INFO, "m", NULL, "x");
    assert_int_equal(mt_log_lost(NULL), 2);
    rmdir(path);
    mt_log_each(MT_LOG_INFO, "m", NULL, "there");
    unlink(path);                                       /* taken away: the next line makes it again */
    mt_log_each(MT_LOG_INFO, "m", NULL, "back");
    assert_non_null(strstr(file_text(path), "back"));
    remove_folder();
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
    mt_log_each(MT_LOG_ERROR, "m", fields, "%s", message);
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

static void a_closed_way_counts_as_lost(void **state)
{
    (void)state;
    mt_log_init(-1, MT_LOG_DEBUG, 0);
    mt_log(MT_LOG_ERROR, "m", NULL, "x");
    mt_log(MT_LOG_INFO, "m", NULL, "x");
    assert_int_equal(mt_log_lost(NULL), 2);
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    mt_log_init(ends[1], MT_LOG_DEBUG, 0);
    assert_int_equal(mt_log_lost(NULL), 0);
    mt_log(MT_LOG_ERROR, "m", NULL, "x");
    assert_int_equal(mt_log_lost(NULL), 0);
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
        cmocka_unit_test_setup_teardown(a_flood_is_bounded_at_its_place_counted_and_told, begin, end),
        cmocka_unit_test_setup_teardown(errors_are_bounded_and_counted_too, begin, end),
        cmocka_unit_test_setup_teardown(what_nobody_takes_is_not_counted, begin, end),
        cmocka_unit_test_setup_teardown(in_a_run_the_wall_clock_decides_nothing, begin, end),
        cmocka_unit_test_setup_teardown(at_a_pace_a_window_is_a_minute_of_the_clock, begin, end),
        cmocka_unit_test_setup_teardown(lines_that_were_not_even_made_are_counted, begin, end),
        cmocka_unit_test_setup_teardown(a_place_is_known_by_whole_characters, begin, end),
        cmocka_unit_test_setup_teardown(each_has_no_bound, begin, end),
        cmocka_unit_test_setup_teardown(the_file_has_json_and_the_run, begin, end),
        cmocka_unit_test_setup_teardown(a_file_that_has_grown_is_put_aside, begin, end),
        cmocka_unit_test_setup_teardown(two_processes_put_aside_one_file, begin, end),
        cmocka_unit_test_setup_teardown(a_file_that_fails_is_told_counted_and_tried_again, begin, end),
        cmocka_unit_test_setup_teardown(a_full_file_leaves_whole_lines, begin, end),
        cmocka_unit_test_setup_teardown(half_a_line_of_another_is_not_gone_on_with, begin, end),
        cmocka_unit_test_setup_teardown(what_is_no_file_is_refused_and_not_waited_for, begin, end),
        cmocka_unit_test_setup_teardown(long_lines_are_cut_and_say_so, begin, end),
        cmocka_unit_test_setup_teardown(a_closed_way_counts_as_lost, begin, end),
        cmocka_unit_test_setup_teardown(threads_do_not_mix_their_lines, begin, end),
        cmocka_unit_test_setup_teardown(without_a_clock_the_real_one_is_used, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
