/* The verbs on their way: who may ask, what one call may ask together, what protects and what widens, and what filters
 * may do to a signal. */
#include "engine_world.h"

#include "model/order.h"

static struct mt_request_level at_price(double price)
{
    return (struct mt_request_level){ .value = price, .kind = MT_LEVEL_PRICE };
}
static struct mt_request protect_none(void) { return (struct mt_request){ .kind = MT_ASK_PROTECT, .take_count = -1 }; }
static struct mt_request limit_at(struct mt_request request, double limit)
{
    request.has_limit = true;
    request.limit = limit;
    return request;
}
static void operate(struct world *w, enum mt_operator_command command, int account)
{
    struct mt_diag diag = { 0 };
    assert_int_equal(mt_engine_operator(w->engine, w->now, command, account, -1, "t", "", &diag), 0);
}

static void who_and_where_out_of_range(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    world_start(w);
    world_quote(w, 0, 10000, 10002);
    static const struct { int kind, market, side, code; const char *group; } cases[] = {
        { MT_ASK_SIGNAL, -1, 1, MT_CODE_FIELD_INVALID, "" }, { MT_ASK_SIGNAL, 2, 1, MT_CODE_FIELD_INVALID, "" },
        { MT_ASK_SIGNAL, 0, 2, MT_CODE_FIELD_INVALID, "" }, { MT_ASK_SIGNAL, 0, -2, MT_CODE_FIELD_INVALID, "" },
        { 0, 0, 1, MT_CODE_FIELD_INVALID, "" }, { 7, 0, 1, MT_CODE_FIELD_INVALID, "" },
        { MT_ASK_SIGNAL, 0, 1, MT_CODE_NOT_BUILT, "pairs" }, { MT_ASK_PROTECT, 0, 0, MT_CODE_NO_POSITION, "" },
        { MT_ASK_SIGNAL, 0, 0, MT_CODE_ALREADY, "" }, { MT_ASK_TARGET, 0, 0, MT_CODE_ALREADY, "" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mt_request request = world_request(cases[i].side);
        request.kind = cases[i].kind;
        request.market = cases[i].market;
        strcpy(request.group, cases[i].group);
        assert_int_equal((int)world_ask(w, &request), -cases[i].code);
    }
    assert_int_equal(w->sent_count, 0);
    world_free(w);
}

static void verbs_are_muted_while_warming_up(void **state)
{
    struct world *w = world_new(1);
    static const int32_t frames[] = { 60 };
    (void)state;
    w->setup.timeframes = frames;
    w->setup.timeframe_count = 1;
    w->setup.warmup_tf_s = 60;
    w->setup.warmup_bars = 2;
    world_start(w);
    assert_int_equal((int)world_ask_now(w, world_request(1)), -MT_CODE_WARMING);
    for (int i = 0; i < 6; i++) {
        w->now += 60 * MT_NS_PER_S;
        world_quote(w, 0, 10000, 10002);
    }
    assert_true(world_ask_now(w, world_request(1)) > 0);
    world_free(w);
}

/* --- what one call may ask together -------------------- */

static void requests_of_one_call_by_pairs(void **state)
{
    struct mt_request buy = world_request(1), sell = world_request(-1), flat = world_request(0), one = world_target(1),
                      protect = protect_none(), other = world_request(1), half = world_request(0);
    (void)state;
    protect.stop = world_away(1);
    other.market = 1;
    half.has_keep = true;
    half.keep = 0.5;
    const struct { const struct mt_request *first, *second; int code;
    } cases[] = {
        { &buy, &one, MT_CODE_MIXED_VERBS },
        { &one, &buy, MT_CODE_MIXED_VERBS },
        { &buy, &buy, MT_CODE_ALREADY },
        { &buy, &sell, 0 },
        { &buy, &flat, 0 },
        { &buy, &protect, 0 },
        { &flat, &protect, MT_CODE_NO_POSITION },
        { &other, &one, 0 },
        { &other, &buy, 0 },
        { &other, &protect, MT_CODE_NO_POSITION },
        { &protect, &buy, 0 },
        { &protect, &one, 0 },
        { &one, &protect, 0 },
        { &half, &buy, 0 },
        { &one, &one, MT_CODE_ALREADY },
        { &other, &flat, MT_CODE_ALREADY },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct world *w = world_new(1);
        struct mt_request both[2] = { *cases[i].first, *cases[i].second };
        world_start(w);
        world_quote(w, 1, 10000, 10002);
        world_want(w, both, 2);
        world_quote(w, 0, 10000, 10002);
        if (cases[i].code ? w->answers[1] != -cases[i].code : w->answers[1] <= 0)
            fail_msg("pair %zu: %g", i, w->answers[1]);
        world_free(w);
    }
}

static double asked_on_order;
static void target_on_order(struct world *w, enum mt_handler handler)
{
    struct mt_request request = world_target(1);
    if (handler == MT_ON_ORDER && asked_on_order == 0)
        asked_on_order = world_ask(w, &request);
}

/* The same while a long is held: protection stands in nobody's way, and after a reduction everything is open. */
static void requests_of_one_call_by_pairs_while_long(void **state)
{
    struct mt_request buy = world_request(1), sell = world_request(-1), flat = world_request(0), one = world_target(1),
                      protect = protect_none(), half = world_request(0);
    (void)state;
    protect.stop = world_away(1);
    half.has_keep = true;
    half.keep = 0.5;
    const struct { const struct mt_request *first, *second; int code;
    } cases[] = {
        { &protect, &buy, MT_CODE_ALREADY },
        { &protect, &sell, 0 },
        { &protect, &flat, 0 },
        { &protect, &one, MT_CODE_MIXED_VERBS },
        { &half, &buy, MT_CODE_ALREADY },       /* what is kept is long */
        { &half, &sell, 0 },
        { &half, &half, 0 },
        { &half, &protect, 0 },
        { &flat, &protect, 0 },
        { &flat, &buy, 0 },
        { &sell, &buy, 0 },
        { &flat, &flat, MT_CODE_ALREADY },      /* that is the stance that stands now */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct world *w = world_new(1);
        struct mt_request both[2] = { *cases[i].first, *cases[i].second };
        world_start(w);
        world_enter(w, world_request(1));
        world_want(w, both, 2);
        world_quote(w, 0, 10000, 10002);
        assert_true(w->answers[0] > 0);
        if (cases[i].code ? w->answers[1] != -cases[i].code : w->answers[1] <= 0)
            fail_msg("pair %zu: %g", i, w->answers[1]);
        int64_t worst = 1000; /* whatever was asked: never twice as long, and no short before the close */
        for (size_t k = 0; k < w->sent_count; k++)
            if (w->sent[k].kind == WORLD_SUBMIT && !mt_terms_reduce_only(&w->sent[k].request.terms) && w->sent[k].coid != 1)
                worst += w->sent[k].request.terms.qty;
        assert_int_equal(worst, 1000);
        world_free(w);
    }
}

/* A protection asked for on a target that stands: it does not hide the target from the next one of the same call. */
static void a_protection_between_two_targets(void **state)
{
    struct world *w = world_new(1);
    struct mt_request three[3] = { protect_none(), world_target(1), world_target(2) };
    (void)state;
    three[0].stop = world_away(1);
    world_start(w);
    world_ask_now(w, world_target(1));
    world_fill(w, 1, 10002, 1000);
    world_want(w, three, 3);
    world_quote(w, 0, 10000, 10002);
    assert_true(w->answers[0] > 0);
    assert_int_equal((int)w->answers[1], -MT_CODE_ALREADY);
    assert_true(w->answers[2] > 0);
    world_free(w);
}

/* The follower's entry never left, and the lead has just lost its own: until the follower's leg has been ended, the
 * verbs do not mix. */
static void a_follower_whose_entry_never_left_still_has_business(void **state)
{
    struct world *w = world_new(2);
    (void)state;
    world_start(w);
    w->send_skip = 1;
    w->next_send = MT_SEND_NOBYTE;
    w->in_mid_instant = true;
    world_ask_now(w, world_request(1));
    assert_int_equal(mt_engine_order(w->engine, 2)->state, MT_ORDER_REJECTED);
    asked_on_order = 0;
    w->on_any = target_on_order;
    world_report(w, 1, MT_ORDER_CXL, 0, 0);
    assert_int_equal((int)asked_on_order, -MT_CODE_MIXED_VERBS);
    w->on_any = NULL;
    w->in_mid_instant = false;
    world_turn(w);
    assert_true(world_ask_now(w, world_target(1)) > 0);
    world_free(w);
}

/* protect in the call that asked for the entry: the plan is the entry's from its first fill on. */
static void an_entry_and_its_protection_in_one_call(void **state)
{
    struct world *w = world_new(1);
    struct mt_request both[2] = { world_request(1), protect_none() };
    (void)state;
    both[1].stop = world_away(1);
    world_start(w);
    world_want(w, both, 2);
    world_quote(w, 0, 10000, 10002);
    world_fill(w, world_newest(w, WORLD_SUBMIT), 10002, 1000);
    assert_int_equal(world_last(w, WORLD_SUBMIT, 0)->request.terms.type, MT_TYPE_STOP);
    assert_int_equal(world_last(w, WORLD_SUBMIT, 0)->request.terms.stop, 9902);
    world_free(w);
}

/* The second flat of a call has nothing left to close: the first withdrew the entry before it left. */
static void a_second_flat_finds_nothing(void **state)
{
    struct world *w = world_new(1);
    struct mt_request three[3] = { world_request(1), world_request(0), world_request(0) };
    (void)state;
    world_start(w);
    world_want(w, three, 3);
    world_quote(w, 0, 10000, 10002);
    assert_true(w->answers[0] > 0);
    assert_true(w->answers[1] > 0);
    assert_int_equal((int)w->answers[2], -MT_CODE_ALREADY);
    assert_int_equal(w->sent_count, 0);
    assert_int_equal(mt_engine_order(w->engine, 1)->code, MT_CODE_WITHDRAWN);
    assert_int_equal(world_verdict(w)->verdict, MT_SENT);
    assert_int_equal(mt_engine_stance(w->engine, 0), 0);
    world_free(w);
}

/* A turn whose entry was not sent yet: withdrawn, and the other side tried at once, and refused. */
static void a_turn_in_one_call_that_is_denied_says_so(void **state)
{
    struct world *w = world_new(1);
    struct mt_scope_setup scope = { .kind = MT_SCOPE_GLOBAL, .account = -1, .symbol = -1 };
    struct mt_request both[2] = { world_request(1), world_request(-1) };
    (void)state;
    scope.limits.set = UINT64_C(1) << MT_LIMIT_MAX_ORDER_QTY;
    scope.limits.value[MT_LIMIT_MAX_ORDER_QTY] = 100000000;     /* 1 */
    both[1].size = 2;
    w->setup.scopes = &scope;
    w->setup.scope_count = 1;
    world_start(w);
    world_want(w, both, 2);
    world_quote(w, 0, 10000, 10002);
    assert_int_equal(w->sent_count, 0);
    assert_int_equal(world_verdict(w)->verdict, MT_DENIED);
    assert_int_equal(world_verdict(w)->code, MT_CODE_MAX_ORDER_QTY);
    assert_int_equal(world_position(w, 0), 0);
    assert_true(world_ask_now(w, world_request(1)) > 0);        /* the leg is free */
    assert_int_equal(world_count(w, WORLD_SUBMIT, 0), 1);
    world_free(w);
}

/* --- stances -------------------- */

/* The position is gone and its close still works at the venue: the leg has business until that has ended. */
static void a_leg_that_waits_for_the_end_of_its_close(void **state)
{
    (void)state;
    for (int turn = 0; turn <= 1; turn++) {
        struct world *w = world_new(1);
        struct mt_request request = world_with_stop(1, 1);
        request.time = 5;
        world_start(w);
        world_enter(w, request);
        uint64_t stop = world_newest(w, WORLD_SUBMIT);
        world_ack(w, stop);
        if (turn) {
            world_ask_now(w, world_request(-1));
        } else {
            w->now += 5 * MT_NS_PER_S;
            world_turn(w);
        }
        uint64_t close = world_newest(w, WORLD_SUBMIT);
        assert_int_not_equal(close, stop);
        world_fill(w, stop, 9902, 1000);        /* the stop was faster */
        assert_int_equal(world_position(w, 0), 0);
        size_t from = w->sent_count;
        if (turn) {
            assert_int_equal((int)world_ask_now(w, world_target(1)), -MT_CODE_MIXED_VERBS);
            assert_int_equal((int)world_ask_now(w, protect_none()) > 0, 1);     /* for the entry that waits */
            assert_int_equal(world_count(w, WORLD_SUBMIT, from), 0);
        } else {
            assert_int_equal((int)world_ask_now(w, world_request(1)), -MT_CODE_ALREADY);
        }
        world_report(w, close, MT_ORDER_CXL, 0, 0);
        assert_int_equal(world_count(w, WORLD_SUBMIT, from), turn);
        assert_int_equal(mt_engine_stance(w->engine, 0), turn ? -1 : 0);
        world_free(w);
    }
}

static void verbs_do_not_mix_while_the_other_has_business(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    world_start(w);
    world_ask_now(w, world_target(1));
    assert_int_equal((int)world_ask_now(w, world_request(1)), -MT_CODE_MIXED_VERBS);
    assert_int_equal((int)world_ask_now(w, world_request(0)), -MT_CODE_MIXED_VERBS);
    world_fill(w, 1, 10002, 1000);
    assert_int_equal((int)world_ask_now(w, world_request(-1)), -MT_CODE_MIXED_VERBS);
    world_ask_now(w, world_target(0));
    assert_int_equal((int)world_ask_now(w, world_request(-1)), -MT_CODE_MIXED_VERBS);   /* the close is out */
    world_fill(w, world_newest(w, WORLD_SUBMIT), 10000, 1000);
    assert_true(world_ask_now(w, world_request(1)) > 0);
    assert_int_equal((int)world_ask_now(w, world_target(1)), -MT_CODE_MIXED_VERBS);
    world_fill(w, world_newest(w, WORLD_SUBMIT), 10002, 1000);
    world_ask_now(w, world_request(0));
    assert_int_equal((int)world_ask_now(w, world_target(1)), -MT_CODE_MIXED_VERBS);
    world_fill(w, world_newest(w, WORLD_SUBMIT), 10000, 1000);
    assert_true(world_ask_now(w, world_target(1)) > 0);
    world_free(w);
}

static int vetoes;
static int count_filter(struct world *w)
{
    (void)w;
    vetoes++;
    return 0;
}
/* Filters stand before what increases: a target nearer to zero passes them by, on both sides alike. */
static void a_target_towards_zero_is_no_entry(void **state)
{
    static const struct {
        double from, to;
        int entry;
    } cases[] = { { 2, 0, 0 }, { -2, 0, 0 },  { 2, 1, 0 },  { -2, -1, 0 },
                  { 1, 2, 1 }, { -1, -2, 1 }, { 2, -1, 1 }, { -2, 1, 1 } };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct world *w = world_new(1);
        world_start(w);
        world_ask_now(w, world_target(cases[i].from));
        struct world_sent *sent = world_last(w, WORLD_SUBMIT, 0);
        world_fill(w, sent->coid, 10001, sent->request.terms.qty);
        w->filter = count_filter;
        vetoes = 0;
        assert_true(world_ask_now(w, world_target(cases[i].to)) > 0);
        assert_int_equal(vetoes, cases[i].entry);
        assert_int_equal(world_verdict(w)->entry, cases[i].entry);
        world_free(w);
    }
}

