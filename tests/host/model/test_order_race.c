/* The races that concern one order, each with both orders of arrival. */
#include "host/model/order_fixture.h"

static void race_fill_and_ack(void **state)
{
    (void)state;
    for (int64_t qty = 4; qty <= 10; qty += 6) {
        enum mt_order_state end = qty == 10 ? MT_ORDER_FILLED : MT_ORDER_PARTIAL;
        struct mt_order order = order_in(MT_ORDER_SENT);
        fill(&order, 100, qty);
        struct mt_order_change change = mt_order_apply(&order, MT_ORDER_ACK);
        assert_int_equal(change.flags, MT_CELL_SAME);
        holds(&order, end, qty, 10 - qty);
        order = order_in(MT_ORDER_SENT);
        mt_order_apply(&order, MT_ORDER_ACK);
        holds(&order, MT_ORDER_WORKING, 0, 10);
        fill(&order, 100, qty);
        holds(&order, end, qty, 10 - qty);
    }
}

static void race_ack_and_write_completion(void **state)
{
    (void)state;
    struct mt_order order = order_in(MT_ORDER_SENDING);
    mt_order_apply(&order, MT_ORDER_ACK);
    assert_int_equal(mt_order_apply(&order, MT_ORDER_OUT).flags, MT_CELL_SAME);
    holds(&order, MT_ORDER_WORKING, 0, 10);
}

static void race_full_fill_and_cancel(void **state)
{
    (void)state;
    struct mt_order order = order_in(MT_ORDER_WORKING);
    assert_int_equal(mt_order_cancel_asked(&order, true), 0);
    fill(&order, 100, 10);
    holds(&order, MT_ORDER_FILLED, 10, 0);
    assert_int_equal(order.op, MT_OP_NONE);
    assert_int_equal(mt_order_op_answer(&order, MT_OP_ANSWER_REFUSED).flags, MT_CELL_SAME);
    holds(&order, MT_ORDER_FILLED, 10, 0);

    order = order_in(MT_ORDER_WORKING);         /* the refusal first */
    assert_int_equal(mt_order_cancel_asked(&order, true), 0);
    assert_int_equal(mt_order_op_answer(&order, MT_OP_ANSWER_REFUSED).flags, 0);
    holds(&order, MT_ORDER_WORKING, 0, 10);
    assert_int_equal(order.op, MT_OP_NONE);
    assert_false(alarmed(fill(&order, 100, 10)));
    holds(&order, MT_ORDER_FILLED, 10, 0);
}

static void race_partial_fill_and_cancel_ack(void **state)
{
    (void)state;
    struct mt_order order = order_in(MT_ORDER_WORKING);
    assert_int_equal(mt_order_cancel_asked(&order, true), 0);
    fill(&order, 100, 4);
    assert_int_equal(order.op, MT_OP_CANCEL_SENT);
    assert_int_equal(mt_order_reserved_qty(&order), 6);
    assert_false(alarmed(mt_order_apply(&order, MT_ORDER_CXL)));
    holds(&order, MT_ORDER_CANCELED, 4, 0);
    assert_int_equal(mt_order_reserved_qty(&order), 0);
    assert_int_equal(order.op, MT_OP_NONE);
    assert_int_equal(mt_order_apply(&order, MT_ORDER_CXL).flags, MT_CELL_SAME);

    order = order_in(MT_ORDER_WORKING);         /* the cancel first */
    mt_order_apply(&order, MT_ORDER_CXL);
    struct mt_order_change change = fill(&order, 100, 4);
    assert_int_equal(change.flags, MT_CELL_APPLY_FILL | MT_CELL_ALARM);
    holds(&order, MT_ORDER_CANCELED, 4, 0);
}

