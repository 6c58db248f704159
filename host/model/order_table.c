/* The transition table of an order: one row a state, one column an event. test_order_table.c checks
 * every cell against a second copy that was typed independently. */
#include "model/order.h"

#define GO(state)       {MT_CELL_MOVE, MT_ORDER_##state}
#define GO_A(state)     {MT_CELL_MOVE | MT_CELL_ALARM, MT_ORDER_##state}
#define GO_STALE(state) {MT_CELL_MOVE | MT_CELL_STALE, MT_ORDER_##state}
#define FIL(state)      {MT_CELL_MOVE | MT_CELL_APPLY_FILL, MT_ORDER_##state}
#define FIL_A(state)    {MT_CELL_MOVE | MT_CELL_APPLY_FILL | MT_CELL_ALARM, MT_ORDER_##state}
#define GROW_A          {MT_CELL_APPLY_FILL | MT_CELL_ALARM, 0}
#define OVER            {MT_CELL_ILLEGAL | MT_CELL_APPLY_FILL | MT_CELL_OVERFILL, 0}
#define SAME            {MT_CELL_SAME, 0}
#define STALE           {MT_CELL_SAME | MT_CELL_STALE, 0}
#define ILL             {MT_CELL_ILLEGAL, 0}
#define BUST            {MT_CELL_BUST, 0}
#define IMP             {MT_CELL_IMPOSSIBLE, 0}

/* Columns, four lines a row:
 *   pass deny durable jfail nobyte out amb
 *   ack rej fillp fillx
 *   cxl exp bust corr
 *   absent restart withdraw
 * CREATED at a restart is impossible: an intent that is not in the journal does not exist. */
static const struct mt_cell table[MT_ORDER_STATES][MT_ORDER_EVENTS] = {
    [MT_ORDER_CREATED] = {
        GO(READY), GO(DENIED), IMP, IMP, IMP, IMP, IMP,
        ILL, ILL, ILL, ILL,
        ILL, ILL, ILL, ILL,
        IMP, IMP, GO(DENIED) },
    [MT_ORDER_DENIED] = {
        IMP, IMP, IMP, IMP, IMP, IMP, IMP,
        ILL, ILL, ILL, ILL,
        ILL, ILL, ILL, ILL,
        IMP, GO(DENIED), IMP },
    [MT_ORDER_READY] = {
        IMP, IMP, GO(SENDING), GO(DENIED), IMP, IMP, IMP,
        ILL, ILL, ILL, ILL,
        ILL, ILL, ILL, ILL,
        IMP, GO(UNKNOWN), GO(DENIED) },
    [MT_ORDER_SENDING] = {
        IMP, IMP, SAME, IMP, GO(REJECTED), GO(SENT), GO(UNKNOWN),
        GO(WORKING), GO(REJECTED), FIL(PARTIAL), FIL(FILLED),
        GO(CANCELED), GO(EXPIRED), ILL, ILL,
        IMP, GO(UNKNOWN), IMP },
    [MT_ORDER_SENT] = {
        IMP, IMP, SAME, IMP, IMP, SAME, GO(UNKNOWN),
        GO(WORKING), GO(REJECTED), FIL(PARTIAL), FIL(FILLED),
        GO(CANCELED), GO(EXPIRED), ILL, ILL,
        IMP, GO(UNKNOWN), IMP },
    [MT_ORDER_UNKNOWN] = {
        IMP, IMP, IMP, IMP, IMP, SAME, SAME,
        GO(WORKING), GO(REJECTED), FIL(PARTIAL), FIL(FILLED),
        GO(CANCELED), GO(EXPIRED), ILL, ILL,
        GO(LOST), GO(UNKNOWN), IMP },
    [MT_ORDER_WORKING] = {
        IMP, IMP, IMP, IMP, IMP, SAME, STALE,
        SAME, GO_A(REJECTED), FIL(PARTIAL), FIL(FILLED),
        GO(CANCELED), GO(EXPIRED), ILL, ILL,
        GO_A(CANCELED), GO_STALE(WORKING), IMP },
    [MT_ORDER_PARTIAL] = {
        IMP, IMP, IMP, IMP, IMP, SAME, STALE,
        SAME, ILL, FIL(PARTIAL), FIL(FILLED),
        GO(CANCELED), GO(EXPIRED), BUST, BUST,
        GO_A(CANCELED), GO_STALE(PARTIAL), IMP },
    [MT_ORDER_FILLED] = {
        IMP, IMP, IMP, IMP, IMP, SAME, SAME,
        SAME, ILL, OVER, OVER,
        SAME, SAME, BUST, BUST,
        SAME, GO(FILLED), IMP },
    [MT_ORDER_CANCELED] = {
        IMP, IMP, IMP, IMP, IMP, SAME, SAME,
        SAME, SAME, GROW_A, FIL_A(FILLED),
        SAME, SAME, BUST, BUST,
        SAME, GO(CANCELED), IMP },
    [MT_ORDER_EXPIRED] = {
        IMP, IMP, IMP, IMP, IMP, SAME, SAME,
        SAME, SAME, GROW_A, FIL_A(FILLED),
        SAME, SAME, BUST, BUST,
        SAME, GO(EXPIRED), IMP },
    [MT_ORDER_REJECTED] = {
        IMP, IMP, IMP, IMP, IMP, SAME, SAME,
        GO_A(WORKING), SAME, FIL_A(PARTIAL), FIL_A(FILLED),
        GO_A(CANCELED), GO_A(EXPIRED), ILL, ILL,
        SAME, GO(REJECTED), IMP },
    [MT_ORDER_LOST] = {
        IMP, IMP, IMP, IMP, IMP, SAME, SAME,
        GO_A(WORKING), GO(REJECTED), FIL_A(PARTIAL), FIL_A(FILLED),
        GO(CANCELED), GO(EXPIRED), ILL, ILL,
        SAME, GO(LOST), IMP },
};

