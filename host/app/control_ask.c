/* The client of the control socket: one line, one answer, then it is over. */
#include "app/control.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "app/control_path.h"

enum { ANSWER_S = 30 };

int mt_control_path(const char *run_dir, char out[MT_CONTROL_PATH])
{
    int fd = open(run_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0)
        snprintf(out, MT_CONTROL_PATH, "/proc/self/fd/%d/control.sock", fd);
    return fd;
}

static int send_all(int fd, const char *text, size_t length)
{
    while (length > 0) {
        ssize_t sent = send(fd, text, length, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return -1;
        text += sent;
        length -= (size_t)sent;
    }
    return 0;
}

static int read_answer(int fd, char *answer, size_t size)
{
    size_t length = 0;
    while (length + 1 < size) {
        ssize_t got = recv(fd, answer + length, size - 1 - length, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        length += (size_t)got;
    }
    while (length > 0 && answer[length - 1] == '\n')
        length--;
    answer[length] = '\0';
    return length > 0 ? 0 : -1;
}

static int talk(int fd, const char *run_dir, const char *line, char *answer, size_t size, struct mt_diag *diag)
{
    struct timeval limit = { .tv_sec = ANSWER_S };
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    if (send_all(fd, line, strlen(line)) != 0 || send_all(fd, "\n", 1) != 0)
        return mt_fail(diag, MT_EIO, "%s: the run does not listen: %s", run_dir, strerror(errno));
    errno = 0;
    if (read_answer(fd, answer, size) != 0)
        return mt_fail(diag, MT_EIO, "%s: no answer%s%s", run_dir, errno ? ": " : "", errno ? strerror(errno) : "");
    return 0;
}

int mt_control_ask(const char *run_dir, const char *line, char *answer, size_t size, struct mt_diag *diag)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    char path[MT_CONTROL_PATH];
    if (strlen(line) + 1 >= MT_CONTROL_LINE_MAX || strchr(line, '\n'))
        return mt_fail(diag, MT_EUSAGE, "control: one line of at most %d bytes", MT_CONTROL_LINE_MAX - 2);
    int dir_fd = mt_control_path(run_dir, path);
    if (dir_fd < 0)
        return mt_fail(diag, MT_ENOTFOUND, "%s: %s", run_dir, strerror(errno));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        close(dir_fd);
        return mt_fail(diag, MT_EIO, "control: no socket: %s", strerror(errno));
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    int rc = 0;
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) != 0)
        rc = mt_fail(diag, errno == EACCES || errno == EPERM ? MT_EIO : MT_ENOTFOUND, "%s: %s", run_dir,
                     errno == EACCES || errno == EPERM ? "the run belongs to another user" : "it is not running");
    else
        rc = talk(fd, run_dir, line, answer, size, diag);
    close(fd);
    close(dir_fd);
    return rc;
}
