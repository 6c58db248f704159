/* infer: what the first rows of a file say (times, decimals, sizes, length of bars), and the
 * instrument that follows. Each of its fields comes from --instrument, else from --like, else from
 * the configuration, else from a store in the run, else from the built-in table by symbol, else from
 * the rows. */
#ifndef MT_ADAPTERS_PLAYBACK_INFER_H
#define MT_ADAPTERS_PLAYBACK_INFER_H

#include "adapters/playback/playback.h"
#include "adapters/playback/row.h"

enum { MT_SAMPLE_ROWS = 10000 };

enum { MT_SAMPLE_DIGITS = MT_SCALE_MAX + 1 };

/* How many numbers have how many decimals and digits before the point. Those that no scale holds say nothing. */
struct mt_numbers_seen { uint64_t count[MT_SAMPLE_DIGITS][MT_SAMPLE_DIGITS]; };

struct mt_sample {
    uint64_t rows;                          /* with a readable time */
    struct mt_numbers_seen price, qty;
    int32_t tf_s; /* bars: as a column says, or the most frequent distance; of months and longer
                                               the longest */
    char symbol[MT_SYMBOL_MAX];             /* that a symbol column says; "" */
    char column_symbol[MT_SYMBOL_MAX]; /* the same as it stands there */
    bool has_wanted; /* the wanted symbol stands in that column: only its rows were looked at */
    uint64_t crossed_line; /* of the first quote, when the ask is below the bid in all of many; 0 */
    bool back; /* times fall from row to row: the newest is the first */
};

/* Reads up to MT_SAMPLE_ROWS rows from the start of csv and decides the meaning of its times (rows behind those
 * only as far as it takes to tell what they leave open). `wanted`: a symbol, or NULL.
 * Damage further on is left to the reader of the rows. MT_ESYNTAX: no row can be read, or the length of bars cannot
 * be told; MT_EREFUSED: several symbols, and the wanted one is none of them; and as mt_row_time_decide. */
int mt_sample_read(struct mt_sample *out, struct mt_row_time *time, struct mt_csv *csv,
                   const struct mt_columns *columns, const char *path, const char *wanted,
                   const struct mt_data_options *options, struct mt_diag *diag) MT_CHECKED;
void mt_sample_add(struct mt_sample *to, const struct mt_sample *from);

/* `stored`: of a store with this symbol in the run, or NULL; `sample`: of all its text files. */
int mt_infer_instrument(struct mt_instrument *out, const char *symbol,
                        const struct mt_sample *sample, const struct mt_instrument *stored,
                        const struct mt_data_options *options, struct mt_diag *diag) MT_CHECKED;

#endif
