#include "faults/inject.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "bench/guard.h"
#include "faults/at_main.h"
#include "faults/executable.h"

struct running {
    const struct ht_inject *inject;
    struct ht_injected *out;
    struct ht_boundary boundary;
    struct ht_at_main main;
    struct ht_executable program;
    sigset_t heard, before; /* signals that the parent waits for; the mask as it was */
    pid_t child, parent;
    bool is_traced, has_group;
    int fail[2]; /* a pipe: what kept the child from starting */
};

/* What the child could not do. */
struct failure {
    int error;
    char what[32];
};

/* ---- the child ----------------------------------------------------------------------------------------------- */

_Noreturn static void give_up(const struct running *r, const char *what, int error)
{
    struct failure failure = {.error = error};
    strncpy(failure.what, what, sizeof failure.what - 1);
    _exit(write(r->fail[1], &failure, sizeof failure) == (ssize_t)sizeof failure ? 127 : 126);
}

static void redirect(const struct running *r)
{
    const int fd = open(r->inject->input, O_RDONLY);
    if (fd < 0 || dup2(fd, 0) < 0)
        give_up(r, "stdin", errno);
    if (fd != 0)
        close(fd);
}

_Noreturn static void become(struct running *r, char **env)
{
    if (r->has_group)
        setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != r->parent)
        _exit(127);
    if (r->has_group)
        ht_guard_watch(getpid());
    if (r->inject->input)
        redirect(r);
    if (r->inject->folder && chdir(r->inject->folder))
        give_up(r, "the folder", errno);
    sigprocmask(SIG_SETMASK, &r->before, NULL);
    if (r->is_traced && ptrace(PTRACE_TRACEME, 0, NULL, NULL))
        give_up(r, "ptrace", errno);
    const int error = ht_boundary_enter(&r->boundary);
    if (error)
        give_up(r, "the limits", -error);
    execve(r->program.path, (char *const *)r->inject->argv, env);
    give_up(r, "it", errno);
}

/* Ours, with what the plan adds; of `fail` the library. To be freed; NULL without memory. */
static char **make_environment(struct ht_control_file *control)
{
    size_t n = 0, kept = 0;
    while (environ[n])
        n++;
    char **const env = malloc((n + 3) * sizeof *env);
    for (size_t i = 0; env && i < n; i++)
        if (!control->control || strncmp(environ[i], "LD_PRELOAD=", 11))
            env[kept++] = environ[i];
    if (env && control->control) {
        env[kept++] = control->preload;
        env[kept++] = control->env;
    }
    if (env)
        env[kept] = NULL;
    return env;
}

/* ---- the parent ---------------------------------------------------------------------------------------------- */

static void kill_child(const struct running *r)
{
    if (r->has_group)
        kill(-r->child, SIGKILL);
    kill(r->child, SIGKILL);
}

static void tell_steady(struct running *r)
{
    if (r->boundary.supervisor.shared)
        ht_supervisor_steady(&r->boundary.supervisor);
    else
        kill(r->child, SIGUSR1);
}

