/* Flat: what it closes and cancels, in a halt as well, what it keeps, and whose the close is. */
#include "engine_world.h"

static struct mt_leg_view leg(struct world *w, uint16_t account)
{
    struct mt_leg_view view;
    mt_engine_leg(w->engine, account, 0, &view);
    return view;
}
static void operate(struct world *w, enum mt_operator_command command, int account)
{
    struct mt_diag diag = { 0 };
    assert_int_equal(mt_engine_operator(w->engine, w->now, command, account, -1, "t", "", &diag), 0);
}
/* The newest submit of an account; NULL if none since `from`. */
static struct world_sent *submit_of(struct world *w, uint16_t account, size_t from)
{
    for (size_t i = w->sent_count; i > from; i--)
        if (w->sent[i - 1].kind == WORLD_SUBMIT && w->sent[i - 1].request.terms.account == account)
            return &w->sent[i - 1];
    return NULL;
}

/* A halt closes nothing: `flat` says so, leaves the stance, and nothing waits in secret for the end of the halt. */
static void flat_says_what_a_halt_keeps_open(void **state)
{
    struct world *w = world_new(2);
    (void)state;
    world_start(w);
    world_ask_now(w, world_request(1));
    for (uint16_t a = 0; a < 2; a++)
        world_fill(w, submit_of(w, a, 0)->coid, 10002, 1000);
    operate(w, MT_OPERATOR_HALT, 1);
    size_t from = w->sent_count;
    world_ask_now(w, world_request(0));         /* the lead may close */
    assert_int_equal(world_verdict(w)->verdict, MT_PARTIAL);
    assert_int_equal(world_verdict(w)->sent, 1);
    assert_null(submit_of(w, 1, from));
    world_fill(w, submit_of(w, 0, from)->coid, 10000, 1000);
    assert_int_equal(world_position(w, 0), 0);

    from = w->sent_count;
    assert_int_equal((int)world_ask_now(w, world_request(0)), -MT_CODE_STATE_HALTED);   /* nobody else is left */
    operate(w, MT_OPERATOR_RESUME, 1);
    world_quote(w, 0, 10000, 10002);
    assert_int_equal(w->sent_count, from);      /* and now it is not closed by itself */
    assert_int_equal(world_position(w, 1), 1000);
    world_ask_now(w, world_request(0));
    assert_int_equal(world_verdict(w)->verdict, MT_SENT);
    world_fill(w, submit_of(w, 1, from)->coid, 10000, 1000);
    assert_int_equal(world_position(w, 1), 0);
    world_free(w);
}

/* Cancels pass in a halt: what an entry has not filled yet does not fill after `flat`. */
static void flat_in_a_halt_cancels_the_entry(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        int side = i & 1 ? -1 : 1;
        int64_t filled = i & 2 ? 300 : 0;
        struct world *w = world_new(1);
        struct mt_request request = world_request(side);
        request.has_limit = true;
        request.limit = side > 0 ? 99 : 101;
        world_start(w);
        world_ask_now(w, request);
        world_ack(w, 1);
        if (filled > 0)
            world_fill(w, 1, side > 0 ? 9900 : 10100, filled);
        operate(w, MT_OPERATOR_HALT, 0);
        size_t from = w->sent_count;
        assert_true(world_ask_now(w, world_request(0)) > 0);
        assert_int_equal(world_count(w, WORLD_CANCEL, from), 1);
        assert_int_equal(world_count(w, WORLD_SUBMIT, from), 0);
        assert_int_equal(world_verdict(w)->verdict, filled > 0 ? MT_DENIED : MT_SENT);
        world_report(w, 1, MT_ORDER_CXL, 0, 0);
        assert_int_equal(world_position(w, 0), side * filled);
        if (filled > 0)
            assert_int_equal((int)world_ask_now(w, world_request(0)), -MT_CODE_STATE_HALTED);
        world_free(w);
    }
}

