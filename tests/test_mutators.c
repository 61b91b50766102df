/* What every workload for collectors promises (bench/workload.h): it counts its operations, leaves nothing reachable,
 * knows the most that it has live, repeats itself for a seed whatever the collector does, tells of each death once where
 * memory is managed by hand, and notices a byte that is not what was written and a reference that was lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/scratch.h"
#include "bench/mutator.h"
#include "bench/state.h"
#include "bench/suite.h"
#include "tests/mutator_cases.h"

enum { SCRATCH_BYTES = 48 << 20, STOPPED = 3 };

struct recorder recorder;

static struct ht_job job;
static struct ht_worker worker;
static struct ht_probe probe;
static size_t scratch_used;

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

/* One root of the recorder's own stays. */
static uint64_t roots_phase(struct ht_worker *w)
{
    const struct gc_roots *const roots = (const struct gc_roots *)w->mutator;
    return (uint64_t)(roots->top - roots->base) - 1;
}

static uint64_t held_phase(struct ht_worker *w)
{
    return ht_state_leak(w).objects;
}

static void set_job(const struct ht_workload *workload, const char *params, uint64_t seed)
{
    char why[256];
    job = (struct ht_job){.workload = workload, .threads = 1, .seed = seed, .workers = &worker};
    if (ht_suite_set_params(&job, params, why))
        fail_msg("%s", why);
    worker = (struct ht_worker){.job = &job, .rng = ht_rng_open(seed, 1), .probe = &probe};
}

/* `heap` is a multiple of what is live; tables need something, too. */
static void start(const struct ht_workload *workload, const char *params, uint64_t seed, double heap)
{
    set_job(workload, params, seed);
    job.heap_bytes = (uint64_t)(heap * (double)workload->live_bytes(&job)) + (1 << 20);
    job.verify = workload == ht_suite_probed((size_t)ht_suite_find(workload->name, 0));
    const struct ht_state_options options = {.variant = ""};
    assert_int_equal(ht_state_open(&job, &options), 0);
    ht_state_enter(&job);
    ht_team_open(&job);
    const size_t before = ht_scratch_mark();
    if (workload->open)
        workload->open(&job);
    ht_team_run(&job, setup_phase);
    scratch_used = ht_scratch_mark() - before;
}

static void run(int iterations)
{
    for (int i = 0; i < iterations; i++)
        ht_team_run(&job, run_phase);
}

static void teardown(void)
{
    ht_team_run(&job, teardown_phase);
    if (job.workload->close)
        job.workload->close(&job);
}

static void stop(void)
{
    ht_team_close(&job);
    ht_state_close();
    ht_scratch_release(0);
}

static void life(const struct ht_workload *workload, const char *params, uint64_t seed, double heap)
{
    start(workload, params, seed, heap);
    run(2);
    teardown();
    stop();
}

static const struct ht_workload *plain(const char *name)
{
    return ht_suite_plain((size_t)ht_suite_find(name, 0));
}

static const struct ht_workload *probed(const char *name)
{
    return ht_suite_probed((size_t)ht_suite_find(name, 0));
}

/* What it needs for these parameters. */
static uint32_t needs(const struct mutator_case *c)
{
    struct ht_job other = {.workload = plain(c->name), .threads = 1};
    char why[256];
    assert_int_equal(ht_suite_set_params(&other, c->params, why), 0);
    return other.workload->needs_more ? other.workload->needs_more(&other) : 0;
}

static bool has_finalizers(const struct mutator_case *c)
{
    return needs(c) & GC_CAP_FINALIZER;
}

static uint64_t calls(void)
{
    return recorder.allocs + recorder.loads + recorder.stores;
}

/* A finalizer's operations come when the collector wants. */
static void test_counts(void **state)
{
    (void)state;
    for (const struct mutator_case *c = mutator_cases; c->name; c++) {
        print_message("%s %s\n", c->name, c->params);
        start(plain(c->name), c->params, 1, 4);
        for (int i = 0; i < 3; i++) {
            const uint64_t before = calls(), ops = ht_team_run(&job, run_phase);
            if (!has_finalizers(c))
                assert_int_equal(calls() - before, ops);
            assert_true(ops > 0);
        }
        teardown();
        stop();
    }
}

static void test_leaves_nothing(void **state)
{
    (void)state;
    for (const struct mutator_case *c = mutator_cases; c->name; c++) {
        print_message("%s %s\n", c->name, c->params);
        start(plain(c->name), c->params, 1, 4);
        run(3);
        teardown();
        assert_int_equal(ht_team_run(&job, roots_phase), 0);
        assert_int_equal(ht_team_run(&job, held_phase), 0);
        stop();
    }
}

/* Within what it announced, and what the cell adds to that (bench/cell.c). */
static void test_scratch_suffices(void **state)
{
    (void)state;
    for (const struct mutator_case *c = mutator_cases; c->name; c++) {
        start(plain(c->name), c->params, 1, 4);
        const size_t own = job.workload->scratch_bytes ? job.workload->scratch_bytes(&job) : 0;
        if (scratch_used > own + own / 16 + 1024)
            fail_msg("%s %s takes %zu bytes of scratch, said %zu", c->name, c->params, scratch_used, own);
        teardown();
        stop();
    }
}