static void late_fills_of_closed_orders_are_kept(void **state)
{
    (void)state;
    static const enum mt_order_event close[] = {MT_ORDER_CXL, MT_ORDER_EXP};
    static const enum mt_order_state closed[] = {MT_ORDER_CANCELED, MT_ORDER_EXPIRED};
    for (int i = 0; i < 2; i++) {
        struct mt_order order = order_in(MT_ORDER_WORKING);
        fill(&order, 100, 3);
        mt_order_apply(&order, close[i]);
        assert_true(alarmed(fill(&order, 100, 2)));
        holds(&order, closed[i], 5, 0);
        assert_true(alarmed(fill(&order, 100, 5)));
        holds(&order, MT_ORDER_FILLED, 10, 0);
        assert_false(order.overfilled);
    }
}

static void race_timeout_and_late_answers(void **state)
{
    (void)state;
    static const struct {
        enum mt_order_event event;
        enum mt_order_state end;
        int64_t leaves;
    } answers[] = {
        {MT_ORDER_ACK, MT_ORDER_WORKING, 10},
        {MT_ORDER_REJ, MT_ORDER_REJECTED, 0},
        {MT_ORDER_CXL, MT_ORDER_CANCELED, 0},
        {MT_ORDER_EXP, MT_ORDER_EXPIRED, 0},
    };
    for (int i = 0; i < 4; i++) {
        struct mt_order order = order_in(MT_ORDER_SENT);
        mt_order_apply(&order, MT_ORDER_AMB);
        holds(&order, MT_ORDER_UNKNOWN, 0, 10);
        assert_int_equal(mt_order_reserved_qty(&order), 10);
        assert_false(alarmed(mt_order_apply(&order, answers[i].event)));
        holds(&order, answers[i].end, 0, answers[i].leaves);
        assert_int_equal(mt_order_apply(&order, MT_ORDER_OUT).flags, MT_CELL_SAME);

        order = order_in(MT_ORDER_SENT); /* the answer first, then the timeout of the request */
        mt_order_apply(&order, answers[i].event);
        assert_true(mt_order_apply(&order, MT_ORDER_AMB).flags & MT_CELL_SAME);
        holds(&order, answers[i].end, 0, answers[i].leaves);
    }
}

static void race_timeout_death_and_fill(void **state)
{
    (void)state;
    struct mt_order order = order_in(MT_ORDER_SENT);
    mt_order_apply(&order, MT_ORDER_AMB);
    mt_order_apply(&order, MT_ORDER_RESTART);
    holds(&order, MT_ORDER_UNKNOWN, 0, 10);
    fill(&order, 100, 10);
    holds(&order, MT_ORDER_FILLED, 10, 0);
    mt_order_apply(&order, MT_ORDER_RESTART);
    holds(&order, MT_ORDER_FILLED, 10, 0);
}

static void race_reject_and_ack(void **state)
{
    (void)state;
    struct mt_order order = order_in(MT_ORDER_SENT);
    mt_order_apply(&order, MT_ORDER_ACK);
    assert_true(alarmed(mt_order_apply(&order, MT_ORDER_REJ)));
    holds(&order, MT_ORDER_REJECTED, 0, 0);
    order = order_in(MT_ORDER_SENT);
    assert_false(alarmed(mt_order_apply(&order, MT_ORDER_REJ)));
    assert_true(alarmed(mt_order_apply(&order, MT_ORDER_ACK)));
    holds(&order, MT_ORDER_WORKING, 0, 10);
}

static void a_lost_order_comes_back_by_evidence(void **state)
{
    (void)state;
    struct mt_order order = order_in(MT_ORDER_UNKNOWN);
    mt_order_apply(&order, MT_ORDER_ABSENT);
    holds(&order, MT_ORDER_LOST, 0, 0);
    assert_true(alarmed(fill(&order, 100, 4)));
    holds(&order, MT_ORDER_PARTIAL, 4, 6);
    order = order_in(MT_ORDER_LOST);
    assert_true(alarmed(mt_order_apply(&order, MT_ORDER_ACK)));
    holds(&order, MT_ORDER_WORKING, 0, 10);
    order = order_in(MT_ORDER_LOST);            /* the close that met a stop-out at the venue */
    assert_false(alarmed(mt_order_apply(&order, MT_ORDER_REJ)));
    holds(&order, MT_ORDER_REJECTED, 0, 0);
}

