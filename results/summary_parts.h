/* What the files of the summary, and of what is made from it, share. Only results/ includes it. */
#ifndef HT_RESULTS_SUMMARY_PARTS_H
#define HT_RESULTS_SUMMARY_PARTS_H

#include <string.h>

#include "base/outcome.h"
#include "results/summary.h"

/* An interned word as a word of an index key. */
static inline uint64_t ht_summary_word(const char *interned)
{
    return (uint64_t)(uintptr_t)interned;
}

static inline bool ht_summary_is_ok(const struct ht_row *row)
{
    return !strcmp(row->outcome, ht_outcome_word(HT_OK));
}

struct ht_summary_pairs {
    struct ht_pair *pair;
    size_t n;
    size_t *base; /* room for the baseline's rows, as many as there are rows */
};

/* Pairs each row of time with what bounds its job in the same round; none where no collector's pauses are known. 0 or
 * -ENOMEM. */
int ht_summary_pair_overhead(const struct ht_summary *summary, struct ht_summary_pairs *pairs);

/* A figure of the baseline. */
struct ht_summary_noted {
    size_t job;
    uint64_t round; /* as the rows number it */
    double figure;
};

/* All of one metric, by job and round: *noted is the caller's to free. 0 or -ENOMEM. */
int ht_summary_note_baseline(const struct ht_summary *summary, enum ht_metric metric,
                             struct ht_summary_noted **noted, size_t *n);

/* Pairs, cells' and strategies' ratios, and noise. 0 or -ENOMEM. */
int ht_summary_compare_all(struct ht_summary *summary);

/* Fills failure, failure_job and the strategies' counts, once the cells are named. 0 or -ENOMEM. */
int ht_summary_list_failures(struct ht_summary *summary);

#endif
