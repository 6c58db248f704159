/* csv: the lines of a text file, whatever it is packed in (bytes.h), and their fields. Read in chunks, in place,
 * without an allocation after open (a file that is read from its end may need a temporary file).
 * A line is text up to '\n' (a '\r' before it is cut, a UTF-8 mark at the start of the file too); the last line
 * needs no '\n'. UTF-16 (told by its mark, or by zero bytes in its first characters) becomes UTF-8. A broken file
 * (truncated gzip, read error) gives all complete lines before the damage and then its error, again and again. */
#ifndef MT_ADAPTERS_PLAYBACK_CSV_H
#define MT_ADAPTERS_PLAYBACK_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"

enum { MT_CSV_LINE_MAX = 65536, MT_CSV_FIELDS_MAX = 64 };

struct mt_csv_line {
    const char *text;       /* borrowed until the next call; not zero terminated */
    size_t length;
    uint64_t number;        /* from 1, empty lines count */
    bool too_long;          /* more than MT_CSV_LINE_MAX bytes: text is void */
};

struct mt_field { const char *text; size_t length; };

struct mt_csv;
/* MT_EIO: missing, unreadable, not a regular file. MT_EREFUSED: as mt_bytes_open. */
int mt_csv_open(struct mt_csv **out, const char *path, struct mt_diag *diag) MT_CHECKED;
void mt_csv_close(struct mt_csv *csv);
int mt_csv_rewind(struct mt_csv *csv, struct mt_diag *diag) MT_CHECKED;
/* Lines before number `first` are not handed out, but for those that are too long (they are no header); holds from the
 * next rewind on. */
void mt_csv_skip(struct mt_csv *csv, uint64_t first);
/* From the next rewind on the lines come from the last to the first, with their numbers. Reads the file once to count
 * them. MT_EIO, MT_ECORRUPT (the end of a broken file is not known), MT_EFULL (no room for a temporary file). */
int mt_csv_backwards(struct mt_csv *csv, struct mt_diag *diag) MT_CHECKED;
/* 1 and the next line that is not blank; 0 at the end; MT_EIO or MT_ECORRUPT. */
int mt_csv_next(struct mt_csv *csv, struct mt_csv_line *out, struct mt_diag *diag) MT_CHECKED;
/* Bytes of the file: read so far, and all. */
uint64_t mt_csv_consumed(const struct mt_csv *csv);
uint64_t mt_csv_size(const struct mt_csv *csv);

/* Fields between separators, without blanks around them and without one pair of double quotes, in which a separator
 * is one character like any other. Returns their number; at most MT_CSV_FIELDS_MAX are written, a larger result
 * says that there are more. */
int mt_csv_split(const char *text, size_t length, char separator, struct mt_field fields[MT_CSV_FIELDS_MAX]);

#endif