/* A follower's share that no order can hold is refused for all: nobody goes half the way. */
static void a_target_that_a_follower_cannot_hold(void **state)
{
    struct world *w = world_new(2);
    (void)state;
    w->bindings[1].scale = INT64_MAX;
    world_start(w);
    assert_int_equal((int)world_ask_now(w, world_target(1e9)), -MT_CODE_CALC_OVERFLOW);
    assert_int_equal((int)world_ask_now(w, world_target(-1e9)), -MT_CODE_CALC_OVERFLOW);
    assert_int_equal(w->sent_count, 0);
    world_free(w);
}

static void reduce_only_lets_the_way_back_pass(void **state)
{
    static const struct { int have; bool target; int ask, code;
    } cases[] = {
        { 1, false, 1, MT_CODE_ALREADY },
        { 1, false, -1, 0 },
        { -1, false, 1, 0 },
        { 0, false, 1, MT_CODE_STATE_REDUCE_ONLY },
        { 0, false, -1, MT_CODE_STATE_REDUCE_ONLY },
        { 0, true, 1, 0 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct world *w = world_new(1);
        world_start(w);
        if (cases[i].have)
            world_enter(w, world_request(cases[i].have));
        operate(w, MT_OPERATOR_REDUCE, -1);
        size_t from = w->sent_count;
        double answer = world_ask_now(w, cases[i].target ? world_target(cases[i].ask) : world_request(cases[i].ask));
        if (cases[i].code ? answer != -cases[i].code : answer <= 0)
            fail_msg("case %zu: %g", i, answer);
        for (size_t k = from; k < w->sent_count; k++)           /* whatever was said: nothing that increases left */
            if (w->sent[k].kind == WORLD_SUBMIT)
                assert_true(mt_terms_reduce_only(&w->sent[k].request.terms));
        world_free(w);
    }
}

/* What can lie nowhere has no side: it is told first, whichever field it stands in. */
static void a_level_that_no_price_can_have_comes_before_the_wrong_side(void **state)
{
    (void)state;
    for (int side = -1; side <= 1; side += 2)
        for (int far = 0; far <= 1; far++) {
            struct world *w = world_new(1);
            struct mt_request request = world_request(side);
            if (side > 0) {                     /* a long's stop below zero, its take on the wrong side */
                request.stop = world_away(far ? 200 : 1);
                request.take_count = 1;
                request.takes[0] = at_price(99);
            } else {                            /* a short's take below zero, its stop on the wrong side */
                request.stop = at_price(99);
                request.take_count = 1;
                request.takes[0] = world_away(far ? 200 : 1);
            }
            world_start(w);
            assert_int_equal((int)world_ask_now(w, request), far ? -MT_CODE_BAD_EXIT : -MT_CODE_STOP_SIDE);
            world_free(w);
        }
}

static void exits_on_the_wrong_side_are_refused(void **state)
{
    static const struct { int side; bool take; double price, limit; int code;
    } cases[] = {
        { 1, false, 100.02, 0, MT_CODE_STOP_SIDE }, { 1, false, 100.01, 0, 0 },
        { -1, false, 100, 0, MT_CODE_STOP_SIDE },   { -1, false, 100.01, 0, 0 },
        { 1, true, 100.02, 0, MT_CODE_STOP_SIDE },  { 1, true, 100.03, 0, 0 },
        { -1, true, 100, 0, MT_CODE_STOP_SIDE },    { -1, true, 99.99, 0, 0 },
        { 1, false, 99.5, 99, MT_CODE_STOP_SIDE },  { 1, true, 99.5, 99, 0 },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct world *w = world_new(1);
        struct mt_request request = world_request(cases[i].side);
        if (cases[i].limit > 0)
            request = limit_at(request, cases[i].limit);
        if (cases[i].take) {
            request.take_count = 2;
            request.takes[0] = world_away(1);
            request.takes[1] = at_price(cases[i].price);
        } else {
            request.stop = at_price(cases[i].price);
        }
        world_start(w);
        double answer = world_ask_now(w, request);
        if (cases[i].code ? answer != -cases[i].code : answer <= 0)
            fail_msg("case %zu: %g", i, answer);
        world_free(w);
    }
    struct world *w = world_new(1);             /* no market yet: risk is asked, and denies */
    struct mt_request request = world_request(1);
    request.stop = at_price(1);
    world_start(w);
    request.market = 1;
    world_want(w, &request, 1);
    world_quote(w, 0, 10000, 10002);
    assert_true(w->answers[0] > 0);
    assert_int_equal(world_verdict(w)->code, MT_CODE_DATA_MISSING);
    world_free(w);
}

/* --- protect -------------------- */

/* The plan before, what is asked, and whether that is nearer to the market. The entry is at 100.02 or 100.00. */
static void protect_compares_every_kind_with_every_other(void **state)
{
    enum { N, R, D, P };                        /* not named, remove, distance, price */
    static const struct { int side, old; double was; int new; double now; bool widens;
    } cases[] = {
        { 1, D, 1, N, 0, false },        { 1, D, 1, R, 0, true },        { 1, D, 1, D, 1, false },
        { 1, D, 1, D, 1.01, true },      { 1, P, 99, R, 0, true },       { 1, P, 99, P, 99.5, false },
        { 1, P, 99, P, 98.99, true },    { 1, P, 99, D, 1.01, false },   { 1, P, 99, D, 1.03, true },
        { 1, D, 1, P, 99.02, false },    { 1, D, 1, P, 99.01, true },    { 1, N, 0, P, 50, false },
        { 1, N, 0, D, 50, false },       { 1, N, 0, R, 0, false },       { -1, P, 101, P, 100.5, false },
        { -1, P, 101, P, 101.01, true }, { -1, P, 101, D, 0.99, false }, { -1, P, 101, D, 1.01, true },
        { -1, D, 1, P, 101, false },     { -1, D, 1, P, 101.01, true },  { 1, P, 99, D, 99, true },
        { 1, D, 99, P, 1.01, true }, { 1, D, 99, P, 1.02, false },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int widen = 0; widen <= 1; widen++) {
            struct world *w = world_new(1);
            struct mt_request request = world_request(cases[i].side), protect = protect_none();
            request.stop = (struct mt_request_level){ .value = cases[i].was, .kind = cases[i].old };
            protect.stop = (struct mt_request_level){ .value = cases[i].now, .kind = cases[i].new };
            protect.widen = widen;
            world_start(w);
            world_enter(w, request);
            double answer = world_ask_now(w, protect);
            bool refused = cases[i].widens && !widen;
            if (refused ? answer != -MT_CODE_WIDENS : answer <= 0)
                fail_msg("case %zu: %g", i, answer);
            world_free(w);
        }
}
/* The plan before and what is asked: at every price at least as much must have been taken. */
static void protect_compares_takes(void **state)
{
    struct one { double value, part; bool price; };
    static const struct { int side; struct one old[3], new[3]; bool widens; } cases[] = {
        { 1, { { 5, 0, false } }, { { 8, 0, false } }, true },
        { 1, { { 5, 0, false } }, { { 5, 0, false } }, false },
        { 1, { { 5, 0, false } }, { { 3, 0, false } }, false },
        { 1, { { 5, 0, false } }, { { 0, 0, false } }, true },          /* removed */
        { 1, { { 0, 0, false } }, { { 5, 0, false } }, false },                   /* there was none */
        { -1, { { 5, 0, false } }, { { 8, 0, false } }, true },
        { -1, { { 5, 0, false } }, { { 3, 0, false } }, false },
        { 1, { { 105, 0, true } }, { { 106, 0, true } }, true },
        { 1, { { 105, 0, true } }, { { 104, 0, true } }, false },
        { -1, { { 95, 0, true } }, { { 94, 0, true } }, true },
        { -1, { { 95, 0, true } }, { { 96, 0, true } }, false },
        { 1, { { 105.02, 0, true } }, { { 5, 0, false } }, false },     /* the entry is at 100.02 */
        { 1, { { 105.02, 0, true } }, { { 5.01, 0, false } }, true },
        { 1, { { 5, 0.5, false }, { 10, 0, false } }, { { 10, 0, false } }, true },
        { 1, { { 5, 0.5, false }, { 10, 0, false } }, { { 5, 0, false } }, false },
        { 1, { { 5, 0.5, false }, { 10, 0, false } }, { { 5, 0.4, false }, { 10, 0, false } }, true },
        { 1, { { 5, 0.5, false }, { 10, 0, false } }, { { 5, 0.5, false }, { 10, 0.4, false } }, true },
        { 1, { { 5, 0.5, false }, { 10, 0, false } }, { { 3, 0.2, false }, { 5, 0.3, false }, { 9, 0, false } }, false },
        { 1, { { 5, 0, false } }, { { 5, 0.5, false } }, true },        /* a part of it is left without */
        { 1, { { 5, 0.5, false } }, { { 5, 0, false } }, false },
        { 1, { { 10, 0.5, false }, { 5, 0, false } }, { { 5, 0.5, false }, { 10, 0.5, false } }, false },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int how = 0; how < 4; how++) {     /* bit 0: widen; bit 1: before the fill */
            struct world *w = world_new(1);
            struct mt_request request = world_request(cases[i].side), protect = protect_none();
            request.take_count = protect.take_count = 0;
            bool price = false, distance = false;
            for (int k = 0; k < 3; k++) {
                const struct one *old = &cases[i].old[k], *new = &cases[i].new[k];
                price = price || old->price || new->price;
                distance = distance || (old->value > 0 && !old->price) || (new->value > 0 && !new->price);
                if (old->value > 0)
                    request.takes[request.take_count++] = (struct mt_request_level){ .value = old->value,
                        .part = old->part, .kind = old->price ? MT_LEVEL_PRICE : MT_LEVEL_DISTANCE };
                if (new->value > 0)
                    protect.takes[protect.take_count++] = (struct mt_request_level){ .value = new->value,
                        .part = new->part, .kind = new->price ? MT_LEVEL_PRICE : MT_LEVEL_DISTANCE };
            }
            protect.widen = how & 1;
            world_start(w);
            if (how & 2)
                world_ask_now(w, request);
            else
                world_enter(w, request);
            double answer = world_ask_now(w, protect);
            bool mixed = (how & 2) && price && distance;        /* they do not compare yet */
            bool refused = (cases[i].widens || mixed) && !protect.widen;
            if (refused ? answer != -MT_CODE_WIDENS : answer <= 0)
                fail_msg("case %zu, %d: %g", i, how, answer);
            world_free(w);
        }
}

/* What has been taken already is no measure for what is left. */
static void a_take_that_is_done_does_not_bind(void **state)
{
    struct world *w = world_new(1);
    struct mt_request request = world_request(1), protect = protect_none();
    (void)state;
    request.take_count = 2;
    request.takes[0] = (struct mt_request_level){ .value = 5, .part = 0.5, .kind = MT_LEVEL_DISTANCE };
    request.takes[1] = world_away(10);
    protect.take_count = 1;
    protect.takes[0] = world_away(8);
    world_start(w);
    world_enter(w, request);
    assert_int_equal((int)world_ask_now(w, protect), -MT_CODE_WIDENS);
    uint64_t take = 0;
    for (size_t i = 0; i < w->sent_count; i++)
        if (w->sent[i].kind == WORLD_SUBMIT && w->sent[i].request.terms.price == 10502)
            take = w->sent[i].coid;
    world_ack(w, take);
    world_fill(w, take, 10502, 500);
    assert_true(world_ask_now(w, protect) > 0);
    world_free(w);
}

static void an_after_that_has_not_come_only_comes_nearer(void **state)
{
    (void)state;
    for (int begun = 0; begun <= 1; begun++) {
        struct world *w = world_new(1);
        struct mt_request request = world_request(1), protect = protect_none();
        request.trail = protect.trail = world_away(5);
        request.trail.after = 2;
        protect.trail.after = 3;
        world_start(w);
        world_enter(w, request);
        if (begun)
            world_quote(w, 0, 10300, 10302);
        double answer = world_ask_at(w, protect, begun ? 10300 : 10000);
        assert_true(begun ? answer > 0 : answer == -MT_CODE_WIDENS);
        protect.trail.after = 1;
        assert_true(world_ask_at(w, protect, begun ? 10300 : 10000) > 0);
        world_free(w);
    }
}

/* --- levels that no price can have -------------------- */

static void exits_at_impossible_prices_are_refused(void **state)
{
    enum { STOP, TAKE, SECOND, TRAIL, AFTER };
    static const struct { int side, what; double value, limit; bool price, bad; } cases[] = {
        { 1, STOP, 100.01, 0, false, false }, { 1, STOP, 100.02, 0, false, true }, { 1, STOP, 1e9, 0, false, true },
        { -1, STOP, 500, 0, false, false },
        { 1, TAKE, 500, 0, false, false }, { -1, TAKE, 99.99, 0, false, false }, { -1, TAKE, 100, 0, false, true },
        { -1, SECOND, 100, 0, false, true }, { -1, SECOND, 99, 0, false, false },
        { 1, TRAIL, 100.02, 0, false, true }, { 1, TRAIL, 100, 0, false, false }, { -1, TRAIL, 500, 0, false, false },
        { -1, AFTER, 100, 0, false, true }, { 1, AFTER, 500, 0, false, false },
        { 1, STOP, 50, 50, false, true }, { 1, STOP, 49.99, 50, false, false },
        { 1, STOP, 0, 0, true, true }, { 1, STOP, -5, 0, true, true }, { -1, TAKE, -5, 0, true, true },
        { -1, TAKE, 0.001, 0, true, true }, { 1, STOP, 0.01, 0, true, false },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int late = 0; late <= 1; late++) {         /* 1: asked by protect of a position from 100.02, 100.00 */
            struct world *w = world_new(1);
            struct mt_request request = world_request(cases[i].side), protect = protect_none();
            struct mt_request *ask = late ? &protect : &request;
            struct mt_request_level level = { .value = cases[i].value,
                .kind = cases[i].price ? MT_LEVEL_PRICE : MT_LEVEL_DISTANCE };
            if (late && cases[i].limit > 0) {
                world_free(w);
                continue;
            }
            if (cases[i].limit > 0)
                request = limit_at(request, cases[i].limit);
            if (cases[i].what == STOP)
                ask->stop = level;
            else if (cases[i].what == TAKE || cases[i].what == SECOND)
                ask->take_count = 1 + (cases[i].what == SECOND);
            else
                ask->trail = cases[i].what == TRAIL ? level : world_away(1);
            ask->takes[0] = cases[i].what == SECOND ? world_away(1) : level;
            ask->takes[1] = level;
            if (cases[i].what == SECOND)
                ask->takes[0].part = 0.5;
            if (cases[i].what == AFTER)
                ask->trail.after = cases[i].value;
            world_start(w);
            if (late)
                world_enter(w, request);
            double answer = world_ask_now(w, *ask);
            if (cases[i].bad ? answer != -MT_CODE_BAD_EXIT : answer <= 0)
                fail_msg("case %zu, %d: %g", i, late, answer);
            world_free(w);
        }
}

/* --- one call, and several -------------------- */

static void protection_is_measured_by_what_this_call_left(void **state)
{
    struct mt_request buy = world_request(1), near = protect_none(), far = protect_none();
    (void)state;
    buy.stop = world_away(2);
    near.stop = world_away(1);
    far.stop = world_away(3);
    for (int held = 0; held <= 1; held++) {
        struct world *w = world_new(1);
        struct mt_request three[3] = { held ? near : buy, held ? far : near, far };
        world_start(w);
        if (held)
            world_enter(w, buy);
        world_want(w, three, 3);
        world_quote(w, 0, 10000, 10002);
        assert_true(w->answers[0] > 0);
        assert_true(held ? w->answers[1] == -MT_CODE_WIDENS : w->answers[1] > 0);
        assert_int_equal((int)w->answers[2], -MT_CODE_WIDENS);
        world_free(w);
    }
}

static void before_the_first_fill_a_price_and_a_distance_do_not_compare(void **state)
{
    (void)state;
    for (int side = -1; side <= 1; side += 2) {
        struct world *w = world_new(1);
        struct mt_request request = world_request(side), protect = protect_none();
        request.stop = at_price(100 - side);
        protect.stop = world_away(0.01);
        world_start(w);
        world_ask_now(w, limit_at(request, 100));
        assert_int_equal((int)world_ask_now(w, protect), -MT_CODE_WIDENS);
        protect.stop = at_price(100 - 0.5 * side);
        assert_true(world_ask_now(w, protect) > 0);
        protect.stop = at_price(100 - 0.6 * side);
        assert_int_equal((int)world_ask_now(w, protect), -MT_CODE_WIDENS);
        world_free(w);
    }
}
static void time_exits_only_come_nearer(void **state)
{
    static const struct {
        double was, now;
        bool widen;
        int code;
    } cases[] = { { 10, 5, false, 0 },
                  { 10, 10, false, 0 },
                  { 10, 11, false, MT_CODE_WIDENS },
                  { 10, -1, false, MT_CODE_WIDENS },
                  { 10, 11, true, 0 },
                  { 10, -1, true, 0 },
                  { 0, 11, false, 0 },
                  { 0, -1, false, 0 },
                  { 10, 0, false, 0 } };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct world *w = world_new(1);
        struct mt_request request = world_request(1), protect = protect_none();
        request.time = cases[i].was;
        protect.time = cases[i].now;
        protect.widen = cases[i].widen;
        world_start(w);
        world_enter(w, request);
        int64_t filled = w->now;
        double answer = world_ask_now(w, protect),
               due = cases[i].now == 0 || cases[i].code ? cases[i].was : cases[i].now;
        if (cases[i].code ? answer != -cases[i].code : answer <= 0)
            fail_msg("case %zu: %g", i, answer);
        size_t from = w->sent_count;
        w->now = filled + (int64_t)(due * 1e9) - 1;
        if (due > 0)
            world_turn(w);
        assert_int_equal(world_count(w, WORLD_SUBMIT, from), 0);
        w->now = filled + (int64_t)((due > 0 ? due : 100) * 1e9);
        world_turn(w);
        assert_int_equal(world_count(w, WORLD_SUBMIT, from), due > 0);
        world_free(w);
    }
}

