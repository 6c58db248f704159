/* The turn. Events in order; one `now`; decide, journal and fold in one step; call the strategy; at the end flush,
 * and only then send. Read mt_engine_turn first. */
#include "core/engine_private.h"
#include "core/record_list.h"

#include <stdlib.h>
#include <string.h>

static const int64_t day_ns = INT64_C(86400) * MT_NS_PER_S;
static const int64_t error_window_ns = 60 * MT_NS_PER_S;
enum { ERRORS_IN_ROW = 3 };

/* --- calls into the strategy -------------------- */

/* 3 errors in a row or 10 in a minute: the strategy is quarantined; plans and legs stay. */
static void count_error(struct mt_engine *e)
{
    size_t window = sizeof e->error_times / sizeof *e->error_times;
    int64_t oldest = e->error_times[e->error_next % window];
    bool storm = e->error_next >= window && e->now_ns - oldest < error_window_ns;
    e->error_times[e->error_next++ % window] = e->now_ns;
    e->errors_in_row++;
    if (e->strategy_ok && (e->errors_in_row >= ERRORS_IN_ROW || storm)) {
        struct mt_diag diag = { .text = "quarantined: too many errors; its handlers are not called any more" };
        e->strategy_ok = false;
        mt_fault(e, MT_ON_STOP, -1, &diag);
    }
}

void mt_fault(struct mt_engine *e, enum mt_handler handler, int32_t market, const struct mt_diag *diag)
{
    struct mt_rec_script_fault r;
    memset(&r, 0, sizeof r);
    r.call = e->call;
    r.handler = (int32_t)handler;
    r.symbol = market;
    memcpy(r.text, diag->text, strnlen(diag->text, sizeof r.text - 1));
    memcpy(e->start_fault, r.text, sizeof r.text);
    e->counts.faults++;
    if (!e->replaying)
        mt_emit(e, MT_REC_SCRIPT_FAULT, &r, sizeof r, MT_DURABLE_D3);
}

bool mt_deliver(struct mt_engine *e, enum mt_handler handler, int32_t market)
{
    struct mt_diag diag;
    if (!mt_wants(e, handler) || !e->strategy_ok || e->stopped)
        return true;
    size_t queued = e->queue_count;
    mt_views_refresh(e);
    e->call++;
    e->port.now = (double)e->now_ns / 1e9;
    e->port.market = market;
    diag.code = 0;
    int rc = e->strategy.ops->deliver(e->strategy.self, handler, &diag);
    if (rc != 0) {
        e->queue_count = queued;                /* what this call asked for is dropped */
        mt_fault(e, handler, market, &diag);
        count_error(e);
        return false;
    }
    e->errors_in_row = 0;
    return true;
}

/* --- market -------------------- */

static void write_day(struct mt_engine *e)
{
    for (uint16_t a = 0; a < e->setup.account_count; a++) {
        mt_money equity = mt_ledger_equity(&e->ledger, a), start, peak;
        struct mt_rec_day r;
        int64_t day;
        mt_risk_day(e->risk, a, &day, &start, &peak);
        memset(&r, 0, sizeof r);
        r.day = e->now_ns / day_ns;
        r.equity = mt_rec_money(equity);
        r.peak = mt_rec_money(peak > equity ? peak : equity);   /* it does not fall at midnight */
        r.account = a;
        mt_emit(e, MT_REC_DAY, &r, sizeof r, MT_DURABLE_D3);
    }
    e->day_end_ns = (e->now_ns / day_ns + 1) * day_ns;
}

void mt_engine_mark(struct mt_engine *e, uint16_t symbol)
{
    if (mt_ledger_mark(&e->ledger, symbol) && mt_ledger_slot(&e->ledger, e->lead, symbol)->position.qty != 0)
        mt_view_marked(e, symbol);
}

void mt_engine_peaks(struct mt_engine *e)
{
    if (mt_risk_watches_equity(e->risk))
        mt_risk_peak(e->risk);
}

/* The last market event of its instant is in: what handlers ask for now is checked against the equity of now. */
static void all_marked(struct mt_engine *e)
{
    if (!mt_risk_watches_equity(e->risk))
        return;
    mt_risk_see(e->risk);
    mt_oms_breaches(e);
}

