/* Streams of events, each to a file of its own. */
#include "app/data_sink.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "adapters/playback/store.h"
#include "app/output.h"
#include "app/runs.h"

enum { PATH_MAX_BYTES = 4096 };

struct mt_data_stream {
    uint16_t symbol;
    enum mt_event_kind kind;
    int32_t tf_s;
    char path[PATH_MAX_BYTES];
    struct mt_store_writer *store;              /* NULL: CSV */
    struct mt_output csv;
    uint64_t events;
    int64_t first_ns, last_ns;
};

static bool ends_in_store(const char *path)
{
    size_t length = strlen(path), suffix = strlen(MT_STORE_SUFFIX);
    return length > suffix && strcmp(path + length - suffix, MT_STORE_SUFFIX) == 0;
}

static int make_dirs(const char *path, struct mt_diag *diag)
{
    int rc = mt_runs_folders(path, 0777, diag);
    if (rc != 0)
        return rc;
    struct stat st;
    if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode))
        return mt_fail(diag, MT_EIO, "%s: is no folder", path);
    return 0;
}

int mt_data_sink_open(struct mt_data_sink *sink, const char *out, bool csv, const struct mt_instrument *instruments,
                      uint16_t instrument_count, struct mt_diag *diag)
{
    *sink = (struct mt_data_sink){
        .out = out, .csv = csv, .instruments = instruments, .instrument_count = instrument_count
    };
    if (strlen(out) == 0 || strlen(out) > PATH_MAX_BYTES - 128)
        return mt_fail(diag, MT_EUSAGE, "--out: '%.60s' is no path", out);
    if (csv && ends_in_store(out))
        return mt_fail(diag, MT_EUSAGE, "--out: %s is the name of a store; --csv needs a folder", out);
    return ends_in_store(out) ? 0 : make_dirs(out, diag);
}

/* SYMBOL_quotes.mts, from which a reader takes the symbol again; a symbol may contain a slash. */
static void name_stream(const struct mt_data_sink *sink, struct mt_data_stream *stream, char *name, size_t size)
{
    static const char *const kinds[] = { [MT_EV_QUOTE] = "quotes", [MT_EV_TRADE] = "trades", [MT_EV_BAR] = "bars" };
    char length[16] = "";
    if (stream->kind == MT_EV_BAR)
        snprintf(length, sizeof length, "%ds", stream->tf_s);
    snprintf(name, size, "%s_%s%s%s", sink->instruments[stream->symbol].symbol, kinds[stream->kind], length,
             sink->csv ? ".csv" : MT_STORE_SUFFIX);
    for (char *at = name; *at; at++)
        if (*at == '/')
            *at = '-';
}

static int open_stream(struct mt_data_sink *sink, struct mt_data_stream *stream, struct mt_diag *diag)
{
    static const char *const headers[] = {
        [MT_EV_QUOTE] = "time,bid,ask,bid_qty,ask_qty", [MT_EV_TRADE] = "time,price,qty,side,id",
        [MT_EV_BAR] = "time,open,high,low,close,volume",
    };
    char name[128];
    if (ends_in_store(sink->out)) {
        if (sink->stream_count > 0)
            return mt_fail(diag, MT_EUSAGE,
                           "--out: %s: a store holds one symbol and kind, and the data have more: name a folder",
                           sink->out);
        snprintf(stream->path, sizeof stream->path, "%s", sink->out);
    } else {
        name_stream(sink, stream, name, sizeof name);
        snprintf(stream->path, sizeof stream->path, "%.*s/%s", PATH_MAX_BYTES - 130, sink->out, name);
    }
    for (size_t i = 0; i < sink->stream_count; i++)
        if (strcmp(sink->streams[i].path, stream->path) == 0)
            return mt_fail(diag, MT_EREFUSED, "%s: two symbols have this name for a file", stream->path);
    if (sink->csv)
        return mt_output_open(&stream->csv, sink->out, name, headers[stream->kind], diag);
    return mt_store_create(&stream->store, stream->path, &sink->instruments[stream->symbol], diag);
}

