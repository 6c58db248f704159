/* files: what the tests of playback share: files in a directory of their own, and a whole source read into memory. */
#ifndef MT_TESTS_ADAPTERS_PLAYBACK_FILES_H
#define MT_TESTS_ADAPTERS_PLAYBACK_FILES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <cmocka.h>
#include "adapters/playback/playback.h"
#include "adapters/playback/store.h"
#include "base/clock.h"
#include "base/hash.h"

static char files_dir[] = "/tmp/mt-playback-XXXXXX";

static inline int files_begin(void **state)
{
    (void)state;
    return mkdtemp(files_dir) ? 0 : -1;
}

static inline int files_end(void **state)
{
    char command[sizeof files_dir + 16];
    (void)state;
    snprintf(command, sizeof command, "rm -rf %s", files_dir);
    return system(command);
}

/* The path of a name in the directory; four may be in use at a time. */
static inline const char *file_path(const char *name)
{
    static char paths[4][256];
    static int next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", files_dir, name);
    return path;
}

static inline const char *file_put_bytes(const char *name, const void *bytes, size_t length)
{
    const char *path = file_path(name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
    return path;
}

static inline const char *file_put(const char *name, const char *text)
{
    return file_put_bytes(name, text, strlen(text));
}

static inline unsigned char *file_get(const char *path, size_t *length)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    *length = (size_t)ftell(file);
    rewind(file);
    unsigned char *bytes = malloc(*length + 1);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, *length, file), *length);
    fclose(file);
    return bytes;
}

static inline const char *file_put_gz(const char *name, const char *text)
{
    const char *path = file_path(name);
    gzFile file = gzopen(path, "wb6");
    assert_non_null(file);
    assert_int_equal(gzwrite(file, text, (unsigned)strlen(text)), strlen(text));
    assert_int_equal(gzclose(file), Z_OK);
    return path;
}

/* A whole source. `err` is what ended it, `diag` its sentence. */
struct loaded {
    struct mt_data *data;
    struct mt_event *events;
    size_t count;
    int err;
    struct mt_diag diag;
};

static inline void load_free(struct loaded *loaded)
{
    mt_data_close(loaded->data);
    free(loaded->events);
}

static inline void load_rest(struct loaded *out, int chunk)
{
    struct mt_source source = mt_data_source(out->data);
    size_t capacity = 1024;
    out->events = malloc(capacity * sizeof *out->events);
    out->count = 0;
    assert_non_null(out->events);
    for (;;) {
        if (out->count + (size_t)chunk > capacity) {
            capacity = capacity * 2 + (size_t)chunk;
            out->events = realloc(out->events, capacity * sizeof *out->events);
            assert_non_null(out->events);
        }
        int got = source.ops->fill(source.self, out->events + out->count, chunk, &out->diag);
        if (got <= 0) {
            out->err = got;
            return;
        }
        out->count += (size_t)got;
    }
}

static inline struct loaded load(const struct mt_data_options *options)
{
    struct loaded out = { 0 };
    out.err = mt_data_open(&out.data, options, &out.diag);
    if (out.err == 0)
        load_rest(&out, 100);
    return out;
}

static inline struct mt_data_options options_for(const char *const *files, size_t count)
{
    return (struct mt_data_options){ .files = files, .file_count = count, .account_currency = "USD" };
}

static inline const struct mt_data_file *file_info(const struct loaded *loaded, size_t i)
{
    size_t count;
    const struct mt_data_file *files = mt_data_files(loaded->data, &count);
    assert_true(i < count);
    return &files[i];
}

static inline const struct mt_instrument *instrument_of(const struct loaded *loaded, size_t i)
{
    uint16_t count;
    const struct mt_instrument *instruments = mt_data_instruments(loaded->data, &count);
    assert_true(file_info(loaded, i)->instrument < count);
    return &instruments[file_info(loaded, i)->instrument];
}

static inline int64_t ns_of(const char *text)
{
    int64_t ns;
    assert_int_equal(mt_time_parse(text, strlen(text), &ns), 0);
    return ns;
}

/* A file of that text must open. */
static inline struct loaded load_text(const char *name, const char *text, const char *columns)
{
    const char *files[] = { file_put(name, text) };
    struct mt_data_options options = options_for(files, 1);
    options.columns = columns;
    return load(&options);
}

#define assert_text_has(text, part) \
    do { \
        if (!strstr((text), (part))) \
            fail_msg("\"%s\" does not say \"%s\"", (text), (part)); \
    } while (0)

#endif
