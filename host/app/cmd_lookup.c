/* orders, fills, positions, trades, signals: tables from the records of a run or a backtest. */
#include "app/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/history.h"
#include "report/table.h"
#include "app/walk.h"
#include "base/buf.h"
#include "model/view.h"
#include "model/code.h"

struct lookup { const struct mt_history *history; const struct mt_names *names; struct mt_table *table; };

/* cost / qty, as far as the price's decimals go. */
static void put_average(const struct lookup *l, mt_i128 cost, int64_t qty, const struct mt_instrument *instrument)
{
    int64_t units = qty < 0 ? -qty : qty;
    mt_i128 total = cost < 0 ? -cost : cost;
    mt_table_dec(l->table, units > 0, units > 0 ? (int64_t)(total / units) : 0, instrument->price_scale);
}

static void put_code(const struct lookup *l, int code)
{
    mt_table_cell(l->table, code != 0 ? mt_code_name(code) : "");
}

/* --- rows --------------------------------------------------------------------------------------------------------- */

static const char *const order_columns[] = { "created", "id",      "signal", "account", "symbol", "side",
                                             "type",    "tif",     "role",   "qty",     "price",  "stop",
                                             "filled",  "average", "state",  "code",    "tag" };

static void fill_orders(const struct lookup *l)
{
    for (size_t i = 0; i < l->history->order_count; i++) {
        const struct mt_order *o = &l->history->orders[i];
        const struct mt_instrument *instrument = mt_names_instrument(l->names, o->terms.symbol);
        mt_table_time(l->table, o->created_ns);
        mt_table_uint(l->table, o->coid);
        mt_table_uint(l->table, o->signal_id);
        mt_table_cell(l->table, mt_names_account(l->names, o->terms.account));
        mt_table_cell(l->table, instrument->symbol);
        mt_table_cell(l->table, mt_side_name(o->terms.side));
        mt_table_cell(l->table, mt_order_type_name(o->terms.type));
        mt_table_cell(l->table, mt_tif_name(o->terms.tif));
        mt_table_cell(l->table, mt_role_name(mt_order_reason(o)));
        mt_table_dec(l->table, true, o->terms.qty, instrument->qty_scale);
        mt_table_dec(l->table, mt_terms_has_price(&o->terms), o->terms.price, instrument->price_scale);
        mt_table_dec(l->table, mt_terms_has_stop(&o->terms), o->terms.stop, instrument->price_scale);
        mt_table_dec(l->table, true, o->cum, instrument->qty_scale);
        put_average(l, o->cost, o->cum, instrument);
        mt_table_cell(l->table, mt_order_state_name(o->state));
        put_code(l, o->code);
        mt_table_cell(l->table, o->tag);
    }
}

static const char *const fill_columns[] = { "time", "order", "fill", "account", "symbol", "side", "qty", "price", "fee",
                                            "profit", "liquidity", "role", "busted" };

static void fill_fills(const struct lookup *l)
{
    for (size_t i = 0; i < l->history->fill_count; i++) {
        const struct mt_history_fill *f = &l->history->fills[i];
        const struct mt_instrument *instrument = mt_names_instrument(l->names, f->symbol);
        mt_table_time(l->table, f->time_ns);
        mt_table_uint(l->table, f->coid);
        mt_table_uint(l->table, f->fill_id);
        mt_table_cell(l->table, mt_names_account(l->names, f->account));
        mt_table_cell(l->table, instrument->symbol);
        mt_table_cell(l->table, mt_side_name(f->side));
        mt_table_dec(l->table, true, f->qty, instrument->qty_scale);
        mt_table_dec(l->table, true, f->price, instrument->price_scale);
        mt_table_money(l->table, true, f->fee);
        mt_table_money(l->table, true, f->realised);
        mt_table_cell(l->table, f->maker ? "maker" : "taker");
        mt_table_cell(l->table, mt_role_name(f->role));
        mt_table_cell(l->table, f->busted ? "yes" : "");
    }
}

static const char *const position_columns[] = { "account",  "symbol", "qty",    "average", "since",
                                                "realised", "fees",   "trades", "currency" };

/* What was ever traded, flat ones too: their profit is told here. */
static void fill_positions(const struct lookup *l)
{
    for (size_t slot = 0; slot < l->history->slot_count; slot++) {
        uint16_t count = l->names->instrument_count;
        const struct mt_account_setup *account = &l->names->accounts[slot / count];
        const struct mt_instrument *instrument = &l->names->instruments[slot % count];
        const struct mt_slot *s = mt_history_slot(l->history, slot);
        const struct mt_position *p = &s->position;
        uint64_t trades = l->history->slots[slot].closed;
        if (p->qty == 0 && trades == 0)
            continue;
        mt_table_cell(l->table, account->name);
        mt_table_cell(l->table, instrument->symbol);
        mt_table_dec(l->table, true, p->qty, instrument->qty_scale);
        put_average(l, p->cost, p->qty, instrument);
        if (p->qty != 0)
            mt_table_time(l->table, p->opened_ns);
        else
            mt_table_cell(l->table, "");
        mt_table_money(l->table, true, s->realised);
        mt_table_money(l->table, true, s->fees);
        mt_table_uint(l->table, trades);
        mt_table_cell(l->table, account->currency);
    }
}

