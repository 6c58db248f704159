#include <fcntl.h>
#include "adapters/playback/files.h"

static uint64_t counter;
static int64_t random_below(uint64_t bound)
{
    return (int64_t)(mt_random_at(41, counter++) % bound);
}

static int open_error(const struct mt_data_options *options, struct mt_diag *diag)
{
    struct mt_data *data = NULL;
    diag->code = 0;
    int err = mt_data_open(&data, options, diag);
    if (err == 0)
        mt_data_close(data);
    else
        assert_null(data);
    return err;
}

static void test_refused(void **state)
{
    struct mt_diag diag = { 0 };
    char good[256];
    snprintf(good, sizeof good, "%s", file_put("good.csv", "time,bid,ask\n1609459200,1,2\n"));
    const char *files[MT_DATA_FILES_MAX + 1] = { good };
    const char *symbols[] = { "A", "B", "C" };
    struct mt_data_options options = options_for(files, 0);
    (void)state;
    assert_int_equal(open_error(&options, &diag), MT_EREFUSED);
    options.file_count = 1;
    assert_int_equal(open_error(&options, &diag), 0);
    options.symbols = symbols;
    options.symbol_count = 2;
    assert_int_equal(open_error(&options, &diag), MT_EREFUSED);
    assert_text_has(diag.text, "2 symbols for 1 data files");
    symbols[0] = "not a symbol";
    options.symbol_count = 1;
    assert_int_equal(open_error(&options, &diag), MT_ESYNTAX);
    options = options_for(files, 1);
    files[0] = file_path("missing.csv");
    assert_int_equal(open_error(&options, &diag), MT_EIO);
    assert_text_has(diag.text, "missing.csv");
    files[0] = files_dir;
    assert_int_equal(mkdir(file_path("plain"), 0755), 0);
    files[0] = file_path("plain");
    assert_int_equal(open_error(&options, &diag), MT_EREFUSED);
    assert_text_has(diag.text, "without a tick store");
    files[0] = file_put("empty.csv", "");
    assert_int_equal(open_error(&options, &diag), MT_ESYNTAX);
    assert_text_has(diag.text, "empty.csv: the file is empty");
    files[0] = file_put("header.csv", "time,bid,ask\n");
    assert_int_equal(open_error(&options, &diag), MT_ESYNTAX);
    assert_text_has(diag.text, "none of its first rows can be read");
    files[0] = file_put("onebar.csv", "time,open,high,low,close\n1609459200,1,1,1,1\n");
    assert_int_equal(open_error(&options, &diag), MT_EREFUSED);
    assert_text_has(diag.text, "two rows at least");
    files[0] = file_put("halves.csv", "time,open,high,low,close\n1609459200,1,1,1,1\n1609459200.5,1,1,1,1\n");
    assert_int_equal(open_error(&options, &diag), MT_EREFUSED);
    assert_text_has(diag.text, "whole seconds");
    files[0] = file_put("__", "time,bid,ask\n1609459200,1,2\n");
    assert_int_equal(open_error(&options, &diag), MT_EREFUSED);
    assert_text_has(diag.text, "--symbols");
    files[0] = good;
    options.format = MT_DATA_RAW;
    assert_int_equal(open_error(&options, &diag), MT_EREFUSED);
    assert_text_has(diag.text, "raw recordings are not built yet");
    options.format = MT_DATA_STORE;
    assert_int_equal(open_error(&options, &diag), MT_ECORRUPT);
    options.format = MT_DATA_BARS;
    assert_int_equal(open_error(&options, &diag), MT_ESYNTAX);
    options.format = MT_DATA_AUTO;
    options.like = "nowhere:NOTHING";
    assert_int_equal(open_error(&options, &diag), MT_ENOTFOUND);
    options.like = NULL;
    options.instrument = "tick=nonsense";
    assert_true(open_error(&options, &diag) < 0);
    options.instrument = NULL;
    for (size_t i = 0; i <= MT_DATA_FILES_MAX; i++)
        files[i] = good;
    options.file_count = MT_DATA_FILES_MAX + 1;
    assert_int_equal(open_error(&options, &diag), MT_ERANGE);
}

