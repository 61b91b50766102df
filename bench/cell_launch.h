/* The command line and the environment of a cell, and what it sent back. Shared by whatever runs cells. */
#ifndef HT_BENCH_CELL_LAUNCH_H
#define HT_BENCH_CELL_LAUNCH_H

#include "base/outcome.h"
#include "bench/launch.h"
#include "bench/plan.h"

enum { HT_WINDOWS_MAX = 1001 };

/* What a cell is to do. */
struct ht_cell_task {
    const struct ht_plan *plan;
    const struct ht_strategy *strategy;
    const struct ht_group *group;
    uint64_t seed, iterations, data_limit;
    unsigned repetitions;
    unsigned pad;
    const char *heap; /* instead of the group's; or NULL */
    bool callgrind;   /* run it under valgrind's callgrind */
};

/* What a cell sent. Arrays are the caller's to free with ht_cell_result_free. */
struct ht_cell_result {
    struct ht_ended ended;
    bool has_verdict, has_latency, has_memory, has_collector, has_cycles, has_leaked, has_points,
        has_shattered;
    enum ht_outcome outcome;
    char reason[HT_TEXT_BYTES + 64], version[HT_TEXT_BYTES], library[HT_TEXT_BYTES], signal[16];
    struct ht_repetition window[HT_WINDOWS_MAX];
    unsigned windows;
    struct ht_latency latency;
    struct ht_memory memory;
    struct ht_bucket *bucket;
    struct ht_sample *sample;
    struct ht_collector_figures collector;
    struct gc_pause *pause;
    struct ht_cycle *cycle;
    struct ht_leaked leaked; /* of a heap that was full */
    struct ht_points points;
    struct ht_shattered shattered;
    uint64_t outstanding_max_bytes;
    size_t buckets, samples, pauses, cycles;
    uint64_t instructions; /* of the whole process, with callgrind */
};

/* Runs the cell and says how it ended: `outcome` and `reason` are always set. 0 or a negative errno of the
 * harness. */
int ht_cell_launch(const struct ht_cell_task *task, struct ht_cell_result *result);
void ht_cell_result_free(struct ht_cell_result *result);

#endif
