/* columns_levels: headers with names on several levels, as pandas writes tables of several symbols: below the names a
 * line of symbols, and below that the name of the first column. */
#ifndef MT_ADAPTERS_PLAYBACK_COLUMNS_LEVELS_H
#define MT_ADAPTERS_PLAYBACK_COLUMNS_LEVELS_H

#include "adapters/playback/columns.h"

/* `first`: the first field of the header, which ends before out->first_line. When the next two lines belong to it
 * (mt_levels in dialects.h), fills out->symbol, moves out->first_line behind them and names the first column.
 * MT_EREFUSED: several symbols; or the error of the file. */
int mt_levels_read(struct mt_columns *out, struct mt_csv *csv, struct mt_field *first, const char *path,
                   struct mt_diag *diag) MT_CHECKED;

#endif