struct mt_cell mt_order_cell(enum mt_order_state from, enum mt_order_event event)
{
    MT_ASSERT((unsigned)from < MT_ORDER_STATES);
    MT_ASSERT((unsigned)event < MT_ORDER_EVENTS);
    struct mt_cell cell = table[from][event];
    if (!(cell.flags & MT_CELL_MOVE))
        cell.next = (uint8_t)from;
    return cell;
}

static const char *name_of(const char *const *names, size_t count, unsigned index)
{
    return index < count ? names[index] : "?";
}

#define NAME_OF(names, index) name_of(names, sizeof names / sizeof *names, index)

const char *mt_side_name(int side)
{
    return side > 0 ? "buy" : side < 0 ? "sell" : "flat";
}

const char *mt_order_state_name(unsigned state)
{
    static const char *const names[MT_ORDER_STATES] = {
        "created", "denied", "ready",    "sending", "sent",     "unknown", "working",
        "partial", "filled", "canceled", "expired", "rejected", "lost"};
    return NAME_OF(names, state);
}

const char *mt_order_event_name(unsigned event)
{
    static const char *const names[MT_ORDER_EVENTS] = {
        "pass",  "deny",  "durable", "jfail", "nobyte", "out",  "amb",    "ack",     "rej",
        "fillp", "fillx", "cxl",     "exp",   "bust",   "corr", "absent", "restart", "withdraw"};
    return NAME_OF(names, event);
}

const char *mt_order_type_name(unsigned type)
{
    static const char *const names[] = { "market", "limit", "stop" };
    return NAME_OF(names, type);
}

const char *mt_tif_name(unsigned tif)
{
    static const char *const names[] = { "gtc", "ioc", "fok", "gtd" };
    return NAME_OF(names, tif);
}

const char *mt_role_name(unsigned role)
{
    static const char *const names[MT_ROLES] = {"entry",    "stop",    "take",    "trail",
                                                "time",     "flat",    "target",  "slot",
                                                "operator", "stopout", "external"};
    return NAME_OF(names, role);
}

const char *mt_order_op_name(unsigned op)
{
    static const char *const names[] = {"none",           "cancel_queued", "cancel_sent",
                                        "cancel_unknown", "replace_sent",  "replace_unknown"};
    return NAME_OF(names, op);
}

bool mt_order_state_terminal(unsigned state)
{
    const unsigned terminal = 1u << MT_ORDER_DENIED | 1u << MT_ORDER_FILLED |
                              1u << MT_ORDER_CANCELED | 1u << MT_ORDER_EXPIRED |
                              1u << MT_ORDER_REJECTED | 1u << MT_ORDER_LOST;
    return state < MT_ORDER_STATES && (terminal >> state & 1u);
}

bool mt_order_state_open(unsigned state)
{
    return state >= MT_ORDER_READY && state <= MT_ORDER_PARTIAL;
}
