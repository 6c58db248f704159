/* ta: one indicator over recorded data: a row out for each row in. */
#include "app/command.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/session_data.h"
#include "app/session_options.h"
#include "report/table.h"
#include "base/clock.h"
#include "script/ta.h"

enum { ROWS = 1024, TEXT_MAX = 4 << 20 };
#define SHOW_NS INT64_C(100000000)

struct ta_command {
    struct mt_common common;
    struct mt_session_options options;
    struct mt_opt_list words;
    const char *column;
    bool list;
    struct mt_config *config;
    struct mt_data *data;
    struct mt_ta *ta;
    enum mt_ta_kind kind;
    const struct mt_instrument *instrument;
    int64_t times[ROWS];            /* of the rows that wait in the arrays of the plan */
    size_t waiting;
    struct mt_buf out;
    bool progress;
    int64_t shown_ns;
    int broken;                     /* errno when stdout takes no more: there is no use in going on */
};

/* --- rows in -------------------- */

static double price(const struct ta_command *c, int64_t value)
{
    return mt_dec_to_double(value, c->instrument->price_scale);
}

static double quantity(const struct ta_command *c, int64_t value)
{
    return mt_dec_to_double(value, c->instrument->qty_scale);
}

static double side_price(const struct ta_command *c, bool there, int64_t value)
{
    return there ? price(c, value) : NAN;
}

/* As scripts see it. */
static double quote_field(const struct ta_command *c, const struct mt_quote *quote, enum mt_ta_field field)
{
    switch (field) {
    case MT_TA_BID: return side_price(c, quote->sides & MT_QUOTE_BID, quote->bid);
    case MT_TA_ASK: return side_price(c, quote->sides & MT_QUOTE_ASK, quote->ask);
    case MT_TA_BID_QTY: return quantity(c, quote->bid_qty);
    case MT_TA_ASK_QTY: return quantity(c, quote->ask_qty);
    default:
        if (quote->sides != MT_QUOTE_BOTH)
            return NAN;
        return quote->bid == quote->ask ? price(c, quote->bid)
                                        : (price(c, quote->bid) + price(c, quote->ask)) * 0.5;
    }
}

static double bar_field(const struct ta_command *c, const struct mt_bar *bar, enum mt_ta_field field)
{
    switch (field) {
    case MT_TA_OPEN: return price(c, bar->open);
    case MT_TA_HIGH: return price(c, bar->high);
    case MT_TA_LOW: return price(c, bar->low);
    case MT_TA_VOLUME: return quantity(c, bar->volume);
    default: return price(c, bar->close);
    }
}

static double trade_field(const struct ta_command *c, const struct mt_trade *trade, enum mt_ta_field field)
{
    switch (field) {
    case MT_TA_QTY: return quantity(c, trade->qty);
    case MT_TA_SIDE: return trade->side;
    default: return price(c, trade->price);
    }
}

static int64_t time_of(const struct mt_event *event)
{
    return event->kind == MT_EV_BAR ? event->bar.open_ns : event->venue_ns;
}

static double field_of(const struct ta_command *c, const struct mt_event *event, enum mt_ta_field field)
{
    if (field == MT_TA_TIME)
        return (double)time_of(event) / 1e9;
    switch (c->kind) {
    case MT_TA_QUOTES: return quote_field(c, &event->quote, field);
    case MT_TA_TRADES: return trade_field(c, &event->trade, field);
    default: return bar_field(c, &event->bar, field);
    }
}

/* --- rows out -------------------- */

static void put_csv(struct ta_command *c, const struct mt_ta_plan *plan, size_t row)
{
    char time[MT_TIME_TEXT];
    mt_time_format(time, c->times[row]);
    mt_buf_puts(&c->out, time);
    for (int k = 0; k < plan->output_count; k++) {
        double value = plan->out[k][row];
        if (isnan(value))
            mt_buf_puts(&c->out, ",");
        else
            mt_buf_printf(&c->out, ",%.17g", value);
    }
    mt_buf_puts(&c->out, "\n");
}

static void put_json(struct ta_command *c, const struct mt_ta_plan *plan, size_t row)
{
    mt_json_open(&c->out, NULL, '{');
    mt_json_time(&c->out, "time", c->times[row]);
    for (int k = 0; k < plan->output_count; k++)
        mt_json_double(&c->out, plan->outputs[k], plan->out[k][row]);
    mt_json_close(&c->out, '}');
    mt_buf_puts(&c->out, "\n");
}

