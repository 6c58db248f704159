/* The light reader of journals (walk, history) against a naive model: random orders with duplicates, denials and busts
 * on several accounts and symbols, written to a real journal. Then damage. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "report/history.h"
#include "../core/record_kit.h"
#include "app/command.h"
#include "report/record_fields.h"
#include "app/walk.h"
#include "model/code.h"

enum { ACCOUNTS = 3, SYMBOLS = 2, ORDERS = 400, FILLS_MAX = 8 * ORDERS };

static char root[] = "/tmp/mthost-history-XXXXXX";
static char run_dir[128], journal_dir[160];
static uint64_t random_state;

static unsigned draw(unsigned n)
{
    random_state = random_state * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (unsigned)(random_state >> 33) % n;
}

/* What the model knows: of each order its filled quantity, of each slot the fills one by one. */
struct model {
    struct { int account, symbol, side; int64_t qty, cum; bool denied; } orders[ORDERS + 1];
    struct { uint64_t order, id; int64_t price, qty; mt_money fee, realised; } fills[FILLS_MAX];
    size_t order_count, fill_count;
    int64_t position[ACCOUNTS][SYMBOLS];
    uint64_t trades[ACCOUNTS][SYMBOLS];
    mt_money realised[ACCOUNTS][SYMBOLS], fees[ACCOUNTS][SYMBOLS];
    uint64_t duplicates;
};

struct writer { struct mt_journal *journal; int64_t now; struct model model; };

static void put(struct writer *w, unsigned kind, const void *payload, size_t length)
{
    assert_int_equal(record_append(w->journal, kind, w->now, payload, length), 0);
}

/* The end of a turn: what it decided has been sent. */
static void flush(struct mt_journal *journal)
{
    struct mt_diag diag = { 0 };
    assert_int_equal(mt_journal_flush(journal, MT_DURABLE_D3, &diag), 0);
}

static void put_start(struct writer *w)
{
    struct mt_session_plan *plan = mt_plan_new();
    struct mt_buf json;
    assert_non_null(plan);
    plan->script = mt_plan_text(plan, "/x/s.lua");
    plan->accounts = mt_plan_alloc(plan, ACCOUNTS, sizeof *plan->accounts);
    plan->account_count = ACCOUNTS;
    for (int a = 0; a < ACCOUNTS; a++) {
        snprintf(plan->accounts[a].name, sizeof plan->accounts[a].name, "desk/%02d", a + 1);
        strcpy(plan->accounts[a].currency, "USDT");
        plan->accounts[a].cash = (mt_money)1000 * 100000000;
        plan->accounts[a].leverage = 1;
    }
    plan->instruments = mt_plan_alloc(plan, SYMBOLS, sizeof *plan->instruments);
    plan->instrument_count = SYMBOLS;
    assert_int_equal(mt_instrument_builtin("binance:BTCUSDT", &plan->instruments[0]), 0);
    assert_int_equal(mt_instrument_builtin("EURUSD", &plan->instruments[1]), 0);
    plan->end_ns = INT64_MAX;
    mt_buf_init(&json, 1 << 20);
    mt_plan_write(plan, &json);
    size_t length = sizeof(struct mt_rec_run_start) + json.length;
    struct mt_rec_run_start *start = calloc(1, length);
    start->json_length = (uint32_t)json.length;
    start->generation = 1;
    memcpy(start + 1, json.data, json.length);
    put(w, MT_REC_RUN_START, start, length);
    free(start);
    mt_buf_fini(&json);
    mt_plan_free(plan);
}

