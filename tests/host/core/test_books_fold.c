/* The fold from the outside: records whose checksum is right and whose content is not, lack of memory at every
 * allocation, a journal that dies after any record, and an observer that ends the run at any record. */
#include "engine_world.h"

#include "model/order.h"
#include "alloc_fails.h"

/* --- foreign records -------------------- */

static int no_market(void *self, struct mt_event *out, int max, struct mt_diag *diag)
{
    (void)self, (void)out, (void)max, (void)diag;
    return 0;
}
static const struct mt_source_ops no_market_ops = { .fill = no_market };
static const struct mt_source empty = { &no_market_ops, NULL };

static uint64_t next_seq;
static int recover(struct world *w, enum mt_record_kind kind, const void *payload, size_t length)
{
    struct mt_diag diag = { 0 };
    struct mt_record record = {
        .seq = ++next_seq, .kind = (uint16_t)kind, .length = (uint32_t)length, .payload = payload, .time_ns = w->now
    };
    int rc = mt_engine_recover(w->engine, &record, empty, 1 << 30, &diag);
    if (rc != 0)
        assert_non_null(strstr(diag.text, mt_record_name(kind)));
    return rc;
}
/* What was decided so far has been sent. */
static void last_of_turn(struct world *w)
{
    static const struct mt_rec_market market;
    struct mt_diag diag = { 0 };
    struct mt_record record = { .seq = ++next_seq, .kind = MT_REC_MARKET, .length = sizeof market, .payload = &market,
                                .time_ns = w->now, .flags = MT_RECORD_LAST };
    assert_int_equal(mt_engine_recover(w->engine, &record, empty, 1 << 30, &diag), 0);
}
static struct world *reading(uint16_t accounts)
{
    struct world *w = world_new(accounts);
    struct mt_diag diag = { 0 };
    next_seq = 0;
    assert_int_equal(mt_engine_new(&w->engine, &w->setup, &diag), 0);
    world_attach(w);
    struct mt_rec_coid_block block = { 1, 1025 };
    assert_int_equal(recover(w, MT_REC_COID_BLOCK, &block, sizeof block), 0);
    return w;
}
static struct mt_rec_intent intent_of(uint64_t coid)
{
    return (struct mt_rec_intent){ .coid = coid, .terms.qty = 1000, .terms.side = 1, .terms.role = MT_ROLE_ENTRY, .risk_price = 10000 };
}
static struct mt_rec_venue_event fill_of(uint64_t coid, uint64_t fill_id, int64_t qty)
{
    return (struct mt_rec_venue_event){
        .coid = coid, .event = MT_ORDER_FILLP, .fill_id = fill_id, .price = 10000, .qty = qty, .cum = -1
    };
}
#define RECOVER(w, kind, payload) recover(w, kind, &(payload), sizeof(payload))

