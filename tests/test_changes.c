/* Change points: the statistic against its definition, changes that were put there, and how often a flat series raises
 * an alarm. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "results/changes.h"
#include "results/stats.h"

#define N(array) (sizeof(array) / sizeof *(array))

enum { MOST = 400 };

static double normal(struct ht_rng *rng)
{
    return sqrt(-2 * log(1 - ht_rng_unit(rng))) * cos(2 * M_PI * ht_rng_unit(rng));
}

/* ---- the statistic -------------------------------------------------------------------------------------- */

static double mean_distance(const double *x, size_t a, size_t b, size_t c, size_t d)
{
    double sum = 0;
    size_t n = 0;
    for (size_t i = a; i < b; i++)
        for (size_t k = a == c ? i + 1 : c; k < d; k++, n++)
            sum += fabs(x[i] - x[k]);
    return sum / (double)n;
}

/* Equations 4 to 7 of the paper, word for word. */
static double by_definition(const double *x, size_t n, size_t least, size_t *at)
{
    double best = 0;
    *at = 0;
    for (size_t end = 2 * least; end <= n; end++)
        for (size_t m = least; m + least <= end; m++) {
            const double energy = 2 * mean_distance(x, 0, m, m, end) - mean_distance(x, 0, m, 0, m) -
                                  mean_distance(x, m, end, m, end);
            const double q = (double)m * (double)(end - m) / (double)end * energy;
            if (q > best) {
                best = q;
                *at = m;
            }
        }
    return best;
}

static void test_statistic(void **state)
{
    (void)state;
    struct ht_rng rng = ht_rng_open(1, 0);
    double x[40], room[4 * 40 + 2];
    for (int trial = 0; trial < 200; trial++) {
        const size_t n = ht_rng_between(&rng, 1, 41), least = ht_rng_between(&rng, 2, 6);
        size_t at, expected_at;
        for (size_t i = 0; i < n; i++)
            x[i] = normal(&rng) + (i > n / 2 ? 1 : 0);
        const double got = ht_changes_best_split(x, n, least, room, &at);
        const double expected = by_definition(x, n, least, &expected_at);
        if (fabs(got - expected) > 1e-9 * (1 + expected) || at != expected_at)
            fail_msg("n %zu, least %zu: %.12g at %zu, expected %.12g at %zu", n, least, got, at, expected,
                     expected_at);
    }
}

/* ---- changes that are there ----------------------------------------------------------------------------- */

static void test_known_changes(void **state)
{
    (void)state;
    static const struct {
        size_t n, changes, at[3];
        double level[4]; /* in standard deviations */
    } cases[] = {
        {40, 1, {20}, {0, 3}},
        {100, 1, {90}, {0, 4}},
        {100, 2, {30, 70}, {0, 3, 0}}, /* taken back */
        {120, 3, {30, 60, 90}, {0, 3, 6, 2}},
        {20, 1, {10}, {0, 5}},
        {9, 0, {0}, {0}},
        {3, 0, {0}, {0}},
        {0, 0, {0}, {0}},
    };
    for (size_t i = 0; i < N(cases); i++) {
        const struct ht_changes_options options = ht_changes_defaults();
        struct ht_rng rng = ht_rng_open(7, i);
        struct ht_change *change;
        double x[MOST];
        size_t changes, piece = 0;
        for (size_t k = 0; k < cases[i].n; k++) {
            piece += piece < cases[i].changes && k == cases[i].at[piece];
            x[k] = cases[i].level[piece] + normal(&rng);
        }
        assert_int_equal(ht_changes_find(x, cases[i].n, &options, &change, &changes), 0);
        if (changes != cases[i].changes)
            fail_msg("case %zu: %zu changes, expected %zu", i, changes, cases[i].changes);
        for (size_t k = 0; k < changes; k++) {
            if (labs((long)change[k].at - (long)cases[i].at[k]) > 1)
                fail_msg("case %zu: a change at %zu, expected at %zu", i, change[k].at, cases[i].at[k]);
            assert_true(change[k].p <= 0.01 && change[k].p >= 0.005);
        }
        free(change);
    }
}

/* The same level, another spread: no test of means would see it. */
static void test_spread(void **state)
{
    (void)state;
    const struct ht_changes_options options = ht_changes_defaults();
    struct ht_rng rng = ht_rng_open(9, 0);
    struct ht_change *change;
    double x[200];
    size_t changes;
    for (size_t k = 0; k < 200; k++)
        x[k] = normal(&rng) * (k < 100 ? 1 : 6);
    assert_int_equal(ht_changes_find(x, 200, &options, &change, &changes), 0);
    assert_int_equal(changes, 1);
    assert_true(change->at > 90 && change->at < 110);
    free(change);
}

static void test_same_seed_same_answer(void **state)
{
    (void)state;
    struct ht_changes_options options = ht_changes_defaults();
    struct ht_rng rng = ht_rng_open(11, 0);
    struct ht_change *one, *two;
    double x[60];
    size_t ones, twos;
    options.alpha = 1;
    options.least = 20;
    for (size_t k = 0; k < 60; k++)
        x[k] = normal(&rng);
    assert_int_equal(ht_changes_find(x, 60, &options, &one, &ones), 0);
    assert_int_equal(ht_changes_find(x, 60, &options, &two, &twos), 0);
    assert_int_equal(ones, twos);
    assert_true(ones > 0);
    assert_memory_equal(one, two, ones * sizeof *one);
    free(one);
    free(two);
}

/* ---- changes that are not there ------------------------------------------------------------------------- */

/* Flat series of 60 values, of three kinds of noise: the share with any alarm is alpha. */
static void test_false_alarms(void **state)
{
    (void)state;
    enum { SERIES = 300, LENGTH = 60 };
    const struct ht_changes_options options = ht_changes_defaults();
    struct ht_rng rng = ht_rng_open(13, 0);
    uint64_t alarms = 0, detected = 0;
    for (int trial = 0; trial < 2 * SERIES; trial++) {
        const bool planted = trial >= SERIES;
        struct ht_change *change;
        double x[LENGTH];
        size_t changes;
        for (size_t k = 0; k < LENGTH; k++) {
            const double z = normal(&rng);
            x[k] = (trial % 3 == 0   ? z
                    : trial % 3 == 1 ? exp(z)
                                     : z + (ht_rng_below(&rng, 20) ? 0 : 8)) +
                   (planted && k >= 40 ? 3 : 0);
        }
        assert_int_equal(ht_changes_find(x, LENGTH, &options, &change, &changes), 0);
        alarms += !planted && changes > 0;
        detected += planted && changes > 0;
        free(change);
    }
    const struct ht_interval i = ht_clopper_pearson(alarms, SERIES, 0.95);
    if (i.low > options.alpha)
        fail_msg("false alarms: %.4f [%.4f, %.4f]", i.estimate, i.low, i.high);
    if (detected < SERIES * 95 / 100)
        fail_msg("of %d changes %zu were seen", SERIES, (size_t)detected);
    print_message("false alarms %zu of %d [%.4f, %.4f], seen %zu of %d\n", (size_t)alarms, SERIES, i.low,
                  i.high, (size_t)detected, SERIES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_statistic),    cmocka_unit_test(test_known_changes),
        cmocka_unit_test(test_spread),       cmocka_unit_test(test_same_seed_same_answer),
        cmocka_unit_test(test_false_alarms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
