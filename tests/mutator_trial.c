/* Every workload for collectors on the collector that this is built for, as build/tests/mutators-<collector>: its own
 * checks hold, every byte in verify mode; the heap is whole after it; and nothing stays where that can be told. With
 * several mutators where the collector takes them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/scratch.h"
#include "bench/mutator.h"
#include "bench/state.h"
#include "bench/suite.h"
#include "tests/mutator_cases.h"

/* Mutators that really run at once (in verify mode they take turns) have many runs to meet. */
enum { SCRATCH_BYTES = 96 << 20, HEAP_MIB = 2, THREADS = 3, RUNS = 3, MANY_RUNS = 20 };

static struct ht_job job;
static struct ht_worker workers[THREADS];
static struct ht_probe probes[THREADS];

static uint64_t setup_phase(struct ht_worker *w)
{
    if (w->job->workload->setup)
        w->job->workload->setup(w);
    return 0;
}

static uint64_t run_phase(struct ht_worker *w)
{
    return w->job->workload->run(w);
}

static uint64_t teardown_phase(struct ht_worker *w)
{
    if (w->job->workload->teardown)
        w->job->workload->teardown(w);
    return 0;
}

static uint64_t held_phase(struct ht_worker *w)
{
    return w->index ? 0 : ht_state_leak(w).objects;
}

/* What was dropped is found, and can be counted. */
static bool counts(const struct mutator_case *c)
{
    const uint32_t can = GC_CAP_WALK | (c->traits & CYCLIC ? GC_CAP_CYCLES : 0);
    return ht_can(can | GC_CAP_EXPLICIT) || ht_can(can | GC_CAP_RECLAIM | GC_CAP_EXACT);
}

static void set_job(const struct ht_workload *workload, const struct mutator_case *c, unsigned threads)
{
    char why[256];
    job = (struct ht_job){.workload = workload, .threads = threads, .seed = 1, .workers = workers};
    assert_int_equal(ht_suite_set_params(&job, c->params, why), 0);
    /* In a small heap blocks that are each mutator's own are a large part. */
    job.heap_bytes = 4 * workload->live_bytes(&job) + ((uint64_t)HEAP_MIB * threads * threads << 20);
    job.verify = workload != ht_suite_plain((size_t)ht_suite_find(c->name, 0));
    for (unsigned i = 0; i < threads; i++)
        workers[i] =
            (struct ht_worker){.job = &job, .index = i, .rng = ht_rng_open(1, i + 1), .probe = &probes[i]};
}

static const char *missing(void)
{
    const struct ht_workload *const w = job.workload;
    return ht_state_missing(w->needs | (w->needs_more ? w->needs_more(&job) : 0), job.threads);
}

static void live(const struct mutator_case *c)
{
    char why[160] = "";
    ht_team_open(&job);
    if (job.workload->open)
        job.workload->open(&job);
    ht_team_run(&job, setup_phase);
    const int runs = job.threads > 1 && !job.verify ? MANY_RUNS : RUNS;
    for (int i = 0; i < runs; i++)
        assert_true(ht_team_run(&job, run_phase) > 0);
    ht_team_run(&job, teardown_phase);
    if (job.workload->close)
        job.workload->close(&job);
    const uint64_t held = ht_team_run(&job, held_phase);
    if (counts(c))
        assert_int_equal(held, 0);
    if (ht_state_check(why))
        fail_msg("%s", why);
    ht_team_close(&job);
}

static void try_cases(bool probed, unsigned threads)
{
    for (const struct mutator_case *c = mutator_cases; c->name; c++) {
        const size_t index = (size_t)ht_suite_find(c->name, 0);
        const struct ht_state_options options = {.variant = ""};
        set_job(probed ? ht_suite_probed(index) : ht_suite_plain(index), c, threads);
        assert_int_equal(ht_state_open(&job, &options), 0);
        ht_state_enter(&job);
        print_message("%s %s%s%s\n", c->name, c->params, missing() ? ": " : "", missing() ? missing() : "");
        if (!missing())
            live(c);
        ht_state_close();
        ht_scratch_release(0);
    }
}

static void test_plain(void **state)
{
    (void)state;
    try_cases(false, 1);
}

static void test_verified(void **state)
{
    (void)state;
    try_cases(true, 1);
}

static void test_threads(void **state)
{
    (void)state;
    if (!ht_can(GC_CAP_THREADS))
        skip();
    try_cases(false, THREADS);
    try_cases(true, THREADS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_verified),
        cmocka_unit_test(test_threads),
    };
    if (ht_scratch_open(SCRATCH_BYTES))
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
