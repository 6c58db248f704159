/* bench: what the bench measures with. */
#ifndef MT_APP_BENCH_H
#define MT_APP_BENCH_H

#include <stdbool.h>
#include <stdint.h>
#include "app/runs.h"
#include "core/venue.h"

/* Allocations by C code of this process so far. false: nobody counts them, *out is 0. The program itself does not: what
 * counts is loaded before it (bench/count_alloc.c, by `make bench`), and never where a sanitizer owns malloc. */
bool mt_bench_allocations(uint64_t *out);

/* A temporary folder, and taking it away with the files in it. */
int mt_bench_temp(char out[MT_PATH_MAX], struct mt_diag *diag) MT_CHECKED;
void mt_bench_temp_remove(const char *dir);

/* A CSV of 525 600 one-minute bars, a random walk of a fixed seed. */
int mt_bench_write_bars(const char *path, struct mt_diag *diag) MT_CHECKED;
/* A tick store of `count` quotes of the generated market. */
int mt_bench_write_quotes(const char *path, uint64_t count, struct mt_diag *diag) MT_CHECKED;
/* CSV files of one symbol to one tick store. */
int mt_bench_import(const char *const *files, size_t count, const char *symbol, const char *zone, const char *path,
                    struct mt_diag *diag) MT_CHECKED;

/* The first `count` events of a source in memory, as a source; closes the old one. */
int mt_bench_preload(struct mt_source *source, uint64_t count, struct mt_diag *diag) MT_CHECKED;

/* ns per update of the indicators that matter most, and all functions of TA-Lib together, over a store of bars: `runs`
 * runs, median and worst, on stdout. *good turns false when two runs differ. bench_ta.c */
int mt_bench_indicators(const char *bars_path, int runs, bool json, bool *good, struct mt_diag *diag) MT_CHECKED;

#endif
