/* What every workload promises (bench/workload.h): it counts its operations, frees all that it took, asks for
 * nothing larger than it said, repeats itself for a seed, and notices an object that was spoilt. And for the
 * canonical ones: sizes and picks are distributed as their authors say. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/scratch.h"
#include "bench/subject.h"
#include "bench/suite.h"

#include "bench/workloads/slot.h"

/* Its own functions, to see the slots that it picks. */
#undef HT_WORKLOAD
#define HT_WORKLOAD(id) const struct ht_workload test_##id
extern const struct ht_workload test_alloc_test;
#include "bench/workloads/alloc_test.c"

enum { SCRATCH_BYTES = 256 << 20, STOPPED = 3 };

_Thread_local unsigned char *recorder_newest;

static struct ht_job job;
static size_t scratch_used;

static uint64_t each(struct ht_worker *w, void (*phase)(struct ht_worker *))
{
    if (phase)
        phase(w);
    return 0;
}

static uint64_t setup_phase(struct ht_worker *w)
{
    return each(w, w->job->workload->setup);
}

static uint64_t run_phase(struct ht_worker *w)
{
    return w->job->workload->run(w);
}

static uint64_t teardown_phase(struct ht_worker *w)
{
    return each(w, w->job->workload->teardown);
}

static void start(const char *name, const char *params, unsigned threads, uint64_t seed)
{
    static struct ht_worker workers[HT_THREADS_MAX];
    memset(&ht_heap, 0, sizeof ht_heap);
    ht_heap.ordered = threads == 1;
    job = (struct ht_job){.threads = threads, .seed = seed, .workers = workers};
    job.workload = ht_suite_plain((size_t)ht_suite_find(name, 0));
    char why[256];
    assert_int_equal(ht_suite_set_params(&job, params, why), 0);
    for (unsigned i = 0; i < threads; i++)
        workers[i] = (struct ht_worker){.job = &job, .index = i, .rng = ht_rng_open(seed, i + 1)};
    ht_team_open(&job);
    const size_t before = ht_scratch_mark();
    if (job.workload->open)
        job.workload->open(&job);
    ht_team_run(&job, setup_phase);
    scratch_used = ht_scratch_mark() - before;
}

static void stop(void)
{
    ht_team_run(&job, teardown_phase);
    if (job.workload->close)
        job.workload->close(&job);
    ht_team_close(&job);
    ht_scratch_release(0);
}

static uint64_t calls(void)
{
    return ht_heap.allocs + ht_heap.frees - ht_heap.resizes;
}

