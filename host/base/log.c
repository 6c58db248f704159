#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/log_file.h"

enum { LINE_MAX_BYTES = 4096, MESSAGE_SHORT = 256, WHY_MAX = 512 };

#define WALL_WINDOW_NS (60 * MT_NS_PER_S)

static const char *const level_names[] = { "DEBUG", "INFO", "WARNING", "ERROR", "OFF" };

static struct {
    pthread_mutex_t lock;
    atomic_int lowest;                          /* level that any way takes */
    int fd;
    enum mt_log_level level;
    bool color;
    struct mt_log_file file;
    enum mt_log_level file_level;
    uint64_t file_lost;                         /* lines since the file failed */
    char *run;                                  /* owned */
    int64_t (*market)(void *ud), (*wall)(void *ud);
    void *market_ud, *wall_ud;
    int64_t window_ns, window;                  /* window: number of the present one */
    uint32_t run_number;
    struct mt_log_site *first, *last;           /* those that have left something out */
    atomic_bool pending;                        /* whether there are some */
    uint64_t lost;
    char why[WHY_MAX];
    struct mt_buf line;
} logger = { .lock = PTHREAD_MUTEX_INITIALIZER, .lowest = MT_LOG_WARNING, .fd = STDERR_FILENO,
             .level = MT_LOG_WARNING, .file = { .fd = -1 }, .file_level = MT_LOG_OFF, .run_number = 1,
             .line = { .maximum = LINE_MAX_BYTES } };

enum { TO_STDERR = 1, TO_FILE = 2, TO_BOTH = 3 };

struct record {
    int64_t market, wall;       /* market 0: none */
    enum mt_log_level level;
    const char *module, *fields, *text;
    size_t length, total;       /* of text: what is there, what there was */
    const char *run;
    bool limit;                 /* the last of its site in this window */
};

static int64_t wall_read(void)
{
    if (logger.wall)
        return logger.wall(logger.wall_ud);
    struct mt_clock clock;
    mt_clock_real(&clock);
    return clock.now(&clock);
}

static int64_t market_read(void)
{
    return logger.market ? logger.market(logger.market_ud) : 0;
}

/* --- one line -------------------- */

static void json_line(struct mt_buf *buf, const struct record *record, size_t cut)
{
    mt_json_open(buf, NULL, '{');
    mt_json_time(buf, "time", record->market ? record->market : record->wall);
    mt_json_text(buf, "level", level_names[record->level]);
    mt_json_text(buf, "module", record->module);
    mt_json_text_n(buf, "msg", record->text, record->length);
    if (record->fields && *record->fields)
        mt_json_raw(buf, NULL, record->fields);
    if (record->limit)
        mt_json_uint(buf, "limit", MT_LOG_SITE_LINES);
    if (cut)
        mt_json_uint(buf, "cut", cut);
    if (record->run)
        mt_json_text(buf, "run", record->run);
    mt_json_time(buf, "wall", record->wall);
    mt_json_close(buf, '}');
    mt_buf_puts(buf, "\n");
}

/* Quotes and backslashes are left as a person expects them. */
static void plain_text(struct mt_buf *buf, const char *text, size_t length)
{
    mt_text_escape(buf, text, length, "");
}

