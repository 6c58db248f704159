/* Recovery: a random run is written to disk; the records read back must lead a second engine through the same states, record
 * by record (I10); and from any prefix, as after a death at that moment, it must go on without using an id twice (I4) and
 * with every plan armed again. */
#include "engine_chaos.h"
#include "core/record_list.h"

#include <ftw.h>
#include <unistd.h>

enum { RECORDS_MAX = 1 << 15, QUOTES_MAX = 1 << 13 };

struct saved { uint64_t hash, position; struct mt_record record; uint64_t coid_end; };
struct history {
    struct saved *records;
    size_t count;
    struct mt_event *quotes;
    size_t quote_count;
    struct mt_engine *engine;           /* of the live run */
};
static struct history history;
static size_t asked_at;                 /* records before the request that is being run */

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
    (void)status, (void)type, (void)ftw;
    return remove(path);
}

/* --- the live run ----------------------------------------------------------------------------------------------------- */

static void remember(struct chaos *c, const struct mt_record *record)
{
    assert_true(history.count < RECORDS_MAX);
    struct saved *s = &history.records[history.count];
    void *payload = malloc(record->length);
    memcpy(payload, record->payload, record->length);
    *s = (struct saved){ mt_engine_state_hash(c->engine ? c->engine : history.engine), 0, *record,
                         history.count ? s[-1].coid_end : 1 };
    s->record.payload = payload;
    if (record->kind == MT_REC_COID_BLOCK)
        s->coid_end = ((const struct mt_rec_coid_block *)record->payload)->end;
    history.count++;
    for (size_t i = asked_at; record->kind == MT_REC_DECISION && i + 1 < history.count; i++)
        history.records[i].hash = 0;
}
static int first_record(void *ud, const struct mt_engine *engine, const struct mt_record *record)
{
    history.engine = (struct mt_engine *)(uintptr_t)engine;     /* the hash needs its buffer */
    return chaos_record(ud, engine, record);
}

/* What the turn has sent belongs to its last record. */
static void remember_sent(void *ud, const struct mt_engine *engine, const struct mt_order *order)
{
    chaos_sent(ud, engine, order);
    history.records[history.count - 1].hash = mt_engine_state_hash((struct mt_engine *)(uintptr_t)engine);
}
/* Between a request and its decision the parts of that are known live only. */
static void remember_asked(void *ud, const struct mt_engine *engine, const struct mt_rec_signal *signal)
{
    (void)ud, (void)engine, (void)signal;
    asked_at = history.count;
}

static int compare(void *ud, const struct mt_record *record, struct mt_diag *diag)
{
    size_t *at = ud;
    struct saved *s = &history.records[(*at)++];
    struct mt_buf room;
    struct mt_record read;
    mt_buf_init(&room, MT_RECORD_ROOM_MAX);
    assert_int_equal(mt_record_decode(record, &room, &read, diag), 0);
    record = &read;
    assert_true(record->position == s->record.position);
    s->record.flags = record->flags;
    assert_int_equal(record->seq, s->record.seq);
    assert_int_equal(record->kind, s->record.kind);
    assert_int_equal(record->length, s->record.length);
    assert_memory_equal(record->payload, s->record.payload, record->length);
    mt_buf_fini(&room);
    return 0;
}

