#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include "adapters/playback/csv.h"

enum { TEXT_CAPACITY = 2 * MT_CSV_LINE_MAX, PACKED_CAPACITY = 32768, GZIP_WINDOW = 15 + 16 };

struct mt_csv {
    int fd;
    char *path;
    uint64_t size, consumed, line;
    bool packed;
    bool inside;            /* gzip: a member has begun and not ended */
    bool end;               /* no more bytes */
    struct mt_diag failure; /* code 0 while the file is sound */
    z_stream stream;
    size_t at, filled; /* of text: what was not handed out yet */
    char text[TEXT_CAPACITY];
    unsigned char in[PACKED_CAPACITY];
};

static int path_check(struct mt_csv *csv, struct mt_diag *diag)
{
    struct stat stat;
    csv->fd = open(csv->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (csv->fd < 0)
        return mt_fail(diag, MT_EIO, "%s: cannot open: %s", csv->path, strerror(errno));
    if (fstat(csv->fd, &stat) != 0)
        return mt_fail(diag, MT_EIO, "%s: cannot read: %s", csv->path, strerror(errno));
    if (!S_ISREG(stat.st_mode))
        return mt_fail(diag, MT_EIO, "%s: not a regular file", csv->path);
    csv->size = (uint64_t)stat.st_size;
    unsigned char magic[2];
    csv->packed = pread(csv->fd, magic, 2, 0) == 2 && magic[0] == 0x1f && magic[1] == 0x8b;
    return 0;
}

int mt_csv_open(struct mt_csv **out, const char *path, struct mt_diag *diag)
{
    struct mt_csv *csv = calloc(1, sizeof *csv);
    if (!csv)
        return mt_fail(diag, MT_ENOMEM, "%s: out of memory", path);
    csv->fd = -1;
    csv->path = strdup(path);
    int err = csv->path ? path_check(csv, diag)
                        : mt_fail(diag, MT_ENOMEM, "%s: out of memory", path);
    if (err == 0 && csv->packed && inflateInit2(&csv->stream, GZIP_WINDOW) != Z_OK) {
        csv->packed = false;
        err = mt_fail(diag, MT_ENOMEM, "%s: out of memory", path);
    }
    if (err != 0) {
        mt_csv_close(csv);
        return err;
    }
    *out = csv;
    return 0;
}

void mt_csv_close(struct mt_csv *csv)
{
    if (!csv)
        return;
    if (csv->packed)
        inflateEnd(&csv->stream);
    if (csv->fd >= 0)
        close(csv->fd);
    free(csv->path);
    free(csv);
}

int mt_csv_rewind(struct mt_csv *csv, struct mt_diag *diag)
{
    if (lseek(csv->fd, 0, SEEK_SET) != 0)
        return mt_fail(diag, MT_EIO, "%s: cannot go to its start: %s", csv->path, strerror(errno));
    if (csv->packed) {
        inflateReset(&csv->stream);
        csv->stream.avail_in = 0;
    }
    csv->consumed = csv->line = 0;
    csv->inside = csv->end = false;
    csv->failure.code = 0;
    csv->at = csv->filled = 0;
    return 0;
}

uint64_t mt_csv_consumed(const struct mt_csv *csv)
{
    return csv->consumed;
}

uint64_t mt_csv_size(const struct mt_csv *csv)
{
    return csv->size;
}

/* Bytes from the file; 0 at its end or on failure. */
static size_t bytes_read(struct mt_csv *csv, void *to, size_t room)
{
    ssize_t got;
    do
        got = read(csv->fd, to, room);
    while (got < 0 && errno == EINTR);
    if (got < 0) {
        mt_fail(&csv->failure, MT_EIO, "%s: cannot read on: %s", csv->path, strerror(errno));
        return 0;
    }
    csv->consumed += (uint64_t)got;
    return (size_t)got;
}

static void plain_fill(struct mt_csv *csv)
{
    size_t got = bytes_read(csv, csv->text + csv->filled, TEXT_CAPACITY - csv->filled);
    csv->filled += got;
    csv->end = got == 0;
}

/* More packed bytes, or the end: sound between members, a truncation inside one. */
static bool packed_input(struct mt_csv *csv)
{
    size_t got = bytes_read(csv, csv->in, PACKED_CAPACITY);
    csv->stream.next_in = csv->in;
    csv->stream.avail_in = (unsigned)got;
    if (got > 0)
        return true;
    csv->end = true;
    if (csv->inside)
        mt_fail(&csv->failure, MT_ECORRUPT,
                "%s: the gzip file ends in the middle (truncated) after line %llu", csv->path,
                (unsigned long long)csv->line);
    return false;
}

static void packed_fill(struct mt_csv *csv)
{
    z_stream *stream = &csv->stream;
    size_t before = csv->filled;
    while (csv->filled == before && !csv->end) {
        if (stream->avail_in == 0 && !packed_input(csv))
            return;
        if (!csv->inside)
            inflateReset(stream);
        csv->inside = true;
        stream->next_out = (unsigned char *)csv->text + csv->filled;
        stream->avail_out = (unsigned)(TEXT_CAPACITY - csv->filled);
        int code = inflate(stream, Z_NO_FLUSH);
        csv->filled = TEXT_CAPACITY - stream->avail_out;
        if (code == Z_STREAM_END) {
            csv->inside = false;
        } else if (code != Z_OK && code != Z_BUF_ERROR) {
            mt_fail(&csv->failure, MT_ECORRUPT, "%s: the gzip file is damaged after line %llu (%s)",
                    csv->path, (unsigned long long)csv->line,
                    stream->msg ? stream->msg : zError(code));
            csv->end = true;
        }
    }
}

static void text_fill(struct mt_csv *csv)
{
    memmove(csv->text, csv->text + csv->at, csv->filled - csv->at);
    csv->filled -= csv->at;
    csv->at = 0;
    if (csv->packed)
        packed_fill(csv);
    else
        plain_fill(csv);
}

/* A line beyond the maximum is thrown away chunk by chunk up to its end. */
static void rest_skip(struct mt_csv *csv)
{
    for (;;) {
        char *newline = memchr(csv->text + csv->at, '\n', csv->filled - csv->at);
        if (newline) {
            csv->at = (size_t)(newline - csv->text) + 1;
            return;
        }
        csv->at = csv->filled;
        if (csv->end)
            return;
        text_fill(csv);
    }
}

/* The next line, blank or not. 1, or 0 when there is none. A last line without '\n' counts only in
 * a sound file. */
static int line_take(struct mt_csv *csv, struct mt_csv_line *out)
{
    char *newline;
    while (!(newline = memchr(csv->text + csv->at, '\n', csv->filled - csv->at))) {
        if (csv->end || csv->filled - csv->at > MT_CSV_LINE_MAX + 1)
            break;
        text_fill(csv);
    }
    size_t left = csv->filled - csv->at;
    if (!newline && csv->end && (left == 0 || csv->failure.code != 0))
        return 0;
    out->text = csv->text + csv->at;
    out->length = newline ? (size_t)(newline - out->text) : left;
    out->number = ++csv->line;
    csv->at += out->length + (newline != NULL);
    if (!newline && !csv->end)
        rest_skip(csv);
    if (out->length > 0 && out->text[out->length - 1] == '\r')
        out->length--;
    out->too_long = out->length > MT_CSV_LINE_MAX;
    return 1;
}

static bool is_blank(const struct mt_csv_line *line)
{
    for (size_t i = 0; i < line->length; i++)
        if (line->text[i] != ' ' && line->text[i] != '\t')
            return false;
    return true;
}

int mt_csv_next(struct mt_csv *csv, struct mt_csv_line *out, struct mt_diag *diag)
{
    while (line_take(csv, out)) {
        if (out->number == 1 && out->length >= 3 && memcmp(out->text, "\xef\xbb\xbf", 3) == 0) {
            out->text += 3;
            out->length -= 3;
        }
        if (out->too_long || !is_blank(out))
            return 1;
    }
    if (csv->failure.code != 0)
        return mt_fail(diag, csv->failure.code, "%s", csv->failure.text);
    return 0;
}

static struct mt_field field_trim(const char *from, const char *to)
{
    while (from < to && (*from == ' ' || *from == '\t'))
        from++;
    while (to > from && (to[-1] == ' ' || to[-1] == '\t'))
        to--;
    if (to - from >= 2 && *from == '"' && to[-1] == '"') {
        from++;
        to--;
    }
    return (struct mt_field){ from, (size_t)(to - from) };
}

int mt_csv_split(const char *text, size_t length, struct mt_field fields[MT_CSV_FIELDS_MAX])
{
    const char *at = text, *end = text + length;
    int count = 0;
    for (;;) {
        const char *comma = at;
        while (comma < end && *comma != ',')
            comma++;
        if (count == MT_CSV_FIELDS_MAX)
            return count + 1;
        fields[count++] = field_trim(at, comma);
        if (comma == end)
            return count;
        at = comma + 1;
    }
}