/* --- filters -------------------- */

static double set_strength, set_size;
static int set_signal(struct world *w)
{
    struct mt_port *port = mt_engine_port(w->engine);
    port->signal.strength = set_strength;
    port->signal.size = set_size;
    return 0;
}
static void filters_may_weaken_and_nothing_else(void **state)
{
    static const struct {
        double strength, size;
        int64_t qty;
    } cases[] = { { 0.5, 1, 500 },
                  { 1, 0.25, 250 },
                  { 0.5, 0.5, 250 },
                  { 2, 3, 1000 },
                  { -1, -1, 1000 },
                  { NAN, NAN, 1000 },
                  { INFINITY, -INFINITY, 1000 },
                  { 0, 1, 0 },
                  { 1, 0, 0 } };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct world *w = world_new(1);
        w->filter = set_signal;
        set_strength = cases[i].strength;
        set_size = cases[i].size;
        world_start(w);
        assert_true(world_ask_now(w, world_request(1)) > 0);
        if (cases[i].qty > 0) {
            assert_int_equal(world_last(w, WORLD_SUBMIT, 0)->request.terms.qty, cases[i].qty);
        } else {
            assert_int_equal(w->sent_count, 0);
            assert_int_equal(world_verdict(w)->verdict, MT_NO_SIZE);
        }
        world_free(w);
    }
}