/* In a run the market's time has its date, the wall clock only its hour: it is today's. */
static void color_line(struct mt_buf *buf, const struct record *record, size_t cut)
{
    static const char *const colors[] = { "\x1b[2m", "\x1b[32m", "\x1b[33m", "\x1b[1;31m" };
    char time[MT_TIME_TEXT], wall[MT_TIME_TEXT];
    mt_time_format(time, record->market ? record->market : record->wall);
    mt_time_format(wall, record->wall);
    if (record->market)
        mt_buf_printf(buf, "\x1b[2m%.8s\x1b[0m ", strchr(wall, 'T') + 1);
    mt_buf_printf(buf, "%s %s%-7s\x1b[0m ", time, colors[record->level], level_names[record->level]);
    plain_text(buf, record->module, strlen(record->module));
    mt_buf_puts(buf, ": ");
    plain_text(buf, record->text, record->length);
    if (record->fields && *record->fields) {
        mt_buf_puts(buf, "  ");
        plain_text(buf, record->fields, strlen(record->fields));
    }
    if (record->limit)
        mt_buf_printf(buf, " (line %d of this place: what follows is only counted)", MT_LOG_SITE_LINES);
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
static void line_build(struct record record, bool color)
{
    size_t fields_cut = 0, length = record.length;
    for (;;) {
        size_t cut = record.total - record.length + fields_cut;
        mt_buf_clear(&logger.line);
        (color ? color_line : json_line)(&logger.line, &record, cut);
        if (!logger.line.failed || (record.length == 0 && !record.fields))
            return;
        if (record.length > MESSAGE_SHORT || !record.fields) {
            message_shorten(&record);
        } else {
            fields_cut = strlen(record.fields);
            record.fields = NULL;
            record.length = length;
        }
    }
}

/* --- where it goes -------------------- */

static void lost(const char *where, int error)
{
    logger.lost++;
    snprintf(logger.why, sizeof logger.why, "%s: %s", where, error ? strerror(error) : "no memory");
}

static void write_stderr(const struct record *record)
{
    line_build(*record, logger.color);
    const char *at = logger.line.data;
    size_t left = logger.line.failed ? 0 : logger.line.length;
    if (left == 0)
        lost("the log", 0);
    while (left > 0) {
        ssize_t written = write(logger.fd, at, left);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0) {
            lost("the log", written < 0 ? errno : EIO);
            return;
        }
        at += written;
        left -= (size_t)written;
    }
}

static int write_line_to_file(const struct record *record)
{
    line_build(*record, false);
    if (logger.line.failed)
        return ENOMEM;
    return mt_log_file_write(&logger.file, logger.line.data, logger.line.length);
}

static struct record record_begin(enum mt_log_level level, const char *module, const char *fields)
{
    return (struct record){ .market = market_read(), .wall = wall_read(), .level = level, .module = module,
                            .fields = fields };
}

/* A line of the log's own. */
static struct record record_own(enum mt_log_level level, const char *text, const char *fields)
{
    struct record record = record_begin(level, "log", fields);
    record.text = text;
    record.length = record.total = strlen(text);
    return record;
}

/* That the file fails is told once on the other way, that it is there again in the file. */
static void write_file(const struct record *record)
{
    char text[WHY_MAX + 128], fields[48];
    int rc = write_line_to_file(record);
    if (rc == 0 && logger.file_lost == 0)
        return;
    if (rc == 0) {
        snprintf(fields, sizeof fields, "\"lost\":%llu", (unsigned long long)logger.file_lost);
        struct record again = record_own(MT_LOG_WARNING, "lines before the last one could not be written", fields);
        again.run = logger.run;
        logger.file_lost = 0;
        (void)write_line_to_file(&again);
        return;
    }
    lost(logger.file.path, rc);
    if (logger.file_lost++ > 0 || logger.level > MT_LOG_ERROR)
        return;
    snprintf(text, sizeof text, "%s: the run goes on, its lines are counted", logger.why);
    struct record told = record_own(MT_LOG_ERROR, text, NULL);
    write_stderr(&told);
}

static void record_write(struct record *record, unsigned to)
{
    if (to & TO_STDERR && record->level >= logger.level) {
        record->run = NULL;
        write_stderr(record);
    }
    if (to & TO_FILE && logger.file.path && record->level >= logger.file_level) {
        record->run = logger.run;
        write_file(record);
    }
}

/* --- floods -------------------- */

static void tell_left_out(void)
{
    while (logger.first) {
        struct mt_log_site *site = logger.first;
        char fields[64], text[MT_LOG_LIKE_MAX + 64];
        logger.first = site->next;
        site->next = NULL;
        snprintf(fields, sizeof fields, "\"left_out\":%llu", (unsigned long long)site->left_out);
        snprintf(text, sizeof text, "left out %llu lines of the place that wrote: %s",
                 (unsigned long long)site->left_out, site->like);
        struct record record = record_own(site->level, text, fields);
        record.module = site->module;
        site->left_out = 0;
        record_write(&record, TO_BOTH);
    }
    logger.last = NULL;
    logger.pending = false;
}