static void put_header(const struct ta_command *c, const struct mt_ta_plan *plan)
{
    if (c->common.json)
        return;
    fputs("time", stdout);
    for (int k = 0; k < plan->output_count; k++)
        printf(",%s", plan->outputs[k]);
    putchar('\n');
}

static void show_progress(struct ta_command *c)
{
    int64_t now = mt_clock_monotonic();
    if (!c->progress || now - c->shown_ns < SHOW_NS)
        return;
    c->shown_ns = now;
    fprintf(stderr, "\r\033[K%3.0f %%", mt_data_progress(c->data) * 100);
}

/* The rows that wait through the indicator and out. */
static int flush(struct ta_command *c, struct mt_diag *diag)
{
    const struct mt_ta_plan *plan = mt_ta_plan(c->ta);
    struct mt_diag why = { 0 };
    size_t done = 0;
    int rc = mt_ta_run(c->ta, c->waiting, &done, &why);
    for (size_t row = 0; row < done; row++)
        (c->common.json ? put_json : put_csv)(c, plan, row);
    if (rc != 0 && done < c->waiting) {
        char time[MT_TIME_TEXT];
        mt_time_format(time, c->times[done]);
        rc = mt_fail(diag, MT_EIO, "ta: the row of %s: %s", time, why.text);
    } else if (rc != 0) {
        rc = mt_fail(diag, rc, "%s", why.text);
    }
    if (rc == 0 && c->out.failed)
        rc = mt_fail(diag, MT_ENOMEM, "ta: no memory for the output");
    errno = 0;
    if (fwrite(c->out.data, 1, c->out.length, stdout) < c->out.length)
        c->broken = errno;
    mt_buf_clear(&c->out);
    c->waiting = 0;
    show_progress(c);
    return rc;
}

/* A row that lacks what the indicator takes, a quote without that side, tells it nothing; the row is empty. */
static int pass(struct ta_command *c, const struct mt_event *event, struct mt_diag *diag)
{
    const struct mt_ta_plan *plan = mt_ta_plan(c->ta);
    int rc = flush(c, diag);
    for (int k = 0; k < plan->output_count; k++)
        plan->out[k][0] = NAN;
    c->times[0] = time_of(event);
    (c->common.json ? put_json : put_csv)(c, plan, 0);
    return rc;
}

static int take(struct ta_command *c, const struct mt_event *event, struct mt_diag *diag)
{
    const struct mt_ta_plan *plan = mt_ta_plan(c->ta);
    bool whole = true;
    for (int k = 0; k < plan->input_count; k++) {
        double value = field_of(c, event, plan->inputs[k]);
        whole = whole && !isnan(value);
        plan->in[k][c->waiting] = value;
    }
    if (!whole)
        return pass(c, event, diag);
    c->times[c->waiting++] = time_of(event);
    return c->waiting == ROWS ? flush(c, diag) : 0;
}

static int drain(struct ta_command *c, struct mt_diag *diag)
{
    struct mt_source source = mt_data_source(c->data);
    struct mt_event events[ROWS / 4];
    struct mt_diag ended = { 0 };
    int rc = 0, got = 0;
    put_header(c, mt_ta_plan(c->ta));
    while (rc == 0 && !c->broken && (got = source.ops->fill(source.self, events, ROWS / 4, &ended)) > 0)
        for (int i = 0; rc == 0 && i < got; i++)
            rc = take(c, &events[i], diag);
    if (rc == 0)
        rc = flush(c, diag);            /* also when the data broke off: the rows before count */
    if (c->shown_ns != 0)
        fputs("\r\033[K", stderr);
    if (rc == 0 && got < 0)
        rc = mt_fail(diag, got == MT_ECORRUPT ? MT_EIO : got, "%s", ended.text);
    if (rc == 0)
        mt_data_tell_rows(c->data, false);
    return rc;
}

/* --- the command -------------------- */

