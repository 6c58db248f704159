/* script: a run script or a bare strategy, loaded into its own VM: one lua_State in one arena,
 * sandboxed, JIT on. Load reads the whole `require` graph once (text only), hashes it, evaluates
 * the declaration; bind makes the market objects over the engine's port; then the engine drives it
 * through struct mt_strategy. */
#ifndef MT_SCRIPT_SCRIPT_H
#define MT_SCRIPT_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/err.h"
#include "core/strategy.h"
#include "model/view.h"

enum { MT_SCRIPT_SYMBOLS_MAX = 256, MT_SCRIPT_TF_MAX = 16, MT_SCRIPT_BINDINGS_MAX = 1024, MT_SCRIPT_FILTERS_MAX = 64 };

enum mt_sizing_kind {
    MT_SIZING_UNSET, MT_SIZING_FIXED, MT_SIZING_RISK_FRACTION, MT_SIZING_NOTIONAL, MT_SIZING_VOL_TARGET
};
/* Numbers are text as written or shortest literal of the Lua number, for exact reading in C. "" =
 * not given. */
struct mt_sizing_spec {
    enum mt_sizing_kind kind;
    char qty[32], fraction[32], notional[32], vol[32], lookback[32];
};
struct mt_binding_spec {                /* one entry of `accounts`: last match wins */
    char pattern[64];                   /* "desk/07", "desk/ *" without the blank */
    struct mt_sizing_spec sizing;       /* kind UNSET: inherits; a set fraction alone overrides the fraction */
    char scale[32];
};

struct mt_frames_spec {                 /* of the strategy, or of a filter */
    char file[256];                     /* "filters/trend_regime.lua" */
    int32_t frames[MT_SCRIPT_TF_MAX];   /* `bars`, and the frame of the warm-up; seconds */
    size_t count;
    bool warmup_alone;                  /* the frame of the warm-up is none of `bars` */
    bool files;                         /* no `bars`: those of the data's files */
    uint32_t handlers;                  /* its own, bits 1 << enum mt_handler */
};

struct mt_script_spec {
    char path[512];                     /* of the script on the command line, as found */
    char name[128];                     /* "scalp": file name without .lua */
    char strategy[256];                 /* "strategies/volume_scalp" */
    uint64_t hash;                      /* XXH3 over names and texts of the graph, in load order */
    char symbols[MT_SCRIPT_SYMBOLS_MAX][32];
    size_t symbol_count;                /* 0: not said */
    int32_t timeframes[MT_SCRIPT_TF_MAX];       /* all that anybody declared, seconds */
    size_t timeframe_count;
    struct mt_frames_spec frames[1 + MT_SCRIPT_FILTERS_MAX];    /* the strategy's, then the filters' */
    size_t frames_count;
    int32_t warmup_tf_s, warmup_bars;   /* 0, 0: none */
    bool portfolio;
    int32_t legs, version;
    struct mt_sizing_spec sizing;       /* UNSET: fixed with the instrument's minimum */
    char lead[64];                      /* "" = not said */
    struct mt_binding_spec bindings[MT_SCRIPT_BINDINGS_MAX];
    size_t binding_count;
    bool cancel_at_stop, flatten_at_stop;       /* at_stop; defaults true, false */
    bool has_costs;
    char maker_bp[32], taker_bp[32];    /* "" = not given */
    int64_t feed_ns, entry_ns, reply_ns;        /* -1 = not given */
};

struct mt_script_options {
    const char *path;                   /* script on the command line, looked up as loader.h says */
    const char *scripts_env;            /* $MTHOST_SCRIPTS or NULL, colon separated */
    const char *const *share;           /* <prefix>/share/mthost/scripts and the like; NULL terminated */
    const char *const *sets;            /* "param=value" of --set */
    size_t set_count;
    size_t arena_bytes;                 /* 0 = 64 MiB */
    bool jit_off;                       /* tests: interpreter only */
    uint64_t seed;                      /* of math.random */
    bool count_aborts;                  /* tests: see mt_script_stats; such a VM may not survive an exhausted arena */
};

