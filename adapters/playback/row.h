/* row: the fields of one line as an event, exactly, or the reason why it is none.
 * Prices are never rounded: one with more decimals than the scale is a bad row. Sizes (volumes,
 * quantities at a price) are taken to the nearest unit of the quantity scale and every one that
 * this changed is counted: files carry the traces of binary fractions there ("10.344205490000018"),
 * and a bar is not worth less for them. */
#ifndef MT_ADAPTERS_PLAYBACK_ROW_H
#define MT_ADAPTERS_PLAYBACK_ROW_H

#include "adapters/playback/columns.h"
#include "adapters/playback/row_time.h"
#include "model/event.h"

struct mt_row_plan {
    struct mt_columns columns;
    struct mt_row_time time;
    int price_scale, qty_scale;
    bool negative;                      /* the instrument's prices may be 0 and below */
    int32_t tf_s;                       /* bars */
    char symbol[MT_SYMBOL_MAX];         /* that a symbol column must say; "": it does not count */
    bool others; /* rows of other symbols are none of this file; else they are bad */
};

/* Both sides of the last quote, for files in which an empty side is unchanged. */
struct mt_row_sides {
    int64_t bid, ask;
    uint8_t known;                      /* enum mt_quote_sides */
};

enum mt_row_fault {
    MT_ROW_GOOD,
    MT_ROW_TOO_LONG,
    MT_ROW_COUNT,
    MT_ROW_TIME,
    MT_ROW_TIME_FINE,
    MT_ROW_TIME_RANGE,
    MT_ROW_TEXT,
    MT_ROW_DECIMALS,
    MT_ROW_RANGE,
    MT_ROW_PRICE,
    MT_ROW_SIZE,
    MT_ROW_BAR,
    MT_ROW_EMPTY,
    MT_ROW_SIDE,
    MT_ROW_SYMBOL,
    MT_ROW_BACK,
    MT_ROW_TWICE,
    MT_ROW_OVERLAP,
    MT_ROW_OTHER,
    MT_ROW_HEADER, /* these two: more exactly what MT_ROW_TIME is about, see mt_row_fault_exact */
    MT_ROW_ZEROS,
    MT_ROW_FAULTS,
};

/* Details of the last row. */
struct mt_row_note {
    int at;             /* a fault: the field, -1 when it is not about one */
    int rounded;        /* how many sizes were taken to the nearest unit */
};

/* A bad time may be a header that comes again, or zero bytes; any other fault is what it is. `field` may be NULL. */
enum mt_row_fault mt_row_fault_exact(enum mt_row_fault fault, const struct mt_field *field);
/* A sentence part: "is no number". */
const char *mt_row_fault_text(enum mt_row_fault fault);
/* Fills time_ns, venue_ns, kind and the member of the kind; not symbol, source, last. `count` as from mt_csv_split;
 * not_before_ns as in mt_row_time_read; `sides` is kept by the caller from row to row, for plans with columns.carry.
 * MT_ROW_OTHER: the row is of another symbol, and that is no fault. */
enum mt_row_fault mt_row_read(const struct mt_row_plan *plan, const struct mt_field *fields, int count,
                              int64_t not_before_ns, struct mt_row_sides *sides, struct mt_event *out,
                              struct mt_row_note *note);
/* The fields of the row's time. */
void mt_row_time_fields(const struct mt_columns *columns, const struct mt_field *fields, struct mt_time_field *out);
/* What holds for every event of recorded data, whatever it was read from. Quotes may be crossed. `negative`: as in the
 * plan. */
enum mt_row_fault mt_row_check(const struct mt_event *event, bool negative);

#endif
