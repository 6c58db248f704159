/* What an exit does to the rest of its leg, and what of an entry goes along with its exits. */
#include "engine_world.h"

#include "model/order.h"

static const struct mt_order *order(const struct world *w, uint64_t coid) { return mt_engine_order(w->engine, coid); }
static struct mt_leg_view leg(struct world *w)
{
    struct mt_leg_view view;
    mt_engine_leg(w->engine, 0, 0, &view);
    return view;
}
/* The id of the newest exit of a type. */
static uint64_t exit_of(struct world *w, enum mt_order_type type)
{
    for (size_t i = w->sent_count; i > 0; i--)
        if (w->sent[i - 1].kind == WORLD_SUBMIT && w->sent[i - 1].request.terms.type == type
            && mt_terms_reduce_only(&w->sent[i - 1].request.terms))
            return w->sent[i - 1].coid;
    fail_msg("no such exit");
    return 0;
}
static struct mt_request guarded(int side)
{
    struct mt_request request = world_with_stop(side, 1);
    request.take_count = 1;
    request.takes[0] = world_away(1);
    return request;
}

static void what_guards_an_entry_carries_its_tag(void **state)
{
    struct world *w = world_new(1);
    struct mt_request request = guarded(1);
    (void)state;
    strcpy(request.tag, "mine");
    world_start(w);
    uint64_t entry = world_enter(w, request);
    assert_string_equal(order(w, entry)->tag, "mine");
    assert_string_equal(order(w, exit_of(w, MT_TYPE_STOP))->tag, "mine");
    assert_string_equal(order(w, exit_of(w, MT_TYPE_LIMIT))->tag, "mine");
    assert_false(mt_terms_trailed(&order(w, exit_of(w, MT_TYPE_LIMIT))->terms));
    assert_int_equal(mt_engine_counts(w->engine)->denied, 0);       /* of the takes that there are not */
    world_free(w);
}

/* Any exit makes a plan, and none makes none. */
static void a_plan_is_what_has_an_exit(void **state)
{
    enum { NONE, NO_TAKES, STOP, TAKE, TRAIL, TIME };
    (void)state;
    for (int what = NONE; what <= TIME; what++) {
        struct world *w = world_new(1);
        struct mt_request request = world_request(1);
        if (what == STOP)
            request.stop = world_away(1);
        if (what == TRAIL)
            request.trail = world_away(1);
        if (what == TIME)
            request.time = 1e-9;
        if (what == NO_TAKES)
            request.take_count = 0;
        if (what == TAKE) {
            request.take_count = 1;
            request.takes[0] = world_away(1);
        }
        world_start(w);
        world_enter(w, request);
        assert_true(leg(w).armed == (what > NO_TAKES));
        world_free(w);
    }
}

/* An entry of which 0.400 has filled is still working when an exit fills: a stop gives the leg up, at its first fill
 * already; a take does so when nothing is left of the position. */
static void an_exit_ends_the_entry_that_still_works(void **state)
{
    static const struct { enum mt_order_type exit; int64_t filled; bool ends; } cases[] = {
        { MT_TYPE_STOP, 400, true }, { MT_TYPE_STOP, 100, true }, { MT_TYPE_LIMIT, 400, true },
        { MT_TYPE_LIMIT, 100, false },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int side = -1; side <= 1; side += 2) {
            struct world *w = world_new(1);
            world_start(w);
            assert_true(world_ask_now(w, guarded(side)) > 0);
            uint64_t entry = world_newest(w, WORLD_SUBMIT);
            world_ack(w, entry);
            world_fill(w, entry, 10000, 400);
            uint64_t out = exit_of(w, cases[i].exit);
            world_ack(w, out);
            size_t from = w->sent_count;
            world_fill(w, out, cases[i].exit == MT_TYPE_STOP ? 10000 - side * 100 : 10000 + side * 100, cases[i].filled);
            struct world_sent *cancel = world_last(w, WORLD_CANCEL, from);
            assert_true((cancel != NULL && cancel->coid == entry) == cases[i].ends);
            assert_true(leg(w).closing == cases[i].ends);
            assert_int_equal(world_count(w, WORLD_SUBMIT, from), 0);    /* what is left the stop closes by itself */
            assert_int_equal(mt_engine_counts(w->engine)->denied, 0);
            world_free(w);
        }
}

