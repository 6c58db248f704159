/* journal_disk: every call of the journal that can fail because of the world: directory, lock,
 * files, disk space. Each of them can be made to fail by name (MT_JOURNAL_FAULTS), because none of
 * these paths is met on a healthy machine. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include "base/clock.h"
#include "core/journal_format.h"

static const char spare_name[] = "spare";

static const char *const fault_names[] = { "",
#define X(name) #name,
                                           MT_JOURNAL_FAULTS(X)
#undef X
};

int mt_io_init(struct mt_journal_io *io, const char *dir, const char *fault, uint64_t fault_at,
               struct mt_diag *diag)
{
    memset(io, 0, sizeof *io);
    io->dir_fd = -1;
    io->fault_at = fault_at;
    /* The end of a path says more than its beginning, and the reason behind it must still fit into
     * the message. */
    size_t length = strlen(dir);
    if (length >= sizeof io->dir)
        snprintf(io->dir, sizeof io->dir, "...%s", dir + (length - (sizeof io->dir - 4)));
    else
        memcpy(io->dir, dir, length + 1);
    if (fault == NULL)
        return 0;
    for (unsigned i = 1; i < sizeof fault_names / sizeof *fault_names; i++) {
        if (strcmp(fault, fault_names[i]) == 0) {
            io->fault = i;
            return 0;
        }
    }
    return mt_fail(diag, MT_EUSAGE, "journal: fault %s: there is no fault of this name", fault);
}

void mt_io_fini(struct mt_journal_io *io)
{
    if (io->stream != NULL)
        closedir(io->stream);
    io->stream = NULL;
    io->dir_fd = -1;
}

bool mt_io_fault(struct mt_journal_io *io, enum mt_journal_fault fault)
{
    if (io->fault != fault)
        return false;
    io->fault_calls++;
    return io->fault_at == 0 || io->fault_at == io->fault_calls;
}

void *mt_io_alloc(struct mt_journal_io *io, size_t size)
{
    return mt_io_fault(io, MT_FAULT_alloc) ? NULL : malloc(size);
}

/* For calls that report through -1 and errno. */
static bool fails(struct mt_journal_io *io, enum mt_journal_fault fault, int error)
{
    if (!mt_io_fault(io, fault))
        return false;
    errno = error;
    return true;
}

static const char *what_to_do(int error)
{
    switch (error) {
    case EACCES:
    case EPERM:
        return "; give this user the right to read and write there, or name another directory";
    case EROFS:
        return "; name a directory on a writable file system";
    case ENOSPC:
    case EDQUOT:
        return "; free disk space";
    case ENOTDIR:
        return "; name a directory";
    case ENAMETOOLONG:
        return "; use a shorter path";
    case ENOMEM:
        return "; free memory";
    case EIO:
        return "; check the disk";
    default:
        return "";
    }
}

int mt_io_fail(const struct mt_journal_io *io, const char *name, const char *doing, int error,
               struct mt_diag *diag)
{
    int code = MT_EIO;
    if (error == ENOSPC || error == EDQUOT || error == EFBIG)
        code = MT_EFULL;
    else if (error == ENOMEM)
        code = MT_ENOMEM;
    else if (error == ENOENT)
        code = MT_ENOTFOUND;
    const char *why = strerrordesc_np(error); /* the same words in every locale */
    return mt_fail(diag, code, "journal: %s%s%s: %s: %s%s", io->dir, *name != '\0' ? "/" : "", name,
                   doing, why, what_to_do(error));
}

int mt_io_corrupt(const struct mt_journal_io *io, const char *name, uint64_t offset, uint64_t seq,
                  const char *why, struct mt_diag *diag)
{
    return mt_fail(diag, MT_ECORRUPT,
                   "journal: %s/%s: corrupt at offset %" PRIu64 ", seq %" PRIu64 ": %s; keep this "
                   "directory as evidence, and restore it from a copy or start in a new one",
                   io->dir, name, offset, seq, why);
}

/* ---- the directory ---- */

int mt_io_dir_open(struct mt_journal_io *io, const char *dir, struct mt_diag *diag)
{
    io->stream = fails(io, MT_FAULT_open_dir, EIO) ? NULL : opendir(dir);
    if (io->stream == NULL)
        return mt_io_fail(io, "", "open the directory", errno, diag);
    io->dir_fd = dirfd(io->stream);
    return 0;
}