/* Parameters that make a test of the slow ones short. */
static const char *short_params(const char *name)
{
    static const char *const table[][2] = {
        {"larson", "rounds=2"},
        {"sh8bench", "slots=64k"},
        {"cache-scratch", "writes=100"},
        {"malloc-large", "max-kib=6k"},
        {"cache-thrash", "writes=100"},
        {"rbstress", "retained=20000"},
        {"mleak", "swaps=200 slots=10"},
        {"boxed-lists", "count=20000"},
        {"compact-arrays", "count=100000"},
        {"drain", "peak-bytes=1024k"},
        {"robson", "live-bytes=256k"},
        {"fragment-sawtooth", "tooth-bytes=256k"},
        {"hoard-worst", "objects=2000"},
        {"chunked-stream", "records=4000"},
        {"fragment-shift", "live-bytes=256k"},
        {"shared-segment", "messages=4"},
        {"calloc-zero", "large-bytes=4096"},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (!strcmp(table[i][0], name))
            return table[i][1];
    return "";
}

static unsigned least_threads(const struct ht_workload *w)
{
    return w->min_threads > 1 ? w->min_threads : 1;
}

static void test_counts_and_frees(void **state)
{
    (void)state;
    for (size_t i = 0; i < ht_suite_count(); i++) {
        const struct ht_workload *const w = ht_suite_plain(i);
        for (unsigned threads = least_threads(w); threads <= 3; threads++) {
            print_message("%s, %u threads\n", w->name, threads);
            start(w->name, short_params(w->name), threads, 1);
            const uint64_t before = calls();
            uint64_t ops = 0;
            for (int n = 0; n < 3; n++)
                ops += ht_team_run(&job, run_phase);
            assert_int_equal(calls() - before, ops);
            stop();
            assert_int_equal(ht_heap.live_bytes, 0);
            assert_int_equal(ht_heap.allocs, ht_heap.frees);
            assert_int_equal(ht_heap.wrong_frees, 0);
            assert_true(ht_heap.largest <= w->max_bytes(&job));
        }
    }
}

/* The other shapes of those that have several: each frees what it takes, and does as much each time. */
static void test_every_shape(void **state)
{
    (void)state;
    static const char *const shapes[][2] = {
        {"compact-arrays", "count=10000 layout=1"},
        {"compact-arrays", "count=10000 layout=2"},
        {"boxed-lists", "count=10000 layout=1"},
        {"boxed-lists", "count=10000 layout=2"},
        {"object-reuse", "reuse=1"},
        {"chunked-stream", "records=4000 chunk=7"},
        {"hoard-worst", "objects=2000 ring=0"},
        {"shared-segment", "messages=4 shared=1"},
    };
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
        for (unsigned threads = 2; threads <= 3; threads++) {
            print_message("%s %s, %u threads\n", shapes[i][0], shapes[i][1], threads);
            start(shapes[i][0], shapes[i][1], threads, 1);
            assert_true(ht_team_run(&job, run_phase) > 0);
            const uint64_t live = ht_heap.live_bytes;
            ht_team_run(&job, run_phase);
            assert_int_equal(ht_heap.live_bytes, live);
            stop();
            assert_int_equal(ht_heap.live_bytes, 0);
            assert_int_equal(ht_heap.wrong_frees, 0);
            assert_true(ht_heap.largest <= job.workload->max_bytes(&job));
        }
}

/* Within what it announced, and what the cell adds to that (bench/cell.c). */
static void test_scratch_suffices(void **state)
{
    (void)state;
    for (size_t i = 0; i < ht_suite_count(); i++) {
        const struct ht_workload *const w = ht_suite_plain(i);
        for (unsigned threads = least_threads(w); threads <= 4; threads += 2) {
            start(w->name, short_params(w->name), threads, 1);
            const size_t own = w->scratch_bytes ? w->scratch_bytes(&job) : 0;
            if (scratch_used > own + own / 16 + threads * 1024)
                fail_msg("%s takes %zu bytes of scratch, said %zu", w->name, scratch_used, own);
            stop();
        }
    }
}

/* What it writes stays in what it took, also with parameters that it has to round. */
static void test_keeps_to_its_scratch(void **state)
{
    (void)state;
    static const char *const odd[][2] = {
        {"robson", "live-bytes=256k min-bytes=31"},
        {"robson", "live-bytes=256k min-bytes=31 overhead=64"},
        {"fragment-sawtooth", "tooth-bytes=256k min-bytes=33 max-bytes=1"},
        {"fragment-shift", "live-bytes=256k min-bytes=17 max-bytes=1"},
        {"alloc-test", "slots=7 log2-max=3"},
        {"sh6bench", "slots=5 max-bytes=1"},
        {"sh8bench", "slots=1"},
        {"rptest", "slots=1 batch=3"},
    };
    enum { GUARD_BYTES = 1 << 16 };
    static const unsigned char untouched[GUARD_BYTES];
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        start(odd[i][0], odd[i][1], 1, 1);
        const unsigned char *const guard = memset(ht_scratch_alloc(GUARD_BYTES), 0, GUARD_BYTES);
        ht_team_run(&job, run_phase);
        if (memcmp(guard, untouched, GUARD_BYTES))
            fail_msg("%s %s writes beyond its scratch", odd[i][0], odd[i][1]);
        assert_true(ht_heap.largest <= job.workload->max_bytes(&job));
        stop();
        assert_int_equal(ht_heap.live_bytes, 0);
    }
}

/* An iteration leaves as much live as it found: for ever, within what chance does. */
static void test_live_stays(void **state)
{
    (void)state;
    for (size_t i = 0; i < ht_suite_count(); i++) {
        const struct ht_workload *const w = ht_suite_plain(i);
        start(w->name, short_params(w->name), least_threads(w), 1);
        for (int n = 0; n < 2; n++)
            ht_team_run(&job, run_phase);
        const double early = (double)ht_heap.live_bytes;
        for (int n = 0; n < 10; n++)
            ht_team_run(&job, run_phase);
        const double late = (double)ht_heap.live_bytes;
        /* mstress leaves an object of 128 KB in a slot, at times. */
        const double slack = strcmp(w->name, "mstress") ? 1000 : 1 << 20;
        if (late > early * 1.25 + slack || early > late * 1.25 + slack)
            fail_msg("%s: %.0f bytes live after 2 iterations, %.0f after 12", w->name, early, late);
        stop();
    }
}

static uint64_t stream_of(const char *name, uint64_t seed)
{
    start(name, short_params(name), 1, seed);
    for (int n = 0; n < 2; n++)
        ht_team_run(&job, run_phase);
    stop();
    return ht_heap.stream;
}

static void test_repeats_for_a_seed(void **state)
{
    (void)state;
    for (size_t i = 0; i < ht_suite_count(); i++) {
        const struct ht_workload *const w = ht_suite_plain(i);
        /* Threads take turns as they like, and robson looks at addresses. */
        if (w->min_threads > 1 || !strcmp(w->name, "robson"))
            continue;
        assert_true(stream_of(w->name, 7) == stream_of(w->name, 7));
    }
    assert_true(stream_of("larson", 7) != stream_of("larson", 8));
}

