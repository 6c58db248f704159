#include "host/model/order_fixture.h"

/* Every cell that is not impossible, through apply: the state follows the table and nothing else
 * moves. */
static void apply_follows_the_table(void **state)
{
    (void)state;
    for (unsigned from = 0; from < MT_ORDER_STATES; from++) {
        for (unsigned event = 0; event < MT_ORDER_EVENTS; event++) {
            struct mt_cell cell = mt_order_cell(from, event);
            if (cell.flags & (MT_CELL_IMPOSSIBLE | MT_CELL_APPLY_FILL | MT_CELL_BUST))
                continue;
            if (event == MT_ORDER_FILLP || event == MT_ORDER_FILLX || event == MT_ORDER_BUST ||
                event == MT_ORDER_CORR)
                continue;
            struct mt_order order = order_in(from);
            struct mt_order_change change = mt_order_apply(&order, event);
            assert_int_equal(change.flags, cell.flags);
            assert_int_equal(change.from, from);
            assert_int_equal(change.to, cell.next);
            assert_int_equal(order.state, cell.next);
            assert_int_equal(change.fill_qty, 0);
            assert_int_equal(order.cum, 0);
            assert_int_equal(order.stale, (cell.flags & MT_CELL_STALE) != 0);
            assert_int_equal(mt_order_leaves(&order), mt_order_state_open(cell.next) ? 10 : 0);
        }
    }
}

static void a_fill_before_anything_left_is_not_applied(void **state)
{
    (void)state;
    static const enum mt_order_state from[] = {MT_ORDER_CREATED, MT_ORDER_READY, MT_ORDER_DENIED};
    for (int i = 0; i < 3; i++) {
        for (int64_t qty = 1; qty <= 11; qty += 5) {
            struct mt_order order = order_in(from[i]);
            struct mt_order_change change = fill(&order, 100, qty);
            assert_int_equal(change.flags, MT_CELL_ILLEGAL);
            assert_int_equal(change.fill_qty, 0);
            assert_int_equal(change.to, from[i]);
            assert_int_equal(order.state, from[i]);
            assert_int_equal(order.cum, 0);
            assert_false(order.overfilled);
            assert_true(order.cost == 0);
        }
    }
}

static void fills_choose_partial_or_full_by_what_is_left(void **state)
{
    (void)state;
    struct mt_order order = order_in(MT_ORDER_SENT);
    struct mt_order_change change = fill(&order, 100, 9);
    holds(&order, MT_ORDER_PARTIAL, 9, 1);
    assert_int_equal(change.flags, MT_CELL_MOVE | MT_CELL_APPLY_FILL);
    assert_int_equal(change.fill_qty, 9);
    change = fill(&order, 103, 1);
    holds(&order, MT_ORDER_FILLED, 10, 0);
    assert_int_equal(change.flags, MT_CELL_MOVE | MT_CELL_APPLY_FILL);
    assert_int_equal(change.from, MT_ORDER_PARTIAL);
    assert_int_equal(change.to, MT_ORDER_FILLED);
    assert_true(order.cost == 1003);
}

static void a_lost_session_makes_orders_and_operations_stale(void **state)
{
    (void)state;
    struct mt_order order = order_in(MT_ORDER_WORKING);
    assert_int_equal(mt_order_cancel_asked(&order, true), 0);
    mt_order_apply(&order, MT_ORDER_AMB);
    assert_true(order.stale);
    assert_int_equal(order.op, MT_OP_CANCEL_UNKNOWN);
    mt_order_apply(&order, MT_ORDER_ACK);
    assert_false(order.stale);
    assert_int_equal(order.op, MT_OP_CANCEL_UNKNOWN);

    order = order_filled(4);
    assert_int_equal(replace_asked(&order, 12, 99, 0), 0);
    mt_order_apply(&order, MT_ORDER_RESTART);
    assert_true(order.stale);
    assert_int_equal(order.op, MT_OP_REPLACE_UNKNOWN);
    assert_int_equal(mt_order_reserved_qty(&order), 8);
    mt_order_apply(&order, MT_ORDER_EXP);
    assert_false(order.stale);
    assert_int_equal(order.op, MT_OP_NONE);

    order = order_in(MT_ORDER_SENDING); /* a queued cancel has not left: it is still queued */
    assert_int_equal(mt_order_cancel_asked(&order, false), 0);
    mt_order_apply(&order, MT_ORDER_RESTART);
    assert_int_equal(order.op, MT_OP_CANCEL_QUEUED);
    holds(&order, MT_ORDER_UNKNOWN, 0, 10);
}

