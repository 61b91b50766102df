/* The statistics against scipy 1.10, the textbook, and counting by hand. Each table names the call that made
 * it (st = scipy.stats, np = numpy). */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "results/stats.h"

#define N(array) (sizeof(array) / sizeof *(array))

static void assert_near(double value, double expected, double within)
{
    if (!(fabs(value - expected) <= within))
        fail_msg("%.12g, expected %.12g", value, expected);
}

static double normal(struct ht_rng *rng)
{
    return sqrt(-2 * log(1 - ht_rng_unit(rng))) * cos(2 * M_PI * ht_rng_unit(rng));
}

/* ---- quantiles ----------------------------------------------------------------------------------------- */

static void test_quantiles(void **state)
{
    (void)state;
    /* np.quantile([1, 2, 4, 8, 16, 32], p) */
    static const double at[][2] = {{0, 1}, {.05, 1.25}, {.25, 2.5}, {.5, 6}, {.9, 24}, {.95, 28}, {1, 32}};
    static const double x[] = {1, 2, 4, 8, 16, 32};
    for (size_t i = 0; i < N(at); i++)
        assert_near(ht_quantile(x, 6, at[i][0]), at[i][1], 1e-12);
    assert_near(ht_median(x, 6), 6, 0);
    assert_near(ht_median(x, 5), 4, 0);
    assert_near(ht_median(x, 1), 1, 0);
    assert_true(isnan(ht_median(x, 0)) && isnan(ht_quantile(x, 0, .5)));
    assert_near(ht_geometric_mean((double[]){0.5, 2, 3, 10}, 4), 2.3403473193207156, 1e-12); /* st.gmean */
    assert_true(isnan(ht_geometric_mean(x, 0)));
}

static void test_sort(void **state)
{
    (void)state;
    struct ht_rng rng = ht_rng_open(1, 0);
    for (size_t n = 0; n < 60; n++) {
        double x[60];
        for (size_t i = 0; i < n; i++)
            x[i] = (double)ht_rng_below(&rng, 20);
        ht_sort(x, n);
        for (size_t i = 1; i < n; i++)
            assert_true(x[i - 1] <= x[i]);
    }
}

static void test_noise_floor(void **state)
{
    (void)state;
    double x[] = {log(1.01), log(1 / 1.03), 0, log(1.02)};
    assert_near(ht_noise_floor(x, 4), 0.0285, 1e-9); /* np.quantile([0, .01, .02, .03], .95) */
    assert_true(isnan(ht_noise_floor(x, 0)));
}

/* ---- Hodges-Lehmann and Wilcoxon ----------------------------------------------------------------------- */

/* Hollander & Wolfe, table 3.1: the Hamilton depression scale factor before and after tranquilizer, nine
 * patients. The book: estimate -.46, 96.1 % interval (-.786, -.010), one-sided p .02. */
static const double hamilton[] = {-0.952, 0.147, -1.022, -0.430, -0.620, -0.590, -0.490, 0.080, -0.010};

static void test_hamilton_depression_scale(void **state)
{
    (void)state;
    double x[9];
    memcpy(x, hamilton, sizeof x);
    const struct ht_interval i = ht_hodges_lehmann(x, 9, 0.95);
    assert_near(i.estimate, -0.46, 1e-12);
    assert_near(i.low, -0.786, 1e-12);
    assert_near(i.high, -0.010, 1e-12);
    assert_near(i.level, 0.9609375, 1e-12);
    assert_false(i.range);
    memcpy(x, hamilton, sizeof x);
    assert_near(ht_wilcoxon_p(x, 9), 0.0390625, 1e-12); /* st.wilcoxon(d, mode='exact') */
}

/* np.round(np.random.default_rng(7).normal(0.3, 1, 40), 1): ties and a zero. */
static const double tied[] = {0.3, 0.6, 0.0,  -0.6, -0.2, -0.7, 0.4,  1.6,  -0.2, -0.3, 0.8,  0.7, 0.4,  -0.6,
                              0.3, 1.0, -1.0, -0.2, -1.6, -1.0, -1.5, 0.1,  -1.0, 0.6,  0.5,  0.1, -2.2, -0.2,
                              0.3, 0.4, -1.2, -0.2, -0.7, -0.5, 1.4,  -0.5, 0.3,  1.2,  -0.3, 0.2};

