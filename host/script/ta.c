#include "script/ta.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "script/vm.h"

extern const char mt_ta_lua[];
extern const unsigned long mt_ta_lua_size;

static const char *const field_names[MT_TA_FIELDS] = { "time", "open", "high", "low", "close", "volume", "bid", "ask",
                                                       "mid", "bid_qty", "ask_qty", "price", "qty", "side" };
static const char *const kind_names[] = { "bars", "quotes", "trades" };

struct mt_ta {
    struct mt_script script;
    struct mt_ta_plan plan;
    size_t count, rows;
    double at;                  /* rows taken in the last run; written by the loop */
    double *arrays;             /* owned: all of plan->in and plan->out */
};

/* --- the library -------------------- */

static int load_protected(lua_State *lua)
{
    struct mt_ta *ta = lua_touserdata(lua, 1);
    if (luaL_loadbufferx(lua, mt_ta_lua, mt_ta_lua_size, "=mthost", "t") != 0)
        return lua_error(lua);
    lua_getfield(lua, LUA_REGISTRYINDEX, "mthost.H");
    lua_call(lua, 1, 0);
    mt_vm_call(lua, "ta_load", 0, 1);
    ta->count = (size_t)lua_tonumber(lua, -1);
    return 0;
}

static int open_library(struct mt_ta *ta, const char *scripts_env, const char *const *share, bool jit_off,
                        struct mt_diag *diag)
{
    struct mt_script *script = &ta->script;
    struct mt_script_options options = { .path = "lib/mthost/ta.lua", .jit_off = jit_off };
    struct mt_diag inner = { 0 };
    mt_buf_init(&script->warnings, MT_STATE_MAX);
    mt_buf_init(&script->marked, MT_STATE_MAX);
    mt_buf_init(&script->probe, MT_STATE_MAX);
    snprintf(script->spec.strategy, sizeof script->spec.strategy, "lib/mthost/ta");
    int rc = mt_loader_init(&script->loader, options.path, scripts_env, share, script->spec.path,
                            sizeof script->spec.path, script->spec.name, sizeof script->spec.name, diag);
    if (rc == 0)
        rc = mt_vm_init(script, &options, diag);
    if (rc != 0)
        return rc;
    rc = mt_vm_run(script, load_protected, ta, MT_ESCRIPT, &inner);
    if (rc == MT_ESCRIPT && script->load_error != 0)
        rc = script->load_error;
    return rc == 0 ? 0 : mt_fail(diag, rc, "%s", inner.text);
}

int mt_ta_new(struct mt_ta **out, const char *scripts_env, const char *const *share, bool jit_off, struct mt_diag *diag)
{
    *out = NULL;
    struct mt_ta *ta = calloc(1, sizeof *ta);
    if (ta == NULL)
        return mt_fail(diag, MT_ENOMEM, "ta: no memory");
    int rc = open_library(ta, scripts_env, share, jit_off, diag);
    if (rc != 0) {
        mt_ta_free(ta);
        return rc;
    }
    *out = ta;
    return 0;
}

void mt_ta_free(struct mt_ta *ta)
{
    if (ta == NULL)
        return;
    mt_vm_fini(&ta->script);
    mt_loader_fini(&ta->script.loader);
    mt_buf_fini(&ta->script.warnings);
    mt_buf_fini(&ta->script.marked);
    mt_buf_fini(&ta->script.probe);
    free(ta->arrays);
    free(ta);
}

/* --- what there is -------------------- */

struct asking { size_t index; struct mt_ta_info *out; };

static void take_text(lua_State *lua, int index, char *out, size_t size)
{
    snprintf(out, size, "%s", lua_tostring(lua, index));
}

static int at_protected(lua_State *lua)
{
    const struct asking *asking = lua_touserdata(lua, 1);
    struct mt_ta_info *out = asking->out;
    lua_pushnumber(lua, (double)asking->index + 1);
    mt_vm_call(lua, "ta_at", 1, 6);
    take_text(lua, -6, out->name, sizeof out->name);
    take_text(lua, -5, out->params, sizeof out->params);
    take_text(lua, -4, out->inputs, sizeof out->inputs);
    take_text(lua, -3, out->outputs, sizeof out->outputs);
    take_text(lua, -2, out->family, sizeof out->family);
    out->talib = lua_toboolean(lua, -1) != 0;
    return 0;
}

int mt_ta_at(struct mt_ta *ta, size_t index, struct mt_ta_info *out, struct mt_diag *diag)
{
    struct asking asking = { index, out };
    if (index >= ta->count)
        return 0;
    int rc = mt_vm_run(&ta->script, at_protected, &asking, MT_ESCRIPT, diag);
    return rc == 0 ? 1 : rc;
}

/* --- choosing -------------------- */

struct choosing { struct mt_ta *ta; const struct mt_ta_choice *choice; };

static void push_words(lua_State *lua, const struct mt_ta_choice *choice)
{
    lua_createtable(lua, (int)choice->word_count, 0);
    for (size_t i = 0; i < choice->word_count; i++) {
        lua_pushstring(lua, choice->words[i]);
        lua_rawseti(lua, -2, (int)i + 1);
    }
}

