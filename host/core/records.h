/* records: what records say, as structs; records.def lists their fields, and says how they are written (record_list.h).
 * Padding is explicit, so that two that say the same are equal byte for byte. All money is account currency in 10^-8,
 * given as two halves, so that the layout does not depend on the alignment of __int128. */
#ifndef MT_CORE_RECORDS_H
#define MT_CORE_RECORDS_H

#include <stdint.h>
#include "base/dec.h"
#include "model/event.h"
#include "model/follow.h"
#include "model/order.h"
#include "model/view.h"

struct mt_rec_money { uint64_t low; int64_t high; };
static inline struct mt_rec_money mt_rec_money(mt_i128 value)
{
    return (struct mt_rec_money){ (uint64_t)value, (int64_t)(value >> 64) };
}
static inline mt_i128 mt_rec_money_get(struct mt_rec_money m)
{
    return (mt_i128)((unsigned __int128)(uint64_t)m.high << 64 | m.low);
}

struct mt_rec_run_start {           /* followed by the JSON text that repeats the run, json_length bytes */
    uint64_t host_id, script_hash, seed;
    uint32_t generation, json_length;
    uint32_t venue_again, pad;      /* 1: the venue stands where it stood (app/venue_again.h): nothing is in doubt */
    char version[24];
};

/* It says nothing but the position, which all records have. */
struct mt_rec_market { uint64_t pad; };

enum { MT_REQUEST_UNIT = 1000000000 };  /* sizes, strengths and parts are kept in 10^-9 */

/* Levels in price units of the instrument (distance or price). part: 10^-9 of the entered quantity; 0 = the rest. */
struct mt_level { int64_t value, part, after; uint32_t kind, pad; };
struct mt_exit {
    struct mt_level stop, trail, takes[8];
    int64_t time_ns;                /* after the first fill; 0 = none */
    int32_t take_count;
    uint32_t pad;
};
struct mt_rec_signal {
    uint64_t id;
    int64_t size, strength, keep;   /* 10^-9 */
    int64_t limit, ttl_ns;          /* without has_limit: market; ttl 0 = default */
    int64_t qty;                    /* target, signed */
    uint16_t strategy, symbol;
    int8_t side;
    uint8_t kind;                   /* enum mt_request_kind */
    uint8_t has_keep, widen;
    struct mt_exit exit;            /* what was named: kinds KEEP where not */
    char tag[32], group[32];
    uint8_t has_limit, pad[7];
};
struct mt_rec_verdict {             /* what became of a signal; all zero of a protect, which is done at once */
    int64_t size, strength;         /* after the filters, 10^-9 */
    double value;
    int32_t code;
    uint16_t sent, of;
    uint16_t reference;             /* account whose leg carries the stance */
    int8_t side, stance;            /* stance: what the strategy wants now */
    uint8_t verdict, entry, mode;   /* mode: enum mt_leg_mode */
    char reason[MT_REASON_MAX];
    uint8_t pad[1];
};
/* A request and what became of it, once it is done: it stands behind the intents and operations that came of it. All of
 * them are of one turn, so a journal has all or none. Followed by its leg_count legs, in the order in which they
 * changed. */
struct mt_rec_decision {
    struct mt_rec_signal signal;
    struct mt_rec_verdict verdict;
    uint32_t leg_count, pad;
};
struct mt_rec_intent {
    uint64_t coid, signal;
    struct mt_terms terms;
    int64_t risk_price;
    uint64_t parent;                /* the entry with which this exit lies at the venue; 0: it stands alone */
    struct mt_follow follow;
    struct mt_rec_money value, limit;       /* of the deciding check */
    int32_t code;                   /* 0: passed */
    uint16_t scope;
    uint8_t take;
    uint8_t cut;                    /* qty is less than the sizing gave, for want of free margin */
    char tag[32];
};
/* A submit is taken for sent with the flush of the turn that has its intent; this says that it went otherwise, or that
 * nobody knows. */
enum mt_sent_outcome { MT_SENT_NOBYTE = 1, MT_SENT_AMB, MT_SENT_WITHDRAWN };    /* the first two as enum mt_send */
struct mt_rec_sent { uint64_t coid; uint32_t outcome, pad; };
/* Fills that take the place of others are records of one turn: busts and what is left of them, then the fill that ends
 * it. The position between them never was. */