static void test_many_with_ties(void **state)
{
    (void)state;
    double x[40];
    memcpy(x, tied, sizeof x);
    /* st.wilcoxon(z, mode='approx', correction=False, zero_method='wilcox') */
    assert_near(ht_wilcoxon_p(x, 40), 0.6447235635560654, 1e-12);
    /* w = sorted Walsh averages, k = floor(40*41/4 - st.norm.ppf(.975)*sqrt(40*41*81/24)) = 264:
     * w[k-1], median(w), w[820-k] */
    const struct ht_interval i = ht_hodges_lehmann(x, 40, 0.95);
    assert_near(i.low, -0.35, 1e-12);
    assert_near(i.estimate, -0.05, 1e-12);
    assert_near(i.high, 0.2, 1e-12);
    assert_near(i.level, 0.95, 0);
}

static void test_few_without_ties(void **state)
{
    (void)state;
    double x[] = {0.41, 0.36, -0.93, 0.38, 1.66, -1.25, 1.16, 0.42, -0.34, 2.3, 1.06, -0.9};
    assert_near(ht_wilcoxon_p(x, N(x)), 0.26611328125, 1e-12); /* st.wilcoxon(t, mode='exact') */
}

/* P(|W - mean| at least as far as seen) by trying all signs. */
static double p_by_hand(const double *x, int n)
{
    double rank[16], seen = 0, total = 0;
    for (int i = 0; i < n; i++) {
        rank[i] = 0.5;
        for (int k = 0; k < n; k++)
            rank[i] += fabs(x[k]) < fabs(x[i]) ? 1 : fabs(x[k]) == fabs(x[i]) ? 0.5 : 0;
        total += rank[i];
        seen += x[i] > 0 ? rank[i] : 0;
    }
    int as_far = 0;
    for (int signs = 0; signs < 1 << n; signs++) {
        double w = 0;
        for (int i = 0; i < n; i++)
            w += signs >> i & 1 ? rank[i] : 0;
        as_far += fabs(w - total / 2) >= fabs(seen - total / 2);
    }
    return (double)as_far / (double)(1 << n);
}

static void test_exact_p_with_ties(void **state)
{
    (void)state;
    struct ht_rng rng = ht_rng_open(2, 0);
    for (int trial = 0; trial < 200; trial++) {
        double x[10];
        const int n = (int)ht_rng_between(&rng, 1, 11);
        for (int i = 0; i < n; i++)
            x[i] = ((double)ht_rng_below(&rng, 6) + 1) * (ht_rng_below(&rng, 2) ? 1 : -1);
        const double p = p_by_hand(x, n);
        assert_near(ht_wilcoxon_p(x, (size_t)n), p, 1e-12);
    }
    assert_near(ht_wilcoxon_p((double[]){0, 0}, 2), 1, 0);
    assert_near(ht_wilcoxon_p(NULL, 0), 1, 0);
}

/* The levels that order statistics of so many Walsh averages have: 1 - 2 * sum(pmf[:k]), by convolution. */
static void test_levels(void **state)
{
    (void)state;
    static const struct {
        size_t n;
        double level;
        bool range;
    } at[] = {{1, 0, true},
              {2, 0.5, true},
              {5, 0.9375, true},
              {6, 0.96875, false},
              {8, 0.9609375, false},
              {10, 0.951171875, false},
              {15, 0.95208740234375, false},
              {20, 0.9515590667724609, false},
              {25, 0.9517375826835632, false}};
    for (size_t i = 0; i < N(at); i++) {
        double x[25];
        for (size_t k = 0; k < at[i].n; k++)
            x[k] = (double)k;
        const struct ht_interval got = ht_hodges_lehmann(x, at[i].n, 0.95);
        assert_near(got.level, at[i].level, 1e-12);
        assert_int_equal(got.range, at[i].range);
        if (got.range) {
            assert_near(got.low, 0, 0);
            assert_near(got.high, (double)at[i].n - 1, 0);
        }
    }
    assert_true(isnan(ht_hodges_lehmann(NULL, 0, 0.95).estimate));
}

