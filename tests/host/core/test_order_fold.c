/* What records do to an order: the engine and the look-ups share it. Terms of a replace whose answer was lost, in every
 * way in which the venue can settle them. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "core/order_fold.h"
#include "core/venue.h"
#include "model/code.h"

static struct mt_record record_of(unsigned kind, const void *payload, size_t length)
{
    return (struct mt_record){ .kind = kind, .seq = 7, .time_ns = 70, .payload = payload, .length = (uint32_t)length };
}

static struct mt_order working(void)
{
    struct mt_rec_intent intent = { .coid = 10, .terms.qty = 5, .terms.side = -1, .terms.stop = 100, .terms.type = MT_TYPE_STOP,
                                    .terms.role = MT_ROLE_STOP, .tag = "why" };
    struct mt_rec_venue_event ack = { .coid = 10, .event = MT_ORDER_ACK, .venue_order_id = 3, .qty = 5 };
    struct mt_order order = { .coid = 10 };
    struct mt_order_change change;
    struct mt_record record = record_of(MT_REC_INTENT, &intent, sizeof intent);
    mt_order_fold_intent(&order, &record);
    assert_int_equal(order.state, MT_ORDER_READY);
    mt_order_fold_flushed(&order);
    assert_int_equal(order.state, MT_ORDER_SENT);
    assert_int_equal(order.sent_ns, 70);
    record = record_of(MT_REC_VENUE_EVENT, &ack, sizeof ack);
    assert_int_equal(mt_order_fold_report(&order, &ack, &change), 0);
    mt_order_fold_after(&order, &record, &change);
    assert_int_equal(order.state, MT_ORDER_WORKING);
    assert_int_equal(order.venue_order_id, 3);
    assert_int_equal(order.updated_ns, 70);
    return order;
}

static int ask(struct mt_order *order, int64_t qty, int64_t stop)
{
    struct mt_rec_op op = { .coid = 10, .asked = MT_OUT_REPLACE, .qty = qty, .stop = stop,
        .flags = MT_TERMS_TRAILED | (stop ? MT_TERMS_STOP : 0) };
    struct mt_record record = record_of(MT_REC_OP, &op, sizeof op);
    return mt_order_fold_op(order, &record);
}

static void tell(struct mt_order *order, unsigned event, unsigned op, int64_t qty)
{
    struct mt_rec_venue_event r = { .coid = 10, .event = (uint8_t)event, .op = (uint8_t)op, .qty = qty };
    struct mt_record record = record_of(MT_REC_VENUE_EVENT, &r, sizeof r);
    struct mt_order_change change;
    assert_int_equal(mt_order_fold_report(order, &r, &change), 0);
    mt_order_fold_after(order, &record, &change);
}

/* A replace was out when the host died: the ack of the query decides, and the next replace is possible. */
static void test_a_replace_in_flight_over_a_restart(void **state)
{
    (void)state;
    static const struct { int64_t asked, told, qty, stop; } rows[] = {
        { 7, 7, 7, 90 },            /* the wished terms are in force */
        { 7, 5, 5, 100 },           /* the old ones */
        { 7, 0, 5, 100 },           /* the venue does not say */
        { 5, 5, 5, 100 },           /* the same quantity: not told apart, asked again */
        { 7, 6, 6, 100 },           /* neither: the venue's word, and the other terms as they were */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct mt_order order = working();
        assert_int_equal(ask(&order, rows[i].asked, 90), 0);
        assert_int_equal(ask(&order, 9, 80), MT_ECORRUPT);      /* one at a time */
        const struct mt_order before = order;
        mt_order_fold_restart(&order, &(struct mt_rec_run_start){ .venue_again = 1 }, 80);
        assert_memory_equal(&order, &before, sizeof order);     /* nothing is in doubt */
        mt_order_fold_restart(&order, &(struct mt_rec_run_start){ .venue_again = 0 }, 80);
        assert_int_equal(order.op, MT_OP_REPLACE_UNKNOWN);
        assert_int_equal(order.updated_ns, 80);
        tell(&order, MT_ORDER_ACK, MT_REPORT_NO_OP, rows[i].told);
        assert_int_equal(order.op, MT_OP_NONE);
        assert_int_equal(order.terms.qty, rows[i].qty);
        assert_int_equal(order.terms.stop, rows[i].stop);
        assert_int_equal(mt_terms_trailed(&order.terms), rows[i].stop == 90);
        assert_int_equal(ask(&order, 8, 70), 0);
        tell(&order, 0, MT_REPORT_REPLACED, 0);
        assert_int_equal(order.terms.qty, 8);
        assert_int_equal(order.terms.stop, 70);
    }
}

