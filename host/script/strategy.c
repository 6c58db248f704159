/* strategy: the engine's port to a bound script. */
#include <string.h>
#include "base/hash.h"
#include "script/save.h"
#include "script/vm.h"

enum { IDLE_BYTES = 256 * 1024 };

static const char *const handler_names[MT_HANDLERS] = { "on_start", "on_quote", "on_trade", "on_book", "on_bar",
    "on_signal", "on_order", "on_fill", "on_timer", "on_stop" };

static int failed_in(struct mt_script *script, int rc, const char *what, const char *at, struct mt_diag *diag)
{
    script->working = what;
    script->working_at = at;
    int code = mt_vm_failed(script, rc, MT_ESCRIPT, diag);
    script->working = NULL;
    return code;
}

static int deliver(void *self, enum mt_handler handler, struct mt_diag *diag)
{
    struct mt_script *script = self;
    lua_State *lua = script->lua;
    script->calls[handler]++;
    lua_pushvalue(lua, MT_VM_DISPATCH + (int)handler);
    int rc = lua_pcall(lua, 0, 0, MT_VM_ON_ERROR);
    return rc == 0 ? 0 : failed_in(script, rc, handler_names[handler], script->entries[handler], diag);
}

/* What a chain of filters may do to a signal is checked here again, where no script can reach. */
static int filter(void *self, struct mt_diag *diag)
{
    struct mt_script *script = self;
    lua_State *lua = script->lua;
    struct mt_view_signal *signal = &script->port->signal;
    const struct mt_view_signal before = *signal;
    script->port->reason[0] = '\0';
    signal->value = 0;
    lua_pushvalue(lua, MT_VM_FILTER);
    if (!lua_isfunction(lua, -1)) {
        lua_pop(lua, 1);
        return 0;
    }
    int rc = lua_pcall(lua, 0, 1, MT_VM_ON_ERROR);
    bool passed = rc == 0 && lua_toboolean(lua, -1);
    if (rc == 0)
        lua_pop(lua, 1);
    bool weaker = signal->strength >= 0 && signal->strength <= before.strength && signal->size >= 0
        && signal->size <= before.size && signal->side == before.side && signal->market == before.market;
    if (rc == 0 && passed && weaker)
        return 0;
    double value = signal->value;
    *signal = before;
    if (rc != 0) {
        (void)failed_in(script, rc, "check", "of a filter", diag);
        return MT_ESCRIPT;
    }
    if (passed)
        return mt_fail(diag, MT_ESCRIPT, "script: a filter made a signal stronger");
    signal->value = value;
    return 1;
}

struct saving { struct mt_buf *out; struct mt_diag *diag; size_t before; int rc; };

/* Its maximum may have shrunk below what it has room for. */
static bool is_full(const struct mt_buf *out) { return out->failed || out->length > out->maximum; }

/* The tree is on top of the stack: without its largest parts. They are named once, all else is saved. */
static void make_room(lua_State *lua, struct saving *saving, bool full)
{
    lua_pushnumber(lua, (double)(saving->out->maximum - saving->before));
    lua_pushboolean(lua, full);
    mt_vm_call(lua, "make_room", 3, 2);
    if (lua_isstring(lua, -1))
        mt_fail(saving->diag, MT_EREFUSED, "script: %s", lua_tostring(lua, -1));
    lua_pop(lua, 1);
}

static int put_tree(lua_State *lua, struct saving *saving, struct mt_diag *why)
{
    saving->out->length = saving->before;
    saving->out->failed = false;
    *why = (struct mt_diag){ 0 };
    return mt_save_put(lua, saving->out, "kept", why);
}

static int save_protected(lua_State *lua)
{
    struct saving *saving = lua_touserdata(lua, 1);
    struct mt_diag why;
    mt_vm_call(lua, "collect", 0, 2);
    bool large = lua_toboolean(lua, -1);
    lua_pop(lua, 1);
    if (large)
        make_room(lua, saving, false);
    saving->rc = put_tree(lua, saving, &why);
    while (is_full(saving->out)) {
        make_room(lua, saving, true);
        saving->rc = put_tree(lua, saving, &why);
    }
    if (saving->rc == 0)
        return 0;
    lua_pushstring(lua, why.text);
    mt_vm_call(lua, "blame", 1, 0);             /* raises the same with file and object, where it is of one */
    mt_fail(saving->diag, saving->rc, "%s", why.text);
    return 0;
}

