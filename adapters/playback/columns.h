/* columns: which column of a file is what. From --columns, from the header, or, without both, from the shape of the
 * first rows, when they have one of the shapes that are known (dialects.h). Everything else is refused with a
 * sentence that says what was found and what to do: a wrong guess would give a believable, wrong result. */
#ifndef MT_ADAPTERS_PLAYBACK_COLUMNS_H
#define MT_ADAPTERS_PLAYBACK_COLUMNS_H

#include <stdbool.h>
#include <stdint.h>
#include "adapters/playback/column.h"
#include "adapters/playback/number_text.h"
#include "adapters/playback/playback.h"
#include "model/instrument.h"

enum { MT_COLUMNS_UNREAD = 160, MT_COLUMNS_ZONE = 32 };

struct mt_columns {
    enum mt_data_format format; /* BARS, QUOTES or TRADES */
    char separator;
    struct mt_number_rule numbers;
    uint64_t first_line; /* number of the first line with a row; those before are headers */
    bool carry; /* quotes: an empty side is unchanged */
    const char *shape; /* without a header: what the columns were taken for; NULL */
    const char *dialect; /* who writes such files, where that says more than the names; NULL */
    const char *dialect_note; /* what a person should know of such files; NULL */
    char symbol[MT_SYMBOL_MAX]; /* that the header says; "" */
    char zone[MT_COLUMNS_ZONE]; /* of the times, as the header says; "" */
    char unread[MT_COLUMNS_UNREAD]; /* names of columns that mean nothing here, with commas; "" */
    int count;                  /* of fields in every row */
    int8_t at[MT_COLUMN_COUNT]; /* field of a role, -1 none */
};

static inline bool mt_columns_has(const struct mt_columns *columns, enum mt_column role)
{
    return columns->at[role] >= 0;
}

/* "open", "bid_qty" ... of the product's own names. */
const char *mt_column_name(enum mt_column role);
/* Does --columns name known columns, each once (time twice: a date and a time of day)? MT_ESYNTAX. */
int mt_columns_check(const char *names, struct mt_diag *diag) MT_CHECKED;
/* From the first lines of csv, by options->columns, format, decimal, symbols; `symbol`: what this file is to be, or
 * NULL. MT_ESYNTAX, MT_EREFUSED, or the error of the file. */
int mt_columns_decide(struct mt_columns *out, struct mt_csv *csv, const char *path, const char *symbol,
                      const struct mt_data_options *options, struct mt_diag *diag) MT_CHECKED;

#endif