static void note_end(struct running *r, int status)
{
    r->out->exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    r->out->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

/* True when the child has ended. */
static bool take_status(struct running *r)
{
    int status;
    for (;;) {
        const pid_t pid = waitpid(r->child, &status, WNOHANG);
        if (pid < 0 && errno != EINTR)
            return note_end(r, SIGKILL), true; /* somebody else has waited for it */
        if (pid <= 0)
            return false;
        if (!WIFSTOPPED(status))
            return note_end(r, status), true;
        if (!ht_at_main_stopped(&r->main, pid, status))
            continue;
        ht_supervisor_arm(&r->boundary.supervisor);
        ht_at_main_leave(pid);
        r->is_traced = false;
    }
}

/* What is left until the deadline; false when it has passed. */
static bool time_left(uint64_t deadline, struct timespec *left)
{
    const uint64_t now = ht_wall_ns();
    *left = (struct timespec){.tv_sec = 3600};
    if (!deadline)
        return true;
    if (now >= deadline)
        return false;
    left->tv_sec = (time_t)((deadline - now) / 1000000000u);
    left->tv_nsec = (long)((deadline - now) % 1000000000u);
    return true;
}

static void wait_for_end(struct running *r)
{
    const uint64_t deadline = r->inject->timeout_ns ? ht_wall_ns() + r->inject->timeout_ns : 0;
    bool is_killed = false;
    struct timespec left;
    while (!take_status(r)) {
        if (!time_left(is_killed ? 0 : deadline, &left)) {
            r->out->timed_out = is_killed = true;
            kill_child(r);
            continue;
        }
        const int signal = sigtimedwait(&r->heard, NULL, &left);
        if (signal == SIGUSR1) {
            tell_steady(r);
        } else if (signal > 0 && signal != SIGCHLD && !is_killed) {
            r->out->stopped = signal;
            is_killed = true;
            kill_child(r);
        }
    }
    if (r->has_group)
        kill(-r->child, SIGKILL); /* what it has left behind */
}

/* What kept the child from starting, if it says something. */
static int read_failure(struct running *r, char why[256])
{
    struct failure f;
    if (read(r->fail[0], &f, sizeof f) != (ssize_t)sizeof f)
        return 0;
    const char *const name = strcmp(f.what, "stdin")
                                 ? strcmp(f.what, "the folder") ? r->inject->argv[0] : r->inject->folder
                                 : r->inject->input;
    if (!strcmp(f.what, "ptrace"))
        snprintf(why, 256, "skipped: without ptrace it can't be seen when %.80s comes to its main: %s", name,
                 strerror(f.error));
    else if (!strcmp(f.what, "the limits"))
        snprintf(why, 256, "skipped: %.80s could not be put under the plan: %s", name, strerror(f.error));
    else
        snprintf(why, 256, "%.160s: %s", name, strerror(f.error));
    return !strcmp(f.what, "ptrace") || !strcmp(f.what, "the limits") ? -ENOTSUP : -EINVAL;
}

/* Before the fork, so that no signal is missed. */
static void hear(struct running *r)
{
    static const int signals[] = {SIGCHLD, SIGINT, SIGTERM, SIGHUP, SIGUSR1};
    sigemptyset(&r->heard);
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        sigaddset(&r->heard, signals[i]);
    sigprocmask(SIG_BLOCK, &r->heard, &r->before);
}

static int start(struct running *r)
{
    char **const env = make_environment(&r->out->control);
    if (!env || pipe2(r->fail, O_CLOEXEC)) {
        free(env);
        return -ENOMEM;
    }
    r->parent = getpid();
    ht_guard_watch(0);
    hear(r);
    r->child = fork();
    if (r->child == 0)
        become(r, env);
    const int error = r->child < 0 ? -errno : 0;
    free(env);
    close(r->fail[1]);
    if (!error && r->has_group)
        setpgid(r->child, r->child);
    return error;
}

/* ---- what the plan needs ------------------------------------------------------------------------------------- */

/* Room for the stack of the call that fails, and for no records. */
static int open_control(const struct ht_inject *inject, struct ht_control_file *f, char why[256])
{
    const int error = access(inject->library, R_OK) ? -errno : ht_control_open(f, inject->library, 0);
    if (error) {
        snprintf(why, 256, "%.160s: %s", inject->library, strerror(-error));
        return error;
    }
    f->control->trigger.plan = inject->plan->fail;
    f->control->trigger.armed = true;
    f->control->flags = HT_CONTROL_STACKS;
    return 0;
}

/* It is started from another folder than it was looked up in. */
static int make_absolute(char *path, size_t bytes, char why[256])
{
    char here[HT_EXECUTABLE_PATH], relative[HT_EXECUTABLE_PATH];
    if (*path == '/')
        return 0;
    snprintf(relative, sizeof relative, "%s", path);
    if (!getcwd(here, sizeof here) || (size_t)snprintf(path, bytes, "%s/%s", here, relative) >= bytes) {
        snprintf(why, 256, "the path of %.120s is too long", relative);
        return -ENAMETOOLONG;
    }
    return 0;
}

static int prepare(struct running *r, char why[256])
{
    const struct ht_inject *const in = r->inject;
    int error = ht_executable_find(in->argv[0], &r->program, why);
    if (!error && in->folder)
        error = make_absolute(r->program.path, sizeof r->program.path, why);
    if (!error && in->plan->kind == HT_FAULT_FAIL)
        error = ht_executable_takes_preload(&r->program, why);
    if (!error && in->plan->kind == HT_FAULT_OS)
        error = ht_executable_takes_filter(&r->program, why);
    if (error)
        return -EINVAL;
    if (in->plan->kind == HT_FAULT_FAIL)
        return open_control(in, &r->out->control, why);
    error = ht_boundary_open(&r->boundary, in->plan, why);
    r->is_traced = !error && r->boundary.supervisor.shared;
    if (r->is_traced)
        r->boundary.supervisor.shared->wants_stack = true;
    return error;
}

int ht_inject_run(const struct ht_inject *inject, struct ht_injected *out, char why[256])
{
    *out = (struct ht_injected){.exit_status = -1, .control.fd = -1};
    /* At a terminal it stays in our group, so that it may read and Ctrl-C reaches it. */
    struct running r = {.inject = inject,
                        .out = out,
                        .has_group = inject->input || !isatty(0),
                        .boundary = {.supervisor.to_helper = -1, .cgroup.procs = -1}};
    int error = prepare(&r, why);
    if (!error) {
        error = start(&r);
        if (error)
            snprintf(why, 256, "can't start a process: %s", strerror(-error));
    }
    if (!error) {
        wait_for_end(&r);
        error = read_failure(&r, why);
        close(r.fail[0]);
        sigprocmask(SIG_SETMASK, &r.before, NULL);
        ht_guard_watch(0);
    }
    ht_boundary_close(&r.boundary, &out->boundary);
    if (error)
        ht_control_close(&out->control);
    return error;
}

/* ---- gdb ----------------------------------------------------------------------------------------------------- */

/* gdb starts the program by a shell and this wrapper, so that neither it nor the shell is hit. What they add to the
 * environment is taken out: it could change the number of a call. The wrapper redirects stdin, since `run <FILE` would take
 * the place of the program's arguments. */
static void make_wrapper(const struct ht_control_file *control, const char *input, char *out, size_t bytes)
{
    const char *const pwd = getenv("PWD") ? "" : "-u PWD ";
    const int n =
        *input ? snprintf(out, bytes,
                          "set exec-wrapper sh -c 'exec env %s-u LINES -u COLUMNS \"$@\" <\"$0\"' '%s'", pwd,
                          input)
               : snprintf(out, bytes, "set exec-wrapper env %s-u LINES -u COLUMNS", pwd);
    snprintf(out + n, bytes - (size_t)n, " '%s' '%s'", control->preload, control->env);
}

int ht_inject_debug(const struct ht_inject *inject, char why[256])
{
    struct ht_injected out = {.control.fd = -1};
    struct running r = {.inject = inject, .out = &out};
    char wrapper[2 * HT_EXECUTABLE_PATH + 4096], input[HT_EXECUTABLE_PATH] = "";
    int error = prepare(&r, why);
    if (!error && inject->input) {
        snprintf(input, sizeof input, "%s", inject->input);
        error = make_absolute(input, sizeof input, why);
    }
    if (error)
        return error;
    if (inject->folder && chdir(inject->folder)) {
        snprintf(why, 256, "%.200s: %s", inject->folder, strerror(errno));
        return -EINVAL;
    }
    fcntl(out.control.fd, F_SETFD, 0); /* gdb has our id, and keeps it open */
    make_wrapper(&out.control, input, wrapper, sizeof wrapper);
    size_t n = 0;
    while (inject->argv[n])
        n++;
    const char *const head[] = {"gdb", "-q",    "-ex",    "set breakpoint pending on",
                                "-ex", wrapper, "-ex",    "break heaptrial_fault",
                                "-ex", "run",   "--args", r.program.path};
    const size_t heads = sizeof head / sizeof *head;
    const char **const argv = calloc(heads + n, sizeof *argv);
    if (argv) {
        memcpy(argv, head, sizeof head);
        memcpy(argv + heads, inject->argv + 1, n * sizeof *argv);
        execvp("gdb", (char *const *)argv);
    }
    error = -errno;
    snprintf(why, 256, "gdb can't be started: %s%s", strerror(-error),
             error == -ENOENT ? "; apt-get install gdb" : "");
    return error;
}
