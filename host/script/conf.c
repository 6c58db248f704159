/* conf: configuration as Lua text: evaluated in an empty environment, without the compiler, for a
 * bounded number of steps and in a small arena; what comes out is data. Lines of keys come from
 * places.c. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "script/places.h"
#include "script/vm.h"

enum { CONF_ARENA = 16 << 20, CONF_STEPS = 1000000, CONF_DEPTH_MAX = MT_PLACES_DEPTH, CONF_FILE_MAX = 1 << 20 };

/* The tree ------------------------------------------------------------------------------------- */

struct conf_reader {
    lua_State *lua;
    const struct mt_places *places;
    const char *name;
    struct mt_diag *diag;
    char path[1024];
};

static int compare_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static struct mt_conf *conf_new(const char *key)
{
    struct mt_conf *conf = calloc(1, sizeof *conf);
    if (conf != NULL && key != NULL && (conf->key = strdup(key)) == NULL) {
        free(conf);
        return NULL;
    }
    return conf;
}

void mt_conf_free(struct mt_conf *conf)
{
    while (conf != NULL) {
        struct mt_conf *next = conf->next;
        mt_conf_free(conf->child);
        free((void *)(uintptr_t)conf->key);
        free((void *)(uintptr_t)conf->text);
        free(conf);
        conf = next;
    }
}

const struct mt_conf *mt_conf_get(const struct mt_conf *table, const char *key)
{
    for (const struct mt_conf *child = table->child; child != NULL; child = child->next)
        if (strcmp(child->key, key) == 0)
            return child;
    return NULL;
}

static int read_value(struct conf_reader *reader, struct mt_conf *conf, int depth);

/* One child: key as it is called, line of the table it is in; the value is on top of the stack. */
static int read_child(struct conf_reader *reader, struct mt_conf ***tail, const char *key, int depth, int line)
{
    size_t base = strlen(reader->path);
    bool array = key[0] == '[';
    int n = snprintf(reader->path + base, sizeof reader->path - base, "%s%s", base > 0 && !array ? "." : "", key);
    if (n < 0 || (size_t)n >= sizeof reader->path - base)
        return mt_fail(reader->diag, MT_ERANGE, "%s:%d: the keys are too long", reader->name, line > 0 ? line : 1);
    struct mt_conf *child = conf_new(key);
    if (child == NULL)
        return mt_fail(reader->diag, MT_ENOMEM, "%s: no memory", reader->name);
    **tail = child;
    *tail = &child->next;
    child->line = mt_places_line(reader->places, reader->path);
    if (child->line == 0)
        child->line = line;         /* it came out of a variable */
    int rc = read_value(reader, child, depth + 1);
    reader->path[base] = 0;
    return rc;
}

static int refuse(struct conf_reader *reader, const char *what)
{
    int line = mt_places_line(reader->places, reader->path);
    line = line > 0 ? line : reader->places->return_line > 0 ? reader->places->return_line : 1;
    const char *path = reader->path[0] != 0 ? reader->path : "configuration";
    return mt_fail(reader->diag, MT_EREFUSED, "%s:%d: %s: %s", reader->name, line, path, what);
}

/* The text keys of the table on top, sorted. They are borrowed from the table. */
static int text_keys(struct conf_reader *reader, size_t array, const char ***keys, size_t *count)
{
    lua_State *lua = reader->lua;
    size_t capacity = 0;
    lua_pushnil(lua);
    while (lua_next(lua, -2) != 0) {
        lua_pop(lua, 1);
        if (lua_type(lua, -1) == LUA_TNUMBER) {
            double number = lua_tonumber(lua, -1);
            if (number >= 1 && number <= (double)array && number <= (double)(size_t)number
                && number >= (double)(size_t)number)
                continue;
        }
        if (lua_type(lua, -1) != LUA_TSTRING) {
            lua_pop(lua, 1);
            return refuse(reader, "keys are names, or the items of a list without holes");
        }
        if (*count == capacity) {
            capacity = capacity * 2 + 16;
            const char **more = realloc(*keys, capacity * sizeof *more);
            if (more == NULL) {
                lua_pop(lua, 1);
                return mt_fail(reader->diag, MT_ENOMEM, "%s: no memory", reader->name);
            }
            *keys = more;
        }
        (*keys)[(*count)++] = lua_tostring(lua, -1);
    }
    if (*count > 1)
        qsort(*keys, *count, sizeof **keys, compare_text);
    return 0;
}

static int read_table(struct conf_reader *reader, struct mt_conf *conf, int depth)
{
    lua_State *lua = reader->lua;
    if (depth == CONF_DEPTH_MAX || !lua_checkstack(lua, 8))
        return refuse(reader, "tables nest too deep");
    conf->kind = MT_CONF_TABLE;
    struct mt_conf **tail = &conf->child;
    size_t array = lua_objlen(lua, -1), count = 0;
    const char **keys = NULL;
    int rc = text_keys(reader, array, &keys, &count);
    for (size_t i = 1; i <= array && rc == 0; i++) {
        char key[32];
        snprintf(key, sizeof key, "[%zu]", i);
        lua_rawgeti(lua, -1, (int)i);
        rc = read_child(reader, &tail, key, depth, conf->line);
        lua_pop(lua, 1);
    }
    for (size_t i = 0; i < count && rc == 0; i++) {
        lua_pushstring(lua, keys[i]);
        lua_rawget(lua, -2);
        rc = read_child(reader, &tail, keys[i], depth, conf->line);
        lua_pop(lua, 1);
    }
    free(keys);
    return rc;
}