static void a_timeout_of_the_order_does_not_touch_its_cancel(void **state)
{
    (void)state;
    struct mt_order order = order_in(MT_ORDER_SENT);
    assert_int_equal(mt_order_cancel_asked(&order, true), 0);
    mt_order_apply(&order, MT_ORDER_AMB);
    assert_int_equal(order.op, MT_OP_CANCEL_SENT);
    assert_false(order.stale);
}

static void cancel_is_refused_where_it_makes_no_sense(void **state)
{
    (void)state;
    for (unsigned from = 0; from < MT_ORDER_STATES; from++) {
        bool may = from == MT_ORDER_SENDING || from == MT_ORDER_SENT || from == MT_ORDER_UNKNOWN ||
            from == MT_ORDER_WORKING || from == MT_ORDER_PARTIAL;
        for (int now = 0; now < 2; now++) {
            struct mt_order order = order_in(from);
            assert_int_equal(mt_order_cancel_asked(&order, now), may ? 0 : MT_EREFUSED);
            assert_int_equal(order.op, !may  ? MT_OP_NONE
                                       : now ? MT_OP_CANCEL_SENT
                                             : MT_OP_CANCEL_QUEUED);
        }
    }
    for (unsigned op = MT_OP_NONE; op <= MT_OP_REPLACE_UNKNOWN; op++) {
        bool may = op == MT_OP_NONE || op == MT_OP_CANCEL_QUEUED || op == MT_OP_CANCEL_UNKNOWN;
        for (int now = 0; now < 2; now++) {
            struct mt_order order = order_in(MT_ORDER_WORKING);
            order.op = (uint8_t)op;
            assert_int_equal(mt_order_cancel_asked(&order, now), may ? 0 : MT_EREFUSED);
            unsigned kept = op == MT_OP_NONE ? MT_OP_CANCEL_QUEUED : op;
            assert_int_equal(order.op, !may ? op : now ? MT_OP_CANCEL_SENT : kept);
        }
    }
}

static void cancel_tries_do_not_wrap(void **state)
{
    (void)state;
    struct mt_order order = order_in(MT_ORDER_WORKING);
    for (int i = 0; i < 300; i++) {
        assert_int_equal(mt_order_cancel_asked(&order, true), 0);
        assert_int_equal(mt_order_op_answer(&order, MT_OP_ANSWER_AMB).flags, 0);
        assert_int_equal(order.op, MT_OP_CANCEL_UNKNOWN);
        mt_order_op_answer(&order, MT_OP_ANSWER_AMB);
        assert_int_equal(order.op, MT_OP_CANCEL_UNKNOWN);
    }
    assert_int_equal(order.cancel_tries, 255);
}

static void replace_is_refused_where_it_makes_no_sense(void **state)
{
    (void)state;
    for (unsigned from = 0; from < MT_ORDER_STATES; from++) {
        struct mt_order order = order_in(from);
        bool may = from == MT_ORDER_WORKING || from == MT_ORDER_PARTIAL;
        assert_int_equal(replace_asked(&order, 12, 99, 0), may ? 0 : MT_EREFUSED);
        assert_int_equal(order.op, may ? MT_OP_REPLACE_SENT : MT_OP_NONE);
        assert_int_equal(order.wished.qty, may ? 12 : 0);
    }
    for (unsigned op = MT_OP_CANCEL_QUEUED; op <= MT_OP_REPLACE_UNKNOWN; op++) {
        struct mt_order order = order_in(MT_ORDER_WORKING);
        order.op = (uint8_t)op;
        assert_int_equal(replace_asked(&order, 12, 99, 0), MT_EREFUSED);
        assert_int_equal(order.op, op);
    }
    struct mt_order order = order_in(MT_ORDER_WORKING);
    assert_int_equal(replace_asked(&order, 0, 99, 0), MT_ERANGE);
    assert_int_equal(replace_asked(&order, -1, 99, 0), MT_ERANGE);
    assert_int_equal(order.op, MT_OP_NONE);
}

