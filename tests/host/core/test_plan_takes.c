/* Takes: how they share what was entered, and what becomes of them while they fill, end, or are taken away. */
#include "engine_world.h"

#include "model/order.h"

static const struct mt_order *order(const struct world *w, uint64_t coid) { return mt_engine_order(w->engine, coid); }
static struct mt_request_level take(double distance, double part)
{
    return (struct mt_request_level){ .value = distance, .part = part, .kind = MT_LEVEL_DISTANCE };
}
/* The newest order at the venue of a type; its terms are those of its newest replace. */
static struct world_sent *newest_of(struct world *w, enum mt_order_type type)
{
    for (size_t i = w->sent_count; i > 0; i--)
        if (w->sent[i - 1].kind == WORLD_SUBMIT && w->sent[i - 1].request.terms.type == type
            && mt_terms_reduce_only(&w->sent[i - 1].request.terms))
            return &w->sent[i - 1];
    return NULL;
}
static void enter_qty(struct world *w, struct mt_request request, int64_t price, int64_t qty)
{
    assert_true(world_ask_now(w, request) > 0);
    uint64_t entry = world_newest(w, WORLD_SUBMIT);
    world_ack(w, entry);
    world_fill(w, entry, price, qty);
}

static size_t takes_at_the_venue(struct world *w, int64_t qty[4], int64_t price[4])
{
    size_t count = 0;
    for (size_t i = 0; i < w->sent_count; i++)
        if (w->sent[i].kind == WORLD_SUBMIT && w->sent[i].request.terms.type == MT_TYPE_LIMIT
            && mt_terms_reduce_only(&w->sent[i].request.terms)) {
            const struct mt_order *o = order(w, w->sent[i].coid);
            if (mt_order_leaves(o) > 0) {
                price[count] = o->terms.price;
                qty[count++] = mt_order_leaves(o);
            }
        }
    return count;
}

static void takes_share_what_was_entered(void **state)
{
    static const struct { int64_t entered, min; double parts[3]; int count; int64_t qty[3]; size_t orders; int at[3]; }
        cases[] = {
        { 1000, 1, { 0.5, 0.5 }, 2, { 500, 500 }, 2, { 1, 2 } },         /* parts that sum to all: the last one takes the rest */
        { 1001, 1, { 0.5, 0.5 }, 2, { 500, 501 }, 2, { 1, 2 } },
        { 1000, 1, { 0.5, 0.25 }, 2, { 500, 250 }, 2, { 1, 2 } },        /* what is left rides on */
        { 1000, 1, { 0.3, 0 }, 2, { 300, 700 }, 2, { 1, 2 } },
        { 150, 100, { 0.5, 0.5 }, 2, { 150 }, 1, { 2 } },              /* a part below the minimum joins the next */
        { 220, 100, { 0.6, 0 }, 2, { 220 }, 1, { 1 } },                /* and the last one joins the one before */
        { 3, 1, { 0.2, 0.2 }, 2, { 1 }, 1, { 2 } },                    /* before it is rounded: two of 0.6 are one step */
        { 10, 1, { 0.05, 0.05, 0 }, 3, { 1, 9 }, 2, { 2, 3 } },
        { 3, 1, { 0.333333334, 0.333333333, 0 }, 3, { 1, 2 }, 2, { 1, 3 } },    /* the rest of a part is its own: 0.999999999 */
        { 50, 100, { 0.5, 0 }, 2, { 50 }, 1, { 2 } },                  /* all there is, however little */
        { 200, 100, { 0.5, 0 }, 2, { 100, 100 }, 2, { 1, 2 } },        /* as much as the minimum stands alone */
        { 3, 2, { 0.7, 0 }, 2, { 3 }, 1, { 1 } },                      /* one step joins too */
        { 1000, 1, { 0.5, 0.499999999 }, 2, { 500, 499 }, 2, { 1, 2 } },       /* parts that sum to nearly all leave a rest */
        { 3, 1, { 0.333333333, 0 }, 2, { 3 }, 1, { 2 } },              /* nearly a step is none */
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct world *w = world_new(1);
        struct mt_request request = world_request(1);
        int64_t qty[4] = { 0 }, price[4] = { 0 };
        w->instruments[0].qty_min = cases[i].min;
        w->instruments[0].default_qty = cases[i].entered > cases[i].min ? cases[i].entered : 1000;
        request.take_count = cases[i].count;
        for (int t = 0; t < cases[i].count; t++)
            request.takes[t] = take(1 + t, cases[i].parts[t]);
        world_start(w);
        world_ask_now(w, request);
        uint64_t entry = world_newest(w, WORLD_SUBMIT);
        world_fill(w, entry, 10002, cases[i].entered);
        world_report(w, entry, MT_ORDER_CXL, 0, 0);
        for (size_t k = 0; k < w->sent_count; k++)
            if (w->sent[k].kind == WORLD_SUBMIT && w->sent[k].coid != entry)
                world_ack(w, w->sent[k].coid);
        assert_int_equal(takes_at_the_venue(w, qty, price), cases[i].orders);
        for (size_t t = 0; t < cases[i].orders; t++)
            if (qty[t] != cases[i].qty[t] || price[t] != 10002 + 100 * cases[i].at[t])
                fail_msg("case %zu, take %zu: %lld at %lld", i, t, (long long)qty[t], (long long)price[t]);
        world_free(w);
    }
}