static uint64_t put_order(struct writer *w)
{
    struct model *m = &w->model;
    uint64_t coid = ++m->order_count;
    int64_t qty = 1 + draw(5);
    struct mt_rec_intent r = { .coid = coid, .signal = 1 + coid / 3, .terms.qty = qty, .terms.account = (uint16_t)draw(ACCOUNTS),
        .terms.symbol = (uint16_t)draw(SYMBOLS), .terms.side = draw(2) ? 1 : -1, .tag = "t" };
    bool denied = draw(10) == 0;
    r.code = denied ? MT_CODE_STATE_HALTED : 0;
    m->orders[coid].account = r.terms.account;
    m->orders[coid].symbol = r.terms.symbol;
    m->orders[coid].side = r.terms.side;
    m->orders[coid].qty = qty;
    m->orders[coid].denied = denied;
    put(w, MT_REC_INTENT, &r, sizeof r);
    if (denied)
        return 0;
    flush(w->journal);
    struct mt_rec_venue_event ack = { .coid = coid, .venue_order_id = coid, .account = r.terms.account, .symbol = r.terms.symbol,
        .event = MT_ORDER_ACK, .cum = -1, .venue_ns = w->now };
    put(w, MT_REC_VENUE_EVENT, &ack, sizeof ack);
    return coid;
}

static void put_fill(struct writer *w, uint64_t coid)
{
    struct model *m = &w->model;
    int a = m->orders[coid].account, y = m->orders[coid].symbol, side = m->orders[coid].side;
    int64_t left = m->orders[coid].qty - m->orders[coid].cum;
    if (left <= 0)
        return;
    int64_t qty = 1 + draw((unsigned)left);
    mt_money fee = draw(100), realised = (mt_money)draw(1000) - 500;
    struct mt_rec_venue_event r = { .coid = coid,
                                    .venue_order_id = coid,
                                    .fill_id = m->fill_count + 1,
                                    .price = 100 + draw(50),
                                    .qty = qty,
                                    .cum = m->orders[coid].cum + qty,
                                    .venue_ns = w->now,
                                    .fee = mt_rec_money(fee),
                                    .realised = mt_rec_money(realised),
                                    .account = (uint16_t)a,
                                    .symbol = (uint16_t)y,
                                    .event = qty == left ? MT_ORDER_FILLX : MT_ORDER_FILLP };
    for (unsigned times = draw(5) == 0 ? 2 : 1; times > 0; times--)
        put(w, MT_REC_VENUE_EVENT, &r, sizeof r);
    m->fills[m->fill_count].order = coid;
    m->fills[m->fill_count].id = r.fill_id;
    m->fills[m->fill_count].price = r.price;
    m->fills[m->fill_count].qty = qty;
    m->fill_count++;
    m->orders[coid].cum += qty;
    int64_t before = m->position[a][y], after = before + side * qty;
    m->trades[a][y] += before != 0 && (after == 0 || (before > 0) != (after > 0));
    m->position[a][y] = after;
    m->realised[a][y] += realised;
    m->fees[a][y] += fee;
}

static void write_journal(struct model *out, uint64_t seed)
{
    struct mt_journal_options options = { .dir = journal_dir, .host_id = 7 };
    struct mt_diag diag = { 0 };
    static struct writer w;
    memset(&w, 0, sizeof w);
    w.now = INT64_C(1700000000000000000);
    random_state = seed;
    assert_int_equal(mt_journal_open(&w.journal, &options, w.now, NULL, NULL, &diag), 0);
    put_start(&w);
    while (w.model.order_count < ORDERS) {
        w.now += 1 + draw(1000000);
        uint64_t coid = put_order(&w);
        if (coid > 0)
            for (unsigned n = draw(4); n > 0; n--)
                put_fill(&w, coid);
        uint64_t old = 1 + draw((unsigned)w.model.order_count);
        if (!w.model.orders[old].denied)
            put_fill(&w, old);
        assert_int_equal(mt_journal_flush(w.journal, MT_DURABLE_D3, &diag), 0);
    }
    assert_int_equal(mt_journal_close(w.journal, &diag), 0);
    *out = w.model;
}

static void clear_journal(void)
{
    DIR *dir = opendir(journal_dir);
    char path[512];
    for (struct dirent *entry; dir && (entry = readdir(dir)) != NULL;) {
        snprintf(path, sizeof path, "%s/%s", journal_dir, entry->d_name);
        unlink(path);
    }
    if (dir)
        closedir(dir);
}

