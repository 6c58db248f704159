/* Orders on their way out: what a full outbox, a flood of denials or an operation on what has ended must not do. The table
 * of states itself is tested in model/; what comes back is in test_reports.c, test_fills.c and test_watch.c. */
#include "report_kit.h"

#include "core/house.h"
#include "core/oms.h"
#include "model/order.h"

static void ask_64_denied(struct world *w)
{
    for (int i = 0; i < 64; i++) {
        struct mt_request request = world_request(i % 2 ? 1 : -1);
        world_ask(w, &request);
    }
}

/* News of orders is kept for so many per turn; what is dropped is counted, and the journal has it all. */
static void a_flood_of_denials_is_counted(void **state)
{
    struct world *w = world_new(1);
    struct mt_scope_setup scope = { .kind = MT_SCOPE_GLOBAL, .account = -1, .symbol = -1 };
    (void)state;
    scope.limits.set = UINT64_C(1) << MT_LIMIT_MAX_ORDER_QTY;
    w->setup.scopes = &scope;
    w->setup.scope_count = 1;
    world_start(w);
    w->news_count = 0;
    w->on_quote = ask_64_denied;
    for (int i = 0; i < 20; i++) {
        struct mt_event event = {
            .time_ns = ++w->now, .venue_ns = w->now, .kind = MT_EV_QUOTE, .quote = { 10000, 10002, 0, 0, MT_QUOTE_BOTH }
        };
        world_push(w, &event);
    }
    world_turn(w);
    size_t told = 0;
    for (size_t i = 0; i < w->news_count; i++)
        told += w->news[i].handler == MT_ON_ORDER;
    assert_int_equal(mt_engine_counts(w->engine)->denied, 20 * 64);
    assert_int_equal(told, 1024);
    assert_int_equal(mt_engine_counts(w->engine)->dropped, 20 * 64 - 1024);
    assert_int_equal(w->sent_count, 0);
    world_free(w);
}

static void handlers_that_nobody_has_are_not_called(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    w->muted = 1u << MT_ON_ORDER | 1u << MT_ON_FILL | 1u << MT_ON_SIGNAL;
    world_start(w);
    w->news_count = 0;
    world_enter(w, world_with_stop(1, 1));
    assert_int_equal(w->news_count, 0);
    assert_int_equal(world_position(w, 0), 1000);
    assert_int_equal(world_last(w, WORLD_SUBMIT, 0)->request.terms.type, MT_TYPE_STOP);
    world_free(w);
}

static int full_quotes;
/* Five calls turn 32 accounts round and round; the sixth wants an exit moved, with no room left to say so. */
static void fill_the_outbox(struct world *w)
{
    struct mt_request request = { .kind = MT_ASK_PROTECT, .market = 1, .take_count = -1 };
    request.stop = world_away(0.5);
    if (full_quotes++ == 5) {
        assert_true(world_ask(w, &request) > 0);
        return;
    }
    for (int i = 0; i < 64; i++) {
        request = world_request(i % 2 ? -1 : 1);
        world_ask(w, &request);
    }
}

/* 8192 messages in one turn: what has no room waits or is refused, and nobody has two entries. */
static void a_full_outbox_refuses_and_waits(void **state)
{
    struct world *w = world_new(32);
    struct mt_request other = world_with_stop(1, 1);
    uint32_t entries[32] = { 0 };
    (void)state;
    world_start(w);
    other.market = 1;
    world_ask_now(w, other);
    world_fill(w, w->sent[0].coid, 10002, 1000);
    uint64_t stop = world_newest(w, WORLD_SUBMIT);
    world_ack(w, stop);
    size_t from = w->sent_count;
    full_quotes = 0;
    w->on_quote = fill_the_outbox;
    for (int i = 0; i < 6; i++) {
        struct mt_event event = {
            .time_ns = ++w->now, .venue_ns = w->now, .kind = MT_EV_QUOTE, .quote = { 10000, 10002, 0, 0, MT_QUOTE_BOTH }
        };
        world_push(w, &event);
    }
    /* and the first fill of a follower, whose stop has no room, and a refusal that is to be asked about */
    push_report(
        w,
        (struct mt_report){
            .coid = w->sent[1].coid, .event = MT_ORDER_FILLX, .price = 10002, .qty = 1000, .cum = -1, .fill_id = 999 });
    push_report(w, (struct mt_report){ .coid = w->sent[2].coid, .op = MT_REPORT_OP_REFUSED, .cum = -1 });
    /* and more than the order asked for, which is to be asked about although it has ended */
    const uint64_t overfilled = w->sent[0].coid;
    push_report(w, (struct mt_report){ .coid = overfilled, .event = MT_ORDER_FILLX, .price = 10002, .qty = 1, .cum = -1,
                                       .fill_id = 1000 });
    w->in_mid_instant = true;
    world_turn(w);
    w->in_mid_instant = false;
    w->on_quote = NULL;
    assert_int_equal(full_quotes, 6);
    assert_int_equal(world_count(w, WORLD_QUERY, from), 0);
    for (size_t i = from; i < w->sent_count; i++)
        if (w->sent[i].kind == WORLD_SUBMIT)
            entries[w->sent[i].request.terms.account]++;
    for (int a = 0; a < 32; a++)
        assert_true(entries[a] <= 1);
    assert_int_equal(world_count(w, WORLD_MODIFY, from), 0);
    const uint64_t asked = w->sent[2].coid;
    from = w->sent_count;
    later(w, 2);
    world_quote(w, 1, 10000, 10002);
    assert_int_equal(world_count(w, WORLD_QUERY, from), 2);     /* nor is a question forgotten, or asked twice */
    for (size_t i = from; i < w->sent_count; i++)
        if (w->sent[i].kind == WORLD_QUERY)
            assert_true(w->sent[i].coid == asked || w->sent[i].coid == overfilled);
    struct world_sent *guard = world_last(w, WORLD_SUBMIT, from);
    assert_int_equal(guard->request.terms.type, MT_TYPE_STOP);
    assert_int_equal(guard->request.terms.account, 1);
    assert_int_equal(world_newest(w, WORLD_MODIFY), stop);      /* what had no room comes after */
    assert_int_equal(world_last(w, WORLD_MODIFY, 0)->stop, 9952);
    world_free(w);
}

