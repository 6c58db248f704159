#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "adapters/playback/csv_lines.h"

static const char utf8_mark[] = "\xef\xbb\xbf";

/* The name of the encoding when the file begins like UTF-16, else NULL. Data begin with ASCII: a zero byte beside
 * it says the same as a mark. */
static const char *wide_name(const unsigned char *head, size_t length)
{
    if (length < 2)
        return NULL;
    if (head[0] == 0xff && head[1] == 0xfe)
        return "UTF-16LE";
    if (head[0] == 0xfe && head[1] == 0xff)
        return "UTF-16BE";
    if (length < 4)
        return NULL;
    if (head[0] && !head[1] && head[2] && !head[3])
        return "UTF-16LE";
    return !head[0] && head[1] && !head[2] && head[3] ? "UTF-16BE" : NULL;
}

static int encoding_decide(struct mt_csv *csv, struct mt_diag *diag)
{
    struct mt_diag failure = { 0 }; /* of a broken file: met again when its rows are read */
    size_t got = mt_bytes_read(csv->bytes, csv->raw, 4, &failure);
    if (got > 0 && got < 4)
        got += mt_bytes_read(csv->bytes, csv->raw + got, 4 - got, &failure);
    const char *name = wide_name((const unsigned char *)csv->raw, got);
    if (name) {
        csv->decoder = iconv_open("UTF-8", name);
        if (csv->decoder == (iconv_t)-1)
            return mt_fail(diag, MT_EREFUSED, "%s: is %s, and this system cannot decode it: save it as UTF-8",
                           csv->path, name);
        csv->wide = true;
    }
    return mt_csv_rewind(csv, diag);
}

int mt_csv_open(struct mt_csv **out, const char *path, struct mt_diag *diag)
{
    struct mt_csv *csv = calloc(1, sizeof *csv);
    if (!csv)
        return mt_fail(diag, MT_ENOMEM, "%s: out of memory", path);
    csv->path = strdup(path);
    int err =
        csv->path ? mt_bytes_open(&csv->bytes, csv->path, diag) : mt_fail(diag, MT_ENOMEM, "%s: out of memory", path);
    if (err == 0)
        err = encoding_decide(csv, diag);
    if (err != 0) {
        mt_csv_close(csv);
        return err;
    }
    *out = csv;
    return 0;
}

void mt_csv_close(struct mt_csv *csv)
{
    if (!csv)
        return;
    if (csv->wide)
        iconv_close(csv->decoder);
    if (csv->spool)
        fclose(csv->spool);
    mt_bytes_close(csv->bytes);
    free(csv->path);
    free(csv);
}

void mt_csv_skip(struct mt_csv *csv, uint64_t first)
{
    csv->first = first;
}

int mt_csv_rewind(struct mt_csv *csv, struct mt_diag *diag)
{
    if (csv->back) {
        mt_csv_back_rewind(csv);
        return 0;
    }
    if (csv->wide)
        iconv(csv->decoder, NULL, NULL, NULL, NULL);
    csv->line = 0;
    csv->end = false;
    csv->failure.code = 0;
    csv->at = csv->filled = csv->pending = 0;
    return mt_bytes_rewind(csv->bytes, diag);
}

uint64_t mt_csv_consumed(const struct mt_csv *csv)
{
    if (!csv->back || csv->text_size == 0)
        return mt_bytes_consumed(csv->bytes);
    uint64_t left = csv->base + csv->filled, size = mt_csv_size(csv);
    return size - (uint64_t)((unsigned __int128)left * size / csv->text_size);
}

uint64_t mt_csv_size(const struct mt_csv *csv)
{
    return mt_bytes_size(csv->bytes);
}

/* Half a character at the end of the file is damage; one that is none becomes a question mark, and with it a bad
 * row. */
static void wide_decode(struct mt_csv *csv)
{
    char *from = csv->raw, *to = csv->text + csv->filled;
    size_t from_left = csv->pending, to_left = MT_CSV_TEXT - csv->filled;
    while (from_left > 0 && iconv(csv->decoder, &from, &from_left, &to, &to_left) == (size_t)-1) {
        if (errno != EILSEQ || from_left < 2 || to_left == 0)
            break;
        from += 2;
        from_left -= 2;
        *to++ = '?';
        to_left--;
    }
    csv->filled = MT_CSV_TEXT - to_left;
    csv->pending = from_left;
    memmove(csv->raw, from, from_left);
}

static void wide_fill(struct mt_csv *csv)
{
    size_t before = csv->filled;
    while (csv->filled == before && !csv->end) {
        size_t got = mt_bytes_read(csv->bytes, csv->raw + csv->pending, MT_CSV_WIDE - csv->pending, &csv->failure);
        csv->pending += got;
        csv->end = got == 0;
        wide_decode(csv);
    }
    if (csv->end && csv->pending > 0 && csv->failure.code == 0)
        mt_fail(&csv->failure, MT_ECORRUPT,
                "the file ends in the middle of a character of UTF-16 (truncated): export it again");
}

static void narrow_fill(struct mt_csv *csv)
{
    size_t got = mt_bytes_read(csv->bytes, csv->text + csv->filled, MT_CSV_TEXT - csv->filled, &csv->failure);
    csv->filled += got;
    csv->end = got == 0;
}

