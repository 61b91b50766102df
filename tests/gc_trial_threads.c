/* Several mutators: each has a random graph of its own, and all read one that is shared. */
#include <pthread.h>
#include <stdio.h>

#include "tests/gc_trial.h"

enum { THREADS = 4, SHARED = 500 };

static struct worker {
    struct gc_mutator mutator;
    pthread_t thread;
    unsigned index;
    const struct gc_root *shared; /* a root of the mutator that waits */
    char wrong[200];
} workers[THREADS];

static const char *read_shared(struct gc_mutator *who, const struct gc_root *shared)
{
    struct gc_root *const r = gc_push(who, 2);
    gc_move(who, &r[0], shared);
    const char *wrong = NULL;
    for (uint32_t i = 0; i < SHARED && !wrong; i++) {
        gc_load(who, &r[1], &r[0], i);
        uint64_t number = 0;
        if (!gc_is_empty(&r[1]))
            memcpy(&number, gc_data(who, &r[1]), sizeof number);
        if (number != i + 1)
            wrong = "an object that all mutators share is another one";
    }
    gc_pop(who, 2);
    return wrong;
}

static void *work(void *argument)
{
    struct worker *const w = argument;
    if (gc_attach(&heap, &w->mutator)) {
        snprintf(w->wrong, sizeof w->wrong, "gc_attach failed");
        return NULL;
    }
    const char *wrong = NULL;
    for (int i = 0; i < 10 && !wrong; i++) {
        wrong = trial_graph(&w->mutator, w->index + 1, 6000, false);
        wrong = wrong ? wrong : read_shared(&w->mutator, w->shared);
    }
    if (wrong)
        snprintf(w->wrong, sizeof w->wrong, "%s", wrong);
    gc_detach(&w->mutator);
    return NULL;
}

void test_threads(void **state)
{
    if (!trial_can(GC_CAP_THREADS))
        skip();
    trial_teardown(state);
    trial_options.threads = THREADS + 1;
    assert_int_equal(trial_open(32 * MIB), 0);
    struct gc_root *const r = gc_push(m, 2);
    trial_need(&r[0], GC_PLAIN, SHARED, 8, 0);
    for (uint32_t i = 0; i < SHARED; i++) {
        trial_need(&r[1], GC_PLAIN, 1, 8, i + 1);
        gc_store(m, &r[0], i, &r[1]);
    }
    gc_park(m);
    for (unsigned i = 0; i < THREADS; i++) {
        memset(&workers[i], 0, sizeof workers[i]);
        workers[i].index = i;
        workers[i].shared = &r[0];
        assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    }
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(workers[i].thread, NULL);
    gc_unpark(m);
    trial_options.threads = 1;
    for (unsigned i = 0; i < THREADS; i++)
        if (workers[i].wrong[0])
            fail_msg("mutator %u: %s", i, workers[i].wrong);
    assert_null(read_shared(m, &r[0]));
    gc_pop(m, 2);
    gc_collect(m, GC_FULL);
    trial_assert_whole();
    if (trial_counts())
        assert_int_equal(trial_count_objects(), 0);
}