/* Ends 0 when the workload did not notice that its objects were spoilt. */
_Noreturn static void run_spoilt(const struct ht_workload *w, const char *params)
{
    fclose(stderr);
    close(STDERR_FILENO);
    start(w->name, params, least_threads(w), 1);
    ht_heap.spoils = true;
    for (int n = 0; n < 3; n++)
        ht_team_run(&job, run_phase);
    ht_heap.spoils = false;
    stop();
    _exit(0);
}

static void assert_notices(const struct ht_workload *w, const char *params)
{
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        run_spoilt(w, params);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != STOPPED)
        fail_msg("%s %s does not notice spoilt objects (status %x)", w->name, params, (unsigned)status);
}

static void test_notices_spoilt_objects(void **state)
{
    (void)state;
#if defined __SANITIZE_THREAD__ || defined __SANITIZE_ADDRESS__
    skip(); /* to spoil what other threads hold is a race; mstress reads its size from what is spoilt */
#endif
    for (size_t i = 0; i < ht_suite_count(); i++) {
        const struct ht_workload *const w = ht_suite_plain(i);
        /* These hold one object at a time, which nobody can spoil between two calls. */
        if (!strcmp(w->name, "linux-scalability") || !strncmp(w->name, "cache-", 6) ||
            !strcmp(w->name, "compact-arrays") || !strcmp(w->name, "shared-segment"))
            continue;
        assert_notices(w, short_params(w->name));
    }
    static const char *const shapes[][2] = {
        {"compact-arrays", "count=6000 layout=1"}, /* 9 resizes: an even number would undo it */
        {"boxed-lists", "count=10000 layout=1"},
        {"boxed-lists", "count=10000 layout=2"},
        {"chunked-stream", "records=4000 chunk=7"},
    };
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
        assert_notices(ht_suite_plain((size_t)ht_suite_find(shapes[i][0], 0)), shapes[i][1]);
}

/* ---- distributions ---- */

static void record(const char *name, const char *params, unsigned threads, int iterations)
{
    start(name, params, threads, 1);
    for (int n = 0; n < iterations; n++)
        ht_team_run(&job, run_phase);
    stop();
}

/* Objects of low .. high bytes. */
static double made(size_t low, size_t high)
{
    uint64_t n = 0;
    for (size_t bytes = low; bytes <= high; bytes++)
        n += ht_heap.size[bytes];
    return (double)n;
}

/* `count` of `of` is the expected share, within five standard deviations of the binomial distribution. */
static void assert_share(double count, double of, double expected)
{
    const double deviation = sqrt(expected * (1 - expected) / of);
    if (fabs(count / of - expected) > 5 * deviation + 1e-9)
        fail_msg("a share of %.6f, not %.6f (%.0f of %.0f)", count / of, expected, count, of);
}

static void test_larson_is_uniform(void **state)
{
    (void)state;
    record("larson", "rounds=10", 1, 5);
    const double all = (double)ht_heap.allocs;
    assert_share(made(8, 255), all, 248. / 992);
    assert_share(made(256, 999), all, 744. / 992);
    assert_true(made(8, 8) > 0 && made(999, 999) > 0);
}

static void test_alloc_test_sizes_halve(void **state)
{
    (void)state;
    record("alloc-test", "slots=4096", 1, 10);
    const double all = (double)ht_heap.allocs;
    for (int k = 3; k <= 9; k++)
        assert_share(made(((size_t)1 << (k - 1)) + 1, (size_t)1 << k), all, 1. / (1 << (k - 2)));
    assert_share(made(513, 1024), all, 1. / 128);
}

/* Of six times four fifths or one fifth: i times the fifth. */
static double binomial(int i)
{
    static const int choose[BANDS] = {1, 6, 15, 20, 15, 6, 1};
    return choose[i] * pow(0.8, 6 - i) * pow(0.2, i);
}

/* Each band gets its share of the picks, and has the share of the slots of the band from the other end. */
static void test_alloc_test_picks_by_bands(void **state)
{
    (void)state;
    static struct slot slots[1 << 18];
    struct table t = {.slot = slots};
    lay_out(&t, 1 << 18);
    struct ht_rng rng = ht_rng_open(1, 1);
    enum { PICKS = 1 << 22 };
    for (int i = 0; i < PICKS; i++)
        pick(&t, &rng)->bytes++;
    double end = 0;
    size_t at = 0;
    for (int b = 0; b < BANDS; b++) {
        end += binomial(BANDS - 1 - b) * (1 << 18);
        double picks = 0;
        for (; at < (size_t)(end + 1e-3); at++)
            picks += (double)slots[at].bytes;
        assert_share(picks, PICKS, binomial(b));
    }
    assert_int_equal(at, 1 << 18);
}

