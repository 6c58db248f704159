#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"

enum { LINE_MAX_BYTES = 4096, LEVELS = MT_LOG_ERROR + 1, MESSAGE_SHORT = 256 };

#define WINDOW_NS (60 * MT_NS_PER_S)

static const char *const level_names[] = { "debug", "info", "warn", "error", "off" };

struct level_state { uint64_t written, dropped; };      /* within the current minute */

static struct {
    pthread_mutex_t lock;
    int fd;
    enum mt_log_level level;
    bool color;
    int64_t (*now)(void *ud);
    void *ud;
    int64_t window;
    struct level_state levels[LEVELS];
    uint64_t dropped;
    struct mt_buf line;
} logger = { .lock = PTHREAD_MUTEX_INITIALIZER, .fd = STDERR_FILENO, .level = MT_LOG_INFO,
             .line = { .maximum = LINE_MAX_BYTES } };

struct record {
    int64_t now;
    enum mt_log_level level;
    const char *module, *fields, *text;
    size_t length, total;       /* of text: what is there, what there was */
};

static int64_t now_read(void)
{
    if (logger.now)
        return logger.now(logger.ud);
    struct mt_clock clock;
    mt_clock_real(&clock);
    return clock.now(&clock);
}

static void json_line(struct mt_buf *buf, const struct record *record, size_t cut)
{
    mt_json_open(buf, NULL, '{');
    mt_json_time(buf, "time", record->now);
    mt_json_text(buf, "level", level_names[record->level]);
    mt_json_text(buf, "module", record->module);
    mt_json_text_n(buf, "msg", record->text, record->length);
    if (record->fields && *record->fields)
        mt_json_raw(buf, NULL, record->fields);
    if (cut)
        mt_json_uint(buf, "cut", cut);
    mt_json_close(buf, '}');
    mt_buf_puts(buf, "\n");
}

/* Quotes and backslashes are left as a person expects them. */
static void plain_text(struct mt_buf *buf, const char *text, size_t length)
{
    mt_text_escape(buf, text, length, "");
}

static void color_line(struct mt_buf *buf, const struct record *record, size_t cut)
{
    static const char *const colors[] = { "\x1b[2m", "\x1b[32m", "\x1b[33m", "\x1b[1;31m" };
    char time[MT_TIME_TEXT];
    mt_time_format(time, record->now);
    mt_buf_printf(buf, "%s %s%-5s\x1b[0m ", time, colors[record->level], level_names[record->level]);
    plain_text(buf, record->module, strlen(record->module));
    mt_buf_puts(buf, ": ");
    plain_text(buf, record->text, record->length);
    if (record->fields && *record->fields) {
        mt_buf_puts(buf, "  ");
        plain_text(buf, record->fields, strlen(record->fields));
    }
    if (cut)
        mt_buf_printf(buf, " (%zu bytes cut)", cut);
    mt_buf_puts(buf, "\n");
}

static void message_shorten(struct record *record)
{
    size_t length = record->length / 2;
    while (length > 0 && ((unsigned char)record->text[length] & 0xc0) == 0x80)
        length--;
    record->length = length;
}

/* First the message shrinks, then the fields go: half a JSON fragment would make the line unreadable for jq. */
static void line_build(struct record *record)
{
    size_t fields_cut = 0, length = record->length;
    for (;;) {
        size_t cut = record->total - record->length + fields_cut;
        mt_buf_clear(&logger.line);
        (logger.color ? color_line : json_line)(&logger.line, record, cut);
        if (!logger.line.failed || (record->length == 0 && !record->fields))
            return;
        if (record->length > MESSAGE_SHORT || !record->fields) {
            message_shorten(record);
        } else {
            fields_cut = strlen(record->fields);
            record->fields = NULL;
            record->length = length;
        }
    }
}

static bool line_write(void)
{
    const char *at = logger.line.data;
    size_t left = logger.line.failed ? 0 : logger.line.length;
    bool ok = left > 0;
    while (left > 0) {
        ssize_t written = write(logger.fd, at, left);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        at += written;
        left -= (size_t)written;
    }
    return ok;
}

static void record_write(struct record *record)
{
    line_build(record);
    logger.dropped += !line_write();
}

/* A new minute: say what the last one lost, level by level. */
static void window_turn(int64_t now)
{
    int64_t window = now / WINDOW_NS;
    if (window == logger.window)
        return;
    logger.window = window;
    for (int level = 0; level < LEVELS; level++) {
        struct level_state last = logger.levels[level];
        logger.levels[level] = (struct level_state){ 0 };
        if (last.dropped == 0)
            continue;
        char fields[64];
        snprintf(fields, sizeof fields, "\"dropped\":%llu", (unsigned long long)last.dropped);
        static const char text[] = "too many lines in a minute, some were dropped";
        struct record record = { now, (enum mt_log_level)level, "log", fields, text, sizeof text - 1, sizeof text - 1 };
        record_write(&record);
    }
}

/* Errors always pass. */
static bool rate_allows(enum mt_log_level level)
{
    struct level_state *state = &logger.levels[level];
    if (level != MT_LOG_ERROR && state->written >= MT_LOG_RATE_PER_MIN) {
        state->dropped++;
        logger.dropped++;
        return false;
    }
    state->written++;
    return true;
}

void mt_log_init(int fd, enum mt_log_level level, int color)
{
    pthread_mutex_lock(&logger.lock);
    logger.fd = fd;
    logger.level = level;
    logger.color = color != 0;
    logger.dropped = 0;
    memset(logger.levels, 0, sizeof logger.levels);
    /* Reserved now; should that fail, the first line tries again and is counted as dropped. */
    if (mt_buf_reserve(&logger.line, LINE_MAX_BYTES) != 0)
        mt_buf_clear(&logger.line);
    pthread_mutex_unlock(&logger.lock);
}

void mt_log_clock(int64_t (*now)(void *ud), void *ud)
{
    pthread_mutex_lock(&logger.lock);
    logger.now = now;
    logger.ud = ud;
    pthread_mutex_unlock(&logger.lock);
}

int mt_log_level_parse(const char *name, enum mt_log_level *out)
{
    for (int level = 0; level <= MT_LOG_OFF; level++) {
        if (strcmp(name, level_names[level]) == 0) {
            *out = (enum mt_log_level)level;
            return 0;
        }
    }
    return MT_ESYNTAX;
}

uint64_t mt_log_dropped(void)
{
    pthread_mutex_lock(&logger.lock);
    uint64_t dropped = logger.dropped;
    pthread_mutex_unlock(&logger.lock);
    return dropped;
}

void mt_log(enum mt_log_level level, const char *module, const char *fields, const char *format, ...)
{
    MT_ASSERT(level < MT_LOG_OFF);
    pthread_mutex_lock(&logger.lock);
    if (level >= logger.level) {
        struct record record = { .now = now_read(), .level = level, .module = module, .fields = fields };
        window_turn(record.now);
        if (rate_allows(level)) {
            char text[LINE_MAX_BYTES];
            va_list args;
            va_start(args, format);
            int total = vsnprintf(text, sizeof text, format, args);
            va_end(args);
            record.text = text;
            record.total = total > 0 ? (size_t)total : 0;
            record.length = record.total < sizeof text ? record.total : sizeof text - 1;
            record_write(&record);
        }
    }
    pthread_mutex_unlock(&logger.lock);
}
