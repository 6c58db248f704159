/* The observer: what each record adds to the result. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/results_private.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/pages.h"
#include "core/books_orders.h"
#include "model/code.h"

enum { HASH_ORDER = 1, HASH_FILL = 2 };

/* What result_hash covers of an order or a fill. */
struct hashed {
    char symbol[MT_SYMBOL_MAX], account[MT_ACCOUNT_NAME_MAX], tag[32];
    int64_t price, qty, time_ns, kind, side;
};

static void hash_add(struct mt_results *r, int kind, const struct mt_order *order, int64_t price, int64_t qty,
                     int64_t time_ns)
{
    struct hashed h = { .price = price, .qty = qty, .time_ns = time_ns, .kind = kind, .side = order->terms.side };
    memcpy(h.symbol, mt_results_instrument(r, order->terms.symbol)->symbol, sizeof h.symbol);
    memcpy(h.account, mt_results_account(r, order->terms.account), sizeof h.account);
    memcpy(h.tag, order->tag, sizeof h.tag);
    r->result_hash = mt_hash64_seed(&h, sizeof h, r->result_hash);
}

/* --- records -------------------- */

/* "filters/max_spread: spread" counts for filters/max_spread. */
static void count_veto(struct mt_results *r, const char *reason)
{
    size_t length = strcspn(reason, ":");
    uint32_t i = 0;
    if (length >= sizeof r->veto_names[0].name)
        length = sizeof r->veto_names[0].name - 1;
    while (i < r->veto_count
           && (strlen(r->veto_names[i].name) != length || memcmp(r->veto_names[i].name, reason, length) != 0))
        i++;
    if (i == MT_VETO_NAMES) {                   /* more names than places: the last stands for the rest */
        i = MT_VETO_NAMES - 1;
        snprintf(r->veto_names[i].name, sizeof r->veto_names[i].name, "(others)");
    }
    if (i == r->veto_count) {
        memcpy(r->veto_names[i].name, reason, length);
        r->veto_count++;
    }
    r->veto_names[i].count++;
}

static void on_decision(struct mt_results *r, const struct mt_record *record)
{
    const struct mt_rec_decision *decision = record->payload;
    const struct mt_rec_verdict *verdict = &decision->verdict;
    if (decision->signal.kind == MT_ASK_PROTECT)
        return;
    r->signals++;
    if (verdict->verdict == MT_SENT)
        return;
    if (verdict->verdict == MT_VETOED) {
        r->vetoes++;
        count_veto(r, verdict->reason);
    }
    mt_rows_veto(r, decision, record->time_ns);
}

/* How many of the code there were before. */
static uint64_t count_code(struct mt_code_counts *counts, int32_t code, uint64_t count)
{
    size_t i = 0;
    while (i < counts->used && counts->of[i].code != code)
        i++;
    if (i == MT_CODES_MAX)              /* only a foreign journal has so many */
        return UINT64_MAX;
    counts->used += i == counts->used;
    counts->of[i].code = code;
    counts->of[i].count += count;
    return counts->of[i].count - count;
}

/* One bit per client order id tells whether its end was seen before. */
static bool end_is_first(struct mt_results *r, uint64_t coid)
{
    if (coid / 8 >= r->told_end_size) {
        uint64_t size = 2 * (coid / 8 + 512);
        uint8_t *grown = realloc(r->told_end, size);
        if (!grown) {
            r->no_memory = true;
            return false;
        }
        memset(grown + r->told_end_size, 0, size - r->told_end_size);
        r->told_end = grown;
        r->told_end_size = size;
    }
    bool before = r->told_end[coid / 8] >> coid % 8 & 1;
    r->told_end[coid / 8] |= (uint8_t)(1u << coid % 8);
    return !before;
}

static void order_ended(struct mt_results *r, const struct mt_engine *engine, uint64_t coid, bool filled)
{
    const struct mt_order *order = mt_engine_order(engine, coid);
    if (!order || !mt_order_state_terminal(order->state))
        return;
    bool first = end_is_first(r, coid);
    if (first) {
        r->ended[order->state]++;
        r->expired += order->state == MT_ORDER_EXPIRED && order->terms.role == MT_ROLE_ENTRY;
        if (order->state == MT_ORDER_REJECTED)
            (void)count_code(&r->rejected_by, order->code, 1);
    }
    if (r->dir[0] && (first || filled))         /* a late fill changes what the row said: it is written once more */
        mt_rows_order(r, order);
}

