#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include "adapters/playback/bytes.h"

enum { PACKED_CAPACITY = 32768, GZIP_WINDOW = 15 + 16, MAGIC_MAX = 8, NAMES_SHOWN = 160 };

enum pack { PACK_NONE, PACK_GZIP, PACK_XZ, PACK_ZSTD, PACK_BZIP2, PACK_ZIP, PACK_REFUSED };

/* How files begin, and what becomes of those that are no text. */
static const struct form {
    const char *name;
    enum pack pack;
    unsigned char length;
    const char *magic, *cure;
} forms[] = {
    { "gzip", PACK_GZIP, 2, "\x1f\x8b", NULL },
    { "xz", PACK_XZ, 6,
      "\xfd"
      "7zXZ\0",
      NULL },
    { "zstd", PACK_ZSTD, 4, "\x28\xb5\x2f\xfd", NULL },
    { "bzip2", PACK_BZIP2, 3, "BZh", NULL },
    { "zip", PACK_ZIP, 4, "PK\3\4", NULL },
    { "zip", PACK_ZIP, 4, "PK\5\6", NULL },
    { "Parquet", PACK_REFUSED, 4, "PAR1", "mthost data import makes a tick store of it" },
    { "7z", PACK_REFUSED, 6, "7z\xbc\xaf\x27\x1c", "unpack it first: 7z x FILE" },
    { "rar", PACK_REFUSED, 4, "Rar!", "unpack it first: unrar x FILE" },
    { "Excel", PACK_REFUSED, 8, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "save it as CSV" },
    { "HDF5", PACK_REFUSED, 8, "\x89HDF\r\n\x1a\n", "write it as CSV, as pandas does with to_csv()" },
    { "Arrow", PACK_REFUSED, 6, "ARROW1", "write it as CSV or Parquet" },
    { "PDF", PACK_REFUSED, 4, "%PDF", "take the CSV of its source" },
    { "a web page", PACK_REFUSED, 5, "<!DOC", "download the file itself" },
    { "a web page", PACK_REFUSED, 5, "<html", "download the file itself" },
};
enum { FORMS = sizeof forms / sizeof forms[0] };

struct mt_bytes {
    int fd;
    const char *path; /* borrowed: lives as long as this */
    uint64_t size, consumed;
    const struct form *form; /* NULL: plain */
    enum pack pack;
    bool inside; /* gzip: a member has begun and not ended */
    bool end;
    z_stream stream;
    struct archive *archive; /* xz, zstd, bzip2, zip */
    struct mt_diag failure; /* of reading below libarchive */
    unsigned char in[PACKED_CAPACITY];
};

