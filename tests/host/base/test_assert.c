#include <sys/wait.h>
#include <unistd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/err.h"

/* A child fails the assertion; its words and its exit code are what the manual promises. */
static void a_failed_assertion_says_where_and_ends_with_9(void **state)
{
    (void)state;
    int ends[2], status = 0;
    char text[512] = "";
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        int one = 1;
        MT_ASSERT(one == 2);
        _exit(0);
    }
    close(ends[1]);
    size_t length = 0;
    ssize_t got;
    while ((got = read(ends[0], text + length, sizeof text - 1 - length)) > 0)
        length += (size_t)got;
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 9);
    const char *begin = "mthost: assertion failed: one == 2: ";
    const char *end = " (a_failed_assertion_says_where_and_ends_with_9)\n";
    assert_int_equal(strncmp(text, begin, strlen(begin)), 0);
    assert_string_equal(text + length - strlen(end), end);
    assert_non_null(strstr(text, "test_assert.c:"));
    assert_ptr_equal(strchr(text, '\n'), text + length - 1);
}

static void a_true_assertion_is_silent(void **state)
{
    (void)state;
    int evaluated = 0;
    MT_ASSERT(++evaluated == 1);
    assert_int_equal(evaluated, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failed_assertion_says_where_and_ends_with_9),
        cmocka_unit_test(a_true_assertion_is_silent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
