#include "base/log_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

int mt_log_file_init(struct mt_log_file *file, const char *path, int64_t bytes, int kept)
{
    *file = (struct mt_log_file){ .path = strdup(path), .fd = -1, .bytes = bytes, .aside_at = bytes, .kept = kept };
    return file->path ? 0 : ENOMEM;
}

void mt_log_file_fini(struct mt_log_file *file)
{
    if (file->fd >= 0)
        close(file->fd);
    free(file->path);
    *file = (struct mt_log_file){ .fd = -1 };
}

/* The folder of the log and the one above it (STATE/logs): what lies higher is there, or the run has other troubles. */
static void make_folder(const char *path)
{
    char *folder = strdup(path);
    char *end = folder ? strrchr(folder, '/') : NULL;
    if (end && end != folder) {
        *end = '\0';
        if (mkdir(folder, 0700) != 0 && errno == ENOENT) {
            char *above = strrchr(folder, '/');
            if (above && above != folder) {
                *above = '\0';
                (void)mkdir(folder, 0700);
                *above = '/';
                (void)mkdir(folder, 0700);
            }
        }
    }
    free(folder);
}

/* Nothing here may wait: a pipe under that name without a reader is refused, not waited for. */
static int open_it(struct mt_log_file *file)
{
    struct stat status;
    int flags = O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    int fd = open(file->path, flags, 0600);
    if (fd < 0 && errno == ENOENT) {
        make_folder(file->path);
        fd = open(file->path, flags, 0600);
    }
    if (fd < 0)
        return errno;
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        close(fd);
        return EINVAL;
    }
    char last = '\n';                           /* a process that ended on a full disk may have left half a line */
    if (status.st_size > 0 && pread(fd, &last, 1, status.st_size - 1) == 1 && last != '\n')
        file->torn = true;
    file->fd = fd;
    return 0;
}

/* PATH.1 becomes PATH.2 and so on, PATH becomes PATH.1. Whoever holds the lock on what is still PATH does it; the
 * others find another file there and go on with that. */
static void put_aside(struct mt_log_file *file, const struct stat *ours)
{
    struct stat named;
    char from[PATH_MAX + 16], to[PATH_MAX + 16];
    bool locked = flock(file->fd, LOCK_EX | LOCK_NB) == 0;
    bool still = stat(file->path, &named) == 0 && named.st_ino == ours->st_ino && named.st_dev == ours->st_dev;
    if (still && !locked) {
        file->aside_at += file->bytes;          /* later, then */
        goto out;
    }
    for (int i = file->kept; still && i > 0; i--) {
        snprintf(to, sizeof to, "%s.%d", file->path, i);
        snprintf(from, sizeof from, i > 1 ? "%s.%d" : "%s", file->path, i - 1);
        if (rename(from, to) != 0 && i == 1) {
            file->aside_at += file->bytes;
            goto out;
        }
    }
    close(file->fd);                            /* and with it the lock */
    file->fd = -1;
    file->aside_at = file->bytes;
    file->torn = false;
out:
    if (file->fd >= 0 && locked)
        (void)flock(file->fd, LOCK_UN);
}

/* One write: lines of several processes do not mix. *wrote: how much is there. */
static int append(int fd, const char *data, size_t length, size_t *wrote)
{
    ssize_t n;
    do
        n = write(fd, data, length);
    while (n < 0 && errno == EINTR);
    *wrote = n > 0 ? (size_t)n : 0;
    return n == (ssize_t)length ? 0 : n < 0 ? errno : ENOSPC;
}

int mt_log_file_write(struct mt_log_file *file, const char *line, size_t length)
{
    struct stat status;
    int rc = file->fd < 0 ? open_it(file) : 0;
    if (rc != 0)
        return rc;
    if (fstat(file->fd, &status) != 0)
        return errno;
    bool gone = status.st_nlink == 0;
    if (gone) {
        close(file->fd);
        file->fd = -1;
    } else if (status.st_size > 0 && status.st_size + (int64_t)length > file->aside_at) {
        put_aside(file, &status);
    }
    if (file->fd < 0 && (rc = open_it(file)) != 0)
        return rc;
    if (file->torn) {
        size_t wrote = 0;
        if ((rc = append(file->fd, "\n", 1, &wrote)) != 0)
            return rc;
        file->torn = false;
    }
    size_t wrote = 0;
    rc = append(file->fd, line, length, &wrote);
    file->torn = rc != 0 && wrote > 0;
    return rc;
}
