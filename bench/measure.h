/* One cell in one round: runs it in a child and makes its row. */
#ifndef HT_BENCH_MEASURE_H
#define HT_BENCH_MEASURE_H

#include "bench/launch.h"
#include "bench/plan.h"
#include "results/row.h"

/* What is known of a row beside its figures. Strings of the row point into it: it lives as long. */
struct ht_measurement {
    struct ht_row row;
    char version[HT_TEXT_BYTES], library[HT_TEXT_BYTES], reason[HT_TEXT_BYTES + 64], signal[16], series[96], stream[24];
};

struct ht_measure {
    const struct ht_plan *plan;
    const char *folder; /* of the run: series files go to FOLDER/series */
    uint64_t data_limit;
};

/* Runs cell number `cell` in `round`, at `order`. 0, or a negative errno when the harness itself failed
 * (-EINTR: interrupted, there is no row); whatever happened to the strategy is in the row. */
int ht_measure(const struct ht_measure *measure, size_t cell, unsigned round, size_t order,
               struct ht_measurement *m);

/* How long a window of one iteration takes on this strategy, in ns; or a negative errno. */
int ht_measure_iteration(const struct ht_measure *measure, const struct ht_group *group,
                         const struct ht_strategy *strategy, uint64_t iterations, double *wall_ns);

/* Asks a strategy for its version, by running its cell for a moment, and keeps it in strategy->version. */
void ht_measure_version(const struct ht_measure *measure, struct ht_strategy *strategy);

#endif
