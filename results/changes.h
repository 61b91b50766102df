/* Change points of a series: E-divisive means (Matteson & James, "A Nonparametric Approach for Multiple Change Point
 * Analysis of Multivariate Data", JASA 109, 2014), with |x - y| as the distance, so that any change of distribution is
 * looked for, not only one of the mean.
 *
 * A piece of the series is split where the energy distance of the two sides, weighted by their sizes, is largest; the right
 * side may end before the piece does, so that a change that was taken back is seen. A split counts when at most alpha of the
 * series that come from shuffling each piece have a larger one. Then the pieces are split again. O(n^2) time for each
 * shuffle, O(n) memory; the same seed gives the same answer. */
#ifndef HT_RESULTS_CHANGES_H
#define HT_RESULTS_CHANGES_H

#include <stddef.h>
#include <stdint.h>

struct ht_changes_options {
    size_t least;          /* values on each side of a change, 2 or more */
    unsigned permutations; /* 199 */
    double alpha;          /* 0.01 */
    uint64_t seed;
};

/* least 4, 199 permutations, alpha 0.01, seed 1. */
struct ht_changes_options ht_changes_defaults(void);

struct ht_change {
    size_t at;   /* the first value behind the change */
    double size; /* of the statistic */
    double p;    /* by permutation: 1 / (permutations + 1) at the least */
};

/* The change points in the order of the series; the caller frees *change, which is NULL when there are none. 0 or
 * -ENOMEM. */
int ht_changes_find(const double *x, size_t n, const struct ht_changes_options *options,
                    struct ht_change **change, size_t *changes);

/* The largest statistic of x, and where it splits; 0 when x is too short. `room` has place for 4 n + 2 values. */
double ht_changes_best_split(const double *x, size_t n, size_t least, double *room, size_t *at);

#endif
