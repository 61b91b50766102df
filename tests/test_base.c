/* The ground floor: random numbers, the histogram, the scratch region, the words of outcomes. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/histogram.h"
#include "base/outcome.h"
#include "base/rng.h"
#include "base/scratch.h"

/* ---- random numbers ------------------------------------------------------------------------------------ */

static void test_splitmix64_known_values(void **state)
{
    (void)state;
    static const uint64_t expected[] = {0xe220a8397b1dcdaf, 0x6e789e6aa1b965f4, 0x06c45d188009454f,
                                        0xf88bb8a8724c81ec, 0x1b39896a51a8749b};
    struct ht_rng rng = {0};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        assert_true(ht_rng_next(&rng) == expected[i]);
}

static void test_random_ranges(void **state)
{
    (void)state;
    struct ht_rng rng = ht_rng_open(1, 2);
    unsigned seen[10] = {0};
    for (int i = 0; i < 100000; i++) {
        const size_t n = ht_rng_between(&rng, 5, 15);
        assert_in_range(n, 5, 14);
        seen[n - 5]++;
        const double unit = ht_rng_unit(&rng);
        assert_true(unit >= 0 && unit < 1);
        assert_int_equal(ht_rng_below(&rng, 1), 0);
    }
    for (int i = 0; i < 10; i++)
        assert_in_range(seen[i], 9600, 10400);
}

static void test_streams_differ(void **state)
{
    (void)state;
    struct ht_rng a = ht_rng_open(1, 0), b = ht_rng_open(1, 1), c = ht_rng_open(1, 0);
    const uint64_t first = ht_rng_next(&a);
    assert_true(first != ht_rng_next(&b));
    assert_true(first == ht_rng_next(&c));
}

/* ---- the histogram ------------------------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void test_every_value_falls_into_its_bucket(void **state)
{
    (void)state;
    struct ht_rng rng = ht_rng_open(3, 0);
    for (unsigned i = 0; i + 1 < HT_HISTOGRAM_BUCKETS; i++) {
        assert_true(ht_histogram_low(i) < ht_histogram_low(i + 1));
        assert_int_equal(ht_histogram_index(ht_histogram_low(i)), i);
        assert_int_equal(ht_histogram_index(ht_histogram_low(i + 1) - 1), i);
    }
    for (int n = 0; n < 100000; n++) {
        const uint64_t value = ht_rng_next(&rng) >> (24 + ht_rng_below(&rng, 40));
        const unsigned i = ht_histogram_index(value);
        assert_true(ht_histogram_low(i) <= value);
        assert_true(value < ht_histogram_low(i + 1));
        /* The promise: known to within one part in 32. */
        assert_true((ht_histogram_low(i + 1) - ht_histogram_low(i)) * 32 <= (value < 32 ? 32 : value));
    }
    assert_int_equal(ht_histogram_index(UINT64_MAX), HT_HISTOGRAM_BUCKETS - 1);
}

/* Against the exact percentiles of the sorted values: within a bucket, 3.2 %. */
static void test_percentiles_are_near_exact(void **state)
{
    (void)state;
    enum { VALUES = 50000 };
    static const double at[] = {0.01, 0.1, 0.5, 0.9, 0.99, 0.999, 0.9999, 1};
    uint64_t *const value = malloc(VALUES * sizeof *value);
    struct ht_histogram *const h = calloc(1, sizeof *h);
    struct ht_rng rng = ht_rng_open(4, 0);
    for (int i = 0; i < VALUES; i++) {
        value[i] = (uint64_t)(20 / pow(1 - ht_rng_unit(&rng), 1.5)); /* a long tail */
        ht_histogram_record(h, value[i]);
    }
    qsort(value, VALUES, sizeof *value, compare);
    for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
        const double exact = (double)value[(size_t)ceil(at[i] * VALUES) - 1];
        const double got = ht_histogram_percentile(h, at[i]);
        if (fabs(got - exact) > 0.032 * exact + 0.5)
            fail_msg("p%g is %g, exactly %g", 100 * at[i], got, exact);
    }
    assert_true(ht_histogram_percentile(h, 1) <= (double)value[VALUES - 1]);
    free(value);
    free(h);
}

