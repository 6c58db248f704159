/* conf: configuration as Lua text: evaluated in an empty environment, without the compiler, for a
 * bounded number of steps and in a small arena; what comes out is data. Lines of keys come from the
 * tokens of the text, because Lua forgets them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "script/lex.h"
#include "script/vm.h"

enum { CONF_ARENA = 16 << 20, CONF_STEPS = 1000000, CONF_DEPTH_MAX = 16, CONF_FILE_MAX = 1 << 20 };

/* Where a key stands: its path "accounts.desk/01.live" or "accounts[2].name", as the constructors
 * of the text say. */
struct place { char *path; int line; };
struct places { struct place *items; size_t count, capacity; };

static void add_place(struct places *places, const char *path, int line)
{
    if (places->count == places->capacity) {
        size_t capacity = places->capacity * 2 + 64;
        struct place *more = realloc(places->items, capacity * sizeof *more);
        if (more == NULL)
            return;
        places->items = more;
        places->capacity = capacity;
    }
    char *copy = strdup(path);
    if (copy != NULL)
        places->items[places->count++] = (struct place){ copy, line };
}

static int line_of(const struct places *places, const char *path)
{
    for (size_t i = 0; i < places->count; i++)
        if (strcmp(places->items[i].path, path) == 0)
            return places->items[i].line;
    return 0;
}

struct level { size_t length; int index; };     /* of the path outside; the last array item */
struct scan {
    struct places *places;
    char path[1024];
    size_t length;
    struct level levels[CONF_DEPTH_MAX];
    int depth;
    bool fresh;             /* at the start of an item: after `{` `,` `;` */
};

static size_t outside(const struct scan *scan)
{
    return scan->depth > 0 ? scan->levels[scan->depth - 1].length : 0;
}

/* Put a key behind the path of the table outside. */
static void found_key(struct scan *scan, const char *dot, const char *text, int length, int line)
{
    size_t base = outside(scan), room = sizeof scan->path - base;
    int n = snprintf(scan->path + base, room, "%s%.*s", base > 0 ? dot : "", length, text);
    scan->length = base + (n < 0 || (size_t)n >= room ? 0 : (size_t)n);
    scan->path[scan->length] = 0;
    add_place(scan->places, scan->path, line);
}

static void named_key(struct scan *scan, const struct mt_token *key)
{
    bool quoted = key->kind == MT_TOKEN_STRING && key->length >= 2;
    found_key(scan, ".", key->text + quoted, (int)key->length - 2 * quoted, key->line);
}

static void array_item(struct scan *scan, int line)
{
    char text[32];
    int length = snprintf(text, sizeof text, "[%d]", ++scan->levels[scan->depth - 1].index);
    found_key(scan, "", text, length, line);
}

static void open_table(struct scan *scan)
{
    if (scan->depth < CONF_DEPTH_MAX)
        scan->levels[scan->depth++] = (struct level){ scan->length, 0 };
}

/* a: the token; b, c: the two that follow. */
static void scan_token(struct scan *scan, const struct mt_token *a, const struct mt_token *b, const struct mt_token *c)
{
    bool item = scan->fresh && scan->depth > 0;
    scan->fresh = false;
    if (a->kind == MT_TOKEN_NAME && mt_token_is(b, "=") && (item || scan->depth == 0))
        named_key(scan, a);
    else if (item && mt_token_is(a, "[") && b->kind == MT_TOKEN_STRING && mt_token_is(c, "]"))
        named_key(scan, b);
    else if (item && !mt_token_is(a, "}") && !mt_token_is(a, "["))
        array_item(scan, a->line);
    if (mt_token_is(a, "return") && scan->depth == 0)
        scan->length = 0;
    if (mt_token_is(a, "{")) {
        open_table(scan);
        scan->fresh = true;
    } else if (mt_token_is(a, "}")) {
        scan->depth -= scan->depth > 0;
    } else if (mt_token_is(a, ",") || mt_token_is(a, ";")) {
        scan->fresh = true;
    }
}

static void find_places(struct places *places, const char *text, size_t length)
{
    struct scan scan = { .places = places };
    struct mt_lex lex;
    mt_lex_init(&lex, text, length);
    struct mt_token a = mt_lex_next(&lex), b = mt_lex_next(&lex);
    while (a.kind != MT_TOKEN_END) {
        struct mt_token c = mt_lex_next(&lex);
        scan_token(&scan, &a, &b, &c);
        a = b;
        b = c;
    }
}

