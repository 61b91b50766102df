#include "bench/team.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

#include "base/scratch.h"
#include "bench/state.h"
#include "bench/stop.h"

/* ThreadSanitizer keeps its own 900 KB of a thread on the stack. */
#ifdef __SANITIZE_THREAD__
enum { STACK_BYTES = 2 << 20, STACK_LEAST = STACK_BYTES, SPARE_STACKS = 16 };
#else
enum { STACK_BYTES = 256 << 10, STACK_LEAST = 0, SPARE_STACKS = 16 };
#endif

enum { PAINT = 0xa5, PAGE_BYTES = 4096, GUARD_BYTES = 2 * PAGE_BYTES };

static struct {
    pthread_barrier_t start, done;
    pthread_t thread[HT_THREADS_MAX];
    void *stack[HT_THREADS_MAX];
    size_t stack_bytes, stack_high;
    unsigned first;                        /* the first worker with a thread of its own */
    uint64_t (*phase)(struct ht_worker *); /* NULL: end */
    uint64_t result[HT_THREADS_MAX];
} team;

bool (*ht_mutator_again)(unsigned times);

/* Stacks that are not in use, linked through their first word. */
static struct stack {
    struct stack *next;
} * stacks;
static pthread_mutex_t stacks_lock = PTHREAD_MUTEX_INITIALIZER;

static void put_stack(void *stack)
{
    pthread_mutex_lock(&stacks_lock);
    ((struct stack *)stack)->next = stacks;
    stacks = stack;
    pthread_mutex_unlock(&stacks_lock);
}

static void *take_stack(void)
{
    pthread_mutex_lock(&stacks_lock);
    struct stack *const stack = stacks;
    if (stack)
        stacks = stack->next;
    pthread_mutex_unlock(&stacks_lock);
    if (!stack)
        ht_stop(HT_ERROR, "the workload started more threads than the harness has stacks for");
    return stack;
}

static int try_thread(pthread_t *thread, void *(*body)(void *), void *argument, void *stack)
{
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    int error = pthread_attr_setstack(&attributes, stack, team.stack_bytes);
    if (!error)
        error = pthread_create(thread, &attributes, body, argument);
    pthread_attr_destroy(&attributes);
    return error;
}

static void start_thread(pthread_t *thread, void *(*body)(void *), void *argument, void *stack)
{
    int error = try_thread(thread, body, argument, stack);
    for (unsigned times = 1; error == EAGAIN && ht_mutator_again && ht_mutator_again(times); times++)
        error = try_thread(thread, body, argument, stack);
    if (error)
        ht_stop(HT_ERROR, "can't start a thread: %s", strerror(error));
}

static size_t stack_bytes(const struct ht_job *job)
{
    const size_t asked = job->workload->stack_bytes ? job->workload->stack_bytes(job) : 0;
    return asked > STACK_LEAST ? asked : STACK_BYTES;
}

size_t ht_team_scratch_bytes(const struct ht_job *job)
{
    return (2 * (size_t)job->threads + SPARE_STACKS) * (stack_bytes(job) + GUARD_BYTES) +
           job->threads * sizeof(struct ht_worker);
}

static void *wait_for_phases(void *argument)
{
    struct ht_worker *const w = argument;
    ht_state_thread_start();
    ht_state_attach(w);
    for (;;) {
        ht_state_park(w);
        pthread_barrier_wait(&team.start);
        ht_state_unpark(w);
        if (!team.phase)
            break;
        team.result[w->index] = team.phase(w);
        ht_state_park(w);
        pthread_barrier_wait(&team.done);
        ht_state_unpark(w);
    }
    ht_state_detach(w);
    ht_state_thread_stop();
    return NULL;
}

/* The stack of a worker begins above a page that may not be touched: who overflows it crashes. */
static void *guarded(void *stack)
{
    char *const guard = (char *)(((uintptr_t)stack + PAGE_BYTES - 1) & -(uintptr_t)PAGE_BYTES);
    mprotect(guard, PAGE_BYTES, PROT_NONE);
    return guard + PAGE_BYTES;
}

static void unguard(void *stack)
{
    mprotect((char *)stack - PAGE_BYTES, PAGE_BYTES, PROT_READ | PROT_WRITE);
}

void ht_team_open(struct ht_job *job)
{
    stacks = NULL;
    team.stack_bytes = stack_bytes(job);
    team.stack_high = 0;
    team.first = ht_state_is_collector ? 0 : 1;
    for (unsigned i = 0; i < 2 * job->threads + SPARE_STACKS; i++)
        put_stack(ht_scratch_alloc(team.stack_bytes + GUARD_BYTES));
    if (job->threads == team.first)
        return;
    /* The caller is one more where it is no worker. */
    pthread_barrier_init(&team.start, NULL, job->threads + 1 - team.first);
    pthread_barrier_init(&team.done, NULL, job->threads + 1 - team.first);
    for (unsigned i = team.first; i < job->threads; i++) {
        team.stack[i] = guarded(take_stack());
        memset(team.stack[i], PAINT, team.stack_bytes);
        start_thread(&team.thread[i], wait_for_phases, &job->workers[i], team.stack[i]);
    }
}

uint64_t ht_team_run(struct ht_job *job, uint64_t (*phase)(struct ht_worker *))
{
    if (job->threads == team.first)
        return phase(&job->workers[0]);
    team.phase = phase;
    pthread_barrier_wait(&team.start);
    if (team.first)
        team.result[0] = phase(&job->workers[0]);
    pthread_barrier_wait(&team.done);
    uint64_t sum = 0;
    for (unsigned i = 0; i < job->threads; i++)
        sum += team.result[i];
    return sum;
}

/* Stacks grow downwards: what still has its paint was not used. */
static size_t used_of(const unsigned char *stack)
{
    size_t painted = 0;
    while (painted < team.stack_bytes && stack[painted] == PAINT)
        painted++;
    return team.stack_bytes - painted;
}

void ht_team_close(struct ht_job *job)
{
    if (job->threads == team.first)
        return;
    team.phase = NULL;
    pthread_barrier_wait(&team.start);
    for (unsigned i = team.first; i < job->threads; i++) {
        pthread_join(team.thread[i], NULL);
        unguard(team.stack[i]);
        const size_t used = used_of(team.stack[i]);
        team.stack_high = used > team.stack_high ? used : team.stack_high;
    }
    pthread_barrier_destroy(&team.start);
    pthread_barrier_destroy(&team.done);
}

size_t ht_team_stack_high(void)
{
    return team.stack_high;
}

static void *run_mutator(void *argument)
{
    struct ht_mutator *const mutator = argument;
    ht_state_thread_start();
    mutator->body(mutator->worker);
    ht_state_thread_stop();
    return NULL;
}

void ht_mutator_start(struct ht_mutator *mutator, void (*body)(struct ht_worker *), struct ht_worker *worker)
{
    mutator->body = body;
    mutator->worker = worker;
    mutator->stack = take_stack();
    start_thread(&mutator->thread, run_mutator, mutator, mutator->stack);
}

void ht_mutator_join(struct ht_mutator *mutator)
{
    pthread_join(mutator->thread, NULL);
    put_stack(mutator->stack);
}
