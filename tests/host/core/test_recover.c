/* Coming back: a run is taped with its market, cut anywhere, and read into a second world, whose script finds its
 * state, timers and parameters again, hears what it had heard, and whose legs send nothing that is stale. */
#include "engine_world.h"

#include "model/order.h"
#include "alloc_fails.h"

enum { TAPE_MAX = 4096 };
struct taped { struct mt_record record; uint64_t hash; };
static struct taped tape[TAPE_MAX];
static size_t tape_count;
static struct mt_event market[TAPE_MAX];
static size_t market_count, market_next;
static int market_error;
static uint64_t last_state;
static size_t asked_at;                 /* records before the request that is being run */

static int tape_record(void *ud, const struct mt_engine *engine, const struct mt_record *record)
{
    (void)ud;
    assert_true(tape_count < TAPE_MAX);
    struct taped *t = &tape[tape_count++];
    void *copy = malloc(record->length);
    memcpy(copy, record->payload, record->length);
    t->record = *record;
    t->record.payload = copy;
    t->hash = mt_engine_state_hash((struct mt_engine *)(uintptr_t)engine);      /* the hash needs its buffer */
    if (record->kind == MT_REC_SCRIPT_STATE)
        last_state = record->seq;
    for (size_t i = asked_at; record->kind == MT_REC_DECISION && i + 1 < tape_count; i++)
        tape[i].hash = 0;
    return 0;
}
/* What the turn has sent belongs to its last record. */
static void tape_sent(void *ud, const struct mt_engine *engine, const struct mt_order *order)
{
    (void)ud, (void)order;
    tape[tape_count - 1].record.flags |= MT_RECORD_LAST;
    tape[tape_count - 1].hash = mt_engine_state_hash((struct mt_engine *)(uintptr_t)engine);
}
/* Between a request and its decision the parts of that are known live only. */
static void tape_asked(void *ud, const struct mt_engine *engine, const struct mt_rec_signal *signal)
{
    (void)ud, (void)engine, (void)signal;
    asked_at = tape_count;
}
static void tape_market(void *ud, const struct mt_engine *engine, const struct mt_event *event)
{
    (void)ud, (void)engine;
    assert_true(market_count < TAPE_MAX);
    market[market_count++] = *event;
}
static void forget(void)
{
    for (size_t i = 0; i < tape_count; i++)
        free((void *)(uintptr_t)tape[i].record.payload);
    tape_count = market_count = market_next = 0;
    market_error = 0;
    last_state = 0;
}
static struct world *taping(uint16_t accounts)
{
    struct world *w = world_new(accounts);
    forget();
    w->setup.observer = (struct mt_observer){ .record = tape_record, .asked = tape_asked, .sent = tape_sent,
                                                .market = tape_market };
    return w;
}

static int market_fill(void *self, struct mt_event *out, int max, struct mt_diag *diag)
{
    int count = 0;
    (void)self;
    if (market_error)
        return mt_fail(diag, market_error, "feed: broken");
    while (count < max && market_next < market_count)
        out[count++] = market[market_next++];
    return count;
}
static const struct mt_source_ops market_ops = { .fill = market_fill };
static const struct mt_source source = { &market_ops, NULL };

/* A second world like the first, before anything was read. */
static struct world *again(const struct world *like)
{
    struct world *w = world_new((uint16_t)like->setup.account_count);
    struct mt_diag diag = { 0 };
    struct mt_journal *journal = w->journal;
    memcpy(w->instruments, like->instruments, sizeof w->instruments);
    memcpy(w->accounts, like->accounts, sizeof w->accounts);
    memcpy(w->bindings, like->bindings, sizeof w->bindings);
    w->setup = like->setup;
    w->setup.instruments = w->instruments;
    w->setup.accounts = w->accounts;
    w->setup.bindings = w->bindings;
    w->setup.journal = journal;
    w->setup.venue.self = w;
    w->setup.observer = (struct mt_observer){ 0 };
    w->ops = like->ops;
    w->muted = like->muted;
    w->now = like->now;
    market_next = 0;
    assert_int_equal(mt_engine_new(&w->engine, &w->setup, &diag), 0);
    world_attach(w);
    return w;
}
static int read_to(struct world *w, size_t count, struct mt_diag *diag)
{
    for (size_t i = 0; i < count; i++) {
        int rc = mt_engine_recover(w->engine, &tape[i].record, source, last_state, diag);
        if (rc != 0)
            return rc;
        if (tape[i].hash != 0 && mt_engine_state_hash(w->engine) != tape[i].hash)
            fail_msg("record %zu (%s): another state", i + 1, mt_record_name(tape[i].record.kind));
    }
    return 0;
}
static void resume(struct world *w)
{
    struct mt_diag diag = { 0 };
    struct mt_rec_run_start start = { .host_id = 1 };
    int rc = read_to(w, tape_count, &diag);
    if (rc != 0)
        fail_msg("%s", diag.text);
    assert_int_equal(mt_engine_resume(w->engine, &start, "{}", &diag), 0);
}

