/* The numbers of info and check, and how they are shown. */
#include "app/data_report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/table.h"
#include "base/buf.h"
#include "base/clock.h"

enum { DAY_S = 86400 };

int mt_report_open(struct mt_report_data *report, const struct mt_data *data, int64_t gap_ns, struct mt_diag *diag)
{
    *report = (struct mt_report_data){ .data = data, .gap_ns = gap_ns };
    mt_data_files(data, &report->file_count);
    report->files = calloc(report->file_count + 1, sizeof *report->files);
    return report->files ? 0 : mt_fail(diag, MT_ENOMEM, "data: no memory");
}

void mt_report_close(struct mt_report_data *report)
{
    free(report->files);
}

static bool same_event(const struct mt_event *a, const struct mt_event *b)
{
    if (a->kind != b->kind || a->time_ns != b->time_ns)
        return false;
    switch (a->kind) {
    case MT_EV_QUOTE:
        return a->quote.bid == b->quote.bid && a->quote.ask == b->quote.ask && a->quote.bid_qty == b->quote.bid_qty
            && a->quote.ask_qty == b->quote.ask_qty && a->quote.sides == b->quote.sides;
    case MT_EV_TRADE:
        return a->trade.price == b->trade.price && a->trade.qty == b->trade.qty && a->trade.id == b->trade.id
            && a->trade.side == b->trade.side;
    default: return false;              /* a bar of the same time is a bad row already */
    }
}

static void note_distance(struct mt_report_data *report, struct mt_quality *q, const struct mt_event *event)
{
    int64_t distance = mt_event_stamp(event) - q->last_ns;
    if (distance > q->longest_ns) {
        q->longest_ns = distance;
        q->longest_at_ns = q->last_ns;
    }
    if (event->kind != MT_EV_BAR) {
        q->gaps += distance > report->gap_ns;
        return;
    }
    int64_t length = event->bar.tf_s * MT_NS_PER_S;
    int64_t calendar = event->bar.tf_s >= DAY_S ? length / 8 : 0;       /* a day of 25 hours lacks none */
    if (length > 0 && distance > length + calendar) {
        q->gaps++;
        q->missing_bars += (uint64_t)((distance - 1) / length);
    }
}

void mt_report_event(struct mt_report_data *report, const struct mt_event *event)
{
    if (event->source >= report->file_count)
        return;
    struct mt_quality *q = &report->files[event->source];
    if (q->events > 0) {
        note_distance(report, q, event);
        q->duplicates += same_event(&q->last, event);
    }
    if (event->kind == MT_EV_QUOTE) {
        bool both = event->quote.sides == MT_QUOTE_BOTH;
        q->one_sided += !both;
        q->crossed += both && event->quote.bid > event->quote.ask;
        q->locked += both && event->quote.bid == event->quote.ask;
    }
    q->events++;
    q->last_ns = mt_event_stamp(event);
    q->last = *event;
}

static const char *format_name(const struct mt_data_file *file, char *room, size_t size)
{
    static const char *const names[] = { "auto", "bars", "quotes", "trades", "raw", "store" };
    if (file->tf_s > 0) {
        snprintf(room, size, "%s %ds", names[file->format], file->tf_s);
        return room;
    }
    return names[file->format];
}

static void put_span(struct mt_table *table, const struct mt_data_file *file)
{
    if (file->events > 0) {
        mt_table_time(table, file->first_ns);
        mt_table_time(table, file->last_ns);
    } else {
        mt_table_cell(table, "");
        mt_table_cell(table, "");
    }
}

static void print_notes(const struct mt_data_file *files, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (files[i].note[0])
            printf("%s: %s\n", files[i].path, files[i].note);
        if (files[i].refusal[0])
            printf("refused: %s: %s\n", files[i].path, files[i].refusal);
        if (files[i].bad > 0)
            printf("bad rows: %llu, the first: %s\n", (unsigned long long)files[i].bad, files[i].bad_first);
        if (files[i].rounded > 0)
            printf("sizes taken to the nearest unit: %llu, the first: %s\n", (unsigned long long)files[i].rounded,
                   files[i].rounded_first);
    }
}

