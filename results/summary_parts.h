/* What the files of the summary share. Only results/summary*.c includes it. */
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
    struct ht_suite_pair *pair; /* in all strategies; a cell's number is the summary's */
    size_t n;
    double *x; /* room for as many */
};

/* Pairs each row of time with what bounds its job in the same round; none where no collector's pauses are known. 0 or
 * -ENOMEM. */
int ht_summary_pair_overhead(const struct ht_summary *summary, struct ht_summary_pairs *pairs);

/* Fills failure, failure_job and the strategies' counts, once the cells are named. 0 or -ENOMEM. */
int ht_summary_list_failures(struct ht_summary *summary);

#endif