static const char *const trade_columns[] = { "opened", "closed", "account", "symbol", "side",   "qty",
                                             "entry",  "exit",   "profit",  "fees",   "reason", "tag" };

static void fill_trades(const struct lookup *l)
{
    for (size_t i = 0; i < l->history->trade_count; i++) {
        const struct mt_round_trip *t = &l->history->trades[i];
        const struct mt_instrument *instrument = mt_names_instrument(l->names, t->symbol);
        mt_table_time(l->table, t->opened_ns);
        mt_table_time(l->table, t->closed_ns);
        mt_table_cell(l->table, mt_names_account(l->names, t->account));
        mt_table_cell(l->table, instrument->symbol);
        mt_table_cell(l->table, mt_side_name(t->side));
        mt_table_dec(l->table, true, t->qty, instrument->qty_scale);
        put_average(l, t->in_cost, t->in_qty, instrument);
        put_average(l, t->out_cost, t->qty, instrument);
        mt_table_money(l->table, true, t->profit);
        mt_table_money(l->table, true, t->fees);
        mt_table_cell(l->table, mt_role_name(t->role));
        mt_table_cell(l->table, t->tag);
    }
}

static const char *const signal_columns[] = { "time", "signal", "symbol", "kind", "side", "verdict", "reason", "sent",
                                              "account", "order", "role", "code", "qty", "filled", "average", "tag" };

/* A target has the side of its quantity; protect has none. */
static const char *signal_side(const struct mt_rec_signal *s)
{
    if (s->kind == MT_ASK_PROTECT)
        return "";
    return mt_side_name(s->kind == MT_ASK_TARGET ? (s->qty > 0) - (s->qty < 0) : s->side);
}

/* A protect works in the step in which it is taken: it has no verdict. */
static const char *verdict_name(const struct mt_history_signal *s)
{
    if (s->signal.kind == MT_ASK_PROTECT)
        return "";
    return mt_verdict_name(s->verdict.verdict);
}

static void put_signal(const struct lookup *l, const struct mt_history_signal *s)
{
    const struct mt_rec_verdict *v = &s->verdict;
    char sent[32];
    mt_table_time(l->table, s->time_ns);
    mt_table_uint(l->table, s->signal.id);
    mt_table_cell(l->table, mt_names_instrument(l->names, s->signal.symbol)->symbol);
    mt_table_cell(l->table, mt_ask_name(s->signal.kind));
    mt_table_cell(l->table, signal_side(&s->signal));
    mt_table_cell(l->table, verdict_name(s));
    char reason[sizeof v->reason + 1];
    snprintf(reason, sizeof reason, "%.*s", (int)sizeof v->reason, v->reason);
    mt_table_cell(l->table, reason[0] ? reason : v->code ? mt_code_name(v->code) : "");
    snprintf(sent, sizeof sent, "%u/%u", v->sent, v->of);
    mt_table_cell(l->table, s->signal.kind != MT_ASK_PROTECT ? sent : "");
}

/* The ledger: a row per account that the signal reached, or one row when it reached none. */
static void put_signal_order(const struct lookup *l, const struct mt_history_signal *s, const struct mt_order *o)
{
    char tag[sizeof s->signal.tag + 1];
    put_signal(l, s);
    if (o) {
        const struct mt_instrument *instrument = mt_names_instrument(l->names, o->terms.symbol);
        mt_table_cell(l->table, mt_names_account(l->names, o->terms.account));
        mt_table_uint(l->table, o->coid);
        mt_table_cell(l->table, mt_role_name(mt_order_reason(o)));
        put_code(l, o->code);
        mt_table_dec(l->table, true, o->terms.qty, instrument->qty_scale);
        mt_table_dec(l->table, true, o->cum, instrument->qty_scale);
        put_average(l, o->cost, o->cum, instrument);
    } else {
        for (int i = 0; i < 7; i++)
            mt_table_cell(l->table, "");
    }
    snprintf(tag, sizeof tag, "%.*s", (int)sizeof s->signal.tag, s->signal.tag);
    mt_table_cell(l->table, tag);
}