static int read_history(struct mt_history *history, struct mt_walk *walk, struct mt_diag *diag)
{
    memset(diag, 0, sizeof *diag);
    assert_int_equal(mt_walk_open(walk, root, run_dir, diag), 0);
    return mt_walk_history(walk, history, UINT_MAX, diag);
}

static void compare(const struct mt_history *history, const struct model *m)
{
    assert_int_equal(history->order_count, m->order_count);
    for (size_t i = 0; i < history->order_count; i++) {
        const struct mt_order *o = &history->orders[i];
        assert_int_equal(o->coid, i + 1);
        assert_int_equal(o->cum, m->orders[i + 1].cum);
        unsigned want = m->orders[i + 1].denied ? MT_ORDER_DENIED : o->cum == o->terms.qty ? MT_ORDER_FILLED
            : o->cum > 0 ? MT_ORDER_PARTIAL : MT_ORDER_WORKING;
        assert_int_equal(o->state, want);
        assert_int_equal(o->code, m->orders[i + 1].denied ? MT_CODE_STATE_HALTED : 0);
        assert_memory_equal(mt_history_order(history, o->coid), o, sizeof *o);
    }
    assert_null(mt_history_order(history, 0));
    assert_null(mt_history_order(history, ORDERS + 1));
    assert_int_equal(history->fill_count, m->fill_count);
    for (size_t i = 0; i < history->fill_count; i++) {
        assert_int_equal(history->fills[i].fill_id, m->fills[i].id);
        assert_int_equal(history->fills[i].coid, m->fills[i].order);
        assert_int_equal(history->fills[i].price, m->fills[i].price);
        assert_int_equal(history->fills[i].qty, m->fills[i].qty);
    }
    size_t trades = 0;
    mt_money told = 0, known = 0;
    for (int a = 0; a < ACCOUNTS; a++)
        for (int y = 0; y < SYMBOLS; y++) {
            size_t slot = (size_t)a * SYMBOLS + (size_t)y;
            const struct mt_slot *sums = mt_history_slot(history, slot);
            assert_int_equal(sums->position.qty, m->position[a][y]);
            assert_int_equal(history->slots[slot].closed, m->trades[a][y]);
            assert_true(sums->realised == m->realised[a][y]);
            assert_true(sums->fees == m->fees[a][y]);
            trades += m->trades[a][y];
            known += m->realised[a][y] - m->fees[a][y];
            told += history->slots[slot].open.profit;
        }
    assert_int_equal(history->trade_count, trades);
    for (size_t i = 0; i < history->trade_count; i++) {
        assert_int_equal(history->trades[i].qty, history->trades[i].in_qty);      /* all that was opened is closed, no more */
        assert_true(history->trades[i].qty > 0);
        assert_true(history->trades[i].opened_ns <= history->trades[i].closed_ns);
        told += history->trades[i].profit;
    }
    assert_true(told == known);                         /* no profit is lost between trades */
}

static void test_against_a_model(void **state)
{
    (void)state;
    static struct model model;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct mt_history history;
        struct mt_walk walk;
        struct mt_diag diag;
        print_message("seed %llu\n", (unsigned long long)seed);
        write_journal(&model, seed);
        if (read_history(&history, &walk, &diag) != 0)
            fail_msg("%s", diag.text);
        compare(&history, &model);
        mt_history_free(&history);
        mt_walk_close(&walk);
        clear_journal();
    }
}

static void put_raw(struct mt_journal *journal, unsigned kind, const void *payload, size_t length)
{
    assert_int_equal(record_append(journal, kind, 5, payload, length), 0);
}

/* A bust undoes its fill, once. A signal has its verdict. Cancels and replaces change the order as the machine
 * says. */