/* --- a script with state, timers and parameters -------------------- */

static char kept[64], loaded[64], params[8][32];
static size_t param_count;
static int load_code;

static int save_kept(void *self, struct mt_buf *out, bool *changed, struct mt_diag *diag)
{
    (void)self, (void)diag;
    mt_buf_put(out, kept, strlen(kept));
    *changed = true;
    return 0;
}
static int load_kept(void *self, const void *data, size_t length, struct mt_diag *diag)
{
    (void)self;
    assert_true(length < sizeof loaded);
    memcpy(loaded, data, length);
    loaded[length] = '\0';
    return load_code ? mt_fail(diag, load_code, "state: of another version") : 0;
}
static int set_param(void *self, const char *name, const char *value, struct mt_diag *diag)
{
    (void)self;
    if (strcmp(value, "bad") == 0)
        return mt_fail(diag, MT_EREFUSED, "params: out of range");
    assert_true(param_count < 8);
    snprintf(params[param_count++], sizeof params[0], "%s=%s", name, value);
    return 0;
}
static const struct mt_strategy_ops keeper = { .deliver = world_deliver, .filter = world_filter, .save = save_kept,
                                               .load = load_kept, .set_param = set_param };
static const struct mt_strategy_ops saver = { .deliver = world_deliver, .filter = world_filter, .save = save_kept };

static int heard[MT_HANDLERS + 1];
static void hear(struct world *w, enum mt_handler handler)
{
    struct mt_request_timer timer = { .name = "beat", .every = 7, .at_s = -1, .market = -1 };
    struct mt_port *port = mt_engine_port(w->engine);
    heard[handler]++;
    if (handler == MT_ON_START && w->ops == &keeper && !loaded[0])
        assert_int_equal(port->timer_set(port, &timer), 0);
}
static void command(struct world *w, enum mt_operator_command what, const char *text, int expected)
{
    struct mt_diag diag = { 0 };
    assert_int_equal(mt_engine_operator(w->engine, w->now, what, -1, -1, "t", text, &diag), expected);
}