static void market_event(struct mt_engine *e, const struct mt_event *event)
{
    uint16_t symbol = event->symbol;
    e->position++;
    e->counts.market++;
    mt_ledger_market(&e->ledger, event);
    mt_view_market_event(e, event);
    mt_engine_mark(e, symbol);
    if (event->last & MT_LAST_EVENT)
        all_marked(e);
    if (e->leg_busy[symbol])
        mt_leg_market(e, symbol, event);
    if (event->kind == MT_EV_QUOTE)
        mt_call(e, MT_ON_QUOTE, symbol);
    else if (event->kind == MT_EV_TRADE)
        mt_call(e, MT_ON_TRADE, symbol);
    if (e->series_count > 0 || event->kind == MT_EV_BAR)
        mt_bars_market(e, event, true);
    if (e->setup.observer.market)
        e->setup.observer.market(e->setup.observer.ud, e, event);
}

/* --- the turn -------------------- */

static void fire_timers(struct mt_engine *e)
{
    struct mt_timer timer;
    while (e->dead == 0 && mt_timers_take(&e->timers, e->now_ns, &timer)) {
        struct mt_rec_timer r;
        memset(&r, 0, sizeof r);
        r.due_ns = timer.due_ns;
        r.market = timer.market;
        r.owner = timer.owner;
        memcpy(r.name, timer.name, sizeof r.name);
        mt_emit(e, MT_REC_TIMER, &r, sizeof r, MT_DURABLE_D3);
        e->port.timer = (struct mt_view_timer){ (double)timer.due_ns / 1e9, (double)(e->now_ns - timer.due_ns) / 1e9 };
        e->port.timer_owner = timer.owner;
        mt_port_text(e, timer.name, sizeof timer.name);
        mt_call(e, MT_ON_TIMER, timer.market);
    }
}

static void by_the_clock(struct mt_engine *e)
{
    if (e->now_ns >= e->bar_wake_ns)
        mt_bars_due(e, true);
    if (e->now_ns >= mt_timers_next(&e->timers))
        fire_timers(e);
    if (e->now_ns >= e->plan_wake_ns)
        for (uint16_t y = 0; y < e->setup.instrument_count; y++)
            mt_leg_market(e, y, NULL);
    if (e->now_ns >= e->watch_ns)
        mt_oms_watch(e);
    if (e->now_ns >= e->retry_ns)
        mt_leg_retry(e);
    if (e->notice_count > 0)
        mt_news_tell(e);
}

static void save_state(struct mt_engine *e, bool always)
{
    struct mt_diag diag = { 0 };
    bool changed = true;
    if (!e->strategy.ops || !e->strategy.ops->save)
        return;
    mt_buf_clear(&e->timers_buf);
    mt_timers_save(&e->timers, &e->timers_buf);
    struct mt_rec_script_state r = { (uint32_t)e->timers_buf.length, 0 };
    mt_buf_clear(&e->state_buf);
    e->state_buf.maximum = MT_RECORD_TAIL_MAX - e->timers_buf.length;
    int rc = e->strategy.ops->save(e->strategy.self, &e->state_buf, &changed, &diag);
    if (rc != 0 || e->state_buf.failed) {
        mt_fault(e, MT_ON_START, -1, &diag);
        return;
    }
    if (diag.code != 0)                         /* what the record does not hold was left out */
        mt_fault(e, MT_ON_START, -1, &diag);
    if (!changed && !always)
        return;
    r.state_length = (uint32_t)e->state_buf.length;
    mt_buf_clear(&e->scratch);
    mt_buf_put(&e->scratch, &r, sizeof r);
    mt_buf_put(&e->scratch, e->timers_buf.data, e->timers_buf.length);
    mt_buf_put(&e->scratch, e->state_buf.data, e->state_buf.length);
    if (e->scratch.failed || e->scratch.length - sizeof r > MT_RECORD_TAIL_MAX) {
        mt_fail(&diag, MT_ERANGE, "state: more than 1 MiB with its timers: keep less");
        mt_fault(e, MT_ON_START, -1, &diag);
        return;
    }
    mt_emit(e, MT_REC_SCRIPT_STATE, e->scratch.data, e->scratch.length, MT_DURABLE_D3);
}

/* All sums once more from positions and orders (3.5). A difference is a bug of ours: nothing may trade on wrong books,
 * also not after a restart. */
