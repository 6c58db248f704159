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
#include "model/price.h"

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

/* What an order asks for, in one shape from the wish to the venue. It goes into the journal by value: every byte is a
 * field. leg, ticket and seat are carried, and 0 until there are several of each. */
enum mt_terms_flag {
    MT_TERMS_PRICE = 1,                 /* there is a limit; without it price is 0 and means nothing */
    MT_TERMS_STOP = 2,                  /* there is a trigger; without it stop is 0 and means nothing */
    MT_TERMS_REDUCE_ONLY = 4,
    MT_TERMS_POST_ONLY = 8,
    MT_TERMS_TRAILED = 16,              /* MT_ROLE_STOP: the trail decided where it lies */
    MT_TERMS_REPLACED = MT_TERMS_PRICE | MT_TERMS_STOP | MT_TERMS_TRAILED       /* those that a replace may change */
};
struct mt_terms {
    int64_t price, stop, qty;           /* units of the instrument; price: limit; stop: trigger; qty > 0, in total */
    int64_t expire_ns;                  /* of MT_TIF_GTD, else 0 */
    uint64_t ticket;                    /* the position of a hedging account; 0: netting */
    uint32_t leg;
    uint16_t account, symbol, seat;     /* seat: of the strategy */
    uint16_t flags;                     /* enum mt_terms_flag */
    int8_t side;                        /* 1 buy, -1 sell */
    uint8_t type, tif, role;            /* enum mt_order_type, mt_tif, mt_role */
};
_Static_assert(sizeof(struct mt_terms) == 56, "it lies in journals");

static inline bool mt_terms_has_price(const struct mt_terms *terms)
{
    return terms->flags & MT_TERMS_PRICE;
}
static inline bool mt_terms_has_stop(const struct mt_terms *terms)
{
    return terms->flags & MT_TERMS_STOP;
}
static inline bool mt_terms_reduce_only(const struct mt_terms *terms)
{
    return terms->flags & MT_TERMS_REDUCE_ONLY;
}
static inline bool mt_terms_post_only(const struct mt_terms *terms)
{
    return terms->flags & MT_TERMS_POST_ONLY;
}
static inline bool mt_terms_trailed(const struct mt_terms *terms)
{
    return terms->flags & MT_TERMS_TRAILED;
}
static inline struct mt_price mt_terms_price(const struct mt_terms *terms)
{
    return mt_price_if(mt_terms_has_price(terms), terms->price);
}
static inline struct mt_price mt_terms_stop(const struct mt_terms *terms)
{
    return mt_price_if(mt_terms_has_stop(terms), terms->stop);
}
/* The price that it names: its limit, else its trigger, else none. */
static inline struct mt_price mt_terms_named_price(const struct mt_terms *terms)
{
    return mt_terms_has_price(terms) ? mt_terms_price(terms) : mt_terms_stop(terms);
}
static inline void mt_terms_set_flag(struct mt_terms *terms, enum mt_terms_flag flag, bool on)
{
    terms->flags = (uint16_t)(on ? terms->flags | flag : terms->flags & ~flag);
}
static inline void mt_terms_set_price(struct mt_terms *terms, struct mt_price price)
{
    terms->price = price.value;
    mt_terms_set_flag(terms, MT_TERMS_PRICE, price.there);
}
static inline void mt_terms_set_stop(struct mt_terms *terms, struct mt_price stop)
{
    terms->stop = stop.value;
    mt_terms_set_flag(terms, MT_TERMS_STOP, stop.there);
}
/* What a replace makes of terms: of those that are wished it changes the quantity, the prices and whether a trail
 * decided. */
static inline struct mt_terms mt_terms_replaced(const struct mt_terms *terms, const struct mt_terms *wished)
{
    struct mt_terms out = *terms;
    out.price = wished->price;
    out.stop = wished->stop;
    out.qty = wished->qty;
    out.flags = (uint16_t)((terms->flags & ~MT_TERMS_REPLACED) | (wished->flags & MT_TERMS_REPLACED));
    return out;
}
/* A market order, or with a limit a limit order. */
static inline void mt_terms_set_limit(struct mt_terms *terms, struct mt_price limit)
{
    terms->type = limit.there ? MT_TYPE_LIMIT : MT_TYPE_MARKET;
    mt_terms_set_price(terms, limit);
}

struct mt_order {
    uint64_t coid, venue_order_id, signal_id;       /* coid: 64-bit counter */
    uint64_t seq;                       /* journal seq of its intent */
    struct mt_terms terms;
    struct mt_terms wished;             /* while a replace is pending; else all 0 */
    int64_t cum;                        /* sum of live fills */
    mt_i128 cost;                       /* sum of price * qty of live fills */
    /* An exit that lies at the venue with its entry, from before that has filled. parent: coid of the
     * entry until its first fill; its terms have no price and no stop meanwhile where `follow` has a distance. */
    uint64_t parent;
    struct mt_follow follow, new_follow;
    int64_t risk_price;                 /* P of the reservation */
    int64_t created_ns, sent_ns, updated_ns;
    int64_t cancel_ns;                  /* when the newest of cancel_tries was asked */
    uint16_t code;                      /* why denied or rejected */
    uint8_t state, op;
    uint8_t take;                       /* MT_ROLE_TAKE: which one */
    bool stale, overfilled;
    uint8_t cancel_tries, absent_samples;
    char tag[32];
};

/* What people and scripts are told of the purpose of an exit: a stop that the trail has moved is a
 * trail, and so is one that has nothing but a trail, from before that begins. */
static inline unsigned mt_exit_reason(const struct mt_terms *terms, const struct mt_follow *follow)
{
    bool only_trail = !mt_terms_has_stop(terms) && follow->distance == 0 && follow->trail != 0;
    return terms->role == MT_ROLE_STOP && (mt_terms_trailed(terms) || only_trail) ? MT_ROLE_TRAIL : terms->role;
}

static inline unsigned mt_order_reason(const struct mt_order *order)
{
    return mt_exit_reason(&order->terms, &order->follow);
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
/* Replace: the whole new terms, qty is the new total; new_follow stays as it is unless the caller says
 * more. MT_EREFUSED unless WORKING or PARTIAL without any operation; MT_ERANGE when qty <= 0. */
int mt_order_replace_asked(struct mt_order *order, const struct mt_terms *wished) MT_CHECKED;
enum mt_op_answer { MT_OP_ANSWER_DONE, MT_OP_ANSWER_REFUSED, MT_OP_ANSWER_AMB };
/* DONE of a replace: terms become the wished ones; the caller writes what the venue amended into these
 * first. A new quantity below cum closes the order (CANCELED, terms as before),
 * equal to cum makes it FILLED. DONE after the old quantity was filled: FILLED opens again (MOVE
 * and ALARM). DONE of a cancel arrives as the event cxl; here it is ILLEGAL. REFUSED: nothing but
 * the operation ends; the caller queries. An answer when nothing is out: SAME. */
struct mt_order_change mt_order_op_answer(struct mt_order *order, enum mt_op_answer answer);

/* The id of the fill that stands for a cumulative-only report (note 8): pure, top bit set. */
uint64_t mt_fill_synthetic_id(uint64_t coid, int64_t cum_before, int64_t cum_after);
/* The id of what takes the place of fill `fill_id` with its correction `number`, from 1 on: pure, top bits 01. */
uint64_t mt_fill_corrected_id(uint64_t fill_id, uint32_t number);

#endif