static void live_run(uint64_t seed, uint16_t accounts, int steps, uint64_t checkpoint_every)
{
    char dir[] = "/tmp/mtrecover.XXXXXX";
    struct mt_diag diag = { 0 };
    struct mt_journal *journal;
    assert_non_null(mkdtemp(dir));
    struct mt_journal_options options = { .dir = dir, .host_id = 1, .policy = MT_POLICY_NONE };
    assert_int_equal(mt_journal_open(&journal, &options, 1, NULL, NULL, &diag), 0);
    history.records = calloc(RECORDS_MAX, sizeof *history.records);
    history.quotes = calloc(QUOTES_MAX, sizeof *history.quotes);
    struct chaos *c = chaos_new(seed, accounts, journal);
    c->on_record = remember;
    c->setup.observer.record = first_record;
    c->setup.observer.asked = remember_asked;
    c->setup.observer.sent = remember_sent;
    c->setup.checkpoint_every = checkpoint_every;
    print_message("seed %llu\n", (unsigned long long)seed);
    chaos_start(c);
    for (int i = 0; i < steps; i++) {
        uint64_t number = c->market;
        chaos_step(c);
        history.quotes[history.quote_count++] = chaos_quote(number, c->now, c->mid[number % CHAOS_SYMBOLS]);
    }
    chaos_free(c);
    mt_journal_close(journal, NULL);
    size_t at = 0;                      /* what is on disk is what was told */
    assert_int_equal(mt_journal_open(&journal, &options, 2, compare, &at, &diag), 0);
    assert_int_equal(at, history.count);
    mt_journal_close(journal, NULL);
    nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
static void forget(void)
{
    for (size_t i = 0; i < history.count; i++)
        free((void *)(uintptr_t)history.records[i].record.payload);
    free(history.records);
    free(history.quotes);
    memset(&history, 0, sizeof history);
}

/* --- the second engine -------------------------------------------------------------------------------------------------- */

struct second {
    struct mt_engine *engine;
    struct mt_journal *journal;
    size_t next_quote;
    uint64_t coid_end;                  /* ids below may have been used */
    size_t submits, verbs;
    bool muted_answer;
};

static int market_fill(void *self, struct mt_event *out, int max, struct mt_diag *diag)
{
    struct second *s = self;
    int count = 0;
    (void)diag;
    while (count < max && s->next_quote < history.quote_count)
        out[count++] = history.quotes[s->next_quote++];
    return count;
}
static const struct mt_source_ops market_ops = { .fill = market_fill };

static enum mt_send second_submit(void *self, int64_t now, const struct mt_order_request *request)
{
    struct second *s = self;
    assert_true(request->coid >= s->coid_end);                  /* I4 */
    /* Signals that were not sent are dead; the second half of one that was goes on within its time, never late. */
    assert_true(mt_terms_reduce_only(&request->terms) || request->terms.expire_ns > now);
    s->submits++;
    return MT_SEND_OUT;
}
static enum mt_send second_cancel(void *self, int64_t now, uint64_t coid)
{
    (void)self, (void)now, (void)coid;
    return MT_SEND_OUT;
}
static enum mt_send second_modify(void *self, int64_t now, const struct mt_order_request *terms)
{
    (void)self, (void)now, (void)terms;
    return MT_SEND_OUT;
}
static const struct mt_venue_ops second_venue = { "second", MT_CAP_STOP_ORDERS | MT_CAP_TAKE_ORDERS | MT_CAP_REDUCE_ONLY
        | MT_CAP_CLIENT_ID | MT_CAP_REPLACE, chaos_open, chaos_subscribe, second_submit, second_modify, second_cancel,
    second_cancel, chaos_nothing, chaos_nothing };

static int second_deliver(void *self, enum mt_handler handler, struct mt_diag *diag)
{
    struct second *s = self;
    struct mt_port *port = mt_engine_port(s->engine);
    struct mt_request request = { .kind = MT_ASK_SIGNAL, .side = 1, .size = 1, .strength = 1, .take_count = -1 };
    (void)diag;
    s->verbs++;
    if (handler != MT_ON_STOP && mt_engine_muted(s->engine))       /* news of what has died meanwhile comes after it */
        assert_int_equal((int)port->request(port, &request), -MT_CODE_WARMING);
    return 0;
}
static const struct mt_strategy_ops second_strategy = { .deliver = second_deliver };

static void second_new(struct second *s, struct chaos *like)
{
    struct mt_diag diag = { 0 };
    struct mt_journal_options options = { 0 };
    *s = (struct second){ 0 };
    assert_int_equal(mt_journal_open(&s->journal, &options, 1, NULL, NULL, &diag), 0);
    struct mt_engine_setup setup = like->setup;
    setup.journal = s->journal;
    setup.venue = (struct mt_venue){ &second_venue, s };
    setup.observer = (struct mt_observer){ 0 };
    assert_int_equal(mt_engine_new(&s->engine, &setup, &diag), 0);
    mt_engine_attach(s->engine, (struct mt_strategy){ &second_strategy, s, 0xffff, false });
}
static void second_free(struct second *s)
{
    mt_engine_free(s->engine);
    mt_journal_close(s->journal, NULL);
}
static void feed(struct second *s, size_t from, size_t to)
{
    struct mt_diag diag = { 0 };
    struct mt_source market = { &market_ops, s };
    for (size_t i = from; i < to; i++) {
        int rc = mt_engine_recover(s->engine, &history.records[i].record, market, 0, &diag);
        if (rc != 0)
            print_error("%s\n", diag.text);
        assert_int_equal(rc, 0);
        if (history.records[i].hash != 0 && mt_engine_state_hash(s->engine) != history.records[i].hash)
            fail_msg("record %zu (%s): another state", i + 1, mt_record_name(history.records[i].record.kind));
    }
}

static void every_record_leads_to_the_same_state(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        live_run(seed, (uint16_t)(1 + seed), 1200, seed % 2 ? 10 : 10000);
        struct chaos *like = chaos_new(seed, (uint16_t)(1 + seed), NULL);
        struct second s;
        second_new(&s, like);
        feed(&s, 0, history.count);
        assert_true(s.verbs > 1000);            /* the script heard it again, muted */
        second_free(&s);
        chaos_free(like);
        forget();
    }
}

