/* columns: which column of a file is what. From --columns, from the header, or, without both, from
 * the shape of the first rows: six columns that hold as time, open, high, low, close, volume are
 * bars; three that hold as time, bid, ask are quotes. Everything else is refused with a sentence: a
 * wrong guess would give a believable, wrong result. */
#ifndef MT_ADAPTERS_PLAYBACK_COLUMNS_H
#define MT_ADAPTERS_PLAYBACK_COLUMNS_H

#include <stdbool.h>
#include <stdint.h>
#include "adapters/playback/csv.h"
#include "adapters/playback/playback.h"

enum mt_column {
    MT_COLUMN_SKIP, MT_COLUMN_TIME, MT_COLUMN_OPEN, MT_COLUMN_HIGH, MT_COLUMN_LOW, MT_COLUMN_CLOSE, MT_COLUMN_VOLUME,
    MT_COLUMN_BID, MT_COLUMN_ASK, MT_COLUMN_BID_QTY, MT_COLUMN_ASK_QTY, MT_COLUMN_PRICE, MT_COLUMN_QTY, MT_COLUMN_SIDE,
    MT_COLUMN_BUYER_MAKER,        /* "is_buyer_maker": true means that the taker sold */
    MT_COLUMN_ID, MT_COLUMN_SYMBOL, MT_COLUMN_COUNT,
};

struct mt_columns {
    enum mt_data_format format; /* BARS, QUOTES or TRADES */
    bool header;                /* the first line is one: skip it */
    bool guessed;               /* by shape */
    int count;                  /* of fields in every row */
    int8_t at[MT_COLUMN_COUNT];        /* field of a role, -1 none */
};

/* "open", "bid_qty" ... of the product's own names. */
const char *mt_column_name(enum mt_column role);
/* Does --columns name known columns, each once? MT_ESYNTAX. */
int mt_columns_check(const char *names, struct mt_diag *diag) MT_CHECKED;
/* `names` is --columns or NULL; format MT_DATA_AUTO leaves the choice to the columns. Reads the
 * first lines of csv. MT_ESYNTAX, MT_EREFUSED, or the error of the file. */
int mt_columns_decide(struct mt_columns *out, struct mt_csv *csv, const char *path,
                      const char *names, enum mt_data_format format, struct mt_diag *diag)
    MT_CHECKED;

#endif
