/* Counts allocations: a malloc of our own stands in front of the C library's. It is no part of the program: `make bench`
 * loads it before the program, and tests link it. Sanitizers bring their own malloc and are left alone. */
#include <stddef.h>
#include <stdint.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define MT_FOREIGN_MALLOC 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MT_FOREIGN_MALLOC 1
#endif

#if !defined(MT_FOREIGN_MALLOC)
static uint64_t allocations;
uint64_t mt_allocations_counted(void);      /* looked up by name, see host/app/bench_count.c */

uint64_t mt_allocations_counted(void)
{
    return __atomic_load_n(&allocations, __ATOMIC_RELAXED);
}

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);
void *malloc(size_t size);
void *calloc(size_t count, size_t size);
void *realloc(void *block, size_t size);

void *malloc(size_t size)
{
    __atomic_fetch_add(&allocations, 1, __ATOMIC_RELAXED);
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    __atomic_fetch_add(&allocations, 1, __ATOMIC_RELAXED);
    return __libc_calloc(count, size);
}

void *realloc(void *block, size_t size)
{
    __atomic_fetch_add(&allocations, 1, __ATOMIC_RELAXED);
    return __libc_realloc(block, size);
}
#endif
