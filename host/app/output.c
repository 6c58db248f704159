/* Rows to files, buffered. */
#include "app/output.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"

enum { BUFFER = 65536, FIELD_MAX = 1024 };
static const int64_t day_length_ns = 86400 * MT_NS_PER_S;

void mt_output_flush(struct mt_output *output)
{
    size_t done = 0;
    while (output->path && output->failed == 0 && done < output->length) {
        ssize_t wrote = write(output->fd, output->buffer + done, output->length - done);
        if (wrote > 0)
            done += (size_t)wrote;
        else if (wrote < 0 && errno != EINTR)
            output->failed = errno;
    }
    output->length = 0;
}

/* Room for a field; longer texts are cut by their writer. */
static char *room(struct mt_output *output)
{
    if (!output->path)
        return NULL;
    if (output->length > BUFFER - 2 * FIELD_MAX)
        mt_output_flush(output);
    if (output->begun)
        output->buffer[output->length++] = ',';
    output->begun = true;
    return output->buffer + output->length;
}

static int open_file(struct mt_output *output, const char *dir, const char *name, int flags, struct mt_diag *diag)
{
    memset(output, 0, sizeof *output);
    if (asprintf(&output->path, "%s/%s", dir, name) < 0) {
        output->path = NULL;
        return mt_fail(diag, MT_ENOMEM, "%s: no memory", name);
    }
    output->buffer = malloc(BUFFER);
    output->fd = output->buffer ? open(output->path, flags | O_CREAT | O_CLOEXEC, 0666) : -1;
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
    memcpy(output->buffer, header, strlen(header));
    output->buffer[strlen(header)] = '\n';
    output->length = strlen(header) + 1;
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
    free(output->buffer);
    free(output->path);
    output->path = NULL;
    return rc;
}

/* --- fields -------------------- */

static size_t put_quoted(char *at, const char *text, size_t length)
{
    char *to = at;
    *to++ = '"';
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '"')
            *to++ = '"';
        *to++ = text[i];
    }
    *to++ = '"';
    return (size_t)(to - at);
}

void mt_output_text(struct mt_output *output, const char *text)
{
    char *at = room(output);
    size_t length = 0;
    if (!at)
        return;
    for (; text[length] && length < FIELD_MAX / 2 - 2; length++) {
        char c = text[length];
        if (c == ',' || c == '"' || c == '\r' || c == '\n') {
            output->length += put_quoted(at, text, strnlen(text, FIELD_MAX / 2 - 2));
            return;
        }
        at[length] = c;
    }
    output->length += length;
}

void mt_output_int(struct mt_output *output, int64_t value)
{
    mt_output_dec(output, value, 0);
}

void mt_output_dec(struct mt_output *output, int64_t value, int scale)
{
    char *at = room(output);
    if (at)
        output->length += mt_dec_format_short(at, value, scale);
}

void mt_output_money(struct mt_output *output, mt_money value)
{
    char *at = room(output);
    if (at)
        output->length += mt_money_format(at, value);
}

void mt_output_double(struct mt_output *output, double value)
{
    char *at = room(output);
    if (at && isfinite(value))
        output->length += mt_double_format(at, value);
}

/* Rows follow each other in time, so the date is nearly always that of the row before. */
void mt_output_time(struct mt_output *output, int64_t ns)
{
    char *at = room(output);
    if (!at)
        return;
    if (ns < output->day_ns || ns - output->day_ns >= day_length_ns || output->date[0] == '\0') {
        output->day_ns = ns - (ns % day_length_ns + day_length_ns) % day_length_ns;
        mt_date_format(output->date, ns);
    }
    memcpy(at, output->date, sizeof output->date);
    output->length += sizeof output->date + mt_daytime_format(at + sizeof output->date, ns - output->day_ns);
}

void mt_output_end(struct mt_output *output)
{
    if (!output->path)
        return;
    output->buffer[output->length++] = '\n';
    output->begun = false;
}