/* What the other parts of the engine rely on: canceling or replacing what is not there, or has ended, does nothing. */
static void operations_on_what_has_ended_do_nothing(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    world_start(w);
    world_ask_now(w, limit_entry(1, 99));
    world_report(w, 1, MT_ORDER_CXL, 0, 0);
    size_t from = w->sent_count;
    uint64_t hash = mt_engine_state_hash(w->engine);
    const struct mt_order_wish wish = { .terms = { .qty = 500, .price = 9900, .flags = MT_TERMS_PRICE } };
    for (uint64_t coid = 0; coid <= 2; coid++) {
        mt_oms_cancel(&w->engine->desk, coid);
        mt_oms_replace(&w->engine->desk, coid, &wish);
    }
    world_turn(w);
    assert_int_equal(w->sent_count, from);
    assert_true(mt_engine_state_hash(w->engine) == hash);
    world_free(w);
}

/* One shape: what the venue is asked for is, byte for byte, what the order has; a replace asks for what it wishes. */
static void terms_reach_the_venue_as_they_are(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    uint64_t stop = working_stop(w);
    for (size_t i = 0; i < w->sent_count; i++) {
        const struct world_sent *sent = &w->sent[i];
        if (sent->kind == WORLD_SUBMIT)
            assert_memory_equal(&sent->request.terms, &order(w, sent->coid)->terms, sizeof(struct mt_terms));
    }
    const struct mt_terms before = order(w, stop)->terms;
    assert_true(before.type == MT_TYPE_STOP && mt_terms_has_stop(&before) && !mt_terms_has_price(&before));
    assert_true(mt_terms_reduce_only(&before) && before.role == MT_ROLE_STOP);
    assert_true(before.leg == 0 && before.ticket == 0 && before.seat == 0);
    size_t from = w->sent_count;
    const struct mt_order_wish wish = { .terms = { .qty = 600, .stop = 9700, .side = 1, .role = MT_ROLE_TAKE,
                                                   .flags = MT_TERMS_STOP | MT_TERMS_POST_ONLY } };
    mt_oms_replace(&w->engine->desk, stop, &wish);
    struct mt_terms wished = before;
    wished.qty = 600;
    wished.stop = 9700;             /* and nothing else: a replace makes no other order of it */
    assert_memory_equal(&order(w, stop)->wished, &wished, sizeof wished);
    world_op(w, stop, MT_REPORT_REPLACED);
    assert_memory_equal(&w->sent[from].request.terms, &wished, sizeof wished);
    assert_memory_equal(&order(w, stop)->terms, &wished, sizeof wished);
    world_free(w);
}

/* A late answer to an earlier replace comes in the turn that decides the next one: what leaves is what was recorded. */
static void a_replace_leaves_as_it_was_recorded(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    uint64_t stop = working_stop(w);
    size_t from = w->sent_count;
    const struct mt_order_wish wish = { .terms = { .qty = 600, .stop = 9700, .flags = MT_TERMS_STOP } };
    mt_oms_replace(&w->engine->desk, stop, &wish);
    world_op(w, stop, MT_REPORT_REPLACED);
    assert_true(w->sent_count > from);
    const struct world_sent *sent = &w->sent[from];
    assert_int_equal(sent->kind, WORLD_MODIFY);
    assert_int_equal(sent->coid, stop);
    assert_int_equal(sent->qty, 600);
    assert_int_equal(sent->stop, 9700);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_flood_of_denials_is_counted),
        cmocka_unit_test(handlers_that_nobody_has_are_not_called),
        cmocka_unit_test(a_replace_leaves_as_it_was_recorded),
        cmocka_unit_test(terms_reach_the_venue_as_they_are),
        cmocka_unit_test(a_full_outbox_refuses_and_waits),
        cmocka_unit_test(operations_on_what_has_ended_do_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
