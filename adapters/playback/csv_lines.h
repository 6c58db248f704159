/* csv_lines: the inside of csv, for the reader from the start (csv.c) and the one from the end (csv_back.c). */
#ifndef MT_ADAPTERS_PLAYBACK_CSV_LINES_H
#define MT_ADAPTERS_PLAYBACK_CSV_LINES_H

#include <iconv.h>
#include <stdio.h>
#include "adapters/playback/bytes.h"
#include "adapters/playback/csv.h"

enum { MT_CSV_TEXT = 2 * MT_CSV_LINE_MAX, MT_CSV_WIDE = 32768 };

struct mt_csv {
    struct mt_bytes *bytes;
    char *path;
    uint64_t line, first; /* number of the last line; of the first that is handed out */
    bool end; /* no more bytes */
    struct mt_diag failure; /* code 0 while the file is sound */
    bool wide; /* UTF-16 */
    iconv_t decoder;
    size_t pending; /* of raw: not decoded yet */
    size_t at, filled; /* of text: what was not handed out yet */

    bool back; /* lines come from the last to the first */
    bool spooling; /* what is read goes to the spool, too */
    FILE *spool; /* NULL: the file itself can be read anywhere */
    int fd; /* of the file or the spool; borrowed */
    uint64_t text_size, base; /* bytes of text; where text[0] stands in it */
    uint64_t lines; /* all */

    char text[MT_CSV_TEXT];
    char raw[MT_CSV_WIDE];
};

/* csv.c: the next line from the start, blank or not. 1, or 0 when there is none. */
int mt_csv_line_take(struct mt_csv *csv, struct mt_csv_line *out);
/* csv_back.c: the same from the end. */
int mt_csv_line_back(struct mt_csv *csv, struct mt_csv_line *out);
void mt_csv_back_rewind(struct mt_csv *csv);

#endif