static void test_xmalloc_sizes_are_equally_likely(void **state)
{
    (void)state;
    record("xmalloc-test", "bytes=0", 2, 5);
    static const size_t bytes[] = {8,   12,  16,  24,  32,  48,   64,   96,  128,
                                   192, 256, 384, 512, 768, 1024, 1536, 2048};
    double all = 0;
    for (size_t i = 0; i < sizeof bytes / sizeof bytes[0]; i++) {
        assert_share(made(bytes[i], bytes[i]), (double)ht_heap.allocs, 1. / 17);
        all += made(bytes[i], bytes[i]);
    }
    assert_true(all == (double)ht_heap.allocs);
}

static void test_rptest_falls_linearly(void **state)
{
    (void)state;
    record("rptest", "", 1, 20);
    for (int quarter = 1; quarter <= 3; quarter++) {
        const double x = quarter / 4.;
        assert_share(made(8, 7 + 15993 * (size_t)quarter / 4), (double)ht_heap.allocs, 1 - (1 - x) * (1 - x));
    }
}

/* Of the density c / x^2 over [4, 32768): P(x < s) is (1/4 - 1/s) / (1/4 - 1/32768). */
static void test_glibc_thread_falls_with_the_square(void **state)
{
    (void)state;
    record("glibc-thread", "", 1, 100);
    for (size_t s = 8; s <= 4096; s *= 8)
        assert_share(made(4, s - 1), (double)ht_heap.allocs, (0.25 - 1 / (double)s) / (0.25 - 1. / 32768));
    assert_share(made(16384, 32768), (double)ht_heap.allocs, (1. / 16384 - 1. / 32768) / (0.25 - 1. / 32768));
}

/* Two whole cycles of 7321 objects stand in a full buffer of so many slots. */
static void test_sh8bench_keeps_to_its_cycle(void **state)
{
    (void)state;
    record("sh8bench", "slots=14642", 1, 0);
    static const size_t cycle_of[][2] = {
        {8, 1000}, {16, 5000}, {48, 1000}, {72, 100}, {148, 100}, {200, 100},
        {520, 10}, {1056, 5},  {4096, 3},  {9162, 1}, {34562, 1}, {168524, 1},
    };
    for (size_t i = 0; i < sizeof cycle_of / sizeof cycle_of[0]; i++)
        assert_true(made(cycle_of[i][0], cycle_of[i][0]) == 2 * (double)cycle_of[i][1]);
}

/* Of base 1: 250 of 1; of base 2: 250 of 2 and of 1; of base 4: of 4, 2 and 1; and so on up to 709. */
static void test_sh6bench_halves_each_base(void **state)
{
    (void)state;
    record("sh6bench", "slots=2000", 1, 0);
    assert_true(made(1, 1) == 750);
    assert_true(made(2, 2) == 500);
    assert_true(made(4, 4) == 250);
    assert_true(made(7, 7) == 250);
    record("sh6bench", "", 1, 40);
    assert_true(made(709, 709) > 0 && ht_heap.largest == 709);
}

static void test_mstress_makes_a_few_large_ones(void **state)
{
    (void)state;
    record("mstress", "", 1, 40);
    /* 16 words are the most of an ordinary object, 64 of a retained one: anything above is large. */
    const double all = (double)ht_heap.allocs, large = all - made(1, 64 * sizeof(uint64_t));
    assert_true(large / all > 0.006 && large / all < 0.011);
    for (size_t words = 1; words <= 64; words *= 2)
        assert_true(made(words * 8, words * 8) > 0);
}

static int open_scratch(void **state)
{
    (void)state;
    return ht_scratch_open(SCRATCH_BYTES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts_and_frees),
        cmocka_unit_test(test_every_shape),
        cmocka_unit_test(test_scratch_suffices),
        cmocka_unit_test(test_keeps_to_its_scratch),
        cmocka_unit_test(test_live_stays),
        cmocka_unit_test(test_repeats_for_a_seed),
        cmocka_unit_test(test_notices_spoilt_objects),
        cmocka_unit_test(test_larson_is_uniform),
        cmocka_unit_test(test_alloc_test_sizes_halve),
        cmocka_unit_test(test_alloc_test_picks_by_bands),
        cmocka_unit_test(test_xmalloc_sizes_are_equally_likely),
        cmocka_unit_test(test_rptest_falls_linearly),
        cmocka_unit_test(test_glibc_thread_falls_with_the_square),
        cmocka_unit_test(test_sh8bench_keeps_to_its_cycle),
        cmocka_unit_test(test_sh6bench_halves_each_base),
        cmocka_unit_test(test_mstress_makes_a_few_large_ones),
    };
    return cmocka_run_group_tests_name("workloads", tests, open_scratch, NULL);
}
