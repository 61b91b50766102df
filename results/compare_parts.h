/* What the files of the comparison share. Only results/compare*.c includes it. */
#ifndef HT_RESULTS_COMPARE_PARTS_H
#define HT_RESULTS_COMPARE_PARTS_H

#include "results/compare.h"
#include "results/summary_parts.h"

/* Level of all intervals, and the power that the smallest effect is given for. */
#define HT_COMPARE_LEVEL 0.95
#define HT_COMPARE_POWER 0.8

/* Whether `strategy` of the summary (or, of two runs, of the job) is known to be the same on both sides. */
bool ht_compare_is_twin(const struct ht_compare *compare, const struct ht_summary *summary, size_t subject,
                        size_t job);

/* The verdict of an interval alone; `called`: that it lies beyond the threshold is believed. */
enum ht_verdict ht_compare_judge(const struct ht_interval *ratio, double margin, double threshold, bool exact,
                                 bool called);

/* Each fills its part of the comparison from the summary. 0 or -ENOMEM. */
int ht_compare_add_groups(struct ht_compare *compare, const struct ht_summary *summary);
int ht_compare_add_outcomes(struct ht_compare *compare, const struct ht_summary *summary);
int ht_compare_add_gaps(struct ht_compare *compare, const struct ht_summary *summary);

/* Once all lines are there. 0 or -ENOMEM. */
int ht_compare_find_floors(struct ht_compare *compare, const struct ht_summary *const *summary,
                           size_t summaries);
void ht_compare_sort_groups(struct ht_compare *compare);
void ht_compare_sort_outcomes(struct ht_compare *compare);

/* Makes room for one more of `count` things of `bytes`; they grow by halves. NULL: no memory, and `things` stands. */
void *ht_compare_grow(void *things, size_t count, size_t bytes);

#endif
