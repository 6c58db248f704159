/* Kind by kind. Nothing is decided here. */

#include "core/books_fold.h"

#include <string.h>

#include "core/books_orders.h"
#include "core/order_fold.h"

void mt_books_fold_signal(struct mt_books *b, const struct mt_rec_signal *r)
{
    b->next_signal = r->id + 1;
    b->last_signals[r->symbol] = *r;
}

void mt_books_fold_verdict(struct mt_books *b, const struct mt_rec_signal *signal, const struct mt_rec_verdict *r)
{
    if (r->verdict != MT_SENT && r->verdict != MT_PARTIAL)
        return;
    b->stances[signal->symbol] = (struct mt_stance){ r->stance, r->mode, r->reference, signal->id };
    if (r->entry)
        b->entry_signals[signal->symbol] = b->last_signals[signal->symbol];
    b->shown++;
}

int mt_books_fold_leg(struct mt_books *b, const struct mt_rec_leg *r)
{
    static const struct mt_exit none;
    struct mt_stance *stance = &b->stances[r->symbol];
    struct mt_plan *plan = mt_plan_at(b, r->account, r->symbol);
    const struct mt_rec_signal *signal = mt_books_signal(b, r->symbol, r->signal);
    if (r->plan == MT_LEG_PLAN_OF_SIGNAL && !signal)
        return MT_ECORRUPT;
    if (r->plan != MT_LEG_PLAN_STAYS) {
        plan->exit = r->plan == MT_LEG_PLAN_OF_SIGNAL ? signal->exit : none;
        plan->armed = mt_plan_any(&plan->exit);
    }
    struct mt_rec_leg *wish = &mt_leg_at(b, r->account, r->symbol)->wish;
    *wish = *r;
    wish->plan = MT_LEG_PLAN_STAYS;             /* done */
    bool settled = r->want == 0 || (r->mode == MT_LEG_TARGET && stance->mode == MT_LEG_TARGET);
    if (settled && stance->reference == r->account)
        stance->side = r->want; /* also after an exit of the plan; of a refused target what is held is wanted */
    b->shown++;
    return 0;
}

/* Of a journal. A live one is folded part by part as it is made: nothing that the intents and operations of its turn
 * fold looks at these parts, so it may stand behind them. */
static int fold_decision(struct mt_books *b, const struct mt_rec_decision *r)
{
    const struct mt_rec_leg *legs = (const void *)(r + 1);
    int rc = 0;
    mt_books_fold_signal(b, &r->signal);
    for (uint32_t i = 0; i < r->leg_count && rc == 0; i++)
        rc = mt_books_fold_leg(b, &legs[i]);
    mt_books_fold_verdict(b, &r->signal, &r->verdict);
    return rc;
}

static void fold_plan(struct mt_books *b, const struct mt_rec_plan *r)
{
    struct mt_plan *plan = mt_plan_at(b, r->account, r->symbol);
    plan->exit = r->exit;
    plan->armed = r->armed != 0;
}

static void fold_run_start(struct mt_books *b, const struct mt_rec_run_start *start, int64_t time_ns)
{
    struct mt_orders *orders = &b->orders;
    for (size_t i = 0; i < orders->open_count; i++) {
        struct mt_order *order = mt_orders_get(orders, orders->open[i]);
        struct mt_order before = *order;
        mt_order_fold_restart(order, start, time_ns);
        mt_books_order_changed(b, &before, order);       /* open stays open: the list does not move under us */
    }
    if (!start->venue_again)
        b->next_coid = b->coid_end;       /* ids of the old block may have been used */
}

static void fold_note(struct mt_books *b, const struct mt_rec_note *r)
{
    if (r->what == MT_NOTE_CUT)
        b->cut_noted[r->symbol] = true;
    else if (b->noted_count < MT_NOTES_MAX)
        memcpy(b->noted[b->noted_count++], r->at, sizeof r->at);
}

/* Money and limits beyond all numbers: the host writes none, but a file can say anything. */
static int fold_risk_limit(struct mt_books *b, const struct mt_rec_risk_limit *r)
{
    struct mt_risk_scope_view scope;
    mt_risk_scope(b->risk, r->scope, &scope);
    if (mt_limit_check(r->limit, scope.kind, r->value, NULL) != 0)
        return MT_ECORRUPT;
    mt_risk_on_limit(b->risk, r->scope, r->limit, r->set, r->value);
    return 0;
}

static int fold_adjustment(struct mt_books *b, const struct mt_rec_adjustment *r)
{
    const struct mt_account *account = &b->ledger.accounts[r->account];
    mt_money amount = mt_rec_money_get(r->amount), cash, adjusted;
    if (mt_add128(account->cash, amount, &cash) != 0 || mt_add128(account->adjusted, amount, &adjusted) != 0)
        return MT_ECORRUPT;
    mt_ledger_adjust_cash(&b->ledger, r->account, amount);
    return 0;
}

static int fold_day(struct mt_books *b, const struct mt_rec_day *r)
{
    mt_money equity = mt_rec_money_get(r->equity), peak = mt_rec_money_get(r->peak), start, top;
    mt_money adjusted = b->ledger.accounts[r->account].adjusted;
    if (mt_sub128(equity, adjusted, &start) != 0 || mt_sub128(peak, adjusted, &top) != 0)
        return MT_ECORRUPT;
    b->day = r->day;
    mt_risk_on_day(b->risk, r->account, r->day, equity, peak);
    return 0;
}

static int fold_one(struct mt_books *b, const struct mt_record *record, struct mt_books_change *out)
{
    const void *p = record->payload;
    switch (record->kind) {
    case MT_REC_RUN_START: fold_run_start(b, p, record->time_ns); return 0;
    case MT_REC_DECISION: return fold_decision(b, p);
    case MT_REC_INTENT: return mt_books_fold_intent(b, record);
    case MT_REC_SENT: return mt_books_fold_sent(b, record);
    case MT_REC_VENUE_EVENT: return mt_books_fold_venue_event(b, record, out);
    case MT_REC_OP: return mt_books_fold_op(b, record);
    case MT_REC_LEG: return mt_books_fold_leg(b, p);
    case MT_REC_PLAN: fold_plan(b, p); return 0;
    case MT_REC_NOTE: fold_note(b, p); return 0;
    case MT_REC_RISK_LIMIT: return fold_risk_limit(b, p);
    case MT_REC_RISK_STATE: {
        const struct mt_rec_risk_state *r = p;
        mt_risk_on_state(b->risk, r->scope, r->state);
        b->shown++;
        return 0;
    }
    case MT_REC_COID_BLOCK: {
        const struct mt_rec_coid_block *r = p;
        b->next_coid = r->first;
        b->coid_end = r->end;
        return 0;
    }
    case MT_REC_ADJUSTMENT: return fold_adjustment(b, p);
    case MT_REC_DAY: return fold_day(b, p);
    default: return 0;          /* MARKET, TIMER, OPERATOR, SCRIPT_* and marks of the run: inputs and notes, no state */
    }
}

int mt_books_fold(struct mt_books *b, const struct mt_record *record, struct mt_books_change *change,
                  struct mt_diag *diag)
{
    memset(change, 0, sizeof *change);
    int rc = fold_one(b, record, change);
    if (rc != 0)
        return mt_fail(diag, rc, "journal: record %llu (%s): %s", (unsigned long long)record->seq,
                       mt_record_name(record->kind), mt_err_name(rc));
    return 0;
}

