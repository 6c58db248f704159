/* The hash of what is folded: the same records give the same, and no part of it can change unseen. */
#include "books_kit.h"

#include "core/books_hash.h"

/* An order that works on account 0, symbol 0, with its fill and its plan. */
static struct bare *traded(void)
{
    struct bare *b = bare_new();
    struct mt_rec_decision decision = { .signal = { .id = 1, .side = 1 },
        .verdict = { .sent = 1, .of = 1, .stance = 1, .entry = 1, .mode = MT_LEG_SIGNAL, .verdict = MT_SENT } };
    decision.signal.exit.stop = (struct mt_level){ .value = 100, .kind = MT_LEVEL_DISTANCE };
    const struct mt_rec_intent intent = bare_intent(1);
    const struct mt_rec_venue_event ack = { .coid = 1, .event = MT_ORDER_ACK, .cum = -1, .venue_order_id = 7 };
    const struct mt_rec_venue_event fill = { .coid = 1, .event = MT_ORDER_FILLP, .fill_id = 3, .price = 10000, .qty = 400,
                                             .cum = -1 };
    bare_fold(b, MT_REC_INTENT, &intent, sizeof intent);
    bare_fold(b, MT_REC_DECISION, &decision, sizeof decision);
    mt_books_flushed(&b->books);
    bare_fold(b, MT_REC_VENUE_EVENT, &ack, sizeof ack);
    bare_fold(b, MT_REC_VENUE_EVENT, &fill, sizeof fill);
    return b;
}

/* Each byte of it, one after the other: another hash, and the old one when it is as it was. */
static void seen(struct bare *b, const char *what, void *at, size_t size)
{
    const uint64_t hash = mt_books_hash(&b->books);
    for (size_t i = 0; i < size; i++) {
        unsigned char *byte = (unsigned char *)at + i;
        *byte ^= 0x10;
        if (mt_books_hash(&b->books) == hash)
            fail_msg("%s: byte %zu may change and nobody sees it", what, i);
        *byte ^= 0x10;
    }
    assert_true(mt_books_hash(&b->books) == hash);
}

static void the_same_records_give_the_same_hash(void **state)
{
    struct bare *a = traded(), *b = traded();
    (void)state;
    assert_true(mt_books_hash(&a->books) == mt_books_hash(&b->books));
    assert_true(mt_books_hash(&a->books) == mt_books_hash(&a->books));
    struct mt_rec_adjustment cent = { .amount = { .low = 1 } };
    bare_fold(b, MT_REC_ADJUSTMENT, &cent, sizeof cent);
    assert_true(mt_books_hash(&a->books) != mt_books_hash(&b->books));
    bare_free(a);
    bare_free(b);
}

static void nothing_changes_unseen(void **state)
{
    struct bare *b = traded();
    struct mt_books *books = &b->books;
    struct mt_leg *leg = mt_leg_at(books, 0, 0);
    struct mt_plan *plan = mt_plan_at(books, 0, 0);
    struct mt_order *order = mt_orders_get(&books->orders, 1);
    struct mt_slot *slot = mt_ledger_slot(&books->ledger, 0, 0);
    (void)state;
    assert_int_equal(slot->position.qty, 400);
#define SEEN(member) seen(b, #member, &(member), sizeof(member))
    SEEN(books->next_coid);
    SEEN(books->coid_end);
    SEEN(books->next_signal);
    SEEN(books->day);
    for (uint16_t a = 0; a < 2; a++) {
        SEEN(books->ledger.accounts[a].cash);
        SEEN(books->ledger.accounts[a].realised);
        SEEN(books->ledger.accounts[a].fees);
        SEEN(books->stances[a].mode);           /* of both symbols */
        SEEN(books->stances[a].side);
        SEEN(books->stances[a].reference);
        SEEN(books->stances[a].signal);
        SEEN(books->last_signals[a]);
        SEEN(books->entry_signals[a]);
    }
    SEEN(leg->wish);
    SEEN(leg->entry_coid);
    SEEN(leg->close_coid);
    SEEN(plan->exit);
    SEEN(plan->entered);
    SEEN(plan->armed_ns);
    SEEN(plan->take_filled);
    SEEN(plan->stop_coid);
    SEEN(plan->take_coid);
    SEEN(slot->position.qty);
    SEEN(slot->position.cost);
    SEEN(slot->buys);
    SEEN(slot->sells);
    SEEN(slot->reduce_buys);
    SEEN(slot->reduce_sells);
    SEEN(slot->realised);
    SEEN(slot->fees);
    SEEN(books->trade_profit[0]);
    SEEN(books->noted_count);
    SEEN(books->noted);
    SEEN(books->cut_noted[1]);
    SEEN(order->terms.qty);
    SEEN(order->terms.side);
    SEEN(order->terms.role);
    SEEN(order->cum);
    SEEN(order->follow);
    SEEN(order->new_follow);
    SEEN(order->parent);
    SEEN(order->risk_price);
    SEEN(order->created_ns);
    SEEN(order->sent_ns);
    SEEN(order->updated_ns);
    SEEN(order->cancel_ns);
    SEEN(order->signal_id);
    SEEN(order->code);
    SEEN(order->op);
    SEEN(order->cancel_tries);
    SEEN(order->absent_samples);
#undef SEEN
    bare_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_records_give_the_same_hash),
        cmocka_unit_test(nothing_changes_unseen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
