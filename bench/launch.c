#include "bench/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "bench/guard.h"

enum { ENV_MAX = HT_LAUNCH_ENV_MAX + 8, PAD_MAX = 4096 };

volatile int ht_launch_interrupt;

struct pipes {
    int records[2], errors[2];
};

/* What the parent has read so far. */
struct reader {
    const struct ht_launch *launch;
    struct ht_ended *ended;
    char partial[sizeof(struct ht_record)];
    size_t partial_bytes, err_bytes;
};

/* ---- the child ---- */

/* A clean environment: what programs need to run at all, what was asked for, and padding. */
static void build_environment(const struct ht_launch *launch, const char **env, char *pad)
{
    static const char *const kept[] = {"PATH", "HOME", "TMPDIR", "USER"};
    static char keep[4][4096];
    unsigned n = 0;
    for (unsigned i = 0; i < 4; i++) {
        const char *const value = getenv(kept[i]);
        if (value && snprintf(keep[i], sizeof keep[i], "%s=%s", kept[i], value) < (int)sizeof keep[i])
            env[n++] = keep[i];
    }
    env[n++] = "LC_ALL=C";
    for (unsigned i = 0; launch->env[i]; i++)
        env[n++] = launch->env[i];
    const unsigned bytes = launch->pad < PAD_MAX - 16 ? launch->pad : PAD_MAX - 16;
    snprintf(pad, PAD_MAX, "HT_PAD=%0*d", (int)bytes + 1, 0);
    env[n++] = pad;
    env[n] = NULL;
}

static void limit(int resource, rlim_t value)
{
    setrlimit(resource, &(struct rlimit){value, value});
}

static int open_streams(const struct ht_launch *launch, const struct pipes *pipes)
{
    const int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
    const int out = launch->stdout_path
                        ? open(launch->stdout_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)
                        : open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (in < 0 || out < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(pipes->errors[1], 2) < 0)
        return -errno;
    /* dup2 onto itself would leave close-on-exec set. */
    if (pipes->records[1] == HT_LAUNCH_RECORD_FD)
        fcntl(HT_LAUNCH_RECORD_FD, F_SETFD, 0);
    else if (dup2(pipes->records[1], HT_LAUNCH_RECORD_FD) < 0)
        return -errno;
    close_range(HT_LAUNCH_RECORD_FD + 1, ~0u, 0); /* what the user's shell has left open */
    return 0;
}

_Noreturn static void become(const struct ht_launch *launch, const struct pipes *pipes, pid_t parent)
{
    const char *env[ENV_MAX];
    char pad[PAD_MAX];
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) /* which died before it could be asked for */
        _exit(127);
    ht_guard_watch(getpid()); /* before it can start anything itself */
    signal(SIGPIPE, SIG_DFL);
    limit(RLIMIT_CORE, 0);
    if (launch->data_limit)
        limit(RLIMIT_DATA, launch->data_limit);
    if (launch->fixed_addresses)
        personality(ADDR_NO_RANDOMIZE);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    build_environment(launch, env, pad);
    const int refused =
        launch->enter ? launch->enter(launch->entered) : 0; /* it may need what is closed next */
    int error = open_streams(launch, pipes);
    if (!error)
        error = refused;
    if (!error && launch->folder && chdir(launch->folder))
        error = -errno;
    if (!error) {
        execvpe(launch->argv[0], (char *const *)launch->argv, (char *const *)env);
        error = -errno;
    }
    dprintf(2, "can't start %s: %s\n", launch->argv[0], strerror(-error));
    _exit(127);
}

/* ---- the parent ---- */

static void take_records(struct reader *r, const char *bytes, size_t n)
{
    while (n) {
        const size_t room = sizeof r->partial - r->partial_bytes, part = n < room ? n : room;
        memcpy(r->partial + r->partial_bytes, bytes, part);
        r->partial_bytes += part;
        bytes += part;
        n -= part;
        if (r->partial_bytes < sizeof r->partial)
            return;
        r->partial_bytes = 0;
        struct ht_record record;
        memcpy(&record, r->partial, sizeof record);
        record.text[HT_TEXT_BYTES - 1] = 0; /* no other member of the union reaches so far */
        if (record.magic != HT_RECORD_MAGIC)
            r->ended->foreign = true;
        else if (r->launch->on_record)
            r->launch->on_record(&record, r->launch->context);
    }
}

/* Keeps the end of stderr. */
static void take_errors(struct reader *r, const char *bytes, size_t n)
{
    const size_t most = HT_LAUNCH_ERR_BYTES - 1;
    if (n > most) {
        bytes += n - most;
        n = most;
    }
    if (r->err_bytes + n > most) {
        const size_t drop = r->err_bytes + n - most;
        memmove(r->ended->err, r->ended->err + drop, r->err_bytes - drop);
        r->err_bytes -= drop;
    }
    memcpy(r->ended->err + r->err_bytes, bytes, n);
    r->err_bytes += n;
    r->ended->err[r->err_bytes] = 0;
}

