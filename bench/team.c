#include "bench/team.h"

#include <stdatomic.h>
#include <string.h>

#include "base/scratch.h"
#include "bench/heap_state.h"
#include "bench/stop.h"

/* ThreadSanitizer keeps its own 900 KB of a thread on the stack. */
#ifdef __SANITIZE_THREAD__
enum { STACK_BYTES = 2 << 20, SPARE_STACKS = 16 };
#else
enum { STACK_BYTES = 256 << 10, SPARE_STACKS = 16 };
#endif

static struct {
    pthread_barrier_t start, done;
    pthread_t thread[HT_THREADS_MAX];
    uint64_t (*phase)(struct ht_worker *); /* NULL: end */
    uint64_t result[HT_THREADS_MAX];
} team;

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

static void start_thread(pthread_t *thread, void *(*body)(void *), void *argument, void *stack)
{
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    int error = pthread_attr_setstack(&attributes, stack, STACK_BYTES);
    if (!error)
        error = pthread_create(thread, &attributes, body, argument);
    pthread_attr_destroy(&attributes);
    if (error)
        ht_stop(HT_ERROR, "can't start a thread: %s", strerror(error));
}

size_t ht_team_scratch_bytes(unsigned threads)
{
    return (2 * (size_t)threads + SPARE_STACKS) * STACK_BYTES + threads * sizeof(struct ht_worker);
}

static void *wait_for_phases(void *argument)
{
    struct ht_worker *const w = argument;
    ht_state_thread_start();
    for (;;) {
        pthread_barrier_wait(&team.start);
        if (!team.phase)
            break;
        team.result[w->index] = team.phase(w);
        pthread_barrier_wait(&team.done);
    }
    ht_state_thread_stop();
    return NULL;
}

void ht_team_open(struct ht_job *job)
{
    stacks = NULL;
    for (unsigned i = 0; i < 2 * job->threads + SPARE_STACKS; i++)
        put_stack(ht_scratch_alloc(STACK_BYTES));
    if (job->threads == 1)
        return;
    pthread_barrier_init(&team.start, NULL, job->threads);
    pthread_barrier_init(&team.done, NULL, job->threads);
    for (unsigned i = 1; i < job->threads; i++)
        start_thread(&team.thread[i], wait_for_phases, &job->workers[i], take_stack());
}

uint64_t ht_team_run(struct ht_job *job, uint64_t (*phase)(struct ht_worker *))
{
    if (job->threads == 1)
        return phase(&job->workers[0]);
    team.phase = phase;
    pthread_barrier_wait(&team.start);
    uint64_t sum = phase(&job->workers[0]);
    pthread_barrier_wait(&team.done);
    for (unsigned i = 1; i < job->threads; i++)
        sum += team.result[i];
    return sum;
}

void ht_team_close(struct ht_job *job)
{
    if (job->threads == 1)
        return;
    team.phase = NULL;
    pthread_barrier_wait(&team.start);
    for (unsigned i = 1; i < job->threads; i++)
        pthread_join(team.thread[i], NULL);
    pthread_barrier_destroy(&team.start);
    pthread_barrier_destroy(&team.done);
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
