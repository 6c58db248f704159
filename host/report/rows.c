/* The CSV files of a run folder. */
#include <stdlib.h>
#include <string.h>

#include "report/results_private.h"
#include "model/code.h"

static const char *const trades_header =
    "opened,closed,account,symbol,side,qty,entry,exit,profit,fees,reason,tag";
static const char *const orders_header =
    "created,ended,id,signal,account,symbol,side,type,tif,role,qty,price,stop,filled,average,state,code,tag";
static const char *const equity_header = "time,account,cash,unrealised,equity";
static const char *const marks_header = "time,symbol,name,value";
static const char *const vetoes_header = "time,signal,symbol,side,verdict,reason,value,code,tag";

static int open_one(struct mt_results *r, struct mt_output *out, const char *name, const char *header, bool again,
                    struct mt_diag *diag)
{
    return again ? mt_output_reopen(out, r->dir, name, header, r->until_ns, diag)
                 : mt_output_open(out, r->dir, name, header, diag);
}

/* After a resume all but marks is written anew from the journal and the market: a script marks what only it knows. */
int mt_rows_open(struct mt_results *r, struct mt_diag *diag)
{
    int rc = open_one(r, &r->trades_csv, "trades.csv", trades_header, false, diag);
    if (rc == 0)
        rc = open_one(r, &r->orders_csv, "orders.csv", orders_header, false, diag);
    if (rc == 0)
        rc = open_one(r, &r->vetoes_csv, "vetoes.csv", vetoes_header, false, diag);
    if (rc == 0)
        rc = open_one(r, &r->equity_csv, "equity.csv", equity_header, false, diag);
    if (rc == 0)
        rc = open_one(r, &r->marks_csv, "marks.csv", marks_header, r->resumed, diag);
    return rc;
}

int mt_rows_check(const struct mt_results *r, struct mt_diag *diag)
{
    const struct mt_output *const all[] = { &r->trades_csv, &r->orders_csv, &r->vetoes_csv, &r->equity_csv,
                                            &r->marks_csv };
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < sizeof all / sizeof *all; i++)
        rc = mt_output_check(all[i], diag);
    return rc;
}

static void flush_due(struct mt_output *out)
{
    if (out->length > 0)
        mt_output_flush(out);
}

void mt_rows_flush(struct mt_results *r)
{
    flush_due(&r->trades_csv);
    flush_due(&r->orders_csv);
    flush_due(&r->vetoes_csv);
    flush_due(&r->equity_csv);
    flush_due(&r->marks_csv);
}

/* A resume can make every other row again. */
void mt_rows_flush_marks(struct mt_results *r)
{
    flush_due(&r->marks_csv);
}

int mt_rows_close(struct mt_results *r, struct mt_diag *diag)
{
    struct mt_output *const all[] = { &r->trades_csv, &r->orders_csv, &r->vetoes_csv, &r->equity_csv, &r->marks_csv };
    int rc = 0;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        int one = mt_output_close(all[i], diag);
        rc = rc ? rc : one;
    }
    return rc;
}

/* --- rows -------------------- */

/* The average of several fills, cut to the price's decimals; empty without any. */
static void put_average(struct mt_output *out, mt_i128 cost, int64_t qty, const struct mt_instrument *instrument)
{
    if (qty > 0)
        mt_output_dec(out, (int64_t)(cost / qty), instrument->price_scale);
    else
        mt_output_text(out, "");
}

static void put_price(struct mt_output *out, struct mt_price price, const struct mt_instrument *instrument)
{
    if (price.there)
        mt_output_dec(out, price.value, instrument->price_scale);
    else
        mt_output_text(out, "");
}

