#include "script/save.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TAG_NUMBER = 'n', TAG_TEXT = 's', TAG_FALSE = 'f', TAG_TRUE = 't', TAG_TABLE = '{' };

/* A key of a table. Its text is owned by the Lua string, which the table keeps alive. */
struct key { int type; double number; const char *text; size_t length; };

struct saver {
    lua_State *lua;
    struct mt_buf *out;
    struct mt_diag *diag;
    const char *root;
    const void *open[MT_SAVE_DEPTH_MAX];    /* tables that are being written, outermost first */
    struct key path[MT_SAVE_DEPTH_MAX];     /* how we came to them */
    int depth;
};

static int compare_keys(const void *a, const void *b)
{
    const struct key *x = a, *y = b;
    if (x->type != y->type) {
        int rank_x = x->type == LUA_TNUMBER ? 0 : x->type == LUA_TSTRING ? 1 : 2;
        int rank_y = y->type == LUA_TNUMBER ? 0 : y->type == LUA_TSTRING ? 1 : 2;
        return rank_x - rank_y;
    }
    if (x->type != LUA_TSTRING)
        return (x->number > y->number) - (x->number < y->number);
    int order = memcmp(x->text, y->text, x->length < y->length ? x->length : y->length);
    return order != 0 ? order : (x->length > y->length) - (x->length < y->length);
}

/* "state.levels[3].cb" */
static const char *path_text(const struct saver *saver, char *text, size_t size)
{
    size_t at = (size_t)snprintf(text, size, "%s", saver->root);
    for (int i = 0; i < saver->depth && at < size; i++) {
        const struct key *key = &saver->path[i];
        int n;
        if (key->type == LUA_TSTRING)
            n = snprintf(text + at, size - at, "%s%.*s", at > 0 ? "." : "", (int)key->length, key->text);
        else if (key->type == LUA_TNUMBER)
            n = snprintf(text + at, size - at, "[%.17g]", key->number);
        else
            n = snprintf(text + at, size - at, "[%s]", key->number > 0 ? "true" : "false");
        at += (size_t)n;
    }
    return text;
}

static int refuse(const struct saver *saver, const char *what)
{
    char path[512];
    return mt_fail(saver->diag, MT_EREFUSED, "%s: %s", path_text(saver, path, sizeof path), what);
}

static int too_large(const struct saver *saver)
{
    return mt_fail(saver->diag, MT_EREFUSED, "%s: larger than %zu bytes", saver->root, saver->out->maximum);
}

static void put_size(struct mt_buf *out, size_t size)
{
    unsigned char bytes[4] = { (unsigned char)size, (unsigned char)(size >> 8), (unsigned char)(size >> 16),
        (unsigned char)(size >> 24) };
    mt_buf_put(out, bytes, sizeof bytes);
}

static void put_tag(struct mt_buf *out, char tag) { mt_buf_put(out, &tag, 1); }

static int put_value(struct saver *saver);

static int push_keys(struct saver *saver, struct key **keys, size_t *count)
{
    lua_State *lua = saver->lua;
    size_t capacity = 0;
    lua_pushnil(lua);
    while (lua_next(lua, -2) != 0) {
        lua_pop(lua, 1);
        if (*count == capacity) {
            capacity = capacity * 2 + 8;
            struct key *more = realloc(*keys, capacity * sizeof *more);
            if (more == NULL) {
                lua_pop(lua, 1);
                return mt_fail(saver->diag, MT_ENOMEM, "save: no memory");
            }
            *keys = more;
        }
        struct key *key = &(*keys)[*count];
        *key = (struct key){ .type = lua_type(lua, -1) };
        if (key->type == LUA_TNUMBER) {
            key->number = lua_tonumber(lua, -1);
        } else if (key->type == LUA_TSTRING) {
            key->text = lua_tolstring(lua, -1, &key->length);
        } else if (key->type == LUA_TBOOLEAN) {
            key->number = lua_toboolean(lua, -1);
        } else {
            const char *kind = lua_typename(lua, key->type);
            lua_pop(lua, 1);
            char text[64];
            snprintf(text, sizeof text, "a key is a %s and cannot be saved", kind);
            return refuse(saver, text);
        }
        (*count)++;
    }
    return 0;
}

static void put_scalar(struct mt_buf *out, int type, double number, const char *text, size_t length)
{
    if (type == LUA_TNUMBER) {
        put_tag(out, TAG_NUMBER);
        mt_buf_put(out, &number, sizeof number);
    } else if (type == LUA_TSTRING) {
        put_tag(out, TAG_TEXT);
        put_size(out, length);
        mt_buf_put(out, text, length);
    } else {
        put_tag(out, number > 0 ? TAG_TRUE : TAG_FALSE);
    }
}

static void push_key(lua_State *lua, const struct key *key)
{
    if (key->type == LUA_TNUMBER)
        lua_pushnumber(lua, key->number);
    else
        lua_pushboolean(lua, key->number > 0);
}

static int put_item(struct saver *saver, const struct key *key)
{
    lua_State *lua = saver->lua;
    put_scalar(saver->out, key->type, key->number, key->text, key->length);
    if (key->type == LUA_TSTRING)
        lua_pushlstring(lua, key->text, key->length);
    else
        push_key(lua, key);
    lua_rawget(lua, -2);
    saver->path[saver->depth++] = *key;
    int rc = put_value(saver);
    saver->depth--;
    lua_pop(lua, 1);
    return rc;
}

