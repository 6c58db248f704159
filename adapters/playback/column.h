/* column: what a column of a data file can be; columns.h finds out which one is what, dialects.h who calls it how. */
#ifndef MT_ADAPTERS_PLAYBACK_COLUMN_H
#define MT_ADAPTERS_PLAYBACK_COLUMN_H

enum mt_column {
    MT_COLUMN_SKIP,
    MT_COLUMN_TIME,
    MT_COLUMN_OPEN,
    MT_COLUMN_HIGH,
    MT_COLUMN_LOW,
    MT_COLUMN_CLOSE,
    MT_COLUMN_VOLUME,
    MT_COLUMN_BID,
    MT_COLUMN_ASK,
    MT_COLUMN_BID_QTY,
    MT_COLUMN_ASK_QTY,
    MT_COLUMN_PRICE,
    MT_COLUMN_QTY,
    MT_COLUMN_SIDE,
    MT_COLUMN_BUYER_MAKER, /* "is_buyer_maker", "taker_side_sell": true means that the taker sold */
    MT_COLUMN_ID,
    MT_COLUMN_SYMBOL,
    MT_COLUMN_CLOCK, /* a time of day beside a date in MT_COLUMN_TIME */
    MT_COLUMN_TICKS, /* how often the price changed: the volume of a file whose volumes are all 0 */
    MT_COLUMN_VOLUME_MORE, /* the other part of a volume that stands in two columns */
    MT_COLUMN_PERIOD, /* length of the bars: minutes, or D, W, M */
    MT_COLUMN_COUNT,
};

#endif