static void parts_are_whole_steps(void **state)
{
    struct world *w = world_new(1);
    struct mt_request request = world_request(1);
    int64_t qty[4] = { 0 }, price[4] = { 0 };
    (void)state;
    w->instruments[0].step = w->instruments[0].qty_min = 10;
    request.take_count = 3;
    for (int t = 0; t < 3; t++)
        request.takes[t] = take(1 + t, 0.333);
    world_start(w);
    enter_qty(w, request, 10002, 1000);
    assert_int_equal(takes_at_the_venue(w, qty, price), 3);
    for (int t = 0; t < 3; t++)
        assert_int_equal(qty[t], 330);
    world_free(w);
}

static void as_many_takes_as_a_plan_holds(void **state)
{
    struct world *w = world_new(1);
    struct mt_request request = world_request(1);
    (void)state;
    request.take_count = MT_TAKES_MAX;
    for (int t = 0; t < MT_TAKES_MAX; t++)
        request.takes[t] = take(1 + t, t < MT_TAKES_MAX - 1 ? 0.1 : 0);
    world_start(w);
    enter_qty(w, request, 10002, 1000);
    assert_int_equal(world_count(w, WORLD_SUBMIT, 1), MT_TAKES_MAX);
    assert_int_equal(mt_engine_counts(w->engine)->denied, 0);       /* and no stop was tried */
    for (int t = 0; t < MT_TAKES_MAX; t++) {
        const struct mt_order_request *sent = &w->sent[1 + t].request;
        assert_int_equal(sent->terms.price, 10102 + 100 * t);
        assert_int_equal(sent->terms.qty, t < MT_TAKES_MAX - 1 ? 100 : 1000 - 100 * (MT_TAKES_MAX - 1));
    }
    world_free(w);
}

/* Once: a take that had taken in a part too small for itself was split again by its first partial fill, and the small
 * part was refused with every quote. */
