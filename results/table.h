/* A summary as text. For people: one line a strategy, then what was not ok and why, then what the figures
 * mean; UTF-8, at most HT_TABLE_WIDTH columns, no colour. For programs: CSV, one line a metric of a strategy
 * (workload empty: the whole suite) and of each of its cells. */
#ifndef HT_RESULTS_TABLE_H
#define HT_RESULTS_TABLE_H

#include <stdio.h>

#include "results/summary.h"

enum { HT_TABLE_WIDTH = 100 };

void ht_table_emit(const struct ht_summary *summary, FILE *out);
void ht_table_emit_csv_header(FILE *out);
void ht_table_emit_csv(const struct ht_summary *summary, FILE *out);

#endif
