#include "faults/sweep/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* The socket of a fork server stands out of the way of the descriptors that a program counts on. */
enum { SOCKET_FD = 900 };

void ht_launch_environment(struct ht_launch_environment *e, const struct ht_sandbox *s, char *const *env,
                           struct ht_control_file *control)
{
    const char *const path = getenv("PATH"), *const user = getenv("USER");
    size_t n = 0;
    snprintf(e->path, sizeof e->path, "PATH=%s", path ? path : "/usr/local/bin:/usr/bin:/bin");
    snprintf(e->user, sizeof e->user, "USER=%s", user ? user : "nobody");
    snprintf(e->home, sizeof e->home, "HOME=%s", s->home);
    snprintf(e->tmp, sizeof e->tmp, "TMPDIR=%s", s->tmp);
    e->entry[n++] = e->path;
    e->entry[n++] = e->user;
    e->entry[n++] = e->home;
    e->entry[n++] = e->tmp;
    e->entry[n++] = "LC_ALL=C";
    for (size_t i = 0; env && env[i] && n < HT_LAUNCH_ENTRIES - 3; i++)
        e->entry[n++] = env[i];
    if (control) {
        e->entry[n++] = control->preload;
        e->entry[n++] = control->env;
    }
    e->entry[n] = NULL;
}

static int open_as(int wanted, const char *path, int flags)
{
    const int fd = open(path, flags, 0666);
    if (fd < 0 || dup2(fd, wanted) < 0)
        return -errno;
    return 0;
}

static void limit(int resource, rlim_t value)
{
    setrlimit(resource, &(struct rlimit){value, value});
}

/* In the child of a process with threads: calls of the system only. */
static int enter(const struct ht_trial *t, const struct ht_sandbox *s, int socket, pid_t parent)
{
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        return -ESRCH;
    for (int i = 1; i < NSIG; i++)
        signal(i, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_FSIZE, t->file_bytes);
    int error = open_as(0, t->input, O_RDONLY);
    if (!error)
        error = open_as(1, s->out, O_WRONLY | O_CREAT | O_TRUNC);
    if (!error)
        error = open_as(2, s->err, O_WRONLY | O_CREAT | O_TRUNC);
    if (!error && chdir(s->work))
        error = -errno;
    if (!error && socket >= 0 && dup2(socket, SOCKET_FD) < 0)
        error = -errno;
    return error;
}

_Noreturn static void become(const struct ht_trial *t, const struct ht_sandbox *s, int socket, pid_t parent,
                             char *const *env, int report)
{
    int error = enter(t, s, socket, parent);
    if (!error) {
        close_range(3, ~0u, CLOSE_RANGE_CLOEXEC);
        if (socket >= 0)
            fcntl(SOCKET_FD, F_SETFD, 0);
        execve(t->program, t->argv, env);
        error = -errno;
    }
    _exit(write(report, &error, sizeof error) == (ssize_t)sizeof error ? 127 : 126);
}

int ht_launch_program(const struct ht_trial *t, const struct ht_sandbox *s, struct ht_control_file *control,
                      int socket, pid_t *child)
{
    struct ht_launch_environment env;
    const pid_t parent = getpid();
    int report[2], error = 0;
    ht_launch_environment(&env, s, t->env, control);
    if (control) {
        ht_control_reset(control->control);
        control->control->socket = socket >= 0 ? SOCKET_FD : -1;
    }
    if (pipe2(report, O_CLOEXEC))
        return -errno;
    *child = fork();
    if (*child == 0)
        become(t, s, socket, parent, env.entry, report[1]);
    if (*child < 0)
        error = -errno;
    close(report[1]);
    if (!error && read(report[0], &error, sizeof error) == (ssize_t)sizeof error)
        while (waitpid(*child, NULL, 0) < 0 && errno == EINTR)
            ;
    close(report[0]);
    return error;
}

int ht_trial_check(const struct ht_trial *t, const struct ht_sandbox *s, const char *command)
{
    struct ht_trial check = *t;
    struct ht_sandbox beside = *s;
    int status;
    pid_t child;
    check.program = "/bin/sh";
    check.argv = (char *const[]){"sh", "-c", (char *)command, NULL};
    check.input = "/dev/null";
    snprintf(beside.out, sizeof beside.out, "/dev/null");
    snprintf(beside.err, sizeof beside.err, "/dev/null");
    if (ht_launch_program(&check, &beside, NULL, -1, &child))
        return -1;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