static void text_fill(struct mt_csv *csv)
{
    memmove(csv->text, csv->text + csv->at, csv->filled - csv->at);
    csv->filled -= csv->at;
    csv->at = 0;
    size_t before = csv->filled;
    if (csv->wide)
        wide_fill(csv);
    else
        narrow_fill(csv);
    if (csv->spooling && csv->failure.code == 0
        && fwrite(csv->text + before, 1, csv->filled - before, csv->spool) != csv->filled - before) {
        csv->end = true;
        mt_fail(&csv->failure, MT_EFULL,
                "no room in " P_tmpdir " for the temporary file that reading from the end needs: %s", strerror(errno));
    }
    csv->text_size += csv->filled - before;
}

/* A line beyond the maximum is thrown away chunk by chunk up to its end. */
static void rest_skip(struct mt_csv *csv)
{
    for (;;) {
        char *newline = memchr(csv->text + csv->at, '\n', csv->filled - csv->at);
        if (newline) {
            csv->at = (size_t)(newline - csv->text) + 1;
            return;
        }
        csv->at = csv->filled;
        if (csv->end)
            return;
        text_fill(csv);
    }
}

/* A last line without '\n' counts only in a sound file. */
static inline int line_take(struct mt_csv *csv, struct mt_csv_line *out)
{
    char *newline;
    while (!(newline = memchr(csv->text + csv->at, '\n', csv->filled - csv->at))) {
        if (csv->end || csv->filled - csv->at > MT_CSV_LINE_MAX + 1)
            break;
        text_fill(csv);
    }
    size_t left = csv->filled - csv->at;
    if (!newline && csv->end && (left == 0 || csv->failure.code != 0))
        return 0;
    out->text = csv->text + csv->at;
    out->length = newline ? (size_t)(newline - out->text) : left;
    out->number = ++csv->line;
    csv->at += out->length + (newline != NULL);
    if (!newline && !csv->end)
        rest_skip(csv);
    if (out->length > 0 && out->text[out->length - 1] == '\r')
        out->length--;
    out->too_long = out->length > MT_CSV_LINE_MAX;
    return 1;
}

int mt_csv_line_take(struct mt_csv *csv, struct mt_csv_line *out)
{
    return line_take(csv, out);
}

static bool is_blank(const struct mt_csv_line *line)
{
    for (size_t i = 0; i < line->length; i++)
        if (line->text[i] != ' ' && line->text[i] != '\t')
            return false;
    return true;
}

int mt_csv_next(struct mt_csv *csv, struct mt_csv_line *out, struct mt_diag *diag)
{
    while (csv->back ? mt_csv_line_back(csv, out) : line_take(csv, out)) {
        if (out->number == 1 && !out->too_long && out->length >= 3 && memcmp(out->text, utf8_mark, 3) == 0) {
            out->text += 3;
            out->length -= 3;
        }
        if (out->too_long || (out->number >= csv->first && !is_blank(out)))
            return 1;
    }
    if (csv->failure.code != 0)
        return mt_fail(diag, csv->failure.code, "%s: after line %llu: %s", csv->path, (unsigned long long)csv->line,
                       csv->failure.text);
    return 0;
}

/* ---- fields ---- */

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

static struct mt_field field_trim(const char *from, const char *to)
{
    while (from < to && is_space(*from))
        from++;
    while (to > from && is_space(to[-1]))
        to--;
    if (to - from >= 2 && *from == '"' && to[-1] == '"') {
        from++;
        to--;
    }
    return (struct mt_field){ from, (size_t)(to - from) };
}

/* Where a field that begins with a quote ends: at the separator behind its other quote. NULL: it has none, and the
 * quote is a character like any other. */
static const char *quoted_end(const char *at, const char *end, char separator)
{
    for (at++; at < end; at++) {
        if (*at != '"')
            continue;
        if (at + 1 < end && at[1] == '"') {
            at++;
            continue;
        }
        for (at++; at < end && is_space(*at) && *at != separator; at++)
            ;
        return at == end || *at == separator ? at : NULL;
    }
    return NULL;
}

/* The end of a field that may begin with a quote, behind blanks; `stop`: its first separator. */
static const char *field_end(const char *at, const char *stop, const char *end, char separator)
{
    while (at < stop && is_space(*at))
        at++;
    const char *quoted = at < stop && *at == '"' ? quoted_end(at, end, separator) : NULL;
    return quoted ? quoted : stop;
}

int mt_csv_split(const char *text, size_t length, char separator, struct mt_field fields[MT_CSV_FIELDS_MAX])
{
    const char *at = text, *end = text + length;
    int count = 0;
    for (;;) {
        const char *stop = at;
        while (stop < end && *stop != separator)
            stop++;
        if (count == MT_CSV_FIELDS_MAX)
            return count + 1;
        if (at < stop && (unsigned char)*at > '"' && (unsigned char)stop[-1] > '"') { /* digits, letters */
            fields[count++] = (struct mt_field){ at, (size_t)(stop - at) };
        } else {
            stop = field_end(at, stop, end, separator);
            fields[count++] = field_trim(at, stop);
        }
        if (stop == end)
            return count;
        at = stop + 1;
    }
}