/* Reads what is there; true when the other side has closed. */
static bool drain(struct reader *r, int fd, bool is_records)
{
    char buffer[16384];
    const ssize_t n = read(fd, buffer, sizeof buffer);
    if (n <= 0)
        return n == 0 || (errno != EAGAIN && errno != EINTR);
    if (is_records)
        take_records(r, buffer, (size_t)n);
    else
        take_errors(r, buffer, (size_t)n);
    return false;
}

/* Reads both pipes until the child has ended, the time is over or the user has had enough. */
static void watch(struct reader *r, const struct pipes *pipes, int pidfd)
{
    const uint64_t deadline = ht_wall_ns() + r->launch->timeout_ns;
    struct pollfd watched[] = {
        {.fd = pipes->records[0], .events = POLLIN},
        {.fd = pipes->errors[0], .events = POLLIN},
        {.fd = pidfd, .events = POLLIN},
    };
    for (;;) {
        const uint64_t now = ht_wall_ns();
        r->ended->interrupted = ht_launch_interrupt;
        r->ended->timed_out = now >= deadline;
        if (r->ended->interrupted || r->ended->timed_out)
            return;
        const uint64_t left_ms = (deadline - now) / 1000000 + 1;
        if (poll(watched, 3, left_ms < 500 ? (int)left_ms : 500) < 0 && errno != EINTR)
            return;
        for (int i = 0; i < 2; i++)
            if (watched[i].revents && drain(r, watched[i].fd, i == 0))
                watched[i].fd = -1;
        if (watched[2].revents || (pidfd < 0 && watched[0].fd < 0 && watched[1].fd < 0))
            break;
    }
    /* It has ended: what it wrote last is still in the pipes, which a descendant may hold open. */
    for (int i = 0; i < 2; i++) {
        if (watched[i].fd < 0)
            continue;
        fcntl(watched[i].fd, F_SETFL, O_NONBLOCK);
        while (poll(&watched[i], 1, 0) > 0 && !drain(r, watched[i].fd, i == 0))
            ;
    }
}

/* Ends the child and its group, which as long as it is not reaped no other group is named like. */
static void reap(pid_t child, struct ht_ended *ended)
{
    int status;
    kill(-child, SIGKILL);
    kill(child, SIGKILL);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    ended->exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    ended->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

int ht_launch(const struct ht_launch *launch, struct ht_ended *ended)
{
    struct pipes pipes;
    *ended = (struct ht_ended){.exit_status = -1};
    if (pipe2(pipes.records, O_CLOEXEC))
        return -errno;
    if (pipe2(pipes.errors, O_CLOEXEC)) {
        const int error = -errno;
        close(pipes.records[0]);
        close(pipes.records[1]);
        return error;
    }
    ht_guard_watch(0);
    const pid_t parent = getpid(), child = fork();
    if (child == 0)
        become(launch, &pipes, parent);
    const int error = child < 0 ? -errno : 0;
    close(pipes.records[1]);
    close(pipes.errors[1]);
    if (!error) {
        setpgid(child, child);
        const int pidfd = (int)syscall(SYS_pidfd_open, child, 0);
        struct reader reader = {.launch = launch, .ended = ended};
        watch(&reader, &pipes, pidfd);
        reap(child, ended);
        ht_guard_watch(0);
        close(pidfd);
    }
    close(pipes.records[0]);
    close(pipes.errors[0]);
    return error;
}

static void add_words(struct ht_launch *launch, const char **list, const char *words)
{
    while (*list)
        list++;
    for (size_t n; words && *words; words += n, words += *words == ' ') {
        n = strcspn(words, " ");
        char *const copy = launch->words + launch->words_bytes;
        launch->words_bytes += (unsigned)snprintf(copy, sizeof launch->words - launch->words_bytes, "%.*s", (int)n, words) + 1;
        *list++ = copy;
    }
}

void ht_launch_add_command(struct ht_launch *launch, const char *words)
{
    add_words(launch, launch->argv, words);
}

void ht_launch_add_environment(struct ht_launch *launch, const char *words)
{
    add_words(launch, launch->env, words);
}

static void on_signal(int number)
{
    (void)number;
    ht_launch_interrupt = 1;
}

void ht_launch_catch_signals(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    const struct sigaction action = {.sa_handler = on_signal};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct sigaction old;
        sigaction(numbers[i], NULL, &old);
        if (old.sa_handler != SIG_IGN)
            sigaction(numbers[i], &action, NULL);
    }
    signal(SIGPIPE, SIG_IGN);
}

void ht_last_line(const char *text, char *out, int bytes)
{
    const char *end = text + strlen(text);
    while (end > text && strchr("\n\r ", end[-1]))
        end--;
    const char *start = end;
    while (start > text && start[-1] != '\n')
        start--;
    snprintf(out, (size_t)bytes, "%.*s", (int)(end - start), start);
}
