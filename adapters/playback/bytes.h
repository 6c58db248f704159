/* bytes: the bytes of a data file behind what it is packed in, told by its first bytes: plain, gzip (zlib), xz,
 * zstd, bzip2 and a zip with one file (libarchive). Nothing is allocated after open, but for what libarchive needs
 * to begin again. A broken file gives what stands before the damage and then its error: gzip to the last byte, the
 * others up to one block of 64 KiB earlier. Several gzip members, xz streams and zstd frames behind one another are
 * one file. */
#ifndef MT_ADAPTERS_PLAYBACK_BYTES_H
#define MT_ADAPTERS_PLAYBACK_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/err.h"

struct mt_bytes;
/* MT_EIO: missing, unreadable, not a regular file. MT_EREFUSED: a format that is not read, with what to do about
 * it; a zip with several files, naming them. */
int mt_bytes_open(struct mt_bytes **out, const char *path, struct mt_diag *diag) MT_CHECKED;
void mt_bytes_close(struct mt_bytes *bytes);
int mt_bytes_rewind(struct mt_bytes *bytes, struct mt_diag *diag) MT_CHECKED;
/* How many bytes were written to `to`; 0 at the end or on failure, which is then in *failure (without the path). */
size_t mt_bytes_read(struct mt_bytes *bytes, void *to, size_t room, struct mt_diag *failure);
/* Bytes of the file as stored: read so far, and all. */
uint64_t mt_bytes_consumed(const struct mt_bytes *bytes);
uint64_t mt_bytes_size(const struct mt_bytes *bytes);
/* The file itself when it is not packed, for reading anywhere in it; else -1. Owned by bytes. */
int mt_bytes_plain_fd(const struct mt_bytes *bytes);

#endif
