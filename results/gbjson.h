/* The rows as a JSON file of Google Benchmark's, for its own tools/compare.py:
 *
 *     compare.py filters gbench.json '/system$' '/tlsf$'
 *     compare.py benchmarksfiltered old/gbench.json '/tlsf$' new/gbench.json '/tlsf$'
 *
 * One entry a process, so that its U test compares what is independent: each ok row of the throughput pass is
 * one repetition (repetition_index is round - 1) of "workload/params/threads:N/strategy", with the time of an
 * iteration in ns. Rows without both wall and CPU time are left out, as are all that were not ok: compare.py
 * takes every entry of a name to have times. No number is ever NaN or infinite. */
#ifndef HT_RESULTS_GBJSON_H
#define HT_RESULTS_GBJSON_H

#include "results/row.h"

/* 0 or a negative errno; the file is written whole or not at all. The rows' words are interned, as
 * ht_rows_read leaves them. */
int ht_gbjson_write(const struct ht_rows *rows, const char *path);

#endif
