/* columns_probe: what the first rows of a file hold, column by column, before it is known what the columns are. */
#ifndef MT_ADAPTERS_PLAYBACK_COLUMNS_PROBE_H
#define MT_ADAPTERS_PLAYBACK_COLUMNS_PROBE_H

#include "adapters/playback/columns.h"

enum mt_time_kind { MT_KIND_OTHER, MT_KIND_MOMENT, MT_KIND_DATE, MT_KIND_CLOCK, MT_KINDS };

struct mt_probe {
    struct mt_numbers_written numbers[MT_CSV_FIELDS_MAX];
    uint32_t kinds[MT_CSV_FIELDS_MAX][MT_KINDS]; /* how many values of the first rows are what */
    bool nonzero[MT_CSV_FIELDS_MAX]; /* a digit but 0 was there */
    bool varies[MT_CSV_FIELDS_MAX]; /* a value was not that of the first row (as far as that is kept) */
    char first[MT_CSV_FIELDS_MAX][MT_SYMBOL_MAX]; /* value of the first row, cut */
};

/* Reads rows of columns->count fields from first_line on. */
int mt_probe_read(struct mt_probe *out, struct mt_csv *csv, const struct mt_columns *columns,
                  struct mt_diag *diag) MT_CHECKED;
/* What most values of a column are. */
enum mt_time_kind mt_probe_kind(const struct mt_probe *probe, int column);

#endif