/* One more unit of the entry fills while its cancel is on the way: the smallest rest is closed as well. */
static void what_fills_behind_the_stop_is_closed(void **state)
{
    (void)state;
    for (int side = -1; side <= 1; side += 2) {
        struct world *w = world_new(1);
        world_start(w);
        assert_true(world_ask_now(w, guarded(side)) > 0);
        uint64_t entry = world_newest(w, WORLD_SUBMIT);
        world_ack(w, entry);
        world_fill(w, entry, 10000, 400);
        uint64_t stop = exit_of(w, MT_TYPE_STOP);
        world_ack(w, stop);
        world_fill(w, stop, 10000 - side * 100, 400);
        size_t from = w->sent_count;
        world_fill(w, entry, 10000, 1);
        world_report(w, entry, MT_ORDER_CXL, 0, 0);
        struct world_sent *close = world_last(w, WORLD_SUBMIT, from);
        assert_non_null(close);
        assert_int_equal(close->request.terms.type, MT_TYPE_MARKET);
        assert_int_equal(close->request.terms.side, -side);
        assert_int_equal(close->request.terms.qty, 1);
        world_fill(w, close->coid, 10000, 1);
        assert_int_equal(world_position(w, 0), 0);
        assert_int_equal(leg(w).want, 0);
        world_free(w);
    }
}

/* A stop goes off for 0.400 while its move to 1.000 is on the way: what it does not close by itself is closed besides. */
static void what_the_stop_does_not_hold_is_closed_besides(void **state)
{
    static const int64_t filled[] = { 100, 1 };
    (void)state;
    for (int i = 0; i < 4; i++) {
        int side = i & 1 ? -1 : 1;
        struct world *w = world_new(1);
        world_start(w);
        assert_true(world_ask_now(w, world_with_stop(side, 1)) > 0);
        uint64_t entry = world_newest(w, WORLD_SUBMIT);
        world_ack(w, entry);
        world_fill(w, entry, 10000, 400);
        uint64_t stop = exit_of(w, MT_TYPE_STOP);
        world_ack(w, stop);
        world_fill(w, entry, 10000, 600);
        assert_int_equal(world_last(w, WORLD_MODIFY, 0)->qty, 1000);
        size_t from = w->sent_count;
        world_fill(w, stop, 10000 - side * 100, filled[i / 2]);
        struct world_sent *close = world_last(w, WORLD_SUBMIT, from);
        assert_non_null(close);
        assert_int_equal(close->request.terms.type, MT_TYPE_MARKET);
        assert_int_equal(close->request.terms.side, -side);
        assert_int_equal(close->request.terms.qty, 600);
        world_free(w);
    }
}

/* A stop that goes off in parts closes the leg by itself: it is not helped, and the takes follow what is left. */
static void a_stop_in_parts_closes_by_itself(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    world_start(w);
    world_enter(w, guarded(1));
    uint64_t stop = exit_of(w, MT_TYPE_STOP), out = exit_of(w, MT_TYPE_LIMIT);
    world_ack(w, stop);
    world_ack(w, out);
    size_t from = w->sent_count;
    world_fill(w, stop, 9900, 400);
    assert_false(leg(w).closing);
    assert_int_equal(world_count(w, WORLD_SUBMIT, from), 0);
    assert_int_equal(world_last(w, WORLD_MODIFY, from)->coid, out);
    assert_int_equal(world_last(w, WORLD_MODIFY, from)->qty, 600);
    world_free(w);
}

/* Who wants flat does not wait for a stop that is going off, and closes all of it. */
static void flat_does_not_wait_for_the_stop(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    world_start(w);
    world_enter(w, world_with_stop(1, 1));
    uint64_t stop = exit_of(w, MT_TYPE_STOP);
    world_ack(w, stop);
    world_fill(w, stop, 9900, 400);
    size_t from = w->sent_count;
    assert_true(world_ask_now(w, world_request(0)) > 0);
    assert_non_null(world_last(w, WORLD_SUBMIT, from));
    assert_int_equal(world_last(w, WORLD_SUBMIT, from)->request.terms.qty, 600);
    world_free(w);
}

