/* The server of the control socket, on a libuv loop of its own that the run loop polls. */
#include "app/control.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "app/control_path.h"
#include "base/clock.h"

/* Fewer are let in by one poll than there are places: a new one has its line read before it can be the oldest. */
enum { CLIENTS_MAX = 64, LET_IN_MAX = 32, BACKLOG = 128, DESCRIPTORS = 16 };
#define KILL_LOOK_NS INT64_C(100000000)
/* So long a connection may take to say its line, and as long again to take the answer. */
#define PATIENCE_NS INT64_C(1000000000)

struct client {
    uv_pipe_t pipe;
    struct client *older, *newer;       /* in the order of their coming */
    int64_t since_ns;                   /* of the connection; then of the answer */
    uv_write_t write;
    struct mt_control *control;
    char *answer;                       /* owned while it is written */
    size_t length;
    char line[MT_CONTROL_LINE_MAX];
};

struct mt_control {
    uv_loop_t loop;
    uv_pipe_t server;
    uv_timer_t timer;
    int dir_fd;                         /* the socket is reached through it: a path may be longer than sun_path */
    char path[MT_CONTROL_PATH];
    char *state_dir;
    int64_t looked_ns;
    bool kill_there, kill_new;
    struct client *oldest, *newest;
    int clients;                        /* in the list */
    int let_in;                         /* by this poll */
    bool one_waits;                     /* accepted by libuv, not yet by us: it listens no further until then */
    mt_control_handle handle;
    void *ud;
};

static void client_closed(uv_handle_t *handle)
{
    struct client *client = handle->data;
    free(client->answer);
    free(client);
}

static void client_close(struct client *client)
{
    struct mt_control *control = client->control;
    if (uv_is_closing((uv_handle_t *)&client->pipe))
        return;
    *(client->older ? &client->older->newer : &control->oldest) = client->newer;
    *(client->newer ? &client->newer->older : &control->newest) = client->older;
    control->clients--;
    uv_close((uv_handle_t *)&client->pipe, client_closed);
}

/* Who says nothing must not keep a place from somebody who has to kill: places end after a moment, and when all are
 * taken the oldest goes. */
static void client_begin(struct mt_control *control, struct client *client)
{
    client->control = control;
    client->since_ns = mt_clock_monotonic();
    client->older = control->newest;
    *(control->newest ? &control->newest->newer : &control->oldest) = client;
    control->newest = client;
    if (++control->clients > CLIENTS_MAX)
        client_close(control->oldest);
}

static void close_silent(struct mt_control *control)
{
    int64_t now = mt_clock_monotonic();
    for (struct client *client = control->oldest, *next; client; client = next) {
        next = client->newer;
        if (now - client->since_ns > PATIENCE_NS)
            client_close(client);
    }
}

static void answered(uv_write_t *write, int status)
{
    (void)status;                       /* whoever hangs up early does not want the answer */
    client_close(write->data);
}

/* A line of words: what holds other bytes is no command, whatever it begins with. */
static bool is_text(const char *line, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
            return false;
    return true;
}

/* wrong: what is said instead of handling the line; NULL: nothing is wrong with it. */
static void answer_line(struct client *client, const char *wrong)
{
    client->since_ns = mt_clock_monotonic();
    client->answer = malloc(MT_CONTROL_ANSWER_MAX + 1);
    if (!client->answer) {
        client_close(client);
        return;
    }
    client->answer[0] = '\0';
    if (wrong)
        snprintf(client->answer, MT_CONTROL_ANSWER_MAX, "error %s", wrong);
    else
        client->control->handle(client->control->ud, client->line, client->answer, MT_CONTROL_ANSWER_MAX);
    size_t length = strlen(client->answer);
    client->answer[length++] = '\n';
    uv_buf_t buf = uv_buf_init(client->answer, (unsigned)length);
    client->write.data = client;
    uv_read_stop((uv_stream_t *)&client->pipe);
    if (uv_write(&client->write, (uv_stream_t *)&client->pipe, &buf, 1, answered) != 0)
        client_close(client);
}

static void give_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    (void)suggested;
    struct client *client = handle->data;
    *buf = uv_buf_init(client->line + client->length, (unsigned)(sizeof client->line - client->length));
}

static void got_bytes(uv_stream_t *stream, ssize_t got, const uv_buf_t *buf)
{
    struct client *client = stream->data;
    if (got < 0) {
        client_close(client);
        return;
    }
    char *end = memchr(buf->base, '\n', (size_t)got);
    client->length += (size_t)got;
    if (!end && client->length < sizeof client->line)
        return;
    if (!end) {
        answer_line(client, "the line is too long");
        return;
    }
    *end = '\0';
    bool text = is_text(client->line, (size_t)(end - client->line));
    answer_line(client, text ? NULL : "the line holds bytes that are no text");
}

static void connected(uv_stream_t *server, int status)
{
    struct mt_control *control = server->data;
    if (status != 0)
        return;
    struct client *client = control->let_in < LET_IN_MAX ? calloc(1, sizeof *client) : NULL;
    control->one_waits = !client;
    if (!client)
        return;
    control->let_in++;
    uv_pipe_init(&control->loop, &client->pipe, 0);
    client->pipe.data = client;
    client_begin(control, client);
    if (uv_accept(server, (uv_stream_t *)&client->pipe) != 0
        || uv_read_start((uv_stream_t *)&client->pipe, give_room, got_bytes) != 0)
        client_close(client);
}

