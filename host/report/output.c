/* Rows to files, buffered. */
#include "report/output.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"

enum { BUFFER = 65536 };
static const int64_t day_length_ns = 86400 * MT_NS_PER_S;

/* What was written of a row that broke off is taken back: a file that stops shall not end in half a number. Where that
 * cannot be done the row stays; the failure is told anyway. */
static void drop_torn_row(const struct mt_output *output, size_t done)
{
    const char *end = memrchr(output->buffer, '\n', done);
    off_t at = end ? lseek(output->fd, 0, SEEK_CUR) : -1;
    if (at >= 0 && ftruncate(output->fd, at - (output->buffer + done - (end + 1))) != 0)
        return;
}

void mt_output_flush(struct mt_output *output)
{
    size_t done = 0;
    while (output->path && output->failed == 0 && done < output->length) {
        ssize_t wrote = write(output->fd, output->buffer + done, output->length - done);
        if (wrote > 0) {
            done += (size_t)wrote;
        } else if (wrote < 0 && errno != EINTR) {
            output->failed = errno;
            drop_torn_row(output, done);
        }
    }
    output->length = 0;
}

static void put(struct mt_output *output, const char *data, size_t length)
{
    while (length > 0) {
        if (output->length == BUFFER)
            mt_output_flush(output);
        size_t part = BUFFER - output->length < length ? BUFFER - output->length : length;
        memcpy(output->buffer + output->length, data, part);
        output->length += part;
        data += part;
        length -= part;
    }
}

/* False: this output is off. */
static bool field_begin(struct mt_output *output)
{
    if (!output->path)
        return false;
    if (output->begun)
        put(output, ",", 1);
    output->begun = true;
    return true;
}

static int open_file(struct mt_output *output, const char *dir, const char *name, int flags, struct mt_diag *diag)
{
    memset(output, 0, sizeof *output);
    if (asprintf(&output->path, "%s/%s", dir, name) < 0) {
        output->path = NULL;
        return mt_fail(diag, MT_ENOMEM, "%s: no memory", name);
    }
    output->buffer = malloc(BUFFER);
    output->fd = output->buffer ? open(output->path, flags | O_CREAT | O_CLOEXEC, 0600) : -1;
    mt_buf_init(&output->text, MT_OUTPUT_TEXT_MAX);
    if (output->fd >= 0)
        return 0;
    int rc =
        mt_fail(diag, MT_EIO, "%s: cannot be written: %s", output->path, strerror(output->buffer ? errno : ENOMEM));
    free(output->buffer);
    free(output->path);
    output->path = NULL;
    return rc;
}

static void put_header(struct mt_output *output, const char *header)
{
    put(output, header, strlen(header));
    put(output, "\n", 1);
}

int mt_output_open(struct mt_output *output, const char *dir, const char *name, const char *header,
                   struct mt_diag *diag)
{
    int rc = open_file(output, dir, name, O_WRONLY | O_TRUNC, diag);
    if (rc == 0)
        put_header(output, header);
    return rc;
}

/* Where the lines end that are whole and not after until_ns. */
static size_t good_end(const char *text, size_t size, int64_t until_ns)
{
    const char *header_end = memchr(text, '\n', size);
    size_t at = header_end ? (size_t)(header_end - text) + 1 : 0;
    while (at > 0 && at < size) {
        const char *line = text + at, *end = memchr(line, '\n', size - at);
        int64_t ns;
        if (!end || mt_time_parse(line, strcspn(line, ",\n"), &ns) != 0 || ns > until_ns)
            break;
        at += (size_t)(end - line) + 1;
    }
    return at;
}

static int cut(struct mt_output *output, int64_t until_ns, size_t *kept, struct mt_diag *diag)
{
    struct stat st;
    int bad = fstat(output->fd, &st);
    size_t size = bad ? 0 : (size_t)st.st_size;
    char *text = bad ? NULL : malloc(size + 1);
    ssize_t got = text ? pread(output->fd, text, size, 0) : -1;
    if (got >= 0) {
        text[got] = '\0';
        *kept = good_end(text, (size_t)got, until_ns);
        bad = ftruncate(output->fd, (off_t)*kept) != 0 || lseek(output->fd, 0, SEEK_END) < 0;
    }
    free(text);
    return got < 0 || bad ? mt_fail(diag, MT_EIO, "%s: cannot be continued: %s", output->path, strerror(errno)) : 0;
}