void mt_engine_self_check(struct mt_engine *e)
{
    const struct mt_orders *orders = &e->folded.orders;
    mt_buf_clear(&e->scratch);
    for (size_t i = 0; i < orders->open_count; i++) {
        const struct mt_order *order = mt_orders_get(orders, orders->open[i]);
        mt_buf_put(&e->scratch, &order, sizeof order);
    }
    if (e->scratch.failed)
        return;
    const struct mt_order *const *open = (const void *)e->scratch.data;
    const char *wrong = mt_ledger_self_check(&e->ledger, open, orders->open_count);
    if (!wrong)
        return;
    mt_oms_state(e, (uint16_t)mt_risk_scope_find(e->risk, MT_SCOPE_GLOBAL, -1, -1), MT_HALTED);
    if (e->dead == 0)
        e->dead = mt_journal_flush(e->journal, MT_DURABLE_D1P, &e->fault);
    mt_assert_failed(e->dead == 0 ? wrong : "books that differ, and a journal that cannot say so", __FILE__, __LINE__,
                     __func__);
}

static void periodic(struct mt_engine *e)
{
    if (e->call >= e->next_state_call) {
        e->next_state_call = e->call + e->setup.state_calls;
        save_state(e, false);
    }
    if (e->now_ns >= e->next_check_ns) {        /* what nothing was written of has not changed */
        e->next_check_ns = e->now_ns + 60 * MT_NS_PER_S;
        if (e->last_seq != e->checked_seq)
            mt_engine_self_check(e);
        e->checked_seq = e->last_seq;
    }
    if (e->last_seq >= e->next_checkpoint) {
        struct mt_rec_checkpoint r = { mt_engine_state_hash(e) };
        e->next_checkpoint = e->last_seq + e->setup.checkpoint_every;
        mt_emit(e, MT_REC_CHECKPOINT, &r, sizeof r, MT_DURABLE_D3);
        mt_engine_self_check(e);
    }
}

/* The journal failed: nothing new may leave; what is open is canceled best effort (5.3). */
static int die(struct mt_engine *e, struct mt_diag *diag)
{
    struct mt_orders *orders = &e->folded.orders;
    if (!e->stopped)
        for (size_t i = 0; i < orders->open_count; i++)
            (void)e->setup.venue.ops->cancel(e->setup.venue.self, e->now_ns, orders->open[i]);
    e->stopped = true;
    if (diag && diag->code == 0)
        *diag = e->fault;
    return e->dead;
}

int mt_engine_end_of_turn(struct mt_engine *e, struct mt_diag *diag)
{
    if (e->wake_dirty) {
        e->wake_dirty = false;
        e->plan_wake_ns = mt_plan_wake_ns(e);
    }
    if (e->call >= e->next_state_call || e->now_ns >= e->next_check_ns || e->last_seq >= e->next_checkpoint)
        periodic(e);
    if (e->setup.self_check)
        mt_engine_self_check(e);
    /* With whatever is written: behind that nothing is lost, since a resume makes the calls behind it again. */
    if (e->now_ns >= e->refused_due_ns || (e->refused.count > 0 && e->last_seq != e->flushed_seq))
        mt_refusal_tell(e);
    /* Fills and the event that led to them are recorded together: the venue must not meet it again after a crash. */
    if (e->last_seq != e->flushed_seq)
        mt_emit_position(e);
    if (e->dead == 0 && e->last_seq != e->flushed_seq) {
        int rc = mt_journal_flush(e->journal, e->need, &e->fault);
        e->need = MT_DURABLE_D3;
        e->flushed_seq = e->last_seq;
        if (rc != 0)
            e->dead = rc;
        else
            mt_oms_flushed(e);
    }
    if (e->dead != 0)
        return die(e, diag);
    if (e->outbox_count > 0)
        mt_oms_send(e);
    if (e->failed != 0 && diag && diag->code == 0)
        *diag = e->fault;
    return e->failed;
}

static void begin_turn(struct mt_engine *e, int64_t now_ns)
{
    e->turn++;
    if (now_ns > e->now_ns)
        e->now_ns = now_ns;
    if (e->now_ns >= e->day_end_ns)
        write_day(e);
}

int mt_engine_turn(struct mt_engine *e, int64_t now_ns, struct mt_diag *diag)
{
    const struct mt_event *next;
    begin_turn(e, now_ns);
    while ((next = mt_inbox_take(&e->inbox)) != NULL && e->dead == 0 && e->failed == 0) {
        if (next->kind == MT_EV_REPORT) {
            struct mt_event report = *next;
            mt_oms_report(e, &report);
        } else if (next->kind != MT_EV_CLOCK) {
            market_event(e, next);
        }
    }
    if (e->notice_count > 0)
        mt_news_tell(e);
    return mt_engine_end_of_turn(e, diag);
}