void mt_rows_order(struct mt_results *r, const struct mt_order *order)
{
    struct mt_output *out = &r->orders_csv;
    const struct mt_instrument *instrument = mt_results_instrument(r, order->terms.symbol);
    mt_output_time(out, order->created_ns);
    mt_output_time(out, order->updated_ns);
    mt_output_int(out, (int64_t)order->coid);
    mt_output_int(out, (int64_t)order->signal_id);
    mt_output_text(out, mt_results_account(r, order->terms.account));
    mt_output_text(out, instrument->symbol);
    mt_output_text(out, mt_side_name(order->terms.side));
    mt_output_text(out, mt_order_type_name(order->terms.type));
    mt_output_text(out, mt_tif_name(order->terms.tif));
    mt_output_text(out, mt_role_name(mt_order_reason(order)));
    mt_output_dec(out, order->terms.qty, instrument->qty_scale);
    put_price(out, mt_terms_price(&order->terms), instrument);
    put_price(out, mt_terms_stop(&order->terms), instrument);
    mt_output_dec(out, order->cum, instrument->qty_scale);
    put_average(out, order->cost, order->cum, instrument);
    mt_output_text(out, mt_order_state_name(order->state));
    mt_output_text(out, order->code ? mt_code_name(order->code) : "");
    mt_output_text(out, order->tag);
    mt_output_end(out);
}

void mt_rows_open_orders(struct mt_results *r, const struct mt_engine *engine)
{
    const struct mt_order **open = NULL;
    size_t most = r->dir[0] ? 4096 : 0, count = most;
    while (count == most && most > 0) {         /* as many as there is room for: there may be more */
        most *= 2;
        const struct mt_order **grown = realloc(open, most * sizeof *open);
        r->no_memory = r->no_memory || !grown;
        open = grown ? grown : open;
        count = grown ? mt_engine_open_orders(engine, open, most) : 0;
    }
    for (size_t i = 0; i < count; i++)
        mt_rows_order(r, open[i]);
    free(open);
}

void mt_rows_trade(struct mt_results *r, const struct mt_round_trip *trade)
{
    struct mt_output *out = &r->trades_csv;
    const struct mt_instrument *instrument = mt_results_instrument(r, trade->symbol);
    if (!out->path)
        return;
    mt_output_time(out, trade->opened_ns);
    mt_output_time(out, trade->closed_ns);
    mt_output_text(out, mt_results_account(r, trade->account));
    mt_output_text(out, instrument->symbol);
    mt_output_text(out, mt_side_name(trade->side));
    mt_output_dec(out, trade->qty, instrument->qty_scale);
    put_average(out, trade->in_cost, trade->in_qty, instrument);
    put_average(out, trade->out_cost, trade->qty, instrument);
    mt_output_money(out, trade->profit);
    mt_output_money(out, trade->fees);
    mt_output_text(out, mt_role_name(trade->role));
    mt_output_text(out, trade->tag);
    mt_output_end(out);
}

void mt_rows_veto(struct mt_results *r, const struct mt_rec_decision *decision, int64_t time_ns)
{
    const struct mt_rec_verdict *verdict = &decision->verdict;
    struct mt_output *out = &r->vetoes_csv;
    if (!out->path)
        return;
    mt_output_time(out, time_ns);
    mt_output_int(out, (int64_t)decision->signal.id);
    mt_output_text(out, mt_results_instrument(r, decision->signal.symbol)->symbol);
    mt_output_text(out, mt_side_name(verdict->side));
    mt_output_text(out, mt_verdict_name(verdict->verdict));
    mt_output_text_n(out, verdict->reason, strnlen(verdict->reason, sizeof verdict->reason));
    mt_output_double(out, verdict->value);
    mt_output_text(out, verdict->code ? mt_code_name(verdict->code) : "");
    mt_output_text_n(out, decision->signal.tag, strnlen(decision->signal.tag, sizeof decision->signal.tag));
    mt_output_end(out);
}

void mt_rows_mark(struct mt_results *r, int64_t time_ns, uint16_t symbol, const char *name, double value)
{
    struct mt_output *out = &r->marks_csv;
    if (!out->path)
        return;
    mt_output_time(out, time_ns);
    mt_output_text(out, mt_results_instrument(r, symbol)->symbol);
    mt_output_text(out, name);
    mt_output_double(out, value);
    mt_output_end(out);
}
