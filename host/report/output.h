/* output: text files that are written row by row while a run goes on. The first failure (a full disk) stays, later
 * rows are dropped, and the owner asks once in a while. */
#ifndef MT_REPORT_OUTPUT_H
#define MT_REPORT_OUTPUT_H

#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/dec.h"
#include "base/err.h"

enum { MT_OUTPUT_TEXT_MAX = 1 << 28 };  /* of one cell */

struct mt_output {
    char *path;             /* owned; NULL: this output is off, everything is ignored */
    char *buffer;           /* owned */
    size_t length;
    int fd;
    int failed;             /* errno of the first failure */
    bool begun;             /* the row has a field: a comma is due */
    int64_t day_ns;         /* the day of the last time written, and its text */
    char date[10];
    struct mt_buf text;     /* owned; a cell while it is made safe */
};

/* DIR/NAME, made anew with `header` as its first line. MT_EIO, MT_ENOMEM. */
int mt_output_open(struct mt_output *output, const char *dir, const char *name, const char *header,
                   struct mt_diag *diag) MT_CHECKED;
/* Go on with what is there (a resumed run): lines whose first field, a time, is after until_ns are cut away, and so
 * is a last line without its end. */
int mt_output_reopen(struct mt_output *output, const char *dir, const char *name, const char *header, int64_t until_ns,
                     struct mt_diag *diag) MT_CHECKED;
/* MT_EFULL or MT_EIO when anything could not be written. Flushes, closes, frees. */
int mt_output_close(struct mt_output *output, struct mt_diag *diag);
void mt_output_flush(struct mt_output *output);
int mt_output_check(const struct mt_output *output, struct mt_diag *diag);

/* Fields of a CSV row, then its end. Text of any length, quoted where it must be. A row stays one line and a cell is
 * never a command: what mt_text_escape names is escaped, a backslash doubled, and a text that a spreadsheet would run
 * (it begins with = + - @, tab, CR, LF), or that begins with an apostrophe, gets an apostrophe in front.
 * All of it can be taken back. */
void mt_output_text(struct mt_output *output, const char *text);
void mt_output_text_n(struct mt_output *output, const char *text, size_t length);
void mt_output_int(struct mt_output *output, int64_t value);
void mt_output_dec(struct mt_output *output, int64_t value, int scale);         /* without trailing zeros */
void mt_output_money(struct mt_output *output, mt_money value);
void mt_output_double(struct mt_output *output, double value);                   /* shortest; NaN is empty */
void mt_output_time(struct mt_output *output, int64_t ns);
void mt_output_end(struct mt_output *output);

#endif
