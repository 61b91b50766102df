/* The files behind a row, FOLDER/series: samples, histograms, pauses, cycles; and the figures that come from them. */
#ifndef HT_BENCH_CELL_SERIES_H
#define HT_BENCH_CELL_SERIES_H

#include "bench/cell_launch.h"
#include "bench/measure.h"

/* Writes what the cell sent, and fills its figures into the row. 0 or a negative errno. */
int ht_cell_series_write(const struct ht_measure *measure, struct ht_measurement *m,
                         const struct ht_cell_result *r);

#endif