static struct mt_data_stream *find_stream(struct mt_data_sink *sink, const struct mt_event *event, struct mt_diag *diag)
{
    int32_t tf_s = event->kind == MT_EV_BAR ? event->bar.tf_s : 0;
    for (size_t i = 0; i < sink->stream_count; i++) {
        struct mt_data_stream *stream = &sink->streams[i];
        if (stream->symbol == event->symbol && stream->kind == event->kind && stream->tf_s == tf_s)
            return stream;
    }
    if (sink->stream_count == sink->stream_room) {
        size_t room = sink->stream_room * 2 + 16;
        struct mt_data_stream *more = realloc(sink->streams, room * sizeof *more);
        if (!more) {
            mt_fail(diag, MT_ENOMEM, "%s: no memory", sink->out);
            return NULL;
        }
        sink->streams = more;
        sink->stream_room = room;
    }
    struct mt_data_stream *stream = &sink->streams[sink->stream_count];
    memset(stream, 0, sizeof *stream);
    stream->symbol = event->symbol;
    stream->kind = event->kind;
    stream->tf_s = tf_s;
    stream->first_ns = mt_event_stamp(event);
    if (open_stream(sink, stream, diag) != 0)
        return NULL;
    sink->stream_count++;
    return stream;
}

/* An empty side is an empty field: 0 may be a price. */
static void put_side(struct mt_output *out, bool there, int64_t price, int scale)
{
    if (there)
        mt_output_dec(out, price, scale);
    else
        mt_output_text(out, "");
}

static void put_csv(struct mt_data_stream *stream, const struct mt_event *event, const struct mt_instrument *i)
{
    struct mt_output *out = &stream->csv;
    mt_output_time(out, mt_event_stamp(event));
    if (event->kind == MT_EV_QUOTE) {
        put_side(out, event->quote.sides & MT_QUOTE_BID, event->quote.bid, i->price_scale);
        put_side(out, event->quote.sides & MT_QUOTE_ASK, event->quote.ask, i->price_scale);
        mt_output_dec(out, event->quote.bid_qty, i->qty_scale);
        mt_output_dec(out, event->quote.ask_qty, i->qty_scale);
    } else if (event->kind == MT_EV_TRADE) {
        mt_output_dec(out, event->trade.price, i->price_scale);
        mt_output_dec(out, event->trade.qty, i->qty_scale);
        mt_output_text(out, event->trade.side > 0 ? "buy" : event->trade.side < 0 ? "sell" : "");
        mt_output_int(out, (int64_t)event->trade.id);
    } else {
        mt_output_dec(out, event->bar.open, i->price_scale);
        mt_output_dec(out, event->bar.high, i->price_scale);
        mt_output_dec(out, event->bar.low, i->price_scale);
        mt_output_dec(out, event->bar.close, i->price_scale);
        mt_output_dec(out, event->bar.volume, i->qty_scale);
    }
    mt_output_end(out);
}

int mt_data_sink_put(struct mt_data_sink *sink, const struct mt_event *event, struct mt_diag *diag)
{
    if (event->kind != MT_EV_QUOTE && event->kind != MT_EV_TRADE && event->kind != MT_EV_BAR)
        return 0;
    struct mt_data_stream *stream = find_stream(sink, event, diag);
    if (!stream)
        return diag->code;
    int rc = 0;
    if (sink->csv)
        put_csv(stream, event, &sink->instruments[event->symbol]);
    else
        rc = mt_store_append(stream->store, event, diag);
    stream->events++;
    stream->last_ns = mt_event_stamp(event);
    if (rc == 0 && sink->csv)
        rc = mt_output_check(&stream->csv, diag);
    return rc;
}

int mt_data_sink_close(struct mt_data_sink *sink, bool keep, struct mt_diag *diag)
{
    int rc = 0;
    for (size_t i = 0; i < sink->stream_count; i++) {
        struct mt_data_stream *stream = &sink->streams[i];
        int one =
            sink->csv ? mt_output_close(&stream->csv, diag) : mt_store_finish(stream->store, keep && rc == 0, diag);
        if (sink->csv && (!keep || one != 0))
            unlink(stream->path);
        rc = rc == 0 ? one : rc;
    }
    free(sink->streams);
    sink->streams = NULL;
    sink->stream_count = sink->stream_room = 0;
    return rc;
}

bool mt_data_sink_at(const struct mt_data_sink *sink, size_t index, struct mt_data_written *out)
{
    if (index >= sink->stream_count)
        return false;
    const struct mt_data_stream *stream = &sink->streams[index];
    *out = (struct mt_data_written){ stream->path, stream->events, stream->first_ns, stream->last_ns };
    return true;
}