enum mt_exchange { MT_EXCHANGE_NONE, MT_EXCHANGE_GOES_ON, MT_EXCHANGE_ENDS };
struct mt_rec_venue_event {
    uint64_t coid, venue_order_id, fill_id;
    int64_t price, qty, cum, venue_ns;
    int64_t trailed;                /* fill of a stop: where the venue's trail had moved it, if has_trailed */
    struct mt_rec_money fee, realised;      /* realised: of this fill, computed when it came in */
    uint16_t account, symbol, code;
    uint8_t event, op, maker, synthetic;
    uint8_t assumed;                /* a fill that the bar left open and that was decided against us */
    uint8_t exchanged;              /* enum mt_exchange */
    uint8_t has_price;              /* ack, replaced: price is the limit in force */
    uint8_t has_trailed, pad[2];
};
/* What leaves the host for a venue. A submit is told by INTENT. */
enum mt_outgoing { MT_OUT_SUBMIT, MT_OUT_REPLACE, MT_OUT_CANCEL, MT_OUT_QUERY };
struct mt_rec_op {
    uint64_t coid;
    int64_t qty, price, stop;
    struct mt_follow follow;
    uint32_t asked;                 /* enum mt_outgoing, no submit */
    uint16_t flags, pad;            /* of a replace: MT_TERMS_PRICE, MT_TERMS_STOP, MT_TERMS_TRAILED */
};
struct mt_rec_timer { int64_t due_ns; int32_t market, owner; char name[32]; };
enum mt_leg_plan { MT_LEG_PLAN_STAYS, MT_LEG_PLAN_OF_SIGNAL, MT_LEG_PLAN_NONE };
struct mt_rec_leg {
    uint64_t signal;                /* of the entry that `want` stands for */
    int64_t size;                   /* of the signal after its filters, 10^-9 */
    int64_t limit, ttl_ns, keep_qty, target;
    int64_t deadline_ns;            /* a waiting entry is dead after it: never sent late */
    uint16_t account, symbol;
    int8_t want;
    uint8_t mode, waiting, closing, close_role, has_limit;
    uint8_t dead;                   /* a target whose time was over before it left, while an older order is still out */
    uint8_t plan;                   /* enum mt_leg_plan: what becomes of the exit plan with it */
    uint32_t strength;              /* likewise */
    char tag[32];
};
struct mt_rec_plan { uint16_t account, symbol; uint32_t armed; struct mt_exit exit; };
struct mt_rec_risk_state {
    struct mt_rec_money value, limit;
    int32_t code;                   /* 0: by an operator */
    uint16_t scope; uint8_t state, pad;
};
struct mt_rec_risk_limit { int64_t old_value, value; uint16_t scope; uint8_t limit, set; uint32_t pad; };
struct mt_rec_operator {
    uint64_t turn;
    uint32_t command;
    int32_t account, symbol;
    uint32_t pad;
    char who[32], text[128];
};
struct mt_rec_coid_block { uint64_t first, end; };
struct mt_rec_adjustment { struct mt_rec_money amount; uint16_t account, symbol; uint32_t pad; };
struct mt_rec_reconciled { uint64_t digest; uint32_t orders, unknown; };
struct mt_rec_checkpoint { uint64_t hash; };
struct mt_rec_day { int64_t day; struct mt_rec_money equity, peak; uint16_t account; uint16_t pad[3]; };
struct mt_rec_order_alarm { uint64_t coid; uint32_t from, event, flags, pad; };
struct mt_rec_script_state { uint32_t timers_length, state_length; };    /* followed by both */
struct mt_rec_script_fault { uint64_t call; int32_t handler, symbol; char text[240]; };
/* Verbs refused at the border since the last of these records: place and verb of the first, and how often each code
 * came. More codes than fit count in `count` only. ask 0: a timer. */
enum { MT_REFUSED_CODES = 16 };
struct mt_refused_code { uint64_t count; int32_t code; uint32_t pad; };
struct mt_rec_refused {
    uint64_t call, count;
    struct mt_refused_code codes[MT_REFUSED_CODES];
    int32_t symbol;                 /* -1: none */
    uint8_t ask, pad[3];            /* enum mt_request_kind */
    char at[MT_PLACE_MAX];          /* "scalp.lua:12"; "" when nobody told */
    char field[16];                 /* the one that is wrong, "" when it is not one field */
};
/* Something was done otherwise than asked, or looks like a slip; said once for its place. */
enum mt_note { MT_NOTE_FAR = 1, MT_NOTE_CUT };
struct mt_rec_note {
    uint64_t call;
    uint16_t symbol;
    uint8_t what, pad[5];
    char at[MT_PLACE_MAX];          /* of the script; "" where it is none */
    char text[512];
};
struct mt_rec_run_end { uint64_t turn; int32_t reason, exit_code; };

#endif
