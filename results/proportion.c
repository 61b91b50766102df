/* A share of n trials with its exact interval: the ends are quantiles of beta distributions. */
#include <math.h>

#include "results/stats.h"

enum { FRACTION_STEPS = 100000, HALVINGS = 200 };

/* The continued fraction of the incomplete beta function (NIST DLMF 8.17.22), by Lentz's method. It converges
 * fast where x is below (a + 1) / (a + b + 2). */
static double beta_fraction(double a, double b, double x)
{
    const double tiny = 1e-300;
    double c = 1, d = 1 / fmax(tiny, 1 - (a + b) * x / (a + 1)), product = d;
    for (int m = 1; m < FRACTION_STEPS; m++) {
        const double k = m;
        const double even = k * (b - k) * x / ((a + 2 * k - 1) * (a + 2 * k));
        const double odd = -(a + k) * (a + b + k) * x / ((a + 2 * k) * (a + 2 * k + 1));
        d = 1 / (1 + even * d);
        c = 1 + even / c;
        product *= c * d;
        d = 1 / (1 + odd * d);
        c = 1 + odd / c;
        product *= c * d;
        if (fabs(c * d - 1) < 1e-16)
            break;
    }
    return product;
}

/* P(X <= x) of the beta distribution of a and b. */
static double beta_below(double a, double b, double x)
{
    if (x <= 0 || x >= 1)
        return x >= 1;
    const double front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x));
    return x < (a + 1) / (a + b + 2) ? front * beta_fraction(a, b, x) / a
                                     : 1 - front * beta_fraction(b, a, 1 - x) / b;
}

static double beta_quantile(double a, double b, double p)
{
    double low = 0, high = 1;
    for (int i = 0; i < HALVINGS && high > low; i++) {
        const double middle = (low + high) / 2;
        if (middle == low || middle == high)
            break;
        if (beta_below(a, b, middle) < p)
            low = middle;
        else
            high = middle;
    }
    return (low + high) / 2;
}

struct ht_interval ht_clopper_pearson(uint64_t k, uint64_t n, double level)
{
    struct ht_interval out = {.estimate = n ? (double)k / (double)n : NAN, .high = 1, .level = level, .n = n};
    const double tail = (1 - level) / 2, hits = (double)k, misses = (double)(n - k);
    if (k > 0)
        out.low = beta_quantile(hits, misses + 1, tail);
    if (k < n)
        out.high = beta_quantile(hits + 1, misses, 1 - tail);
    return out;
}