/* Nothing can be kept of what a stop is closing: the wish for it sends nothing. */
static void keep_does_not_disturb_a_stop_that_goes_off(void **state)
{
    struct world *w = world_new(1);
    struct mt_request part = world_request(0);
    (void)state;
    part.has_keep = true;
    part.keep = 0.5;
    world_start(w);
    assert_true(world_ask_now(w, world_with_stop(1, 1)) > 0);
    uint64_t entry = world_newest(w, WORLD_SUBMIT);
    world_ack(w, entry);
    world_fill(w, entry, 10000, 400);
    uint64_t stop = exit_of(w, MT_TYPE_STOP);
    world_ack(w, stop);
    world_fill(w, stop, 9900, 100);
    assert_true(leg(w).closing);
    size_t from = w->sent_count;
    world_ask_now(w, part);
    assert_int_equal(world_count(w, WORLD_SUBMIT, from), 0);
    assert_int_equal(mt_engine_counts(w->engine)->denied, 0);
    world_fill(w, stop, 9900, 300);
    world_report(w, entry, MT_ORDER_CXL, 0, 0);
    assert_int_equal(world_position(w, 0), 0);
    assert_int_equal(leg(w).want, 0);
    world_free(w);
}

/* An exit that is under way keeps its name when the script asks for flat besides. */
static void the_close_of_an_exit_stays_its_own(void **state)
{
    struct world *w = world_new(1);
    struct mt_request request = world_request(1);
    (void)state;
    request.time = 10;
    world_start(w);
    world_enter(w, request);
    w->now += 10 * MT_NS_PER_S;
    world_turn(w);
    uint64_t close = world_newest(w, WORLD_SUBMIT);
    assert_int_equal(order(w, close)->terms.role, MT_ROLE_TIME);
    assert_true(world_ask_now(w, world_request(0)) > 0);
    assert_int_equal(leg(w).close_role, MT_ROLE_TIME);
    world_report(w, close, MT_ORDER_REJ, 0, 0);
    w->now += MT_NS_PER_S;
    world_turn(w);
    assert_true(world_newest(w, WORLD_SUBMIT) != close);
    assert_int_equal(order(w, world_newest(w, WORLD_SUBMIT))->terms.role, MT_ROLE_TIME);
    world_free(w);
}

/* All of them, when the leg ends. */
static void the_exits_go_with_their_leg(void **state)
{
    struct world *w = world_new(1);
    struct mt_request request = guarded(1);
    (void)state;
    request.take_count = 2;
    request.takes[0].part = 0.5;
    request.takes[1] = world_away(2);
    world_start(w);
    world_enter(w, request);
    assert_int_equal(w->sent_count, 4);
    for (int i = 1; i < 4; i++)
        world_ack(w, w->sent[i].coid);
    assert_true(world_ask_now(w, world_request(0)) > 0);
    size_t from = w->sent_count;
    world_fill(w, world_newest(w, WORLD_SUBMIT), 10000, 1000);
    assert_int_equal(world_count(w, WORLD_CANCEL, from), 3);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(w->sent[from + i].coid, w->sent[1 + i].coid);
    world_free(w);
}

/* The plan ends with its leg, and what the next leg is denied is told again, once. */
static void the_end_of_a_leg_leaves_nothing_to_the_next(void **state)
{
    struct world *w = world_new(1);
    struct mt_request protect = { .kind = MT_ASK_PROTECT, .take_count = -1, .stop = world_away(1) };
    struct mt_diag diag = { 0 };
    (void)state;
    world_start(w);
    world_enter(w, guarded(1));
    assert_true(leg(w).armed);
    uint64_t exits[] = { exit_of(w, MT_TYPE_STOP), exit_of(w, MT_TYPE_LIMIT) };
    world_ask_now(w, world_request(0));
    world_fill(w, world_newest(w, WORLD_SUBMIT), 10000, 1000);
    assert_int_equal(world_position(w, 0), 0);
    assert_false(leg(w).armed);
    for (int i = 0; i < 2; i++)
        world_report(w, exits[i], MT_ORDER_CXL, 0, 0);
    world_enter(w, world_request(1));
    world_quote(w, 0, 10000, 10002);
    assert_int_equal(mt_engine_operator(w->engine, w->now, MT_OPERATOR_HALT, 0, -1, "t", "", &diag), 0);
    uint64_t denied = mt_engine_counts(w->engine)->denied;
    assert_true(world_ask_now(w, protect) > 0);
    for (int i = 0; i < 3; i++)
        world_quote(w, 0, 10000, 10002);
    assert_int_equal(mt_engine_counts(w->engine)->denied, denied + 1);
    world_free(w);
}

/* A close that did not leave the host is sent again after a pause, without the market. */
static void a_close_that_did_not_leave_is_sent_again(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    world_start(w);
    world_enter(w, world_request(1));
    size_t from = w->sent_count;
    w->next_send = MT_SEND_NOBYTE;
    world_ask_now(w, world_request(0));
    assert_int_equal(world_count(w, WORLD_SUBMIT, from), 1);
    from = w->sent_count;
    w->now += MT_NS_PER_S - 1;
    world_turn(w);
    assert_int_equal(world_count(w, WORLD_SUBMIT, from), 0);
    w->now += 1;
    world_turn(w);
    assert_int_equal(world_count(w, WORLD_SUBMIT, from), 1);
    world_fill(w, world_newest(w, WORLD_SUBMIT), 10000, 1000);
    assert_int_equal(world_position(w, 0), 0);
    world_free(w);
}