static int bind_socket(struct mt_control *control, const char *run_dir, struct mt_diag *diag)
{
    control->dir_fd = mt_control_path(run_dir, control->path);
    if (control->dir_fd < 0)
        return mt_fail(diag, MT_EIO, "%s: %s", run_dir, strerror(errno));
    unlink(control->path);              /* left over by a run that was killed */
    mode_t mask = umask(0177);
    int rc = uv_pipe_bind(&control->server, control->path);
    umask(mask);
    if (rc == 0)
        rc = uv_listen((uv_stream_t *)&control->server, BACKLOG, connected);
    return rc == 0 ? 0 : mt_fail(diag, MT_EIO, "%s/control.sock: %s", run_dir, uv_strerror(rc));
}

/* Where it can have none, libuv ends the process without a word. */
static int descriptors(const char *run_dir, struct mt_diag *diag)
{
    int fds[DESCRIPTORS], count = 0;
    while (count < DESCRIPTORS && (fds[count] = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0)
        count++;
    int error = errno, missing = DESCRIPTORS - count;
    while (count > 0)
        close(fds[--count]);
    return missing == 0 ? 0
                        : mt_fail(diag, MT_EIO, "%s/control.sock: cannot be opened: %s: %d more descriptors are needed "
                                  "(ulimit -n)", run_dir, strerror(error), missing);
}

int mt_control_open(struct mt_control **out, const char *run_dir, const char *state_dir, mt_control_handle handle,
                    void *ud, struct mt_diag *diag)
{
    *out = NULL;
    struct mt_control *control = calloc(1, sizeof *control);
    if (!control)
        return mt_fail(diag, MT_ENOMEM, "control: no memory");
    if (descriptors(run_dir, diag) != 0) {
        free(control);
        return diag->code;
    }
    control->state_dir = strdup(state_dir);
    if (!control->state_dir || uv_loop_init(&control->loop) != 0) {
        free(control->state_dir);
        free(control);
        return mt_fail(diag, MT_ENOMEM, "control: no memory");
    }
    control->handle = handle;
    control->ud = ud;
    control->looked_ns = INT64_MIN / 2;
    /* A client that hangs up must not end the host. */
    signal(SIGPIPE, SIG_IGN);
    uv_pipe_init(&control->loop, &control->server, 0);
    uv_timer_init(&control->loop, &control->timer);
    control->server.data = control;
    int rc = bind_socket(control, run_dir, diag);
    if (rc != 0) {
        mt_control_close(control);
        return rc;
    }
    *out = control;
    return 0;
}

bool mt_control_kill_there(const char *state_dir)
{
    struct stat st;
    char *path;
    if (asprintf(&path, "%s/KILL", state_dir) < 0)
        return true;                    /* who cannot look must not trade */
    bool there = lstat(path, &st) == 0;
    free(path);
    return there;
}

static void look_for_kill(struct mt_control *control)
{
    int64_t now = mt_clock_monotonic();
    control->kill_new = false;
    if (now - control->looked_ns < KILL_LOOK_NS)
        return;
    control->looked_ns = now;
    bool there = mt_control_kill_there(control->state_dir);
    control->kill_new = there && !control->kill_there;
    control->kill_there = there;
}

static void time_is_up(uv_timer_t *timer)
{
    (void)timer;                        /* that the loop wakes up is all */
}

void mt_control_poll(struct mt_control *control, int wait_ms)
{
    look_for_kill(control);
    control->let_in = 0;
    if (control->one_waits)
        connected((uv_stream_t *)&control->server, 0);
    if (wait_ms > 0 && !control->kill_new) {
        uv_update_time(&control->loop);     /* its time stood still since the last poll */
        uv_timer_start(&control->timer, time_is_up, (uint64_t)wait_ms, 0);
        uv_run(&control->loop, UV_RUN_ONCE);
        uv_timer_stop(&control->timer);
    }
    uv_run(&control->loop, UV_RUN_NOWAIT);
    close_silent(control);              /* behind it: what came while nobody polled is no silence */
}

bool mt_control_kill_file(const struct mt_control *control)
{
    return control->kill_new;
}

static void close_left(uv_handle_t *handle, void *ud)
{
    struct mt_control *control = ud;
    if (uv_is_closing(handle))
        return;
    bool own = handle == (uv_handle_t *)&control->server || handle == (uv_handle_t *)&control->timer;
    uv_close(handle, own ? NULL : client_closed);
}

void mt_control_close(struct mt_control *control)
{
    if (!control)
        return;
    uv_walk(&control->loop, close_left, control);
    uv_run(&control->loop, UV_RUN_DEFAULT);
    MT_ASSERT(uv_loop_close(&control->loop) == 0);
    if (control->dir_fd >= 0) {
        unlink(control->path);
        close(control->dir_fd);
    }
    free(control->state_dir);
    free(control);
}
