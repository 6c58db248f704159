/* Linked into every C test: with MTHOST_TEST set only the tests of that name run, * and ? in it as in a shell. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

__attribute__((constructor)) static void choose(void)
{
    const char *name = getenv("MTHOST_TEST");
    if (name && name[0])
        cmocka_set_test_filter(name);
}
