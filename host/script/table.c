/* table: the rows of a CSV file that a run script names, as an array of Lua tables. A header line
 * names the columns; others than the declared ones are skipped. Rows must be sorted by time. Fields
 * may be in double quotes, without newlines. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "script/table.h"

enum { COLUMNS_MAX = 64, FIELD_MAX = 4096 };

struct column { const char *name, *kind; int at; };     /* at: place in the file, -1 not seen */
struct table_row { const char *field[COLUMNS_MAX]; size_t length[COLUMNS_MAX]; int count; };

/* Split one line in place; quoted fields lose their quotes, doubled quotes stay one. false: a quote
 * is left open. */
static bool split_line(char *line, size_t length, struct table_row *row)
{
    char *at = line, *end = line + length;
    row->count = 0;
    for (;;) {
        char *out = at, *start = at;
        if (at < end && *at == '"') {
            start = out = ++at;
            while (at < end && (*at != '"' || (at + 1 < end && at[1] == '"'))) {
                at += *at == '"';
                *out++ = *at++;
            }
            if (at == end)
                return false;
            at++;
        } else {
            while (at < end && *at != ',')
                at++;
            out = at;
        }
        if (row->count < COLUMNS_MAX) {
            row->field[row->count] = start;
            row->length[row->count++] = (size_t)(out - start);
        }
        if (at == end)
            return true;
        if (*at != ',')
            return false;
        at++;
    }
}

static bool find_columns(const struct table_row *header, struct column *columns, int count, const char **missing)
{
    for (int i = 0; i < count; i++) {
        columns[i].at = -1;
        for (int k = 0; k < header->count; k++)
            if (header->length[k] == strlen(columns[i].name)
                && memcmp(header->field[k], columns[i].name, header->length[k]) == 0)
                columns[i].at = k;
        *missing = columns[i].name;
        if (columns[i].at < 0)
            return false;
    }
    return true;
}

/* Push one value; false when the text is not of the kind. */
static bool push_field(lua_State *lua, const struct column *column, const char *text, size_t length)
{
    if (strcmp(column->kind, "text") == 0) {
        lua_pushlstring(lua, text, length);
        return true;
    }
    if (strcmp(column->kind, "number") == 0) {
        double value;
        if (mt_double_parse(text, length, &value) != 0)
            return false;
        lua_pushnumber(lua, value);
        return true;
    }
    int64_t ns;
    if (mt_time_parse(text, length, &ns) != 0)
        return false;
    lua_pushnumber(lua, (double)ns / (double)MT_NS_PER_S);
    return true;
}

static int push_row(lua_State *lua, const struct column *columns, int count, const struct table_row *row, double *time,
    const char *where, struct mt_diag *diag)
{
    lua_createtable(lua, 0, count);
    for (int i = 0; i < count; i++) {
        int at = columns[i].at;
        if (at >= row->count)
            return mt_fail(diag, MT_ESYNTAX, "%s: column '%s' is missing", where, columns[i].name);
        if (!push_field(lua, &columns[i], row->field[at], row->length[at]))
            return mt_fail(diag, MT_ESYNTAX, "%s: column '%s': a %s expected, got '%.*s'", where, columns[i].name,
                columns[i].kind, (int)(row->length[at] > 40 ? 40 : row->length[at]), row->field[at]);
        if (strcmp(columns[i].name, "time") == 0) {
            double now = lua_tonumber(lua, -1);
            if (now < *time)
                return mt_fail(diag, MT_ESYNTAX, "%s: the rows must be sorted by time", where);
            *time = now;
        }
        lua_setfield(lua, -2, columns[i].name);
    }
    return 0;
}

static int read_columns(lua_State *lua, int names, int kinds, struct column *columns)
{
    int count = (int)lua_objlen(lua, names);
    luaL_argcheck(lua, count <= COLUMNS_MAX, names, "too many columns");
    for (int i = 0; i < count; i++) {
        /* The strings stay alive in the caller's lists. */
        lua_rawgeti(lua, names, i + 1);
        lua_rawgeti(lua, kinds, i + 1);
        columns[i].name = lua_tostring(lua, -2);
        columns[i].kind = lua_tostring(lua, -1);
        lua_pop(lua, 2);
    }
    return count;
}

int mt_table_push(lua_State *lua, const char *name, const char *text, size_t length, int names, int kinds,
    struct mt_diag *diag)
{
    struct column columns[COLUMNS_MAX];
    int count = read_columns(lua, names, kinds, columns), rows = 0, number = 0;
    double time = -1e300;
    lua_newtable(lua);
    int table = lua_gettop(lua);
    for (const char *at = text, *end = text + length; at < end;) {
        const char *eol = memchr(at, '\n', (size_t)(end - at));
        size_t n = (size_t)((eol != NULL ? eol : end) - at);
        char line[FIELD_MAX], where[320];
        struct table_row row;
        number++;
        snprintf(where, sizeof where, "%s:%d", name, number);
        if (n > 0 && at[n - 1] == '\r')
            n--;
        if (n >= sizeof line)
            return mt_fail(diag, MT_ESYNTAX, "%s: the line is longer than %d bytes", where, FIELD_MAX);
        memcpy(line, at, n);
        at = eol != NULL ? eol + 1 : end;
        if (n == 0)
            continue;
        const char *missing;
        if (!split_line(line, n, &row))
            return mt_fail(diag, MT_ESYNTAX, "%s: a quote is left open or followed by text", where);
        if (number == 1) {
            if (!find_columns(&row, columns, count, &missing))
                return mt_fail(diag, MT_ESYNTAX, "%s: the header has no column '%s'", where, missing);
            continue;
        }
        int rc = push_row(lua, columns, count, &row, &time, where, diag);
        if (rc != 0)
            return rc;
        lua_rawseti(lua, table, ++rows);
    }
    if (number == 0)
        return mt_fail(diag, MT_ESYNTAX, "%s: empty; a header line is needed", name);
    return 0;
}