static void test_histograms_add_up(void **state)
{
    (void)state;
    struct ht_histogram *const a = calloc(3, sizeof *a), *const b = a + 1, *const both = a + 2;
    struct ht_rng rng = ht_rng_open(5, 0);
    for (int i = 0; i < 1000; i++) {
        const uint64_t value = ht_rng_below(&rng, 100000);
        ht_histogram_record(i % 3 ? a : b, value);
        ht_histogram_record(both, value);
    }
    ht_histogram_merge(a, b);
    assert_memory_equal(a, both, sizeof *a);
    ht_histogram_merge(a, &(struct ht_histogram){0});
    assert_memory_equal(a, both, sizeof *a);
    assert_true(ht_histogram_percentile(&(struct ht_histogram){0}, 0.5) == 0);
    free(a);
}

/* ---- the scratch region -------------------------------------------------------------------------------- */

static void test_scratch(void **state)
{
    (void)state;
    assert_int_equal(ht_scratch_open(10000), 0);
    assert_true(ht_scratch_bytes() >= 10000 && ht_scratch_bytes() % 4096 == 0);
    const size_t mark = ht_scratch_mark();
    char *const a = ht_scratch_alloc(100), *const b = ht_scratch_alloc(1);
    assert_int_equal((uintptr_t)a % 64, 0);
    assert_int_equal((uintptr_t)b % 64, 0);
    assert_true(b >= a + 100);
    memset(a, 0xff, 100);
    ht_scratch_release(mark);
    char *const again = ht_scratch_alloc(100);
    assert_ptr_equal(again, a);
    for (int i = 0; i < 100; i++)
        assert_int_equal(again[i], 0);
}

/* More than the region holds is a mistake of the harness: a message and exit 1. */
static void test_scratch_overflow_exits(void **state)
{
    (void)state;
    const pid_t child = fork();
    if (child == 0) {
        close(2);
        ht_scratch_alloc(1 << 30);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
}

/* ---- clock and words ----------------------------------------------------------------------------------- */

static void test_ticks_keep_time(void **state)
{
    (void)state;
    const struct ht_tick_rate rate = ht_tick_rate_measure();
    assert_true(rate.ns_per_tick > 0.05 && rate.ns_per_tick < 200);
    assert_true(rate.cost_ns >= 0);
    const uint64_t wall = ht_wall_ns(), ticks = ht_ticks();
    ht_sleep_ns(20000000);
    const double by_ticks = (double)(ht_ticks() - ticks) * rate.ns_per_tick;
    assert_true(by_ticks >= 0.5 * 20e6);
    assert_true(by_ticks <= 2 * (double)(ht_wall_ns() - wall));
}

static void test_outcome_words(void **state)
{
    (void)state;
    assert_string_equal(ht_outcome_word(HT_OK), "ok");
    assert_string_equal(ht_outcome_word(HT_UNSUPPORTED), "unsupported");
    assert_string_equal(ht_outcome_word(HT_ERROR), "error");
    for (int a = HT_OK; a <= HT_ERROR; a++)
        for (int b = HT_OK; b < a; b++)
            assert_string_not_equal(ht_outcome_word((enum ht_outcome)a), ht_outcome_word((enum ht_outcome)b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_splitmix64_known_values),
        cmocka_unit_test(test_random_ranges),
        cmocka_unit_test(test_streams_differ),
        cmocka_unit_test(test_every_value_falls_into_its_bucket),
        cmocka_unit_test(test_percentiles_are_near_exact),
        cmocka_unit_test(test_histograms_add_up),
        cmocka_unit_test(test_scratch),
        cmocka_unit_test(test_scratch_overflow_exits),
        cmocka_unit_test(test_ticks_keep_time),
        cmocka_unit_test(test_outcome_words),
    };
    return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
