/* Any bytes as a data file: open it, read it, go back, read it again. Whatever is in there, it is a source that keeps its
 * promises, or it is refused with a sentence. The first byte chooses the options. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>
#include "adapters/playback/playback.h"
#include "base/err.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void event_check(const struct mt_event *event, bool negative, int64_t before_ns)
{
    MT_ASSERT(event->time_ns >= before_ns);
    MT_ASSERT(event->time_ns == event->venue_ns);
    MT_ASSERT(event->symbol == 0);
    if (event->kind == MT_EV_BAR) {
        MT_ASSERT(negative || event->bar.low > 0);
        MT_ASSERT(event->bar.high >= event->bar.open);
        MT_ASSERT(event->bar.low <= event->bar.close);
        MT_ASSERT(event->bar.volume >= 0);
        MT_ASSERT(event->time_ns <= event->bar.open_ns + event->bar.tf_s * INT64_C(1000000000));
        MT_ASSERT(event->time_ns > event->bar.open_ns);
    } else if (event->kind == MT_EV_QUOTE) {
        MT_ASSERT(event->quote.sides >= MT_QUOTE_BID);
        MT_ASSERT(event->quote.sides <= MT_QUOTE_BOTH);
        MT_ASSERT(event->quote.sides & MT_QUOTE_BID ? negative || event->quote.bid > 0 : event->quote.bid == 0);
        MT_ASSERT(event->quote.sides & MT_QUOTE_ASK ? negative || event->quote.ask > 0 : event->quote.ask == 0);
    } else {
        MT_ASSERT(event->kind == MT_EV_TRADE);
        MT_ASSERT(negative || event->trade.price > 0);
        MT_ASSERT(event->trade.qty >= 0);
    }
}

/* How many events there are; `end` is what ended them. */
static uint64_t read_all(struct mt_data *data, bool negative, int chunk, int *end)
{
    struct mt_source source = mt_data_source(data);
    struct mt_event events[64];
    struct mt_diag diag = { 0 };
    uint64_t count = 0;
    int64_t before_ns = 0;
    while ((*end = source.ops->fill(source.self, events, chunk, &diag)) > 0) {
        for (int i = 0; i < *end; i++) {
            event_check(&events[i], negative, before_ns);
            before_ns = events[i].time_ns;
        }
        count += (uint64_t)*end;
    }
    MT_ASSERT((*end == 0) == (diag.text[0] == '\0'));
    return count;
}

static void source_check(struct mt_data *data, bool negative)
{
    struct mt_source source = mt_data_source(data);
    size_t files;
    int end, again;
    uint64_t count = read_all(data, negative, 64, &end);
    const struct mt_data_file *file = mt_data_files(data, &files);
    MT_ASSERT(files == 1);
    MT_ASSERT(file->events == count);
    MT_ASSERT(file->rows == count + file->bad);
    MT_ASSERT((file->bad > 0) == (file->bad_first[0] != '\0'));
    MT_ASSERT(source.ops->seek(source.self, 0, NULL) == 0);
    MT_ASSERT(read_all(data, negative, 7, &again) == count);
    MT_ASSERT(again == end);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const char *const columns[] = { NULL, NULL, "time,open,high,low,close,volume", "time,price,qty" };
    char path[64];
    const char *files[] = { path }, *symbols[] = { "FUZZ" };
    uint8_t choice = size > 0 ? bytes[0] : 0;
    const bool negative = (choice & 24) == 24;
    struct mt_data_options options = {
        .files = files, .file_count = 1, .symbols = symbols, .symbol_count = 1, .account_currency = "USD",
        .columns = columns[choice & 3], .date = choice & 4 ? "2014-05-01" : NULL, .zone = choice & 8 ? "-05:00" : NULL,
        .strict = (choice & 16) != 0, .dates = choice & 12 ? NULL : "dmy", .from = (choice & 20) == 20 ? "-1h" : NULL,
        .instrument = negative ? "negative=true" : NULL,
        .format = choice & 32 ? (enum mt_data_format)((choice >> 6) + MT_DATA_BARS) : MT_DATA_AUTO,
    };
    struct mt_data *data;
    struct mt_diag diag = { 0 };
    if (size == 0)
        return 0;
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    MT_ASSERT(fd >= 0);
    MT_ASSERT(write(fd, bytes + 1, size - 1) == (ssize_t)(size - 1));
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (mt_data_open(&data, &options, &diag) == 0) {
        source_check(data, negative);
        mt_data_close(data);
    } else {
        MT_ASSERT(diag.text[0] != '\0');
    }
    close(fd);
    return 0;
}
