/* What report/rows.c wrote, read again: fields with a comma or a quote in them are quoted, quotes doubled; escapes and
 * the apostrophe that tells a spreadsheet "this is text" (output.h) are taken back. */
#include "app/lookup_csv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/runs.h"

enum { FIELDS_MAX = 32 };

static void path_of(char path[MT_PATH_MAX + 32], const char *folder, const char *name)
{
    snprintf(path, MT_PATH_MAX + 32, "%.*s/%.16s.csv", MT_PATH_MAX - 1, folder, name);
}

bool mt_lookup_csv_there(const char *folder, const char *name)
{
    char path[MT_PATH_MAX + 32];
    path_of(path, folder, name);
    return access(path, R_OK) == 0;
}

/* Cut the line into its fields, in place. */
static int split(char *line, char *fields[FIELDS_MAX])
{
    int count = 0;
    for (char *at = line;; at++) {
        char *to = at;
        if (count == FIELDS_MAX)
            return count;
        fields[count++] = at;
        bool quoted = *at == '"';
        at += quoted;
        while (*at != '\0' && (quoted || *at != ',')) {
            if (quoted && *at == '"' && *++at != '"') {
                quoted = false;
                continue;
            }
            *to++ = *at++;
        }
        bool last = *at == '\0';
        *to = '\0';
        if (last)
            return count;
    }
}

static unsigned hex_of(char c)
{
    return c <= '9' ? (unsigned)(c - '0') : (unsigned)((c | 0x20) - 'a' + 10);
}

/* The character of "\\uXXXX", as UTF-8. */
static char *put_code(char *to, const char *digits)
{
    unsigned code = 0;
    for (int i = 0; i < 4; i++)
        code = code * 16 + hex_of(digits[i]);
    if (code < 0x80) {
        *to++ = (char)code;
        return to;
    }
    *to++ = code < 0x800 ? (char)(0xc0 | code >> 6) : (char)(0xe0 | code >> 12);
    if (code >= 0x800)
        *to++ = (char)(0x80 | (code >> 6 & 0x3f));
    *to++ = (char)(0x80 | (code & 0x3f));
    return to;
}

/* The text that mt_output_text was given, in place. */
static char *unescape(char *cell)
{
    static const char names[] = "btnfr\\", values[] = "\b\t\n\f\r\\";
    cell += cell[0] == '\'';
    char *to = strchr(cell, '\\');
    if (!to)
        return cell;
    for (const char *at = to; *at;) {
        const char *name = at[0] == '\\' && at[1] ? strchr(names, at[1]) : NULL;
        if (name) {
            *to++ = values[name - names];
            at += 2;
        } else if (at[0] == '\\' && at[1] == 'u' && strspn(at + 2, "0123456789abcdefABCDEF") >= 4) {
            to = put_code(to, at + 2);
            at += 6;
        } else {
            *to++ = *at++;
        }
    }
    *to = '\0';
    return cell;
}

static int find_columns(char *header, const struct mt_table *table, int place[FIELDS_MAX])
{
    char *names[FIELDS_MAX];
    int count = split(header, names);
    for (int c = 0; c < table->column_count; c++) {
        place[c] = 0;
        while (place[c] < count && strcmp(names[place[c]], table->columns[c]) != 0)
            place[c]++;
        if (place[c] == count)
            return MT_EREFUSED;
    }
    return 0;
}

static int add_row(char *line, const int place[FIELDS_MAX], struct mt_table *table)
{
    char *fields[FIELDS_MAX];
    int count = split(line, fields);
    for (int c = 0; c < table->column_count; c++)
        if (place[c] >= count)
            return MT_EREFUSED;
    for (int c = 0; c < table->column_count; c++)
        mt_table_cell(table, unescape(fields[place[c]]));
    return 0;
}

/* A row ends with the line, unless a quote is open: a tag may have lines. */
static ssize_t read_row(FILE *file, char **line, size_t *size)
{
    char *more = NULL;
    size_t more_size = 0;
    ssize_t length = getline(line, size, file);
    for (;;) {
        size_t quotes = 0;
        for (ssize_t i = 0; i < length; i++)
            quotes += (*line)[i] == '"';
        ssize_t got = length > 0 && quotes % 2 != 0 ? getline(&more, &more_size, file) : -1;
        char *grown = got > 0 ? realloc(*line, (size_t)(length + got) + 1) : NULL;
        if (!grown)
            break;                              /* cut short: a row with too few fields is told */
        memcpy(grown + length, more, (size_t)got + 1);
        *line = grown;
        length += got;
        *size = (size_t)length + 1;
    }
    free(more);
    return length;
}

int mt_lookup_csv_read(const char *folder, const char *name, struct mt_table *table, struct mt_diag *diag)
{
    char path[MT_PATH_MAX + 32], *line = NULL;
    int place[FIELDS_MAX], rc = 0;
    size_t size = 0, number = 0;
    ssize_t length;
    path_of(path, folder, name);
    FILE *file = fopen(path, "re");
    if (!file)
        return mt_fail(diag, MT_EIO, "%s: cannot be read: %s", path, strerror(errno));
    while (rc == 0 && (length = read_row(file, &line, &size)) > 0) {
        if (line[length - 1] == '\n')
            line[length - 1] = '\0';
        rc = ++number == 1 ? find_columns(line, table, place) : add_row(line, place, table);
    }
    if (rc == 0 && ferror(file))
        rc = mt_fail(diag, MT_EIO, "%s: cannot be read: %s", path, strerror(errno));
    else if (rc != 0)
        mt_fail(diag, rc, "%s: line %zu is not what this version writes", path, number);
    free(line);
    fclose(file);
    return rc;
}

struct row { uint64_t id; size_t at; };

static int row_order(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    if (x->id != y->id)
        return x->id < y->id ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

int mt_lookup_csv_by_id(struct mt_table *table, int column)
{
    size_t width = (size_t)table->column_count, count = mt_table_rows(table), kept = 0;
    struct row *rows = calloc(count + 1, sizeof *rows);
    char **cells = calloc(count * width + 1, sizeof *cells);
    if (!rows || !cells) {
        free(rows);
        free(cells);
        return MT_ENOMEM;
    }
    for (size_t i = 0; i < count; i++) {
        const char *text = table->cells[i * width + (size_t)column];
        int64_t id = 0;
        rows[i] = (struct row){ mt_dec_parse(text, strlen(text), 0, &id) == 0 ? (uint64_t)id : 0, i };
    }
    qsort(rows, count, sizeof *rows, row_order);
    for (size_t i = 0; i < count; i++) {
        char **row = table->cells + rows[i].at * width;
        if (i + 1 < count && rows[i + 1].id == rows[i].id)
            for (size_t c = 0; c < width; c++)
                free(row[c]);
        else
            memcpy(cells + width * kept++, row, width * sizeof *row);
    }
    free(rows);
    free(table->cells);
    table->cells = cells;
    table->cell_count = kept * width;
    table->capacity = count * width + 1;
    return 0;
}