static int file_open(struct mt_bytes *bytes, struct mt_diag *diag)
{
    struct stat stat;
    unsigned char magic[MAGIC_MAX];
    bytes->fd = open(bytes->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (bytes->fd < 0)
        return mt_fail(diag, MT_EIO, "%s: cannot open: %s", bytes->path, strerror(errno));
    if (fstat(bytes->fd, &stat) != 0)
        return mt_fail(diag, MT_EIO, "%s: cannot read: %s", bytes->path, strerror(errno));
    if (!S_ISREG(stat.st_mode))
        return mt_fail(diag, MT_EIO, "%s: not a regular file", bytes->path);
    bytes->size = (uint64_t)stat.st_size;
    ssize_t got = pread(bytes->fd, magic, sizeof magic, 0);
    for (size_t i = 0; i < FORMS && !bytes->form; i++)
        if (got >= forms[i].length && memcmp(magic, forms[i].magic, forms[i].length) == 0)
            bytes->form = &forms[i];
    bytes->pack = bytes->form ? bytes->form->pack : PACK_NONE;
    if (bytes->pack == PACK_REFUSED)
        return mt_fail(diag, MT_EREFUSED, "%s: is %s, not text: %s", bytes->path, bytes->form->name, bytes->form->cure);
    return 0;
}

/* Bytes from the file; 0 at its end or on failure. */
static size_t stored_read(struct mt_bytes *bytes, void *to, size_t room, struct mt_diag *failure)
{
    ssize_t got;
    do
        got = read(bytes->fd, to, room);
    while (got < 0 && errno == EINTR);
    if (got < 0) {
        mt_fail(failure, MT_EIO, "cannot read on: %s", strerror(errno));
        return 0;
    }
    bytes->consumed += (uint64_t)got;
    return (size_t)got;
}

/* ---- libarchive ---- */

static la_ssize_t archive_take(struct archive *archive, void *ud, const void **out)
{
    struct mt_bytes *bytes = ud;
    (void)archive;
    bytes->failure.code = 0;
    size_t got = stored_read(bytes, bytes->in, PACKED_CAPACITY, &bytes->failure);
    *out = bytes->in;
    return bytes->failure.code != 0 ? ARCHIVE_FATAL : (la_ssize_t)got;
}

/* A zip's list of files is at its end. */
static la_int64_t archive_seek(struct archive *archive, void *ud, la_int64_t offset, int whence)
{
    struct mt_bytes *bytes = ud;
    off_t at = lseek(bytes->fd, (off_t)offset, whence);
    (void)archive;
    if (at < 0)
        return ARCHIVE_FATAL;
    bytes->consumed = (uint64_t)at;
    return at;
}

static int archive_failed(const struct mt_bytes *bytes, struct mt_diag *diag, int err)
{
    const char *why = bytes->failure.code != 0 ? bytes->failure.text : archive_error_string(bytes->archive);
    return mt_fail(diag, err, "the %s file is damaged, or truncated (%s): get it again", bytes->form->name,
                   why ? why : "no reason given");
}

static void formats_allow(struct archive *archive, enum pack pack)
{
    if (pack == PACK_ZIP) {
        archive_read_support_format_zip_seekable(archive);
        return;
    }
    archive_read_support_format_raw(archive);
    if (pack == PACK_XZ)
        archive_read_support_filter_xz(archive);
    else if (pack == PACK_ZSTD)
        archive_read_support_filter_zstd(archive);
    else
        archive_read_support_filter_bzip2(archive);
}

/* From the start of the file. */
static int archive_begin(struct mt_bytes *bytes, struct mt_diag *diag)
{
    archive_read_free(bytes->archive);
    bytes->archive = archive_read_new();
    bytes->failure.code = 0;
    if (!bytes->archive)
        return mt_fail(diag, MT_ENOMEM, "out of memory");
    formats_allow(bytes->archive, bytes->pack);
    archive_read_set_read_callback(bytes->archive, archive_take);
    archive_read_set_seek_callback(bytes->archive, archive_seek);
    archive_read_set_callback_data(bytes->archive, bytes);
    return archive_read_open1(bytes->archive) == ARCHIVE_OK ? 0 : archive_failed(bytes, diag, MT_ECORRUPT);
}

/* What a packer adds by itself is no data. */
static bool is_data(struct archive_entry *entry)
{
    const char *name = archive_entry_pathname(entry);
    return archive_entry_filetype(entry) != AE_IFDIR && !(name && strncmp(name, "__MACOSX/", 9) == 0);
}

/* To the first file in it. 1, or 0 when there is no more. */
static int entry_next(struct mt_bytes *bytes, struct archive_entry **entry, struct mt_diag *diag)
{
    int got;
    do
        got = archive_read_next_header(bytes->archive, entry);
    while (got == ARCHIVE_RETRY || (got >= ARCHIVE_WARN && got != ARCHIVE_EOF && !is_data(*entry)));
    if (got == ARCHIVE_EOF)
        return 0;
    return got >= ARCHIVE_WARN ? 1 : archive_failed(bytes, diag, MT_ECORRUPT);
}

static int archive_rewind(struct mt_bytes *bytes, struct mt_diag *diag)
{
    struct archive_entry *entry;
    int got = archive_begin(bytes, diag);
    if (got == 0)
        got = entry_next(bytes, &entry, diag);
    if (got == 0)
        bytes->end = true; /* a packed file of nothing */
    return got < 0 ? got : 0;
}

/* A zip must hold one file: which of several is meant nobody knows. */
static int zip_check(struct mt_bytes *bytes, struct mt_diag *diag)
{
    struct archive_entry *entry;
    char names[NAMES_SHOWN] = "";
    size_t count = 0, length = 0;
    int got = archive_begin(bytes, diag);
    while (got >= 0 && (got = entry_next(bytes, &entry, diag)) > 0) {
        const char *name = archive_entry_pathname(entry);
        if (name && strcmp(name, "[Content_Types].xml") == 0)
            return mt_fail(diag, MT_EREFUSED, "is an Excel workbook, not text: save it as CSV");
        if (archive_entry_is_encrypted(entry))
            return mt_fail(diag, MT_EREFUSED, "the zip is encrypted: unpack it first: unzip FILE");
        if (length + 1 < sizeof names)
            length += (size_t)snprintf(names + length, sizeof names - length, "%s%s", count > 0 ? ", " : "",
                                       name ? name : "?");
        count++;
    }
    if (got < 0)
        return got;
    if (count == 1)
        return 0;
    return mt_fail(diag, MT_EREFUSED,
                   count == 0 ? "the zip holds no file"
                              : "the zip holds %zu files (%s%s): unpack it and name the one that is meant",
                   count, names, length >= sizeof names ? " ..." : "");
}

static size_t archive_read(struct mt_bytes *bytes, void *to, size_t room, struct mt_diag *failure)
{
    la_ssize_t got;
    if (bytes->end)
        return 0;
    do
        got = archive_read_data(bytes->archive, to, room);
    while (got == ARCHIVE_RETRY);
    if (got > 0)
        return (size_t)got;
    bytes->end = true;
    if (got < 0)
        archive_failed(bytes, failure, bytes->failure.code != 0 ? bytes->failure.code : MT_ECORRUPT);
    return 0;
}

/* ---- gzip ---- */

/* More packed bytes, or the end: sound between members, a truncation inside one. */
static bool gzip_input(struct mt_bytes *bytes, struct mt_diag *failure)
{
    size_t got = stored_read(bytes, bytes->in, PACKED_CAPACITY, failure);
    bytes->stream.next_in = bytes->in;
    bytes->stream.avail_in = (unsigned)got;
    if (got > 0)
        return true;
    bytes->end = true;
    if (bytes->inside && failure->code == 0)
        mt_fail(failure, MT_ECORRUPT, "the gzip file ends in the middle (truncated): get it again");
    return false;
}

static size_t gzip_read(struct mt_bytes *bytes, void *to, size_t room, struct mt_diag *failure)
{
    z_stream *stream = &bytes->stream;
    size_t filled = 0;
    while (filled == 0 && !bytes->end) {
        if (stream->avail_in == 0 && !gzip_input(bytes, failure))
            return 0;
        if (!bytes->inside)
            inflateReset(stream);
        bytes->inside = true;
        stream->next_out = to;
        stream->avail_out = (unsigned)room;
        int code = inflate(stream, Z_NO_FLUSH);
        filled = room - stream->avail_out;
        if (code == Z_STREAM_END) {
            bytes->inside = false;
        } else if (code != Z_OK && code != Z_BUF_ERROR) {
            mt_fail(failure, MT_ECORRUPT, "the gzip file is damaged (%s): get it again",
                    stream->msg ? stream->msg : zError(code));
            bytes->end = true;
        }
    }
    return filled;
}

/* ---- all ---- */

static bool is_archive(const struct mt_bytes *bytes)
{
    return bytes->pack > PACK_GZIP && bytes->pack < PACK_REFUSED;
}

static int unpacker_make(struct mt_bytes *bytes, struct mt_diag *diag)
{
    struct mt_diag why = { 0 };
    int err = 0;
    if (bytes->pack == PACK_GZIP && inflateInit2(&bytes->stream, GZIP_WINDOW) != Z_OK) {
        bytes->pack = PACK_NONE;
        return mt_fail(diag, MT_ENOMEM, "%s: out of memory", bytes->path);
    }
    if (bytes->pack == PACK_ZIP)
        err = zip_check(bytes, &why);
    return err == 0 ? mt_bytes_rewind(bytes, diag) : mt_fail(diag, err, "%s: %s", bytes->path, why.text);
}

int mt_bytes_open(struct mt_bytes **out, const char *path, struct mt_diag *diag)
{
    struct mt_bytes *bytes = calloc(1, sizeof *bytes);
    if (!bytes)
        return mt_fail(diag, MT_ENOMEM, "%s: out of memory", path);
    bytes->fd = -1;
    bytes->path = path;
    int err = file_open(bytes, diag);
    if (err == 0)
        err = unpacker_make(bytes, diag);
    if (err != 0) {
        mt_bytes_close(bytes);
        return err;
    }
    *out = bytes;
    return 0;
}

void mt_bytes_close(struct mt_bytes *bytes)
{
    if (!bytes)
        return;
    if (bytes->pack == PACK_GZIP)
        inflateEnd(&bytes->stream);
    archive_read_free(bytes->archive);
    if (bytes->fd >= 0)
        close(bytes->fd);
    free(bytes);
}

int mt_bytes_rewind(struct mt_bytes *bytes, struct mt_diag *diag)
{
    struct mt_diag why = { 0 };
    if (lseek(bytes->fd, 0, SEEK_SET) != 0)
        return mt_fail(diag, MT_EIO, "%s: cannot go to its start: %s", bytes->path, strerror(errno));
    bytes->consumed = 0;
    bytes->inside = bytes->end = false;
    if (bytes->pack == PACK_GZIP) {
        inflateReset(&bytes->stream);
        bytes->stream.avail_in = 0;
    }
    int err = is_archive(bytes) ? archive_rewind(bytes, &why) : 0;
    return err == 0 ? 0 : mt_fail(diag, err, "%s: %s", bytes->path, why.text);
}

size_t mt_bytes_read(struct mt_bytes *bytes, void *to, size_t room, struct mt_diag *failure)
{
    if (is_archive(bytes))
        return archive_read(bytes, to, room, failure);
    return bytes->pack == PACK_GZIP ? gzip_read(bytes, to, room, failure) : stored_read(bytes, to, room, failure);
}

uint64_t mt_bytes_consumed(const struct mt_bytes *bytes)
{
    return bytes->consumed;
}

uint64_t mt_bytes_size(const struct mt_bytes *bytes)
{
    return bytes->size;
}

int mt_bytes_plain_fd(const struct mt_bytes *bytes)
{
    return bytes->pack == PACK_NONE ? bytes->fd : -1;
}
