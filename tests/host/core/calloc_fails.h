/* calloc_fails: this program's own calloc, which fails after calloc_left more calls (-1: never), so
 * that the ways out of a lack of memory are walked. Where a sanitizer owns calloc, CALLOC_FAILS is
 * 0. Include from one file of a program. */
#ifndef MT_TEST_CALLOC_FAILS_H
#define MT_TEST_CALLOC_FAILS_H

#include <errno.h>
#include <stdlib.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define CALLOC_FAILS 0
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CALLOC_FAILS 0
#endif

static long calloc_left = -1;

#ifndef CALLOC_FAILS
#define CALLOC_FAILS 1
extern void *__libc_calloc(size_t count, size_t size);

void *calloc(size_t count, size_t size)
{
    if (calloc_left == 0) {
        errno = ENOMEM;
        return NULL;
    }
    if (calloc_left > 0)
        calloc_left--;
    return __libc_calloc(count, size);
}
#endif

#endif
