/* shared-segment: messages passed to another process by copy and by shared memory. Each worker has a partner, a
 * forked child, that adds up a message and answers with the sum.
 *
 *     shared 0   the message is an object of the heap, goes through a pipe, and is copied into an object of the
 *                child's heap, which is a fork of this one
 *     shared 1   the message is written where the child reads it: a segment that both have mapped
 *
 * An operation is a message made or let go, by whichever way, so that the two compare. The child is not in any
 * figure but the wall time. It dies with the cell: by the end of its pipe, or by the signal that its parent's
 * death sends. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/scratch.h"
#include "bench/subject.h"

enum { BYTES, MESSAGES, SHARED };

enum { EXIT_OOM = 3 };

/* A worker's end of the connection to its partner. */
struct partner {
    pid_t pid;
    int to, from;      /* pipes */
    uint64_t *segment; /* NULL: by copy */
};

struct state {
    void (*old_sigpipe)(int);
    struct partner partner[];
};

static size_t words_of(const struct ht_job *j)
{
    return j->value[BYTES] / sizeof(uint64_t);
}

static size_t max_bytes(const struct ht_job *j)
{
    return words_of(j) * sizeof(uint64_t);
}

static uint32_t needs_more(const struct ht_job *j)
{
    return j->value[SHARED] ? 0 : HT_CAP_FREE | HT_CAP_FORK;
}

static size_t scratch_bytes(const struct ht_job *j)
{
    return sizeof(struct state) + j->threads * sizeof(struct partner) + 64;
}

/* Both return false at the end of the pipe, or when it failed. */
static bool write_all(int fd, const void *data, size_t bytes)
{
    for (const char *p = data; bytes;) {
        const ssize_t n = write(fd, p, bytes);
        if (n <= 0 && errno != EINTR)
            return false;
        p += n > 0 ? n : 0;
        bytes -= n > 0 ? (size_t)n : 0;
    }
    return true;
}

static bool read_all(int fd, void *data, size_t bytes)
{
    for (char *p = data; bytes;) {
        const ssize_t n = read(fd, p, bytes);
        if (n == 0 || (n < 0 && errno != EINTR))
            return false;
        p += n > 0 ? n : 0;
        bytes -= n > 0 ? (size_t)n : 0;
    }
    return true;
}

/* ---- the child ---------------------------------------------------------------------------------------- */

static uint64_t sum_of(const uint64_t *message, size_t words)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < words; i++)
        sum += message[i];
    return sum;
}

static bool answer_copies(int from, int to, size_t words)
{
    const size_t bytes = words * sizeof(uint64_t);
    uint64_t *const message = heap_alloc(&ht_heap, bytes, HT_MIN_ALIGNMENT);
    if (!message)
        _exit(EXIT_OOM);
    const bool whole = read_all(from, message, bytes);
    const uint64_t sum = whole ? sum_of(message, words) : 0;
    heap_free(&ht_heap, message, bytes);
    return whole && write_all(to, &sum, sizeof sum);
}

static bool answer_shared(int from, int to, const uint64_t *segment, size_t words)
{
    uint64_t ready;
    if (!read_all(from, &ready, sizeof ready))
        return false;
    const uint64_t sum = sum_of(segment, words);
    return write_all(to, &sum, sizeof sum);
}

/* Keeps nothing of the cell open but its own ends of the pipes, so that nobody waits for it. */
static _Noreturn void be_partner(const uint64_t *segment, size_t words, int from, int to, pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(0);
    if (dup2(from, STDIN_FILENO) < 0 || dup2(to, STDOUT_FILENO) < 0)
        _exit(1);
    close_range(STDERR_FILENO, ~0u, 0);
    if (segment)
        while (answer_shared(STDIN_FILENO, STDOUT_FILENO, segment, words))
            ;
    else
        while (answer_copies(STDIN_FILENO, STDOUT_FILENO, words))
            ;
    _exit(0);
}

/* ---- the cell ----------------------------------------------------------------------------------------- */

static uint64_t *map_segment(size_t bytes)
{
    void *const p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        ht_stop(HT_ERROR, "mmap of a shared segment of %zu bytes: %s", bytes, strerror(errno));
    return p;
}

