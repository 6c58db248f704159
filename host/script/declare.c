/* declare: load a script: find it, run the declaration, and read the normalised run script into a
 * struct. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "script/vm.h"

/* Fields of the table on top of the stack. A text that does not fit is refused: it would name
 * something else. */
static void get_text(lua_State *lua, const char *name, char *out, size_t size)
{
    lua_getfield(lua, -1, name);
    size_t length = 0;
    const char *text = lua_tolstring(lua, -1, &length);
    if (length >= size || (text != NULL && strlen(text) != length))
        luaL_error(lua, "%s: the text '%s' is too long or holds a zero", name, text);
    memcpy(out, text != NULL ? text : "", length + 1);
    lua_pop(lua, 1);
}

static double get_number(lua_State *lua, const char *name)
{
    lua_getfield(lua, -1, name);
    double value = lua_tonumber(lua, -1);
    lua_pop(lua, 1);
    return value;
}

static bool get_bool(lua_State *lua, const char *name)
{
    lua_getfield(lua, -1, name);
    bool value = lua_toboolean(lua, -1) != 0;
    lua_pop(lua, 1);
    return value;
}

/* Push the list `name`; returns its length. */
static size_t get_list(lua_State *lua, const char *name, size_t maximum)
{
    lua_getfield(lua, -1, name);
    size_t count = lua_istable(lua, -1) ? lua_objlen(lua, -1) : 0;
    if (count > maximum)
        luaL_error(lua, "%s: more than %d entries", name, (int)maximum);
    return count;
}

static void get_sizing(lua_State *lua, struct mt_sizing_spec *out)
{
    lua_getfield(lua, -1, "sizing");
    out->kind = (enum mt_sizing_kind)(int)get_number(lua, "kind");
    get_text(lua, "qty", out->qty, sizeof out->qty);
    get_text(lua, "fraction", out->fraction, sizeof out->fraction);
    get_text(lua, "notional", out->notional, sizeof out->notional);
    get_text(lua, "vol", out->vol, sizeof out->vol);
    get_text(lua, "lookback", out->lookback, sizeof out->lookback);
    lua_pop(lua, 1);
}

/* The numbers of the list `name`. */
static size_t get_frames(lua_State *lua, const char *name, int32_t frames[MT_SCRIPT_TF_MAX])
{
    size_t count = get_list(lua, name, MT_SCRIPT_TF_MAX);
    for (size_t i = 0; i < count; i++) {
        lua_rawgeti(lua, -1, (int)i + 1);
        frames[i] = (int32_t)lua_tonumber(lua, -1);
        lua_pop(lua, 1);
    }
    lua_pop(lua, 1);
    return count;
}

static void get_listeners(lua_State *lua, struct mt_script_spec *spec)
{
    spec->frames_count = get_list(lua, "listeners", 1 + MT_SCRIPT_FILTERS_MAX);
    for (size_t i = 0; i < spec->frames_count; i++) {
        lua_rawgeti(lua, -1, (int)i + 1);
        get_text(lua, "file", spec->frames[i].file, sizeof spec->frames[i].file);
        spec->frames[i].count = get_frames(lua, "frames", spec->frames[i].frames);
        spec->frames[i].files = get_bool(lua, "files");
        spec->frames[i].warmup_alone = get_bool(lua, "warmup_alone");
        spec->frames[i].handlers = (uint32_t)get_number(lua, "handlers");
        lua_pop(lua, 1);
    }
    lua_pop(lua, 1);
}