static struct world *world_of_losses(struct mt_scope_setup *scope, int64_t most)
{
    struct world *w = world_new(1);
    *scope = (struct mt_scope_setup){ .kind = MT_SCOPE_ACCOUNT, .account = 0, .symbol = -1 };
    scope->limits.set = UINT64_C(1) << MT_LIMIT_MAX_DAILY_LOSS | UINT64_C(1) << MT_LIMIT_DAILY_LOSS_PREDICTIVE;
    scope->limits.value[MT_LIMIT_MAX_DAILY_LOSS] = most;
    scope->limits.value[MT_LIMIT_DAILY_LOSS_PREDICTIVE] = 1;
    w->setup.scopes = scope;
    w->setup.scope_count = 1;
    return w;
}

/* The loss that an entry may bring is that of its stop, however the stop was told. */
static void the_stop_of_an_entry_bounds_its_loss(void **state)
{
    static const struct { int side; double away, at; bool allowed; } cases[] = {
        { 1, 1, 0, true }, { 1, 2, 0, false }, { -1, 1, 0, true }, { -1, 2, 0, false }, { 1, 0, 99, true },
        { 1, 0, 98, false }, { -1, 0, 101, true }, { -1, 0, 102, false }, { 1, 0, 0, false }, { -1, 0, 0, false },
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct mt_scope_setup scope;
        struct world *w = world_of_losses(&scope, 150000000);       /* 1.5 */
        struct mt_request request = world_request(cases[i].side);
        if (cases[i].away > 0)
            request.stop = world_away(cases[i].away);
        else if (cases[i].at > 0)
            request.stop = (struct mt_request_level){ .value = cases[i].at, .kind = MT_LEVEL_PRICE };
        world_start(w);
        world_ask_now(w, request);
        const struct world_news *told = world_verdict(w);
        if (told->verdict != (cases[i].allowed ? MT_SENT : MT_DENIED)
            || told->code != (cases[i].allowed ? MT_CODE_OK : MT_CODE_DAILY_LOSS))
            fail_msg("case %zu: verdict %d, code %d", i, told->verdict, told->code);
        assert_int_equal(w->sent_count, cases[i].allowed ? 1 : 0);
        world_free(w);
    }
}

/* The lowest price there is bounds the loss as well: 100.01, where all of it would be 100.02. */
static void a_stop_at_the_lowest_price_bounds_the_loss(void **state)
{
    (void)state;
    for (int stopped = 0; stopped <= 1; stopped++) {
        struct mt_scope_setup scope;
        struct world *w = world_of_losses(&scope, INT64_C(10001500000));        /* 100.015 */
        struct mt_request request = world_request(1);
        if (stopped)
            request.stop = (struct mt_request_level){ .value = 0.01, .kind = MT_LEVEL_PRICE };
        world_start(w);
        world_ask_now(w, request);
        assert_int_equal(w->sent_count, stopped);
        world_free(w);
    }
}

/* While an entry waited the market went so far that its stop lies beyond the last number: then there is none, and what
 * may be lost has no bound. */
static void a_stop_beyond_the_last_number_bounds_nothing(void **state)
{
    struct mt_scope_setup scope;
    struct world *w = world_of_losses(&scope, 150000000);
    struct mt_request turn = world_with_stop(-1, 1e13);
    (void)state;
    w->accounts[0].cash = mt_pow10(18) * (mt_money)mt_pow10(16);
    w->instruments[0].default_qty = 1;
    world_start(w);
    assert_true(world_ask_now(w, world_with_stop(1, 1)) > 0);
    world_fill(w, world_newest(w, WORLD_SUBMIT), 10002, 1);
    turn.ttl = 600;
    turn.size = 1000;                           /* more than the long may have gained */
    assert_true(world_ask_now(w, turn) > 0);
    uint64_t close = world_newest(w, WORLD_SUBMIT);
    const int64_t far = INT64_MAX - 500000000000000;
    world_quote(w, 0, far, far + 2);
    size_t from = w->sent_count;
    world_fill(w, close, 10000, 1);
    assert_int_equal(world_position(w, 0), 0);
    assert_int_equal(world_count(w, WORLD_SUBMIT, from), 0);
    assert_int_equal(leg(w).want, 0);
    world_free(w);
}

