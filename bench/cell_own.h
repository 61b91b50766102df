/* What the parts of a cell share; nobody else includes it. bench/cell.c takes the options and has Google Benchmark run
 * what was asked for, bench/cell_job.c makes a job of the options, bench/cell_run.c runs it; bench/cell_try.c only opens the heap. */
#ifndef HT_BENCH_CELL_OWN_H
#define HT_BENCH_CELL_OWN_H

#include "base/clock.h"
#include "bench/cell_options.h"
#include "bench/gbench.h"
#include "bench/injector.h"
#include "bench/record.h"
#include "bench/state.h"

enum { HT_CELL_REPETITIONS_MAX = 1000, HT_CELL_PAUSES_MAX = 1 << 18 };

struct ht_cell {
    struct ht_cell_options options;
    struct ht_tick_rate rate;
    uint64_t iterations; /* of the window that runs */
    struct ht_repetition window[HT_CELL_REPETITIONS_MAX];
    unsigned windows;
    bool heap_is_open;
    size_t heap_of; /* the workload that it was opened for */
    struct gc_log log;
    struct gc_stats before; /* the last window */
    struct ht_collector_figures figures;
};

extern struct ht_cell ht_cell;

static inline bool ht_cell_is_probed(void)
{
    return ht_cell.options.verify || (ht_cell.options.fault[0] && !ht_injector_is_plain()) ||
           ht_cell.options.pass == HT_PASS_LATENCY ||
           ht_cell.options.pass == HT_PASS_MEMORY;
}

/* Times have a cold window first; memory is one life from the first allocation to the drain; instructions come from a
 * difference. */
static inline bool ht_cell_has_cold_window(void)
{
    const enum ht_pass pass = ht_cell.options.pass;
    return pass != HT_PASS_MEMORY && pass != HT_PASS_INSTRUCTIONS && pass != HT_PASS_HEAP &&
           pass != HT_PASS_GARBAGE;
}

/* ---- the job ------------------------------------------------------------------------------------------------ */

const struct ht_workload *ht_cell_workload(size_t index);

/* The job of workload `index`; exits 2 when the parameters are wrong. */
struct ht_job ht_cell_job(size_t index);

/* What it takes from the scratch region. */
size_t ht_cell_scratch_bytes(const struct ht_job *job);

/* What the strategy lacks for this job, in words; empty when nothing. */
void ht_cell_find_mismatch(const struct ht_job *job, char why[160]);

/* ---- its run ------------------------------------------------------------------------------------------------ */

/* One repetition of the workload whose index is `context`. */
void ht_cell_run(struct gbench_state *state, void *context);
void ht_cell_close_heap(void);

/* ---- before any ---------------------------------------------------------------------------------------------- */

/* Opens the heap with the options of the strategy, or its plug-in, and closes it. False, or true with a line on stderr
 * when that can't be done: the parent asks once, before a run (bench/strategy_try.h). */
bool ht_cell_try(void);

#endif