/* Parameters before and after the saved state, quotes, trades, bars by the clock, a timer, and an order of nobody. */
static struct world *live_run(const struct mt_strategy_ops *ops)
{
    static const int32_t frames[] = { 60 };
    struct world *w = taping(2);
    static struct mt_scope_setup limit;
    limit = (struct mt_scope_setup){ .kind = MT_SCOPE_ACCOUNT, .account = -1, .symbol = -1 };
    limit.limits.set = UINT64_C(1) << MT_LIMIT_MAX_DRAWDOWN;
    limit.limits.value[MT_LIMIT_MAX_DRAWDOWN] = 50000000;
    w->setup.scopes = &limit;
    w->setup.scope_count = 1;
    w->setup.timeframes = frames;
    w->setup.timeframe_count = 1;
    w->setup.state_calls = 15;
    w->setup.checkpoint_every = 25;
    w->ops = ops;
    w->on_any = hear;
    param_count = 0;
    load_code = 0;
    loaded[0] = '\0';
    strcpy(kept, "ema=3.25");
    memset(heard, 0, sizeof heard);
    world_start(w);
    command(w, MT_OPERATOR_PARAM, "fast=5", ops->set_param ? 0 : MT_EREFUSED);
    command(w, MT_OPERATOR_HALT, "", 0);
    command(w, MT_OPERATOR_RESUME, "", 0);
    command(w, MT_OPERATOR_PARAM, "fast=bad", MT_EREFUSED);
    struct mt_request request = world_with_stop(1, 5);
    request.trail = world_away(0.5);
    for (int i = 0; i < 30; i++) {
        w->now += 7 * MT_NS_PER_S;
        world_turn(w);
        if (i % 3 == 2)
            world_trade(w, 1, 5000 + i);
        if (i == 2) {
            world_enter(w, request);
            for (size_t k = 0; k < w->sent_count; k++)
                if (w->sent[k].request.terms.account == 1 && w->sent[k].kind == WORLD_SUBMIT
                    && !mt_terms_reduce_only(&w->sent[k].request.terms))
                    world_fill(w, w->sent[k].coid, 10002, 1000);
        } else {
            world_quote(w, 0, 10000 + i * 3, 10002 + i * 3);
        }
        if (i == 8) {
            world_quote(w, 0, 10700, 10600);    /* crossed: the trail does not see it */
            world_fill(w, 900, 10000, 5);
            command(w, MT_OPERATOR_PARAM, "slow=20", ops->set_param ? 0 : MT_EREFUSED);
            command(w, MT_OPERATOR_REDUCE, "", 0);
            command(w, MT_OPERATOR_RESUME, "", 0);
        }
        if (i == 8 && ops->set_param)
            strcpy(kept, "ema=4.5");
    }
    command(w, MT_OPERATOR_RESUME, "", 0);      /* a record, so that the journal knows how far the market was */
    return w;
}

static void the_script_finds_itself_again(void **state)
{
    struct world *w = live_run(&keeper);
    int beats = heard[MT_ON_TIMER];
    (void)state;
    assert_true(beats >= 10);
    assert_true(last_state > 0);
    assert_int_equal(param_count, 2);
    param_count = 0;
    memset(heard, 0, sizeof heard);
    struct world *second = again(w);
    second->on_any = hear;
    resume(second);
    assert_string_equal(loaded, "ema=4.5");
    assert_int_equal(param_count, 2);           /* both, in their order, and the refused one not */
    assert_string_equal(params[0], "fast=5");
    assert_string_equal(params[1], "slow=20");
    assert_int_equal(heard[MT_ON_START], 1);
    assert_true(heard[MT_ON_TIMER] > 0 && heard[MT_ON_TIMER] < beats);          /* those after the saved state */
    assert_int_equal(mt_engine_wake_ns(second->engine) <= second->now + 7 * MT_NS_PER_S, 1);
    /* The trail stands where it stood: the same quote closes in both worlds, and the one before it in neither. */
    for (int64_t bid = 10045; bid >= 10030; bid--) {
        size_t from = w->sent_count, from2 = second->sent_count;
        world_quote(w, 0, bid, bid + 2);
        world_quote(second, 0, bid, bid + 2);
        assert_int_equal(world_count(w, WORLD_SUBMIT, from), world_count(second, WORLD_SUBMIT, from2));
        assert_int_equal(world_count(w, WORLD_SUBMIT, from), bid == 10037 ? 2 : 0);
    }
    world_free(w);
    world_free(second);
    forget();
}

static void a_script_that_cannot_load_starts_with_what_it_has(void **state)
{
    struct world *w = live_run(&saver);
    (void)state;
    struct world *second = again(w);
    second->on_any = hear;
    resume(second);
    assert_string_equal(loaded, "");
    assert_true(mt_engine_order(second->engine, 1)->state == MT_ORDER_FILLED);
    world_free(w);
    world_free(second);
    forget();
}

/* No state was ever saved: the script starts where the run did, and hears all of it again, muted. */
static void without_a_saved_state_it_starts_from_the_beginning(void **state)
{
    struct world *w = live_run(&keeper);
    int quotes = heard[MT_ON_QUOTE], trades = heard[MT_ON_TRADE], bars = heard[MT_ON_BAR], beats = heard[MT_ON_TIMER];
    (void)state;
    assert_true(quotes > 0 && trades > 0 && bars > 0);
    last_state = 0;
    loaded[0] = '\0';
    param_count = 0;
    memset(heard, 0, sizeof heard);
    struct world *second = again(w);
    second->on_any = hear;
    resume(second);
    assert_int_equal(heard[MT_ON_TRADE], trades);
    assert_int_equal(heard[MT_ON_BAR], bars);
    assert_int_equal(heard[MT_ON_TIMER], beats);
    assert_int_equal(heard[MT_ON_QUOTE], quotes);
    assert_int_equal(param_count, 2);
    assert_string_equal(loaded, "");
    world_free(w);
    world_free(second);
    forget();
}

