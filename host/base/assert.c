/* In a file of its own, so that a test program can put its own mt_assert_failed in front and reach the assertions of
 * the module under test. */
#include <stdio.h>
#include <unistd.h>
#include "base/err.h"

enum { EXIT_BUG = 9 };

/* No abort(): a core dump of a trading process holds credentials. No exit(): handlers may touch the broken state. */
void mt_assert_failed(const char *condition, const char *file, int line, const char *function)
{
    fprintf(stderr, "mthost: assertion failed: %s: %s:%d (%s)\n", condition, file, line, function);
    fflush(stderr);
    _exit(EXIT_BUG);
}