static void on_intent(struct mt_results *r, const struct mt_engine *engine, const struct mt_record *record)
{
    const struct mt_rec_intent *intent = record->payload;
    r->intents++;
    r->cut += intent->cut != 0;
    if (intent->code != 0) {
        bool died = intent->code == MT_CODE_TTL;        /* nobody denied it: it was told as sent, and waited too long */
        r->denied += !died;
        if (!died)
            (void)count_code(&r->denied_by, intent->code, 1);
        order_ended(r, engine, intent->coid, false);
        return;
    }
    r->orders++;
    const struct mt_order *order = mt_engine_order(engine, intent->coid);
    hash_add(r, HASH_ORDER, order, mt_terms_named_price(&intent->terms).value, intent->terms.qty, record->time_ns);
}

static void trade_ended(struct mt_results *r, const struct mt_round_trip *trade)
{
    r->trades++;
    if (trade->profit > 0) {
        r->wins++;
        r->gains += trade->profit;
    } else if (trade->profit < 0) {
        r->defeats++;
        r->losses -= trade->profit;
    }
    mt_rows_trade(r, trade);
}

/* A fill counts when the position has moved by it: what was ignored as a duplicate moves nothing. */
static void on_fill(struct mt_results *r, const struct mt_engine *engine, const struct mt_record *record)
{
    const struct mt_rec_venue_event *fill = record->payload;
    const struct mt_order *order = mt_engine_order(engine, fill->coid);
    const struct mt_books_change *change = mt_engine_change(engine);
    if (!order || change->order.fill_qty == 0)
        return;
    struct mt_round_trip *open = mt_results_open_trade(r, order->terms.account, order->terms.symbol);
    int64_t after = mt_ledger_slot(mt_engine_ledger(engine), order->terms.account, order->terms.symbol)->position.qty;
    int64_t before = after - order->terms.side * change->order.fill_qty;
    if ((before != 0) != (after != 0)) {
        r->held = r->held - (before != 0) + (after != 0);
        mt_held_change(r, fill->venue_ns, (after != 0) - (before != 0));
    }
    r->stale = true;
    mt_money realised = mt_rec_money_get(fill->realised), fee = mt_rec_money_get(fill->fee);
    if (fill->event == MT_ORDER_BUST) {
        mt_round_trip_bust(open, order, fill->venue_ns, change->price, -change->order.fill_qty, realised, fee, after,
                           fill->exchanged);
        return;
    }
    r->fills++;
    r->assumed += fill->assumed != 0;
    hash_add(r, HASH_FILL, order, fill->price, fill->qty, record->time_ns);
    struct mt_round_trip ended;
    const struct mt_round_trip_fill of_trade = { .order = order, .time_ns = fill->venue_ns, .price = fill->price,
        .closed_qty = change->position.closed_qty, .opened_qty = change->position.opened_qty,
        .ended = change->position.ended, .realised = realised, .fee = fee, .exchanged = fill->exchanged,
        .position = after };
    if (mt_round_trip_fill(open, &of_trade, &ended))
        trade_ended(r, &ended);
}

static void on_venue_event(struct mt_results *r, const struct mt_engine *engine, const struct mt_record *record)
{
    const struct mt_rec_venue_event *event = record->payload;
    uint64_t fills = r->fills;
    bool fill = event->event == MT_ORDER_FILLP || event->event == MT_ORDER_FILLX || event->event == MT_ORDER_BUST;
    if (fill && event->op == MT_REPORT_NO_OP)
        on_fill(r, engine, record);
    order_ended(r, engine, event->coid, r->fills != fills);
}

/* The record that the engine writes of it: when one of before a resume is folded, the engine does not stand there. */
static const char quarantined[] = "quarantined: ";