static int veto(struct world *w)
{
    struct mt_port *port = mt_engine_port(w->engine);
    strcpy(port->reason, "spread: too wide");
    return 1;
}
static int raise_error(struct world *w)
{
    (void)w;
    return MT_ESCRIPT;
}
static void a_veto_and_a_filter_that_raises(void **state)
{
    (void)state;
    for (int raises = 0; raises <= 1; raises++)
        for (int target = 0; target <= 1; target++) {
            struct world *w = world_new(1);
            w->filter = raises ? raise_error : veto;
            world_start(w);
            assert_true(world_ask_now(w, target ? world_target(1) : world_request(1)) > 0);
            assert_int_equal(w->sent_count, 0);
            assert_int_equal(world_verdict(w)->verdict, MT_VETOED);
            assert_int_equal(world_verdict(w)->code, raises ? MT_CODE_FILTER_ERROR : MT_CODE_FILTER);
            assert_non_null(strstr(world_verdict(w)->reason, raises ? "world.lua:2" : "spread: too wide"));
            assert_int_equal(mt_engine_counts(w->engine)->faults, raises);
            assert_int_equal(mt_engine_counts(w->engine)->vetoes, 1);
            assert_int_equal(mt_engine_stance(w->engine, 0), 0);
            world_free(w);
        }
}