static void test_unreadable(void **state)
{
    struct mt_diag diag = { 0 };
    const char *files[] = { file_put("secret.csv", "time,bid,ask\n1609459200,1,2\n") };
    struct mt_data_options options = options_for(files, 1);
    (void)state;
    if (geteuid() == 0) {
        print_message("NOTICE: root can read everything; unreadable files are not tested\n");
        skip();
    }
    assert_int_equal(chmod(files[0], 0), 0);
    assert_int_equal(open_error(&options, &diag), MT_EIO);
    assert_text_has(diag.text, "secret.csv");
}

/* Every row has a good time and no price: there is nothing to run on, and that is said. */
static void test_all_bad(void **state)
{
    (void)state;
    struct loaded got = load_text("bad.csv", "time,bid,ask\n1609459200,a,2\n1609459201,b,2\n", NULL);
    assert_int_equal(got.err, MT_ESYNTAX);
    assert_int_equal(got.count, 0);
    assert_text_has(got.diag.text, "none of its 2 rows is good");
    assert_text_has(got.diag.text, "bad.csv:2: 'a' is no number");
    load_free(&got);
}

static void test_truncated(void **state)
{
    char *text = malloc(400000), *at = text;
    size_t size;
    (void)state;
    at += sprintf(at, "time,bid,ask\n");
    for (int i = 0; i < 5000; i++)
        at += sprintf(at, "%d,1.%05d,2.%05d\n", 1609459200 + i, (int)random_below(99999), (int)random_below(99999));
    unsigned char *bytes = file_get(file_put_gz("cut.csv.gz", text), &size);
    const char *files[] = { file_put_bytes("cut.csv.gz", bytes, size * 2 / 3), file_put("whole.csv", text) };
    for (size_t count = 1; count <= 2; count++) {
        struct mt_data_options options = options_for(files, count);
        struct loaded got = load(&options);
        assert_int_equal(got.err, MT_ECORRUPT);
        assert_text_has(got.diag.text, "cut.csv.gz");
        assert_text_has(got.diag.text, "truncated");
        const struct mt_data_file *info = file_info(&got, 0);
        assert_true(info->events > 1000);
        assert_true(info->events < 5000);
        assert_int_equal(info->bad, 0);
        for (size_t i = 0; i < got.count; i++)
            assert_int_equal(got.events[i].time_ns, (1609459200 + (int64_t)(i / count)) * MT_NS_PER_S);
        load_free(&got);
    }
    free(bytes);
    free(text);
}

/* Random files of several kinds against a plain sort: time, then symbol, kind and first time, then place in the file. */
enum { FILES = 7, ROWS = 900 };
struct model { int64_t time_ns, price; uint32_t file; int row; bool bar, gone; };

static int model_compare(const void *a, const void *b)
{
    const struct model *x = a, *y = b;
    if (x->time_ns != y->time_ns)
        return x->time_ns < y->time_ns ? -1 : 1;
    if (x->file != y->file)
        return x->file < y->file ? -1 : 1;
    return x->row < y->row ? -1 : 1;
}

/* Kind of file f: two of bars of one symbol, one of bars of another, quotes, trades. */
static void random_file(uint32_t f, char *text, struct model *model, size_t *count)
{
    static const char *const headers[] = { "time,open,high,low,close\n", "time,bid,ask\n", "time,price,qty\n" };
    int kind = f < 4 ? 0 : f < 6 ? 1 : 2;
    int64_t time = 1609459200 + 60 * random_below(50);
    char *at = text + sprintf(text, "%s", headers[kind]);
    for (int row = 0; row < ROWS; row++) {
        time += kind == 0 ? (random_below(20) ? 60 : 60 * (1 + random_below(3))) : 20 * random_below(6);
        int64_t price = 1 + random_below(1000000);
        if (kind == 0)
            at += sprintf(at, "%lld,%lld,%lld,%lld,%lld\n", (long long)time, (long long)price, (long long)price,
                          (long long)price, (long long)price);
        else
            at += sprintf(at, "%lld,%lld,1\n", (long long)time, (long long)price);
        model[(*count)++] = (struct model){ (time + (kind == 0 ? 60 : 0)) * MT_NS_PER_S, price * 100000000, f, row, kind == 0,
                                            false };
    }
}

static int64_t price_of(const struct mt_event *event)
{
    return event->kind == MT_EV_BAR ? event->bar.close : event->kind == MT_EV_QUOTE ? event->quote.bid : event->trade.price;
}

