/* Data for the bench where none is given: written by rule, the same on every machine. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "adapters/playback/playback.h"
#include "adapters/playback/store.h"
#include "adapters/sim/market.h"
#include "app/bench.h"
#include "report/output.h"
#include "base/clock.h"
#include "base/hash.h"

enum { BARS = 525600, BATCH = 256 };
static const int64_t bars_start_ns = INT64_C(1609459200) * MT_NS_PER_S, minute_ns = 60 * MT_NS_PER_S;

int mt_bench_temp(char out[MT_PATH_MAX], struct mt_diag *diag)
{
    const char *base = getenv("TMPDIR");
    snprintf(out, MT_PATH_MAX, "%.3000s/mthost-bench-XXXXXX", base ? base : "/tmp");
    return mkdtemp(out) ? 0 : mt_fail(diag, MT_EIO, "bench: %s: cannot be made: %s", out, strerror(errno));
}

void mt_bench_temp_remove(const char *dir)
{
    DIR *open_dir = opendir(dir);
    for (struct dirent *entry; open_dir && (entry = readdir(open_dir)) != NULL;)
        if (entry->d_name[0] != '.')
            unlinkat(dirfd(open_dir), entry->d_name, 0);
    if (open_dir)
        closedir(open_dir);
    rmdir(dir);
}

int mt_bench_write_bars(const char *path, struct mt_diag *diag)
{
    struct mt_output out;
    char folder[MT_PATH_MAX];
    snprintf(folder, sizeof folder, "%.*s", (int)(strrchr(path, '/') - path), path);
    int rc = mt_output_open(&out, folder, strrchr(path, '/') + 1, "time,open,high,low,close,volume", diag);
    int64_t close = 10000;
    for (uint64_t i = 0; rc == 0 && i < BARS; i++) {
        uint64_t r = mt_random_at(1, i);
        int64_t open = close, up = (int64_t)(r & 31), down = (int64_t)(r >> 8 & 31);
        close = open + (int64_t)(r >> 16 & 63) - 31;
        close = close < 1000 ? 1000 : close;
        mt_output_int(&out, (bars_start_ns + (int64_t)i * minute_ns) / MT_NS_PER_S);
        mt_output_dec(&out, open, 2);
        mt_output_dec(&out, (open > close ? open : close) + up, 2);
        mt_output_dec(&out, (open < close ? open : close) - down, 2);
        mt_output_dec(&out, close, 2);
        mt_output_dec(&out, (int64_t)(r >> 32 & 65535) + 1, 3);
        mt_output_end(&out);
    }
    return rc == 0 ? mt_output_close(&out, diag) : rc;
}

/* Everything of a source that is of this kind (0: any) into a store; count 0: until its end. */
static int store_source(struct mt_source source, const struct mt_instrument *instrument, int kind, uint64_t count,
                        const char *path, struct mt_diag *diag)
{
    struct mt_store_writer *writer;
    struct mt_event batch[BATCH];
    uint64_t stored = 0;
    int rc = mt_store_create(&writer, path, instrument, diag), got = 1;
    if (rc != 0)
        return rc;
    while (rc == 0 && got > 0 && (count == 0 || stored < count)) {
        got = source.ops->fill(source.self, batch, BATCH, diag);
        rc = got < 0 ? got : 0;
        for (int i = 0; rc == 0 && i < got && (count == 0 || stored < count); i++) {
            if (kind != 0 && batch[i].kind != kind)
                continue;
            rc = mt_store_append(writer, &batch[i], diag);
            stored++;
        }
    }
    int end = mt_store_finish(writer, rc == 0, diag);
    return rc != 0 ? rc : end;
}

