/* playback: recorded market data as a source: text (bars, quotes, trades, plain or packed) and the
 * tick store, one or many files, merged by time and then by the name of their symbol (of one symbol:
 * bars, shorter ones first, quotes, trades). The order in which they are given changes nothing.
 * Files of one symbol, kind and length of bars are one series: they follow one another, or are
 * refused unless `merge`.
 * A bad row is counted and reported with file and line, and fatal with `strict`; time that steps
 * back inside a file is a bad row too: it is never delivered and never accepted silently. So are a
 * bar whose open or close lies outside low..high, a second bar of one symbol, length and time, a bar
 * that begins before the last one has ended, text for a number, a line above 64 KiB. Crossed quotes
 * are good rows, an empty field of a quote is an empty side. Blank lines are no rows.
 * Where the instrument is not `negative` a 0 in a quote is an empty side, too, and a file with prices at
 * or below zero is refused as a whole.
 * A bar ends at its open plus its length, but no later than the next bar of its series begins.
 * Prices are exact or the row is bad. The price scale of an inferred instrument is 8, or as many
 * decimals as the first rows show. Sizes are taken to the nearest unit of the quantity scale (8
 * when inferred, less only where the sizes of the first rows would not fit): what that changed is
 * counted in `rounded` and shown once, never silent.
 * A file that breaks off (truncated gzip) gives all rows before the damage, then its error.
 * A file whose times fall from its first row on is read from its end.
 * A bar of a file has ticks = 1. */
#ifndef MT_ADAPTERS_PLAYBACK_PLAYBACK_H
#define MT_ADAPTERS_PLAYBACK_PLAYBACK_H

#include <stdbool.h>
#include <stdint.h>
#include "base/err.h"
#include "core/venue.h"
#include "model/instrument.h"

enum mt_data_format { MT_DATA_AUTO, MT_DATA_BARS, MT_DATA_QUOTES, MT_DATA_TRADES, MT_DATA_RAW, MT_DATA_STORE };
enum { MT_DATA_FILES_MAX = 256 };

struct mt_data_options {
    const char *const *files;       /* paths; a directory is a tick store or, if not, an error */
    size_t file_count;
    enum mt_data_format format;
    const char *columns; /* "time,open,close,high,low,volume", "-" skips; NULL: from the header, or by count */
    const char *time_unit;          /* "s" "ms" "us" "ns"; NULL: by size */
    const char *date;               /* "2014-05-01": times count from midnight; NULL: none */
    const char *dates; /* "mdy" "dmy" "ymd": order of dates that can be read in several; NULL: the file says it */
    const char *decimal; /* "dot" "comma": sign before the decimals; NULL: the file says it */
    const char *from, *to; /* first time that counts, and the first behind (of bars the open): a date, a time, or
                                       "-30d" before the end of the data; NULL: all */
    const char *zone;               /* "-05:00" or a tz name of times without offset; NULL: UTC */
    const char *const *symbols;     /* one per file, or one for all; NULL: the file says it, else its name does */
    size_t symbol_count;
    const char *instrument;         /* "tick=…,step=…,…" for all files; NULL */
    const char *like;               /* "binance:BTCUSDT"; NULL */
    const struct mt_instrument *configured;     /* borrowed, from the configuration; first choice by symbol */
    size_t configured_count;
    const char *account_currency;   /* quote of an inferred instrument */
    bool strict;
    bool merge;                     /* sources of one series may overlap */
    bool inspect;                   /* what a run would refuse stands in `refusal` of the files */
    const char *const *order;       /* symbols in the order of their instruments; others follow by name */
    size_t order_count;
};

/* Are the options right by themselves, whatever the files hold? MT_EUSAGE names the one that is not. */
int mt_data_options_check(const struct mt_data_options *options, struct mt_diag *diag) MT_CHECKED;

struct mt_data_file {               /* what was found out about one file */
    const char *path;
    char symbol[MT_SYMBOL_MAX];
    bool symbol_guessed;            /* a word of the file's name that is no known pair or market */
    enum mt_data_format format;
    uint16_t instrument;            /* index */
    int32_t tf_s;                   /* bars: the most frequent distance of the first rows */
    uint64_t hash;                  /* XXH3 of the file's bytes as stored (store: of its header and checksums) */
    uint64_t rows, events, bad;     /* so far; bad rows are not events */
    int64_t first_ns, last_ns;      /* so far, as it stands in the file (of bars the open); 0 before the first */
    char bad_first[480]; /* "FILE:LINE: why" of the first bad row; "" */
    uint64_t rounded;               /* sizes taken to the nearest unit */
    char rounded_first[256];        /* "FILE:LINE: …" of the first of them; "" */
    char refusal[512];              /* why no run takes this file; "" */
    char note[640]; /* what was concluded, for people: "symbol from the file's name, …"; "" */
};

struct mt_data;
/* Open, recognise, infer; nothing is delivered yet. Errors: MT_EIO, MT_ESYNTAX (no such columns …),
 * MT_EREFUSED, MT_EDUP: sources of one series overlap. */
int mt_data_open(struct mt_data **out, const struct mt_data_options *options, struct mt_diag *diag) MT_CHECKED;
void mt_data_close(struct mt_data *data);
struct mt_source mt_data_source(struct mt_data *data);      /* its close does not close `data` */

const struct mt_instrument *mt_data_instruments(const struct mt_data *data, uint16_t *count);
const struct mt_data_file *mt_data_files(const struct mt_data *data, size_t *count);
/* How far along, 0..1, for progress bars. */
double mt_data_progress(const struct mt_data *data);
bool mt_data_has(const struct mt_data *data, enum mt_event_kind kind);

#endif