/* Files 0 and 1 are bars of one symbol: of two at the same time the second is not delivered. */
static size_t model_merge(struct model *model, size_t count)
{
    int64_t last_ns = INT64_MIN;
    size_t kept = 0;
    qsort(model, count, sizeof *model, model_compare);
    for (size_t i = 0; i < count; i++) {
        if (model[i].file < 2 && model[i].time_ns == last_ns)
            continue;
        if (model[i].file < 2)
            last_ns = model[i].time_ns;
        model[kept++] = model[i];
    }
    return kept;
}

static bool model_last(const struct model *model, size_t count, size_t i)
{
    for (size_t k = i + 1; k < count && model[k].time_ns == model[i].time_ns; k++)
        if (model[k].bar)
            return false;
    return model[i].bar;
}

static void test_random(void **state)
{
    static const char *const symbols[FILES] = { "AAA", "AAA", "BBB", "CCC", "BBB", "AAA", "DDD" };
    static struct model model[FILES * ROWS];
    (void)state;
    print_message("seed 41\n");
    char *text = malloc((size_t)ROWS * 100 + 100);
    for (int round = 0; round < 20; round++) {
        char names[FILES][16];
        const char *files[FILES];
        char paths[FILES][256];
        size_t count = 0;
        for (uint32_t f = 0; f < FILES; f++) {
            random_file(f, text, model, &count);
            snprintf(names[f], sizeof names[f], "f%u.csv", f);
            snprintf(paths[f], sizeof paths[f], "%s", f % 2 ? file_put_gz(names[f], text) : file_put(names[f], text));
            files[f] = paths[f];
        }
        struct mt_data_options options = options_for(files, FILES);
        options.symbols = symbols;
        options.symbol_count = FILES;
        options.merge = true;
        struct loaded got = { 0 };
        assert_int_equal(mt_data_open(&got.data, &options, &got.diag), 0);
        const char *symbol_at[FILES];
        uint32_t place[FILES];
        for (uint32_t f = 0; f < FILES; f++)
            for (uint32_t k = 0; k < FILES; k++)
                if (strcmp(file_info(&got, k)->path, files[f]) == 0) {
                    place[f] = k;
                    symbol_at[k] = symbols[f];
                }
        assert_int_equal(place[0] + place[1], 1);       /* AAA: bars, quotes; BBB: bars, quotes; CCC; DDD */
        assert_true(place[5] == 2 && place[2] == 3 && place[4] == 4 && place[3] == 5 && place[6] == 6);
        for (size_t i = 0; i < count; i++)
            model[i].file = place[model[i].file];
        size_t expected = model_merge(model, count);
        load_rest(&got, 1 + (int)random_below(300));
        assert_int_equal(got.err, 0);
        assert_int_equal(got.count, expected);
        for (size_t i = 0; i < expected; i++) {
            assert_int_equal(got.events[i].time_ns, model[i].time_ns);
            assert_int_equal(got.events[i].source, model[i].file);
            assert_int_equal(price_of(&got.events[i]), model[i].price);
            assert_int_equal(got.events[i].last, model_last(model, expected, i));
            uint16_t instruments;
            assert_string_equal(mt_data_instruments(got.data, &instruments)[got.events[i].symbol].symbol,
                                symbol_at[model[i].file]);
            assert_int_equal(instruments, 4);
        }
        uint64_t rows = 0, bad = 0;
        for (size_t f = 0; f < FILES; f++) {
            rows += file_info(&got, f)->rows;
            bad += file_info(&got, f)->bad;
            assert_int_equal(file_info(&got, f)->rows, ROWS);
        }
        assert_int_equal(rows - bad, expected);
        /* In another order, with the symbols in that order, it is the same. */
        const char *turned[FILES], *turned_symbols[FILES];
        for (int f = 0, turn = 1 + (int)random_below(FILES - 1); f < FILES; f++) {
            turned[f] = files[(f + turn) % FILES];
            turned_symbols[f] = symbols[(f + turn) % FILES];
        }
        options.files = turned;
        options.symbols = turned_symbols;
        struct loaded other = load(&options);
        assert_int_equal(other.count, got.count);
        for (size_t i = 0; i < got.count; i++) {
            assert_int_equal(other.events[i].time_ns, got.events[i].time_ns);
            assert_int_equal(other.events[i].symbol, got.events[i].symbol);
            assert_int_equal(other.events[i].source, got.events[i].source);
            assert_int_equal(other.events[i].last, got.events[i].last);
            assert_int_equal(price_of(&other.events[i]), price_of(&got.events[i]));
        }
        load_free(&other);
        assert_int_equal(mt_data_progress(got.data), 1);
        /* From any place it goes on as it did, and counts as it did. */
        struct mt_source source = mt_data_source(got.data);
        for (int i = 0; i < 5; i++) {
            struct mt_event *all = got.events;
            uint64_t position = i == 0 ? 0 : i == 1 ? expected : (uint64_t)random_below(expected);
            assert_int_equal(source.ops->seek(source.self, position, &got.diag), 0);
            load_rest(&got, 1 + (int)random_below(300));
            assert_int_equal(got.count, expected - position);
            for (size_t k = 0; k < got.count; k++) {
                assert_int_equal(got.events[k].time_ns, all[position + k].time_ns);
                assert_int_equal(got.events[k].source, all[position + k].source);
                assert_int_equal(got.events[k].last, all[position + k].last);
            }
            free(got.events);
            got.events = all;
            uint64_t again = 0;
            for (size_t f = 0; f < FILES; f++)
                again += file_info(&got, f)->bad;
            assert_int_equal(again, bad);
        }
        assert_int_equal(source.ops->seek(source.self, expected + 1, NULL), MT_ERANGE);
        source.ops->close(source.self);
        load_free(&got);
    }
    free(text);
}

