/* The report of a run: one page of HTML that needs nothing else, and a short one in Markdown.
 *
 * The page says first what the run shows and which strategy to take for what, then the charts, each with a sentence on
 * how it is read and one that was made from the figures, then the noise, the order and the machine. Its script sorts,
 * filters and switches the baseline; without it, it reads the same. It asks no network for anything, and says so in a
 * content security policy (docs/report.md).
 *
 * The report borrows the summaries, the comparison and the self-test, and owns the rest until ht_report_close. */
#ifndef HT_RESULTS_REPORT_H
#define HT_RESULTS_REPORT_H

#include <stdio.h>

#include "results/compare.h"
#include "results/origin.h"
#include "results/report_figures.h"
#include "results/selftest.h"

enum { HT_REPORT_PARTS = 2, HT_REPORT_LEFT_OUT = 24 };

/* What is of one kind. */
struct ht_report_part {
    const struct ht_summary *summary;
    struct ht_figures figures;
    const char *name, *id; /* "Allocators", "a" */
    bool *named;           /* by strategy: of whom the verdict or a choice speaks; NULL until that is known */
    bool collectors;
};

/* A chart that the run has nothing for, and the pass that would. */
struct ht_report_gap {
    const char *part, *chart, *advice;
};

struct ht_report {
    const char *dir;
    struct ht_report_part part[HT_REPORT_PARTS];
    size_t parts;
    const struct ht_compare *compare; /* NULL: no two rows can be paired */
    struct ht_origin origin;
    bool has_origin;
    char misuse_why[256];               /* why misuse.csv can't be read, or "" */
    const struct ht_selftest *selftest; /* set after ht_report_open; NULL or no trials: no word of it */
    const char *selftest_why;           /* why one that nobody named can't be read, or NULL */
    struct ht_report_gap gap[HT_REPORT_LEFT_OUT];
    size_t gaps;
    size_t unread; /* series that can't be read */
    FILE *out;
};

/* Of the run in `dir`, where its manifest and its series are; at most HT_REPORT_PARTS summaries. 0; or a negative errno
 * with one line in `why`, and nothing held. */
int ht_report_open(struct ht_report *report, const char *dir, const struct ht_summary *const *summary,
                   size_t summaries, const struct ht_compare *compare, char why[256]);
void ht_report_close(struct ht_report *report);

/* 0 or -ENOMEM. Errors of `out` are found when it is closed. */
int ht_report_emit_html(struct ht_report *report, FILE *out);
int ht_report_emit_markdown(struct ht_report *report, FILE *out);

#endif