/* A new directory is durable when its parent was synced. */
static int sync_parent(struct mt_journal_io *io, int parent)
{
    int fd = fails(io, MT_FAULT_sync_parent, EIO)
                 ? -1
                 : openat(parent, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    int rc = fsync(fd);
    close(fd);
    return rc;
}

/* Make one component below `at` if it is absent, and open it. */
static int enter_component(struct mt_journal_io *io, int at, const char *name)
{
    int made = fails(io, MT_FAULT_make_dir, EACCES) ? -1 : mkdirat(at, name, 0700);
    if (made < 0 && errno != EEXIST)
        return -1;
    if (made == 0 && io->sync && sync_parent(io, at) < 0)
        return -1;
    return openat(at, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

int mt_io_dir_make(struct mt_journal_io *io, const char *dir, struct mt_diag *diag)
{
    char name[NAME_MAX + 1];
    const char *rest = dir;
    int at = open(*dir == '/' ? "/" : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    while (at >= 0) {
        rest += strspn(rest, "/");
        size_t length = strcspn(rest, "/");
        if (length == 0)
            break;
        int next = -1;
        errno = ENAMETOOLONG;
        if (length < sizeof name) {
            memcpy(name, rest, length);
            name[length] = '\0';
            next = enter_component(io, at, name);
        }
        int error = errno;
        close(at);
        errno = error;
        at = next;
        rest += length;
    }
    if (at < 0)
        return mt_io_fail(io, "", "make the directory", errno, diag);
    close(at);
    return mt_io_dir_open(io, dir, diag);
}

static int lock_refused(struct mt_journal_io *io, int fd, struct mt_diag *diag)
{
    char owner[128];
    ssize_t n = pread(fd, owner, sizeof owner - 1, 0);
    owner[n > 0 ? n : 0] = '\0';
    owner[strcspn(owner, "\n")] = '\0';
    return mt_fail(
        diag, MT_EBUSY,
        "journal: %s: in use by another process (%s); stop that one first, or name another "
        "directory",
        io->dir, owner[0] != '\0' ? owner : "it has not said its pid yet");
}

int mt_io_lock(struct mt_journal_io *io, int64_t created_ns, int *out, struct mt_diag *diag)
{
    int fd = fails(io, MT_FAULT_lock, EACCES)
                 ? -1
                 : openat(io->dir_fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return mt_io_fail(io, "lock", "open", errno, diag);
    int rc = 0;
    if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        rc = lock_refused(io, fd, diag);
    } else {
        char started[MT_TIME_TEXT], text[MT_TIME_TEXT + 64];
        size_t length = mt_time_format(started, created_ns);
        int n = snprintf(text, sizeof text, "pid %ld, started %.*s\n", (long)getpid(), (int)length,
                         started);
        rc = fails(io, MT_FAULT_lock_write, ENOSPC) ? -1 : ftruncate(fd, 0);
        if (rc == 0)
            rc = mt_io_write(io, fd, "lock", text, (size_t)n, 0, diag);
        else
            rc = mt_io_fail(io, "lock", "write", errno, diag);
    }
    if (rc == 0)
        *out = fd;
    else
        close(fd);
    return rc;
}

static int compare_seq(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static int list_entries(struct mt_journal_io *io, DIR *stream, uint64_t **seqs, size_t *count)
{
    size_t capacity = 0;
    for (;;) {
        errno = 0;
        struct dirent *entry = fails(io, MT_FAULT_list, EIO) ? NULL : readdir(stream);
        if (entry == NULL)
            return errno;
        uint64_t first_seq;
        if (!mt_segment_name_parse(entry->d_name, &first_seq))
            continue;
        if (*count == capacity) {
            capacity = capacity * 2 + 64;
            uint64_t *grown = mt_io_alloc(io, capacity * sizeof *grown);
            if (grown == NULL)
                return ENOMEM;
            if (*count > 0)
                memcpy(grown, *seqs, *count * sizeof *grown);
            free(*seqs);
            *seqs = grown;
        }
        (*seqs)[(*count)++] = first_seq;
    }
}

int mt_io_list(struct mt_journal_io *io, uint64_t **seqs, size_t *count, struct mt_diag *diag)
{
    *seqs = NULL;
    *count = 0;
    rewinddir(io->stream);
    int error = list_entries(io, io->stream, seqs, count);
    if (error != 0) {
        free(*seqs);
        *seqs = NULL;
        return mt_io_fail(io, "", "list the directory", error, diag);
    }
    if (*count > 0)
        qsort(*seqs, *count, sizeof **seqs, compare_seq);
    return 0;
}

int mt_io_list_next(struct mt_journal_io *io, uint64_t after, uint64_t *first_seq,
                    struct mt_diag *diag)
{
    uint64_t *seqs;
    size_t count, i = 0;
    int rc = mt_io_list(io, &seqs, &count, diag);
    if (rc < 0)
        return rc;
    while (i < count && seqs[i] <= after)
        i++;
    bool found = i < count;
    if (found)
        *first_seq = seqs[i];
    free(seqs);
    return found;
}

bool mt_io_disk_above(struct mt_journal_io *io, uint64_t floor)
{
    struct statvfs fs = { 0 }; /* when it cannot be read: nothing is free */
    if (mt_io_fault(io, MT_FAULT_disk_low))
        floor = UINT64_MAX;
    fstatvfs(io->dir_fd, &fs);
    return (unsigned __int128)fs.f_bavail * fs.f_frsize >= floor;
}

/* ---- files ---- */

static ssize_t write_some(struct mt_journal_io *io, int fd, const void *data, size_t length,
                          uint64_t offset)
{
    if (fails(io, MT_FAULT_write_enospc, ENOSPC) || fails(io, MT_FAULT_write_eio, EIO) ||
        fails(io, MT_FAULT_write_intr, EINTR))
        return -1;
    if (mt_io_fault(io, MT_FAULT_write_short))
        length = (length + 1) / 2;
    if (mt_io_fault(io, MT_FAULT_write_torn)) {
        length /= 2; /* and the other half fails */
        io->fault = MT_FAULT_write_eio;
        io->fault_at = 0;
    }
    errno = ENOSPC; /* what a write that takes nothing means */
    return pwrite(fd, data, length, (off_t)offset);
}

int mt_io_write(struct mt_journal_io *io, int fd, const char *name, const void *data, size_t length,
                uint64_t offset, struct mt_diag *diag)
{
    const uint8_t *from = data;
    while (length > 0) {
        ssize_t n = write_some(io, fd, from, length, offset);
        if (n > 0) {
            from += n;
            offset += (uint64_t)n;
            length -= (size_t)n;
        } else if (errno != EINTR) {
            return mt_io_fail(io, name, "write", errno, diag);
        }
    }
    return 0;
}

int mt_io_sync(struct mt_journal_io *io, int fd, const char *name, struct mt_diag *diag)
{
    int rc = fails(io, MT_FAULT_sync_eio, EIO) ? -1 : fdatasync(fd);
    return rc == 0 ? 0 : mt_io_fail(io, name, "sync", errno, diag);
}

static int allocate_zeros(struct mt_journal_io *io, int fd, const char *name, uint64_t size, struct mt_diag *diag)
{
    static const char zeros[64 << 10];
    struct stat status = { .st_size = 0 };
    int rc = fstat(fd, &status);
    if (rc < 0)
        return mt_io_fail(io, name, "ask for the size", errno, diag);
    for (uint64_t offset = (uint64_t)status.st_size; rc == 0 && offset < size; offset += sizeof zeros) {
        uint64_t part = size - offset < sizeof zeros ? size - offset : sizeof zeros;
        rc = fails(io, MT_FAULT_zero_enospc, ENOSPC)
                 ? mt_io_fail(io, name, "preallocate", ENOSPC, diag)
                 : mt_io_write(io, fd, name, zeros, part, offset, diag);
    }
    return rc;
}

/* Space for the whole segment now, so that a later write of a record does not find the disk full.
 */
int mt_io_grow(struct mt_journal_io *io, int fd, const char *name, uint64_t size, struct mt_diag *diag)
{
    /* The fault in writing zeros can only be met where they are written. */
    const bool no_fallocate = io->fault == MT_FAULT_zero_enospc;
    int rc;
    do {
        errno = EOPNOTSUPP;
        if (fails(io, MT_FAULT_fallocate_enospc, ENOSPC) ||
            fails(io, MT_FAULT_fallocate_intr, EINTR) ||
            fails(io, MT_FAULT_fallocate_unsupported, EOPNOTSUPP) || no_fallocate)
            rc = -1;
        else
            rc = fallocate(fd, 0, 0, (off_t)size);
    } while (rc < 0 && errno == EINTR);
    if (rc == 0)
        return 0;
    if (errno == EOPNOTSUPP)
        return allocate_zeros(io, fd, name, size, diag);
    return mt_io_fail(io, name, "preallocate", errno, diag);
}

static int sync_new(struct mt_journal_io *io, int fd, const char *name, struct mt_diag *diag)
{
    if (!io->sync)
        return 0;
    int rc = fails(io, MT_FAULT_sync_new, EIO) ? -1 : fsync(fd);
    return rc == 0 ? 0 : mt_io_fail(io, name, "sync", errno, diag);
}

static int sync_dir(struct mt_journal_io *io, struct mt_diag *diag)
{
    if (!io->sync)
        return 0;
    int rc = fails(io, MT_FAULT_sync_dir, EIO) ? -1 : fsync(io->dir_fd);
    return rc == 0 ? 0 : mt_io_fail(io, "", "sync the directory", errno, diag);
}

int mt_io_spare_make(struct mt_journal_io *io, uint64_t size, struct mt_diag *diag)
{
    int fd = fails(io, MT_FAULT_create, EACCES)
                 ? -1
                 : openat(io->dir_fd, spare_name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return mt_io_fail(io, spare_name, "create", errno, diag);
    int rc = mt_io_grow(io, fd, spare_name, size, diag);
    if (rc == 0)
        rc = sync_new(io, fd, spare_name, diag);
    if (rc == 0)
        return fd;
    close(fd);
    mt_io_spare_remove(io); /* a half of it would only hold the space that is missing */
    return rc;
}

void mt_io_spare_remove(struct mt_journal_io *io)
{
    unlinkat(io->dir_fd, spare_name, 0);
}

int mt_io_spare_enter(struct mt_journal_io *io, int fd, const struct mt_segment_header *header,
                      struct mt_diag *diag)
{
    char name[MT_SEGMENT_NAME];
    mt_segment_name(name, header->first_seq);
    int rc = fails(io, MT_FAULT_header, EIO)
                 ? mt_io_fail(io, spare_name, "write", EIO, diag)
                 : mt_io_write(io, fd, spare_name, header, sizeof *header, 0, diag);
    if (rc == 0)
        rc = sync_new(io, fd, spare_name, diag);
    if (rc < 0)
        return rc;
    rc = fails(io, MT_FAULT_rename, EIO) ? -1 : renameat(io->dir_fd, spare_name, io->dir_fd, name);
    if (rc < 0)
        return mt_io_fail(io, name, "rename the spare segment", errno, diag);
    return sync_dir(io, diag);
}

int mt_io_cut(struct mt_journal_io *io, const char *name, uint64_t size, struct mt_diag *diag)
{
    int fd =
        fails(io, MT_FAULT_open_cut, EACCES) ? -1 : openat(io->dir_fd, name, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return mt_io_fail(io, name, "open for writing", errno, diag);
    const char *doing = "cut the end";
    int rc = fails(io, MT_FAULT_truncate, EIO) ? -1 : ftruncate(fd, (off_t)size);
    if (rc == 0 && io->sync) {
        doing = "sync";
        rc = fails(io, MT_FAULT_sync_cut, EIO) ? -1 : fsync(fd);
    }
    if (rc < 0)
        rc = mt_io_fail(io, name, doing, errno, diag);
    close(fd);
    return rc;
}

static int torn_copy(struct mt_journal_io *io, const char *torn, int out, int fd, uint64_t from,
                     uint64_t to, struct mt_diag *diag)
{
    char bytes[16 << 10];
    for (uint64_t at = from; at < to;) {
        size_t part = to - at < sizeof bytes ? (size_t)(to - at) : sizeof bytes;
        ssize_t n = fails(io, MT_FAULT_torn_write, ENOSPC) ? -1 : pread(fd, bytes, part, (off_t)at);
        if (n <= 0)
            return mt_io_fail(io, torn, "copy the torn tail", errno, diag);
        int rc = mt_io_write(io, out, torn, bytes, (size_t)n, at - from, diag);
        if (rc < 0)
            return rc;
        at += (uint64_t)n;
    }
    int rc = sync_new(io, out, torn, diag);
    return rc < 0 ? rc : sync_dir(io, diag);
}

int mt_io_torn_save(struct mt_journal_io *io, const char *name, int fd, uint64_t from, uint64_t to,
                    struct mt_diag *diag)
{
    char torn[MT_SEGMENT_NAME + 8];
    snprintf(torn, sizeof torn, "%s.torn", name);
    int out = fails(io, MT_FAULT_torn_create, EACCES)
                  ? -1
                  : openat(io->dir_fd, torn, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (out < 0)
        return mt_io_fail(io, torn, "create", errno, diag);
    int rc = torn_copy(io, torn, out, fd, from, to, diag);
    close(out);
    return rc;
}