/* A size and a strength whose product is less than any step, or nothing. */
static void a_product_of_nothing_is_no_size(void **state)
{
    struct world *w = world_new(1);
    struct mt_request request = world_request(1);
    (void)state;
    request.size = request.strength = 1e-9;
    world_start(w);
    assert_true(world_ask_now(w, request) > 0);
    assert_int_equal(world_verdict(w)->verdict, MT_NO_SIZE);
    assert_int_equal(mt_engine_counts(w->engine)->orders, 0);
    request.strength = 0;
    assert_true(world_ask_now(w, request) > 0);
    assert_int_equal(world_verdict(w)->verdict, MT_NO_SIZE);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_and_where_out_of_range),
        cmocka_unit_test(verbs_are_muted_while_warming_up),
        cmocka_unit_test(requests_of_one_call_by_pairs),
        cmocka_unit_test(requests_of_one_call_by_pairs_while_long),
        cmocka_unit_test(a_protection_between_two_targets),
        cmocka_unit_test(a_follower_whose_entry_never_left_still_has_business),
        cmocka_unit_test(an_entry_and_its_protection_in_one_call),
        cmocka_unit_test(a_second_flat_finds_nothing),
        cmocka_unit_test(a_turn_in_one_call_that_is_denied_says_so),
        cmocka_unit_test(a_leg_that_waits_for_the_end_of_its_close),
        cmocka_unit_test(verbs_do_not_mix_while_the_other_has_business),
        cmocka_unit_test(a_target_towards_zero_is_no_entry),
        cmocka_unit_test(a_target_that_a_follower_cannot_hold),
        cmocka_unit_test(reduce_only_lets_the_way_back_pass),
        cmocka_unit_test(exits_on_the_wrong_side_are_refused),
        cmocka_unit_test(a_level_that_no_price_can_have_comes_before_the_wrong_side),
        cmocka_unit_test(protect_compares_every_kind_with_every_other),
        cmocka_unit_test(protect_compares_takes),
        cmocka_unit_test(a_take_that_is_done_does_not_bind),
        cmocka_unit_test(an_after_that_has_not_come_only_comes_nearer),
        cmocka_unit_test(exits_at_impossible_prices_are_refused),
        cmocka_unit_test(protection_is_measured_by_what_this_call_left),
        cmocka_unit_test(before_the_first_fill_a_price_and_a_distance_do_not_compare),
        cmocka_unit_test(time_exits_only_come_nearer),
        cmocka_unit_test(filters_may_weaken_and_nothing_else),
        cmocka_unit_test(a_veto_and_a_filter_that_raises),
        cmocka_unit_test(a_product_of_nothing_is_no_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