/* The median by bisection is the median of all averages made and sorted, to the bit. */
static void test_walsh_averages_are_counted_right(void **state)
{
    (void)state;
    struct ht_rng rng = ht_rng_open(3, 0);
    for (int trial = 0; trial < 300; trial++) {
        double x[30], walsh[30 * 31 / 2];
        const size_t n = ht_rng_between(&rng, 1, 31);
        size_t m = 0;
        for (size_t i = 0; i < n; i++)
            x[i] = trial % 2 ? normal(&rng) : (double)ht_rng_below(&rng, 5) - 2;
        for (size_t i = 0; i < n; i++)
            for (size_t k = i; k < n; k++)
                walsh[m++] = (x[i] + x[k]) / 2;
        ht_sort(walsh, m);
        assert_near(ht_hodges_lehmann(x, n, 0.95).estimate, ht_median(walsh, m), 0);
    }
}

static void test_huge_samples_take_no_square(void **state)
{
    (void)state;
    enum { MANY = 200000 };
    double *const x = malloc(MANY * sizeof *x);
    struct ht_rng rng = ht_rng_open(4, 0);
    for (size_t i = 0; i < MANY; i++)
        x[i] = normal(&rng) + 0.5;
    const struct ht_interval i = ht_hodges_lehmann(x, MANY, 0.95);
    assert_near(i.estimate, 0.5, 0.01);
    assert_true(i.low < i.estimate && i.estimate < i.high && i.high - i.low < 0.02);
    free(x);
}

/* Both tails, of values as they are and shifted: st.wilcoxon(x - shift, alternative='less' and 'greater',
 * mode='exact'; the last, zero_method='wilcox', mode='approx', correction=False). */
static void test_one_sided(void **state)
{
    (void)state;
    static const double few[] = {0.41, 0.36, -0.93, 0.38, 1.66, -1.25, 1.16, 0.42, -0.34, 2.3, 1.06, -0.9};
    static const struct {
        const double *x;
        size_t n;
        double shift, below, above;
    } at[] = {{hamilton, 9, 0, 0.01953125, 0.986328125},
              {few, N(few), 0, 0.88330078125, 0.133056640625},
              {few, N(few), -0.2, 0.911865234375, 0.101806640625},
              {few, N(few), 0.1, 0.76513671875, 0.25927734375},
              {tied, 40, 0, 0.3223617817780327, 0.6776382182219673}};
    for (size_t i = 0; i < N(at); i++) {
        double x[40];
        for (size_t k = 0; k < at[i].n; k++)
            x[k] = at[i].x[k] - at[i].shift;
        const struct ht_tails tails = ht_wilcoxon_tails(x, at[i].n);
        assert_near(tails.below, at[i].below, 1e-12);
        assert_near(tails.above, at[i].above, 1e-12);
    }
    assert_near(ht_wilcoxon_tails((double[]){0}, 1).above, 1, 0);
}

static void test_normal_quantile(void **state)
{
    (void)state;
    /* st.norm.ppf(1 - tail) */
    static const double at[][2] = {
        {.025, 1.959963984540054}, {.2, 0.8416212335729143}, {.005, 2.5758293035489004}};
    for (size_t i = 0; i < N(at); i++)
        assert_near(ht_normal_quantile(at[i][0]), at[i][1], 1e-12);
}

/* ---- many tests ---------------------------------------------------------------------------------------- */

/* The first: the 15 p values of Benjamini & Hochberg, "Controlling the false discovery rate", 1995, section 3.2, of which
 * 4 are rejected at 5 %, and 3 by Holm. Adjusted by statsmodels 0.13.5,
 * multipletests(p, method='holm' and 'fdr_bh')[1]. */
