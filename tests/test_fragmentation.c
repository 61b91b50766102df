/* The figures of fragmentation against examples worked by hand: Johnstone and Wilson's four, and ours. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bench/fragmentation.h"

#define MIB(n) ((uint64_t)(n) << 20)

static void assert_near(double figure, double expected)
{
    assert_true(fabs(figure - expected) < 1e-12);
}

/* Above a base of 10 MiB. In MiB:  live      1    4    2    1
 *                                  usable    1.5  5    3    1
 *                                  resident  2    6    8    8
 *                      operations up to the next  10   1    9    - */
static const struct ht_sample samples[] = {
    {.ops = 0, .live = MIB(1), .usable = MIB(3) / 2, .resident = MIB(10 + 2)},
    {.ops = 10, .live = MIB(4), .usable = MIB(5), .resident = MIB(10 + 6)},
    {.ops = 11, .live = MIB(2), .usable = MIB(3), .resident = MIB(10 + 8)},
    {.ops = 20, .live = MIB(1), .usable = MIB(1), .resident = MIB(10 + 8)},
};
/* The samples at the peaks were thinned out of the series. */
static const struct ht_memory memory = {
    .live_peak = MIB(5),
    .usable_peak = MIB(6),
    .rss_base = MIB(10),
    .rss_peak = MIB(10 + 9), /* between two samples, as the kernel saw it */
    .rss_drain = MIB(10 + 3),
    .at_live = {.ops = 5, .live = MIB(5), .usable = MIB(5), .resident = MIB(10 + 7)},
    .at_usable = {.ops = 6, .live = MIB(3), .usable = MIB(6), .resident = MIB(10 + 7)},
    .at_rss = {.ops = 12, .live = MIB(2), .usable = MIB(3), .resident = MIB(10 + 8)},
    .has_usable = 1,
};

static void test_johnstone_and_wilson(void **state)
{
    (void)state;
    struct ht_row row = ht_row_empty();
    ht_fragmentation_fill(&row, &memory, samples, 4);
    assert_near(row.frag_mean, (10 * 2. / 1 + 1 * 6. / 4 + 9 * 8. / 2) / 20); /* #1: the mean over time */
    assert_near(row.frag_at_max_live, 7. / 5);                                /* #2: at the most live bytes */
    assert_near(row.frag_at_max_rss, 8. / 2);                                 /* #3: at the most memory */
    assert_near(row.frag_max_over_max, 9. / 5); /* #4: most memory over most live bytes */
}

static void test_parts(void **state)
{
    (void)state;
    struct ht_row row = ht_row_empty();
    ht_fragmentation_fill(&row, &memory, samples, 4);
    assert_near(row.frag_internal, 1 - 3. / 6); /* at the most usable bytes */
    assert_near(row.frag_external, 1 - 3. / 8); /* at the most memory */
    assert_near(row.retention, 3. / 9);
}

static void test_usable_is_not_known(void **state)
{
    (void)state;
    struct ht_row row = ht_row_empty();
    struct ht_memory unknown = memory;
    unknown.has_usable = 0;
    ht_fragmentation_fill(&row, &unknown, samples, 4);
    assert_true(isnan(row.frag_internal) && isnan(row.frag_external));
    assert_near(row.frag_at_max_live, 7. / 5);
}

/* A few KiB would be divided by: what the C library keeps for itself would be the figure. */
static void test_too_little_is_live(void **state)
{
    (void)state;
    static const struct ht_sample few[] = {
        {.live = HT_FRAGMENTATION_LEAST_LIVE - 1, .usable = MIB(1), .resident = MIB(10) + 4096}, {.ops = 1}};
    const struct ht_memory m = {.at_live = few[0],
                                .at_usable = few[0],
                                .at_rss = few[0],
                                .live_peak = HT_FRAGMENTATION_LEAST_LIVE - 1,
                                .rss_base = MIB(10),
                                .rss_peak = MIB(10) + 4096,
                                .rss_drain = MIB(10),
                                .has_usable = 1};
    struct ht_row row = ht_row_empty();
    ht_fragmentation_fill(&row, &m, few, 2);
    assert_true(isnan(row.frag_mean) && isnan(row.frag_at_max_live) && isnan(row.frag_at_max_rss));
    assert_true(isnan(row.frag_max_over_max) && isnan(row.retention));
}

static void test_below_the_base(void **state)
{
    (void)state;
    /* What was resident before may go: nothing is negative. */
    static const struct ht_sample two[] = {{.live = MIB(1), .usable = MIB(1), .resident = MIB(9)},
                                           {.ops = 1}};
    const struct ht_memory m = {.at_live = two[0],
                                .at_usable = two[0],
                                .at_rss = two[0],
                                .live_peak = MIB(1),
                                .rss_base = MIB(10),
                                .rss_peak = MIB(12),
                                .rss_drain = MIB(8)};
    struct ht_row row = ht_row_empty();
    ht_fragmentation_fill(&row, &m, two, 2);
    assert_near(row.frag_mean, 0);
    assert_near(row.frag_at_max_live, 0);
    assert_near(row.frag_max_over_max, 2);
    assert_near(row.retention, 0);
}

static void test_no_samples(void **state)
{
    (void)state;
    struct ht_row row = ht_row_empty();
    ht_fragmentation_fill(&row, &memory, NULL, 0);
    assert_true(isnan(row.frag_mean) && isnan(row.frag_max_over_max) && isnan(row.retention));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_johnstone_and_wilson), cmocka_unit_test(test_parts),
        cmocka_unit_test(test_usable_is_not_known),  cmocka_unit_test(test_too_little_is_live),
        cmocka_unit_test(test_below_the_base),       cmocka_unit_test(test_no_samples),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
