/* The control socket: answers, long paths, clients that misbehave, the KILL file, and who may come in. The server is
 * polled in the test's thread while clients ask from threads of their own. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <cmocka.h>

#include "app/control.h"
#include "app/control_path.h"
#include "app/steer.h"
#include "base/clock.h"

static char root[] = "/tmp/mthost-control-XXXXXX";
static int handled;

static void handle(void *ud, const char *line, char *answer, size_t size)
{
    (void)ud;
    handled++;
    if (strcmp(line, "big") == 0) {
        memset(answer, 'x', size - 1);
        answer[size - 1] = '\0';
        memcpy(answer, "ok ", 3);
        return;
    }
    snprintf(answer, size, "ok [%s]", line);
}

struct question {
    const char *dir, *line;
    char *answer;
    size_t size;
    int rc;
    struct mt_diag diag;
    atomic_bool done;
    pthread_t thread;
};

static void *ask_thread(void *ud)
{
    struct question *q = ud;
    q->rc = mt_control_send(q->dir, q->line, q->answer, q->size, &q->diag);
    q->done = true;
    return NULL;
}

static void ask(struct mt_control *control, struct question *q)
{
    memset(&q->diag, 0, sizeof q->diag);
    q->done = false;
    assert_int_equal(pthread_create(&q->thread, NULL, ask_thread, q), 0);
    for (int i = 0; i < 2000 && !q->done; i++)
        mt_control_poll(control, 5);
    assert_int_equal(pthread_join(q->thread, NULL), 0);
}

static struct mt_control *open_at(const char *dir)
{
    struct mt_control *control;
    struct mt_diag diag = { 0 };
    if (mt_control_open(&control, dir, root, handle, NULL, &diag) != 0)
        fail_msg("%s", diag.text);
    return control;
}

static int connect_raw(const char *dir)
{
    char path[MT_CONTROL_PATH];
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int dir_fd = mt_control_path(dir, path), fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_true(dir_fd >= 0);
    memcpy(address.sun_path, path, strlen(path) + 1);
    int rc = connect(fd, (const struct sockaddr *)&address, sizeof address);
    close(dir_fd);
    assert_int_equal(rc, 0);
    return fd;
}

static void test_question_and_answer(void **state)
{
    (void)state;
    struct mt_control *control = open_at(root);
    char answer[256], path[96];
    struct stat st;
    struct question q = { .dir = root, .line = "halt desk/01 BTCUSDT", .answer = answer, .size = sizeof answer };
    snprintf(path, sizeof path, "%s/control.sock", root);
    assert_int_equal(lstat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    ask(control, &q);
    assert_int_equal(q.rc, 0);
    assert_string_equal(answer, "ok [halt desk/01 BTCUSDT]");
    q.line = "";
    ask(control, &q);
    assert_string_equal(answer, "ok []");
    mt_control_close(control);
    assert_int_equal(lstat(path, &st), -1);             /* gone with the run */
    assert_int_equal(mt_control_send(root, "x", answer, sizeof answer, &q.diag), MT_ENOTFOUND);
}

static void test_the_largest_answer(void **state)
{
    (void)state;
    struct mt_control *control = open_at(root);
    char *answer = malloc(MT_CONTROL_ANSWER_MAX + 16);
    struct question q = { .dir = root, .line = "big", .answer = answer, .size = MT_CONTROL_ANSWER_MAX + 16 };
    ask(control, &q);
    assert_int_equal(q.rc, 0);
    assert_int_equal(strlen(answer), MT_CONTROL_ANSWER_MAX - 1);
    free(answer);
    mt_control_close(control);
}

static void test_a_long_path_and_a_left_over_socket(void **state)
{
    (void)state;
    char dir[400], answer[64];
    snprintf(dir, sizeof dir, "%s/%0200d", root, 7);
    assert_int_equal(mkdir(dir, 0700), 0);
    struct mt_control *first = open_at(dir), *second = open_at(dir);    /* as after a kill: the name is taken over */
    struct question q = { .dir = dir, .line = "hello", .answer = answer, .size = sizeof answer };
    ask(second, &q);
    assert_string_equal(answer, "ok [hello]");
    mt_control_close(second);
    mt_control_close(first);
    assert_int_equal(rmdir(dir), 0);
}

static void test_lines_that_are_none(void **state)
{
    (void)state;
    struct mt_diag diag = { 0 };
    static char line[MT_CONTROL_LINE_MAX + 8];
    char answer[64];
    memset(line, 'a', sizeof line - 1);
    assert_int_equal(mt_control_send(root, line, answer, sizeof answer, &diag), MT_EUSAGE);
    diag.code = 0;
    assert_int_equal(mt_control_send(root, "a\nb", answer, sizeof answer, &diag), MT_EUSAGE);
    diag.code = 0;
    assert_int_equal(mt_control_send("/nosuch/dir", "a", answer, sizeof answer, &diag), MT_ENOTFOUND);
}

