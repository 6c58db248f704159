/* price: a price that may be absent. Absence is a flag and never the value 0: of an instrument whose prices may be
 * negative 0 is a price like any other. Units are those of the instrument. */
#ifndef MT_MODEL_PRICE_H
#define MT_MODEL_PRICE_H

#include <stdbool.h>
#include <stdint.h>

struct mt_price { int64_t value; bool there; };         /* value is 0 where there is none */

static inline struct mt_price mt_price_none(void)
{
    return (struct mt_price){ 0 };
}

static inline struct mt_price mt_price_of(int64_t value)
{
    return (struct mt_price){ .value = value, .there = true };
}

static inline struct mt_price mt_price_if(bool there, int64_t value)
{
    return there ? mt_price_of(value) : mt_price_none();
}

/* What it is worth for margins, fees and limits, which know no sign. */
static inline int64_t mt_price_magnitude(int64_t value)
{
    return value >= 0 ? value : value == INT64_MIN ? INT64_MAX : -value;
}

static inline bool mt_price_same(struct mt_price a, struct mt_price b)
{
    return a.there == b.there && a.value == b.value;
}

#endif