int mt_engine_due(struct mt_engine *e, struct mt_diag *diag)
{
    bool due = e->now_ns >= e->bar_wake_ns || e->now_ns >= mt_timers_next(&e->timers) || e->now_ns >= e->plan_wake_ns
        || e->now_ns >= e->watch_ns || e->now_ns >= e->retry_ns;
    if (!due || e->dead != 0 || e->failed != 0)
        return 0;
    by_the_clock(e);
    return mt_engine_end_of_turn(e, diag);
}

int mt_engine_instant(struct mt_engine *e, struct mt_diag *diag)
{
    if (e->dead != 0 || e->failed != 0)
        return 0;
    mt_engine_peaks(e);
    mt_oms_breaches(e);
    mt_ledger_untouch(&e->ledger);
    if (e->setup.observer.instant)
        e->setup.observer.instant(e->setup.observer.ud, e);
    return e->last_seq != e->flushed_seq ? mt_engine_end_of_turn(e, diag) : 0;
}

int64_t mt_engine_wake_ns(const struct mt_engine *e)
{
    int64_t wake = mt_timers_next(&e->timers);
    if (e->bar_wake_ns < wake)
        wake = e->bar_wake_ns;
    if (e->watch_ns < wake)
        wake = e->watch_ns;
    if (e->retry_ns < wake)
        wake = e->retry_ns;
    /* A time exit that could not be sent is tried again with the market, not by the clock. */
    if (e->plan_wake_ns > e->now_ns && e->plan_wake_ns < wake)
        wake = e->plan_wake_ns;
    return wake;
}

/* --- begin, operator, stop -------------------- */

void mt_engine_emit_start(struct mt_engine *e, const struct mt_rec_run_start *start, const char *json)
{
    struct mt_rec_run_start r = *start;
    r.json_length = (uint32_t)strlen(json);
    r.generation = mt_journal_generation(e->journal);
    mt_buf_clear(&e->scratch);
    mt_buf_put(&e->scratch, &r, sizeof r);
    mt_buf_put(&e->scratch, json, r.json_length);
    mt_emit(e, MT_REC_RUN_START, e->scratch.data, e->scratch.length, MT_DURABLE_D1P);
    e->next_checkpoint = e->last_seq + e->setup.checkpoint_every;
    if (e->setup.state_calls != MT_STATE_NEVER)
        e->next_state_call = e->call + e->setup.state_calls;
}

int mt_engine_begin(struct mt_engine *e, int64_t now_ns, const struct mt_rec_run_start *start, const char *json,
                    struct mt_diag *diag)
{
    e->now_ns = now_ns;
    mt_engine_emit_start(e, start, json);
    write_day(e);
    mt_port_text(e, "start", sizeof "start");
    if (!mt_call(e, MT_ON_START, -1))
        return mt_fail(diag, MT_ESCRIPT, "%s", e->start_fault);
    if (e->setup.state_calls != MT_STATE_NEVER)
        save_state(e, true);                    /* what on_start("start") made is never made again */
    return mt_engine_end_of_turn(e, diag);
}

const char *mt_operator_command_name(unsigned command)
{
    static const char *const names[] = { "?", "halt", "reduce", "resume", "flatten", "kill", "params", "stop" };
    return command < sizeof names / sizeof *names ? names[command] : names[0];
}

static bool covers(int wanted, int index)
{
    return wanted < 0 || wanted == index;
}

static int stays_dead(struct mt_diag *diag)
{
    return mt_fail(diag, MT_EREFUSED, "killed: what was killed stays dead: flatten closes what is open, stop ends this "
                   "run, a new run trades again");
}

static int set_scope(struct mt_engine *e, int account, int symbol, enum mt_trading_state state, struct mt_diag *diag)
{
    struct mt_risk_scope_view view;
    enum mt_scope_kind kind = account < 0 ? MT_SCOPE_GLOBAL : symbol < 0 ? MT_SCOPE_ACCOUNT : MT_SCOPE_SYMBOL;
    int scope = mt_risk_scope_find(e->risk, kind, account, symbol);
    if (scope < 0) /* no such symbol scope is set up: the account is the nearest that is safe */
        scope = mt_risk_scope_find(e->risk, MT_SCOPE_ACCOUNT, account, -1);
    mt_risk_scope(e->risk, (uint16_t)scope, &view);
    if (view.state == MT_KILLED && state != MT_KILLED)
        return stays_dead(diag);
    mt_oms_state(e, (uint16_t)scope, state);
    return 0;
}