static void test_bust_signal_and_operations(void **state)
{
    (void)state;
    struct mt_journal_options options = { .dir = journal_dir, .host_id = 7 };
    struct mt_diag diag = { 0 };
    struct writer w = { .now = 5 };
    struct mt_history history;
    struct mt_walk walk;
    assert_int_equal(mt_journal_open(&w.journal, &options, 5, NULL, NULL, &diag), 0);
    put_start(&w);
    struct mt_rec_decision decision = { .signal = { .id = 1, .side = 1, .kind = 1, .tag = "why" },
                                        .verdict = { .verdict = 1, .sent = 1, .of = 2 } };
    struct mt_rec_intent intent = { .coid = 10, .signal = 1, .terms.qty = 5, .terms.side = 1, .terms.price = 100, .terms.type = MT_TYPE_LIMIT };
    struct mt_rec_venue_event event = { .coid = 10, .event = MT_ORDER_ACK, .venue_order_id = 3 };
    put_raw(w.journal, MT_REC_INTENT, &intent, sizeof intent);
    put_raw(w.journal, MT_REC_DECISION, &decision, sizeof decision);
    flush(w.journal);
    put_raw(w.journal, MT_REC_VENUE_EVENT, &event, sizeof event);
    event.event = MT_ORDER_FILLP;
    event.fill_id = 1;
    event.price = 100;
    event.qty = 2;
    put_raw(w.journal, MT_REC_VENUE_EVENT, &event, sizeof event);
    event.event = MT_ORDER_BUST;
    put_raw(w.journal, MT_REC_VENUE_EVENT, &event, sizeof event);
    put_raw(w.journal, MT_REC_VENUE_EVENT, &event, sizeof event);
    struct mt_rec_op op = { .coid = 10, .asked = MT_OUT_REPLACE, .qty = 7, .price = 101 };
    put_raw(w.journal, MT_REC_OP, &op, sizeof op);
    struct mt_rec_venue_event replaced = { .coid = 10, .op = MT_REPORT_REPLACED };
    put_raw(w.journal, MT_REC_VENUE_EVENT, &replaced, sizeof replaced);
    op.asked = MT_OUT_CANCEL;
    put_raw(w.journal, MT_REC_OP, &op, sizeof op);
    struct mt_rec_venue_event gone = { .coid = 10, .event = MT_ORDER_CXL, .cum = -1 };
    put_raw(w.journal, MT_REC_VENUE_EVENT, &gone, sizeof gone);
    assert_int_equal(mt_journal_flush(w.journal, MT_DURABLE_D3, &diag), 0);
    assert_int_equal(mt_journal_close(w.journal, &diag), 0);
    if (read_history(&history, &walk, &diag) != 0)
        fail_msg("%s", diag.text);
    assert_int_equal(mt_history_slot(&history, 0)->position.qty, 0);
    assert_int_equal(history.fill_count, 1);
    assert_true(history.fills[0].busted);
    assert_int_equal(history.ignored, 1);
    assert_int_equal(history.orders[0].state, MT_ORDER_CANCELED);
    assert_int_equal(history.orders[0].terms.qty, 7);
    assert_int_equal(history.orders[0].terms.price, 101);
    assert_int_equal(history.signal_count, 1);
    assert_string_equal(history.signals[0].signal.tag, "why");
    assert_int_equal(history.signals[0].verdict.of, 2);
    mt_history_free(&history);
    mt_walk_close(&walk);
    clear_journal();
}

