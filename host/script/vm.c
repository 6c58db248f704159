#include "script/vm.h"

#include <stddef.h>
#include <string.h>
#include "base/hash.h"

/* Embedded by the build. */
extern const char mt_abi_h[];
extern const unsigned long mt_abi_h_size;
#define PARTS(X) X(prelude) X(declare) X(run) X(objects) X(verbs) X(keep) X(dispatch)   /* in this order */
#define LINT_PARTS(X) X(parse) X(known) X(hints) X(lint) X(lint_values) X(lint_verbs) \
    X(lint_rules)
#define PART_EXTERN(name) extern const char mt_##name##_lua[]; extern const unsigned long mt_##name##_lua_size;
PARTS(PART_EXTERN)
LINT_PARTS(PART_EXTERN)

enum { ARENA_DEFAULT = 64 << 20, ARENA_MIN = 2 << 20, GC_PAUSE = 130, GC_STEPMUL = 300 };

static int panic(lua_State *lua)
{
    (void)lua;
    MT_ASSERT(!"a Lua error outside of a protected call");
    return 0;
}

static int collect(lua_State *lua)
{
    lua_gc(lua, LUA_GCCOLLECT, 0);
    return 0;
}

struct mt_script *mt_vm_script(lua_State *lua)
{
    return lua_touserdata(lua, lua_upvalueindex(1));
}

void mt_vm_call(lua_State *lua, const char *name, int arguments, int results)
{
    lua_getfield(lua, LUA_REGISTRYINDEX, "mthost.H");
    lua_getfield(lua, -1, name);
    lua_getfield(lua, -2, "on_error");
    lua_remove(lua, -3);
    /* Under the arguments: the message handler, then the function. */
    lua_insert(lua, -2 - arguments);
    lua_insert(lua, -1 - arguments);
    int handler = lua_gettop(lua) - arguments - 1;
    int rc = lua_pcall(lua, arguments, results, handler);
    lua_remove(lua, handler);
    if (rc == 0)
        return;
    if (rc == LUA_ERRMEM) {
        void *arena;
        lua_getallocf(lua, &arena);
        ((struct mt_script *)arena)->no_memory = true;
    }
    lua_error(lua);
}

int mt_vm_failed(struct mt_script *script, int rc, int code, struct mt_diag *diag)
{
    lua_State *lua = script->lua;
    if (rc == 0)
        return 0;
    if (rc == LUA_ERRMEM) {
        lua_settop(lua, MT_VM_TOP);
        /* LuaJIT does not collect by itself when an allocation is refused. The function stands
         * ready on the stack, so calling it needs no memory. */
        lua_pushvalue(lua, MT_VM_COLLECT);
        if (lua_pcall(lua, 0, 0, 0) != 0)
            lua_settop(lua, MT_VM_TOP);
        /* No handler of errors was called, so the line is not known; where the handler begins is. */
        const char *name = script->spec.strategy[0] ? script->spec.strategy : script->spec.name;
        if (script->working == NULL)
            return mt_fail(diag, MT_ENOMEM, "script: %s.lua: more than %zu bytes of memory", name, script->arena.size);
        return mt_fail(diag, MT_ENOMEM, "script: %s.lua: more than %zu bytes of memory in %s (%s)", name,
                       script->arena.size, script->working, script->working_at);
    }
    const char *text = lua_isstring(lua, -1) ? lua_tostring(lua, -1) : "an error without a text";
    /* Out of compiled code an overflow has no line either. */
    if (strcmp(text, "stack overflow") == 0 && script->working != NULL)
        mt_fail(diag, code, "script: %s in %s (%s)", text, script->working, script->working_at);
    else
        mt_fail(diag, code, "%s%s", code == MT_ESCRIPT ? "script: " : "", text);
    lua_settop(lua, MT_VM_TOP);
    return code;
}

int mt_vm_run(struct mt_script *script, lua_CFunction f, void *argument, int code, struct mt_diag *diag)
{
    lua_State *lua = script->lua;
    script->no_memory = false;
    int rc = lua_cpcall(lua, f, argument);
    if (rc != 0 && script->no_memory)
        rc = LUA_ERRMEM;
    return mt_vm_failed(script, rc, code, diag);
}

static void set_size(lua_State *lua, const char *name, size_t size)
{
    lua_pushnumber(lua, (double)size);
    lua_setfield(lua, -2, name);
}

/* Sizes and offsets as the C compiler sees them; the prelude compares them with ffi's. */
static void push_layout(lua_State *lua)
{
    lua_newtable(lua);
    set_size(lua, "mt_port", sizeof(struct mt_port));
    set_size(lua, "mt_request", sizeof(struct mt_request));
    set_size(lua, "mt_request_timer", sizeof(struct mt_request_timer));
    set_size(lua, "mt_view_quote", sizeof(struct mt_view_quote));
    set_size(lua, "mt_view_trade", sizeof(struct mt_view_trade));
    set_size(lua, "mt_view_bar", sizeof(struct mt_view_bar));
    set_size(lua, "mt_view_order", sizeof(struct mt_view_order));
    set_size(lua, "mt_view_fill", sizeof(struct mt_view_fill));
    set_size(lua, "mt_view_verdict", sizeof(struct mt_view_verdict));
    set_size(lua, "mt_view_account", sizeof(struct mt_view_account));
    set_size(lua, "mt_view_market", sizeof(struct mt_view_market));
    set_size(lua, "mt_view_signal", sizeof(struct mt_view_signal));
    lua_setfield(lua, -2, "sizes");
    lua_newtable(lua);
    set_size(lua, "mt_port.quote", offsetof(struct mt_port, quote));
    set_size(lua, "mt_port.signal", offsetof(struct mt_port, signal));
    set_size(lua, "mt_port.markets", offsetof(struct mt_port, markets));
    set_size(lua, "mt_port.request", offsetof(struct mt_port, request));
    set_size(lua, "mt_port.pow", offsetof(struct mt_port, pow));
    set_size(lua, "mt_view_market.position", offsetof(struct mt_view_market, position));
    set_size(lua, "mt_request.takes", offsetof(struct mt_request, takes));
    set_size(lua, "mt_request.group", offsetof(struct mt_request, group));
    lua_setfield(lua, -2, "offsets");
}

