/* position: one netting position: signed quantity and exact cost, a fold over fills (I6).
 * cost = sum of price * qty of what is open, in units 10^-(price_scale + qty_scale); the average price
 * is cost / qty, and as prices may be below zero the cost may have either sign. A partial close takes
 * the floor of its part of what was paid (for a short: received) away and leaves the remainder, so
 * nothing drifts. */
#ifndef MT_MODEL_POSITION_H
#define MT_MODEL_POSITION_H

#include <stdbool.h>
#include <stdint.h>
#include "base/dec.h"
#include "model/instrument.h"

struct mt_position {
    int64_t qty;                /* signed */
    bool reduced;               /* a part was closed since it was opened */
    mt_i128 cost;               /* sign of qty, where prices are above zero */
    int64_t opened_ns;          /* of the current position; 0 when flat */
    uint64_t trades_closed;     /* fills that brought it to or through zero */
};

struct mt_position_change {
    mt_i128 realised;           /* price difference * closed qty, as cost; before contract size */
    int64_t closed_qty;         /* >= 0 */
    int64_t opened_qty;         /* >= 0: the part that opened or increased */
    mt_i128 closed_cost;        /* of the closed part: its price * its quantity */
    bool ended;                 /* came to zero or through zero: one closed trade */
};

/* side 1 or -1 (assertion). Any price: whether it can be is the instrument's business. MT_ERANGE when
 * qty <= 0, or on overflow: nothing changed. */
int mt_position_fill(struct mt_position *position, int side, int64_t price, int64_t qty,
                     int64_t now_ns, struct mt_position_change *out) MT_CHECKED;

/* Annul a fill that was applied before (side: of the fill). Where it is still whole in what is open,
 * its quantity and cost leave as if it had never been: nothing is realised, and no trade ends. Else
 * the opposite is filled at its price, which is the same money. Errors as above. */
int mt_position_bust(struct mt_position *position, const struct mt_instrument *instrument, int side,
                     int64_t price, int64_t qty, int64_t now_ns, struct mt_position_change *out) MT_CHECKED;

/* Unrealised profit at `price`, in money of the quote currency, rounded towards minus infinity
 * (against us). */
int mt_position_unrealised(const struct mt_position *position,
                           const struct mt_instrument *instrument, int64_t price,
                           mt_money *out) MT_CHECKED;

/* Average entry price as the nearest double, 0 when flat: for views only. */
double mt_position_entry(const struct mt_position *position,
                         const struct mt_instrument *instrument);

/* The price `distance` (price units, >= 0) away from the average entry, in favour (sign 1) or
 * against (-1) the position, rounded to the tick towards the entry. MT_ERANGE when the instrument cannot
 * have that price, or it is too large; position must not be flat. */
int mt_position_level(const struct mt_position *position, const struct mt_instrument *instrument,
                      int64_t distance, int sign, int64_t *out) MT_CHECKED;

#endif