static struct partner start_partner(const struct ht_job *j)
{
    struct partner partner = {.segment = j->value[SHARED] ? map_segment(max_bytes(j)) : NULL};
    const pid_t self = getpid();
    int down[2], up[2];
    if (pipe2(down, O_CLOEXEC) || pipe2(up, O_CLOEXEC) || (partner.pid = fork()) < 0)
        ht_stop(HT_ERROR, "no partner process: %s", strerror(errno));
    if (partner.pid == 0)
        be_partner(partner.segment, words_of(j), down[0], up[1], self);
    close(down[0]);
    close(up[1]);
    partner.to = down[1];
    partner.from = up[0];
    return partner;
}

static void open_partners(struct ht_job *j)
{
    struct state *const s = j->state = ht_scratch_alloc(scratch_bytes(j) - 64);
    s->old_sigpipe = signal(SIGPIPE, SIG_IGN);
    for (unsigned i = 0; i < j->threads; i++)
        s->partner[i] = start_partner(j);
}

/* The partner is gone: ends the cell with what became of it. */
static _Noreturn __attribute__((cold)) void stop_lost(const struct partner *partner, size_t bytes)
{
    int status = 0;
    waitpid(partner->pid, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_OOM)
        ht_stop_oom(bytes);
    if (WIFSIGNALED(status))
        ht_stop(HT_CRASH, "the forked child was killed by signal %d", WTERMSIG(status));
    ht_stop(HT_ERROR, "the forked child ended");
}

/* Writes a message; returns its sum. */
static inline uint64_t compose(struct ht_rng *rng, uint64_t *message, size_t words)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < words; i++)
        sum += message[i] = ht_rng_next(rng);
    return sum;
}

static void await_sum(const struct partner *partner, uint64_t expected, size_t bytes)
{
    uint64_t sum;
    if (!read_all(partner->from, &sum, sizeof sum))
        stop_lost(partner, bytes);
    if (sum != expected)
        ht_stop(HT_CORRUPT, "the message adds up to %#lx, not %#lx", (unsigned long)sum,
                (unsigned long)expected);
}

static inline void send_copy(struct ht_worker *w, const struct partner *partner, size_t words)
{
    const size_t bytes = words * sizeof(uint64_t);
    uint64_t *const message = ht_alloc(w, bytes);
    const uint64_t sum = compose(&w->rng, message, words);
    if (!write_all(partner->to, message, bytes))
        stop_lost(partner, bytes);
    await_sum(partner, sum, bytes);
    ht_free(w, message, bytes);
}

static inline void send_shared(struct ht_worker *w, const struct partner *partner, size_t words)
{
    const uint64_t ready = 1, sum = compose(&w->rng, partner->segment, words);
    if (!write_all(partner->to, &ready, sizeof ready))
        stop_lost(partner, sizeof ready);
    await_sum(partner, sum, words * sizeof(uint64_t));
}

static uint64_t run(struct ht_worker *w)
{
    const struct state *const s = w->job->state;
    const struct partner *const partner = &s->partner[w->index];
    const uint64_t messages = w->job->value[MESSAGES];
    const size_t words = words_of(w->job);
    for (uint64_t i = 0; i < messages; i++)
        if (partner->segment)
            send_shared(w, partner, words);
        else
            send_copy(w, partner, words);
    return 2 * messages;
}

static void close_partners(struct ht_job *j)
{
    const struct state *const s = j->state;
    for (unsigned i = 0; i < j->threads; i++) {
        close(s->partner[i].to);
        close(s->partner[i].from);
        waitpid(s->partner[i].pid, NULL, 0);
        if (s->partner[i].segment)
            munmap(s->partner[i].segment, max_bytes(j));
    }
    signal(SIGPIPE, s->old_sigpipe);
}

HT_WORKLOAD(shared_segment) = {
    .name = "shared-segment",
    .summary = "messages passed to a forked child by copy, or in shared memory",
    .source = "heaptrial: pipes against System V and POSIX shared memory",
    .params =
        {
            [BYTES] = {"bytes", 64 << 10, 8, 1 << 26, "bytes a message; rounded down to a multiple of 8"},
            [MESSAGES] = {"messages", 32, 1, 1 << 20, "messages an iteration, in each thread"},
            [SHARED] = {"shared", 0, 0, 1, "0 by copy through a pipe, 1 in a shared segment"},
        },
    .needs_more = needs_more,
    .max_bytes = max_bytes,
    .scratch_bytes = scratch_bytes,
    .open = open_partners,
    .run = run,
    .close = close_partners,
};