/* A replace was out when the host died, the ack after the restart tells the terms, and the next replace follows. */
static void test_a_replace_over_a_restart(void **state)
{
    (void)state;
    struct mt_journal_options options = { .dir = journal_dir, .host_id = 7 };
    struct mt_diag diag = { 0 };
    struct mt_history history;
    struct mt_walk walk;
    for (int64_t told = 0; told <= 7; told += 7) {
        struct writer w = { .now = 5 };
        struct mt_rec_intent intent = { .coid = 10, .terms.qty = 5, .terms.side = 1, .terms.stop = 100, .terms.type = MT_TYPE_STOP };
        struct mt_rec_venue_event ack = { .coid = 10, .event = MT_ORDER_ACK, .venue_order_id = 3 };
        struct mt_rec_op op = { .coid = 10, .asked = MT_OUT_REPLACE, .qty = 7, .stop = 101 };
        assert_int_equal(mt_journal_open(&w.journal, &options, 5, NULL, NULL, &diag), 0);
        put_start(&w);
        put_raw(w.journal, MT_REC_INTENT, &intent, sizeof intent);
        flush(w.journal);
        put_raw(w.journal, MT_REC_VENUE_EVENT, &ack, sizeof ack);
        put_raw(w.journal, MT_REC_OP, &op, sizeof op);
        put_start(&w);
        ack.qty = told;
        put_raw(w.journal, MT_REC_VENUE_EVENT, &ack, sizeof ack);
        op.stop = 102;
        put_raw(w.journal, MT_REC_OP, &op, sizeof op);
        assert_int_equal(mt_journal_close(w.journal, &diag), 0);
        if (read_history(&history, &walk, &diag) != 0)
            fail_msg("%s", diag.text);
        assert_int_equal(history.orders[0].terms.qty, told == 7 ? 7 : 5);
        assert_int_equal(history.orders[0].terms.stop, told == 7 ? 101 : 100);
        assert_int_equal(history.orders[0].wished.stop, 102);
        mt_history_free(&history);
        mt_walk_close(&walk);
        clear_journal();
    }
}

/* A bust that comes before its fill: the fill is dead when it comes. */
static void test_a_bust_before_its_fill(void **state)
{
    (void)state;
    struct mt_journal_options options = { .dir = journal_dir, .host_id = 7 };
    struct mt_diag diag = { 0 };
    struct writer w = { .now = 5 };
    struct mt_history history;
    struct mt_walk walk;
    struct mt_rec_intent intent = { .coid = 10, .terms.qty = 5, .terms.side = 1 };
    struct mt_rec_venue_event event = { .coid = 10, .event = MT_ORDER_BUST, .fill_id = 4, .price = 100, .qty = 2 };
    assert_int_equal(mt_journal_open(&w.journal, &options, 5, NULL, NULL, &diag), 0);
    put_start(&w);
    put_raw(w.journal, MT_REC_INTENT, &intent, sizeof intent);
    flush(w.journal);
    put_raw(w.journal, MT_REC_VENUE_EVENT, &event, sizeof event);
    event.event = MT_ORDER_FILLP;
    put_raw(w.journal, MT_REC_VENUE_EVENT, &event, sizeof event);
    assert_int_equal(mt_journal_close(w.journal, &diag), 0);
    if (read_history(&history, &walk, &diag) != 0)
        fail_msg("%s", diag.text);
    assert_int_equal(mt_history_slot(&history, 0)->position.qty, 0);
    assert_int_equal(history.orders[0].cum, 0);
    assert_int_equal(history.ignored, 2);
    mt_history_free(&history);
    mt_walk_close(&walk);
    clear_journal();
}

