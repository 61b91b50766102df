/* How strategies come through failures: the rows of the pass `faults`, by strategy and by fault plan.
 *
 * Survival is the share of the points at which something failed that came to a good end. What can't apply, and what never
 * failed, is counted apart. Borrows the summary, and owns the rest until ht_survival_close. */
#ifndef HT_RESULTS_SURVIVAL_H
#define HT_RESULTS_SURVIVAL_H

#include "base/outcome.h"
#include "results/summary.h"

struct ht_survival_figures {
    uint64_t points, fired, survived;
    size_t rows, ok, unsupported, bad;
    enum ht_outcome worst; /* of those that are bad; HT_OK when none is */
};

struct ht_survival {
    const struct ht_summary *summary;
    const char **fault; /* the plans, as rows first name them in the order of the run's plan */
    size_t faults;
    struct ht_survival_figures *cell;     /* strategy x fault */
    struct ht_survival_figures *strategy; /* over all plans */
    size_t rows;                          /* of this pass; 0: the run has none */
};

/* 0 or -ENOMEM; after an error nothing is held. */
int ht_survival_open(struct ht_survival *survival, const struct ht_summary *summary);
void ht_survival_close(struct ht_survival *survival);

static inline const struct ht_survival_figures *ht_survival_cell(const struct ht_survival *survival,
                                                                 size_t strategy, size_t fault)
{
    return &survival->cell[strategy * survival->faults + fault];
}

/* True for a row of this pass. */
bool ht_survival_has(const struct ht_row *row);

/* True when the row is neither ok nor unsupported. */
bool ht_survival_is_bad(const struct ht_row *row);

#endif