static void on_fault(struct mt_results *r, const struct mt_record *record)
{
    const struct mt_rec_script_fault *fault = record->payload;
    if (fault->handler == MT_ON_STOP && strncmp(fault->text, quarantined, strlen(quarantined)) == 0)
        r->quarantined_ns = record->time_ns;
    r->faults++;
    if (!r->wrong[0])
        memcpy(r->wrong, fault->text, sizeof fault->text);
    if (!r->folding)
        mt_log(MT_LOG_ERROR, "script", NULL, "%.239s", fault->text);
}

/* The log tells each code once: a script that is refused goes on asking. Place and field are those of the first. */
static void log_refused(const struct mt_rec_refused *refused, size_t i)
{
    int32_t code = refused->codes[i].code;
    char place[sizeof refused->at + 1] = "", field[sizeof refused->field + 1] = "";
    memcpy(place, refused->at, i == 0 ? sizeof refused->at : 0);
    memcpy(field, refused->field, i == 0 ? sizeof refused->field : 0);
    mt_log(MT_LOG_WARNING, "script", NULL, "%s%s%s refused: %s%s%s: %s", place, place[0] ? ": " : "",
           i == 0 ? mt_ask_name(refused->ask) : "verb", field, field[0] ? ": " : "", mt_code_name(code),
           mt_code_text(code));
}

static void on_refused(struct mt_results *r, const struct mt_record *record)
{
    const struct mt_rec_refused *refused = record->payload;
    if (r->refused == 0)
        r->first_refused = *refused;
    r->refused += refused->count;
    for (size_t i = 0; i < MT_REFUSED_CODES && refused->codes[i].count > 0; i++)
        if (count_code(&r->refused_by, refused->codes[i].code, refused->codes[i].count) == 0 && !r->folding)
            log_refused(refused, i);
}

static void on_note(struct mt_results *r, const struct mt_record *record)
{
    const struct mt_rec_note *note = record->payload;
    struct mt_rec_note *more = realloc(r->script_notes, (r->script_note_count + 1) * sizeof *more);
    if (!r->folding)
        mt_log(MT_LOG_WARNING, "script", NULL, "%.*s%s%.*s", (int)sizeof note->at, note->at, note->at[0] ? ": " : "",
               (int)sizeof note->text, note->text);
    if (!more)
        return;                                 /* it was told */
    r->script_notes = more;
    r->script_notes[r->script_note_count++] = *note;
}

/* Whether the word that stands is a limit's or an operator's. */
static void on_risk_state(struct mt_results *r, const struct mt_record *record)
{
    const struct mt_rec_risk_state *state = record->payload;
    r->limit_code = state->state >= MT_HALTED ? state->code : 0;
    r->limit_ns = record->time_ns;
}

static void count(struct mt_results *r, const struct mt_engine *engine, const struct mt_record *record)
{
    switch (record->kind) {
    case MT_REC_DECISION: on_decision(r, record); break;
    case MT_REC_INTENT: on_intent(r, engine, record); break;
    case MT_REC_VENUE_EVENT: on_venue_event(r, engine, record); break;
    case MT_REC_SENT: order_ended(r, engine, ((const struct mt_rec_sent *)record->payload)->coid, false); break;
    case MT_REC_OP: order_ended(r, engine, ((const struct mt_rec_op *)record->payload)->coid, false); break;
    case MT_REC_ADJUSTMENT: r->stale = true; break;
    case MT_REC_RISK_STATE: on_risk_state(r, record); break;
    case MT_REC_SCRIPT_FAULT: on_fault(r, record); break;
    case MT_REC_REFUSED: on_refused(r, record); break;
    case MT_REC_NOTE: on_note(r, record); break;
    default: break;
    }
}

static int observe_record(void *ud, const struct mt_engine *engine, const struct mt_record *record)
{
    struct mt_results *r = ud;
    r->engine = engine;
    count(r, engine, record);
    if (r->options.stream)
        mt_rows_flush_marks(r);                 /* before the journal: what it has is not marked again */
    if (r->options.lines)
        mt_lines_record(r, engine, record);
    if (mt_log_takes(MT_LOG_DEBUG))
        mt_decision_log(r, engine, record);
    return 0;
}

