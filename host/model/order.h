/* order: the order state machine: a base state and, apart from it, a pending operation. Pure: no
 * I/O, no clock. A fill must not end a pending cancel, and a refused cancel must not lose a fill;
 * therefore the two are not one state.
 * Invariants: cum = sum of live fills (I1); leaves = max(qty - cum, 0) while open, else 0 (I2); a
 * terminal state never changes silently (I8).
 *
 *   CREATED -> READY -> SENDING -> SENT -> WORKING -> PARTIAL -> FILLED | CANCELED | EXPIRED
 *      `-> DENIED        `--- amb --> UNKNOWN ---^ (evidence)
 *                                        `-> LOST (proof of absence; late evidence reopens) */
#ifndef MT_MODEL_ORDER_H
#define MT_MODEL_ORDER_H

#include <stdbool.h>
#include <stdint.h>
#include "base/dec.h"
#include "base/err.h"
#include "model/follow.h"

enum mt_order_state {
    MT_ORDER_CREATED, MT_ORDER_DENIED, MT_ORDER_READY, MT_ORDER_SENDING, MT_ORDER_SENT,
    MT_ORDER_UNKNOWN, MT_ORDER_WORKING, MT_ORDER_PARTIAL, MT_ORDER_FILLED, MT_ORDER_CANCELED,
    MT_ORDER_EXPIRED, MT_ORDER_REJECTED, MT_ORDER_LOST, MT_ORDER_STATES
};
enum mt_order_event {
    MT_ORDER_PASS, MT_ORDER_DENY, MT_ORDER_DURABLE, MT_ORDER_JFAIL, MT_ORDER_NOBYTE, MT_ORDER_OUT,
    MT_ORDER_AMB, MT_ORDER_ACK, MT_ORDER_REJ, MT_ORDER_FILLP, MT_ORDER_FILLX, MT_ORDER_CXL,
    MT_ORDER_EXP, MT_ORDER_BUST, MT_ORDER_CORR, MT_ORDER_ABSENT, MT_ORDER_RESTART,
    MT_ORDER_WITHDRAW, MT_ORDER_EVENTS
};
enum mt_order_op {
    MT_OP_NONE, MT_OP_CANCEL_QUEUED, MT_OP_CANCEL_SENT, MT_OP_CANCEL_UNKNOWN, MT_OP_REPLACE_SENT,
    MT_OP_REPLACE_UNKNOWN
};
/* Stop: a market order once touched. */
enum mt_order_type { MT_TYPE_MARKET, MT_TYPE_LIMIT, MT_TYPE_STOP };
enum mt_tif { MT_TIF_GTC, MT_TIF_IOC, MT_TIF_FOK, MT_TIF_GTD };         /* GTD: until expire_ns */
/* Why the order exists; scripts see it as f.reason. */
enum mt_role {
    MT_ROLE_ENTRY, MT_ROLE_STOP, MT_ROLE_TAKE, MT_ROLE_TRAIL, MT_ROLE_TIME, MT_ROLE_FLAT,
    MT_ROLE_TARGET, MT_ROLE_SLOT, MT_ROLE_OPERATOR, MT_ROLE_STOPOUT, MT_ROLE_EXTERNAL, MT_ROLES
};
const char *mt_side_name(int side);                 /* "buy", "sell"; 0: "flat" */
const char *mt_order_state_name(unsigned state);    /* "working"; "?" */
const char *mt_order_event_name(unsigned event);    /* "fillp" */
const char *mt_order_type_name(unsigned type);      /* "market" */
const char *mt_tif_name(unsigned tif);              /* "gtc" */
const char *mt_role_name(unsigned role);            /* "entry" */
const char *mt_order_op_name(unsigned op);
bool mt_order_state_terminal(unsigned state);
bool mt_order_state_open(unsigned state);           /* 2..7: holds a reservation */

/* What one cell of the table does. */
enum mt_cell_flags {
    MT_CELL_MOVE = 1,           /* base state becomes `next` */
    MT_CELL_SAME = 2,           /* `=`: counted as duplicate */
    MT_CELL_STALE = 4,          /* state kept, session lost: first in the next reconciliation */
    MT_CELL_ALARM = 8,          /* (A) */
    MT_CELL_ILLEGAL = 16,       /* `!`: keep, journal, alarm, targeted query */
    MT_CELL_APPLY_FILL = 32,    /* cum grows */
    MT_CELL_OVERFILL = 64,
    MT_CELL_BUST = 128,         /* section 2.6 */
    MT_CELL_IMPOSSIBLE = 256,   /* `-`: assertion */
};
struct mt_cell { uint16_t flags; uint8_t next; };
struct mt_cell mt_order_cell(enum mt_order_state from, enum mt_order_event event);

struct mt_order {
    uint64_t coid, venue_order_id, signal_id;       /* coid: 64-bit counter */
    uint64_t seq;                       /* journal seq of its intent */
    int64_t price, stop, qty;           /* price: limit; stop: trigger; qty > 0 */
    int64_t cum;                        /* sum of live fills */
    mt_i128 cost;                       /* sum of price * qty of live fills */
    int64_t new_price, new_stop, new_qty;       /* wished terms while a replace is pending */
    /* An exit that lies at the venue with its entry, from before that has filled (scripting 10.1). parent: coid of the
     * entry until its first fill; price and stop are 0 meanwhile where `follow` has a distance. */
    uint64_t parent;
    struct mt_follow follow, new_follow;
    int64_t risk_price;                 /* P of the reservation */
    int64_t created_ns, sent_ns, updated_ns, expire_ns;     /* expire 0 = none */
    int64_t cancel_ns;                  /* when the newest of cancel_tries was asked */
    uint16_t account, symbol, strategy;
    uint16_t code;                      /* why denied or rejected */
    uint8_t state, op, type, tif, role;
    uint8_t take;                       /* MT_ROLE_TAKE: which one */
    int8_t side;                        /* 1 buy, -1 sell */
    bool reduce_only, post_only, stale, overfilled;
    bool trailed, new_trailed;          /* MT_ROLE_STOP: the trail decided where it lies; and of the wished terms */
    uint8_t cancel_tries, absent_samples;
    char tag[32];
};