static void a_joined_take_stays_joined_while_it_fills(void **state)
{
    struct world *w = world_new(1);
    struct mt_request request = world_request(1);
    (void)state;
    w->instruments[0].qty_min = 100;
    w->instruments[0].default_qty = 220;
    request.take_count = 2;
    request.takes[0] = take(1, 0.6);
    request.takes[1] = take(2, 0);
    world_start(w);
    enter_qty(w, request, 10002, 220);
    uint64_t first = newest_of(w, MT_TYPE_LIMIT)->coid;
    assert_int_equal(newest_of(w, MT_TYPE_LIMIT)->request.terms.qty, 220);
    world_ack(w, first);
    size_t from = w->sent_count;
    uint64_t intents = mt_engine_counts(w->engine)->intents;
    world_fill(w, first, 10102, 10);
    for (int i = 0; i < 5; i++)
        world_quote(w, 0, 10000, 10002);
    assert_int_equal(world_count(w, WORLD_MODIFY, from), 0);
    assert_int_equal(mt_engine_counts(w->engine)->intents, intents);
    world_fill(w, first, 10102, 210);
    assert_int_equal(world_position(w, 0), 0);
    assert_int_equal(mt_engine_stance(w->engine, 0), 0);
    world_free(w);
}

/* Its order ended at the venue when a part of it had filled: it is laid again with all that it had taken in. */
static void a_joined_take_that_was_ended_is_laid_whole_again(void **state)
{
    struct world *w = world_new(1);
    struct mt_request request = world_request(1);
    (void)state;
    w->instruments[0].qty_min = 100;
    w->instruments[0].default_qty = 220;
    request.take_count = 2;
    request.takes[0] = take(1, 0.6);
    request.takes[1] = take(2, 0);
    world_start(w);
    enter_qty(w, request, 10002, 220);
    uint64_t first = newest_of(w, MT_TYPE_LIMIT)->coid;
    world_ack(w, first);
    world_fill(w, first, 10102, 10);
    size_t from = w->sent_count;
    world_report(w, first, MT_ORDER_CXL, 0, 0);
    for (int i = 0; i < 20; i++)
        world_quote(w, 0, 10000, 10002);
    assert_int_equal(world_count(w, WORLD_SUBMIT, from), 1);
    assert_int_equal(world_last(w, WORLD_SUBMIT, from)->request.terms.price, 10102);
    assert_int_equal(world_last(w, WORLD_SUBMIT, from)->request.terms.qty, 210);
    assert_int_equal(world_count(w, WORLD_MODIFY, from), 0);
    world_free(w);
}

/* The one before has done its part, more of it or just that, when what was entered later leaves a part too small: that
 * part stands alone. */
static void small_part_stands_alone(int64_t more, int64_t left)
{
    struct world *w = world_new(1);
    struct mt_request request = world_request(1);
    w->instruments[0].qty_min = 100;
    request.take_count = 3;
    request.takes[0] = take(3, 0.5);
    request.takes[1] = take(1, 0.4);
    request.takes[2] = take(2, 0);
    world_start(w);
    enter_qty(w, request, 10002, 250);          /* 125, and 100 with the 25 that are left */
    uint64_t entry = w->sent[0].coid;
    struct world_sent *second = newest_of(w, MT_TYPE_LIMIT);
    assert_int_equal(second->request.terms.qty, 125);
    world_ack(w, second->coid);
    world_fill(w, second->coid, 10102, 125);
    size_t from = w->sent_count;
    world_fill(w, entry, 10002, more);
    assert_int_equal(world_count(w, WORLD_SUBMIT, from), 1);
    assert_int_equal(world_last(w, WORLD_SUBMIT, from)->request.terms.price, 10202);
    assert_int_equal(world_last(w, WORLD_SUBMIT, from)->request.terms.qty, left);
    world_free(w);
}
static void a_small_part_does_not_join_a_take_that_is_done(void **state)
{
    (void)state;
    small_part_stands_alone(10, 5);             /* 130, 104, 26: of the 135 that are open the first take has 130 */
    small_part_stands_alone(63, 32);            /* 156, 125, 32 */
}

