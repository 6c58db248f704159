#include <dlfcn.h>

#include "app/bench.h"

bool mt_bench_allocations(uint64_t *out)
{
    uint64_t (*counted)(void);
    *(void **)&counted = dlsym(RTLD_DEFAULT, "mt_allocations_counted");
    *out = counted ? counted() : 0;
    return counted != NULL;
}
