/* One instant of several turns: what is due by the clock comes after the fills of all symbols, and who looks at equity
 * looks once, when nothing more is on its way. */
#include "engine_world.h"

#include "model/order.h"

static struct { int instants, events; int64_t last_ns; } seen;

static void instant_seen(void *ud, const struct mt_engine *engine)
{
    (void)ud;
    seen.instants++;
    seen.last_ns = mt_engine_now(engine);
}

static void event_seen(void *ud, const struct mt_engine *engine, const struct mt_event *event)
{
    (void)ud; (void)engine; (void)event;
    assert_int_equal(seen.instants, 0);
    seen.events++;
}

/* A quote of this very instant, as a turn of its own. */
static void quote_now(struct world *w, uint16_t symbol, int64_t bid)
{
    struct mt_event event = { .time_ns = w->now, .venue_ns = w->now, .symbol = symbol, .kind = MT_EV_QUOTE,
        .quote = { bid, bid + 2, 0, 0, MT_QUOTE_BOTH } };
    world_push(w, &event);
    world_turn(w);
}

static void an_instant_is_looked_at_once(void **state)
{
    struct world *w = world_new(1);
    (void)state;
    w->setup.observer.instant = instant_seen;
    w->setup.observer.market = event_seen;
    world_start(w);
    memset(&seen, 0, sizeof seen);
    w->now += MT_NS_PER_S;
    w->in_mid_instant = true;
    quote_now(w, 0, 10000);
    quote_now(w, 1, 5000);
    assert_int_equal(seen.instants, 0);
    w->in_mid_instant = false;
    quote_now(w, 0, 10001);
    assert_int_equal(seen.events, 3);
    assert_int_equal(seen.instants, 1);
    assert_int_equal(seen.last_ns, w->now);
    world_free(w);
}

static struct mt_request with_time(double seconds)
{
    struct mt_request request = world_request(1);
    request.time = seconds;
    request.take_count = 1;
    request.takes[0] = world_away(1);
    return request;
}

/* The take of the leg fills in the instant in which its time is over: there is nothing left to close. */
static void a_time_comes_after_the_fills_of_its_instant(void **state)
{
    (void)state;
    for (int filled = 0; filled <= 1; filled++) {
        struct world *w = world_new(1);
        world_start(w);
        world_enter(w, with_time(10));
        uint64_t take = world_newest(w, WORLD_SUBMIT);
        world_ack(w, take);
        size_t from = w->sent_count;
        w->now += 10 * MT_NS_PER_S;
        w->in_mid_instant = true;
        quote_now(w, 1, 5000);                  /* another symbol is first in the instant */
        assert_int_equal(world_count(w, WORLD_SUBMIT, from), 0);
        if (filled)
            world_report(w, take, MT_ORDER_FILLX, 10102, 1000);
        quote_now(w, 0, 10110);
        assert_int_equal(world_count(w, WORLD_SUBMIT, from), 0);
        w->in_mid_instant = false;
        world_turn(w);
        assert_int_equal(world_count(w, WORLD_SUBMIT, from), !filled);
        if (!filled)
            assert_int_equal(mt_engine_order(w->engine, world_newest(w, WORLD_SUBMIT))->terms.role, MT_ROLE_TIME);
        world_free(w);
    }
}

static int timers;

static void count_timers(struct world *w, enum mt_handler handler)
{
    (void)w;
    timers += handler == MT_ON_TIMER;
}

static void timers_come_when_the_instant_is_over(void **state)
{
    struct world *w = world_new(1);
    struct mt_request_timer timer = { .name = "t", .after = 5, .at_s = -1, .market = -1 };
    (void)state;
    world_start(w);
    quote_now(w, 0, 10000);
    assert_int_equal(mt_engine_port(w->engine)->timer_set(mt_engine_port(w->engine), &timer), 0);
    timers = 0;
    w->on_any = count_timers;
    w->now += 5 * MT_NS_PER_S;
    w->in_mid_instant = true;
    quote_now(w, 0, 10000);
    quote_now(w, 1, 5000);
    assert_int_equal(timers, 0);
    w->in_mid_instant = false;
    world_turn(w);
    assert_int_equal(timers, 1);
    world_turn(w);
    assert_int_equal(timers, 1);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_instant_is_looked_at_once),
        cmocka_unit_test(a_time_comes_after_the_fills_of_its_instant),
        cmocka_unit_test(timers_come_when_the_instant_is_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
