/* Many tests at once: Holm, and Benjamini and Hochberg. Both walk the p values in their order and let none be
 * smaller than one that ought to be. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "results/stats.h"

static int by_p(const void *a, const void *b)
{
    const double p = **(double *const *)a, q = **(double *const *)b;
    return (p > q) - (p < q);
}

/* Pointers to the values of p, the smallest first; NULL: no memory. */
static double **in_order(double *p, size_t n)
{
    double **const order = malloc((n + 1) * sizeof(double *));
    for (size_t i = 0; order && i < n; i++)
        order[i] = &p[i];
    if (order)
        qsort(order, n, sizeof *order, by_p);
    return order;
}

int ht_holm(double *p, size_t n)
{
    double **const order = in_order(p, n), least = 0;
    if (!order)
        return -ENOMEM;
    for (size_t i = 0; i < n; i++) {
        least = fmax(least, fmin(1, *order[i] * (double)(n - i)));
        *order[i] = least;
    }
    free(order);
    return 0;
}

int ht_benjamini_hochberg(double *p, size_t n)
{
    double **const order = in_order(p, n), most = 1;
    if (!order)
        return -ENOMEM;
    for (size_t i = n; i-- > 0;) {
        most = fmin(most, *order[i] * (double)n / (double)(i + 1));
        *order[i] = most;
    }
    free(order);
    return 0;
}
