#include "faults/sweep/trial.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "faults/sweep/launch.h"

volatile int ht_trial_interrupt;

void ht_ending_free(struct ht_ending *e)
{
    free(e->out.text);
    free(e->err.text);
    ht_tree_free(&e->work);
    *e = (struct ht_ending){.exit_status = -1};
}

/* ---- what it has left ------------------------------------------------------------------------------------------- */

static int read_text(const struct ht_sandbox *s, const char *path, size_t most, struct ht_text_seen *out)
{
    struct stat about;
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &about)) {
        const int error = errno;
        if (fd >= 0)
            close(fd);
        return error == ENOENT ? 0 : -error;
    }
    const size_t all = (size_t)about.st_size, bytes = all < most ? all : most;
    out->text = malloc(bytes + 1);
    int error = out->text ? 0 : -ENOMEM;
    while (!error && out->bytes < bytes) {
        const ssize_t n = read(fd, out->text + out->bytes, bytes - out->bytes);
        if (n <= 0)
            break;
        out->bytes += (size_t)n;
    }
    if (!error) {
        out->text[out->bytes] = 0;
        out->is_cut = all > most;
        ht_sandbox_normalise(s, out->text, out->bytes);
    }
    close(fd);
    return error;
}

static int read_leavings(const struct ht_trial *t, const struct ht_sandbox *s, struct ht_ending *e)
{
    int error = read_text(s, s->out, t->keep_bytes, &e->out);
    if (!error)
        error = read_text(s, s->err, t->keep_bytes, &e->err);
    if (!error)
        error = ht_tree_read(s->work, &s->pristine, &e->work);
    return error;
}

static void note_status(struct ht_ending *e, int status)
{
    e->exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    e->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

/* ---- started anew ----------------------------------------------------------------------------------------------- */

/* True when `fd` has something to say before the deadline. */
static bool wait_for(int fd, uint64_t deadline, int *error)
{
    struct pollfd watched = {.fd = fd, .events = POLLIN};
    for (;;) {
        const uint64_t now = ht_wall_ns();
        *error = ht_trial_interrupt ? -EINTR : 0;
        if (*error || now >= deadline)
            return false;
        const uint64_t left_ms = (deadline - now) / 1000000 + 1;
        if (poll(&watched, 1, left_ms < 200 ? (int)left_ms : 200) > 0)
            return true;
    }
}

static int await(const struct ht_trial *t, pid_t child, struct ht_ending *e)
{
    const int pidfd = (int)syscall(SYS_pidfd_open, child, 0);
    struct rusage used;
    int error = 0, status;
    if (pidfd < 0)
        error = -errno;
    else
        e->timed_out = !wait_for(pidfd, ht_wall_ns() + t->timeout_ns, &error) && !error;
    kill(-child, SIGKILL);
    kill(child, SIGKILL);
    while (wait4(child, &status, 0, &used) < 0 && errno == EINTR)
        ;
    if (pidfd >= 0)
        close(pidfd);
    note_status(e, status);
    e->cpu_ns = (uint64_t)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000000u +
                (uint64_t)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) * 1000u;
    return error;
}

int ht_trial_run(const struct ht_trial *t, struct ht_sandbox *s, struct ht_control_file *control,
                 struct ht_ending *e)
{
    pid_t child;
    *e = (struct ht_ending){.exit_status = -1};
    int error = ht_sandbox_refresh(s);
    if (error)
        return error;
    const uint64_t start = ht_wall_ns();
    error = ht_launch_program(t, s, control, -1, &child);
    if (error)
        return error;
    error = await(t, child, e);
    e->wall_ns = ht_wall_ns() - start;
    return error ? error : read_leavings(t, s, e);
}

/* ---- by the fork server ----------------------------------------------------------------------------------------- */

void ht_server_close(struct ht_server *server)
{
    if (server->pid <= 0)
        return;
    close(server->socket);
    kill(server->pid, SIGKILL);
    while (waitpid(server->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    server->pid = 0;
}

/* One answer of the server. -EPIPE when it has died, -ETIME at the deadline. */
static int hear(const struct ht_server *server, uint64_t deadline, struct ht_served *said)
{
    int error;
    if (!wait_for(server->socket, deadline, &error))
        return error ? error : -ETIME;
    return recv(server->socket, said, sizeof *said, 0) == (ssize_t)sizeof *said ? 0 : -EPIPE;
}

static int start_server(const struct ht_trial *t, struct ht_sandbox *s, struct ht_control_file *control,
                        struct ht_server *server)
{
    struct ht_served said;
    int ends[2];
    pid_t child;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
        return -errno;
    control->control->flags |= HT_CONTROL_SERVE;
    int error = ht_launch_program(t, s, control, ends[1], &child);
    close(ends[1]);
    if (error) {
        close(ends[0]);
        return error;
    }
    *server = (struct ht_server){.pid = child, .socket = ends[0]};
    error = hear(server, ht_wall_ns() + t->timeout_ns, &said);
    if (!error && said.pid != 0)
        error = -ENOTSUP;
    if (error) {
        ht_server_close(server);
        server->is_refused = error != -EINTR;
    }
    return error && error != -EINTR ? -ENOTSUP : error;
}

static void describe_child(const struct ht_trial *t, const struct ht_sandbox *s, struct ht_control *c)
{
    snprintf(c->stdin_path, sizeof c->stdin_path, "%s", t->input);
    snprintf(c->stdout_path, sizeof c->stdout_path, "%s", s->out);
    snprintf(c->stderr_path, sizeof c->stderr_path, "%s", s->err);
    snprintf(c->folder, sizeof c->folder, "%s", s->work);
}

/* A request, and its two answers. */
static int ask(const struct ht_trial *t, struct ht_server *server, struct ht_ending *e)
{
    struct ht_served said;
    const uint64_t start = ht_wall_ns();
    if (send(server->socket, "", 1, MSG_NOSIGNAL) != 1)
        return -EPIPE;
    int error = hear(server, start + t->timeout_ns, &said);
    if (error || said.pid < 0)
        return error ? error : -EPIPE;
    const pid_t child = said.pid;
    error = hear(server, start + t->timeout_ns, &said);
    if (error == -ETIME || error == -EINTR) {
        struct ht_served last;
        e->timed_out = error == -ETIME;
        kill(-child, SIGKILL);
        kill(child, SIGKILL);
        if (recv(server->socket, &last, sizeof last, 0) == (ssize_t)sizeof last && error == -ETIME) {
            said = last;
            error = 0;
        }
    }
    e->wall_ns = ht_wall_ns() - start;
    if (!error)
        note_status(e, said.status);
    return error;
}

int ht_trial_serve(const struct ht_trial *t, struct ht_sandbox *s, struct ht_control_file *control,
                   struct ht_server *server, struct ht_ending *e)
{
    *e = (struct ht_ending){.exit_status = -1};
    if (server->is_refused || strlen(t->input) >= HT_MODULE_PATH)
        return -ENOTSUP;
    int error = ht_sandbox_refresh(s);
    if (!error && server->pid <= 0)
        error = start_server(t, s, control, server);
    if (error)
        return error;
    describe_child(t, s, control->control);
    ht_control_reset(control->control);
    error = ask(t, server, e);
    if (error) {
        ht_server_close(server);
        return error == -EINTR ? error : -ENOTSUP;
    }
    return read_leavings(t, s, e);
}