static void a_replace_that_is_done_changes_the_terms(void **state)
{
    (void)state;
    for (int ambiguous = 0; ambiguous < 2; ambiguous++) {
        for (int64_t cum = 0; cum <= 4; cum += 4) {
            for (int64_t qty = 6; qty <= 14; qty += 8) {
                struct mt_order order = cum ? order_filled(cum) : order_in(MT_ORDER_WORKING);
                enum mt_order_state before = order.state;
                assert_int_equal(replace_asked(&order, qty, 99, 55), 0);
                assert_int_equal(mt_order_reserved_qty(&order), (qty > 10 ? qty : 10) - cum);
                if (ambiguous) {
                    mt_order_op_answer(&order, MT_OP_ANSWER_AMB);
                    assert_int_equal(order.op, MT_OP_REPLACE_UNKNOWN);
                    assert_int_equal(mt_order_reserved_qty(&order), (qty > 10 ? qty : 10) - cum);
                }
                struct mt_order_change change = mt_order_op_answer(&order, MT_OP_ANSWER_DONE);
                assert_int_equal(change.flags, 0);
                holds(&order, before, cum, qty - cum);
                assert_int_equal(order.terms.price, 99);
                assert_int_equal(order.terms.stop, 55);
                assert_int_equal(order.op, MT_OP_NONE);
                assert_int_equal(mt_order_op_answer(&order, MT_OP_ANSWER_DONE).flags, MT_CELL_SAME);
                holds(&order, before, cum, qty - cum);
                assert_int_equal(mt_order_reserved_qty(&order), qty - cum);
            }
        }
    }
}

static void a_refused_replace_leaves_the_old_terms(void **state)
{
    (void)state;
    struct mt_order order = order_filled(4);
    assert_int_equal(replace_asked(&order, 20, 99, 0), 0);
    assert_int_equal(mt_order_op_answer(&order, MT_OP_ANSWER_REFUSED).flags, 0);
    holds(&order, MT_ORDER_PARTIAL, 4, 6);
    assert_int_equal(order.terms.price, 100);
    assert_int_equal(mt_order_reserved_qty(&order), 6);
    assert_int_equal(mt_order_op_answer(&order, MT_OP_ANSWER_DONE).flags, MT_CELL_SAME);
    holds(&order, MT_ORDER_PARTIAL, 4, 6);
}

static void a_replace_down_to_what_is_filled_closes(void **state)
{
    (void)state;
    struct mt_order order = order_filled(4);
    assert_int_equal(replace_asked(&order, 4, 99, 0), 0);
    struct mt_order_change change = mt_order_op_answer(&order, MT_OP_ANSWER_DONE);
    assert_int_equal(change.flags, MT_CELL_MOVE);
    assert_int_equal(change.to, MT_ORDER_FILLED);
    holds(&order, MT_ORDER_FILLED, 4, 0);
    assert_int_equal(order.terms.qty, 4);
    assert_false(order.overfilled);

    order = order_filled(4);
    assert_int_equal(replace_asked(&order, 3, 99, 0), 0);
    change = mt_order_op_answer(&order, MT_OP_ANSWER_DONE);
    assert_int_equal(change.flags, MT_CELL_MOVE);
    holds(&order, MT_ORDER_CANCELED, 4, 0);
    assert_false(order.overfilled);
    assert_int_equal(mt_order_reserved_qty(&order), 0);
    assert_true(alarmed(fill(&order, 100, 6)));     /* late, on the old terms: no overfill */
    holds(&order, MT_ORDER_FILLED, 10, 0);
    assert_false(order.overfilled);
}

static void answers_to_nothing_change_nothing(void **state)
{
    (void)state;
    for (int answer = MT_OP_ANSWER_DONE; answer <= MT_OP_ANSWER_AMB; answer++) {
        struct mt_order order = order_filled(4), before = order;
        assert_int_equal(mt_order_op_answer(&order, answer).flags, MT_CELL_SAME);
        assert_memory_equal(&order, &before, sizeof order);
        assert_int_equal(mt_order_cancel_asked(&order, false), 0);
        before = order; /* nothing left yet, so nothing can have been answered */
        assert_int_equal(mt_order_op_answer(&order, answer).flags, MT_CELL_SAME);
        assert_memory_equal(&order, &before, sizeof order);
    }
    struct mt_order order = order_filled(4);
    assert_int_equal(mt_order_cancel_asked(&order, true), 0);
    assert_int_equal(mt_order_op_answer(&order, MT_OP_ANSWER_DONE).flags, MT_CELL_ILLEGAL);
    holds(&order, MT_ORDER_PARTIAL, 4, 6);
    assert_int_equal(order.op, MT_OP_CANCEL_SENT);
}

