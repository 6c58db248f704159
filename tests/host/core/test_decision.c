/* What one request comes to: its legs are folded at once, and one record tells all of them at the end. */
#include "engine_world.h"

#include "core/decision.h"
#include "core/house.h"

static struct { int decisions, legs; struct { struct mt_rec_decision decision; struct mt_rec_leg legs[8]; } last; } heard;

static int hear(void *ud, const struct mt_engine *engine, const struct mt_record *record)
{
    (void)ud, (void)engine;
    heard.legs += record->kind == MT_REC_LEG;
    if (record->kind != MT_REC_DECISION)
        return 0;
    heard.decisions++;
    assert_true(record->length <= sizeof heard.last);
    memcpy(&heard.last, record->payload, record->length);
    return 0;
}

static struct world *begun(uint16_t accounts, const struct mt_rec_signal *signal)
{
    struct world *w = world_new(accounts);
    w->setup.observer.record = hear;
    memset(&heard, 0, sizeof heard);
    world_start(w);
    mt_decision_begin(&w->engine->desk, signal);
    return w;
}
static int want_of(struct world *w, uint16_t account, uint16_t symbol)
{
    return mt_leg_at(&w->engine->desk.books, account, symbol)->wish.want;
}
static void wish(struct world *w, uint16_t account, uint16_t symbol, int want, int64_t size)
{
    const struct mt_rec_leg leg = { .account = account, .symbol = symbol, .want = (int8_t)want, .size = size };
    mt_decision_leg(&w->engine->desk, &leg);
    assert_int_equal(want_of(w, account, symbol), want);
}

/* Wanted twice, given up, wanted on the other side: that it was given up ends a stance, so it stays. */
static void the_last_word_on_a_leg_counts_and_that_it_was_given_up(void **state)
{
    const struct mt_rec_signal signal = { .id = 1, .side = -1 };
    const struct mt_rec_verdict verdict = { .sent = 1, .of = 2, .verdict = MT_PARTIAL, .stance = -1, .mode = MT_LEG_SIGNAL };
    struct world *w = begun(2, &signal);
    (void)state;
    wish(w, 0, 0, 1, 5);
    wish(w, 0, 0, 1, 6);
    wish(w, 0, 0, 0, 0);
    wish(w, 0, 0, -1, 7);
    wish(w, 1, 0, -1, 8);
    assert_int_equal(heard.decisions, 0);       /* it is not done */
    mt_decision_end(&w->engine->desk, &verdict);
    assert_int_equal(heard.decisions, 1);
    assert_int_equal(heard.legs, 0);
    assert_int_equal(heard.last.decision.leg_count, 3);
    assert_int_equal(heard.last.legs[0].want, 0);
    assert_int_equal(heard.last.legs[1].size, 7);
    assert_int_equal(heard.last.legs[2].account, 1);
    assert_int_equal(heard.last.decision.signal.id, 1);
    assert_int_equal(heard.last.decision.verdict.sent, 1);
    assert_int_equal(w->engine->desk.books.stances[0].side, -1);
    assert_int_equal(w->engine->desk.books.next_signal, 2);
    world_free(w);
}

static void a_leg_of_another_symbol_is_a_record_of_its_own(void **state)
{
    const struct mt_rec_signal signal = { .id = 1, .side = 1 };
    const struct mt_rec_verdict verdict = { .verdict = MT_DENIED };
    struct world *w = begun(1, &signal);
    (void)state;
    wish(w, 0, 1, 1, 5);
    assert_int_equal(heard.legs, 1);
    mt_decision_end(&w->engine->desk, &verdict);
    assert_int_equal(heard.last.decision.leg_count, 0);
    wish(w, 0, 0, 1, 5);                        /* nothing is being decided */
    assert_int_equal(heard.legs, 2);
    assert_int_equal(heard.decisions, 1);
    assert_int_equal(w->engine->desk.books.stances[0].side, 0);     /* denied: no stance */
    world_free(w);
}

/* What a dead journal does not hold did not happen. */
static void a_dead_journal_gets_no_decision(void **state)
{
    const struct mt_rec_signal signal = { .id = 1, .side = 1 };
    const struct mt_rec_verdict verdict = { .verdict = MT_SENT, .stance = 1 };
    struct world *w = begun(1, &signal);
    (void)state;
    w->engine->desk.dead = MT_EIO;
    mt_decision_end(&w->engine->desk, &verdict);
    assert_int_equal(heard.decisions, 0);
    assert_int_equal(w->engine->desk.books.stances[0].side, 0);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_word_on_a_leg_counts_and_that_it_was_given_up),
        cmocka_unit_test(a_leg_of_another_symbol_is_a_record_of_its_own),
        cmocka_unit_test(a_dead_journal_gets_no_decision),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