/* Bars that come as bars, with no frame of the script's own; and a journal with two lives, whose script is started once
 * for what it hears again. */
static void bars_and_a_second_life(void **state)
{
    struct world *w = taping(1);
    (void)state;
    w->on_any = hear;
    memset(heard, 0, sizeof heard);
    world_start(w);
    for (int i = 0; i < 20; i++)
        world_bar(w, 0, 10010, 9990, 10000);
    command(w, MT_OPERATOR_REDUCE, "", 0);
    assert_int_equal(heard[MT_ON_BAR], 20);
    struct world *second = again(w);
    second->on_any = hear;
    memset(heard, 0, sizeof heard);
    resume(second);
    assert_int_equal(heard[MT_ON_BAR], 20);
    struct mt_rec_run_start start = { .host_id = 1 };
    struct taped *life = &tape[tape_count++];
    void *copy = malloc(sizeof start);
    memcpy(copy, &start, sizeof start);
    *life = (struct taped){ .record = { .seq = tape_count,
                                        .kind = MT_REC_RUN_START,
                                        .length = sizeof start,
                                        .payload = copy,
                                        .time_ns = w->now } };
    struct world *third = again(w);
    struct mt_diag diag = { 0 };
    third->on_any = hear;
    memset(heard, 0, sizeof heard);
    for (size_t i = 0; i < tape_count; i++)
        assert_int_equal(mt_engine_recover(third->engine, &tape[i].record, source, 0, &diag), 0);
    assert_int_equal(heard[MT_ON_START], 1);
    assert_int_equal(heard[MT_ON_BAR], 20);
    assert_int_equal(mt_engine_resume(third->engine, &start, "{}", &diag), 0);
    assert_int_equal(mt_risk_state(mt_engine_risk(third->engine), 0, 0), MT_REDUCE_ONLY);
    world_free(w);
    world_free(second);
    world_free(third);
    forget();
}

/* --- what is damaged -------------------- */

static size_t index_of(uint64_t seq)
{
    for (size_t i = 0; i < tape_count; i++)
        if (tape[i].record.seq == seq)
            return i;
    fail_msg("no record %llu", (unsigned long long)seq);
    return 0;
}
static void a_saved_state_that_cannot_be_used_is_named(void **state)
{
    enum { SHORT_HEAD, SHORT_STATE, TIMERS, LOAD, START, CASES };
    (void)state;
    for (int what = 0; what < CASES; what++) {
        struct world *w = live_run(&keeper);
        struct mt_diag diag = { 0 };
        size_t at = index_of(last_state);
        char *payload = (char *)(uintptr_t)tape[at].record.payload;
        struct mt_rec_script_state *r = (void *)payload;
        const char *wanted = "saved state cannot be loaded";
        int code = MT_ECORRUPT;
        struct world *second = again(w);
        switch (what) {
        case SHORT_HEAD: tape[at].record.length = sizeof *r - 1; wanted = "SCRIPT_STATE"; break;
        case SHORT_STATE: r->state_length += 1; wanted = "too short"; break;
        case TIMERS: r->timers_length -= 1; r->state_length += 1; break;
        case LOAD: load_code = MT_EREFUSED; code = MT_EREFUSED; wanted = "another version"; break;
        default: second->raise = true; code = MT_ESCRIPT; wanted = "world.lua:1"; break;
        }
        assert_int_equal(read_to(second, tape_count, &diag), code);
        assert_non_null(strstr(diag.text, wanted));
        world_free(w);
        world_free(second);
        forget();
    }
}

static void a_feed_that_breaks_while_reading_back(void **state)
{
    struct world *w = live_run(&keeper);
    struct mt_diag diag = { 0 };
    (void)state;
    struct world *second = again(w);
    market_error = MT_EIO;
    assert_int_equal(read_to(second, tape_count, &diag), MT_EIO);
    assert_non_null(strstr(diag.text, "feed: broken"));
    world_free(w);
    world_free(second);
    forget();
}

