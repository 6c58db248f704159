/* api: the functions of C that the parts of the prelude use (H.c). Scripts cannot reach them. None
 * keeps half-changed state across a lua_* call that may raise. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/near.h"
#include "model/code.h"
#include "model/order.h"
#include "script/lex.h"
#include "script/lint.h"
#include "script/save.h"
#include "script/table.h"
#include "script/vm.h"

static void note_error(struct mt_script *script, int code)
{
    if (script->load_error == 0)
        script->load_error = code;
}

/* refused(): the error that follows is the script's declaration or argument, not a failure while it
 * ran. */
static int api_refused(lua_State *lua)
{
    note_error(mt_vm_script(lua), MT_EREFUSED);
    return 0;
}

/* noted([code]) -> what was noted so far, after putting code in its place: what is tried out while an error is
 * explained is not the script's. */
static int api_noted(lua_State *lua)
{
    struct mt_script *script = mt_vm_script(lua);
    lua_pushnumber(lua, script->load_error);
    if (lua_isnumber(lua, 1))
        script->load_error = (int)lua_tonumber(lua, 1);
    return 1;
}

static int api_warn(lua_State *lua)
{
    struct mt_script *script = mt_vm_script(lua);
    mt_buf_puts(&script->warnings, luaL_checkstring(lua, 1));
    mt_buf_puts(&script->warnings, "\n");
    return 0;
}

static int push_failure(lua_State *lua, int code, const struct mt_diag *diag, bool located)
{
    note_error(mt_vm_script(lua), code);
    lua_pushnil(lua);
    lua_pushstring(lua, diag->text);
    lua_pushboolean(lua, located);
    return 3;
}

/* The compiler's "s.lua:4: '=' expected near '!'", with what people of other languages mean by such a line. */
static int syntax_error(const char *message, const struct mt_loader_file *file, struct mt_diag *diag)
{
    size_t name = strlen(file->name);
    const char *hint = NULL;
    if (strncmp(message, file->name, name) == 0 && message[name] == ':')
        hint = mt_lint_syntax_hint(file->text, file->length, (int)strtol(message + name + 1, NULL, 10));
    return mt_fail(diag, MT_ESYNTAX, "%s%s%s", message, hint != NULL ? ": " : "", hint != NULL ? hint : "");
}

/* compile(file) -> function, or nil, message, whether the message names file and line. */
static int api_compile(lua_State *lua)
{
    struct mt_script *script = mt_vm_script(lua);
    const char *name = luaL_checkstring(lua, 1);
    const struct mt_loader_file *file;
    struct mt_diag diag = { 0 };
    char chunk[256];
    int rc = mt_loader_read(&script->loader, name, MT_LOADER_FILE_MAX, &file, &diag);
    if (rc != 0)
        return push_failure(lua, rc, &diag, false);
    rc = mt_lint_refuse(name, file->text, file->length, &diag);
    if (rc != 0)
        return push_failure(lua, rc, &diag, true);
    snprintf(chunk, sizeof chunk, "@%s", name);
    /* "t": LuaJIT does not verify bytecode. */
    rc = luaL_loadbufferx(lua, file->text, file->length, chunk, "t");
    if (rc == 0)
        return 1;
    if (rc == LUA_ERRMEM)
        return lua_error(lua);
    if (file->length > 0 && file->text[0] == LUA_SIGNATURE[0])
        rc = mt_fail(&diag, MT_EREFUSED, "%s:1: bytecode is not loaded, only text", name);
    else
        rc = syntax_error(lua_tostring(lua, -1), file, &diag);
    return push_failure(lua, rc, &diag, true);
}

static int api_number(lua_State *lua)
{
    size_t length;
    const char *text = luaL_checklstring(lua, 1, &length);
    double value;
    if (mt_double_parse(text, length, &value) != 0)
        return 0;
    lua_pushnumber(lua, value);
    return 1;
}

/* decimals(text) -> how many a decimal number has, or nil when it is none. */
static int api_decimals(lua_State *lua)
{
    size_t length;
    const char *text = luaL_checklstring(lua, 1, &length);
    int decimals = mt_dec_decimals(text, length);
    if (decimals < 0)
        return 0;
    lua_pushnumber(lua, decimals);
    return 1;
}