/* Exits follow from fills, not from the signal: they are in `orders`. */
static bool asked_by_signal(const struct mt_order *order)
{
    unsigned role = order->terms.role;
    return role == MT_ROLE_ENTRY || role == MT_ROLE_TARGET || role == MT_ROLE_FLAT || role == MT_ROLE_SLOT;
}

/* --- signals as JSON: an object each, with what it became on each account ----------------------------------------- */

static void json_account(const struct lookup *l, const struct mt_order *o, struct mt_buf *out)
{
    const struct mt_instrument *instrument = mt_names_instrument(l->names, o->terms.symbol);
    mt_json_open(out, NULL, '{');
    mt_json_text(out, "account", mt_names_account(l->names, o->terms.account));
    mt_json_uint(out, "order", o->coid);
    mt_json_text(out, "role", mt_role_name(mt_order_reason(o)));
    mt_json_text(out, "state", mt_order_state_name(o->state));
    mt_json_text(out, "code", o->code != 0 ? mt_code_name(o->code) : "");
    mt_json_dec(out, "qty", o->terms.qty, instrument->qty_scale);
    mt_json_dec(out, "filled", o->cum, instrument->qty_scale);
    if (o->cum > 0)
        mt_json_dec(out, "price", (int64_t)(o->cost / o->cum), instrument->price_scale);
    else
        mt_json_null(out, "price");
    mt_json_close(out, '}');
}

static void json_signal(const struct lookup *l, const struct mt_history_signal *s, struct mt_buf *out)
{
    const struct mt_rec_verdict *v = &s->verdict;
    mt_json_time(out, "time", s->time_ns);
    mt_json_uint(out, "signal", s->signal.id);
    mt_json_text(out, "symbol", mt_names_instrument(l->names, s->signal.symbol)->symbol);
    mt_json_text(out, "kind", mt_ask_name(s->signal.kind));
    mt_json_text(out, "side", signal_side(&s->signal));
    mt_json_text(out, "verdict", verdict_name(s));
    if (v->reason[0] || !v->code)
        mt_json_text_n(out, "reason", v->reason, strnlen(v->reason, sizeof v->reason));
    else
        mt_json_text(out, "reason", mt_code_name(v->code));
    mt_json_text(out, "code", v->code ? mt_code_name(v->code) : "");
    mt_json_int(out, "sent", v->sent);
    mt_json_int(out, "of", v->of);
    mt_json_text_n(out, "tag", s->signal.tag, strnlen(s->signal.tag, sizeof s->signal.tag));
}

/* --- signals and their orders ------------------------------------------------------------------------------------- */

struct by_signal { uint64_t signal; size_t order; };

