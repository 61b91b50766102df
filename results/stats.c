#include "results/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Twice the sum of ranks 1..HT_STATS_EXACT_MAX: mean ranks of ties are multiples of one half. */
enum { SUMS = HT_STATS_EXACT_MAX * (HT_STATS_EXACT_MAX + 1) + 1 };

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int compare_magnitude(const void *a, const void *b)
{
    const double x = fabs(*(const double *)a), y = fabs(*(const double *)b);
    return (x > y) - (x < y);
}

void ht_sort(double *x, size_t n)
{
    if (n > 16) {
        qsort(x, n, sizeof *x, compare);
        return;
    }
    for (size_t i = 1; i < n; i++) {
        const double value = x[i];
        size_t k = i;
        for (; k && x[k - 1] > value; k--)
            x[k] = x[k - 1];
        x[k] = value;
    }
}

double ht_quantile(const double *sorted, size_t n, double p)
{
    if (!n)
        return NAN;
    const double at = p * (double)(n - 1);
    const size_t below = (size_t)at;
    if (below + 1 >= n)
        return sorted[n - 1];
    return sorted[below] + (at - (double)below) * (sorted[below + 1] - sorted[below]);
}

double ht_median(const double *sorted, size_t n)
{
    return n ? (sorted[(n - 1) / 2] + sorted[n / 2]) / 2 : NAN;
}

double ht_geometric_mean(const double *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += log(x[i]);
    return n ? exp(sum / (double)n) : NAN;
}

double ht_noise_floor(double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = expm1(fabs(x[i]));
    ht_sort(x, n);
    return ht_quantile(x, n, 0.95);
}

/* ---- Walsh averages ------------------------------------------------------------------------------------- */

/* How many of the n(n+1)/2 averages are at most t. Sums grow along rows and columns of sorted x, so the
 * border between them is a staircase that is walked once. */
static uint64_t averages_up_to(const double *x, size_t n, double t)
{
    uint64_t count = 0;
    size_t end = n;
    for (size_t i = 0; i < n; i++) {
        while (end > i && (x[i] + x[end - 1]) / 2 > t)
            end--;
        if (end <= i)
            break;
        count += end - i;
    }
    return count;
}

/* Doubles in the order of their bits, and back. */
static int64_t to_ordered(double value)
{
    int64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits < 0 ? INT64_MIN - bits : bits;
}

