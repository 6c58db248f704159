/* The client of the control socket: one line, one answer, then it is over. It waits a few seconds and no longer:
 * whoever has to kill must learn soon that this way is closed. */
#include "app/control.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "app/control_path.h"
#include "base/clock.h"

int mt_control_path(const char *run_dir, char out[MT_CONTROL_PATH])
{
    int fd = open(run_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0)
        snprintf(out, MT_CONTROL_PATH, "/proc/self/fd/%d/control.sock", fd);
    return fd;
}

/* A connected socket, or -1 with errno: EAGAIN when nobody lets it in. type: SOCK_NONBLOCK does not wait for that. */
static int open_socket(const char *run_dir, int type)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    struct timeval limit = { .tv_sec = MT_CONTROL_ANSWER_S };
    char path[MT_CONTROL_PATH];
    int dir_fd = mt_control_path(run_dir, path);
    if (dir_fd < 0)
        return -1;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | type, 0);
    memcpy(address.sun_path, path, strlen(path) + 1);
    bool open = fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) == 0
        && connect(fd, (const struct sockaddr *)&address, sizeof address) == 0;
    int why = errno;
    close(dir_fd);
    if (!open && fd >= 0)
        close(fd);
    errno = why;
    return open ? fd : -1;
}

bool mt_control_listens(const char *run_dir)
{
    int fd = open_socket(run_dir, SOCK_NONBLOCK);
    if (fd < 0)
        return errno == EAGAIN;         /* so many wait there already */
    close(fd);
    return true;
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

/* Waits for bytes until the deadline; -1 with errno EAGAIN when it is over. */
static ssize_t receive(int fd, char *out, size_t size, int64_t deadline_ns)
{
    for (;;) {
        int64_t left_ms = (deadline_ns - mt_clock_monotonic()) / 1000000;
        struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
        int ready = left_ms > 0 ? poll(&poll_fd, 1, (int)left_ms) : 0;
        if (ready == 0) {
            errno = EAGAIN;
            return -1;
        }
        ssize_t got = ready > 0 ? recv(fd, out, size, 0) : -1;
        if (got >= 0 || errno != EINTR)
            return got;
    }
}

static int read_answer(int fd, char *answer, size_t size, int64_t deadline_ns)
{
    size_t length = 0;
    while (length + 1 < size) {
        ssize_t got = receive(fd, answer + length, size - 1 - length, deadline_ns);
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        length += (size_t)got;
    }
    while (length > 0 && answer[length - 1] == '\n')
        length--;
    answer[length] = '\0';
    errno = 0;
    return length > 0 ? 0 : -1;
}

static int no_answer(int fd, const char *run_dir, struct mt_diag *diag)
{
    int why = errno;
    struct ucred peer = { .pid = 0 };
    socklen_t size = sizeof peer;
    if (why != EAGAIN)
        return mt_fail(diag, MT_EIO, "%s: no answer%s%s", run_dir, why ? ": " : "", why ? strerror(why) : "");
    if (fd < 0 || getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 || peer.pid <= 0)
        return mt_fail(diag, MT_EBUSY, "%s: no answer within %d s", run_dir, MT_CONTROL_ANSWER_S);
    return mt_fail(diag, MT_EBUSY, "%s: no answer within %d s from process %d", run_dir, MT_CONTROL_ANSWER_S,
                   (int)peer.pid);
}

int mt_control_send(const char *run_dir, const char *line, char *answer, size_t size, struct mt_diag *diag)
{
    int64_t deadline_ns = mt_clock_monotonic() + MT_CONTROL_ANSWER_S * MT_NS_PER_S;
    if (strlen(line) + 1 >= MT_CONTROL_LINE_MAX || strchr(line, '\n'))
        return mt_fail(diag, MT_EUSAGE, "control: one line of at most %d bytes", MT_CONTROL_LINE_MAX - 2);
    int fd = open_socket(run_dir, 0);
    if (fd < 0 && errno == EAGAIN)
        return no_answer(fd, run_dir, diag);
    if (fd < 0 && (errno == EACCES || errno == EPERM))
        return mt_fail(diag, MT_EIO, "%s: the run belongs to another user", run_dir);
    if (fd < 0)
        return mt_fail(diag, MT_ENOTFOUND, "%s: it is not running", run_dir);
    bool told = send_all(fd, line, strlen(line)) == 0 && send_all(fd, "\n", 1) == 0;
    int rc = told && read_answer(fd, answer, size, deadline_ns) == 0 ? 0 : no_answer(fd, run_dir, diag);
    close(fd);
    return rc;
}
