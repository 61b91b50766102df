#include "faults/supervisor.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "faults/supervisor_loop.h"

/* Room for one descriptor beside a message. */
union handover {
    struct cmsghdr head;
    char bytes[CMSG_SPACE(sizeof(int))];
};

/* Sends the listener and the id of this process. */
static int hand_over(int socket, int listener)
{
    pid_t self = getpid();
    union handover control = {.head = {CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS}};
    memcpy(CMSG_DATA(&control.head), &listener, sizeof listener);
    struct iovec data = {&self, sizeof self};
    const struct msghdr message = {
        .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    return sendmsg(socket, &message, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* The listener, and whose it is; -1 when nobody sent one. */
static int take_over(int socket, pid_t *pid)
{
    union handover control;
    struct iovec data = {pid, sizeof *pid};
    struct msghdr message = {
        .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    ssize_t n;
    while ((n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR)
        ;
    int listener = -1;
    if (n == (ssize_t)sizeof *pid && message.msg_controllen)
        memcpy(&listener, CMSG_DATA(&control.head), sizeof listener);
    return listener;
}

/* Nothing of the opener's may stay open here: neither its locks nor its output. */
_Noreturn static void help(int socket, struct ht_supervised *shared)
{
    pid_t pid = 0;
    setsid(); /* Ctrl-C at the terminal is not for us */
    dup2(socket, 0);
    close_range(1, ~0u, 0);
    const int listener = take_over(0, &pid);
    if (listener >= 0)
        ht_supervisor_loop(listener, pid, shared);
    _exit(0);
}

/* A child of a child, which nobody need wait for: it may live longer than its opener. */
static int start_helper(struct ht_supervisor *s, int socket)
{
    int status;
    const pid_t child = fork();
    if (child == 0) {
        const pid_t helper = fork();
        if (helper == 0)
            help(socket, s->shared);
        s->shared->helper = helper;
        _exit(helper < 0);
    }
    if (child < 0)
        return -errno;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    return status ? -EAGAIN : 0;
}

int ht_supervisor_open(struct ht_supervisor *s, const struct ht_fail_plan *plan, char why[256])
{
    int ends[2];
    *s = (struct ht_supervisor){.to_helper = -1};
    if (ht_os_filter_try(why))
        return -ENOTSUP;
    int error = ht_os_filter_build(plan, &s->filter, why);
    if (error)
        return error;
    s->shared = mmap(NULL, sizeof *s->shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    error = s->shared == MAP_FAILED ? -errno : 0;
    if (!error && socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
        error = -errno;
    if (!error) {
        s->shared->trigger.plan = *plan;
        s->to_helper = ends[0];
        error = start_helper(s, ends[1]);
        close(ends[1]);
    }
    if (error) {
        snprintf(why, 256, "the supervisor can't be started: %s", strerror(-error));
        ht_supervisor_close(s);
    }
    return error;
}

int ht_supervisor_enter(const struct ht_supervisor *s)
{
    prctl(PR_SET_PTRACER, (unsigned long)s->shared->helper, 0UL, 0UL,
          0UL); /* it reads our memory, and the stack */
    const int listener = ht_os_filter_load(&s->filter);
    if (listener < 0)
        return listener;
    const int error = hand_over(s->to_helper, listener);
    close(listener);
    return error;
}

void ht_supervisor_arm(struct ht_supervisor *s)
{
    s->shared->trigger.armed = true;
}

void ht_supervisor_steady(struct ht_supervisor *s)
{
    s->shared->trigger.steady = true;
}

void ht_supervisor_close(struct ht_supervisor *s)
{
    if (s->to_helper >= 0)
        close(s->to_helper);
    if (s->shared && s->shared != MAP_FAILED)
        munmap(s->shared, sizeof *s->shared);
    *s = (struct ht_supervisor){.to_helper = -1};
}