/* One field at a time: right, then one beyond. */
static void indices_that_do_not_exist(void **state)
{
    (void)state;
#define BEYOND(type, record_kind, good, field, beyond)                                                                \
    do {                                                                                                              \
        struct world *foreign = reading(2);                                                                           \
        type r = good;                                                                                                \
        assert_int_equal(RECOVER(foreign, record_kind, r), 0);                                                        \
        r = good;                                                                                                     \
        r.field = beyond;                                                                                             \
        if (RECOVER(foreign, record_kind, r) != MT_ECORRUPT)                                                          \
            fail_msg("%s.%s = %s", #record_kind, #field, #beyond);                                                    \
        world_free(foreign);                                                                                          \
    } while (0)
    struct mt_rec_decision decision = { .signal = { .id = 1, .symbol = 1 },
                                        .verdict = { .reference = 1, .sent = 1, .verdict = MT_SENT } };
    BEYOND(struct mt_rec_decision, MT_REC_DECISION, decision, signal.symbol, 2);
    BEYOND(struct mt_rec_decision, MT_REC_DECISION, decision, signal.exit.take_count, MT_TAKES_MAX + 1);
    BEYOND(struct mt_rec_decision, MT_REC_DECISION, decision, verdict.reference, 2);
    BEYOND(struct mt_rec_decision, MT_REC_DECISION, decision, leg_count, 1);            /* it is not there */
    struct mt_rec_decision nobody = { .signal.symbol = 1, .verdict = { .reference = 9, .verdict = MT_DENIED } };
    BEYOND(struct mt_rec_decision, MT_REC_DECISION, nobody, verdict.sent, 1);           /* who was nobody's */
    struct decided { struct mt_rec_decision decision; struct mt_rec_leg legs[2]; };
    struct decided decided = { { .signal = { .id = 1, .symbol = 1 }, .leg_count = 2 },
                               { { .account = 1, .symbol = 1 }, { .symbol = 1 } } };
    BEYOND(struct decided, MT_REC_DECISION, decided, legs[1].account, 2);
    BEYOND(struct decided, MT_REC_DECISION, decided, legs[1].symbol, 0);                /* another one */
    BEYOND(struct decided, MT_REC_DECISION, decided, legs[0].plan, MT_LEG_PLAN_NONE + 1);
    BEYOND(struct decided, MT_REC_DECISION, decided, decision.leg_count, 3);
    struct mt_rec_intent intent = intent_of(5);
    BEYOND(struct mt_rec_intent, MT_REC_INTENT, intent, coid, 5);       /* used a record ago */
    BEYOND(struct mt_rec_intent, MT_REC_INTENT, intent, coid, 1025);
    intent.terms.symbol = intent.terms.account = 1;
    intent.take = 7;
    struct mt_rec_intent later = intent_of(6);
    struct world *w = reading(2);
    assert_int_equal(RECOVER(w, MT_REC_INTENT, intent), 0);
    later.terms.symbol = 2;
    assert_int_equal(RECOVER(w, MT_REC_INTENT, later), MT_ECORRUPT);
    later.terms.symbol = 0;
    later.terms.account = 2;
    assert_int_equal(RECOVER(w, MT_REC_INTENT, later), MT_ECORRUPT);
    later.terms.account = 0;
    later.take = MT_TAKES_MAX;
    assert_int_equal(RECOVER(w, MT_REC_INTENT, later), MT_ECORRUPT);
    world_free(w);
    struct mt_rec_sent sent = { .coid = 900, .outcome = MT_SENT_AMB };
    BEYOND(struct mt_rec_sent, MT_REC_SENT, sent, outcome, MT_SENT_WITHDRAWN + 1);
    BEYOND(struct mt_rec_sent, MT_REC_SENT, sent, outcome, 0);
    struct mt_rec_venue_event event = { .coid = 900, .event = MT_ORDER_EVENTS - 1, .op = MT_REPORT_ABSENT_SAMPLE };
    BEYOND(struct mt_rec_venue_event, MT_REC_VENUE_EVENT, event, event, MT_ORDER_EVENTS);
    BEYOND(struct mt_rec_venue_event, MT_REC_VENUE_EVENT, event, op, MT_REPORT_ABSENT_SAMPLE + 1);
    struct mt_rec_leg leg = { .account = 1, .symbol = 1 };
    BEYOND(struct mt_rec_leg, MT_REC_LEG, leg, account, 2);
    BEYOND(struct mt_rec_leg, MT_REC_LEG, leg, symbol, 2);
    struct mt_rec_plan plan = { .account = 1, .symbol = 1, .exit.take_count = MT_TAKES_MAX };
    BEYOND(struct mt_rec_plan, MT_REC_PLAN, plan, account, 2);
    BEYOND(struct mt_rec_plan, MT_REC_PLAN, plan, symbol, 2);
    BEYOND(struct mt_rec_plan, MT_REC_PLAN, plan, exit.take_count, MT_TAKES_MAX + 1);
    struct mt_rec_risk_state state_record = { .scope = 2, .state = MT_KILLED };         /* global and two accounts */
    BEYOND(struct mt_rec_risk_state, MT_REC_RISK_STATE, state_record, scope, 3);
    BEYOND(struct mt_rec_risk_state, MT_REC_RISK_STATE, state_record, state, MT_KILLED + 1);
    struct mt_rec_risk_limit limit = { .scope = 2, .limit = MT_LIMIT_STALE_MS, .set = 1, .value = 5 };
    BEYOND(struct mt_rec_risk_limit, MT_REC_RISK_LIMIT, limit, scope, 3);
    BEYOND(struct mt_rec_risk_limit, MT_REC_RISK_LIMIT, limit, limit, MT_LIMITS);
    struct mt_rec_adjustment adjustment = { .account = 1 };
    BEYOND(struct mt_rec_adjustment, MT_REC_ADJUSTMENT, adjustment, account, 2);
    struct mt_rec_day day = { .account = 1 };
    BEYOND(struct mt_rec_day, MT_REC_DAY, day, account, 2);
#undef BEYOND
}

static void records_of_orders_that_are_not_there(void **state)
{
    struct world *w = reading(1);
    struct mt_rec_sent sent = { .coid = 77, .outcome = MT_SENT_AMB };
    struct mt_rec_op cancel = { .coid = 77, .asked = MT_OUT_CANCEL };
    struct mt_rec_venue_event fill = fill_of(77, 5, 100);
    (void)state;
    uint64_t before = mt_engine_state_hash(w->engine);
    assert_int_equal(RECOVER(w, MT_REC_SENT, sent), 0);
    assert_int_equal(RECOVER(w, MT_REC_OP, cancel), 0);
    assert_int_equal(RECOVER(w, MT_REC_VENUE_EVENT, fill), 0);
    assert_int_equal(world_position(w, 0), 0);
    assert_true(mt_engine_state_hash(w->engine) == before);
    world_free(w);
}

static void operations_that_cannot_have_been_asked(void **state)
{
    struct world *w = reading(1);
    struct mt_rec_intent intent = intent_of(1);
    struct mt_rec_venue_event ack = { .coid = 1, .event = MT_ORDER_ACK, .cum = -1 };
    struct mt_rec_op replace = { .coid = 1, .asked = MT_OUT_REPLACE, .qty = 500, .price = 9900 }, cancel = { .coid = 1, .asked = MT_OUT_CANCEL };
    (void)state;
    assert_int_equal(RECOVER(w, MT_REC_INTENT, intent), 0);
    assert_int_equal(RECOVER(w, MT_REC_OP, replace), MT_ECORRUPT);      /* before it was sent */
    last_of_turn(w);
    assert_int_equal(RECOVER(w, MT_REC_VENUE_EVENT, ack), 0);
    replace.qty = 0;
    assert_int_equal(RECOVER(w, MT_REC_OP, replace), MT_ECORRUPT);      /* to nothing */
    replace.qty = 500;
    assert_int_equal(RECOVER(w, MT_REC_OP, replace), 0);
    assert_int_equal(RECOVER(w, MT_REC_OP, replace), MT_ECORRUPT);      /* one at a time */
    assert_int_equal(RECOVER(w, MT_REC_OP, cancel), MT_ECORRUPT);
    world_free(w);
}

/* I3 holds for what is read back, too. */
static void a_fill_that_the_journal_has_twice_counts_once(void **state)
{
    struct world *w = reading(1);
    struct mt_rec_intent intent = intent_of(1);
    struct mt_rec_venue_event fill = fill_of(1, 5, 400);
    (void)state;
    assert_int_equal(RECOVER(w, MT_REC_INTENT, intent), 0);
    last_of_turn(w);
    assert_int_equal(RECOVER(w, MT_REC_VENUE_EVENT, fill), 0);
    assert_int_equal(RECOVER(w, MT_REC_VENUE_EVENT, fill), 0);
    assert_int_equal(world_position(w, 0), 400);
    assert_int_equal(mt_engine_order(w->engine, 1)->cum, 400);
    world_free(w);
}

static void money_that_was_paid_in_is_there_again(void **state)
{
    struct world *w = reading(2);
    struct mt_rec_adjustment paid = { .account = 1, .amount = mt_rec_money(-5000) };
    (void)state;
    mt_money before = mt_ledger_equity(mt_engine_ledger(w->engine), 1);
    assert_int_equal(RECOVER(w, MT_REC_ADJUSTMENT, paid), 0);
    assert_true(mt_ledger_equity(mt_engine_ledger(w->engine), 1) == before - 5000);
    assert_true(mt_ledger_equity(mt_engine_ledger(w->engine), 0) == before);
    world_free(w);
}

/* --- a scenario that touches everything -------------------- */

static struct mt_request take_and_stop(int side)
{
    struct mt_request request = world_with_stop(side, 1);
    request.take_count = 2;
    request.takes[0] = world_away(1);
    request.takes[0].part = 0.5;
    request.takes[1] = world_away(2);
    request.time = 100;
    return request;
}
static void try_turn(struct world *w, int *rc)
{
    struct mt_diag diag = { 0 };
    if (*rc == 0)
        *rc = mt_engine_turn(w->engine, w->now, &diag);
    if (*rc != 0)
        assert_true(diag.text[0] != 0 || diag.code == 0);
}
static void try_quote(struct world *w, int *rc, struct mt_request request)
{
    w->now += MT_NS_PER_S / 10;
    struct mt_event event = { .time_ns = w->now,
                              .venue_ns = w->now,
                              .symbol = (uint16_t)request.market,
                              .kind = MT_EV_QUOTE,
                              .quote = { 10000, 10002, 0, 0, MT_QUOTE_BOTH } };
    world_want(w, &request, 1);
    world_push(w, &event);
    try_turn(w, rc);
}
static void try_report(struct world *w, int *rc, uint64_t coid, enum mt_order_event what, int64_t price, int64_t qty)
{
    struct mt_event event = { .time_ns = w->now,
                              .venue_ns = w->now,
                              .kind = MT_EV_REPORT,
                              .report = { .coid = coid,
                                          .event = (uint8_t)what,
                                          .price = price,
                                          .qty = qty,
                                          .cum = -1,
                                          .fill_id = ++w->fill_id } };
    if (what == MT_ORDER_CXL) {
        event.report.cum = qty;
        event.report.qty = 0;
    }
    if (*rc != 0)
        return;
    world_push(w, &event);
    try_turn(w, rc);
}
static void try_operator(struct world *w, int *rc, enum mt_operator_command command)
{
    struct mt_diag diag = { 0 };
    if (*rc == 0)
        *rc = mt_engine_operator(w->engine, w->now, command, -1, -1, "t", "", &diag);
    if (*rc == MT_EREFUSED)                     /* a word to the operator: what is killed closes nothing */
        *rc = 0;
}

/* Two accounts in and out of both symbols by every verb, with lost answers, an overfill, a bust and a kill. */
static int scenario(struct world *w)
{
    struct mt_request protect = { .kind = MT_ASK_PROTECT, .take_count = -1 }, target = world_target(2),
                      half = world_request(0), veto = world_request(1);
    int rc = 0;
    protect.stop = world_away(0.5);
    target.market = veto.market = 1;
    half.has_keep = true;
    half.keep = 0.5;
    try_quote(w, &rc, take_and_stop(1));
    for (uint64_t coid = 1; coid <= 2; coid++)
        try_report(w, &rc, coid, MT_ORDER_FILLX, 10002, 1000);
    for (uint64_t coid = 3; coid <= 8; coid++)
        try_report(w, &rc, coid, MT_ORDER_ACK, 0, 0);
    try_quote(w, &rc, protect);
    for (uint64_t coid = 3; coid <= 8; coid++) {
        struct mt_event event = { .time_ns = w->now, .venue_ns = w->now, .kind = MT_EV_REPORT,
            .report = { .coid = coid, .op = coid == 3 ? MT_REPORT_OP_REFUSED : MT_REPORT_REPLACED, .cum = -1 } };
        world_push(w, &event);
        try_turn(w, &rc);
    }
    try_report(w, &rc, 4, MT_ORDER_FILLX, 10102, 500);
    try_quote(w, &rc, half);
    try_report(w, &rc, 9, MT_ORDER_FILLX, 10000, 100);
    try_report(w, &rc, 9, MT_ORDER_CXL, 0, 300);
    w->next_send = MT_SEND_AMB;
    try_quote(w, &rc, target);
    w->next_send = MT_SEND_NOBYTE;
    target.qty = -1;
    try_quote(w, &rc, target);
    for (int i = 0; i < 4; i++) {
        w->now += 3 * MT_NS_PER_S;
        try_turn(w, &rc);
    }
    for (uint64_t coid = 10; coid <= 13; coid++)
        try_report(w, &rc, coid, MT_ORDER_FILLP, 10001, 700);
    try_report(w, &rc, 1, MT_ORDER_FILLP, 10002, 5);                    /* an overfill */
    try_operator(w, &rc, MT_OPERATOR_RESUME);
    struct mt_request little = world_request(1);
    little.market = 1;
    little.size = 1e-6;
    try_quote(w, &rc, world_request(-1));
    if (rc == 0) {                              /* in and out in one call, and one without a size */
        struct mt_request three[3] = { little, world_request(1), world_request(-1) };
        world_want(w, three, 3);
        struct mt_event event = {
            .time_ns = ++w->now, .venue_ns = w->now, .kind = MT_EV_QUOTE, .quote = { 10000, 10002, 0, 0, MT_QUOTE_BOTH }
        };
        world_push(w, &event);
        try_turn(w, &rc);
    }
    w->now += 101 * MT_NS_PER_S;
    try_turn(w, &rc);
    try_operator(w, &rc, MT_OPERATOR_KILL);
    w->now += 2 * MT_NS_PER_S;
    try_turn(w, &rc);
    try_operator(w, &rc, MT_OPERATOR_FLATTEN);
    if (rc == 0) {
        struct mt_diag diag = { 0 };
        rc = mt_engine_stop(w->engine, w->now, "end", &diag);
    }
    return rc;
}
/* A leg that turns while it closes, entries without a size, a bust before its fill, and a stop that the venue forgets.
 * */
static int turning(struct world *w)
{
    struct mt_request little = world_request(1);
    int rc = 0;
    little.size = 1e-6;
    try_quote(w, &rc, little);                                          /* coids 1 and 2: refused */
    try_quote(w, &rc, world_with_stop(1, 1));
    struct mt_event bust = { .time_ns = w->now, .venue_ns = w->now, .kind = MT_EV_REPORT,
        .report = { .coid = 3, .event = MT_ORDER_BUST, .cum = -1, .fill_id = 500 } };
    if (rc == 0) {
        world_push(w, &bust);
        try_turn(w, &rc);
    }
    for (uint64_t coid = 3; coid <= 4; coid++)
        try_report(w, &rc, coid, MT_ORDER_FILLX, 10002, 1000);
    try_report(w, &rc, 5, MT_ORDER_ACK, 0, 0);
    try_report(w, &rc, 6, MT_ORDER_AMB, 0, 0);
    for (int i = 0; i < 65 && rc == 0; i++) {
        struct mt_event absent = { .time_ns = w->now, .venue_ns = w->now, .kind = MT_EV_REPORT,
            .report = { .coid = i % 2 ? 6 : 5, .op = MT_REPORT_ABSENT_SAMPLE, .cum = -1 } };
        w->now += MT_NS_PER_S;
        world_push(w, &absent);
        try_turn(w, &rc);
    }
    try_report(w, &rc, 5, MT_ORDER_AMB, 0, 0);
    for (int i = 0; i < 65 && rc == 0; i++) {
        struct mt_event absent = { .time_ns = w->now, .venue_ns = w->now, .kind = MT_EV_REPORT,
            .report = { .coid = 5, .op = MT_REPORT_ABSENT_SAMPLE, .cum = -1 } };
        w->now += MT_NS_PER_S;
        world_push(w, &absent);
        try_turn(w, &rc);
    }
    try_quote(w, &rc, world_request(0));
    try_quote(w, &rc, world_request(-1));                               /* the closes are out */
    return rc;
}
static int (*const scenarios[])(struct world *w) = { scenario, turning };
static int which;
static int scenario_to_the_end(struct world *w)
{
    struct mt_diag diag = { 0 };
    int rc = scenarios[which](w);
    return rc ? rc : mt_engine_end(w->engine, w->now, 0, 0, &diag);
}

static int fails_at, record_count;
static struct world *watched;
static size_t sent_then;
/* After the n-th record the journal takes no more: a record far in the future makes every later one step back in time.
 * */
static int kill_journal(void *ud, const struct mt_engine *engine, const struct mt_record *record)
{
    (void)ud, (void)engine, (void)record;
    assert_true(++record_count <= fails_at);
    if (record_count == fails_at) {
        struct mt_rec_checkpoint mark = { 0 };
        assert_int_equal(mt_journal_append(watched->journal, MT_REC_CHECKPOINT, 0, INT64_MAX, &mark, sizeof mark, NULL),
                         0);
        sent_then = watched->sent_count;
    }
    return 0;
}
static void breaches_allowed(struct world *w, struct mt_scope_setup *scope)
{
    *scope = (struct mt_scope_setup){ .kind = MT_SCOPE_ACCOUNT, .account = -1, .symbol = -1 };
    scope->limits.set = UINT64_C(1) << MT_LIMIT_MAX_NET;
    scope->limits.value[MT_LIMIT_MAX_NET] = 200000000;          /* 2: the overfill is beyond it */
    w->setup.scopes = scope;
    w->setup.scope_count = 1;
    w->setup.checkpoint_every = 20;
}

/* I5 and 5.3: whichever record it was, the run says so, no order leaves after it that was not in the journal, and all
 * that is open is canceled. */
static void journal_dies(void)
{
    int total = 0;
    for (fails_at = 1;; fails_at++) {
        struct world *w = world_new(2);
        struct mt_scope_setup scope;
        breaches_allowed(w, &scope);
        watched = w;
        record_count = 0;
        sent_then = SIZE_MAX;
        w->setup.observer.record = kill_journal;
        struct mt_diag diag = { 0 };
        struct mt_rec_run_start start = { .host_id = 1 };
        assert_int_equal(mt_engine_new(&w->engine, &w->setup, &diag), 0);
        world_attach(w);
        int rc = mt_engine_begin(w->engine, w->now, &start, "{}", &diag);
        if (rc == 0)
            rc = scenario_to_the_end(w);
        if (sent_then == SIZE_MAX) {
            assert_int_equal(rc, 0);
            total = record_count;
            world_free(w);
            break;
        }
        if (rc == 0)                            /* it was the last one of a turn that had nothing more to say */
            rc = mt_engine_operator(w->engine, w->now, MT_OPERATOR_HALT, -1, -1, "t", "", &diag);
        assert_int_equal(rc, MT_ERANGE);
        const struct mt_order *open[64];
        size_t count = mt_engine_open_orders(w->engine, open, 64), cancels = world_count(w, WORLD_CANCEL, sent_then);
        assert_true(cancels >= count);
        size_t from = w->sent_count;
        w->on_quote = NULL;
        assert_int_equal(mt_engine_turn(w->engine, w->now + 1, &diag), MT_ERANGE);       /* and stays dead */
        assert_int_equal(w->sent_count, from);
        world_free(w);
    }
    assert_true(total > 50);
}
static void a_journal_that_dies_after_any_record(void **state)
{
    (void)state;
    for (which = 0; which < 2; which++)
        journal_dies();
}

static int refuse_record(void *ud, const struct mt_engine *engine, const struct mt_record *record)
{
    (void)ud, (void)engine, (void)record;
    return ++record_count >= fails_at ? MT_EBUSY : 0;
}
/* Whoever watches the records (a verification) ends the run with its own code, at any record. */
static void observer_ends(void)
{
    for (fails_at = 1;; fails_at++) {
        struct world *w = world_new(2);
        struct mt_scope_setup scope;
        breaches_allowed(w, &scope);
        record_count = 0;
        w->setup.observer.record = refuse_record;
        struct mt_diag diag = { 0 };
        struct mt_rec_run_start start = { .host_id = 1 };
        assert_int_equal(mt_engine_new(&w->engine, &w->setup, &diag), 0);
        world_attach(w);
        int rc = mt_engine_begin(w->engine, w->now, &start, "{}", &diag);
        if (rc == 0)
            rc = scenario_to_the_end(w);
        if (record_count < fails_at) {
            assert_int_equal(rc, 0);
            world_free(w);
            break;
        }
        if (rc == 0)
            rc = mt_engine_operator(w->engine, w->now, MT_OPERATOR_HALT, -1, -1, "t", "", &diag);
        assert_int_equal(rc, MT_EBUSY);
        world_free(w);
    }
    assert_true(fails_at > 50);
}
static void an_observer_that_ends_the_run_at_any_record(void **state)
{
    (void)state;
    for (which = 0; which < 2; which++)
        observer_ends();
}

/* --- no memory -------------------- */

/* Every allocation of a new engine may fail: an error and nothing left behind (the sanitizer of another build looks).
 * */
static void an_engine_without_memory(void **state)
{
    static const int32_t frames[] = { 60, 300 };
    (void)state;
    if (!ALLOC_FAILS) {
        print_message("allocations belong to a sanitizer here: skipped\n");
        return;
    }
    long left = 0;
    for (int step = 0;; step++) {               /* from some call on all of them, and then only that one */
        left = step / 2;
        alloc_once = step % 2;
        struct world *w = world_new(2);
        struct mt_diag diag = { 0 };
        w->setup.timeframes = frames;
        w->setup.timeframe_count = 2;
        alloc_left = left;
        int rc = mt_engine_new(&w->engine, &w->setup, &diag);
        alloc_left = -1;
        if (rc != 0) {
            assert_int_equal(rc, MT_ENOMEM);
            assert_null(w->engine);
            assert_true(diag.text[0] != 0);
        }
        world_free(w);
        if (rc == 0)
            break;
    }
    alloc_once = false;
    assert_true(left > 20);
}

/* And every one of a run: the turn says so, and no order leaves that was not written. */
static void a_run_without_memory(void **state)
{
    (void)state;
    if (!ALLOC_FAILS)
        return;
    int failed = 0;
    which = 0;
    for (long left = 0;; left++) {
        struct world *w = world_new(2);
        w->setup.self_check = false;            /* what was not folded is missing in the sums: the run ends there */
        world_start(w);
        alloc_left = left;
        int rc = scenarios[which](w);
        bool ended = alloc_left != 0;
        alloc_left = -1;
        failed += rc != 0;
        if (rc != 0 && rc != MT_ENOMEM)
            fail_msg("allocation %ld: %s", left, mt_err_name(rc));
        world_free(w);
        if (ended && which == 1)
            break;
        if (ended) {
            which = 1;
            left = -1;
        }
    }
    assert_true(failed >= 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(indices_that_do_not_exist),
        cmocka_unit_test(records_of_orders_that_are_not_there),
        cmocka_unit_test(operations_that_cannot_have_been_asked),
        cmocka_unit_test(a_fill_that_the_journal_has_twice_counts_once),
        cmocka_unit_test(money_that_was_paid_in_is_there_again),
        cmocka_unit_test(a_journal_that_dies_after_any_record),
        cmocka_unit_test(an_observer_that_ends_the_run_at_any_record),
        cmocka_unit_test(an_engine_without_memory),
        cmocka_unit_test(a_run_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
