/* Findings that somebody has looked at and accepts, each with a reason. A file for people, one finding a line:
 *
 *     # what stands after a # at the start of a line is a comment
 *     OUTCOME STACK REASON
 *
 * with the outcome's word and the stack's number as in rows.csv. */
#ifndef HT_FAULTS_SWEEP_ACCEPTED_H
#define HT_FAULTS_SWEEP_ACCEPTED_H

#include "faults/sweep/rows.h"

struct ht_accepted_entry {
    enum ht_sweep_outcome outcome;
    uint64_t stack;
    bool was_seen; /* for the caller's use */
};

struct ht_accepted {
    struct ht_accepted_entry *entry;
    size_t entries;
};

/* 0; -ENOENT when there is no file, which is then empty; -EINVAL with one line in `why` that names the line; or another
 * negative errno. */
int ht_accepted_read(const char *path, struct ht_accepted *a, char why[256]);
void ht_accepted_free(struct ht_accepted *a);

/* The entry of this pair; NULL when it is not accepted. */
struct ht_accepted_entry *ht_accepted_find(const struct ht_accepted *a, enum ht_sweep_outcome outcome,
                                           uint64_t stack);

/* Adds the findings among the rows that are not there yet, for this reason. `added` is how many. 0 or a negative
 * errno. */
int ht_accepted_append(const char *path, const struct ht_accepted *a, const struct ht_sweep_rows *rows,
                       const char *reason, size_t *added);

#endif