static int read_value(struct conf_reader *reader, struct mt_conf *conf, int depth)
{
    lua_State *lua = reader->lua;
    switch (lua_type(lua, -1)) {
    case LUA_TBOOLEAN:
        conf->kind = MT_CONF_BOOL;
        conf->boolean = lua_toboolean(lua, -1) != 0;
        return 0;
    case LUA_TNUMBER:
        conf->kind = MT_CONF_NUMBER;
        conf->number = lua_tonumber(lua, -1);
        return 0;
    case LUA_TSTRING: {
        size_t length;
        const char *text = lua_tolstring(lua, -1, &length);
        if (strlen(text) != length)
            return refuse(reader, "a text with a zero byte");
        conf->kind = MT_CONF_TEXT;
        conf->text = strdup(text);
        return conf->text != NULL ? 0 : mt_fail(reader->diag, MT_ENOMEM, "%s: no memory", reader->name);
    }
    case LUA_TTABLE:
        return read_table(reader, conf, depth);
    default:
        return refuse(reader, "only texts, numbers, true, false and tables");
    }
}

/* Evaluation ----------------------------------------------------------------------------------- */

static void too_long(lua_State *lua, lua_Debug *debug)
{
    (void)debug;
    luaL_error(lua, "more than %d steps: a configuration is data", CONF_STEPS);
}

struct evaluation {
    const char *text, *name;
    size_t length;
    struct conf_reader *reader;
    struct mt_conf *root;
    int rc;
    bool syntax;        /* what failed is the text, not its evaluation */
};

static int evaluate(lua_State *lua)
{
    struct evaluation *ev = lua_touserdata(lua, 1);
    char chunk[512];
    luaJIT_setmode(lua, 0, LUAJIT_MODE_ENGINE | LUAJIT_MODE_OFF);
    snprintf(chunk, sizeof chunk, "@%s", ev->name);
    ev->syntax = true;
    if (luaL_loadbufferx(lua, ev->text, ev->length, chunk, "t") != 0)
        return lua_error(lua);
    ev->syntax = false;
    lua_newtable(lua);
    lua_pushvalue(lua, -1);
    lua_insert(lua, 2);
    lua_setfenv(lua, -2);
    lua_sethook(lua, too_long, LUA_MASKCOUNT, CONF_STEPS);
    lua_call(lua, 0, 1);
    lua_sethook(lua, NULL, 0, 0);
    /* What it returned, else the globals that it set. */
    ev->root->returned = !lua_isnil(lua, -1);
    if (!ev->root->returned)
        lua_pop(lua, 1);
    if (!lua_istable(lua, -1)) {
        int line = ev->reader->places->return_line;
        ev->rc = mt_fail(ev->reader->diag, MT_EREFUSED, "%s:%d: it must return a table", ev->name, line > 0 ? line : 1);
        return 0;
    }
    ev->root->line = ev->reader->places->return_line;
    ev->reader->lua = lua;
    lua_gc(lua, LUA_GCSTOP, 0);     /* reading allocates nothing new in Lua and must not raise */
    ev->rc = read_table(ev->reader, ev->root, 0);
    return 0;
}

int mt_conf_parse(const char *text, size_t length, const char *name, struct mt_conf **out, struct mt_diag *diag)
{
    *out = NULL;
    struct mt_arena arena;
    struct mt_places places = { 0 };
    struct conf_reader reader = { .places = &places, .name = name, .diag = diag };
    struct evaluation ev = { .text = text, .name = name, .length = length, .reader = &reader, .root = conf_new(NULL) };
    if (ev.root == NULL || mt_arena_init(&arena, CONF_ARENA) != 0) {
        mt_conf_free(ev.root);
        return mt_fail(diag, MT_ENOMEM, "%s: no memory", name);
    }
    mt_places_find(&places, text, length);
    lua_State *lua = places.failed ? NULL : lua_newstate(mt_arena_alloc, &arena);
    if (lua == NULL) {
        mt_places_free(&places);
        mt_arena_fini(&arena);
        mt_conf_free(ev.root);
        return mt_fail(diag, MT_ENOMEM, "%s: no memory", name);
    }
    int rc = lua_cpcall(lua, evaluate, &ev);
    if (rc == LUA_ERRMEM)
        rc = mt_fail(diag, MT_ENOMEM, "%s:1: more than %d bytes of memory", name, CONF_ARENA);
    else if (rc != 0)
        rc = mt_fail(diag, ev.syntax ? MT_ESYNTAX : MT_EREFUSED, "%s",
            lua_isstring(lua, -1) ? lua_tostring(lua, -1) : "an error without a text");
    else if ((rc = ev.rc) == 0)
        rc = mt_places_twice(&places, name, diag);
    lua_close(lua);
    mt_arena_fini(&arena);
    mt_places_free(&places);
    if (rc != 0) {
        mt_conf_free(ev.root);
        return rc;
    }
    *out = ev.root;
    return 0;
}

int mt_conf_load(const char *path, struct mt_conf **out, struct mt_diag *diag)
{
    char *text;
    size_t length;
    *out = NULL;
    int rc = mt_loader_slurp(path, CONF_FILE_MAX, &text, &length, diag);
    if (rc != 0)
        return rc;
    rc = mt_conf_parse(text, length, path, out, diag);
    free(text);
    return rc;
}
