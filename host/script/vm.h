/* vm: the inside of a struct mt_script, for the files of this folder.
 * The stack of the Lua state keeps what is needed at every call in fixed places, so that delivering
 * an event pushes one value and looks nothing up. Everything that can raise runs inside mt_vm_run.
 */
#ifndef MT_SCRIPT_VM_H
#define MT_SCRIPT_VM_H

#include <lauxlib.h>
#include <lua.h>
#include <luajit.h>
#include <lualib.h>
#include "script/arena.h"
#include "script/loader.h"
#include "script/script.h"

enum {
    MT_VM_H = 1,            /* the table H of the parts */
    MT_VM_ON_ERROR,         /* message handler of every call */
    MT_VM_COLLECT,          /* C function: full collection */
    MT_VM_FILTER,           /* the filter chain, or false */
    MT_VM_DISPATCH,         /* MT_HANDLERS dispatchers, or false */
    MT_VM_TOP = MT_VM_DISPATCH + MT_HANDLERS - 1
};
enum { MT_STATE_MAX = 1 << 20, MT_SAVE_MAX = 64 << 20 };

struct mt_script {
    struct mt_arena arena;      /* first: the allocator's argument leads back to the script */
    bool no_memory;             /* a call inside of mt_vm_run ran out of memory */
    lua_State *lua;
    struct mt_loader loader;
    struct mt_script_spec spec;
    int load_error;             /* first enum mt_err that a function of H.c reported while loading, else 0 */
    struct mt_buf warnings;     /* of the declaration: said at every start, too */
    struct mt_port *port;       /* borrowed; NULL before bind */
    bool jit_off;
    uint64_t calls[MT_HANDLERS];
    char entries[MT_HANDLERS][192];         /* where the functions of a handler begin: "scalp.lua:12"; of bind */
    const char *working;        /* what is being called, for an error that cannot tell; NULL: nothing of the script */
    const char *working_at;
    uint64_t measured;          /* bytes that mt_script_stats itself allocated */
    struct mt_buf marked, probe;            /* the filter's state before and after check */
    uint64_t saved_hash;
    bool saved_once;
    uint64_t collected_at;      /* bytes allocated when idle last finished a cycle */
    bool collecting;
};

/* New state in its arena with H (abi, H.c, seed) at MT_VM_H and the parts loaded. */
int mt_vm_init(struct mt_script *script, const struct mt_script_options *options, struct mt_diag *diag) MT_CHECKED;
void mt_vm_fini(struct mt_script *script);

/* Run f, a C function that gets `argument` as a light userdata at index 1, protected. What it
 * raises goes into diag, with `code` (MT_ESCRIPT or what the caller prefers); out of memory is
 * MT_ENOMEM and collects everything. The stack is as before. */
int mt_vm_run(struct mt_script *script, lua_CFunction f, void *argument, int code, struct mt_diag *diag) MT_CHECKED;
/* The same for a function that stands at a fixed place of the stack; takes the rc of lua_pcall. */
int mt_vm_failed(struct mt_script *script, int rc, int code, struct mt_diag *diag);
/* Inside of mt_vm_run: call H[name] with the arguments on top of the stack, which its results
 * replace. Raises what it raises, with the place in the script. */
void mt_vm_call(lua_State *lua, const char *name, int arguments, int results);
/* The script of a C function of H.c. */
struct mt_script *mt_vm_script(lua_State *lua);

/* Load the parts that look at the text of a script (H.lint, H.why) into H. Raises. */
void mt_vm_load_lint(lua_State *lua);

/* Fill H.c; the table is on top of the stack. */
void mt_api_open(lua_State *lua);

#endif
