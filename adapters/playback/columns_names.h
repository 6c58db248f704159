/* columns_names: what the names of columns say, in a header or in --columns: a role each, and which of several times
 * and volumes counts. */
#ifndef MT_ADAPTERS_PLAYBACK_COLUMNS_NAMES_H
#define MT_ADAPTERS_PLAYBACK_COLUMNS_NAMES_H

#include "adapters/playback/columns.h"
#include "adapters/playback/columns_probe.h"
#include "adapters/playback/dialects.h"

/* Columns whose names are moments, dates or times of day. */
enum { MT_NAMING_TIMES = 8 };
struct mt_named_times {
    int count;
    int at[MT_NAMING_TIMES], rank[MT_NAMING_TIMES];
    char inside[MT_NAMING_TIMES][MT_WORD_MAX];
};

/* Volumes in a currency: "volume_btc", "volume (usd)". */
struct mt_named_volumes {
    int count;
    int at[MT_NAMING_TIMES];
    char currency[MT_NAMING_TIMES][MT_WORD_MAX];
};

struct mt_naming {
    struct mt_columns *out;
    const char *path;
    const char *header; /* to be shown; NULL */
    const struct mt_dialect *dialect; /* NULL */
    bool pieces;        /* it has a column of pieces: "Stuecke" */
    bool strict;        /* --columns: every name must be known; else unknown ones are noted */
    struct mt_named_times times;
    struct mt_named_volumes volumes;
};

/* Fills naming->out->count and ->at, but for the times and the volumes in a currency, which are kept for the two below.
 * MT_ESYNTAX: two columns of one role, or, if strict, a name that is none. */
int mt_naming_take(struct mt_naming *naming, const struct mt_field *fields, int count,
                   struct mt_diag *diag) MT_CHECKED;
/* Which of the columns with times is the time, and which the time of day beside a date. `zone`: what --tz says, or
 * NULL. MT_ESYNTAX: nothing tells; MT_EREFUSED: a zone in the header that is not known. */
int mt_naming_times(struct mt_naming *naming, const struct mt_probe *probe, const char *zone,
                    struct mt_diag *diag) MT_CHECKED;
/* Of volumes in several currencies the one of the coin that is traded; `symbol` as in mt_columns_decide. */
void mt_naming_volumes(struct mt_naming *naming, const struct mt_probe *probe, const char *symbol,
                       const struct mt_field *header);
/* A column that means nothing here: noted in out->unread, as far as there is room. */
void mt_columns_unread(struct mt_columns *out, const struct mt_field *field);

#endif