/* The tree ------------------------------------------------------------------------------------- */

struct reader {
    lua_State *lua;
    const struct places *places;
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

static int read_value(struct reader *reader, struct mt_conf *conf, int depth);

/* One child: key as it is called; the value is on top of the stack. */
static int read_child(struct reader *reader, struct mt_conf ***tail, const char *key, int depth)
{
    size_t base = strlen(reader->path);
    bool array = key[0] == '[';
    int n = snprintf(reader->path + base, sizeof reader->path - base, "%s%s", base > 0 && !array ? "." : "", key);
    if (n < 0 || (size_t)n >= sizeof reader->path - base)
        return mt_fail(reader->diag, MT_ERANGE, "%s: the keys are too long", reader->name);
    struct mt_conf *child = conf_new(key);
    if (child == NULL)
        return mt_fail(reader->diag, MT_ENOMEM, "%s: no memory", reader->name);
    **tail = child;
    *tail = &child->next;
    child->line = line_of(reader->places, reader->path);
    int rc = read_value(reader, child, depth + 1);
    reader->path[base] = 0;
    return rc;
}

static int refuse(struct reader *reader, const char *what)
{
    return mt_fail(reader->diag, MT_EREFUSED, "%s:%d: %s: %s", reader->name, line_of(reader->places, reader->path),
        reader->path, what);
}

/* The text keys of the table on top, sorted. They are borrowed from the table. */
static int text_keys(struct reader *reader, size_t array, const char ***keys, size_t *count)
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

static int read_table(struct reader *reader, struct mt_conf *conf, int depth)
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
        rc = read_child(reader, &tail, key, depth);
        lua_pop(lua, 1);
    }
    for (size_t i = 0; i < count && rc == 0; i++) {
        lua_pushstring(lua, keys[i]);
        lua_rawget(lua, -2);
        rc = read_child(reader, &tail, keys[i], depth);
        lua_pop(lua, 1);
    }
    free(keys);
    return rc;
}

static int read_value(struct reader *reader, struct mt_conf *conf, int depth)
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
    struct reader *reader;
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
    if (lua_isnil(lua, -1))
        lua_pop(lua, 1);
    if (!lua_istable(lua, -1)) {
        ev->rc = mt_fail(ev->reader->diag, MT_EREFUSED, "%s: it must return a table", ev->name);
        return 0;
    }
    ev->reader->lua = lua;
    lua_gc(lua, LUA_GCSTOP, 0);     /* reading allocates nothing new in Lua and must not raise */
    ev->rc = read_table(ev->reader, ev->root, 0);
    return 0;
}

int mt_conf_parse(const char *text, size_t length, const char *name, struct mt_conf **out, struct mt_diag *diag)
{
    *out = NULL;
    struct mt_arena arena;
    struct places places = { 0 };
    struct reader reader = { .places = &places, .name = name, .diag = diag };
    struct evaluation ev = { .text = text, .name = name, .length = length, .reader = &reader, .root = conf_new(NULL) };
    if (ev.root == NULL || mt_arena_init(&arena, CONF_ARENA) != 0) {
        mt_conf_free(ev.root);
        return mt_fail(diag, MT_ENOMEM, "%s: no memory", name);
    }
    find_places(&places, text, length);
    lua_State *lua = lua_newstate(mt_arena_alloc, &arena);
    MT_ASSERT(lua != NULL);
    int rc = lua_cpcall(lua, evaluate, &ev);
    if (rc == LUA_ERRMEM)
        rc = mt_fail(diag, MT_ENOMEM, "%s: more than %d bytes of memory", name, CONF_ARENA);
    else if (rc != 0)
        rc = mt_fail(diag, ev.syntax ? MT_ESYNTAX : MT_EREFUSED, "%s",
            lua_isstring(lua, -1) ? lua_tostring(lua, -1) : "an error without a text");
    else
        rc = ev.rc;
    lua_close(lua);
    mt_arena_fini(&arena);
    for (size_t i = 0; i < places.count; i++)
        free(places.items[i].path);
    free(places.items);
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