static void overfill_is_applied_and_flagged(void **state)
{
    (void)state;
    struct mt_order order = order_filled(4);
    struct mt_order_change change = fill(&order, 100, 7);
    assert_int_equal(change.flags,
                     MT_CELL_MOVE | MT_CELL_APPLY_FILL | MT_CELL_OVERFILL | MT_CELL_ALARM);
    holds(&order, MT_ORDER_FILLED, 11, 0);
    assert_true(order.overfilled);
    struct mt_order open = {.state = MT_ORDER_PARTIAL, .terms.qty = 10, .cum = 11};
    assert_int_equal(mt_order_leaves(&open), 0);
    change = fill(&order, 100, 1);
    assert_true(change.flags & MT_CELL_ILLEGAL);
    assert_true(change.flags & MT_CELL_OVERFILL);
    assert_int_equal(change.fill_qty, 1);
    holds(&order, MT_ORDER_FILLED, 12, 0);
    bust(&order, 100, 1, false); /* an annulled excess does not reopen anything */
    holds(&order, MT_ORDER_FILLED, 11, 0);
    assert_true(order.overfilled);
    bust(&order, 100, 7, true);
    holds(&order, MT_ORDER_PARTIAL, 4, 6);
    assert_false(order.overfilled);
}

static void busts_reopen_or_close(void **state)
{
    (void)state;
    static const struct { int64_t fills, bust; bool open; enum mt_order_state end; } cases[] = {
        {10, 10, true, MT_ORDER_WORKING},   {10, 10, false, MT_ORDER_CANCELED},
        {4, 4, true, MT_ORDER_WORKING},     {4, 4, false, MT_ORDER_CANCELED},
    };
    for (int i = 0; i < 4; i++) {
        struct mt_order order = order_filled(cases[i].fills);
        struct mt_order_change change = bust(&order, 100, cases[i].bust, cases[i].open);
        assert_int_equal(change.flags, MT_CELL_BUST | MT_CELL_ALARM | MT_CELL_MOVE);
        assert_int_equal(change.fill_qty, -cases[i].bust);
        holds(&order, cases[i].end, 0, cases[i].open ? 10 : 0);
        assert_true(order.cost == 0);
    }
    for (int open = 0; open < 2; open++) {
        for (int64_t last = 5; last <= 6; last++) { /* one of two fills; PARTIAL or FILLED before */
            struct mt_order order = order_filled(4);
            fill(&order, 101, last);
            struct mt_order_change change = bust(&order, 100, 4, open);
            assert_int_equal(change.to, open ? MT_ORDER_PARTIAL : MT_ORDER_CANCELED);
            assert_int_equal((change.flags & MT_CELL_MOVE) != 0, !(open && last == 5));
            holds(&order, open ? MT_ORDER_PARTIAL : MT_ORDER_CANCELED, last, open ? 10 - last : 0);
            assert_true(order.cost == 101 * last);
        }
    }
}

static void busts_of_canceled_and_expired_orders_keep_them_closed(void **state)
{
    (void)state;
    static const enum mt_order_event close[] = {MT_ORDER_CXL, MT_ORDER_EXP};
    for (int i = 0; i < 2; i++) {
        for (int open = 0; open < 2; open++) {
            struct mt_order order = order_filled(4);
            mt_order_apply(&order, close[i]);
            enum mt_order_state closed = order.state;
            struct mt_order_change change = bust(&order, 100, 4, open);
            assert_int_equal(change.flags, MT_CELL_BUST | MT_CELL_ALARM);
            holds(&order, closed, 0, 0);
        }
    }
}

static void busts_of_orders_without_fills_are_illegal(void **state)
{
    (void)state;
    for (unsigned from = 0; from < MT_ORDER_STATES; from++) {
        struct mt_order order = order_in(from), before = order;
        if (mt_order_cell(from, MT_ORDER_BUST).flags & MT_CELL_BUST)
            continue;
        struct mt_order_change change = bust(&order, 100, 1, true);
        assert_int_equal(change.flags, MT_CELL_ILLEGAL);
        assert_int_equal(change.to, from);
        assert_int_equal(change.fill_qty, 0);
        assert_memory_equal(&order, &before, sizeof order);
    }
}

static void a_bust_that_was_never_a_fill_is_refused(void **state)
{
    (void)state;
    struct mt_order order = order_filled(4), before = order;
    struct mt_order_change change;
    assert_int_equal(mt_order_bust(&order, 100, 5, true, &change), MT_ERANGE);
    assert_int_equal(mt_order_bust(&order, 100, 0, true, &change), MT_ERANGE);
    assert_int_equal(mt_order_bust(&order, 100, -1, true, &change), MT_ERANGE);
    assert_int_equal(mt_order_bust(&order, 99, 4, true, &change), MT_ERANGE);
    assert_memory_equal(&order, &before, sizeof order);
    const mt_i128 least = (mt_i128)((unsigned __int128)1 << 127);
    order.cost = before.cost = least;
    assert_int_equal(mt_order_bust(&order, 1, 1, true, &change), MT_ERANGE);
    assert_memory_equal(&order, &before, sizeof order);
}