static void no_memory_for_a_parameter(void **state)
{
    (void)state;
    if (!ALLOC_FAILS) {
        print_message("allocations belong to a sanitizer here: skipped\n");
        return;
    }
    for (long left = 0; left < 2; left++) {
        struct world *w = live_run(&keeper);
        struct mt_diag diag = { 0 };
        struct world *second = again(w);
        size_t at = 0;
        while (tape[at].record.kind != MT_REC_OPERATOR)
            at++;
        assert_int_equal(read_to(second, at, &diag), 0);
        alloc_left = left;
        int rc = mt_engine_recover(second->engine, &tape[at].record, source, last_state, &diag);
        alloc_left = -1;
        assert_int_equal(rc, MT_ENOMEM);
        assert_non_null(strstr(diag.text, "no memory"));
        world_free(w);
        world_free(second);
        forget();
    }
}

/* --- what is stale -------------------- */

/* An order that came back beside a newer one, and the host died before it said so: it is canceled at once. */
static void an_order_that_belongs_nowhere_is_canceled_on_coming_back(void **state)
{
    struct world *w = taping(1);
    (void)state;
    world_start(w);
    world_ask_now(w, world_request(1));
    world_report(w, 1, MT_ORDER_REJ, 0, 0);
    world_ask_now(w, world_request(1));
    assert_int_equal(world_newest(w, WORLD_SUBMIT), 2);
    world_ack(w, 2);
    world_ack(w, 1);                            /* rejected, and yet it works */
    size_t cut = tape_count;
    while (tape[cut - 1].record.kind != MT_REC_OP)
        cut--;
    for (size_t i = cut - 1; i < tape_count; i++)
        free((void *)(uintptr_t)tape[i].record.payload);
    tape_count = cut - 1;                       /* before the cancel was written */
    struct world *second = again(w);
    resume(second);
    assert_int_equal(world_count(second, WORLD_CANCEL, 0), 1);
    assert_int_equal(world_newest(second, WORLD_CANCEL), 1);
    assert_int_equal(world_count(second, WORLD_QUERY, 0), 2);
    world_free(w);
    world_free(second);
    forget();
}

/* What was to be sent after the end of another order goes on within its time, and is dead after it: for signals and for
 * targets alike. */
static void what_waited_is_not_sent_late(void **state)
{
    (void)state;
    for (int target = 0; target <= 1; target++)
        for (int ends = 0; ends <= 2; ends++) {         /* 1: canceled too late, 2: canceled in time */
            struct world *w = taping(1);
            world_start(w);
            struct mt_request first = target ? world_target(1) : world_request(1);
            first.has_limit = true;
            first.limit = 99;
            world_ask_now(w, first);
            world_ack(w, 1);
            world_ask_now(w, target ? world_target(-1) : world_request(-1));
            assert_int_equal(world_newest(w, WORLD_CANCEL), 1);
            struct world *second = again(w);
            resume(second);
            size_t from = second->sent_count;
            second->now += ends < 2 ? MT_NS_PER_S : 0;
            world_quote(second, 0, 10000, 10002);
            world_ack(second, 1);
            if (ends)
                world_report(second, 1, MT_ORDER_CXL, 0, 0);
            else
                world_fill(second, 1, 9900, 1000);
            for (int i = 0; i < 5; i++) {
                second->now += MT_NS_PER_S;
                world_quote(second, 0, 10000, 10002);
            }
            struct world_sent *sent = world_last(second, WORLD_SUBMIT, from);
            if (ends == 1) {
                assert_null(sent);
            } else if (ends == 2) {
                assert_int_equal(world_count(second, WORLD_SUBMIT, from), 1);
                assert_int_equal(sent->request.terms.side, -1);
                assert_false(mt_terms_reduce_only(&sent->request.terms));
                assert_true(sent->request.terms.expire_ns > 0);
            } else if (target) {                /* a time to live never closes a position */
                assert_null(sent);
                assert_int_equal(world_position(second, 0), 1000);
            } else {                            /* a fill that nobody wants any more, and that nothing protects */
                assert_int_equal(world_count(second, WORLD_SUBMIT, from), 1);
                assert_int_equal(sent->request.terms.side, -1);
                assert_int_equal(sent->request.terms.qty, 1000);
                world_fill(second, sent->coid, 10000, 1000);
                assert_int_equal(world_position(second, 0), 0);
            }
            assert_int_equal(mt_engine_stance(second->engine, 0), ends == 2 ? -1 : ends == 0 && target);
            world_free(w);
            world_free(second);
            forget();
        }
}