static int save(void *self, struct mt_buf *out, bool *changed, struct mt_diag *diag)
{
    struct mt_script *script = self;
    size_t before = out->length;
    struct saving saving = { out, diag, before, 0 };
    int rc = mt_vm_run(script, save_protected, &saving, MT_EREFUSED, diag);
    if (rc == 0)
        rc = saving.rc;
    if (rc != 0) {
        out->length = before;
        return rc;
    }
    uint64_t hash = mt_hash64(out->data + before, out->length - before);
    *changed = !script->saved_once || hash != script->saved_hash;
    script->saved_once = true;
    script->saved_hash = hash;
    return 0;
}

struct restoring { const void *data; size_t length; int rc; };

static int load_protected(lua_State *lua)
{
    struct restoring *restoring = lua_touserdata(lua, 1);
    restoring->rc = mt_save_get(lua, restoring->data, restoring->length);
    if (restoring->rc == 0)
        mt_vm_call(lua, "restore", 1, 0);
    return 0;
}

static int load(void *self, const void *data, size_t length, struct mt_diag *diag)
{
    struct restoring restoring = { data, length, 0 };
    int rc = mt_vm_run(self, load_protected, &restoring, MT_EREFUSED, diag);
    if (rc == 0 && restoring.rc != 0)
        return mt_fail(diag, restoring.rc, "script: the saved state is damaged");
    return rc;
}

struct setting { const char *name, *value; struct mt_diag *diag; int rc; };

static int set_protected(lua_State *lua)
{
    struct setting *setting = lua_touserdata(lua, 1);
    lua_pushstring(lua, setting->name);
    lua_pushstring(lua, setting->value);
    mt_vm_call(lua, "set_param", 2, 1);
    if (!lua_isnil(lua, -1))
        setting->rc = mt_fail(setting->diag, MT_EREFUSED, "%s", lua_tostring(lua, -1));
    return 0;
}

static int set_param(void *self, const char *name, const char *value, struct mt_diag *diag)
{
    struct setting setting = { name, value, diag, 0 };
    int rc = mt_vm_run(self, set_protected, &setting, MT_ESCRIPT, diag);
    return rc != 0 ? rc : setting.rc;
}

static int step_protected(lua_State *lua)
{
    struct mt_script *script = lua_touserdata(lua, 1);
    script->collecting = lua_gc(lua, LUA_GCSTEP, 8) == 0;
    return 0;
}

/* Only where something was allocated: a cycle that finds nothing new would cost time at each pause.
 */
static void idle(void *self)
{
    struct mt_script *script = self;
    if (!script->collecting && script->arena.allocated - script->collected_at < IDLE_BYTES)
        return;
    if (mt_vm_run(script, step_protected, script, MT_ESCRIPT, NULL) != 0)
        script->collecting = false;
    if (!script->collecting)
        script->collected_at = script->arena.allocated;
}

static const struct mt_strategy_ops ops = { deliver, filter, save, load, set_param, idle };

struct binding { struct mt_script *script; struct mt_port *port; const char *const *symbols; };

static void keep_entries(struct mt_script *script)
{
    lua_State *lua = script->lua;
    lua_getfield(lua, LUA_REGISTRYINDEX, "mthost.entries");
    for (int i = 0; i < MT_HANDLERS; i++) {
        lua_rawgeti(lua, -1, i + 1);
        const char *text = lua_tostring(lua, -1);
        if (text != NULL)
            memcpy(script->entries[i], text, strnlen(text, sizeof script->entries[i] - 1));
        lua_pop(lua, 1);
    }
    lua_pop(lua, 1);
}

/* H.bind(port, symbols) -> dispatchers, filter chain, places; they are handed over in the registry, because
 * a protected call leaves nothing on the caller's stack. */
