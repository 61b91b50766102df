/* Statistics of a comparison (docs: METHOD). All take the natural logarithms of paired ratios, candidate over
 * baseline, one a round: 0 is no difference, and a process is the unit of replication.
 *
 * Estimator: Hodges-Lehmann, the median of all Walsh averages (x_i + x_j)/2, i <= j, with the interval that
 * inverts Wilcoxon's signed-rank test (Hollander & Wolfe, "Nonparametric Statistical Methods", §3.2-3.3).
 * For a suite: the mean over cells of each cell's median, with a percentile bootstrap over rounds (Efron &
 * Tibshirani, 1993), since the cells of a round share its weather.
 *
 * Nothing here keeps memory, and results depend on the arguments only, the seed among them. NAN is what can't
 * be known. */
#ifndef HT_RESULTS_STATS_H
#define HT_RESULTS_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    HT_STATS_EXACT_MAX = 25, /* up to here the signed-rank distribution is counted, beyond it is normal */
    HT_STATS_RANGE_MAX = 5,  /* up to here no 95 % interval exists; the range is given, and its level */
    HT_BOOTSTRAP_DRAWS = 2000,
};

/* An estimate and an interval around it. */
struct ht_interval {
    double estimate, low, high;
    double level; /* the confidence that the interval truly has; below what was asked for when n is small */
    size_t n;     /* pairs, or rounds */
    bool range;   /* too few for the level asked for: low and high are the range */
};

/* Sorts ascending; no NAN may be among them. */
void ht_sort(double *x, size_t n);

/* Of sorted x; p in 0..1; linear between order statistics (numpy's default, R's type 7). NAN when n is 0. */
double ht_quantile(const double *sorted, size_t n, double p);
double ht_median(const double *sorted, size_t n);

/* exp of the mean of logarithms; NAN when n is 0. */
double ht_geometric_mean(const double *x, size_t n);

/* Hodges-Lehmann of `n` values with its interval at `level` (0.95). Sorts x. n = 0 gives NAN. O(n log n),
 * no n^2 of memory or time: the Walsh averages are counted, never made. */
struct ht_interval ht_hodges_lehmann(double *x, size_t n, double level);

/* Which Walsh average, counted from the smallest, is the interval's low end; the high end is as far from the largest.
 * 1 where the interval is the range. */
uint64_t ht_hodges_lehmann_rank(size_t n, double level);

/* One-sided p of Wilcoxon's signed-rank test: small `below` says that the centre of x is below 0, small `above`
 * that it is above. Zeros are dropped, ties share their mean rank. Exact, ties included, up to
 * HT_STATS_EXACT_MAX values, then normal with the variance corrected for ties, not for continuity. Sorts x by
 * magnitude. 1 when nothing is left. */
struct ht_tails {
    double below, above;
};
struct ht_tails ht_wilcoxon_tails(double *x, size_t n);

/* Two-sided p that the centre of x is 0: twice the smaller tail. */
double ht_wilcoxon_p(double *x, size_t n);

/* Where the upper tail of the standard normal distribution has this mass. */
double ht_normal_quantile(double tail);

/* Many tests at once, adjusted in place: to reject where the result is at most alpha keeps the chance of any
 * false alarm at alpha (Holm, 1979), or the expected share of false ones among the alarms (Benjamini &
 * Hochberg, 1995). 0 or -ENOMEM. */
int ht_holm(double *p, size_t n);
int ht_benjamini_hochberg(double *p, size_t n);

/* The share that k of n speaks of, with its interval by Clopper & Pearson (1934): exact, and never too narrow.
 * n = 0 gives NAN and [0, 1]. */
struct ht_interval ht_clopper_pearson(uint64_t k, uint64_t n, double level);

/* One pair of a suite: the log ratio of a cell in a round. Cells and rounds are numbers of the caller's. */
struct ht_suite_pair {
    double x;
    size_t cell, round;
};

/* The mean over cells of each cell's median, as a log ratio, with its interval at `level`: a percentile
 * bootstrap of whole rounds. With HT_STATS_RANGE_MAX rounds or fewer, the range of the rounds' own means
 * instead (each about its cells' medians). Sorts `pair`, and numbers its cells and rounds anew from 0. `seed`
 * fixes the draws. 0, or -ENOMEM. */
int ht_suite_interval(struct ht_suite_pair *pair, size_t n, double level, uint64_t seed,
                      struct ht_interval *out);

/* The noise floor: the 95th percentile of |ratio - 1| among pairs of identical cells, from their log ratios,
 * which are overwritten, and left sorted. NAN when n is 0. */
double ht_noise_floor(double *x, size_t n);

#endif
