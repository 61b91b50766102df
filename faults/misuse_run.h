/* Runs a plan of misuse: each row in fresh processes, appended whole to a file. A run that was stopped goes on where it
 * stopped. */
#ifndef HT_FAULTS_MISUSE_RUN_H
#define HT_FAULTS_MISUSE_RUN_H

#include "faults/misuse_plan.h"
#include "results/misuse_rows.h"

struct ht_misuse_runner {
    const struct ht_misuse_plan *plan;
    const char *path; /* of the rows */
    bool quiet;       /* no progress */
    size_t rows;      /* out: rows that there are now */
};

/* Asks each strategy for its version that has none yet. 0, or a negative errno of the harness; -EINTR when the user stopped
 * it. */
int ht_misuse_ask_versions(struct ht_misuse_plan *plan);

/* Runs what the file does not have yet. 0; -EINTR when the user stopped it; -EPROTO when the file or a row in it is not of
 * this plan; or another negative errno, with one line in `why`. Whatever it returns, the rows that were there are whole. */
int ht_misuse_run(struct ht_misuse_runner *runner, char why[256]);

/* Runs one row, `repeat` times. 0, or a negative errno of the harness. */
int ht_misuse_run_step(const struct ht_misuse_plan *plan, const struct ht_misuse_step *step,
                       struct ht_misuse_row *row);

#endif
