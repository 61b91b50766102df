/* What the files of the table share. Only results/table*.c includes it. */
#ifndef HT_RESULTS_TABLE_PARTS_H
#define HT_RESULTS_TABLE_PARTS_H

#include "results/survival.h"
#include "results/table.h"

/* "0.31 [0.30, 0.33]", or "-", in one column of the table; and the heading of one. */
void ht_table_put_interval(FILE *out, const struct ht_interval *interval);
void ht_table_put_heading(FILE *out, const char *heading);

/* The figures of collectors, where there are some: lines after the table, what they mean, and CSV. */
void ht_table_put_collectors(FILE *out, const struct ht_summary *summary, size_t name_columns);
void ht_table_put_collectors_notes(FILE *out, const struct ht_summary *summary);
void ht_table_put_collectors_csv(FILE *out, const struct ht_summary *summary);

/* Survival under failure: a rate in one column of the table; the lines after it; and CSV. */
void ht_table_put_rate(FILE *out, const struct ht_survival_figures *figures);
void ht_table_put_survival(FILE *out, const struct ht_survival *survival, size_t name_columns);
void ht_table_put_survival_csv(FILE *out, const struct ht_summary *summary);

/* Heaps that were shattered against the same ones whole, where there are some: lines after all others, and CSV. */
void ht_table_put_shattered(FILE *out, const struct ht_summary *summary, size_t name_columns);
void ht_table_put_shattered_csv(FILE *out, const struct ht_summary *summary);

/* A line of CSV of a strategy, or with `cell` of one of its cells. */
void ht_table_put_csv_ratio(FILE *out, const struct ht_summary *summary, const struct ht_summary_cell *cell,
                            size_t strategy, const char *metric, const struct ht_interval *ratio, size_t cells);

/* True when the run has no rows but those of the pass faults. */
bool ht_table_is_all_survival(const struct ht_summary *summary);

/* A line of CSV that holds one figure and no interval, nothing when it is NAN; `cell` NULL: of the suite; `reason` is the
 * workload that the figure is of. */
void ht_table_put_csv_figure(FILE *out, const struct ht_summary *summary, const struct ht_summary_cell *cell,
                             size_t strategy, const char *metric, double value, size_t cells,
                             const char *reason);

#endif
