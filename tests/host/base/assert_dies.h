/* assert_dies: this program's own mt_assert_failed stands before the library's, so that a test can reach an assertion
 * without losing the process. Include from one file of a program. */
#ifndef MT_TEST_ASSERT_DIES_H
#define MT_TEST_ASSERT_DIES_H

#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include "base/err.h"

static jmp_buf assert_jump;
static bool assert_expected;

void mt_assert_failed(const char *condition, const char *file, int line, const char *function)
{
    if (!assert_expected) {
        fprintf(stderr, "%s: %s:%d (%s)\n", condition, file, line, function);
        abort();
    }
    longjmp(assert_jump, 1);
}

/* Take any expression that is not void. */
#define assert_dies(expression)                         \
    do {                                                \
        assert_expected = true;                         \
        if (setjmp(assert_jump) == 0) {                 \
            (void)!(expression);                        \
            fail_msg("%s did not assert", #expression); \
        }                                               \
        assert_expected = false;                        \
    } while (0)

#endif