static double from_ordered(int64_t order)
{
    const int64_t bits = order < 0 ? INT64_MIN - order : order;
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* The k-th smallest average, k from 1: bisects over all doubles, at most 64 walks. */
static double walsh_average(const double *x, size_t n, uint64_t k)
{
    int64_t low = to_ordered(x[0]), high = to_ordered(x[n - 1]);
    while (low < high) {
        const int64_t middle = low + (int64_t)(((uint64_t)high - (uint64_t)low) / 2);
        if (averages_up_to(x, n, from_ordered(middle)) >= k)
            high = middle;
        else
            low = middle + 1;
    }
    return from_ordered(low);
}

/* ---- the signed-rank distribution ----------------------------------------------------------------------- */

/* In how many of the 2^n choices of signs the positive ranks, each given twofold, sum up to each number. */
static size_t count_sums(const unsigned *twice_rank, size_t n, double sums[SUMS])
{
    size_t top = 0;
    memset(sums, 0, SUMS * sizeof *sums);
    sums[0] = 1;
    for (size_t i = 0; i < n; i++) {
        top += twice_rank[i];
        for (size_t s = top; s >= twice_rank[i]; s--)
            sums[s] += sums[s - twice_rank[i]];
    }
    return top;
}

/* The largest k for which P(W < k) <= tail, without ties; 0 when there is none. *reached is P(W < k). */
static uint64_t exact_rank(size_t n, double tail, double *reached)
{
    unsigned twice_rank[HT_STATS_EXACT_MAX];
    double sums[SUMS], below = 0;
    for (size_t i = 0; i < n; i++)
        twice_rank[i] = 2 * (unsigned)(i + 1);
    const size_t top = count_sums(twice_rank, n, sums);
    uint64_t k = 0;
    *reached = 0;
    for (size_t w = 0; 2 * w <= top && ldexp(below + sums[2 * w], -(int)n) <= tail; w++) {
        below += sums[2 * w];
        *reached = ldexp(below, -(int)n);
        k = w + 1;
    }
    return k;
}

/* By bisection of erfc: called once a comparison, so plain beats fast. */
double ht_normal_quantile(double tail)
{
    double low = 0, high = 40;
    for (int i = 0; i < 80; i++) {
        const double middle = (low + high) / 2;
        if (erfc(middle / sqrt(2)) / 2 > tail)
            low = middle;
        else
            high = middle;
    }
    return high;
}

static uint64_t normal_rank(size_t n, double tail)
{
    const double m = (double)n, mean = m * (m + 1) / 4, sd = sqrt(m * (m + 1) * (2 * m + 1) / 24);
    const double k = floor(mean - ht_normal_quantile(tail) * sd);
    return k < 1 ? 1 : (uint64_t)k;
}

uint64_t ht_hodges_lehmann_rank(size_t n, double level)
{
    double tail;
    const uint64_t k =
        n <= HT_STATS_EXACT_MAX ? exact_rank(n, (1 - level) / 2, &tail) : normal_rank(n, (1 - level) / 2);
    return k ? k : 1;
}

struct ht_interval ht_hodges_lehmann(double *x, size_t n, double level)
{
    if (!n)
        return (struct ht_interval){NAN, NAN, NAN, 0, 0, true};
    ht_sort(x, n);
    struct ht_interval out = {.level = level, .n = n};
    uint64_t k;
    if (n <= HT_STATS_EXACT_MAX) {
        double tail;
        k = exact_rank(n, (1 - level) / 2, &tail);
        out.range = k == 0;
        out.level = 1 - 2 * (k ? tail : ldexp(1, -(int)n));
        k += k == 0;
    } else {
        k = normal_rank(n, (1 - level) / 2);
    }
    const uint64_t averages = (uint64_t)n * (n + 1) / 2;
    out.low = walsh_average(x, n, k);
    out.high = walsh_average(x, n, averages + 1 - k);
    out.estimate = (walsh_average(x, n, (averages + 1) / 2) + walsh_average(x, n, averages / 2 + 1)) / 2;
    return out;
}

/* ---- the test ------------------------------------------------------------------------------------------- */

/* The positive values' sum of ranks, twofold, of x sorted by magnitude, and the sum of t^3 - t over groups of
 * t ties. twice_rank may be NULL. */
static double sum_ranks(const double *x, size_t n, unsigned *twice_rank, double *ties)
{
    double sum = 0;
    *ties = 0;
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i; end < n && fabs(x[end]) == fabs(x[i]); end++)
            ;
        const double t = (double)(end - i);
        *ties += t * t * t - t;
        for (size_t k = i; k < end; k++) {
            sum += x[k] > 0 ? (double)(i + end + 1) : 0;
            if (twice_rank)
                twice_rank[k] = (unsigned)(i + end + 1);
        }
    }
    return sum;
}

static struct ht_tails exact_tails(const double *x, size_t n)
{
    unsigned twice_rank[HT_STATS_EXACT_MAX];
    double sums[SUMS], ties;
    struct ht_tails tails = {0, 0};
    const size_t w = (size_t)sum_ranks(x, n, twice_rank, &ties);
    const size_t top = count_sums(twice_rank, n, sums);
    for (size_t s = 0; s <= top; s++) {
        tails.below += s <= w ? sums[s] : 0;
        tails.above += s >= w ? sums[s] : 0;
    }
    return (struct ht_tails){ldexp(tails.below, -(int)n), ldexp(tails.above, -(int)n)};
}

static struct ht_tails normal_tails(const double *x, size_t n)
{
    double ties;
    const double w = sum_ranks(x, n, NULL, &ties) / 2, m = (double)n;
    const double variance = m * (m + 1) * (2 * m + 1) / 24 - ties / 48;
    const double z = (w - m * (m + 1) / 4) / sqrt(2 * variance);
    return (struct ht_tails){erfc(-z) / 2, erfc(z) / 2};
}

struct ht_tails ht_wilcoxon_tails(double *x, size_t n)
{
    size_t zeros = 0;
    if (n)
        qsort(x, n, sizeof *x, compare_magnitude);
    while (zeros < n && x[zeros] == 0)
        zeros++;
    x += zeros;
    n -= zeros;
    if (!n)
        return (struct ht_tails){1, 1};
    return n <= HT_STATS_EXACT_MAX ? exact_tails(x, n) : normal_tails(x, n);
}

double ht_wilcoxon_p(double *x, size_t n)
{
    const struct ht_tails tails = ht_wilcoxon_tails(x, n);
    return fmin(1, 2 * fmin(tails.below, tails.above));
}
