/* Which run is running, and how its status looks to people. */
#include "app/steer.h"

#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "app/control.h"
#include "base/say.h"
#include "report/table.h"
#include "base/buf.h"
#include "base/dec.h"

static int is_shown(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* IDs begin with the time; of one second the longer name with the higher number is the later. */
static int newest_first(const struct dirent **a, const struct dirent **b)
{
    enum { STAMP = 15 };
    int order = strncmp((*b)->d_name, (*a)->d_name, STAMP);
    return order != 0 ? order : strverscmp((*b)->d_name, (*a)->d_name);
}

int mt_steer_find(const char *state, char out[MT_PATH_MAX], struct mt_diag *diag)
{
    char base[MT_PATH_MAX];
    struct dirent **entries = NULL;
    bool found = false;
    snprintf(base, sizeof base, "%.*s/runs", MT_PATH_MAX - 300, state);
    int count = scandir(base, &entries, is_shown, newest_first);
    for (int i = 0; i < count; i++) {
        char folder[MT_PATH_MAX], path[MT_PATH_MAX + 16];
        struct stat st;
        snprintf(folder, sizeof folder, "%.*s/%.255s", MT_PATH_MAX - 300, base, entries[i]->d_name);
        snprintf(path, sizeof path, "%s/control.sock", folder);
        if (!found && lstat(path, &st) == 0 && S_ISSOCK(st.st_mode) && mt_control_listens(folder)) {
            memcpy(out, folder, sizeof folder);
            found = true;
        }
        free(entries[i]);
    }
    free(entries);
    return found ? 0 : mt_fail(diag, MT_ENOTFOUND, "%s: no run is running there", base);
}

/* A value of any simple kind as text. */
/* room has MT_DEC_TEXT bytes. */
static const char *value_text(const json_t *value, char *room)
{
    if (json_is_string(value))
        return json_string_value(value);
    if (json_is_integer(value))
        snprintf(room, MT_DEC_TEXT, "%lld", (long long)json_integer_value(value));
    else if (json_is_real(value))
        mt_double_format(room, json_real_value(value));
    else if (json_is_boolean(value))
        return json_is_true(value) ? "yes" : "no";
    else
        return "";
    return room;
}

static void print_rows(const json_t *array, const char *const *columns, int column_count, unsigned right)
{
    struct mt_table table;
    mt_table_init(&table, columns, column_count, right);
    for (size_t i = 0; i < json_array_size(array); i++) {
        const json_t *row = json_array_get(array, i);
        char room[MT_DEC_TEXT];
        for (int c = 0; c < column_count; c++)
            mt_table_cell(&table, value_text(json_object_get(row, columns[c]), room));
    }
    mt_table_print(&table, stdout);
    mt_table_fini(&table);
}

static void print_head(json_t *root)
{
    static const char *const counts[] = { "events", "signals", "vetoes", "orders", "denied", "refused", "rejected",
                                          "expired", "cut", "assumed", "fills", "trades" };
    char room[MT_DEC_TEXT];
    const char *code;
    json_t *count;
    mt_say(stdout, "%s  %s  %s%s", value_text(json_object_get(root, "mode"), room),
           value_text(json_object_get(root, "script"), room),
           value_text(json_object_get(root, "now"), room),
           json_is_true(json_object_get(root, "warming")) ? "  warming up" : "");
    mt_say(stdout, "%s", value_text(json_object_get(root, "run"), room));
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        printf("%s%s %s", i > 0 ? "  " : "", counts[i],
               value_text(json_object_get(root, counts[i]), room));
    printf("\n");
    const char *note = value_text(json_object_get(root, "note"), room);
    if (note[0])
        printf("\n%s\n", note);
    json_object_foreach(json_object_get(root, "rejected_by"), code, count)
        printf("rejected %s %s\n", code, value_text(count, room));
}

static void print_params(json_t *params)
{
    const char *key;
    json_t *value;
    char room[MT_DEC_TEXT];
    if (json_object_size(params) == 0)
        return;
    struct mt_buf line;
    mt_buf_init(&line, SIZE_MAX / 2);
    json_object_foreach(params, key, value)
        mt_buf_printf(&line, "  %s=%s", key, value_text(value, room));
    printf("\n");
    mt_say(stdout, "params%s", mt_buf_text(&line));
    mt_buf_fini(&line);
}

struct section { const char *name; const char *const *columns; int column_count; unsigned right; };

static const char *const symbol_columns[] = { "symbol", "bid", "ask", "last", "stance", "why_not" };
static const char *const account_columns[] = { "account", "currency", "cash", "equity" };
static const char *const leg_columns[] = { "account", "symbol", "want", "qty", "entry", "unrealised", "open_orders",
                                           "unknown_orders", "stop_at", "state" };
static const char *const scope_columns[] = { "scope", "account", "state" };
static const struct section sections[] = {
    { "symbols", symbol_columns, 6, 0x1e },
    { "accounts", account_columns, 4, 0xc },
    { "legs", leg_columns, 10, 0xfc },
    { "not_active", scope_columns, 3, 0 },
};

int mt_steer_print_status(const char *json, bool as_json)
{
    json_error_t error;
    json_t *root = json_loads(json, 0, &error);
    if (!root) {
        fprintf(stderr, "mthost: status: the answer is no JSON: %s\n", error.text);
        return MT_ESYNTAX;
    }
    if (as_json) {
        printf("%s\n", json);
        json_decref(root);
        return 0;
    }
    print_head(root);
    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++) {
        const json_t *rows = json_object_get(root, sections[i].name);
        if (json_array_size(rows) == 0)
            continue;
        printf("\n");
        print_rows(rows, sections[i].columns, sections[i].column_count, sections[i].right);
    }
    print_params(json_object_get(root, "params"));
    json_decref(root);
    return 0;
}
