/* A fork server: the program waits at main, and goes on from there in a child for each request. What happened before,
 * loading above all, is paid for once. There are no other threads yet, and no locks held. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "faults/preload/places.h"

bool ht_is_serving;

static void say(int pid, int status, bool is_over)
{
    const struct ht_served served = {pid, status, is_over};
    if (send(ht_control->socket, &served, sizeof served, MSG_NOSIGNAL) != (ssize_t)sizeof served)
        _exit(0); /* the parent is gone */
}

static void open_as(int wanted, const char *path, int flags)
{
    const int fd = open(path, flags, 0666);
    if (fd < 0 || dup2(fd, wanted) < 0)
        _exit(127);
    if (fd != wanted)
        close(fd);
}

/* The child is as one that was started anew. */
static void become_program(pid_t server)
{
    struct ht_control *const c = ht_control;
    const uint64_t thread = c->trigger.plan.thread;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != server)
        _exit(127);
    setpgid(0, 0);
    open_as(0, c->stdin_path, O_RDONLY);
    open_as(1, c->stdout_path, O_WRONLY | O_CREAT | O_TRUNC);
    open_as(2, c->stderr_path, O_WRONLY | O_CREAT | O_TRUNC);
    if (c->folder[0] && chdir(c->folder))
        _exit(127);
    close(c->socket);
    ht_pid = getpid();
    c->started = c->at_main = c->threads = 1;
    c->calls_at_main = ht_self.own;
    c->trigger.calls = thread <= 1 ? ht_self.own : 0;
    ht_is_serving = false;
}

/* Ends the whole group, which as long as its leader is not reaped no other is named like. */
static int await(pid_t child)
{
    siginfo_t info;
    int status = 0;
    while (waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT) && errno == EINTR)
        ;
    kill(-child, SIGKILL);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    return status;
}

void ht_serve(void)
{
    const pid_t server = getpid();
    char request;
    if (ht_control->threads > 1) {
        say(-1, 0, true);
        _exit(0);
    }
    ht_places_warm();
    say(0, 0, false);
    ht_is_serving = true;
    while (recv(ht_control->socket, &request, 1, 0) == 1) {
        const pid_t child = fork();
        if (child == 0) {
            become_program(server);
            return;
        }
        if (child > 0)
            setpgid(child, child);
        say(child > 0 ? child : -1, errno, false);
        if (child > 0)
            say(child, await(child), true);
    }
    _exit(0);
}