/* Two files of one series with bars of their own: each ends where the next one of either begins, the bar that both have comes
 * once, and an instrument's place follows the wanted order. */
static void test_merged_bars(void **state)
{
    char a[256], b[256], c[256];
    const char *head = "time,open,high,low,close\n";
    char text[3][512];
    (void)state;
    snprintf(text[0], sizeof text[0], "%s1609459200,1,1,1,1\n1609459260,2,2,2,2\n1609459320,3,3,3,3\n1609459500,4,4,4,4\n", head);
    snprintf(text[1], sizeof text[1], "%s1609459230,5,5,5,5\n1609459320,6,6,6,6\n1609459380,7,7,7,7\n1609459440,8,8,8,8\n", head);
    snprintf(text[2], sizeof text[2], "%s1609459560,9,9,9,9\n1609459620,9,9,9,9\n", head);
    snprintf(a, sizeof a, "%s", file_put("ma.csv", text[0]));
    snprintf(b, sizeof b, "%s", file_put("mb.csv", text[1]));
    snprintf(c, sizeof c, "%s", file_put("mc.csv", text[2]));
    const char *files[] = { c, b, a }, *symbols[] = { "AAA" };
    static const struct { int open_s, end_s, price; } wanted[] = {
        { 0, 30, 1 }, { 30, 60, 5 }, { 60, 120, 2 }, { 120, 180, 3 }, { 180, 240, 7 }, { 240, 300, 8 }, { 300, 360, 4 },
        { 360, 420, 9 }, { 420, 480, 9 },
    };
    for (int strict = 0; strict < 2; strict++) {
        struct mt_data_options options = options_for(files, 3);
        struct mt_diag diag = { 0 };
        options.symbols = symbols;
        options.symbol_count = 1;
        options.strict = strict;
        assert_int_equal(open_error(&options, &diag), MT_EDUP);
        assert_text_has(diag.text, "mb.csv: overlaps ");
        assert_text_has(diag.text, "ma.csv: both have bars of AAA from 2021-01-01T00:00:30Z to 2021-01-01T00:04:00Z");
        options.inspect = true;
        assert_int_equal(open_error(&options, &diag), 0);
        options.inspect = false;
        options.merge = true;
        struct loaded got = load(&options);
        if (strict) {
            assert_int_equal(got.err, MT_ESYNTAX);
            assert_text_has(got.diag.text, "a bar of this time was there before");
            assert_int_equal(got.count, 3);
        } else {
            assert_int_equal(got.err, 0);
            assert_int_equal(got.count, sizeof wanted / sizeof wanted[0]);
            for (size_t i = 0; i < got.count; i++) {
                assert_int_equal(got.events[i].bar.open_ns, (1609459200 + wanted[i].open_s) * MT_NS_PER_S);
                assert_int_equal(got.events[i].time_ns, (1609459200 + wanted[i].end_s) * MT_NS_PER_S);
                assert_int_equal(got.events[i].venue_ns, got.events[i].time_ns);
                assert_int_equal(got.events[i].bar.close, wanted[i].price * INT64_C(100000000));
                assert_true(got.events[i].last);
            }
            assert_int_equal(file_info(&got, 1)->bad, 1);
        }
        load_free(&got);
    }
    const char *names[] = { "CCC", "AAA" }, *three[] = { "BBB", "AAA", "CCC" };
    struct mt_data_options options = options_for(files, 3);
    options.symbols = three;
    options.symbol_count = 3;
    options.order = names;
    options.order_count = 2;
    struct loaded got = load(&options);
    uint16_t count;
    const struct mt_instrument *instruments = mt_data_instruments(got.data, &count);
    assert_int_equal(count, 3);
    assert_string_equal(instruments[0].symbol, "CCC");
    assert_string_equal(instruments[1].symbol, "AAA");
    assert_string_equal(instruments[2].symbol, "BBB");
    assert_string_equal(file_info(&got, 0)->symbol, "AAA");     /* events of one time come by name */
    load_free(&got);
}