static void finish(struct mt_table *table, unsigned numbers, bool json)
{
    if (table->failed)
        fprintf(stderr, "mthost: data: no memory for the whole table\n");
    if (json)
        mt_table_print_json(table, numbers, stdout);
    else
        mt_table_print(table, stdout);
    mt_table_fini(table);
}

void mt_report_info(const struct mt_report_data *report, bool json)
{
    static const char *const columns[] = { "file", "symbol", "format", "rows", "events", "bad",       "first",
                                           "last", "tick",   "step",   "size", "quote",  "instrument" };
    struct mt_table table;
    char room[32];
    uint16_t instrument_count;
    const struct mt_instrument *instruments = mt_data_instruments(report->data, &instrument_count);
    size_t count;
    const struct mt_data_file *files = mt_data_files(report->data, &count);
    mt_table_init(&table, columns, 13, 0x738);
    for (size_t i = 0; i < count; i++) {
        const struct mt_instrument *instrument = &instruments[files[i].instrument];
        mt_table_cell(&table, files[i].path);
        mt_table_cell(&table, files[i].symbol);
        mt_table_cell(&table, format_name(&files[i], room, sizeof room));
        mt_table_uint(&table, files[i].rows);
        mt_table_uint(&table, files[i].events);
        mt_table_uint(&table, files[i].bad);
        put_span(&table, &files[i]);
        mt_table_dec(&table, true, instrument->tick, instrument->price_scale);
        mt_table_dec(&table, true, instrument->step, instrument->qty_scale);
        mt_table_dec(&table, true, instrument->contract_size, instrument->contract_scale);
        mt_table_cell(&table, instrument->quote);
        mt_table_cell(&table, instrument->inferred ? "inferred" : "known");
    }
    finish(&table, 0x38, json);
    if (!json)
        print_notes(files, count);
}

static void put_duration(struct mt_table *table, int64_t ns)
{
    char text[MT_DEC_TEXT + 2];
    size_t length = mt_dec_format_short(text, ns, 9);
    text[length++] = 's';
    text[length] = '\0';
    mt_table_cell(table, text);
}

bool mt_report_check(const struct mt_report_data *report, const char *error, bool json)
{
    static const char *const columns[] = { "file",    "symbol",       "format",      "rows",       "bad",
                                           "rounded", "crossed",      "locked",      "one_sided",  "duplicates",
                                           "gaps",    "missing_bars", "longest_gap", "longest_at", "first_bad",
                                           "error",   "verdict" };
    struct mt_table table;
    char room[32];
    size_t count;
    const struct mt_data_file *files = mt_data_files(report->data, &count);
    bool damaged = error[0] != '\0';
    mt_table_init(&table, columns, 17, 0x1ff8);
    for (size_t i = 0; i < count; i++) {
        const struct mt_quality *q = &report->files[i];
        bool hit = error[0] != '\0' && (count == 1 || strstr(error, files[i].path) != NULL);
        bool refused = files[i].refusal[0] != '\0';
        damaged = damaged || refused || files[i].bad > 0;
        mt_table_cell(&table, files[i].path);
        mt_table_cell(&table, files[i].symbol);
        mt_table_cell(&table, format_name(&files[i], room, sizeof room));
        mt_table_uint(&table, files[i].rows);
        mt_table_uint(&table, files[i].bad);
        mt_table_uint(&table, files[i].rounded);
        mt_table_uint(&table, q->crossed);
        mt_table_uint(&table, q->locked);
        mt_table_uint(&table, q->one_sided);
        mt_table_uint(&table, q->duplicates);
        mt_table_uint(&table, q->gaps);
        mt_table_uint(&table, q->missing_bars);
        put_duration(&table, q->longest_ns);
        if (q->longest_ns > 0)
            mt_table_time(&table, q->longest_at_ns);
        else
            mt_table_cell(&table, "");
        mt_table_cell(&table, files[i].bad_first);
        mt_table_cell(&table, refused ? files[i].refusal : hit ? error : "");
        mt_table_cell(&table, refused ? "refused" : hit || files[i].bad > 0 ? "damaged" : "good");
    }
    finish(&table, 0xff8, json);
    if (!json)
        print_notes(files, count);
    return damaged;
}