/* Everything that the command covers: a limit may have stopped an account, or one of several scopes that meet there.
 * What was killed stays dead: that is what tells a kill from a halt. */
static int resume_scopes(struct mt_engine *e, int account, int symbol, struct mt_diag *diag)
{
    enum mt_trading_state worst = MT_ACTIVE;
    for (size_t i = 0; i < mt_risk_scope_count(e->risk); i++) {
        struct mt_risk_scope_view view;
        mt_risk_scope(e->risk, (uint16_t)i, &view);
        if (!covers(account, view.account) || !covers(symbol, view.symbol))
            continue;
        worst = view.state == MT_KILLED ? MT_KILLED : worst;
        bool whole = view.kind == MT_SCOPE_GLOBAL && account < 0 && symbol < 0;
        if (view.state == MT_KILLED || (view.state == MT_ACTIVE && !whole))
            continue;
        mt_oms_state(e, (uint16_t)i, MT_ACTIVE);       /* GLOBAL also when it is active: counters start again */
    }
    for (uint16_t a = 0; a < e->setup.account_count; a++)
        for (uint16_t y = 0; y < e->setup.instrument_count; y++)
            if (covers(account, a) && covers(symbol, y) && mt_risk_state(e->risk, a, y) > worst)
                worst = mt_risk_state(e->risk, a, y);
    if (worst == MT_KILLED)
        return stays_dead(diag);
    if (worst != MT_ACTIVE)
        return mt_fail(diag, MT_EREFUSED, "a wider scope still stands in the way: status shows which; resume without "
                       "words reaches all");
    return 0;
}

/* Protective exits too: a kill leaves nothing at the venue (3.4) but what an operator closes. */
static void cancel_all(struct mt_engine *e, int account, int symbol)
{
    struct mt_orders *orders = &e->folded.orders;
    uint64_t after = 0;
    for (size_t i = 0; i < orders->open_count;) {       /* withdrawn orders leave the list under us: go by id */
        uint64_t coid = orders->open[i];
        const struct mt_order *order = mt_orders_get(orders, coid);
        if (coid > after && covers(account, order->terms.account) && covers(symbol, order->terms.symbol)
            && order->terms.role != MT_ROLE_OPERATOR)
            mt_oms_cancel(e, coid);
        after = coid;
        i += i < orders->open_count && orders->open[i] == coid;
    }
}

/* by_operator: only his word closes what is killed, not what the script says for its end. */
static int flatten(struct mt_engine *e, int account, int symbol, bool by_operator, struct mt_diag *diag)
{
    size_t halted = 0, closing = 0;
    for (uint16_t a = 0; a < e->setup.account_count; a++)
        for (uint16_t y = 0; y < e->setup.instrument_count; y++) {
            struct mt_rec_leg none = { .mode = mt_leg_at(e, a, y)->wish.mode };
            enum mt_trading_state state = mt_risk_state(e->risk, a, y);
            bool open = mt_ledger_slot(&e->ledger, a, y)->position.qty != 0;
            bool business = open || mt_leg_at(e, a, y)->entry_coid || mt_leg_at(e, a, y)->wish.waiting;
            if (!business || !covers(account, a) || !covers(symbol, y) || (state == MT_KILLED && !by_operator))
                continue;
            halted += open && state == MT_HALTED;
            closing += open && state != MT_HALTED;
            mt_leg_close(e, a, y, MT_ROLE_OPERATOR, 0, false, &none);
        }
    if (halted > 0)
        return mt_fail(diag, MT_EREFUSED, "a halt closes nothing: %zu position%s as soon as reduce or resume ends the "
                       "halt (status shows where it is)%s", halted, halted == 1 ? " closes" : "s close",
                       closing > 0 ? "; the others are being closed" : "");
    return 0;
}

int mt_engine_param_again(struct mt_engine *e, const char *text, struct mt_diag *diag)
{
    char name[128];
    const char *equals = strchr(text, '=');
    size_t length = equals ? (size_t)(equals - text) : 0;
    if (length == 0 || length >= sizeof name)
        return mt_fail(diag, MT_EUSAGE, "params: '%s': expected name=value", text);
    memcpy(name, text, length);
    name[length] = '\0';
    if (!e->strategy.ops->set_param)
        return mt_fail(diag, MT_EREFUSED, "params: this strategy has none");
    return e->strategy.ops->set_param(e->strategy.self, name, equals + 1, diag);
}