static void get_lists(lua_State *lua, struct mt_script_spec *spec)
{
    spec->symbol_count = get_list(lua, "symbols", MT_SCRIPT_SYMBOLS_MAX);
    for (size_t i = 0; i < spec->symbol_count; i++) {
        lua_rawgeti(lua, -1, (int)i + 1);
        size_t length;
        const char *text = lua_tolstring(lua, -1, &length);
        if (length >= sizeof spec->symbols[i] || strlen(text) != length)
            luaL_error(lua, "symbols: '%s' is too long", text);
        memcpy(spec->symbols[i], text, length + 1);
        lua_pop(lua, 1);
    }
    lua_pop(lua, 1);
    spec->timeframe_count = get_frames(lua, "timeframes", spec->timeframes);
    get_listeners(lua, spec);
    spec->binding_count = get_list(lua, "bindings", MT_SCRIPT_BINDINGS_MAX);
    for (size_t i = 0; i < spec->binding_count; i++) {
        lua_rawgeti(lua, -1, (int)i + 1);
        get_text(lua, "pattern", spec->bindings[i].pattern, sizeof spec->bindings[i].pattern);
        get_text(lua, "scale", spec->bindings[i].scale, sizeof spec->bindings[i].scale);
        get_sizing(lua, &spec->bindings[i].sizing);
        lua_pop(lua, 1);
    }
    lua_pop(lua, 1);
}

static void get_spec(lua_State *lua, struct mt_script_spec *spec)
{
    get_text(lua, "strategy", spec->strategy, sizeof spec->strategy);
    get_text(lua, "lead", spec->lead, sizeof spec->lead);
    get_text(lua, "maker_bp", spec->maker_bp, sizeof spec->maker_bp);
    get_text(lua, "taker_bp", spec->taker_bp, sizeof spec->taker_bp);
    spec->warmup_tf_s = (int32_t)get_number(lua, "warmup_tf");
    spec->warmup_bars = (int32_t)get_number(lua, "warmup_bars");
    spec->portfolio = get_bool(lua, "portfolio");
    spec->legs = (int32_t)get_number(lua, "legs");
    spec->version = (int32_t)get_number(lua, "version");
    spec->cancel_at_stop = get_bool(lua, "cancel_at_stop");
    spec->flatten_at_stop = get_bool(lua, "flatten_at_stop");
    spec->has_costs = get_bool(lua, "has_costs");
    spec->feed_ns = (int64_t)get_number(lua, "feed_ns");
    spec->entry_ns = (int64_t)get_number(lua, "entry_ns");
    spec->reply_ns = (int64_t)get_number(lua, "reply_ns");
    get_sizing(lua, &spec->sizing);
    get_lists(lua, spec);
}

struct loading { struct mt_script *script; const struct mt_script_options *options; const char *file; };

static int load_protected(lua_State *lua)
{
    const struct loading *loading = lua_touserdata(lua, 1);
    lua_pushstring(lua, loading->file);
    lua_newtable(lua);
    for (size_t i = 0; i < loading->options->set_count; i++) {
        lua_pushstring(lua, loading->options->sets[i]);
        lua_rawseti(lua, -2, (int)i + 1);
    }
    mt_vm_call(lua, "load", 2, 1);
    get_spec(lua, &loading->script->spec);
    return 0;
}

static int name_spec(struct mt_script_spec *spec, const char *file, struct mt_diag *diag)
{
    size_t length = strlen(file);
    if (length > 4 && strcmp(file + length - 4, ".lua") == 0)
        length -= 4;
    if (length >= sizeof spec->name)
        return mt_fail(diag, MT_EREFUSED, "script: %s: the name is too long", file);
    memcpy(spec->name, file, length);
    spec->name[length] = 0;
    return 0;
}

static int load_script(struct mt_script *script, const struct mt_script_options *options, struct mt_diag *diag)
{
    char file[256];
    struct mt_script_spec *spec = &script->spec;
    int rc = mt_loader_init(&script->loader, options->path, options->scripts_env, options->share, spec->path,
        sizeof spec->path, file, sizeof file, diag);
    if (rc == 0)
        rc = name_spec(spec, file, diag);
    if (rc == 0)
        rc = mt_vm_init(script, options, diag);
    if (rc != 0)
        return rc;
    struct loading loading = { script, options, file };
    struct mt_diag inner = { 0 };
    rc = mt_vm_run(script, load_protected, &loading, MT_ESCRIPT, &inner);
    if (rc == MT_ESCRIPT && script->load_error != 0)
        rc = script->load_error;
    if (rc == MT_ENOMEM)
        rc = MT_EREFUSED;       /* its own memory, not the machine's */
    if (rc != 0)
        return mt_fail(diag, rc, "%s", inner.text);
    spec->hash = script->loader.hash;
    return 0;
}