static void observe_asked(void *ud, const struct mt_engine *engine, const struct mt_rec_signal *signal)
{
    struct mt_results *r = ud;
    if (r->options.lines)
        mt_lines_asked(r, engine, signal);
    if (mt_log_takes(MT_LOG_DEBUG))
        mt_decision_log_asked(r, signal);
}

static void observe_sent(void *ud, const struct mt_engine *engine, const struct mt_order *order)
{
    struct mt_results *r = ud;
    if (r->options.lines)
        mt_lines_sent(r, engine, order);
    if (mt_log_takes(MT_LOG_DEBUG))
        mt_decision_log_sent(r, order);
}

int mt_results_folded(void *results, const struct mt_engine *engine, const struct mt_record *record)
{
    struct mt_results *r = results;
    r->engine = engine;
    r->events_before = mt_engine_position(engine);
    r->folding = true;                          /* the log told it when it happened */
    count(r, engine, record);
    r->folding = false;
    return 0;
}

static void observe_market(void *ud, const struct mt_engine *engine, const struct mt_event *event)
{
    (void)engine;
    mt_equity_market(ud, event);
}

static void observe_instant(void *ud, const struct mt_engine *engine)
{
    struct mt_results *r = ud;
    mt_equity_instant(r, engine);
    if (r->options.stream)
        mt_rows_flush_marks(r);
    mt_log_tick();
}

static void observe_mark(void *ud, const struct mt_engine *engine, uint16_t symbol, const char *name, double value)
{
    mt_rows_mark(ud, mt_engine_now(engine), symbol, name, value);
}

/* One process, one logger: and these are the places of its script. */
static struct mt_log_site script_sites[MT_LOG_SITES];

static void observe_log(void *ud, const struct mt_engine *engine, int level, int site, const char *text, int length)
{
    (void)ud;
    (void)engine;
    enum mt_log_level to = level < MT_LOG_DEBUG   ? MT_LOG_DEBUG
                           : level > MT_LOG_ERROR ? MT_LOG_ERROR
                                                  : (enum mt_log_level)level;
    struct mt_log_site *place = &script_sites[site >= 0 && site < MT_LOG_SITES ? site : (int)to];
    if (text)
        mt_log_at(place, to, "script", NULL, "%.*s", length, text);
    else
        mt_log_left_out(place, to, "script");
}

struct mt_observer mt_results_observer(struct mt_results *results)
{
    return (struct mt_observer){ .ud = results, .record = observe_record, .asked = observe_asked,
                                 .sent = observe_sent, .market = observe_market,
                                 .instant = observe_instant, .mark = observe_mark, .log = observe_log };
}

/* --- making and ending -------------------- */

static void choose_accounts(struct mt_results *r)
{
    const struct mt_account_setup *accounts = r->run.names.accounts;
    r->accounts = r->run.trading;
    r->account_count = r->run.trading_count;
    r->same_currency = true;
    for (uint16_t i = 0; i < r->account_count; i++)
        if (strcmp(accounts[r->accounts[i]].currency, accounts[r->accounts[0]].currency) != 0)
            r->same_currency = false;
}

int mt_results_new(struct mt_results **out, const struct mt_results_run *run, const struct mt_results_options *options,
                   struct mt_diag *diag)
{
    struct mt_results *r = calloc(1, sizeof *r);
    if (!r)
        return mt_fail(diag, MT_ENOMEM, "results: no memory");
    r->run = *run;
    r->options = *options;
    mt_buf_init(&r->lines, 16u << 20);
    size_t slots = (size_t)run->names.account_count * run->names.instrument_count;
    r->open_trades = calloc(slots, sizeof *r->open_trades);
    int rc = r->open_trades ? 0 : MT_ENOMEM;
    choose_accounts(r);
    mt_held_init(r);
    if (rc == 0)
        rc = mt_equity_init(r);
    if (rc != 0) {
        mt_results_free(r);
        return mt_fail(diag, rc, "results: no memory");
    }
    *out = r;
    return 0;
}

int mt_results_open(struct mt_results *r, const char *dir, struct mt_diag *diag)
{
    if (strlen(dir) >= sizeof r->dir)
        return mt_fail(diag, MT_EIO, "%.100s…: the path is too long", dir);
    snprintf(r->dir, sizeof r->dir, "%s", dir);
    return mt_rows_open(r, diag);
}