int mt_bench_write_quotes(const char *path, uint64_t count, struct mt_diag *diag)
{
    struct mt_instrument instrument;
    struct mt_source source;
    mt_market_default_instrument(&instrument);
    struct mt_market_options options = { .instruments = &instrument, .instrument_count = 1, .seed = 1,
                                         .start_ns = bars_start_ns };
    int rc = mt_market_new(&source, &options, diag);
    if (rc != 0)
        return rc;
    rc = store_source(source, &instrument, MT_EV_QUOTE, count, path, diag);
    source.ops->close(source.self);
    return rc;
}

int mt_bench_import(const char *const *files, size_t count, const char *symbol, const char *zone, const char *path,
                    struct mt_diag *diag)
{
    struct mt_data *data;
    const char *const symbols[] = { symbol };
    struct mt_data_options options = { .files = files, .file_count = count, .symbols = symbols,
                                       .symbol_count = symbol ? 1 : 0, .zone = zone };
    int rc = mt_data_open(&data, &options, diag);
    if (rc != 0)
        return rc;
    uint16_t instruments;
    const struct mt_instrument *instrument = mt_data_instruments(data, &instruments);
    if (instruments != 1)
        rc = mt_fail(diag, MT_EREFUSED, "bench: %s and others: files of one symbol are needed", files[0]);
    if (rc == 0)
        rc = store_source(mt_data_source(data), instrument, 0, 0, path, diag);
    mt_data_close(data);
    return rc;
}

/* --- a market in memory -------------------- */

/* A piece of the market that stays in the cache, as the events of a live feed do, given again and again with its times
 * moved on: a gigabyte of events would measure the memory and not the host. */
enum { PIECE = 32768 };
struct memory { struct mt_event *events; uint64_t held, count, at; int64_t span_ns; };

static int memory_fill(void *self, struct mt_event *out, int max, struct mt_diag *diag)
{
    struct memory *memory = self;
    uint64_t left = memory->count - memory->at, place = memory->at % memory->held;
    (void)diag;
    if (left > memory->held - place)
        left = memory->held - place;
    int count = left < (uint64_t)max ? (int)left : max;
    int64_t later = (int64_t)(memory->at / memory->held) * memory->span_ns;
    memcpy(out, memory->events + place, (size_t)count * sizeof *out);
    for (int i = 0; i < count && later != 0; i++) {
        out[i].time_ns += later;
        out[i].venue_ns += later;
    }
    memory->at += (uint64_t)count;
    return count;
}

static int memory_seek(void *self, uint64_t position, struct mt_diag *diag)
{
    struct memory *memory = self;
    if (position > memory->count)
        return mt_fail(diag, MT_ERANGE, "bench: only %llu events", (unsigned long long)memory->count);
    memory->at = position;
    return 0;
}

static void memory_close(void *self)
{
    struct memory *memory = self;
    free(memory->events);
    free(memory);
}

int mt_bench_preload(struct mt_source *source, uint64_t count, struct mt_diag *diag)
{
    static const struct mt_source_ops ops = { memory_fill, memory_seek, memory_close };
    uint64_t piece = count < PIECE ? count : PIECE;
    struct memory *memory = calloc(1, sizeof *memory);
    if (memory)
        memory->events = malloc(piece * sizeof *memory->events);
    if (!memory || !memory->events) {
        free(memory);
        return mt_fail(diag, MT_ENOMEM, "bench: no memory for %llu events", (unsigned long long)piece);
    }
    int got = 1;
    while (got > 0 && memory->held < piece) {
        uint64_t left = piece - memory->held;
        got = source->ops->fill(source->self, memory->events + memory->held, left < BATCH ? (int)left : BATCH, diag);
        memory->held += got > 0 ? (uint64_t)got : 0;
    }
    if (got < 0 || memory->held == 0) {
        memory_close(memory);
        return got < 0 ? got : mt_fail(diag, MT_EEND, "bench: the market is empty");
    }
    memory->count = memory->held < piece ? memory->held : count;
    memory->span_ns = memory->events[memory->held - 1].time_ns - memory->events[0].time_ns + MT_NS_PER_S;
    source->ops->close(source->self);
    *source = (struct mt_source){ &ops, memory };
    return 0;
}