int mt_script_load(struct mt_script **out, const struct mt_script_options *options, struct mt_diag *diag)
{
    *out = NULL;
    struct mt_script *script = calloc(1, sizeof *script);
    if (script == NULL)
        return mt_fail(diag, MT_ENOMEM, "script: no memory");
    mt_buf_init(&script->warnings, 1 << 20);
    mt_buf_init(&script->marked, MT_STATE_MAX);
    mt_buf_init(&script->probe, MT_STATE_MAX);
    int rc = load_script(script, options, diag);
    if (rc != 0) {
        mt_script_free(script);
        return rc;
    }
    *out = script;
    return 0;
}

void mt_script_free(struct mt_script *script)
{
    if (script == NULL)
        return;
    mt_vm_fini(script);
    mt_loader_fini(&script->loader);
    mt_buf_fini(&script->warnings);
    mt_buf_fini(&script->marked);
    mt_buf_fini(&script->probe);
    free(script);
}

const struct mt_script_spec *mt_script_spec(const struct mt_script *script) { return &script->spec; }

const char *mt_script_file(const struct mt_script *script, size_t index)
{
    return index < script->loader.file_count ? script->loader.files[index].name : NULL;
}

int mt_script_line(const struct mt_script *script, const char *path)
{
    if (script == NULL || script->loader.file_count == 0)
        return 1;
    return mt_conf_line(script->loader.files[0].text, script->loader.files[0].length, path);
}

/* H.params_list() -> { name, value, name, value … } by name. */
static int params_protected(lua_State *lua)
{
    struct mt_buf *out = lua_touserdata(lua, 1);
    mt_vm_call(lua, "params_list", 0, 1);
    size_t count = lua_objlen(lua, -1);
    mt_json_open(out, NULL, '{');
    for (size_t i = 1; i < count; i += 2) {
        lua_rawgeti(lua, -1, (int)i);
        lua_rawgeti(lua, -2, (int)i + 1);
        const char *name = lua_tostring(lua, -2);
        size_t length;
        if (lua_type(lua, -1) == LUA_TBOOLEAN) {
            mt_json_bool(out, name, lua_toboolean(lua, -1) != 0);
        } else if (lua_type(lua, -1) == LUA_TNUMBER) {
            mt_json_double(out, name, lua_tonumber(lua, -1));
        } else {
            const char *text = lua_tolstring(lua, -1, &length);
            mt_json_text_n(out, name, text, length);
        }
        lua_pop(lua, 2);
    }
    mt_json_close(out, '}');
    return 0;
}

void mt_script_params_json(struct mt_script *script, struct mt_buf *out)
{
    if (mt_vm_run(script, params_protected, out, MT_ESCRIPT, NULL) != 0)
        out->failed = true;
}

const char *mt_script_never_called(struct mt_script *script)
{
    return mt_buf_text(&script->warnings);
}

struct warnings { mt_script_warning_fn tell; void *context; };

/* Fields of the finding on top of the stack, which live until it is popped. */
static const char *field_text(lua_State *lua, const char *name)
{
    lua_getfield(lua, -1, name);
    const char *text = lua_tostring(lua, -1);
    lua_pop(lua, 1);
    return text;
}

static int warnings_protected(lua_State *lua)
{
    const struct warnings *warnings = lua_touserdata(lua, 1);
    mt_vm_load_lint(lua);
    mt_vm_call(lua, "lint", 0, 1);
    const size_t count = lua_objlen(lua, -1);
    for (size_t i = 1; i <= count; i++) {
        lua_rawgeti(lua, -1, (int)i);
        struct mt_script_warning warning = {
            .file = field_text(lua, "file"), .line = (int)get_number(lua, "line"), .rule = field_text(lua, "rule"),
            .message = field_text(lua, "message"), .hint = field_text(lua, "hint"),
        };
        warnings->tell(warnings->context, &warning);
        lua_pop(lua, 1);
    }
    return 0;
}

int mt_script_warnings(struct mt_script *script, mt_script_warning_fn tell, void *context, struct mt_diag *diag)
{
    struct warnings warnings = { tell, context };
    return mt_vm_run(script, warnings_protected, &warnings, MT_ESCRIPT, diag);
}