/* Withdrawn before it left, not sent, perhaps sent: no report of the venue says so, and the script hears it all the same. */
static void what_was_heard_of_orders_that_did_not_leave(void **state)
{
    const struct mt_request both[] = { world_request(1), world_request(-1) };
    struct world *w = taping(1);
    (void)state;
    w->on_any = hear;
    memset(heard, 0, sizeof heard);
    world_start(w);
    world_want(w, both, 2);                     /* the first is withdrawn */
    world_quote(w, 0, 10000, 10002);
    uint64_t sent = world_newest(w, WORLD_SUBMIT);
    world_ack(w, sent);
    world_report(w, sent, MT_ORDER_CXL, 0, 0);
    assert_int_equal(heard[MT_ON_ORDER], 3);
    w->next_send = MT_SEND_NOBYTE;
    world_ask_now(w, world_request(1));
    world_quote(w, 0, 10000, 10002);
    assert_int_equal(heard[MT_ON_ORDER], 4);
    w->next_send = MT_SEND_AMB;
    world_ask_now(w, world_request(1));
    world_quote(w, 0, 10000, 10002);
    assert_int_equal(heard[MT_ON_ORDER], 5);
    world_ack(w, world_newest(w, WORLD_SUBMIT));
    assert_int_equal(heard[MT_ON_ORDER], 6);
    struct world *second = again(w);
    second->on_any = hear;
    memset(heard, 0, sizeof heard);
    last_state = 0;
    resume(second);
    assert_int_equal(heard[MT_ON_ORDER], 6);
    world_free(w);
    world_free(second);
    forget();
}

/* A price of before the fill that is heard behind it moves no trail, now as when it is read again. */
static void a_trail_does_not_follow_what_was_before_its_fill(void **state)
{
    struct mt_request request = world_with_stop(1, 5);
    struct world *w = taping(1);
    (void)state;
    request.trail = world_away(0.5);
    world_start(w);
    world_enter(w, request);
    struct mt_event old = { .time_ns = w->now + 1000, .venue_ns = w->now - 1000, .kind = MT_EV_QUOTE,
        .quote = { 10050, 10052, 0, 0, MT_QUOTE_BOTH } };
    w->now += 1000;
    world_push(w, &old);
    world_turn(w);
    command(w, MT_OPERATOR_REDUCE, "", 0);      /* a record, so that the journal knows how far the market was */
    struct world *second = again(w);
    last_state = 0;
    resume(second);
    for (int64_t bid = 10000; bid >= 9945; bid -= 5) {
        size_t from = w->sent_count, from2 = second->sent_count;
        world_quote(w, 0, bid, bid + 2);
        world_quote(second, 0, bid, bid + 2);
        assert_int_equal(world_count(second, WORLD_SUBMIT, from2), world_count(w, WORLD_SUBMIT, from));
        assert_int_equal(world_count(w, WORLD_SUBMIT, from), bid == 9950);
    }
    world_free(w);
    world_free(second);
    forget();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_script_finds_itself_again),
        cmocka_unit_test(a_script_that_cannot_load_starts_with_what_it_has),
        cmocka_unit_test(without_a_saved_state_it_starts_from_the_beginning),
        cmocka_unit_test(bars_and_a_second_life),
        cmocka_unit_test(a_saved_state_that_cannot_be_used_is_named),
        cmocka_unit_test(a_feed_that_breaks_while_reading_back),
        cmocka_unit_test(no_memory_for_a_parameter),
        cmocka_unit_test(an_order_that_belongs_nowhere_is_canceled_on_coming_back),
        cmocka_unit_test(what_waited_is_not_sent_late),
        cmocka_unit_test(what_was_heard_of_orders_that_did_not_leave),
        cmocka_unit_test(a_trail_does_not_follow_what_was_before_its_fill),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