int mt_results_open_again(struct mt_results *r, const char *dir, int64_t until_ns, struct mt_diag *diag)
{
    r->resumed = true;
    r->until_ns = until_ns;
    return mt_results_open(r, dir, diag);
}

void mt_results_lost(struct mt_results *r, const char *why)
{
    if (r->broken)
        return;
    r->broken = strdup(why);
    r->no_memory = r->no_memory || !r->broken;
}

/* Reports may fail alone: the journal has what they say. */
static void look_at_reports(struct mt_results *r)
{
    struct mt_diag diag = { 0 };
    if (!r->broken && mt_rows_check(r, &diag) != 0)
        mt_results_lost(r, diag.text);
}

int mt_results_poll(struct mt_results *r, struct mt_diag *diag)
{
    if (r->options.lines)
        mt_lines_flush(r);
    if (r->options.stream)
        mt_rows_flush(r);
    look_at_reports(r);
    if (r->no_memory)
        return mt_fail(diag, MT_ENOMEM, "results: no memory");
    return r->lines_failed ? mt_fail(diag, MT_EIO, "stdout: cannot be written: %s", strerror(r->lines_failed)) : 0;
}

const char *mt_results_alarm(struct mt_results *r)
{
    bool due = r->broken && !r->broken_told;
    r->broken_told = r->broken_told || due;
    return due ? r->broken : NULL;
}

bool mt_results_stopped_by_risk(const struct mt_results *r)
{
    const struct mt_engine *engine = r->engine;
    const struct mt_risk *risk = engine ? mt_engine_risk(engine) : NULL;
    for (uint16_t i = 0; risk && i < r->account_count; i++) {
        int scope = mt_risk_scope_find(risk, MT_SCOPE_ACCOUNT, r->accounts[i], -1);
        struct mt_risk_scope_view view, global;
        mt_risk_scope(risk, (uint16_t)scope, &view);
        mt_risk_scope(risk, (uint16_t)mt_risk_scope_find(risk, MT_SCOPE_GLOBAL, -1, -1), &global);
        if (view.state < MT_HALTED && global.state < MT_HALTED)
            return false;
    }
    return risk != NULL && r->limit_code != 0;
}

enum mt_results_end mt_results_end(const struct mt_results *r)
{
    if (mt_results_stopped_by_risk(r))
        return MT_ENDED_RISK;
    return r->engine && mt_engine_quarantined(r->engine) ? MT_ENDED_QUARANTINE : MT_ENDED_WELL;
}

enum mt_results_end mt_results_end_process(const struct mt_results *r)
{
    enum mt_results_end end = mt_results_end(r);
    return end == MT_ENDED_WELL && r->broken ? MT_ENDED_REPORT : end;
}

void mt_results_view(const struct mt_results *r, struct mt_results_view *out)
{
    *out = (struct mt_results_view){ .events = mt_summary_events(r), .signals = r->signals, .vetoes = r->vetoes,
        .intents = r->intents, .denied = r->denied, .refused = r->refused, .orders = r->orders,
        .expired = r->expired, .cut = r->cut, .assumed = r->assumed,
        .fills = r->fills, .trades = r->trades, .result_hash = r->result_hash, .equity = r->equity };
}

void mt_results_put_rejected(const struct mt_results *r, struct mt_buf *out)
{
    mt_json_uint(out, "rejected", r->ended[MT_ORDER_REJECTED]);
    mt_results_put_codes(out, "rejected_by", &r->rejected_by);
}

void mt_results_free(struct mt_results *r)
{
    if (!r)
        return;
    struct mt_diag ignored = { 0 };             /* what went wrong was told by poll or finish */
    ignored.code = mt_rows_close(r, &ignored);
    mt_buf_fini(&r->lines);
    free(r->open_trades);
    free(r->told_end);
    free(r->held_changes);
    free(r->broken);
    free(r->script_notes);
    mt_pages_free(r->samples, r->sample_max * r->account_count * sizeof *r->samples);
    free(r);
}
