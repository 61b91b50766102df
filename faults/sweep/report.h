/* What a sweep has found, for people and for a CI. */
#ifndef HT_FAULTS_SWEEP_REPORT_H
#define HT_FAULTS_SWEEP_REPORT_H

#include <stdio.h>

#include "faults/sweep/accepted.h"
#include "faults/sweep/sweep.h"

/* A finding: a bad outcome on a stack, in however many points. */
struct ht_finding {
    enum ht_sweep_outcome outcome;
    uint64_t stack;
    const struct ht_sweep_row *first; /* of its rows */
    size_t points;
    bool is_accepted;
};

struct ht_findings {
    struct ht_finding *finding; /* worst first */
    size_t findings, fresh;     /* fresh: not accepted */
    size_t stale;               /* accepted ones that were not seen */
};

/* 0 or -ENOMEM; to be freed with free(f->finding). */
int ht_findings_collect(const struct ht_sweep_rows *rows, struct ht_accepted *accepted,
                        struct ht_findings *f);

/* Counts, then each finding with its stack and its replay; at most `most` of them. */
void ht_sweep_report(FILE *out, struct ht_sweep *s, const struct ht_findings *f, size_t most);

/* JUnit XML: one case a stack. 0 or a negative errno. */
int ht_sweep_junit(const char *path, struct ht_sweep *s, const struct ht_findings *f);

#endif