/* What people and scripts are told of the purpose of an exit (scripting 8.3): a stop that the trail has moved is a
 * trail, and so is one that has nothing but a trail, from before that begins. */
static inline unsigned mt_exit_reason(unsigned role, bool trailed, int64_t stop, const struct mt_follow *follow)
{
    bool only_trail = stop == 0 && follow->distance == 0 && follow->trail != 0;
    return role == MT_ROLE_STOP && (trailed || only_trail) ? MT_ROLE_TRAIL : role;
}

static inline unsigned mt_order_reason(const struct mt_order *order)
{
    return mt_exit_reason(order->role, order->trailed, order->stop, &order->follow);
}
int64_t mt_order_leaves(const struct mt_order *order);
/* What the order may still fill at most: leaves, or with a replace pending max(old leaves, new
 * leaves). 0 when closed. */
int64_t mt_order_reserved_qty(const struct mt_order *order);

/* The result of applying one event: flags of the cell that was met, and what changed. An alarm is
 * due when flags has MT_CELL_ALARM or MT_CELL_ILLEGAL. fill_qty: what cum grew by; negative for a
 * bust. */
struct mt_order_change { uint16_t flags; uint8_t from, to; int64_t fill_qty; };

/* Apply an event that carries no quantity (everything but fills, busts, corrections). An
 * MT_CELL_IMPOSSIBLE cell is an assertion. `cum` of a cxl or exp report, when >= 0 and above ours,
 * is not applied here: the caller turns it into a synthetic fill first (note 8). A terminal base
 * state ends any pending operation and `stale`; an ack ends `stale`. A restart or a lost session
 * (amb of an open order) makes an operation that was out unknown. */
struct mt_order_change mt_order_apply(struct mt_order *order, enum mt_order_event event);

/* Apply one fill whose id the caller has checked to be new. Chooses fillp or fillx by the leaves.
 * Overfill is applied and flagged OVERFILL with ALARM. In CREATED, READY and DENIED nothing is
 * applied (ILLEGAL without APPLY_FILL): no byte of the order ever left. MT_ERANGE when qty <= 0, or
 * cum or cost would overflow (nothing applied). Does not touch any position. */
int mt_order_fill(struct mt_order *order, int64_t price, int64_t qty, struct mt_order_change *out)
    MT_CHECKED;

/* Annul one fill that was applied before (2.6). still_open: the venue still has the order. A FILLED
 * or PARTIAL order goes to PARTIAL, WORKING or, when closed, CANCELED; CANCELED and EXPIRED stay.
 * States without fills: flags ILLEGAL, nothing applied. MT_ERANGE when it cannot have been a fill
 * of this order (qty <= 0, qty > cum, cost left over at cum 0): nothing applied. A correction is a
 * bust and then a fill. */
int mt_order_bust(struct mt_order *order, int64_t price, int64_t qty, bool still_open,
                  struct mt_order_change *out) MT_CHECKED;

/* Pending operation (2.4). Cancel: 0 and CANCEL_SENT (can_send_now) or CANCEL_QUEUED, which a
 * second call sends; a CANCEL_UNKNOWN may be repeated. MT_EREFUSED when closed, in CREATED and
 * READY (withdraw those), while a cancel is out, and while a replace is out: ask again after its
 * answer. */
int mt_order_cancel_asked(struct mt_order *order, bool can_send_now) MT_CHECKED;
/* Replace: qty is the new total; new_follow stays as it is unless the caller says more. MT_EREFUSED
 * unless WORKING or PARTIAL without any operation; MT_ERANGE when qty <= 0. */
int mt_order_replace_asked(struct mt_order *order, int64_t qty, int64_t price, int64_t stop)
    MT_CHECKED;
enum mt_op_answer { MT_OP_ANSWER_DONE, MT_OP_ANSWER_REFUSED, MT_OP_ANSWER_AMB };
/* DONE of a replace: terms become new_qty, new_price, new_stop; the caller writes what the venue
 * amended into these first. A new quantity below cum closes the order (CANCELED, terms as before),
 * equal to cum makes it FILLED. DONE after the old quantity was filled: FILLED opens again (MOVE
 * and ALARM). DONE of a cancel arrives as the event cxl; here it is ILLEGAL. REFUSED: nothing but
 * the operation ends; the caller queries. An answer when nothing is out: SAME. */
struct mt_order_change mt_order_op_answer(struct mt_order *order, enum mt_op_answer answer);

/* The id of the fill that stands for a cumulative-only report (note 8): pure, top bit set. */
uint64_t mt_fill_synthetic_id(uint64_t coid, int64_t cum_before, int64_t cum_after);
/* The id of what takes the place of fill `fill_id` with its correction `number`, from 1 on: pure, top bits 01. */
uint64_t mt_fill_corrected_id(uint64_t fill_id, uint32_t number);

#endif