/* What is live is counted every 1/128 of it that is allocated: the most that is ever seen is at most what the workload
 * says, and not much less. */
static void test_live_bytes(void **state)
{
    (void)state;
    for (const struct mutator_case *c = mutator_cases; c->name; c++) {
        set_job(plain(c->name), c->params, 1);
        const uint64_t live = job.workload->live_bytes(&job);
        recorder = (struct recorder){.every = live / 128 + 1};
        life(job.workload, c->params, 1, 4);
        if (recorder.most_live > live || recorder.most_live * 11 / 10 < live)
            fail_msg("%s %s says that %lu bytes are live, %lu are", c->name, c->params, (unsigned long)live,
                     (unsigned long)recorder.most_live);
        recorder = (struct recorder){0};
    }
}

/* With the canonical parameters it lives in little more than twice of what it says, in two halves; gcbench, for a second,
 * with a sixteenth of its trees. */
static void test_defaults(void **state)
{
    (void)state;
    for (size_t i = 0; i < ht_suite_count(); i++) {
        const struct ht_workload *const w = ht_suite_plain(i);
        print_message("%s\n", w->name);
        start(w, strcmp(w->name, "gcbench") ? "" : "stretch-depth=14", 1, 2.5);
        run(1);
        teardown();
        assert_int_equal(ht_team_run(&job, held_phase), 0);
        stop();
    }
}

static uint64_t stream_of(const struct mutator_case *c, uint64_t seed, double heap)
{
    recorder = (struct recorder){0};
    life(plain(c->name), c->params, seed, heap);
    return recorder.stream;
}

/* Whatever the collector does meanwhile. */
static void test_repeats_for_a_seed(void **state)
{
    (void)state;
    for (const struct mutator_case *c = mutator_cases; c->name; c++)
        if (!has_finalizers(c)) {
            print_message("%s %s\n", c->name, c->params);
            assert_true(stream_of(c, 7, 2.5) == stream_of(c, 7, 6));
        }
    const struct mutator_case lru = {.name = "lru", .params = "entries=1000"};
    assert_true(stream_of(&lru, 7, 3) != stream_of(&lru, 8, 3));
}

/* Where it is told of deaths: of each once, of nothing that is used later, and with the same work but for loads. */
static void test_by_hand(void **state)
{
    (void)state;
    for (const struct mutator_case *c = mutator_cases; c->name; c++) {
        if (needs(c))
            continue;
        print_message("%s %s\n", c->name, c->params);
        recorder = (struct recorder){.by_hand = true};
        start(plain(c->name), c->params, 1, 4);
        run(3);
        teardown();
        stop();
        assert_int_equal(recorder.misuses, 0);
        assert_int_equal(recorder.frees, recorder.allocs);
    }
    recorder = (struct recorder){0};
}

/* ---- what a workload must notice ----------------------------------------------------------------------------- */

/* Ends STOPPED when the workload noticed, 0 when it did not, and 1 when nothing was broken. */
_Noreturn static void run_broken(const struct mutator_case *c, struct recorder broken)
{
    fclose(stderr);
    close(STDERR_FILENO);
    recorder = broken;
    life(probed(c->name), c->params, 1, 4);
    _exit(recorder.did_break ? 0 : 1);
}

static int end_of_broken(const struct mutator_case *c, struct recorder broken)
{
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        run_broken(c, broken);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

enum { BREAKS = 12 };

/* At each of some places that are spread over the run. */
static void assert_notices(const struct mutator_case *c, const char *what, bool loses)
{
    struct ht_rng rng = ht_rng_open(5, loses);
    for (int i = 0; i < BREAKS; i++) {
        const uint64_t at = 1 + (ht_rng_next(&rng) >> (64 - 4 - i)), seed = ht_rng_next(&rng);
        const struct recorder broken = {.spoil = loses ? 0 : at, .lose = loses ? at : 0, .seed = seed};
        const int end = end_of_broken(c, broken);
        if (end != STOPPED && end != 1)
            fail_msg("%s %s does not notice %s (number %lu, seed %lu): ends %d", c->name, c->params, what,
                     (unsigned long)at, (unsigned long)seed, end);
    }
}

static void test_notices_a_byte(void **state)
{
    (void)state;
    for (const struct mutator_case *c = mutator_cases; c->name; c++)
        if (!(c->traits & BLIND_TO_BYTES)) {
            print_message("%s %s\n", c->name, c->params);
            assert_notices(c, "a spoilt byte", false);
        }
}

static void test_notices_a_lost_reference(void **state)
{
    (void)state;
    for (const struct mutator_case *c = mutator_cases; c->name; c++)
        if (!(c->traits & BLIND_TO_LOSS)) {
            print_message("%s %s\n", c->name, c->params);
            assert_notices(c, "a lost reference", true);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_leaves_nothing),
        cmocka_unit_test(test_scratch_suffices),
        cmocka_unit_test(test_live_bytes),
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_repeats_for_a_seed),
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_notices_a_byte),
        cmocka_unit_test(test_notices_a_lost_reference),
    };
    if (ht_scratch_open(SCRATCH_BYTES))
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
