/* A run that never ran: rows and series of made-up strategies with known factors, for tests of results/ and
 * to measure how it scales. The same options make the same bytes. */
#ifndef HT_TESTS_SYNTHETIC_H
#define HT_TESTS_SYNTHETIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct synthetic {
    size_t strategies, workloads, rounds; /* at most 20, 30, any; the second strategy is `system` */
    size_t thread_counts;                 /* 1, 2, 4...: so many of them, in the throughput pass */
    size_t series_rounds;                 /* rounds whose latency and memory rows bring a series file */
    double noise;                         /* standard deviation of the log of each figure */
    bool failures;                        /* some cells are unsupported, crash or hang */
};

enum { SYNTHETIC_STRATEGIES = 20, SYNTHETIC_WORKLOADS = 30 };

/* The true time ratio of a strategy to `system` in a workload with one thread, and of its memory. */
double synthetic_time(size_t strategy, size_t workload);
double synthetic_memory(size_t strategy, size_t workload);

const char *synthetic_strategy(size_t strategy);
const char *synthetic_workload(size_t workload);

/* Why a cell is not ok; NULL: it is. */
const char *synthetic_outcome(const struct synthetic *options, size_t strategy, size_t workload);

/* Writes DIR/rows.csv and DIR/series/. Returns how many rows, or a negative errno. */
long synthetic_write(const char *dir, const struct synthetic *options);

#endif