static int choose_protected(lua_State *lua)
{
    const struct choosing *choosing = lua_touserdata(lua, 1);
    const struct mt_ta_choice *choice = choosing->choice;
    struct mt_ta_plan *plan = &choosing->ta->plan;
    lua_pushstring(lua, choice->name);
    push_words(lua, choice);
    lua_pushstring(lua, kind_names[choice->kind]);
    lua_pushstring(lua, choice->columns);       /* NULL: nil */
    lua_createtable(lua, 0, MT_TA_FIELDS);
    for (int i = 0; i < MT_TA_FIELDS; i++) {
        lua_pushnumber(lua, i);
        lua_setfield(lua, -2, field_names[i]);
    }
    mt_vm_call(lua, "ta_choose", 5, 2);
    int inputs = (int)lua_objlen(lua, -2), outputs = (int)lua_objlen(lua, -1);
    MT_ASSERT(inputs <= MT_TA_INPUTS_MAX);
    MT_ASSERT(outputs <= MT_TA_OUTPUTS_MAX);
    for (int i = 0; i < inputs; i++) {
        lua_rawgeti(lua, -2, i + 1);
        plan->inputs[i] = (enum mt_ta_field)(int)lua_tonumber(lua, -1);
        lua_pop(lua, 1);
    }
    for (int i = 0; i < outputs; i++) {
        lua_rawgeti(lua, -1, i + 1);
        take_text(lua, -1, plan->outputs[i], sizeof plan->outputs[i]);
        lua_pop(lua, 1);
    }
    plan->input_count = inputs;
    plan->output_count = outputs;
    return 0;
}

static void push_arrays(lua_State *lua, double *const *arrays, int count)
{
    lua_createtable(lua, count, 0);
    for (int i = 0; i < count; i++) {
        lua_pushlightuserdata(lua, arrays[i]);
        lua_rawseti(lua, -2, i + 1);
    }
}

static int arrays_protected(lua_State *lua)
{
    struct mt_ta *ta = lua_touserdata(lua, 1);
    lua_pushlightuserdata(lua, &ta->at);
    push_arrays(lua, ta->plan.in, ta->plan.input_count);
    push_arrays(lua, ta->plan.out, ta->plan.output_count);
    mt_vm_call(lua, "ta_arrays", 3, 0);
    return 0;
}

static int make_arrays(struct mt_ta *ta, size_t rows, struct mt_diag *diag)
{
    struct mt_ta_plan *plan = &ta->plan;
    free(ta->arrays);
    ta->rows = rows;
    ta->arrays = calloc((size_t)(plan->input_count + plan->output_count) * rows + 1, sizeof *ta->arrays);
    if (ta->arrays == NULL)
        return mt_fail(diag, MT_ENOMEM, "ta: no memory for %zu rows", rows);
    double *next = ta->arrays;
    for (int i = 0; i < plan->input_count; i++, next += rows)
        plan->in[i] = next;
    for (int i = 0; i < plan->output_count; i++, next += rows)
        plan->out[i] = next;
    return mt_vm_run(&ta->script, arrays_protected, ta, MT_ESCRIPT, diag);
}

int mt_ta_choose(struct mt_ta *ta, const struct mt_ta_choice *choice, struct mt_diag *diag)
{
    struct choosing choosing = { ta, choice };
    ta->plan = (struct mt_ta_plan){ 0 };
    ta->rows = 0;
    int rc = mt_vm_run(&ta->script, choose_protected, &choosing, MT_EUSAGE, diag);
    if (rc == 0)
        rc = make_arrays(ta, choice->rows, diag);
    if (rc == 0 && !ta->script.jit_off)
        luaJIT_setmode(ta->script.lua, 0, LUAJIT_MODE_ENGINE | LUAJIT_MODE_ON);
    return rc;
}

const struct mt_ta_plan *mt_ta_plan(const struct mt_ta *ta)
{
    return &ta->plan;
}

/* --- running -------------------- */

static int run_protected(lua_State *lua)
{
    const size_t *rows = lua_touserdata(lua, 1);
    lua_pushnumber(lua, (double)*rows);
    mt_vm_call(lua, "ta_run", 1, 0);
    return 0;
}

int mt_ta_run(struct mt_ta *ta, size_t rows, size_t *done, struct mt_diag *diag)
{
    struct mt_diag inner = { 0 };
    MT_ASSERT(rows <= ta->rows);
    ta->at = 0;
    int rc = mt_vm_run(&ta->script, run_protected, &rows, MT_EREFUSED, &inner);
    *done = (size_t)ta->at;
    return rc == 0 ? 0 : mt_fail(diag, rc == MT_EREFUSED ? MT_ESCRIPT : rc, "%s", inner.text);
}

static int reset_protected(lua_State *lua)
{
    mt_vm_call(lua, "ta_reset", 0, 0);
    return 0;
}

int mt_ta_reset(struct mt_ta *ta, struct mt_diag *diag)
{
    return mt_vm_run(&ta->script, reset_protected, NULL, MT_ESCRIPT, diag);
}
