/* The flags of a cell that are not Google Benchmark's. `heaptrial run` gives them all; by hand, each has a
 * default, and the cell is an ordinary Google Benchmark program. */
#ifndef HT_BENCH_CELL_OPTIONS_H
#define HT_BENCH_CELL_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "bench/pass.h"

struct ht_cell_options {
    const char *workload; /* NULL: all */
    const char *params;
    const char *plugin;
    const char *variant; /* the strategy's own options; "" for none */
    const char *heap;    /* of a collector: bytes, or a multiple of what is live, as 1.75x */
    const char *fault;   /* the fault plan; "" for none */
    const char *preload; /* the file name that malloc must come from; NULL: not asked */
    uint64_t threads, seed, iterations, repetitions;
    uint64_t try_ms; /* of a cell for faults: a try that takes longer hangs */
    uint64_t points; /* of a plan with a `*`: so many are tried; 0: all */
    enum ht_pass pass;
    int fd; /* where records go; -1: nowhere */
    bool verify;
    bool capabilities; /* only list them */
    bool tries;        /* only open the heap, and say what is wrong */
};

/* Takes the `--heaptrial_*` flags out of argv; *argc shrinks. Prints what is wrong and exits 2. */
void ht_cell_options_parse(struct ht_cell_options *options, int *argc, char **argv);

#endif