/* A client that says nothing, hangs up in the middle, floods, or does not read must not disturb the host or other
 * clients. */
static void test_clients_that_misbehave(void **state)
{
    (void)state;
    struct mt_control *control = open_at(root);
    int silent = connect_raw(root), half = connect_raw(root), flood = connect_raw(root), deaf = connect_raw(root);
    static char bytes[3 * MT_CONTROL_LINE_MAX];
    memset(bytes, 'y', sizeof bytes);
    handled = 0;
    assert_true(write(half, "sta", 3) == 3);
    close(half);
    assert_true(send(flood, bytes, sizeof bytes, MSG_DONTWAIT | MSG_NOSIGNAL) > 0);
    assert_true(write(deaf, "big\n", 4) == 4);
    for (int i = 0; i < 20; i++)
        mt_control_poll(control, 1);
    close(deaf);
    assert_int_equal(handled, 1);                       /* the flood has no line end, the half line none either */
    char answer[64];
    struct question q = { .dir = root, .line = "still there", .answer = answer, .size = sizeof answer };
    ask(control, &q);
    assert_string_equal(answer, "ok [still there]");
    close(flood);
    int many[40];
    for (int i = 0; i < 40; i++) {
        many[i] = connect_raw(root);
        mt_control_poll(control, 0);
    }
    for (int i = 0; i < 40; i++)
        close(many[i]);
    for (int i = 0; i < 20; i++)
        mt_control_poll(control, 1);
    ask(control, &q);
    assert_string_equal(answer, "ok [still there]");
    mt_control_close(control);                          /* the silent one is still connected */
    close(silent);
}

static void poll_for(struct mt_control *control, int ms)
{
    int64_t begin = mt_clock_monotonic();
    while (mt_clock_monotonic() - begin < ms * INT64_C(1000000))
        mt_control_poll(control, 5);
}

/* -1: nothing yet; 0: closed. */
static ssize_t peek(int fd, char *out, size_t size)
{
    ssize_t got = recv(fd, out, size, MSG_DONTWAIT);
    return got < 0 && errno != EAGAIN ? 0 : got;
}

/* More than there are places, and none says a word: the next one is heard at once, and in the end they are closed. */
static void test_silent_clients_take_no_place(void **state)
{
    (void)state;
    struct mt_control *control = open_at(root);
    enum { MANY = 100 };
    int silent[MANY];
    char answer[64], byte;
    for (int i = 0; i < MANY; i++)
        silent[i] = connect_raw(root);
    struct question q = { .dir = root, .line = "kill", .answer = answer, .size = sizeof answer };
    int64_t begin = mt_clock_monotonic();
    ask(control, &q);
    assert_string_equal(answer, "ok [kill]");
    assert_true(mt_clock_monotonic() - begin < 500000000);
    poll_for(control, 1300);
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(peek(silent[i], &byte, 1), 0);
        close(silent[i]);
    }
    mt_control_close(control);
}

static void test_bytes_that_are_no_text_are_no_command(void **state)
{
    (void)state;
    static const struct { const char *bytes; size_t length; } lines[] = {
        { "kill\0\n", 6 }, { "\0kill\n", 6 }, { "kill\r\n", 6 }, { "\x1b[31mkill\n", 10 }, { "ki\x7fll\n", 6 } };
    struct mt_control *control = open_at(root);
    handled = 0;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        char answer[128] = "";
        int fd = connect_raw(root);
        assert_true(write(fd, lines[i].bytes, lines[i].length) == (ssize_t)lines[i].length);
        poll_for(control, 20);
        assert_true(peek(fd, answer, sizeof answer - 1) > 0);
        assert_int_equal(strncmp(answer, "error", 5), 0);
        close(fd);
    }
    assert_int_equal(handled, 0);
    struct question q = { .dir = root, .line = "halt b\xc3\xbc", .answer = (char[64]){ 0 }, .size = 64 };
    ask(control, &q);
    assert_int_equal(handled, 1);                       /* names may have other letters */
    mt_control_close(control);
}

/* Nobody polls, as in a process that is stopped: somebody listens, but the client does not wait for ever. */
static void test_a_host_that_does_not_answer(void **state)
{
    (void)state;
    char answer[64];
    struct mt_diag diag = { 0 };
    assert_false(mt_control_listens(root));
    struct mt_control *control = open_at(root);
    assert_true(mt_control_listens(root));
    int64_t begin = mt_clock_monotonic();
    assert_int_equal(mt_control_send(root, "kill", answer, sizeof answer, &diag), MT_EBUSY);
    int64_t waited = mt_clock_monotonic() - begin;
    assert_true(waited > 2900000000 && waited < 4500000000);
    assert_non_null(strstr(diag.text, "3 s"));
    handled = 0;
    poll_for(control, 50);
    assert_int_equal(handled, 1);                       /* heard later */
    mt_control_close(control);
}