static void push_seed(lua_State *lua, uint64_t seed)
{
    lua_createtable(lua, 4, 0);
    for (int i = 0; i < 4; i++) {
        /* Never all zero: xorshift would stay there. */
        lua_pushnumber(lua, (double)((mt_random_at(seed, (uint64_t)i) >> 32) | 1));
        lua_rawseti(lua, -2, i + 1);
    }
    lua_setfield(lua, -2, "seed");
}

static void run_part(lua_State *lua, const char *text, unsigned long size)
{
    if (luaL_loadbufferx(lua, text, size, "=mthost", "t") != 0)
        lua_error(lua);
    lua_getfield(lua, LUA_REGISTRYINDEX, "mthost.H");
    lua_call(lua, 1, 0);
}

void mt_vm_load_lint(lua_State *lua)
{
#define LINT_RUN(name) run_part(lua, mt_##name##_lua, mt_##name##_lua_size);
    LINT_PARTS(LINT_RUN)
}

struct setup { struct mt_script *script; const struct mt_script_options *options; };

/* Makes H and loads the parts; leaves nothing on the caller's stack but fills the table that stands
 * at MT_VM_H there. */
static int open_vm(lua_State *lua)
{
    const struct setup *setup = lua_touserdata(lua, 1);
    lua_settop(lua, 0);
    luaL_openlibs(lua);
    /* Bind switches the compiler on: traces of code that runs once, while loading, would only be in
     * the way. */
    luaJIT_setmode(lua, 0, LUAJIT_MODE_ENGINE | LUAJIT_MODE_OFF);
    lua_newtable(lua);
    lua_pushvalue(lua, -1);
    lua_setfield(lua, LUA_REGISTRYINDEX, "mthost.H");
    lua_pushthread(lua);
    lua_setfield(lua, -2, "main");
    lua_pushlstring(lua, mt_abi_h, mt_abi_h_size);
    lua_setfield(lua, -2, "abi");
    push_layout(lua);
    push_seed(lua, setup->options->seed);
    lua_pushboolean(lua, setup->options->count_aborts);
    lua_setfield(lua, -2, "count_aborts");
    lua_newtable(lua);
    lua_pushlightuserdata(lua, setup->script);
    mt_api_open(lua);
    lua_setfield(lua, -2, "c");
#define PART_RUN(name) run_part(lua, mt_##name##_lua, mt_##name##_lua_size);
    PARTS(PART_RUN)
    return 0;
}

/* The fixed places. Pushing what exists needs no memory. */
static int place(lua_State *lua, struct mt_diag *diag)
{
    if (!lua_checkstack(lua, MT_VM_TOP + LUA_MINSTACK))
        return mt_fail(diag, MT_ENOMEM, "script: no memory for a VM");
    lua_settop(lua, 0);
    lua_getfield(lua, LUA_REGISTRYINDEX, "mthost.H");
    lua_getfield(lua, MT_VM_H, "on_error");
    lua_pushcfunction(lua, collect);
    while (lua_gettop(lua) < MT_VM_TOP)
        lua_pushboolean(lua, 0);
    return 0;
}

int mt_vm_init(struct mt_script *script, const struct mt_script_options *options, struct mt_diag *diag)
{
    size_t bytes = options->arena_bytes != 0 ? options->arena_bytes : ARENA_DEFAULT;
    if (bytes < ARENA_MIN)
        return mt_fail(diag, MT_ERANGE, "script: a VM needs at least %d bytes", ARENA_MIN);
    if (mt_arena_init(&script->arena, bytes) != 0)
        return mt_fail(diag, MT_ENOMEM, "script: no %zu bytes of address space for a VM", bytes);
    script->lua = lua_newstate(mt_arena_alloc, &script->arena);
    if (script->lua == NULL)
        return mt_fail(diag, MT_ENOMEM, "script: no memory for a VM");
    lua_atpanic(script->lua, panic);
    lua_gc(script->lua, LUA_GCSETPAUSE, GC_PAUSE);
    lua_gc(script->lua, LUA_GCSETSTEPMUL, GC_STEPMUL);
    script->jit_off = options->jit_off;
    struct setup setup = { script, options };
    int rc = lua_cpcall(script->lua, open_vm, &setup);
    if (rc != 0)
        return mt_fail(diag, rc == LUA_ERRMEM ? MT_ENOMEM : MT_ESCRIPT, "script: the prelude failed: %s",
            rc == LUA_ERRMEM ? "memory" : lua_tostring(script->lua, -1));
    return place(script->lua, diag);
}

void mt_vm_fini(struct mt_script *script)
{
    /* Closing returns the machine code, which lies outside of the arena; no code of a script runs,
     * because scripts have no finalisers. */
    if (script->lua != NULL)
        lua_close(script->lua);
    script->lua = NULL;
    mt_arena_fini(&script->arena);
}