/* What the last window left out is told before anything of the next. */
static void window_turn(void)
{
    int64_t market = market_read(), window = -1;
    if (market && logger.window_ns > 0)
        window = market / logger.window_ns;
    else if (!market)
        window = wall_read() / WALL_WINDOW_NS;
    if (window != logger.window)
        tell_left_out();
    logger.window = window;
}

static void count_left_out(struct mt_log_site *site)
{
    if (site->left_out++ > 0)
        return;
    if (logger.last)
        logger.last->next = site;
    else
        logger.first = site;
    logger.last = site;
    logger.pending = true;
}

static void site_renew(struct mt_log_site *site, enum mt_log_level level, const char *module)
{
    if (site->run == logger.run_number && site->window == logger.window)
        return;
    /* What it had left out in another window has been told: window_turn and mt_log_end leave nothing. */
    MT_ASSERT(site->left_out == 0);
    *site = (struct mt_log_site){ .window = logger.window, .run = logger.run_number };
    site->level = level;
    site->module = module;
}

/* The beginning of its first message, to be known by. Whole characters. */
static void site_like(struct mt_log_site *site, const char *text)
{
    size_t length = strnlen(text, sizeof site->like);
    if (length == sizeof site->like)
        for (length--; length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80;)
            length--;
    memcpy(site->like, text, length);
    site->like[length] = '\0';
}

/* site may be NULL: then there is no bound. */
static void format_write(struct record *record, struct mt_log_site *site, unsigned to, const char *format, va_list args)
{
    char text[LINE_MAX_BYTES];
    int total = vsnprintf(text, sizeof text, format, args);
    record->text = text;
    record->total = total > 0 ? (size_t)total : 0;
    record->length = record->total < sizeof text ? record->total : sizeof text - 1;
    if (site && site->written++ == 0)
        site_like(site, text);
    record->limit = site && site->written == MT_LOG_SITE_LINES;
    record_write(record, to);
}

void mt_log_at(struct mt_log_site *site, enum mt_log_level level, const char *module, const char *fields,
               const char *format, ...)
{
    MT_ASSERT(level < MT_LOG_OFF);
    if (!mt_log_takes(level))
        return;
    pthread_mutex_lock(&logger.lock);
    window_turn();
    site_renew(site, level, module);
    if (site->written < MT_LOG_SITE_LINES) {
        struct record record = record_begin(level, module, fields);
        va_list args;
        va_start(args, format);
        format_write(&record, site, TO_BOTH, format, args);
        va_end(args);
    } else {
        count_left_out(site);
    }
    pthread_mutex_unlock(&logger.lock);
}

void mt_log_left_out(struct mt_log_site *site, enum mt_log_level level, const char *module)
{
    MT_ASSERT(level < MT_LOG_OFF);
    if (!mt_log_takes(level))
        return;
    pthread_mutex_lock(&logger.lock);
    window_turn();
    site_renew(site, level, module);
    count_left_out(site);
    pthread_mutex_unlock(&logger.lock);
}

static void log_to(unsigned to, enum mt_log_level level, const char *module, const char *fields, const char *format,
                   va_list args)
{
    MT_ASSERT(level < MT_LOG_OFF);
    if (!mt_log_takes(level))
        return;
    pthread_mutex_lock(&logger.lock);
    window_turn();
    struct record record = record_begin(level, module, fields);
    format_write(&record, NULL, to, format, args);
    pthread_mutex_unlock(&logger.lock);
}

void mt_log_each(enum mt_log_level level, const char *module, const char *fields, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    log_to(TO_BOTH, level, module, fields, format, args);
    va_end(args);
}

void mt_log_in_file(enum mt_log_level level, const char *module, const char *fields, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    log_to(TO_FILE, level, module, fields, format, args);
    va_end(args);
}