static int open_data(struct ta_command *c, struct mt_diag *diag)
{
    static const enum mt_event_kind kinds[] = { MT_EV_BAR, MT_EV_QUOTE, MT_EV_TRADE };
    uint16_t count;
    int found = 0, rc = mt_config_load(&c->config, c->common.config, diag);
    if (rc == 0)
        rc = mt_data_open_files(&c->data, &c->options, c->config, false, diag);
    if (rc != 0)
        return rc == MT_ECORRUPT ? MT_EIO : rc == MT_EDUP ? MT_EREFUSED : rc;  /* exit 7 speaks of our own journal */
    c->instrument = mt_data_instruments(c->data, &count);
    if (count != 1)
        return mt_fail(diag, MT_EUSAGE, "ta: the data are of %u symbols: one at a time", (unsigned)count);
    for (int k = 0; k < 3; k++)
        if (mt_data_has(c->data, kinds[k])) {
            c->kind = (enum mt_ta_kind)k;
            found++;
        }
    return found == 1 ? 0 : mt_fail(diag, MT_EUSAGE, "ta: the data must be bars, quotes or trades, one kind at a time");
}

static int calculate(struct ta_command *c, struct mt_diag *diag)
{
    struct mt_diag why = { 0 };
    int rc = open_data(c, diag);
    if (rc != 0)
        return rc;
    struct mt_ta_choice choice = { .name = c->words.items[0], .words = c->words.items + 1,
                                   .word_count = c->words.count - 1, .kind = c->kind, .columns = c->column,
                                   .rows = ROWS };
    rc = mt_ta_choose(c->ta, &choice, &why);
    if (rc != 0)
        return mt_fail(diag, rc, "ta: %s", why.text);
    mt_buf_init(&c->out, TEXT_MAX);
    rc = drain(c, diag);
    mt_buf_fini(&c->out);
    return rc;
}

static int show_list(const struct ta_command *c, struct mt_diag *diag)
{
    static const char *const columns[] = { "family", "name", "inputs", "outputs", "parameters" };
    struct mt_table table;
    struct mt_ta_info info;
    int rc;
    mt_table_init(&table, columns, 5, 0);
    for (size_t i = 0; (rc = mt_ta_at(c->ta, i, &info, diag)) > 0; i++) {
        mt_table_cell(&table, info.family);
        mt_table_cell(&table, info.name);
        mt_table_cell(&table, info.inputs);
        mt_table_cell(&table, info.outputs);
        mt_table_cell(&table, info.params);
    }
    if (rc == 0 && c->common.json)
        mt_table_print_json(&table, 0, stdout);
    else if (rc == 0)
        mt_table_print(&table, stdout);
    mt_table_fini(&table);
    return rc;
}

static int run(struct ta_command *c, struct mt_diag *diag)
{
    const char *jit = getenv("MTHOST_JIT");
    bool ready = c->list ? c->words.count == 0 && c->options.files.count == 0
                         : c->words.count > 0 && c->options.files.count > 0;
    if (!ready)
        return mt_fail(diag, MT_EUSAGE, "ta: expected NAME [ARGS…] --data FILE, or --list, which shows the names");
    int rc = mt_ta_new(&c->ta, getenv("MTHOST_SCRIPTS"), mt_script_roots(), jit && strcmp(jit, "off") == 0, diag);
    if (rc == 0)
        rc = c->list ? show_list(c, diag) : calculate(c, diag);
    mt_ta_free(c->ta);
    mt_data_close(c->data);
    mt_config_free(c->config);
    return rc;
}

int mt_cmd_ta(int argc, char **argv)
{
    struct ta_command c = { 0 };
    struct mt_diag diag = { 0 };
    bool done;
    const struct mt_opt table[] = {
        MT_HOST_OPTIONS(&c.common),
        MT_DATA_OPTIONS(&c.options),
        { "column", MT_OPT_TEXT, &c.column, "NAMES", "stands for the close; or all inputs in order: open,low", 0, 0,
          false },
        { "list", MT_OPT_FLAG, &c.list, NULL, "names, parameters with their defaults, inputs, outputs", 0, 0, false },
        { 0 },
    };
    c.progress = isatty(STDERR_FILENO) && !isatty(STDOUT_FILENO);
    int code = mt_command_begin("mthost ta NAME [ARGS…] --data FILE [--column close]\n"
                                "  ARGS: numbers by position, or NAME=NUMBER: mthost ta macd fast=5 --data FILE\n"
                                "mthost ta --list",
                                table, &c.common, argc, argv, &c.words, &done);
    if (done)
        return code;
    int rc = run(&c, &diag);
    errno = c.broken;           /* main says what became of the output */
    return rc != 0 ? mt_command_fail(mt_exit_of(rc), &diag) : MT_EXIT_DONE;
}
