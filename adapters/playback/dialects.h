/* dialects: what is known of the files that people have, as tables: the words of headers, the shapes of files
 * without one, the vendors whose files mean more than their words say, and lines that stand above a header. */
#ifndef MT_ADAPTERS_PLAYBACK_DIALECTS_H
#define MT_ADAPTERS_PLAYBACK_DIALECTS_H

#include <stdbool.h>
#include <stdint.h>
#include "adapters/playback/column.h"
#include "adapters/playback/csv.h"
#include "adapters/playback/number_text.h"
#include "adapters/playback/playback.h"

/* A word of a header as mt_header_word makes it. rank: of several columns with a moment the one with the highest is the
 * time, two of one rank are refused. MT_COLUMN_SKIP: understood, and not needed. */
struct mt_word {
    const char *name;
    enum mt_column role;
    int rank;
};
/* NULL: not known. The first word of a role is the product's own name of it. */
const struct mt_word *mt_word_find(const char *name);
const struct mt_word *mt_word_of(enum mt_column role);

/* "<Bid Size>" is bid_size, "Time (EET)" is time with `inside` eet, "Vol." is vol. False: too long for a word. */
enum { MT_WORD_MAX = 48 };
struct mt_header_word {
    char name[MT_WORD_MAX], inside[MT_WORD_MAX];
};
bool mt_header_word(const struct mt_field *field, struct mt_header_word *out);

/* Files without a header. `checks` has a letter for each column, see dialects.c. */
struct mt_shape {
    const char *name, *columns, *checks;
};
extern const struct mt_shape mt_shapes[]; /* ends with name NULL */
/* Whether the fields of a row hold as that shape: 1, 0, or -1 when they cannot be read as its fields and say
 * nothing. */
int mt_shape_holds(const struct mt_shape *shape, const struct mt_field *fields, int count,
                   const struct mt_number_rule *numbers);

/* Columns of a file without header whose kind is said, in the order of the documentation. NULL: that kind has no form
 * of this width. */
const char *mt_usual_order(enum mt_data_format format, int count);

/* What a vendor's files mean beyond their words; told by words that all stand in the header (small letters). */
struct mt_dialect {
    const char *name, *words;
    const char *without; /* ... and by one that does not; NULL */
    bool carry; /* quotes: an empty side is unchanged */
    int8_t fixed; /* prices without a decimal point count 10^-fixed */
    const char *volume, *volume_more; /* two columns that are the volume together; NULL */
    const char *action; /* beside quotes: the price and size of a row are a trade's only where this column is 'T' */
    const char *note; /* what a person should know of its times; NULL */
};
const struct mt_dialect *mt_dialect_find(const struct mt_field *header, int count);

/* The time zone that a header's word means ("eet", "utc"); NULL: none that is known. */
const char *mt_header_zone(const char *word);
/* A line that may stand above the header: a comment, an address, "sep=;". */
bool mt_is_preamble(const char *text, size_t length);
/* A line that may stand below the rows: "Downloaded from ...". */
bool mt_is_footer(const char *text, size_t length);
/* Why a file that begins so holds no data, and what to do; NULL: nothing says that. */
const char *mt_not_data(const char *text, size_t length);
/* Header lines of a table with names on several levels: the first cells of three lines; the third is the first
 * column's name, the second line has the symbol. */
struct mt_levels {
    const char *first, *second, *thirds; /* small letters; thirds: any of these words */
};
extern const struct mt_levels mt_levels[]; /* ends with first NULL */
/* A field that can be the time of a row: a moment, a date, or a number. */
bool mt_is_time(const struct mt_field *field);

#endif