/* An order that came back with less: the venue's quantity counts. */
static void test_an_ack_amends_the_terms(void **state)
{
    (void)state;
    struct mt_order order = working();
    tell(&order, MT_ORDER_ACK, MT_REPORT_NO_OP, 4);
    assert_int_equal(order.terms.qty, 4);
    assert_int_equal(order.terms.stop, 100);
    assert_false(mt_terms_trailed(&order.terms));
    assert_int_equal(ask(&order, 6, 95), 0);
    tell(&order, 0, MT_REPORT_OP_REFUSED, 0);
    assert_int_equal(order.terms.qty, 4);
    tell(&order, 0, MT_REPORT_ABSENT_SAMPLE, 0);
    assert_int_equal(order.absent_samples, 1);
    tell(&order, MT_ORDER_CXL, MT_REPORT_NO_OP, 0);
    assert_int_equal(order.state, MT_ORDER_CANCELED);
    assert_int_equal(ask(&order, 6, 95), MT_ECORRUPT);
}

/* A file can say anything: an error and an order as it was, never the end of the process. */
static void test_what_cannot_be(void **state)
{
    (void)state;
    struct mt_order order = working(), before = order;
    struct mt_rec_venue_event pass = { .coid = 10, .event = MT_ORDER_PASS };
    struct mt_order_change change;
    assert_int_equal(mt_order_fold_report(&order, &pass, &change), MT_ECORRUPT);
    assert_memory_equal(&order, &before, sizeof order);
    struct mt_rec_intent denied = { .coid = 11, .terms.qty = 1, .terms.side = 1, .code = MT_CODE_STATE_HALTED };
    memset(denied.tag, 'x', sizeof denied.tag);
    struct mt_record record = record_of(MT_REC_INTENT, &denied, sizeof denied);
    struct mt_order other = { .coid = 11 };
    mt_order_fold_intent(&other, &record);
    assert_int_equal(other.state, MT_ORDER_DENIED);
    assert_int_equal(other.code, MT_CODE_STATE_HALTED);
    assert_int_equal(strlen(other.tag), sizeof other.tag - 1);
    mt_order_fold_flushed(&other);
    assert_int_equal(other.state, MT_ORDER_DENIED);
    for (uint32_t outcome = MT_SENT_NOBYTE; outcome <= MT_SENT_WITHDRAWN; outcome++) {
        struct mt_rec_sent sent = { .coid = 11, .outcome = outcome };
        record = record_of(MT_REC_SENT, &sent, sizeof sent);
        assert_int_equal(mt_order_fold_sent(&other, &record), MT_ECORRUPT);
    }
}

/* The flush takes an order for sent; what the send came to is said of those that were not. */
static void test_an_order_that_was_not_sent(void **state)
{
    static const struct { unsigned outcome, state, code; } rows[] = {
        { MT_SENT_NOBYTE, MT_ORDER_REJECTED, 0 },
        { MT_SENT_AMB, MT_ORDER_UNKNOWN, 0 },
        { MT_SENT_WITHDRAWN, MT_ORDER_DENIED, MT_CODE_WITHDRAWN },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct mt_rec_intent intent = { .coid = 10, .terms.qty = 5, .terms.side = 1, .terms.role = MT_ROLE_ENTRY };
        struct mt_rec_sent sent = { .coid = 10, .outcome = rows[i].outcome };
        struct mt_order order = { .coid = 10 };
        struct mt_record record = record_of(MT_REC_INTENT, &intent, sizeof intent);
        mt_order_fold_intent(&order, &record);
        record = record_of(MT_REC_SENT, &sent, sizeof sent);
        struct mt_order before = order;
        assert_int_equal(mt_order_fold_sent(&order, &record), MT_ECORRUPT);     /* its turn has not ended */
        assert_memory_equal(&order, &before, sizeof order);
        mt_order_fold_flushed(&order);
        assert_int_equal(mt_order_fold_sent(&order, &record), 0);
        assert_int_equal(order.state, rows[i].state);
        assert_int_equal(order.code, rows[i].code);
    }
    struct mt_order order = working();
    struct mt_order before = order;
    mt_order_fold_flushed(&order);
    assert_memory_equal(&order, &before, sizeof order);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_replace_in_flight_over_a_restart),
        cmocka_unit_test(test_an_ack_amends_the_terms),
        cmocka_unit_test(test_an_order_that_was_not_sent),
        cmocka_unit_test(test_what_cannot_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