int mt_engine_operator(struct mt_engine *e, int64_t now_ns, enum mt_operator_command command, int account, int symbol,
                       const char *who, const char *text, struct mt_diag *diag)
{
    struct mt_rec_operator r;
    int refused = 0;
    if (account < -1 || account >= e->setup.account_count || symbol < -1 || symbol >= e->setup.instrument_count)
        return mt_fail(diag, MT_ERANGE, "%s: no such account or symbol", mt_operator_command_name(command));
    memset(&r, 0, sizeof r);
    begin_turn(e, now_ns);
    r.turn = e->turn;
    r.command = command;
    r.account = account;
    r.symbol = symbol;
    memcpy(r.who, who, strnlen(who, sizeof r.who - 1));
    memcpy(r.text, text, strnlen(text, sizeof r.text - 1));
    mt_emit(e, MT_REC_OPERATOR, &r, sizeof r, MT_DURABLE_D1P);
    switch (command) {
    case MT_OPERATOR_HALT: refused = set_scope(e, account, symbol, MT_HALTED, diag); break;
    case MT_OPERATOR_REDUCE: refused = set_scope(e, account, symbol, MT_REDUCE_ONLY, diag); break;
    case MT_OPERATOR_RESUME: refused = resume_scopes(e, account, symbol, diag); break;
    case MT_OPERATOR_FLATTEN: refused = flatten(e, account, symbol, true, diag); break;
    case MT_OPERATOR_KILL:                      /* durable before anything else, then the cancels (3.4) */
        refused = set_scope(e, account, symbol, MT_KILLED, diag);
        if (e->dead == 0 && (e->dead = mt_journal_flush(e->journal, MT_DURABLE_D1P, &e->fault)) == 0) {
            mt_oms_flushed(e);
            cancel_all(e, account, symbol);
        }
        e->watch_ns = e->now_ns + MT_NS_PER_S;
        break;
    case MT_OPERATOR_PARAM: refused = mt_engine_param_again(e, r.text, diag); break;
    default: break;
    }
    mt_news_tell(e);
    int rc = mt_engine_end_of_turn(e, diag);
    return rc ? rc : refused;
}

int mt_engine_stop(struct mt_engine *e, int64_t now_ns, const char *why, struct mt_diag *diag)
{
    begin_turn(e, now_ns);
    mt_port_text(e, why, SIZE_MAX);
    e->stopping = true;                         /* on_stop and what follows it enter nothing */
    mt_call(e, MT_ON_STOP, -1);
    save_state(e, true);
    if (e->setup.flatten_at_stop)
        (void)flatten(e, -1, -1, false, NULL);  /* what is halted or killed stays: the summary shows it */
    else if (e->setup.cancel_at_stop)
        for (size_t b = 0; b < e->binding_count; b++)
            for (uint16_t y = 0; y < e->setup.instrument_count; y++) {
                const struct mt_leg *leg = mt_leg_at(e, e->bindings[b].account, y);
                if (leg->entry_coid)            /* protective exits stay while a position is kept */
                    mt_oms_cancel(e, leg->entry_coid);
            }
    return mt_engine_end_of_turn(e, diag);
}

bool mt_engine_idle(const struct mt_engine *e)
{
    const struct mt_orders *orders = &e->folded.orders;
    for (size_t i = 0; i < orders->open_count; i++) {
        const struct mt_order *order = mt_orders_get(orders, orders->open[i]);
        bool stays = order->terms.role == MT_ROLE_STOP || order->terms.role == MT_ROLE_TAKE;
        bool killed = mt_risk_state(e->risk, order->terms.account, order->terms.symbol) == MT_KILLED;
        if (!stays || killed || (e->setup.flatten_at_stop && order->op != MT_OP_NONE))
            return false;
    }
    return true;
}

int mt_engine_end(struct mt_engine *e, int64_t now_ns, int reason, int exit_code, struct mt_diag *diag)
{
    struct mt_rec_checkpoint check;
    begin_turn(e, now_ns);
    struct mt_rec_run_end r = { e->turn, reason, exit_code };
    mt_refusal_tell(e);
    check.hash = mt_engine_state_hash(e);
    mt_emit(e, MT_REC_CHECKPOINT, &check, sizeof check, MT_DURABLE_D2);
    mt_emit(e, MT_REC_RUN_END, &r, sizeof r, MT_DURABLE_D2);
    e->outbox_count = 0;
    return mt_engine_end_of_turn(e, diag);
}