struct mt_script;
/* MT_ENOTFOUND / MT_EREFUSED / MT_ESCRIPT / MT_ESYNTAX, diag names file and line. */
int mt_script_load(struct mt_script **out, const struct mt_script_options *options, struct mt_diag *diag) MT_CHECKED;
void mt_script_free(struct mt_script *script);      /* one munmap */
const struct mt_script_spec *mt_script_spec(const struct mt_script *script);
/* {"fast":12,"slow":26} of the strategy, resolved and checked, keys sorted. */
void mt_script_params_json(struct mt_script *script, struct mt_buf *out);
/* Where a field of the run script ("accounts[2]") stands, for messages. */
int mt_script_line(const struct mt_script *script, const char *path);
/* Names of files of the graph, for the hash and for `check`; NULL past the end. */
const char *mt_script_file(const struct mt_script *script, size_t index);
/* What looks like a mistake in the text of a loaded script that runs nothing: for `check`. */
struct mt_script_warning {
    const char *file;                   /* "strategies/ema_cross.lua" */
    int line;
    const char *rule;                   /* "unknown-view-field": the list stands in docs/scripting.md */
    const char *message;                /* "a bar has no field 'clsoe', did you mean 'close'?" */
    const char *hint;                   /* what to write instead, "close"; NULL: nobody knows */
};
typedef void (*mt_script_warning_fn)(void *context, const struct mt_script_warning *warning);
/* Tells each, by file in load order and line; the texts live until `tell` returns, which must not raise. */
int mt_script_warnings(struct mt_script *script, mt_script_warning_fn tell, void *context, struct mt_diag *diag)
    MT_CHECKED;

/* Of these, what is said at every start, too: handlers that are never called. Lives as long as the script. */
const char *mt_script_never_called(struct mt_script *script);

/* Make the market objects (symbol names in port order) and the handler dispatchers. Does not call
 * on_start. port is borrowed until free. */
int mt_script_bind(struct mt_script *script, struct mt_port *port, const char *const *symbols, struct mt_diag *diag)
    MT_CHECKED;
struct mt_strategy mt_script_strategy(struct mt_script *script);

/* Measures for bench and status: bytes that Lua allocated since the start (monotone), arena use,
 * traces that exist, and how often the compiler gave up (counted only with count_aborts). Handlers
 * that were called 10 000 times and are still not compiled are named in `diag` when not NULL. */
struct mt_script_stats { uint64_t bytes_allocated; size_t arena_used, arena_peak; uint32_t traces, aborts; };
void mt_script_stats(struct mt_script *script, struct mt_script_stats *out, struct mt_diag *diag);
/* bytes_allocated alone, which disturbs nothing and costs nothing. */
uint64_t mt_script_allocated(const struct mt_script *script);

/* conf: a Lua-syntax data file (mthost.conf.lua) evaluated in an empty environment with a step
 * limit, as a tree. */
enum mt_conf_kind { MT_CONF_BOOL, MT_CONF_NUMBER, MT_CONF_TEXT, MT_CONF_TABLE };
struct mt_conf {
    enum mt_conf_kind kind;
    const char *key;                    /* field name, or "[3]" for array items */
    int line;                           /* where the key, else what it is in, stands; 0 unknown */
    bool boolean;
    bool returned;                      /* the whole: the text returned it; false: its globals */
    double number;
    const char *text;
    struct mt_conf *child, *next;       /* in order: array items first, then fields by name */
};
int mt_conf_load(const char *path, struct mt_conf **out, struct mt_diag *diag) MT_CHECKED;
int mt_conf_parse(const char *text, size_t length, const char *name, struct mt_conf **out, struct mt_diag *diag)
    MT_CHECKED;
/* Where "costs.latency_ms.feed" or "accounts[2].scale" stands in a text whose table has it; else what it is in. */
int mt_conf_line(const char *text, size_t length, const char *path);
/* MT_EREFUSED when one of its tables has a field twice; what stands in functions is not looked at. */
int mt_conf_twice(const char *text, size_t length, const char *name, struct mt_diag *diag) MT_CHECKED;
void mt_conf_free(struct mt_conf *conf);
const struct mt_conf *mt_conf_get(const struct mt_conf *table, const char *key);

#endif
