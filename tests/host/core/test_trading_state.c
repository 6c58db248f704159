/* Trading states by hand and by a venue whose books differ: what is written, for whom it holds, and that the dead stay so. */
#include "engine_world.h"

#include "core/house.h"
#include "core/trading_state.h"

static struct { int count; struct mt_rec_risk_state last; } heard;

static int hear(void *ud, const struct mt_engine *engine, const struct mt_record *record)
{
    (void)ud, (void)engine;
    if (record->kind != MT_REC_RISK_STATE)
        return 0;
    heard.count++;
    memcpy(&heard.last, record->payload, sizeof heard.last);
    return 0;
}
static struct world *started(void)
{
    struct world *w = world_new(2);
    w->setup.observer.record = hear;
    memset(&heard, 0, sizeof heard);
    world_start(w);
    return w;
}
static enum mt_trading_state state_of(const struct world *w, uint16_t account)
{
    return mt_risk_state(w->engine->desk.books.risk, account, 0);
}

static void an_overfill_halts_its_account_alone(void **state)
{
    struct world *w = started();
    (void)state;
    mt_trading_state_overfilled(&w->engine->desk, 1);
    assert_int_equal(state_of(w, 0), MT_ACTIVE);
    assert_int_equal(state_of(w, 1), MT_HALTED);
    assert_int_equal(heard.count, 1);
    assert_int_equal(heard.last.state, MT_HALTED);
    assert_int_equal(heard.last.code, 0);
    assert_int_equal(w->engine->desk.need, MT_DURABLE_D1P);     /* before anything else leaves */
    world_free(w);
}

static void what_was_killed_stays_dead(void **state)
{
    struct world *w = started();
    struct mt_desk *d = &w->engine->desk;
    const int scope = mt_risk_scope_find(d->books.risk, MT_SCOPE_ACCOUNT, 1, -1);
    (void)state;
    mt_trading_state_set(d, (uint16_t)scope, MT_KILLED);
    assert_int_equal(state_of(w, 1), MT_KILLED);
    mt_trading_state_overfilled(d, 1);
    assert_int_equal(state_of(w, 1), MT_KILLED);
    assert_int_equal(heard.count, 1);
    world_free(w);
}

static void without_a_limit_nothing_changes(void **state)
{
    struct world *w = started();
    (void)state;
    mt_trading_state_breaches(&w->engine->desk);
    assert_int_equal(heard.count, 0);
    assert_int_equal(state_of(w, 0), MT_ACTIVE);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_overfill_halts_its_account_alone),
        cmocka_unit_test(what_was_killed_stays_dead),
        cmocka_unit_test(without_a_limit_nothing_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