static int bind_protected(lua_State *lua)
{
    const struct binding *binding = lua_touserdata(lua, 1);
    lua_pushlightuserdata(lua, binding->port);
    lua_newtable(lua);
    for (int32_t i = 0; i < binding->port->market_count; i++) {
        lua_pushstring(lua, binding->symbols[i]);
        lua_rawseti(lua, -2, i + 1);
    }
    mt_vm_call(lua, "bind", 2, 3);
    lua_setfield(lua, LUA_REGISTRYINDEX, "mthost.entries");
    lua_setfield(lua, LUA_REGISTRYINDEX, "mthost.filter");
    lua_setfield(lua, LUA_REGISTRYINDEX, "mthost.dispatchers");
    return 0;
}

int mt_script_bind(struct mt_script *script, struct mt_port *port, const char *const *symbols, struct mt_diag *diag)
{
    MT_ASSERT(script->port == NULL);
    lua_State *lua = script->lua;
    struct binding binding = { script, port, symbols };
    int rc = mt_vm_run(script, bind_protected, &binding, MT_ESCRIPT, diag);
    if (rc != 0)
        return rc;
    script->port = port;
    keep_entries(script);
    lua_getfield(lua, LUA_REGISTRYINDEX, "mthost.filter");
    lua_replace(lua, MT_VM_FILTER);
    lua_getfield(lua, LUA_REGISTRYINDEX, "mthost.dispatchers");
    for (int i = 0; i < MT_HANDLERS; i++) {
        lua_rawgeti(lua, -1, i + 1);
        lua_replace(lua, MT_VM_DISPATCH + i);
    }
    lua_settop(lua, MT_VM_TOP);
    if (!script->jit_off)
        luaJIT_setmode(lua, 0, LUAJIT_MODE_ENGINE | LUAJIT_MODE_ON);
    return 0;
}

struct mt_strategy mt_script_strategy(struct mt_script *script)
{
    struct mt_strategy strategy = { .ops = &ops, .self = script };
    for (int i = 0; i < MT_HANDLERS; i++)
        if (lua_isfunction(script->lua, MT_VM_DISPATCH + i))
            strategy.handlers |= (uint32_t)1 << i;
    strategy.has_filters = lua_isfunction(script->lua, MT_VM_FILTER);
    return strategy;
}

struct measuring { const struct mt_script *script; struct mt_script_stats *out; struct mt_diag *diag; };

static int stats_protected(lua_State *lua)
{
    const struct measuring *measuring = lua_touserdata(lua, 1);
    lua_createtable(lua, MT_HANDLERS, 0);
    for (int i = 0; i < MT_HANDLERS; i++) {
        lua_pushnumber(lua, (double)measuring->script->calls[i]);
        lua_rawseti(lua, -2, i + 1);
    }
    mt_vm_call(lua, "compiler_stats", 1, 3);
    measuring->out->traces = (uint32_t)lua_tonumber(lua, -3);
    measuring->out->aborts = (uint32_t)lua_tonumber(lua, -2);
    const char *interpreted = lua_tostring(lua, -1);
    if (measuring->diag != NULL && !measuring->script->jit_off && *interpreted != 0)
        mt_fail(measuring->diag, MT_ESCRIPT, "script: not compiled: %s", interpreted);
    return 0;
}

uint64_t mt_script_allocated(const struct mt_script *script)
{
    return script->arena.allocated - script->measured;
}

void mt_script_stats(struct mt_script *script, struct mt_script_stats *out, struct mt_diag *diag)
{
    memset(out, 0, sizeof *out);
    const uint64_t before = script->arena.allocated;
    out->bytes_allocated = mt_script_allocated(script);
    out->arena_used = script->arena.used;
    out->arena_peak = script->arena.peak;
    struct measuring measuring = { script, out, diag };
    if (mt_vm_run(script, stats_protected, &measuring, MT_ESCRIPT, diag) != 0)
        out->traces = out->aborts = 0;
    script->measured += script->arena.allocated - before;
}
