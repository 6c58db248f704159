#include "base/pages.h"

#include <stdint.h>
#include <sys/mman.h>

static const size_t huge = (size_t)2 << 20;

static size_t rounded(size_t bytes)
{
    return (bytes + huge - 1) / huge * huge;
}

void *mt_pages_new(size_t bytes)
{
    const size_t size = rounded(bytes);
    char *base = mmap(NULL, size + huge, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED)
        return NULL;
    const size_t before = (huge - (uintptr_t)base % huge) % huge, behind = huge - before;
    if (before > 0)
        munmap(base, before);
    if (behind > 0)
        munmap(base + before + size, behind);
    (void)madvise(base + before, size, MADV_HUGEPAGE);      /* without it the memory is the same, only slower */
    return base + before;
}

void mt_pages_free(void *pages, size_t bytes)
{
    if (pages)
        munmap(pages, rounded(bytes));
}