void mt_log_tick(void)
{
    if (!logger.pending)
        return;
    pthread_mutex_lock(&logger.lock);
    window_turn();
    pthread_mutex_unlock(&logger.lock);
}

void mt_log_tell(void)
{
    pthread_mutex_lock(&logger.lock);
    tell_left_out();
    pthread_mutex_unlock(&logger.lock);
}

void mt_log_end(void)
{
    pthread_mutex_lock(&logger.lock);
    tell_left_out();
    logger.market = NULL;
    logger.window_ns = 0;
    logger.run_number++;
    pthread_mutex_unlock(&logger.lock);
}

/* --- setting up -------------------- */

static void find_lowest(void)
{
    enum mt_log_level file = logger.file.path ? logger.file_level : MT_LOG_OFF;
    logger.lowest = (int)(file < logger.level ? file : logger.level);
}

void mt_log_init(int fd, enum mt_log_level level, bool color)
{
    pthread_mutex_lock(&logger.lock);
    logger.fd = fd;
    logger.level = level;
    logger.color = color;
    logger.lost = 0;
    find_lowest();
    /* Reserved now; should that fail, the first line tries again and is counted as lost. */
    if (mt_buf_reserve(&logger.line, LINE_MAX_BYTES) != 0)
        mt_buf_clear(&logger.line);
    pthread_mutex_unlock(&logger.lock);
}

void mt_log_file(const char *path, enum mt_log_level level, int64_t bytes, int kept)
{
    pthread_mutex_lock(&logger.lock);
    mt_log_file_fini(&logger.file);
    logger.file_level = level;
    logger.file_lost = 0;
    if (level < MT_LOG_OFF && mt_log_file_init(&logger.file, path, bytes, kept) != 0)
        lost(path, 0);
    find_lowest();
    pthread_mutex_unlock(&logger.lock);
}

void mt_log_close(void)
{
    pthread_mutex_lock(&logger.lock);
    mt_log_file_fini(&logger.file);
    free(logger.run);
    logger.run = NULL;
    find_lowest();
    pthread_mutex_unlock(&logger.lock);
}

void mt_log_run(const char *run)
{
    pthread_mutex_lock(&logger.lock);
    free(logger.run);
    logger.run = run ? strdup(run) : NULL;      /* without memory lines do not say their run */
    pthread_mutex_unlock(&logger.lock);
}

void mt_log_market(int64_t (*now)(void *ud), void *ud)
{
    pthread_mutex_lock(&logger.lock);
    if (now || ud == logger.market_ud) {
        logger.market = now;
        logger.market_ud = ud;
    }
    pthread_mutex_unlock(&logger.lock);
}

void mt_log_window(int64_t market_ns)
{
    pthread_mutex_lock(&logger.lock);
    logger.window_ns = market_ns;
    pthread_mutex_unlock(&logger.lock);
}

void mt_log_clock(int64_t (*now)(void *ud), void *ud)
{
    pthread_mutex_lock(&logger.lock);
    logger.wall = now;
    logger.wall_ud = ud;
    pthread_mutex_unlock(&logger.lock);
}

int mt_log_level_parse(const char *name, enum mt_log_level *out)
{
    for (int level = 0; level <= MT_LOG_OFF; level++) {
        if (strcasecmp(name, level_names[level]) == 0 || (level == MT_LOG_WARNING && strcasecmp(name, "warn") == 0)) {
            *out = (enum mt_log_level)level;
            return 0;
        }
    }
    return MT_ESYNTAX;
}

const char *mt_log_level_name(enum mt_log_level level)
{
    return level_names[level];
}

bool mt_log_takes(enum mt_log_level level)
{
    return (int)level >= logger.lowest;
}

uint64_t mt_log_lost(const char **why)
{
    pthread_mutex_lock(&logger.lock);
    uint64_t count = logger.lost;
    if (why)
        *why = count > 0 ? logger.why : NULL;
    pthread_mutex_unlock(&logger.lock);
    return count;
}