/* tokens(file) -> kinds (enum mt_token_kind), texts, lines: three arrays of one length. */
static int api_tokens(lua_State *lua)
{
    const struct mt_loader_file *file;
    struct mt_diag diag = { 0 };
    if (mt_loader_read(&mt_vm_script(lua)->loader, luaL_checkstring(lua, 1), MT_LOADER_FILE_MAX, &file, &diag) != 0)
        return luaL_error(lua, "%s", diag.text);
    for (int i = 0; i < 3; i++)
        lua_newtable(lua);
    const int kinds = lua_gettop(lua) - 2, texts = kinds + 1, lines = kinds + 2;
    struct mt_lex lex;
    mt_lex_init(&lex, file->text, file->length);
    struct mt_token token = mt_lex_next(&lex);
    for (int i = 1; token.kind != MT_TOKEN_END; token = mt_lex_next(&lex), i++) {
        lua_pushnumber(lua, (double)token.kind);
        lua_rawseti(lua, kinds, i);
        lua_pushlstring(lua, token.text, token.length);
        lua_rawseti(lua, texts, i);
        lua_pushnumber(lua, token.line);
        lua_rawseti(lua, lines, i);
    }
    return 3;
}

/* load_lint(): the parts that look at texts, which most runs never need. */
static int api_load_lint(lua_State *lua)
{
    mt_vm_load_lint(lua);
    return 0;
}

/* line_of(file, path): where a field of the table that the file returns stands. */
static int api_line_of(lua_State *lua)
{
    const struct mt_loader_file *file;
    struct mt_diag ignored = { 0 };
    if (mt_loader_read(&mt_vm_script(lua)->loader, luaL_checkstring(lua, 1), MT_LOADER_FILE_MAX, &file, &ignored) != 0)
        lua_pushnumber(lua, 1);
    else
        lua_pushnumber(lua, mt_conf_line(file->text, file->length, luaL_checkstring(lua, 2)));
    return 1;
}

/* twice(file) -> message when a table of the file has a field twice. */
static int api_twice(lua_State *lua)
{
    const char *name = luaL_checkstring(lua, 1);
    const struct mt_loader_file *file;
    struct mt_diag diag = { 0 };
    int rc = mt_loader_read(&mt_vm_script(lua)->loader, name, MT_LOADER_FILE_MAX, &file, &diag);
    if (rc == 0)
        rc = mt_conf_twice(file->text, file->length, name, &diag);
    if (rc == 0)
        return 0;
    lua_pushstring(lua, diag.text);
    return 1;
}

static int api_number_text(lua_State *lua)
{
    double value = luaL_checknumber(lua, 1);
    char text[MT_DEC_TEXT];
    if (!isfinite(value)) {
        lua_pushstring(lua, isnan(value) ? "nan" : value > 0 ? "inf" : "-inf");
        return 1;
    }
    lua_pushlstring(lua, text, mt_double_format(text, value));
    return 1;
}

/* name_of(enum, number) */
static int api_name_of(lua_State *lua)
{
    const char *which = luaL_checkstring(lua, 1), *name = "?";
    int32_t number = (int32_t)luaL_checknumber(lua, 2);
    if (strcmp(which, "code") == 0)
        name = mt_code_name(number);
    else if (strcmp(which, "text") == 0)
        name = mt_code_text(number);
    else if (strcmp(which, "state") == 0)
        name = mt_order_state_name((unsigned)number);
    else if (strcmp(which, "type") == 0)
        name = mt_order_type_name((unsigned)number);
    else if (strcmp(which, "role") == 0)
        name = mt_role_name((unsigned)number);
    else if (strcmp(which, "verdict") == 0)
        name = mt_verdict_name(number);
    lua_pushstring(lua, name);
    return 1;
}

/* table_rows(path, names, kinds) -> rows, or nil and a message. */
static int api_table_rows(lua_State *lua)
{
    struct mt_script *script = mt_vm_script(lua);
    const char *name = luaL_checkstring(lua, 1);
    luaL_checktype(lua, 2, LUA_TTABLE);
    luaL_checktype(lua, 3, LUA_TTABLE);
    const struct mt_loader_file *file;
    struct mt_diag diag = { 0 };
    int rc = mt_loader_read(&script->loader, name, MT_LOADER_TABLE_MAX, &file, &diag);
    if (rc == 0)
        rc = mt_table_push(lua, name, file->text, file->length, 2, 3, &diag);
    return rc == 0 ? 1 : push_failure(lua, rc, &diag, false);
}