static void test_kinds(void **state)
{
    const char *files[] = { file_put("k1.csv", "time,bid,ask\n1609459200,1,2\n"),
                            file_put("k2.csv", "time,price,qty\n1609459200,1,2\n") };
    struct mt_data_options options = options_for(files, 2);
    (void)state;
    struct loaded got = load(&options);
    assert_true(mt_data_has(got.data, MT_EV_QUOTE));
    assert_true(mt_data_has(got.data, MT_EV_TRADE));
    assert_false(mt_data_has(got.data, MT_EV_BAR));
    assert_false(mt_data_has(got.data, MT_EV_CLOCK));
    load_free(&got);
}

/* The hash of a file is that of its bytes as stored. */
static void test_hash(void **state)
{
    const char *text = "time,bid,ask\n1609459200,1,2\n";
    (void)state;
    struct loaded got = load_text("h.csv", text, NULL);
    assert_int_equal(file_info(&got, 0)->hash, mt_hash64(text, strlen(text)));
    load_free(&got);
}

static void import(const char *from, const char *to, const char *symbol)
{
    const char *files[] = { from }, *symbols[] = { symbol };
    struct mt_data_options options = options_for(files, 1);
    options.symbols = symbols;
    options.symbol_count = 1;
    struct loaded got = load(&options);
    struct mt_store_writer *writer;
    assert_int_equal(got.err, 0);
    assert_int_equal(mt_store_create(&writer, to, instrument_of(&got, 0), NULL), 0);
    for (size_t i = 0; i < got.count; i++)
        assert_int_equal(mt_store_append(writer, &got.events[i], NULL), 0);
    assert_int_equal(mt_store_finish(writer, true, NULL), 0);
    load_free(&got);
}

/* The same data from text and from stores, alone, merged, and as a directory, is the same source. */
static void test_stores(void **state)
{
    static struct model model[2 * ROWS];
    char *text = malloc((size_t)ROWS * 100 + 100), csv[2][256], mts[2][256];
    static const char *const symbols[] = { "AAA", "BBB" };
    size_t count = 0;
    (void)state;
    assert_int_equal(mkdir(file_path("stores"), 0755), 0);
    file_put("stores/readme.txt", "not a store");
    for (uint32_t f = 0; f < 2; f++) {
        char name[32];
        random_file(f ? 4 : 0, text, model, &count);
        snprintf(name, sizeof name, "s%u.csv", f);
        snprintf(csv[f], sizeof csv[f], "%s", file_put(name, text));
        snprintf(name, sizeof name, "stores/s%u.mts", f);
        snprintf(mts[f], sizeof mts[f], "%s", file_path(name));
        import(csv[f], mts[f], symbols[f]);
    }
    const char *as_text[] = { csv[0], csv[1] }, *as_stores[] = { mts[0], mts[1] }, *as_mixed[] = { csv[0], mts[1] },
               *as_directory[] = { file_path("stores") };
    struct mt_data_options options = options_for(as_text, 2);
    options.symbols = symbols;
    options.symbol_count = 2;
    struct loaded one = load(&options);
    for (int way = 0; way < 3; way++) {
        struct mt_data_options other = options;
        other.files = way == 0 ? as_stores : way == 1 ? as_mixed : as_directory;
        if (way == 2) {
            other.file_count = 1;
            other.symbol_count = 0;
        }
        struct loaded two = load(&other);
        assert_int_equal(two.err, 0);
        assert_int_equal(one.count, two.count);
        for (size_t i = 0; i < one.count; i++) {
            assert_int_equal(one.events[i].time_ns, two.events[i].time_ns);
            assert_int_equal(one.events[i].source, two.events[i].source);
            assert_int_equal(one.events[i].symbol, two.events[i].symbol);
            assert_int_equal(one.events[i].last, two.events[i].last);
            assert_int_equal(price_of(&one.events[i]), price_of(&two.events[i]));
        }
        assert_int_equal(file_info(&one, 0)->rows, file_info(&two, 0)->rows);
        assert_int_equal(file_info(&one, 0)->last_ns, file_info(&two, 0)->last_ns);
        load_free(&two);
    }
    load_free(&one);
    free(text);
}