static void plans_are_armed(struct second *s, uint16_t accounts)
{
    for (uint16_t a = 0; a < accounts; a++) {
        struct mt_leg_view leg;
        mt_engine_leg(s->engine, a, 0, &leg);
        int64_t position = mt_ledger_slot(mt_engine_ledger(s->engine), a, 0)->position.qty;
        bool halted = mt_risk_state(mt_engine_risk(s->engine), a, 0) >= MT_HALTED;
        if (position != 0 && !halted)           /* every signal of this strategy has a stop */
            assert_true(leg.stop_coid || leg.close_coid || leg.closing);
        if (position != 0)
            assert_true(leg.armed || leg.closing);
    }
}

static void from_any_prefix_it_goes_on(void **state)
{
    uint64_t random = 12345;
    size_t submits = 0;
    (void)state;
    live_run(9, 3, 1200, 10000);
    struct chaos *like = chaos_new(9, 3, NULL);
    for (int i = 0; i < 200; i++) {
        struct second s;
        struct mt_diag diag = { 0 };
        struct mt_rec_run_start start = { .host_id = 1 };
        size_t cut = 1 + (size_t)(mt_random_at(random, (uint64_t)i) % history.count);
        while (!(history.records[cut - 1].record.flags & MT_RECORD_LAST))     /* a journal gives whole turns */
            cut++;
        second_new(&s, like);
        feed(&s, 0, cut);
        s.coid_end = history.records[cut - 1].coid_end;
        assert_int_equal(mt_engine_resume(s.engine, &start, "{}", &diag), 0);
        assert_false(mt_engine_muted(s.engine));
        plans_are_armed(&s, 3);
        submits += s.submits;
        size_t before = s.submits;
        assert_int_equal(mt_engine_turn(s.engine, mt_engine_now(s.engine) + 1, &diag), 0);
        /* Cut off behind a market event, before what its prices made due: that is done in the first turn. */
        if (history.records[cut - 1].record.kind != MT_REC_MARKET)
            assert_int_equal(s.submits, before);
        before = s.submits;
        assert_int_equal(mt_engine_turn(s.engine, mt_engine_now(s.engine) + 1, &diag), 0);
        assert_int_equal(s.submits, before);    /* said once, not once a turn */
        second_free(&s);
    }
    assert_true(submits > 0);
    chaos_free(like);
    forget();
}

static void damage_is_named(void **state)
{
    struct second s;
    struct mt_diag diag = { 0 };
    struct mt_source market = { &market_ops, &s };
    (void)state;
    live_run(5, 2, 300, 10);
    struct chaos *like = chaos_new(5, 2, NULL);
    second_new(&s, like);
    size_t i = 0;
    while (history.records[i].record.kind != MT_REC_CHECKPOINT || i < 100)
        i++;
    feed(&s, 0, i);
    struct mt_rec_checkpoint wrong = { history.records[i].hash + 1 };
    struct mt_record record = history.records[i].record;
    record.payload = &wrong;
    assert_int_equal(mt_engine_recover(s.engine, &record, market, 0, &diag), MT_ECORRUPT);
    assert_non_null(strstr(diag.text, "CHECKPOINT"));
    record = history.records[i].record;
    record.position = history.quote_count + 1000;
    diag.code = 0;
    assert_int_equal(mt_engine_recover(s.engine, &record, market, 0, &diag), MT_ECORRUPT);
    assert_non_null(strstr(diag.text, "market data ends"));
    second_free(&s);

    for (unsigned kind = 1; kind <= MT_REC_KIND_MAX; kind++) {  /* too short, and an index that does not exist */
        uint8_t bytes[4096];
        memset(bytes, 0xff, sizeof bytes);
        record = (struct mt_record){ .seq = 1, .kind = (uint16_t)kind, .length = 1, .payload = bytes };
        second_new(&s, like);
        assert_int_equal(mt_engine_recover(s.engine, &record, market, 99, &diag), MT_ECORRUPT);
        record.length = sizeof bytes;
        bool indexed = kind == MT_REC_DECISION || kind == MT_REC_INTENT || kind == MT_REC_SENT
            || kind == MT_REC_VENUE_EVENT || kind == MT_REC_LEG || kind == MT_REC_PLAN || kind == MT_REC_RISK_STATE
            || kind == MT_REC_RISK_LIMIT || kind == MT_REC_ADJUSTMENT || kind == MT_REC_DAY;
        if (indexed)
            assert_int_equal(mt_engine_recover(s.engine, &record, market, 99, &diag), MT_ECORRUPT);
        second_free(&s);
    }
    chaos_free(like);
    forget();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_record_leads_to_the_same_state),
        cmocka_unit_test(from_any_prefix_it_goes_on),
        cmocka_unit_test(damage_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