static int signal_order(const void *a, const void *b)
{
    const struct by_signal *x = a, *y = b;
    if (x->signal != y->signal)
        return x->signal < y->signal ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

/* The orders that signals asked for, by signal; *count of them. NULL: no memory. */
static struct by_signal *orders_by_signal(const struct mt_history *history, size_t *count)
{
    struct by_signal *sorted = calloc(history->order_count + 1, sizeof *sorted);
    *count = 0;
    for (size_t i = 0; sorted && i < history->order_count; i++)
        if (asked_by_signal(&history->orders[i]))
            sorted[(*count)++] = (struct by_signal){ history->orders[i].signal_id, i };
    if (sorted)
        qsort(sorted, *count, sizeof *sorted, signal_order);
    return sorted;
}

static void fill_signals(const struct lookup *l)
{
    size_t count, at = 0;
    struct by_signal *sorted = orders_by_signal(l->history, &count);
    l->table->cells.failed = sorted == NULL;
    for (size_t i = 0; sorted && i < l->history->signal_count; i++) {
        const struct mt_history_signal *signal = &l->history->signals[i];
        while (at < count && sorted[at].signal < signal->signal.id)
            at++;
        if (at == count || sorted[at].signal != signal->signal.id)
            put_signal_order(l, signal, NULL);
        for (; at < count && sorted[at].signal == signal->signal.id; at++)
            put_signal_order(l, signal, &l->history->orders[sorted[at].order]);
    }
    free(sorted);
}

static int print_signals(const struct lookup *l)
{
    size_t count, at = 0;
    struct by_signal *sorted = orders_by_signal(l->history, &count);
    struct mt_buf out;
    mt_buf_init(&out, 1 << 24);
    putchar('[');
    for (size_t i = 0; sorted && i < l->history->signal_count; i++) {
        const struct mt_history_signal *signal = &l->history->signals[i];
        mt_buf_clear(&out);
        out.comma = false;
        mt_json_open(&out, NULL, '{');
        json_signal(l, signal, &out);
        mt_json_open(&out, "accounts", '[');
        while (at < count && sorted[at].signal < signal->signal.id)
            at++;
        for (; at < count && sorted[at].signal == signal->signal.id; at++)
            json_account(l, &l->history->orders[sorted[at].order], &out);
        mt_json_close(&out, ']');
        mt_json_close(&out, '}');
        printf("%s%s", i > 0 ? ",\n" : "", mt_buf_text(&out));
    }
    puts("]");
    mt_buf_fini(&out);
    free(sorted);
    return sorted ? 0 : MT_ENOMEM;
}

/* --- the command -------------------------------------------------------------------------------------------------- */

struct view {
    const char *name, *usage;
    const char *const *columns; int column_count;
    unsigned right, numbers;            /* bits of columns: flush right; whole numbers in JSON */
    unsigned keep;                      /* enum mt_history_rows */
    void (*fill)(const struct lookup *lookup);
};

#define COLUMNS(c) c, (int)(sizeof(c) / sizeof(c)[0])

static const struct view views[] = {
    { "orders", "mthost orders [RUN]\n  All orders of a run (ID or folder; default: the newest), denied ones too.",
      COLUMNS(order_columns), 0x3e06, 0x6, MT_ROWS_ORDERS, fill_orders },
    { "fills", "mthost fills [RUN]\n  All fills of a run; `profit` is realised, before the fee.", COLUMNS(fill_columns),
      0x3c6, 0x6, MT_ROWS_FILLS, fill_fills },
    { "positions", "mthost positions [RUN]\n  What each account holds in each symbol, a fold of the fills.",
      COLUMNS(position_columns), 0xec, 0x80, 0, fill_positions },
    { "trades",
      "mthost trades [RUN]\n  Closed trades: fills that brought a position to zero or through it. `profit` is after "
      "fees.",
      COLUMNS(trade_columns), 0x3e0, 0, MT_ROWS_TRADES, fill_trades },
    { "signals", "mthost signals [RUN]\n  Each signal, its verdict, and what it became on each account.",
      COLUMNS(signal_columns), 0x7202, 0x202, MT_ROWS_SIGNALS | MT_ROWS_ORDERS, fill_signals },
};

static const struct view *view_find(const char *name)
{
    for (size_t i = 0; i < sizeof views / sizeof views[0]; i++)
        if (strcmp(views[i].name, name) == 0)
            return &views[i];
    return &views[0];
}

static int print_rows(const struct mt_table *rows, const struct view *view, bool json)
{
    if (json)
        mt_table_print_json(rows, view->numbers, stdout);
    else
        mt_table_print(rows, stdout);
    return rows->cells.failed ? MT_ENOMEM : 0;
}

static int show(const struct lookup *lookup, const struct view *view, bool json)
{
    struct mt_table rows;
    struct lookup l = { lookup->history, lookup->names, &rows };
    if (json && view->fill == fill_signals)
        return print_signals(&l);
    mt_table_init(&rows, view->columns, view->column_count, view->right);
    view->fill(&l);
    int rc = print_rows(&rows, view, json);
    mt_table_fini(&rows);
    return rc;
}

int mt_cmd_lookup(int argc, char **argv)
{
    const struct view *view = view_find(argv[0]);
    struct mt_common common = { .help = false };
    struct mt_opt_list words = { .count = 0 };
    const struct mt_opt table[] = { MT_HOST_OPTIONS(&common), { NULL, MT_OPT_FLAG, NULL, NULL, NULL, 0, 0, false } };
    struct mt_diag diag = { 0 };
    struct mt_walk walk;
    struct mt_history history = { .orders = NULL };
    bool done;
    int code = mt_command_begin(view->usage, table, &common, argc, argv, &words, &done);
    if (done)
        return code;
    if (words.count > 1) {
        fprintf(stderr, "mthost: %s: '%s': only one run (mthost %s --help shows all)\n", argv[0], words.items[1],
                argv[0]);
        return MT_EXIT_USAGE;
    }
    const char *which = words.count > 0 ? words.items[0] : NULL;
    char folder[MT_PATH_MAX];
    int rc = mt_runs_find(common.state, which, folder, &diag);
    if (rc != 0)
        return mt_command_fail(mt_walk_exit(rc), &diag);
    rc = mt_walk_open(&walk, common.state, folder, &diag);
    if (rc == 0)
        mt_command_run(argv[0], which, folder);
    if (rc == 0)
        rc = mt_walk_history(&walk, &history, view->keep, &diag);
    if (walk.reader) {                  /* what stands before the damage is shown, and then the damage is told */
        int shown = show(&(struct lookup){ &history, &walk.names, NULL }, view, common.json);
        if (shown != 0 && rc == 0)
            rc = mt_fail(&diag, shown, "%s: no memory", argv[0]);
    }
    mt_history_free(&history);
    mt_walk_close(&walk);
    return rc == 0 ? MT_EXIT_DONE : mt_command_fail(mt_walk_exit(rc), &diag);
}
