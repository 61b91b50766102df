#include "bench/guard.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <unistd.h>

/* Reads the group of each child; at the end of the stream there is nobody left to write to it. */
_Noreturn static void guard(int from_runner)
{
    pid_t group = 0, next;
    setsid(); /* Ctrl-C at the terminal is for the runner */
    /* Nothing of the runner's may stay open here: neither its locks nor its output. */
    dup2(from_runner, 0);
    close_range(1, ~0u, 0);
    for (;;) {
        const ssize_t n = read(0, &next, sizeof next);
        if (n == (ssize_t)sizeof next)
            group = next;
        else if (n >= 0 || errno != EINTR)
            break;
    }
    if (group > 0)
        kill(-group, SIGKILL);
    _exit(0);
}

static int start(void)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
        return -1;
    const pid_t child = fork();
    if (child == 0)
        guard(ends[1]);
    close(ends[1]);
    if (child > 0)
        return ends[0];
    close(ends[0]);
    return -1;
}

void ht_guard_watch(pid_t group)
{
    static int to_guard = -1;
    static bool started;
    if (!started)
        to_guard = start();
    started = true;
    if (to_guard >= 0)
        send(to_guard, &group, sizeof group, MSG_NOSIGNAL);
}