/* Records that are whole but say what cannot be: refused with the record's number, never an assertion. */
static void test_records_that_cannot_be(void **state)
{
    (void)state;
    static const struct mt_rec_intent stranger = { .coid = 1, .terms.qty = 1, .terms.side = 1, .terms.account = ACCOUNTS };
    static const struct mt_rec_intent sideless = { .coid = 1, .terms.qty = 1 };
    static const struct mt_rec_intent fine = { .coid = 1, .terms.qty = 1, .terms.side = 1 };
    static const struct mt_rec_sent outcome = { .coid = 1, .outcome = 9 };
    static const struct mt_rec_venue_event event = { .coid = 1, .event = 200 },
                                           early = { .coid = 1, .event = MT_ORDER_PASS };
    static const struct mt_rec_op replace = { .coid = 1, .asked = MT_OUT_REPLACE, .qty = 2 };
    static const struct mt_rec_intent empty = { .coid = 1, .terms.side = 1 },
        huge = { .coid = 2, .terms.qty = INT64_MAX, .terms.side = 1 }, negative = { .coid = 2, .terms.qty = -1, .terms.side = 1 };
    static const struct mt_rec_risk_state nowhere = { .scope = 60000, .state = MT_HALTED };
    static const struct mt_rec_risk_limit limit_nowhere = { .scope = 60000 },
        below_zero = { .limit = MT_LIMIT_MAX_OPEN, .set = 1, .value = -1 };
    const struct mt_rec_adjustment riches = { .amount = mt_rec_money((mt_money)(~(unsigned __int128)0 >> 1)) };
    const struct { unsigned kind; const void *payload; size_t length; bool order; } rows[] = {
        { MT_REC_INTENT, &empty, sizeof empty, false },       { MT_REC_INTENT, &huge, sizeof huge, true },
        { MT_REC_INTENT, &negative, sizeof negative, true },  { MT_REC_INTENT, &fine, sizeof fine, true },
        { MT_REC_RISK_STATE, &nowhere, sizeof nowhere, false },
        { MT_REC_RISK_LIMIT, &limit_nowhere, sizeof limit_nowhere, false },
        { MT_REC_RISK_LIMIT, &below_zero, sizeof below_zero, false },
        { MT_REC_ADJUSTMENT, &riches, sizeof riches, false },
        { MT_REC_INTENT, &stranger, sizeof stranger, false }, { MT_REC_INTENT, &sideless, sizeof sideless, false },
        { MT_REC_INTENT, &fine, sizeof fine, true },
        { MT_REC_SENT, &outcome, sizeof outcome, true },      { MT_REC_VENUE_EVENT, &event, sizeof event, true },
        { MT_REC_VENUE_EVENT, &early, sizeof early, true },   { MT_REC_OP, &replace, sizeof replace, true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct mt_journal_options options = { .dir = journal_dir, .host_id = 7 };
        struct mt_diag diag = { 0 };
        struct writer w = { .now = 5 };
        struct mt_history history;
        struct mt_walk walk;
        char number[32];
        assert_int_equal(mt_journal_open(&w.journal, &options, 5, NULL, NULL, &diag), 0);
        put_start(&w);
        if (rows[i].order)
            put_raw(w.journal, MT_REC_INTENT, &fine, sizeof fine);
        put_raw(w.journal, rows[i].kind, rows[i].payload, rows[i].length);
        assert_int_equal(mt_journal_flush(w.journal, MT_DURABLE_D3, &diag), 0);
        assert_int_equal(mt_journal_close(w.journal, &diag), 0);
        int rc = read_history(&history, &walk, &diag);
        snprintf(number, sizeof number, "record %d", rows[i].order ? 3 : 2);
        if (rc != MT_ECORRUPT || !strstr(diag.text, number))
            fail_msg("row %zu: %d %s", i, rc, diag.text);
        assert_int_equal(mt_walk_exit(rc), MT_EXIT_JOURNAL);
        mt_history_free(&history);
        mt_walk_close(&walk);
        clear_journal();
    }
}

static void first_segment(char *path, size_t size)
{
    snprintf(path, size, "%s/0000000000000001.mtj", journal_dir);
}

static void test_damage_is_told_and_what_stands_before_it_is_shown(void **state)
{
    (void)state;
    static struct model model;
    struct mt_history history;
    struct mt_walk walk;
    struct mt_diag diag;
    char path[256];
    struct stat st;
    write_journal(&model, 11);
    first_segment(path, sizeof path);
    assert_int_equal(stat(path, &st), 0);
    int fd = open(path, O_RDWR);
    unsigned char byte;
    off_t at = st.st_size * 2 / 3;
    assert_true(pread(fd, &byte, 1, at) == 1);
    byte ^= 16;
    assert_true(pwrite(fd, &byte, 1, at) == 1);
    int rc = read_history(&history, &walk, &diag);
    assert_int_equal(rc, MT_ECORRUPT);
    assert_true(history.order_count > ORDERS / 3 && history.order_count < ORDERS);
    mt_history_free(&history);
    mt_walk_close(&walk);
    byte ^= 16;
    assert_true(pwrite(fd, &byte, 1, at) == 1);
    assert_int_equal(ftruncate(fd, st.st_size - 5), 0);         /* killed while it wrote the last record */
    close(fd);
    rc = read_history(&history, &walk, &diag);
    assert_int_equal(rc, MT_ECORRUPT);
    assert_non_null(strstr(diag.text, "half a record"));
    assert_true(history.order_count >= ORDERS - 2);
    mt_history_free(&history);
    mt_walk_close(&walk);
    clear_journal();
}

/* Every kind of record as a line and as JSON with its own name, whatever its bytes are. */
static void test_every_kind_has_a_line(void **state)
{
    (void)state;
    static _Alignas(16) unsigned char bytes[4096];
    struct mt_walk walk = { .plan = NULL };
    struct mt_buf out;
    mt_buf_init(&out, 1 << 20);
    for (unsigned kind = 1; kind <= MT_REC_KIND_MAX; kind++)
        for (int fill = 0; fill < 2; fill++) {
            memset(bytes, 0, sizeof bytes);
            if (fill && kind != MT_REC_RUN_START)
                memset(bytes, 1, sizeof bytes);
            if (kind == MT_REC_DECISION)
                ((struct mt_rec_decision *)(void *)bytes)->leg_count = fill ? 3 : 0;
            struct mt_record record = { .seq = 1, .kind = (uint16_t)kind, .length = sizeof bytes, .payload = bytes };
            mt_buf_clear(&out);
            out.comma = false;
            mt_record_line(&walk.names, &record, false, &out);
            assert_non_null(strstr(mt_buf_text(&out), mt_record_name(kind)));
            mt_buf_clear(&out);
            out.comma = false;
            mt_record_line(&walk.names, &record, true, &out);
            assert_false(out.failed);
            assert_int_equal(mt_buf_text(&out)[0], '{');
            assert_null(strchr(mt_buf_text(&out), '\n'));
        }
    mt_buf_fini(&out);
}

static void test_a_run_without_records_says_what_is_left(void **state)
{
    (void)state;
    char path[256];
    struct mt_walk walk;
    struct mt_diag diag = { 0 };
    snprintf(path, sizeof path, "%s/backtest", root);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof path, "%s/backtest/summary.json", root);
    fclose(fopen(path, "w"));
    snprintf(path, sizeof path, "%s/backtest", root);
    assert_int_equal(mt_walk_open(&walk, root, path, &diag), MT_ENOTFOUND);
    assert_non_null(strstr(diag.text, "CSV files are what is left"));
    mt_walk_close(&walk);
    snprintf(path, sizeof path, "%s/backtest/summary.json", root);
    unlink(path);
    snprintf(path, sizeof path, "%s/backtest", root);
    rmdir(path);
}

int main(void)
{
    assert_non_null(mkdtemp(root));
    snprintf(run_dir, sizeof run_dir, "%s/run", root);
    snprintf(journal_dir, sizeof journal_dir, "%s/journal", run_dir);
    assert_int_equal(mkdir(run_dir, 0700), 0);
    assert_int_equal(mkdir(journal_dir, 0700), 0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_a_model),
        cmocka_unit_test(test_bust_signal_and_operations),
        cmocka_unit_test(test_a_replace_over_a_restart),
        cmocka_unit_test(test_a_bust_before_its_fill),
        cmocka_unit_test(test_records_that_cannot_be),
        cmocka_unit_test(test_damage_is_told_and_what_stands_before_it_is_shown),
        cmocka_unit_test(test_every_kind_has_a_line),
        cmocka_unit_test(test_a_run_without_records_says_what_is_left),
    };
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    clear_journal();
    rmdir(journal_dir);
    rmdir(run_dir);
    rmdir(root);
    return rc;
}
