/* strategy: the port through which the engine calls a strategy and its filters. host/script implements it with a LuaJIT
 * VM; tests implement it with a C function. The strategy answers by calling the leaf functions of struct mt_port, which
 * only queue. Nothing here may run the engine's loop. */
#ifndef MT_CORE_STRATEGY_H
#define MT_CORE_STRATEGY_H

#include <stdbool.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/err.h"
#include "model/view.h"

struct mt_strategy_ops {
    /* Deliver the event that stands in the port (view of its kind, market, now, text). The filters that have the
     * handler get it first, in their order, then the strategy, if it has it (ON_SIGNAL, ON_ORDER, ON_FILL, ON_TIMER
     * too; a timer goes only to its owner). MT_ESCRIPT with a diag "script: FILE:LINE: message" when a handler
     * raised: the engine drops the requests of this call. MT_ENOMEM: the arena is full. */
    int (*deliver)(void *self, enum mt_handler handler, struct mt_diag *diag);

    /* Run the filters on port->signal (side, strength, size, market) with tag and leg. Returns 0: passed,
     * signal.strength and size hold the (not larger, checked) result; 1: vetoed, port->reason names filter and
     * reason, signal.value its value; MT_ESCRIPT: a filter raised or broke the rules (the veto "filter_error"), diag
     * filled. */
    int (*filter)(void *self, struct mt_diag *diag);

    /* Append the kept state (keep objects, self.state of strategy and filters) in a canonical binary form; equal
     * state gives equal bytes. MT_EREFUSED with the path of a field that cannot be saved. *changed: it differs from
     * the last. What the maximum of `out` does not hold stays out, the largest first; 0 with a diag names it, once. */
    int (*save)(void *self, struct mt_buf *out, bool *changed, struct mt_diag *diag);
    /* Before START: remember bytes of an earlier save; `keep` and `state` then start from them. */
    int (*load)(void *self, const void *data, size_t length, struct mt_diag *diag);

    /* Set a parameter of the strategy while it runs: checked against its declaration and `valid`. */
    int (*set_param)(void *self, const char *name, const char *value, struct mt_diag *diag);

    /* Between turns, when the inbox is empty: up to about `steps` of incremental collection. */
    void (*idle)(void *self);
};

struct mt_strategy {
    const struct mt_strategy_ops *ops;
    void *self;
    uint32_t handlers;          /* bits 1 << enum mt_handler that anyone (strategy or filter) has */
    bool has_filters;
};

#endif