static void corrections_are_a_bust_and_a_fill(void **state)
{
    (void)state;
    for (int open = 0; open < 2; open++) {          /* price of the only fill of a FILLED order */
        struct mt_order order = order_filled(10);
        bust(&order, 100, 10, open);
        fill(&order, 98, 10);
        holds(&order, MT_ORDER_FILLED, 10, 0);
        assert_true(order.cost == 980);
        order = order_filled(10);                   /* and its quantity */
        bust(&order, 100, 10, open);
        fill(&order, 100, 9);
        holds(&order, open ? MT_ORDER_PARTIAL : MT_ORDER_CANCELED, 9, open ? 1 : 0);
    }
}

static void overflow_applies_nothing(void **state)
{
    (void)state;
    struct mt_order_change change;
    struct mt_order order = order_in(MT_ORDER_WORKING);
    order.terms.qty = INT64_MAX;
    fill(&order, INT64_MAX, INT64_MAX - 1);
    holds(&order, MT_ORDER_PARTIAL, INT64_MAX - 1, 1);
    assert_true(order.cost == (mt_i128)INT64_MAX * (INT64_MAX - 1));
    struct mt_order before = order;
    assert_int_equal(mt_order_fill(&order, 1, 2, &change), MT_ERANGE);
    assert_int_equal(mt_order_fill(&order, 1, INT64_MAX, &change), MT_ERANGE);
    assert_int_equal(mt_order_fill(&order, 1, 0, &change), MT_ERANGE);
    assert_int_equal(mt_order_fill(&order, 1, -1, &change), MT_ERANGE);
    assert_int_equal(mt_order_fill(&order, 1, INT64_MIN, &change), MT_ERANGE);
    assert_memory_equal(&order, &before, sizeof order);
    fill(&order, 1, 1);
    holds(&order, MT_ORDER_FILLED, INT64_MAX, 0);
    order = order_in(MT_ORDER_WORKING);
    order.cost = (mt_i128)(((unsigned __int128)1 << 127) - 1);
    before = order;
    assert_int_equal(mt_order_fill(&order, 1, 1, &change), MT_ERANGE);
    assert_memory_equal(&order, &before, sizeof order);
}

static void synthetic_fill_ids_are_pure_and_apart_from_venue_ids(void **state)
{
    (void)state;
    uint64_t id = mt_fill_synthetic_id(7, 0, 3);
    assert_true(id >> 63);
    assert_true(id == mt_fill_synthetic_id(7, 0, 3));
    assert_true(id == UINT64_C(18188186691791511663)); /* it lies in journals: never changes */
    assert_true(id != mt_fill_synthetic_id(8, 0, 3));
    assert_true(id != mt_fill_synthetic_id(7, 1, 3));
    assert_true(id != mt_fill_synthetic_id(7, 0, 4));
    assert_true(mt_fill_synthetic_id(7, 3, 0) != id);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(apply_follows_the_table),
        cmocka_unit_test(a_fill_before_anything_left_is_not_applied),
        cmocka_unit_test(fills_choose_partial_or_full_by_what_is_left),
        cmocka_unit_test(a_lost_session_makes_orders_and_operations_stale),
        cmocka_unit_test(a_timeout_of_the_order_does_not_touch_its_cancel),
        cmocka_unit_test(cancel_is_refused_where_it_makes_no_sense),
        cmocka_unit_test(cancel_tries_do_not_wrap),
        cmocka_unit_test(replace_is_refused_where_it_makes_no_sense),
        cmocka_unit_test(a_replace_that_is_done_changes_the_terms),
        cmocka_unit_test(a_refused_replace_leaves_the_old_terms),
        cmocka_unit_test(a_replace_down_to_what_is_filled_closes),
        cmocka_unit_test(answers_to_nothing_change_nothing),
        cmocka_unit_test(overfill_is_applied_and_flagged),
        cmocka_unit_test(busts_reopen_or_close),
        cmocka_unit_test(busts_of_canceled_and_expired_orders_keep_them_closed),
        cmocka_unit_test(busts_of_orders_without_fills_are_illegal),
        cmocka_unit_test(a_bust_that_was_never_a_fill_is_refused),
        cmocka_unit_test(corrections_are_a_bust_and_a_fill),
        cmocka_unit_test(overflow_applies_nothing),
        cmocka_unit_test(synthetic_fill_ids_are_pure_and_apart_from_venue_ids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
