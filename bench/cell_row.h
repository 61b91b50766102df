/* The figures of a row from what a cell sent. */
#ifndef HT_BENCH_CELL_ROW_H
#define HT_BENCH_CELL_ROW_H

#include "allocators/collector.h"
#include "bench/cell_launch.h"
#include "bench/measure.h"

/* Words and figures; those of pauses and cycles come with their series (bench/cell_series.h). */
void ht_cell_row_fill(struct ht_measurement *m, const struct ht_cell_result *r, enum ht_pass pass);

/* What a collector does not count is absent from the row. */
static inline uint64_t ht_known(uint64_t figure)
{
    return figure == GC_UNKNOWN ? HT_ABSENT : figure;
}

#endif