static void test_many_tests(void **state)
{
    (void)state;
    static const struct {
        size_t n;
        double p[15], holm[15], bh[15];
    } at[] = {{15,
               {.0001, .0004, .0019, .0095, .0201, .0278, .0298, .0344, .0459, .3240, .4262, .5719, .6528,
                .7590, 1},
               {.0015, .0056, .0247, .114, .2211, .278, .278, .278, .3213, 1, 1, 1, 1, 1, 1},
               {.0015, .003, .0095, .035625, .0603, 0.06385714285714286, 0.06385714285714286, .0645, .0765,
                .486, 0.5811818181818182, .714875, 0.7532307692307693, 0.8132142857142857, 1}},
              {7,
               {.04, .01, .01, .9, .03, .2, .0005},
               {.12, .06, .06, .9, .12, .4, .0035},
               {.056, 0.023333333333333334, 0.023333333333333334, .9, .0525, 0.23333333333333336, .0035}},
              {1, {.04}, {.04}, {.04}},
              {0, {0}, {0}, {0}}};
    for (size_t i = 0; i < N(at); i++) {
        double holm[15], bh[15];
        memcpy(holm, at[i].p, sizeof holm);
        memcpy(bh, at[i].p, sizeof bh);
        assert_int_equal(ht_holm(holm, at[i].n), 0);
        assert_int_equal(ht_benjamini_hochberg(bh, at[i].n), 0);
        for (size_t k = 0; k < at[i].n; k++) {
            assert_near(holm[k], at[i].holm[k], 1e-12);
            assert_near(bh[k], at[i].bh[k], 1e-12);
        }
    }
}

/* ---- a share ------------------------------------------------------------------------------------------- */

/* st.binomtest(k, n).proportion_ci(level, method='exact'); 0 of n is also 1 - (tail)^(1/n) by hand. */
static void test_clopper_pearson(void **state)
{
    (void)state;
    static const struct {
        uint64_t k, n;
        double level, low, high;
    } at[] = {{0, 150, .95, 0, 0.02429259716612193},
              {1, 150, .95, 0.0001687711435553716, 0.03658316774058022},
              {150, 150, .95, 0.975707402833878, 1},
              {0, 1, .95, 0, .975},
              {1, 1, .95, .025, 1},
              {5, 10, .95, 0.1870860284474045, 0.8129139715525955},
              {7, 197, .95, 0.014403333390670096, 0.07183837225139283},
              {0, 197, .95, 0, 0.018551047617611727},
              {3, 40, .99, 0.008627788841649442, 0.24837227476949533},
              {300, 1000, .9, 0.2761227711590126, 0.32475361271935427},
              {500000, 1000000, .95, 0.49901951919531173, 0.5009804808046883},
              {2, 1000000, .95, 2.422090713660331e-07, 7.2246688567814296e-06}};
    for (size_t i = 0; i < N(at); i++) {
        const struct ht_interval got = ht_clopper_pearson(at[i].k, at[i].n, at[i].level);
        assert_near(got.estimate, (double)at[i].k / (double)at[i].n, 1e-15);
        assert_near(got.low, at[i].low, 1e-11);
        assert_near(got.high, at[i].high, 1e-11);
    }
    assert_true(isnan(ht_clopper_pearson(0, 0, .95).estimate));
}

/* ---- the suite ----------------------------------------------------------------------------------------- */

enum { CELLS = 12, ROUNDS_MAX = 20 };

/* Cell c's true log ratio is c / 10, its rounds share a swing, and each pair has noise of its own. */
static size_t make_suite(struct ht_rng *rng, size_t rounds, struct ht_suite_pair *pair)
{
    size_t n = 0;
    for (size_t r = 0; r < rounds; r++) {
        const double swing = 0.05 * normal(rng);
        for (size_t c = 0; c < CELLS; c++)
            pair[n++] = (struct ht_suite_pair){(double)c / 10 + swing + 0.05 * normal(rng), 100 + c, 7 * r};
    }
    return n;
}

