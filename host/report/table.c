/* Rows for people and for programs. */
#include "report/table.h"

#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"

enum { COLUMNS_MAX = 32 };

void mt_table_init(struct mt_table *table, const char *const *columns, int column_count, unsigned right)
{
    MT_ASSERT(column_count <= COLUMNS_MAX);
    *table = (struct mt_table){ .columns = columns, .column_count = column_count, .right = right };
    mt_buf_init(&table->cells, SIZE_MAX / 2);
}

void mt_table_cell(struct mt_table *table, const char *text)
{
    mt_buf_put(&table->cells, text, strlen(text) + 1);
    table->cell_count += !table->cells.failed;
}

void mt_table_dec(struct mt_table *table, bool there, int64_t value, int scale)
{
    char text[MT_DEC_TEXT] = "";
    if (there)
        mt_dec_format_short(text, value, scale);
    mt_table_cell(table, text);
}

void mt_table_money(struct mt_table *table, bool there, mt_money value)
{
    char text[MT_DEC_TEXT] = "";
    if (there)
        mt_money_format(text, value);
    mt_table_cell(table, text);
}

void mt_table_time(struct mt_table *table, int64_t ns)
{
    char text[MT_TIME_TEXT];
    mt_time_format(text, ns);
    mt_table_cell(table, text);
}

void mt_table_uint(struct mt_table *table, uint64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, value);
    mt_table_cell(table, text);
}

size_t mt_table_rows(const struct mt_table *table)
{
    return table->cell_count / (size_t)table->column_count;
}

/* Characters, not bytes, of UTF-8. */
static int width_of(const char *text)
{
    int width = 0;
    for (; *text; text++)
        width += (*text & 0xc0) != 0x80;
    return width;
}

/* A cell as it is shown: a terminal would obey what a stranger wrote there. */
static const char *shown(struct mt_buf *room, const char *cell)
{
    mt_buf_clear(room);
    mt_text_escape(room, cell, strlen(cell), "");
    return room->failed ? "?" : mt_buf_text(room);
}

static void print_cell(const struct mt_table *table, int c, const char *text, int width, struct mt_buf *room, FILE *out)
{
    const char *cell = shown(room, text);
    int pad = width - width_of(cell);
    bool right = table->right >> c & 1, last = c == table->column_count - 1;
    fprintf(out, "%s%*s%s%*s%s", c > 0 ? "  " : "", right ? pad : 0, "", cell, right || last ? 0 : pad, "",
            last ? "\n" : "");
}

/* The first cell, and the one behind another. */
static const char *cells_of(const struct mt_table *table)
{
    return table->cells.data;
}

static const char *next_of(const char *cell)
{
    return cell + strlen(cell) + 1;
}

void mt_table_print(const struct mt_table *table, FILE *out)
{
    int widths[COLUMNS_MAX] = { 0 }, columns = table->column_count;
    size_t rows = mt_table_rows(table);
    const char *cell = cells_of(table);
    struct mt_buf room;
    mt_buf_init(&room, SIZE_MAX / 2);
    for (int c = 0; c < columns; c++)
        widths[c] = width_of(table->columns[c]);
    for (size_t r = 0; r < rows; r++)
        for (int c = 0; c < columns; c++, cell = next_of(cell)) {
            int width = width_of(shown(&room, cell));
            if (width > widths[c])
                widths[c] = width;
        }
    for (int c = 0; c < columns; c++)
        print_cell(table, c, table->columns[c], widths[c], &room, out);
    cell = cells_of(table);
    for (size_t r = 0; r < rows; r++)
        for (int c = 0; c < columns; c++, cell = next_of(cell))
            print_cell(table, c, cell, widths[c], &room, out);
    mt_buf_fini(&room);
}

void mt_table_print_json(const struct mt_table *table, unsigned numbers, FILE *out)
{
    struct mt_buf line;
    size_t columns = (size_t)table->column_count, rows = mt_table_rows(table);
    const char *cell = cells_of(table);
    mt_buf_init(&line, SIZE_MAX / 2);
    fputc('[', out);
    for (size_t r = 0; r < rows; r++) {
        mt_buf_clear(&line);
        line.comma = false;
        mt_json_open(&line, NULL, '{');
        for (size_t c = 0; c < columns; c++, cell = next_of(cell)) {
            if (numbers >> c & 1)
                mt_json_raw(&line, table->columns[c], cell[0] ? cell : "null");
            else
                mt_json_text(&line, table->columns[c], cell);
        }
        mt_json_close(&line, '}');
        fprintf(out, "%s%s", r > 0 ? ",\n" : "", mt_buf_text(&line));
    }
    fputs("]\n", out);
    mt_buf_fini(&line);
}

void mt_table_fini(struct mt_table *table)
{
    mt_buf_fini(&table->cells);
}
