/* observer: who watches the engine: results, JSON lines, status, verification. It changes nothing. */
#ifndef MT_CORE_OBSERVER_H
#define MT_CORE_OBSERVER_H

#include <stdint.h>
#include "core/journal.h"
#include "model/event.h"

struct mt_engine;

struct mt_observer {
    void *ud;
    /* After the record was folded into the state. Negative ends the turn with that code (verification differs). */
    int (*record)(void *ud, const struct mt_engine *engine, const struct mt_record *record);
    /* A request of a script begins to be run, and an order was sent with the flush of its turn, for which no record is
     * written. Not called while recovering. May be NULL. */
    void (*asked)(void *ud, const struct mt_engine *engine, const struct mt_rec_signal *signal);
    void (*sent)(void *ud, const struct mt_engine *engine, const struct mt_order *order);
    /* After a market event was delivered; accounts are marked. Also while recovering. May be NULL. */
    void (*market)(void *ud, const struct mt_engine *engine, const struct mt_event *event);
    /* At the end of each instant, before time moves on: all its events are in, all that they led to has happened. What
     * looks at equity looks here. Also while recovering. May be NULL. */
    void (*instant)(void *ud, const struct mt_engine *engine);
    /* What a script marked or logged (text NULL: a line of that site that was left out); not called while recovering.
     * May be NULL. */
    void (*mark)(void *ud, const struct mt_engine *engine, uint16_t symbol, const char *name, double value);
    void (*log)(void *ud, const struct mt_engine *engine, int level, int site, const char *text, int length);
};

#endif