/* The truth lies in the interval about as often as the level says; with whole rounds drawn, the swing that a
 * round's cells share is in it. (Drawing pairs one by one would cover it in fewer than half.) */
static void test_suite_interval_covers(void **state)
{
    (void)state;
    struct ht_rng rng = ht_rng_open(5, 0);
    const double truth = (CELLS - 1) / 20.0;
    int covered = 0;
    for (int trial = 0; trial < 200; trial++) {
        struct ht_suite_pair pair[CELLS * ROUNDS_MAX];
        struct ht_interval i;
        const size_t n = make_suite(&rng, ROUNDS_MAX, pair);
        assert_int_equal(ht_suite_interval(pair, n, 0.95, 1, &i), 0);
        assert_int_equal(i.n, ROUNDS_MAX);
        assert_true(i.low <= i.estimate && i.estimate <= i.high && !i.range);
        covered += i.low <= truth && truth <= i.high;
    }
    assert_in_range(covered, 176, 199);
}

static void test_suite_is_the_mean_of_medians(void **state)
{
    (void)state;
    struct ht_suite_pair pair[] = {{3, 9, 2}, {1, 9, 0}, {2, 9, 1}, {10, 4, 0}, {14, 4, 2}};
    struct ht_interval i;
    assert_int_equal(ht_suite_interval(pair, N(pair), 0.95, 1, &i), 0);
    assert_near(i.estimate, (2 + 12) / 2.0, 1e-12);
    /* Away from their medians: round 0 by -1 and -2, round 1 by 0, round 2 by 1 and 2. */
    assert_near(i.low, 7 - 1.5, 1e-12);
    assert_near(i.high, 7 + 1.5, 1e-12);
    assert_true(i.range && i.n == 3);
    assert_near(i.level, 0.75, 1e-12);
}

static void test_suite_same_seed_same_interval(void **state)
{
    (void)state;
    struct ht_suite_pair a[CELLS * ROUNDS_MAX], b[CELLS * ROUNDS_MAX];
    struct ht_rng rng = ht_rng_open(6, 0);
    struct ht_interval x, y, z;
    const size_t n = make_suite(&rng, ROUNDS_MAX, a);
    for (size_t i = 0; i < n; i++)
        b[i] = a[n - 1 - i]; /* nor does the order of rows matter */
    assert_int_equal(ht_suite_interval(a, n, 0.95, 1, &x), 0);
    assert_int_equal(ht_suite_interval(b, n, 0.95, 1, &y), 0);
    assert_int_equal(ht_suite_interval(b, n, 0.95, 2, &z), 0);
    assert_near(x.estimate, y.estimate, 0);
    assert_near(x.low, y.low, 0);
    assert_near(x.high, y.high, 0);
    assert_true(x.low != z.low);
    assert_int_equal(ht_suite_interval(NULL, 0, 0.95, 1, &z), 0);
    assert_true(isnan(z.estimate) && z.n == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quantiles),
        cmocka_unit_test(test_sort),
        cmocka_unit_test(test_noise_floor),
        cmocka_unit_test(test_hamilton_depression_scale),
        cmocka_unit_test(test_many_with_ties),
        cmocka_unit_test(test_few_without_ties),
        cmocka_unit_test(test_exact_p_with_ties),
        cmocka_unit_test(test_levels),
        cmocka_unit_test(test_one_sided),
        cmocka_unit_test(test_normal_quantile),
        cmocka_unit_test(test_many_tests),
        cmocka_unit_test(test_clopper_pearson),
        cmocka_unit_test(test_walsh_averages_are_counted_right),
        cmocka_unit_test(test_huge_samples_take_no_square),
        cmocka_unit_test(test_suite_interval_covers),
        cmocka_unit_test(test_suite_is_the_mean_of_medians),
        cmocka_unit_test(test_suite_same_seed_same_interval),
    };
    return cmocka_run_group_tests_name("stats", tests, NULL, NULL);
}
