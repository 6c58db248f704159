/* table: rows for people (columns as wide as their widest cell) or, with the same calls, an array of JSON objects. */
#ifndef MT_REPORT_TABLE_H
#define MT_REPORT_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include "base/buf.h"
#include "base/dec.h"

struct mt_table {
    const char *const *columns;         /* borrowed */
    int column_count;
    unsigned right;                     /* bit c: column c is set flush right */
    struct mt_buf cells;                /* owned: their texts in order, each with its end; failed: no memory, and what
                                         * is printed would be incomplete */
    size_t cell_count;
};

void mt_table_init(struct mt_table *table, const char *const *columns, int column_count, unsigned right);
void mt_table_cell(struct mt_table *table, const char *text);
/* Without trailing zeros; "" when `there` is false. */
void mt_table_dec(struct mt_table *table, bool there, int64_t value, int scale);
void mt_table_money(struct mt_table *table, bool there, mt_money value);
void mt_table_time(struct mt_table *table, int64_t ns);
void mt_table_uint(struct mt_table *table, uint64_t value);
void mt_table_print(const struct mt_table *table, FILE *out);
/* One array, every cell a string under its column's name; bits of `numbers`: those columns hold whole numbers. */
void mt_table_print_json(const struct mt_table *table, unsigned numbers, FILE *out);
size_t mt_table_rows(const struct mt_table *table);
void mt_table_fini(struct mt_table *table);

#endif
