#include <math.h>
#include "base/hist.h"

enum { STEP_BITS = 4, STEPS = 1 << STEP_BITS };

/* Values below 16 have a bucket each; above, the four bits behind the leading one choose the step. */
static unsigned bucket_of(uint64_t value)
{
    if (value < STEPS)
        return (unsigned)value;
    unsigned shift = 63u - (unsigned)__builtin_clzll(value) - STEP_BITS;
    return (shift + 1) * STEPS + (unsigned)((value >> shift) & (STEPS - 1));
}

static int64_t bucket_upper(unsigned bucket)
{
    if (bucket < STEPS)
        return bucket;
    unsigned shift = bucket / STEPS - 1;
    uint64_t lower = (uint64_t)(STEPS + bucket % STEPS) << shift;
    return (int64_t)(lower + (UINT64_C(1) << shift) - 1);
}

void mt_hist_init(struct mt_hist *hist)
{
    *hist = (struct mt_hist){ 0 };
}

void mt_hist_add(struct mt_hist *hist, int64_t value)
{
    if (value < 0)
        value = 0;
    if (hist->total == 0 || value < hist->min)
        hist->min = value;
    if (value > hist->max)
        hist->max = value;
    hist->counts[bucket_of((uint64_t)value)]++;
    hist->total++;
}

int64_t mt_hist_quantile(const struct mt_hist *hist, double q)
{
    const unsigned buckets = sizeof hist->counts / sizeof hist->counts[0];
    if (hist->total == 0)
        return 0;
    /* NaN fails the comparison and is read as 0: the smallest bucket. */
    double rank = q > 0 ? ceil(fmin(q, 1) * (double)hist->total) : 1;
    uint64_t seen = 0;
    for (unsigned bucket = 0; bucket < buckets; bucket++) {
        seen += hist->counts[bucket];
        if ((double)seen >= rank) {
            int64_t upper = bucket_upper(bucket);
            return upper < hist->max ? upper : hist->max;
        }
    }
    return hist->max;
}