/* A protection and a close in one call leave together: the new take, or its new place, would only compete with the
 * close. A stop guards until the close is done, and a part that stays keeps its takes. */
static void a_take_that_has_not_left_stays_here_when_the_leg_is_closed(void **state)
{
    enum { NEW_TAKE, MOVED_TAKE, NEW_STOP, NEW_TAKE_OF_A_PART, CASES };
    (void)state;
    for (int what = 0; what < CASES; what++)
        for (int side = -1; side <= 1; side += 2) {
            struct world *w = world_new(1);
            struct mt_request entry = world_request(side), both[2] = { entry, world_request(0) };
            uint64_t take = 0;
            entry.stop = world_away(what == NEW_STOP ? 9 : 1);
            entry.take_count = what == MOVED_TAKE ? 1 : -1;
            entry.takes[0] = world_away(1);
            both[0] = (struct mt_request){ .kind = MT_ASK_PROTECT, .take_count = what == NEW_STOP ? -1 : 1 };
            both[0].takes[0] = world_away(0.05);
            both[0].stop.kind = what == NEW_STOP ? MT_LEVEL_DISTANCE : MT_LEVEL_KEEP;
            both[0].stop.value = 1;
            both[0].trail.kind = MT_LEVEL_KEEP;
            both[1].has_keep = what == NEW_TAKE_OF_A_PART;
            both[1].keep = 0.5;
            world_start(w);
            world_enter(w, entry);
            world_ack(w, exit_of(w, MT_TYPE_STOP));
            if (what == MOVED_TAKE) {
                take = exit_of(w, MT_TYPE_LIMIT);
                world_ack(w, take);
            }
            size_t from = w->sent_count;
            world_want(w, both, 2);
            world_quote(w, 0, 10000, 10002);
            assert_true(w->answers[0] > 0);
            assert_true(w->answers[1] > 0);
            assert_int_equal(world_count(w, WORLD_SUBMIT, from), what == NEW_TAKE_OF_A_PART ? 2 : 1);
            assert_int_equal(world_count(w, WORLD_MODIFY, from), what == NEW_STOP ? 1 : 0);
            struct world_sent *close = world_last(w, WORLD_SUBMIT, from);
            assert_int_equal(close->request.terms.type, MT_TYPE_MARKET);
            assert_int_equal(close->request.terms.qty, what == NEW_TAKE_OF_A_PART ? 500 : 1000);
            if (what == MOVED_TAKE) {           /* it lies where it lay, and is taken away at the end */
                assert_int_equal(order(w, take)->op, MT_OP_NONE);
                assert_int_equal(order(w, take)->terms.price, (side > 0 ? 10002 : 10000) + side * 100);
            }
            world_ack(w, close->coid);
            from = w->sent_count;
            world_report(w, close->coid, MT_ORDER_FILLX, 10000, close->request.terms.qty);
            assert_int_equal(world_position(w, 0), what == NEW_TAKE_OF_A_PART ? side * 500 : 0);
            if (what == MOVED_TAKE)
                assert_int_equal(world_count(w, WORLD_CANCEL, from), 2);
            world_free(w);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_guards_an_entry_carries_its_tag),
        cmocka_unit_test(a_plan_is_what_has_an_exit),
        cmocka_unit_test(an_exit_ends_the_entry_that_still_works),
        cmocka_unit_test(what_fills_behind_the_stop_is_closed),
        cmocka_unit_test(what_the_stop_does_not_hold_is_closed_besides),
        cmocka_unit_test(a_stop_in_parts_closes_by_itself),
        cmocka_unit_test(flat_does_not_wait_for_the_stop),
        cmocka_unit_test(keep_does_not_disturb_a_stop_that_goes_off),
        cmocka_unit_test(the_close_of_an_exit_stays_its_own),
        cmocka_unit_test(the_exits_go_with_their_leg),
        cmocka_unit_test(the_end_of_a_leg_leaves_nothing_to_the_next),
        cmocka_unit_test(a_close_that_did_not_leave_is_sent_again),
        cmocka_unit_test(the_stop_of_an_entry_bounds_its_loss),
        cmocka_unit_test(a_stop_at_the_lowest_price_bounds_the_loss),
        cmocka_unit_test(a_stop_beyond_the_last_number_bounds_nothing),
        cmocka_unit_test(a_take_that_has_not_left_stays_here_when_the_leg_is_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
