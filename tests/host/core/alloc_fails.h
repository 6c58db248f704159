/* alloc_fails: this program's own calloc, realloc, strndup and mmap, which fail from a chosen call on (alloc_left more
 * succeed; -1: never), so that the ways out of a lack of memory are walked. Where a sanitizer owns them, ALLOC_FAILS
 * is 0. Include from one file of a program. */
#ifndef TESTS_ALLOC_FAILS_H
#define TESTS_ALLOC_FAILS_H

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define ALLOC_FAILS 0
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define ALLOC_FAILS 0
#endif

static long alloc_left __attribute__((unused)) = -1;
static bool alloc_once __attribute__((unused));                 /* only the one call fails */

#ifndef ALLOC_FAILS
#define ALLOC_FAILS 1
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void *__libc_malloc(size_t size);

static bool alloc_denied(void)
{
    if (alloc_left == 0) {
        alloc_left -= alloc_once;
        errno = ENOMEM;
        return true;
    }
    alloc_left -= alloc_left > 0;
    return false;
}
void *calloc(size_t count, size_t size) { return alloc_denied() ? NULL : __libc_calloc(count, size); }
void *realloc(void *old, size_t size) { return alloc_denied() ? NULL : __libc_realloc(old, size); }
void *mmap(void *at, size_t length, int protection, int flags, int fd, off_t offset)
{
    return alloc_denied() ? MAP_FAILED : (void *)syscall(SYS_mmap, at, length, protection, flags, fd, offset);
}
char *strndup(const char *text, size_t most)
{
    size_t length = strnlen(text, most);
    char *copy = alloc_denied() ? NULL : __libc_malloc(length + 1);
    if (copy) {
        memcpy(copy, text, length);
        copy[length] = '\0';
    }
    return copy;
}
#endif

#endif