static void test_store_alone(void **state)
{
    const char *files[] = { file_path("stores/s0.mts") }, *symbols[] = { "ZZZ" };
    struct mt_data_options options = options_for(files, 1);
    struct mt_diag diag = { 0 };
    (void)state;
    struct loaded got = load(&options);
    assert_int_equal(got.count, ROWS);
    struct mt_store *store;
    assert_int_equal(mt_store_open(&store, files[0], true, NULL), 0);
    assert_int_equal(file_info(&got, 0)->hash, mt_store_hash(store));
    mt_store_close(store);
    for (size_t i = 0; i < got.count; i++)
        assert_int_equal(got.events[i].last, 1);
    struct mt_source source = mt_data_source(got.data);
    struct mt_event event;
    for (uint64_t position = 0; position < ROWS; position += 97) {
        assert_int_equal(source.ops->seek(source.self, position, NULL), 0);
        assert_int_equal(file_info(&got, 0)->events, position);
        assert_int_equal(file_info(&got, 0)->last_ns, position ? got.events[position - 1].bar.open_ns : 0);
        assert_int_equal(source.ops->fill(source.self, &event, 1, NULL), 1);
        assert_int_equal(event.time_ns, got.events[position].time_ns);
        assert_int_equal(file_info(&got, 0)->events, position + 1);
        assert_int_equal(file_info(&got, 0)->first_ns, got.events[0].bar.open_ns);
    }
    assert_int_equal(source.ops->seek(source.self, ROWS, NULL), 0);
    assert_int_equal(source.ops->fill(source.self, &event, 1, NULL), 0);
    assert_int_equal(source.ops->seek(source.self, ROWS + 1, &diag), MT_ERANGE);
    load_free(&got);
    options.symbols = symbols;
    options.symbol_count = 1;
    assert_int_equal(open_error(&options, &diag), MT_EREFUSED);
    assert_text_has(diag.text, "is a store of AAA, not of ZZZ");
    options.symbol_count = 0;
    options.format = MT_DATA_QUOTES;
    assert_int_equal(open_error(&options, &diag), MT_EREFUSED);
    options.format = MT_DATA_STORE;
    assert_int_equal(open_error(&options, &diag), 0);
    struct mt_instrument other;
    mt_instrument_infer("AAA", 9, "USD", &other);
    options.configured = &other;
    options.configured_count = 1;
    assert_int_equal(open_error(&options, &diag), MT_EREFUSED);
    assert_text_has(diag.text, "import it again");
    /* Damage is an error of the run, after what lies before it. */
    int fd = open(files[0], O_WRONLY);
    assert_int_equal(pwrite(fd, "\xff", 1, 600), 1);
    close(fd);
    options.configured_count = 0;
    got = load(&options);
    assert_int_equal(got.err, MT_ECORRUPT);
    assert_text_has(got.diag.text, "block 0");
    load_free(&got);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused), cmocka_unit_test(test_unreadable), cmocka_unit_test(test_all_bad),
        cmocka_unit_test(test_truncated), cmocka_unit_test(test_random), cmocka_unit_test(test_merged_bars), cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_hash), cmocka_unit_test(test_stores), cmocka_unit_test(test_store_alone),
    };
    return cmocka_run_group_tests(tests, files_begin, files_end);
}