static void test_poll_waits_no_longer_than_told(void **state)
{
    (void)state;
    struct mt_control *control = open_at(root);
    int64_t begin = mt_clock_monotonic();
    mt_control_poll(control, 0);
    mt_control_poll(control, 0);
    assert_true(mt_clock_monotonic() - begin < 50000000);
    begin = mt_clock_monotonic();
    mt_control_poll(control, 60);
    int64_t waited = mt_clock_monotonic() - begin;
    assert_true(waited >= 50000000 && waited < 2000000000);
    mt_control_close(control);
}

static bool seen_kill(struct mt_control *control)
{
    bool seen = false;
    int64_t begin = mt_clock_monotonic();
    while (!seen && mt_clock_monotonic() - begin < 300000000) {
        mt_control_poll(control, 10);
        seen = mt_control_kill_file(control);
    }
    return seen;
}

static void test_the_kill_file(void **state)
{
    (void)state;
    char path[96];
    snprintf(path, sizeof path, "%s/KILL", root);
    assert_false(mt_control_kill_there(root));
    assert_int_equal(symlink("nowhere", path), 0);
    assert_true(mt_control_kill_there(root));
    unlink(path);
    struct mt_control *control = open_at(root);
    assert_false(seen_kill(control));
    fclose(fopen(path, "w"));
    assert_true(seen_kill(control));
    assert_false(seen_kill(control));                   /* told once */
    mt_control_close(control);
    control = open_at(root);
    assert_true(seen_kill(control));                    /* a new run is killed as well while it is there */
    unlink(path);
    assert_false(seen_kill(control));
    fclose(fopen(path, "w"));
    assert_true(seen_kill(control));
    unlink(path);
    mt_control_close(control);
}

struct finder { char found[MT_PATH_MAX]; int rc; struct mt_diag diag; atomic_bool done; };

static void *find_thread(void *ud)
{
    struct finder *f = ud;
    f->rc = mt_steer_find(root, f->found, &f->diag);
    f->done = true;
    return NULL;
}

/* Of three runs the newest that answers, not the newest by name. */
static void test_the_newest_run_that_runs(void **state)
{
    (void)state;
    static const char *const ids[] = { "20240101-000000-a", "20240101-000001-a", "20240101-000001-a-10",
                                       "20240102-000000-a" };
    char path[160];
    struct finder f = { .rc = 0 };
    pthread_t thread;
    snprintf(path, sizeof path, "%s/runs", root);
    assert_int_equal(mt_steer_find(root, f.found, &f.diag), MT_ENOTFOUND);
    assert_int_equal(mkdir(path, 0700), 0);
    for (int i = 0; i < 4; i++) {
        snprintf(path, sizeof path, "%s/runs/%s", root, ids[i]);
        assert_int_equal(mkdir(path, 0700), 0);
    }
    struct mt_control *controls[3];
    for (int i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/runs/%s", root, ids[i]);
        controls[i] = open_at(path);
    }
    f.diag.code = 0;
    assert_int_equal(pthread_create(&thread, NULL, find_thread, &f), 0);
    for (int i = 0; i < 2000 && !f.done; i++)
        for (int c = 0; c < 3; c++)
            mt_control_poll(controls[c], 1);
    pthread_join(thread, NULL);
    assert_int_equal(f.rc, 0);
    assert_non_null(strstr(f.found, ids[2]));
    for (int i = 0; i < 3; i++)
        mt_control_close(controls[i]);
    for (int i = 0; i < 4; i++) {
        snprintf(path, sizeof path, "%s/runs/%s", root, ids[i]);
        assert_int_equal(rmdir(path), 0);
    }
    snprintf(path, sizeof path, "%s/runs", root);
    rmdir(path);
}

int main(void)
{
    assert_non_null(mkdtemp(root));
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_question_and_answer),
        cmocka_unit_test(test_the_largest_answer),
        cmocka_unit_test(test_a_long_path_and_a_left_over_socket),
        cmocka_unit_test(test_lines_that_are_none),
        cmocka_unit_test(test_clients_that_misbehave),
        cmocka_unit_test(test_silent_clients_take_no_place),
        cmocka_unit_test(test_bytes_that_are_no_text_are_no_command),
        cmocka_unit_test(test_a_host_that_does_not_answer),
        cmocka_unit_test(test_poll_waits_no_longer_than_told),
        cmocka_unit_test(test_the_kill_file),
        cmocka_unit_test(test_the_newest_run_that_runs),
    };
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    rmdir(root);
    return rc;
}