static void cancel_of_an_order_not_yet_acknowledged(void **state)
{
    (void)state;
    struct mt_order order = order_in(MT_ORDER_SENT);    /* the venue needs its own id: held */
    assert_int_equal(mt_order_cancel_asked(&order, false), 0);
    assert_int_equal(order.op, MT_OP_CANCEL_QUEUED);
    assert_int_equal(order.cancel_tries, 0);
    mt_order_apply(&order, MT_ORDER_ACK);
    assert_int_equal(order.op, MT_OP_CANCEL_QUEUED);
    assert_int_equal(mt_order_cancel_asked(&order, true), 0);
    assert_int_equal(order.op, MT_OP_CANCEL_SENT);
    assert_int_equal(order.cancel_tries, 1);
    mt_order_apply(&order, MT_ORDER_CXL);
    holds(&order, MT_ORDER_CANCELED, 0, 0);

    order = order_in(MT_ORDER_SENT);                    /* sent by coid */
    assert_int_equal(mt_order_cancel_asked(&order, true), 0);
    mt_order_apply(&order, MT_ORDER_CXL);
    assert_int_equal(mt_order_apply(&order, MT_ORDER_ACK).flags, MT_CELL_SAME);
    holds(&order, MT_ORDER_CANCELED, 0, 0);
}

static void race_replace_and_fill_on_the_old_terms(void **state)
{
    (void)state;
    /* From 10 to 20 in both orders of arrival, the fill being 4, 10 (all of the old) or 12 (more
     * than it). */
    static const int64_t fills[] = {4, 10, 12};
    for (int i = 0; i < 3; i++) {
        int64_t qty = fills[i];
        struct mt_order order = order_in(MT_ORDER_WORKING);
        assert_int_equal(replace_asked(&order, 20, 99, 0), 0);
        mt_order_op_answer(&order, MT_OP_ANSWER_DONE);
        assert_false(alarmed(fill(&order, 100, qty)));
        holds(&order, MT_ORDER_PARTIAL, qty, 20 - qty);

        order = order_in(MT_ORDER_WORKING);
        assert_int_equal(replace_asked(&order, 20, 99, 0), 0);
        struct mt_order_change change = fill(&order, 100, qty);
        assert_int_equal(alarmed(change), qty > 10);
        assert_int_equal(order.state, qty < 10 ? MT_ORDER_PARTIAL : MT_ORDER_FILLED);
        assert_int_equal(order.op, qty < 10 ? MT_OP_REPLACE_SENT : MT_OP_NONE);
        assert_int_equal(mt_order_reserved_qty(&order), qty < 10 ? 20 - qty : 0);
        change = mt_order_op_answer(&order, MT_OP_ANSWER_DONE);
        assert_int_equal(alarmed(change), qty >= 10);      /* I8: FILLED was left, not silently */
        assert_int_equal(change.to, MT_ORDER_PARTIAL);
        holds(&order, MT_ORDER_PARTIAL, qty, 20 - qty);
        assert_false(order.overfilled);
        assert_int_equal(order.terms.price, 99);
    }
}

static void race_replace_down_and_fill(void **state)
{
    (void)state;
    struct mt_order order = order_in(
        MT_ORDER_WORKING); /* from 10 to 5, and 7 were filled before it */
    assert_int_equal(replace_asked(&order, 5, 99, 0), 0);
    fill(&order, 100, 7);
    assert_int_equal(mt_order_reserved_qty(&order), 3);
    mt_order_op_answer(&order, MT_OP_ANSWER_DONE);
    holds(&order, MT_ORDER_CANCELED, 7, 0);
    assert_false(order.overfilled);

    order = order_in(MT_ORDER_WORKING); /* the other order of arrival is an overfill */
    assert_int_equal(replace_asked(&order, 5, 99, 0), 0);
    mt_order_op_answer(&order, MT_OP_ANSWER_DONE);
    struct mt_order_change change = fill(&order, 100, 7);
    assert_true(change.flags & MT_CELL_OVERFILL);
    holds(&order, MT_ORDER_FILLED, 7, 0);
    assert_true(order.overfilled);
}

