/* hist: a histogram of durations with fixed memory: 64 powers of two, 16 steps each (6 % resolution). */
#ifndef MT_BASE_HIST_H
#define MT_BASE_HIST_H

#include <stdint.h>

struct mt_hist { uint64_t counts[1024]; uint64_t total; int64_t min, max; };

void mt_hist_init(struct mt_hist *hist);
void mt_hist_add(struct mt_hist *hist, int64_t value);                  /* negative values count as 0 */
/* The upper edge of the bucket that holds the quantile q (0..1), at most `max`; 0 when empty. */
int64_t mt_hist_quantile(const struct mt_hist *hist, double q);

#endif
