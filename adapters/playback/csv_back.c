/* Lines from the last to the first, for files that begin with their newest row. A plain file is read where it lies, in
 * chunks from its end; what is packed or UTF-16 has no end to go to, so its text is put into an unnamed temporary file
 * first. Memory is the one buffer of the reader in both cases. */
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "adapters/playback/csv_lines.h"

int mt_csv_backwards(struct mt_csv *csv, struct mt_diag *diag)
{
    struct mt_csv_line line;
    bool in_place = mt_bytes_plain_fd(csv->bytes) >= 0 && !csv->wide;
    int err = mt_csv_rewind(csv, diag);
    if (err != 0)
        return err;
    if (!in_place && !(csv->spool = tmpfile()))
        return mt_fail(diag, MT_EIO, "%s: no temporary file in " P_tmpdir ", which reading from the end needs: %s",
                       csv->path, strerror(errno));
    csv->spooling = !in_place;
    csv->text_size = 0;
    while (mt_csv_line_take(csv, &line))
        ;
    csv->spooling = false;
    if (csv->spool && csv->failure.code == 0 && fflush(csv->spool) != 0)
        mt_fail(&csv->failure, MT_EFULL, "no room in " P_tmpdir " for a temporary file: %s", strerror(errno));
    if (csv->failure.code != 0)
        return mt_fail(diag, csv->failure.code, "%s: after line %llu: %s", csv->path, (unsigned long long)csv->line,
                       csv->failure.text);
    csv->lines = csv->line;
    csv->fd = in_place ? mt_bytes_plain_fd(csv->bytes) : fileno(csv->spool);
    csv->back = true;
    mt_csv_back_rewind(csv);
    return 0;
}

void mt_csv_back_rewind(struct mt_csv *csv)
{
    csv->failure.code = 0;
    csv->base = csv->text_size;
    csv->filled = 0;
    csv->line = csv->lines + 1;
}

/* Put what stands before the buffer's text in front of it. False at the start of the file, or on failure. */
static bool chunk_load(struct mt_csv *csv)
{
    size_t room = MT_CSV_TEXT - csv->filled, done = 0;
    size_t want = csv->base < room ? (size_t)csv->base : room;
    if (want == 0)
        return false;
    memmove(csv->text + want, csv->text, csv->filled);
    while (done < want) {
        ssize_t got = pread(csv->fd, csv->text + done, want - done, (off_t)(csv->base - want + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            mt_fail(&csv->failure, MT_EIO, got < 0 ? "cannot read on: %s" : "became shorter while it was read%s",
                    got < 0 ? strerror(errno) : "");
            return false;
        }
        done += (size_t)got;
    }
    csv->base -= want;
    csv->filled += want;
    return true;
}

int mt_csv_line_back(struct mt_csv *csv, struct mt_csv_line *out)
{
    const char *newline;
    bool too_long = false;
    size_t length;
    if (csv->failure.code != 0 || csv->line <= 1 || csv->line <= csv->first)
        return 0;
    if (csv->filled == 0)
        chunk_load(csv);
    for (;;) {
        bool ended = !too_long && csv->filled > 0 && csv->text[csv->filled - 1] == '\n';
        length = csv->filled - ended;
        newline = memrchr(csv->text, '\n', length);
        if (newline)
            break;
        if (length > MT_CSV_LINE_MAX + 1) {
            too_long = true;
            csv->filled = 0;
        }
        if (!chunk_load(csv))
            break;
    }
    if (csv->failure.code != 0)
        return 0;
    size_t start = newline ? (size_t)(newline - csv->text) + 1 : 0;
    out->text = csv->text + start;
    out->length = length - start;
    out->number = --csv->line;
    csv->filled = start;
    if (out->length > 0 && out->text[out->length - 1] == '\r')
        out->length--;
    out->too_long = too_long || out->length > MT_CSV_LINE_MAX;
    return 1;
}