/* A take that has filled does its part once, however often the plan is looked at. */
static void a_take_that_has_filled_is_not_laid_again(void **state)
{
    struct world *w = world_new(1);
    struct mt_request request = world_with_stop(1, 1);
    (void)state;
    request.take_count = 2;
    request.takes[0] = take(1, 0.5);
    request.takes[1] = take(2, 0);
    world_start(w);
    enter_qty(w, request, 10002, 1000);
    uint64_t ids[3];
    for (size_t i = 1; i <= 3; i++)
        ids[i - 1] = w->sent[i].coid;
    for (int i = 0; i < 3; i++)
        world_ack(w, ids[i]);
    assert_int_equal(order(w, ids[1])->terms.role, MT_ROLE_TAKE);
    size_t from = w->sent_count;
    world_fill(w, ids[1], 10102, 500);
    assert_int_equal(world_last(w, WORLD_MODIFY, from)->coid, ids[0]);          /* the stop guards what is left */
    assert_int_equal(world_last(w, WORLD_MODIFY, from)->qty, 500);
    world_op(w, ids[0], MT_REPORT_REPLACED);
    for (int i = 0; i < 5; i++)
        world_quote(w, 0, 10150, 10152);
    assert_int_equal(world_count(w, WORLD_SUBMIT, from), 0);
    world_fill(w, ids[2], 10202, 500);
    assert_int_equal(world_position(w, 0), 0);
    assert_int_equal(world_newest(w, WORLD_CANCEL), ids[0]);
    world_free(w);
}

/* Before the fill a small part counts as well: a list of takes that leaves it out takes less. */
static void a_small_part_counts_before_the_fill(void **state)
{
    struct world *w = world_new(1);
    struct mt_request request = world_request(1), later = { .kind = MT_ASK_PROTECT, .take_count = 1 };
    (void)state;
    w->instruments[0].qty_min = 100;
    request.has_limit = true;
    request.limit = 99;
    request.take_count = 2;
    request.takes[0] = take(1, 0.00005);
    request.takes[1] = later.takes[0] = take(2, 0);
    world_start(w);
    assert_true(world_ask_now(w, request) > 0);
    world_ack(w, world_newest(w, WORLD_SUBMIT));
    assert_int_equal((int)world_ask_now(w, later), -MT_CODE_WIDENS);
    world_free(w);
}

/* A take that the script takes away is canceled, and one of a single step stays as it is. */
static void a_take_that_is_taken_away_is_canceled(void **state)
{
    struct world *w = world_new(1);
    struct mt_request request = world_with_stop(1, 1), none = { .kind = MT_ASK_PROTECT, .take_count = 0, .widen = true };
    (void)state;
    w->instruments[0].default_qty = 1;
    request.take_count = 1;
    request.takes[0] = take(1, 0);
    world_start(w);
    enter_qty(w, request, 10002, 1);
    uint64_t stop = newest_of(w, MT_TYPE_STOP)->coid, out = newest_of(w, MT_TYPE_LIMIT)->coid;
    world_ack(w, stop);
    world_ack(w, out);
    world_quote(w, 0, 10000, 10002);
    assert_int_equal(world_count(w, WORLD_CANCEL, 0), 0);
    assert_true(world_ask_now(w, none) > 0);
    assert_int_equal(world_count(w, WORLD_CANCEL, 0), 1);
    assert_int_equal(world_last(w, WORLD_CANCEL, 0)->coid, out);
    assert_int_equal(world_count(w, WORLD_MODIFY, 0), 0);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_share_what_was_entered),
        cmocka_unit_test(parts_are_whole_steps),
        cmocka_unit_test(as_many_takes_as_a_plan_holds),
        cmocka_unit_test(a_joined_take_stays_joined_while_it_fills),
        cmocka_unit_test(a_joined_take_that_was_ended_is_laid_whole_again),
        cmocka_unit_test(a_small_part_does_not_join_a_take_that_is_done),
        cmocka_unit_test(a_take_that_has_filled_is_not_laid_again),
        cmocka_unit_test(a_small_part_counts_before_the_fill),
        cmocka_unit_test(a_take_that_is_taken_away_is_canceled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
