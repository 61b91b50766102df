#include "allocators/planted.h"

#include <errno.h>
#include <string.h>

#include "allocators/variant.h"
#include "base/clock.h"

enum {
    LOOK_NS = 200000, /* of CPU time between two looks: a look takes 0.2 % of it, and 10 ms have fifty */
    BURN_ROUNDS = 1500,
    LOOK_FIRST = 256, /* operations, before it is known how long they take */
    LOOK_RARELY = 1 << 16,
    PERCENT_MAX = 1000,
    PAUSE_MAX_US = 1000000,
};

struct planted ht_planted = {.lock = PTHREAD_MUTEX_INITIALIZER};
_Thread_local struct planted_thread ht_planted_thread;

/* Countdown to every `n`th operation. */
static uint64_t every(uint64_t n)
{
    return n ? n : UINT64_MAX;
}

static void before_fork(void)
{
    pthread_mutex_lock(&ht_planted.lock);
}

static void after_fork(void)
{
    pthread_mutex_unlock(&ht_planted.lock);
}

/* Once in a process: a child finds the heap whole. */
static int hold_across_fork(void)
{
    static bool holds;
    const int error = holds ? 0 : -pthread_atfork(before_fork, after_fork, after_fork);
    holds = !error;
    return error;
}

static void set_options(const char *variant)
{
    ht_planted.slower = ht_variant(variant, "slower", UINT64_MAX);
    ht_planted.looks = ht_planted.slower != UINT64_MAX;
    ht_planted.extra = ht_variant(variant, "extra", 0);
    ht_planted.leak = ht_variant(variant, "leak", 0);
    ht_planted.peak = ht_variant(variant, "peak", 0);
    ht_planted.pause = ht_variant(variant, "pause", 0);
    ht_planted.crash = ht_variant(variant, "crash", 0);
    ht_planted.until_extra = every(ht_planted.extra);
    ht_planted.until_leak = every(ht_planted.leak);
    ht_planted.padding_owed = 0;
}

static bool is_wrong(const char *variant)
{
    return !ht_variant_is_known(variant, HEAP_OPTIONS) ||
           (ht_planted.looks && ht_planted.slower > PERCENT_MAX) || ht_planted.peak > PERCENT_MAX ||
           ht_planted.pause > PAUSE_MAX_US;
}

int ht_planted_open(struct ht_heap *heap, const struct ht_heap_options *options)
{
    const char *const variant = options->variant ? options->variant : "";
    set_options(variant);
    if (is_wrong(variant))
        return -EINVAL;
    ht_planted.is_shared = options->threads > 1;
    ht_planted_thread_start();
    const int error = ht_planted.is_shared ? hold_across_fork() : 0;
    return error ? error : ht_tlsf_open(heap);
}

void ht_planted_thread_start(void)
{
    ht_planted_thread = (struct planted_thread){
        .look_every = LOOK_FIRST,
        .until_look = ht_planted.looks ? LOOK_FIRST : UINT64_MAX,
        .until_pause = ht_planted.pause ? PLANTED_PAUSE_EVERY : UINT64_MAX,
    };
}

const char *ht_planted_open_error(int error)
{
    return error == -EINVAL
               ? "options of planted: slower, peak (percent, at most 1000), extra, leak (every Nth), pause "
                 "(microseconds, at most 1000000), crash"
               : strerror(-error);
}

static uint64_t used_ns(void)
{
    return ht_clock_read(CLOCK_THREAD_CPUTIME_ID);
}

/* Works until the thread has used so much. Returns what it has. It stays in a register between two looks at the clock,
 * about 1 us: a system call leaves less of the caches to the workload. */
static uint64_t burn_until(uint64_t ns)
{
    uint64_t now = used_ns();
    for (; now < ns; now = used_ns())
        for (int i = 0; i < BURN_ROUNDS; i++)
            __asm__ volatile("" : "+r"(i));
    return now;
}

/* The next look is in LOOK_NS when operations take as long as since the last one, `used` ago. */
static void set_next_look(struct planted_thread *t, uint64_t used)
{
    uint64_t n = t->look_every * LOOK_NS / (used | 1);
    if (n > 2 * t->look_every)
        n = 2 * t->look_every;
    t->look_every = n < 1 ? 1 : n > LOOK_RARELY ? LOOK_RARELY : n;
}

/* What is burnt beyond what is owed is owed less the next time: the steps of the clock do not add up. */
void ht_planted_look(void)
{
    struct planted_thread *const t = &ht_planted_thread;
    const uint64_t now = used_ns(), used = now - t->looked_ns;
    if (t->looked_ns) {
        set_next_look(t, used);
        t->owed_ns += (int64_t)(used * ht_planted.slower / 100);
    }
    t->looked_ns = now;
    if (t->owed_ns > 0) {
        t->looked_ns = burn_until(now + (uint64_t)t->owed_ns);
        t->owed_ns -= (int64_t)(t->looked_ns - now);
    }
    t->until_look = t->look_every;
}

void ht_planted_pause(void)
{
    burn_until(used_ns() + ht_planted.pause * 1000);
    ht_planted_thread.until_pause = PLANTED_PAUSE_EVERY;
}

void *ht_planted_out_of_memory(void *p)
{
    if (ht_planted.crash)
        *(volatile char *)p = 0;
    return NULL;
}
