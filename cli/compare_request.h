/* What a comparison is of: one run, or two, read and summed up. */
#ifndef HT_CLI_COMPARE_REQUEST_H
#define HT_CLI_COMPARE_REQUEST_H

#include "cli/present.h"
#include "results/compare.h"

struct ht_compared {
    struct ht_presented run; /* one run */
    struct ht_rows rows;     /* two runs: the base's, then the new one's */
    struct ht_summary both;
    bool is_pair;
    const struct ht_summary *summary[HT_PRESENTED_KINDS];
    size_t summaries;
};

/* Opens one run, FOLDER or FOLDER/rows.csv, with its strategies against `baseline`, which may be NULL. Returns an exit
 * status; unless it is HT_EXIT_GOOD nothing is held, and the reason was said. */
int ht_compared_open_run(struct ht_compared *compared, const char *path, const char *baseline);

/* Opens two runs. HT_EXIT_INCOMPARABLE when they are of different machines, unless `any_machine`. */
int ht_compared_open_pair(struct ht_compared *compared, const char *base, const char *new, bool any_machine);

void ht_compared_close(struct ht_compared *compared);

/* "time,p99": a set of metrics. False, with one line in `why`, when one is not known. */
bool ht_compared_parse_metrics(const char *words, unsigned *metrics, char why[256]);

#endif