static int put_state(lua_State *lua, struct mt_buf *out, const char *root)
{
    struct mt_diag diag = { 0 };
    mt_buf_clear(out);
    if (mt_save_put(lua, out, root, &diag) != 0)
        return luaL_error(lua, "%s", diag.text);
    return 0;
}

/* check_state(label, state) -> does it fit? Raises when it holds what cannot be saved. */
static int api_check_state(lua_State *lua)
{
    const char *root = luaL_checkstring(lua, 1);
    struct mt_buf *probe = &mt_vm_script(lua)->probe;
    struct mt_diag diag = { 0 };
    lua_settop(lua, 2);
    mt_buf_clear(probe);
    if (mt_save_put(lua, probe, root, &diag) != 0 && !probe->failed)
        return luaL_error(lua, "%s", diag.text);
    lua_pushboolean(lua, !probe->failed);
    return 1;
}

/* saved_size(label, value) -> bytes that it takes in a save. Raises when it cannot be saved. */
static int api_saved_size(lua_State *lua)
{
    const char *root = luaL_checkstring(lua, 1);
    struct mt_buf size;
    struct mt_diag diag = { 0 };
    lua_settop(lua, 2);
    mt_buf_init(&size, MT_SAVE_MAX);
    int rc = mt_save_put(lua, &size, root, &diag);
    bool endless = size.failed;
    size_t length = size.length;
    mt_buf_fini(&size);
    if (rc != 0 && !endless)
        return luaL_error(lua, "%s", diag.text);
    lua_pushnumber(lua, endless ? MT_SAVE_MAX : (double)length);
    return 1;
}

/* state_mark(state): remember it; state_changed(state) -> what it was, when it is different now. */
static int api_state_mark(lua_State *lua)
{
    lua_settop(lua, 1);
    return put_state(lua, &mt_vm_script(lua)->marked, "self.state");
}

static int api_state_changed(lua_State *lua)
{
    struct mt_script *script = mt_vm_script(lua);
    struct mt_buf *marked = &script->marked, *probe = &script->probe;
    struct mt_diag diag = { 0 };
    lua_settop(lua, 1);
    mt_buf_clear(probe);
    bool same = mt_save_put(lua, probe, "self.state", &diag) == 0 && probe->length == marked->length
        && memcmp(probe->data, marked->data, marked->length) == 0;
    if (same)
        return 0;
    if (mt_save_get(lua, marked->data, marked->length) != 0)
        return luaL_error(lua, "self.state: what was remembered cannot be read");
    return 1;
}

/* Before there is a port: x to the power of y while the script is loaded. */
static int api_pow(lua_State *lua)
{
    lua_pushnumber(lua, pow(luaL_checknumber(lua, 1), luaL_checknumber(lua, 2)));
    return 1;
}

/* nearest(typed, names) -> the name of the list that may be meant, or nil. */
static int api_nearest(lua_State *lua)
{
    size_t length, count;
    const char *typed = luaL_checklstring(lua, 1, &length);
    luaL_checktype(lua, 2, LUA_TTABLE);
    struct mt_near near = mt_near(typed, length);
    count = lua_objlen(lua, 2);
    for (size_t i = 1; i <= count; i++) {
        lua_rawgeti(lua, 2, (int)i);
        if (lua_type(lua, -1) == LUA_TSTRING)
            mt_near_look(&near, lua_tostring(lua, -1));     /* the list keeps the text alive */
        lua_pop(lua, 1);
    }
    lua_pushstring(lua, near.name);
    return 1;
}

/* On the stack: the table to fill, and the script as a light userdata, which is taken. */
void mt_api_open(lua_State *lua)
{
    static const luaL_Reg functions[] = {
        { "refused", api_refused }, { "noted", api_noted }, { "warn", api_warn }, { "compile", api_compile },
        { "number", api_number }, { "number_text", api_number_text }, { "decimals", api_decimals },
        { "line_of", api_line_of }, { "twice", api_twice }, { "name_of", api_name_of },
        { "table_rows", api_table_rows }, { "check_state", api_check_state }, { "state_mark", api_state_mark },
        { "state_changed", api_state_changed }, { "tokens", api_tokens }, { "load_lint", api_load_lint },
        { "pow", api_pow }, { "saved_size", api_saved_size }, { "nearest", api_nearest },
        { NULL, NULL },
    };
    luaL_setfuncs(lua, functions, 1);
}
