/* From a decision to a record: in this order journal, fold, observer; and what is remembered of a failure. */
#include "engine_world.h"

#include "core/emit.h"
#include "core/house.h"

static struct { int records, fail_at; bool folded; } heard;

static int hear(void *ud, const struct mt_engine *engine, const struct mt_record *record)
{
    (void)ud;
    if (record->kind == MT_REC_DAY)
        heard.folded = engine->desk.books.day == ((const struct mt_rec_day *)record->payload)->day;
    return ++heard.records == heard.fail_at ? MT_EREFUSED : 0;
}
static struct world *started(void)
{
    struct world *w = world_new(1);
    w->setup.observer.record = hear;
    world_start(w);
    memset(&heard, 0, sizeof heard);
    return w;
}
static void emit_day(struct mt_desk *d, int64_t day, enum mt_durability need)
{
    const struct mt_rec_day r = { .day = day };
    mt_emit(d, MT_REC_DAY, &r, sizeof r, need);
}

static void a_record_is_folded_before_anybody_hears_of_it(void **state)
{
    struct world *w = started();
    struct mt_desk *d = &w->engine->desk;
    const uint64_t seq = d->last_seq;
    (void)state;
    emit_day(d, 77777, MT_DURABLE_D3);
    assert_int_equal(heard.records, 1);
    assert_true(heard.folded);
    assert_int_equal(d->last_seq, seq + 1);
    world_free(w);
}

static void a_turn_needs_what_its_neediest_record_needs(void **state)
{
    struct world *w = started();
    struct mt_desk *d = &w->engine->desk;
    (void)state;
    d->need = MT_DURABLE_D3;
    emit_day(d, 1, MT_DURABLE_D1);
    emit_day(d, 2, MT_DURABLE_D3);
    assert_int_equal(d->need, MT_DURABLE_D1);
    world_free(w);
}

static void the_position_is_told_once(void **state)
{
    struct world *w = started();
    struct mt_desk *d = &w->engine->desk;
    (void)state;
    mt_emit_position(d);
    assert_int_equal(heard.records, 0);
    d->position++;
    mt_emit_position(d);
    mt_emit_position(d);
    assert_int_equal(heard.records, 1);
    d->position++;
    emit_day(d, 3, MT_DURABLE_D3);              /* any record tells it */
    mt_emit_position(d);
    assert_int_equal(heard.records, 2);
    world_free(w);
}

static void the_first_failure_is_kept_and_a_dead_journal_gets_nothing(void **state)
{
    struct world *w = started();
    struct mt_desk *d = &w->engine->desk;
    (void)state;
    heard.fail_at = 1;
    emit_day(d, 1, MT_DURABLE_D3);
    assert_int_equal(d->failed, MT_EREFUSED);
    assert_int_equal(d->dead, 0);
    d->now_ns = -1;                             /* the journal's time never goes back */
    emit_day(d, 2, MT_DURABLE_D3);
    assert_int_equal(d->dead, MT_ERANGE);
    assert_non_null(strstr(d->fault.text, "DAY"));
    assert_int_equal(d->books.day, 1);
    d->now_ns = w->now;
    emit_day(d, 3, MT_DURABLE_D1P);
    assert_int_equal(heard.records, 1);
    assert_int_equal(d->books.day, 1);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_is_folded_before_anybody_hears_of_it),
        cmocka_unit_test(a_turn_needs_what_its_neediest_record_needs),
        cmocka_unit_test(the_position_is_told_once),
        cmocka_unit_test(the_first_failure_is_kept_and_a_dead_journal_gets_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