int mt_output_reopen(struct mt_output *output, const char *dir, const char *name, const char *header, int64_t until_ns,
                     struct mt_diag *diag)
{
    size_t kept = 0;
    int rc = open_file(output, dir, name, O_RDWR, diag);
    if (rc == 0)
        rc = cut(output, until_ns, &kept, diag);
    if (rc == 0 && kept == 0)
        put_header(output, header);
    return rc;
}

int mt_output_check(const struct mt_output *output, struct mt_diag *diag)
{
    if (output->failed == 0)
        return 0;
    bool full = output->failed == ENOSPC || output->failed == EDQUOT || output->failed == EFBIG;
    return mt_fail(diag, full ? MT_EFULL : MT_EIO, "%s: cannot be written: %s", output->path, strerror(output->failed));
}

int mt_output_close(struct mt_output *output, struct mt_diag *diag)
{
    if (!output->path)
        return 0;
    mt_output_flush(output);
    if (close(output->fd) != 0 && output->failed == 0)
        output->failed = errno;
    int rc = mt_output_check(output, diag);
    mt_buf_fini(&output->text);
    free(output->buffer);
    free(output->path);
    output->path = NULL;
    return rc;
}

/* --- fields -------------------- */

/* A cell that begins like this is run by a spreadsheet that opens the file. A leading apostrophe is the spreadsheets'
 * own word for "text"; one that the text has itself gets another, so that taking one away gives the text back. */
static bool would_run(char first)
{
    return first != '\0' && strchr("=+-@\t\r\n'", first) != NULL;
}

static bool is_plain(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c < 0x20 || c >= 0x7f || c == ',' || c == '"' || c == '\\')
            return false;
    }
    return true;
}

static void put_quoted(struct mt_output *output, const char *text, size_t length)
{
    put(output, "\"", 1);
    while (length > 0) {
        const char *quote = memchr(text, '"', length);
        size_t part = quote ? (size_t)(quote - text) + 1 : length;
        put(output, text, part);
        if (quote)
            put(output, "\"", 1);
        text += part;
        length -= part;
    }
    put(output, "\"", 1);
}

void mt_output_text_n(struct mt_output *output, const char *text, size_t length)
{
    if (!field_begin(output))
        return;
    bool run = length > 0 && would_run(text[0]);
    if (is_plain(text, length)) {
        put(output, "'", run);
        put(output, text, length);
        return;
    }
    struct mt_buf *cell = &output->text;
    mt_buf_clear(cell);
    if (run)
        mt_buf_puts(cell, "'");
    mt_text_escape(cell, text, length, "\\");
    if (cell->failed && output->failed == 0)
        output->failed = ENOMEM;
    bool quoted = memchr(text, ',', length) || memchr(text, '"', length);
    if (quoted)
        put_quoted(output, cell->data, cell->length);
    else
        put(output, cell->data, cell->length);
}

void mt_output_text(struct mt_output *output, const char *text)
{
    mt_output_text_n(output, text, strlen(text));
}

void mt_output_int(struct mt_output *output, int64_t value)
{
    mt_output_dec(output, value, 0);
}

void mt_output_dec(struct mt_output *output, int64_t value, int scale)
{
    char text[MT_DEC_TEXT];
    if (field_begin(output))
        put(output, text, mt_dec_format_short(text, value, scale));
}

void mt_output_money(struct mt_output *output, mt_money value)
{
    char text[MT_DEC_TEXT];
    if (field_begin(output))
        put(output, text, mt_money_format(text, value));
}

void mt_output_double(struct mt_output *output, double value)
{
    char text[MT_DEC_TEXT];
    if (field_begin(output) && isfinite(value))
        put(output, text, mt_double_format(text, value));
}

/* Rows follow each other in time, so the date is nearly always that of the row before. */
void mt_output_time(struct mt_output *output, int64_t ns)
{
    char text[MT_TIME_TEXT];
    if (!field_begin(output))
        return;
    if (ns < output->day_ns || ns - output->day_ns >= day_length_ns || output->date[0] == '\0') {
        output->day_ns = ns - (ns % day_length_ns + day_length_ns) % day_length_ns;
        mt_date_format(output->date, ns);
    }
    put(output, output->date, sizeof output->date);
    put(output, text, mt_daytime_format(text, ns - output->day_ns));
}

void mt_output_end(struct mt_output *output)
{
    if (!output->path)
        return;
    put(output, "\n", 1);
    output->begun = false;
}