/* Turning, halted on the way, and then wanted flat: the entry on the other side is called off for good. */
static void flat_in_a_halt_calls_the_turn_off(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    world_start(w);
    world_enter(w, world_request(1));
    world_ask_now(w, world_request(-1));
    uint64_t close = world_newest(w, WORLD_SUBMIT);
    assert_true(leg(w, 0).waiting);
    operate(w, MT_OPERATOR_HALT, 0);
    assert_true(world_ask_now(w, world_request(0)) > 0);
    assert_false(leg(w, 0).waiting);
    size_t from = w->sent_count;
    operate(w, MT_OPERATOR_RESUME, 0);
    world_fill(w, close, 10000, 1000);
    world_quote(w, 0, 10000, 10002);
    assert_int_equal(world_position(w, 0), 0);
    assert_int_equal(world_count(w, WORLD_SUBMIT, from), 0);
    world_free(w);
}

/* `keep`: how much stays, and whether the stance does. */
static void flat_that_keeps_nothing_ends_the_stance(void **state)
{
    static const struct { double keep; int64_t closes; int stance; } cases[] = { { 0, 1000, 0 }, { 0.4, 600, 1 },
        { 0.001, 999, 1 } };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct world *w = world_new(1);
        struct mt_request request = world_request(0);
        request.has_keep = true;
        request.keep = cases[i].keep;
        world_start(w);
        world_enter(w, world_request(1));
        size_t from = w->sent_count;
        world_ask_now(w, request);
        assert_int_equal(submit_of(w, 0, from)->request.terms.qty, cases[i].closes);
        assert_int_equal(mt_engine_port(w->engine)->markets[0].stance, cases[i].stance);
        assert_true(leg(w, 0).closing);
        world_fill(w, submit_of(w, 0, from)->coid, 10000, cases[i].closes);
        assert_false(leg(w, 0).closing);
        assert_int_equal(leg(w, 0).close_role, 0);
        world_free(w);
    }
}
/* Of what is kept the next denial is told as well: closing a part leaves no bad name. */
static void what_is_kept_is_denied_once(void **state)
{
    struct world *w = world_new(1);
    struct mt_request part = world_request(0), protect = { .kind = MT_ASK_PROTECT, .take_count = -1 };
    (void)state;
    part.has_keep = true;
    part.keep = 0.4;
    protect.stop = world_away(1);
    world_start(w);
    world_enter(w, world_request(1));
    world_ask_now(w, part);
    world_fill(w, world_newest(w, WORLD_SUBMIT), 10000, 600);
    operate(w, MT_OPERATOR_HALT, 0);
    uint64_t denied = mt_engine_counts(w->engine)->denied;
    assert_true(world_ask_now(w, protect) > 0);
    for (int i = 0; i < 3; i++)
        world_quote(w, 0, 10000, 10002);
    assert_int_equal(mt_engine_counts(w->engine)->denied, denied + 1);
    world_free(w);
}

/* Who asked for a close is whose it is. */
static void the_close_of_flat_belongs_to_flat(void **state)
{
    struct world *w = world_new(1);
    struct mt_request out = world_request(0);
    (void)state;
    world_start(w);
    world_enter(w, world_request(1));
    size_t from = w->sent_count;
    memcpy(out.tag, "bye", 4);
    double id = world_ask_now(w, out);
    const struct mt_order *close = mt_engine_order(w->engine, submit_of(w, 0, from)->coid);
    assert_int_equal((int)close->signal_id, (int)id);
    assert_string_equal(close->tag, "bye");
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flat_says_what_a_halt_keeps_open),
        cmocka_unit_test(flat_in_a_halt_cancels_the_entry),
        cmocka_unit_test(flat_in_a_halt_calls_the_turn_off),
        cmocka_unit_test(flat_that_keeps_nothing_ends_the_stance),
        cmocka_unit_test(what_is_kept_is_denied_once),
        cmocka_unit_test(the_close_of_flat_belongs_to_flat),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