static int put_table(struct saver *saver)
{
    lua_State *lua = saver->lua;
    const void *self = lua_topointer(lua, -1);
    for (int i = 0; i < saver->depth; i++)
        if (saver->open[i] == self)
            return refuse(saver, "the table contains itself");
    if (lua_getmetatable(lua, -1)) {            /* params, a row, a module: the values behind it would be lost */
        lua_pop(lua, 1);
        return refuse(saver, "a view of the host cannot be saved; copy its values");
    }
    if (saver->depth == MT_SAVE_DEPTH_MAX - 1 || !lua_checkstack(lua, 8))
        return refuse(saver, "tables nest too deep");
    saver->open[saver->depth] = self;
    struct key *keys = NULL;
    size_t count = 0;
    int rc = push_keys(saver, &keys, &count);
    if (rc == 0) {
        if (count > 1)
            qsort(keys, count, sizeof *keys, compare_keys);
        put_tag(saver->out, TAG_TABLE);
        put_size(saver->out, count);
        for (size_t i = 0; i < count && rc == 0; i++)
            rc = put_item(saver, &keys[i]);
    }
    free(keys);
    return rc;
}

static int put_value(struct saver *saver)
{
    lua_State *lua = saver->lua;
    int type = lua_type(lua, -1);
    size_t length = 0;
    const char *text = NULL;
    if (saver->out->failed)
        return too_large(saver);
    switch (type) {
    case LUA_TTABLE:
        return put_table(saver);
    case LUA_TNUMBER:
        put_scalar(saver->out, type, lua_tonumber(lua, -1), NULL, 0);
        return 0;
    case LUA_TSTRING:
        text = lua_tolstring(lua, -1, &length);
        put_scalar(saver->out, type, 0, text, length);
        return 0;
    case LUA_TBOOLEAN:
        put_scalar(saver->out, type, lua_toboolean(lua, -1), NULL, 0);
        return 0;
    default: {
        char what[80];
        snprintf(what, sizeof what, "a %s cannot be saved", lua_typename(lua, type));
        return refuse(saver, what);
    }
    }
}

int mt_save_put(lua_State *lua, struct mt_buf *out, const char *root, struct mt_diag *diag)
{
    struct saver saver = { .lua = lua, .out = out, .diag = diag, .root = root };
    if (!lua_checkstack(lua, 8))
        return mt_fail(diag, MT_ENOMEM, "%s: no room on the stack", root);
    /* Pushing a text that exists allocates nothing, but it could run the collector, which may
     * raise. */
    lua_gc(lua, LUA_GCSTOP, 0);
    int rc = put_value(&saver);
    lua_gc(lua, LUA_GCRESTART, -1);
    return rc == 0 && out->failed ? too_large(&saver) : rc;
}

struct loader { lua_State *lua; const unsigned char *at, *end; int depth; };

static bool get_size(struct loader *loader, size_t *size)
{
    if (loader->end - loader->at < 4)
        return false;
    const unsigned char *at = loader->at;
    *size = (size_t)at[0] | (size_t)at[1] << 8 | (size_t)at[2] << 16 | (size_t)at[3] << 24;
    loader->at += 4;
    return true;
}

static bool get_value(struct loader *loader);

static bool get_table(struct loader *loader)
{
    size_t count;
    /* An entry has at least two bytes: a count beyond that cannot be right, and must not size a
     * table. */
    if (!get_size(loader, &count) || count > (size_t)(loader->end - loader->at) / 2
        || ++loader->depth == MT_SAVE_DEPTH_MAX)
        return false;
    luaL_checkstack(loader->lua, 8, "save");
    lua_createtable(loader->lua, 0, 0);
    for (size_t i = 0; i < count; i++) {
        if (!get_value(loader) || lua_istable(loader->lua, -1))
            return false;
        if (lua_type(loader->lua, -1) == LUA_TNUMBER && isnan(lua_tonumber(loader->lua, -1)))
            return false;       /* no key of a table */
        if (!get_value(loader))
            return false;
        lua_rawset(loader->lua, -3);
    }
    loader->depth--;
    return true;
}

static bool get_value(struct loader *loader)
{
    if (loader->at == loader->end)
        return false;
    size_t length;
    double number;
    switch (*loader->at++) {
    case TAG_NUMBER:
        if (loader->end - loader->at < (ptrdiff_t)sizeof number)
            return false;
        memcpy(&number, loader->at, sizeof number);
        loader->at += sizeof number;
        lua_pushnumber(loader->lua, number);
        return true;
    case TAG_TEXT:
        if (!get_size(loader, &length) || length > (size_t)(loader->end - loader->at))
            return false;
        lua_pushlstring(loader->lua, (const char *)loader->at, length);
        loader->at += length;
        return true;
    case TAG_FALSE:
        lua_pushboolean(loader->lua, 0);
        return true;
    case TAG_TRUE:
        lua_pushboolean(loader->lua, 1);
        return true;
    case TAG_TABLE:
        return get_table(loader);
    default:
        return false;
    }
}

int mt_save_get(lua_State *lua, const void *data, size_t length)
{
    struct loader loader = { lua, data, (const unsigned char *)data + length, 0 };
    int top = lua_gettop(lua);
    luaL_checkstack(lua, 8, "save");
    if (!get_value(&loader) || loader.at != loader.end) {
        lua_settop(lua, top);
        return MT_ECORRUPT;
    }
    return 0;
}