static void race_replace_and_cancel(void **state)
{
    (void)state;
    struct mt_order order = order_filled(
        4); /* the venue cancels, its "replaced" comes after that */
    assert_int_equal(replace_asked(&order, 20, 99, 0), 0);
    mt_order_apply(&order, MT_ORDER_CXL);
    assert_int_equal(mt_order_op_answer(&order, MT_OP_ANSWER_DONE).flags, 0);
    holds(&order, MT_ORDER_CANCELED, 4, 0);
    assert_true(alarmed(fill(&order, 100, 12)));    /* on the new terms: no overfill */
    holds(&order, MT_ORDER_CANCELED, 16, 0);
    assert_false(order.overfilled);

    order = order_filled(4);                        /* late "replaced" to less than was filled */
    assert_int_equal(replace_asked(&order, 3, 99, 0), 0);
    mt_order_apply(&order, MT_ORDER_CXL);
    mt_order_op_answer(&order, MT_OP_ANSWER_DONE);
    holds(&order, MT_ORDER_CANCELED, 4, 0);
    assert_int_equal(order.terms.qty, 10);

    order = order_filled(4);                        /* FILLED already, to exactly that: stays */
    assert_int_equal(replace_asked(&order, 10, 99, 0), 0);
    fill(&order, 100, 6);
    assert_int_equal(mt_order_op_answer(&order, MT_OP_ANSWER_DONE).flags, 0);
    holds(&order, MT_ORDER_FILLED, 10, 0);

    order = order_filled(4);                        /* late refusal: forgotten */
    assert_int_equal(replace_asked(&order, 20, 99, 0), 0);
    fill(&order, 100, 6);
    mt_order_op_answer(&order, MT_OP_ANSWER_REFUSED);
    assert_int_equal(mt_order_op_answer(&order, MT_OP_ANSWER_DONE).flags, MT_CELL_SAME);
    holds(&order, MT_ORDER_FILLED, 10, 0);
}

static void a_reopened_order_remembers_a_late_replace(void **state)
{
    (void)state;
    struct mt_order order = order_in(MT_ORDER_WORKING);
    assert_int_equal(replace_asked(&order, 20, 99, 0), 0);
    fill(&order, 100, 10);
    bust(&order, 100, 10, true);
    holds(&order, MT_ORDER_WORKING, 0, 10);
    mt_order_op_answer(&order, MT_OP_ANSWER_DONE);
    holds(&order, MT_ORDER_WORKING, 0, 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(race_fill_and_ack),
        cmocka_unit_test(race_ack_and_write_completion),
        cmocka_unit_test(race_full_fill_and_cancel),
        cmocka_unit_test(race_partial_fill_and_cancel_ack),
        cmocka_unit_test(late_fills_of_closed_orders_are_kept),
        cmocka_unit_test(race_timeout_and_late_answers),
        cmocka_unit_test(race_timeout_death_and_fill),
        cmocka_unit_test(race_reject_and_ack),
        cmocka_unit_test(a_lost_order_comes_back_by_evidence),
        cmocka_unit_test(cancel_of_an_order_not_yet_acknowledged),
        cmocka_unit_test(race_replace_and_fill_on_the_old_terms),
        cmocka_unit_test(race_replace_down_and_fill),
        cmocka_unit_test(race_replace_and_cancel),
        cmocka_unit_test(a_reopened_order_remembers_a_late_replace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
