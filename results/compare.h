/* A judged comparison: what table, gate and report say about each cell, and how sure they are (docs/compare.md).
 *
 * It is made from one or more summaries (results/summary.h): of the strategies of one run against a baseline, or of two
 * runs side by side. A line is one cell in one metric, with at least one pair. Its verdict:
 *
 *     regressed     the whole interval lies beyond the threshold, and the adjusted p is at most alpha
 *     improved      the same on the other side
 *     equivalent    the whole interval lies inside the margin
 *     inconclusive  neither was shown; always so with fewer than 6 pairs
 *
 * The margin is the share up to which a difference does not matter; the threshold is the margin or the measured noise
 * floor, whichever is larger. Metrics that are exact are judged by their estimate and the margin alone. p is that of
 * Wilcoxon's signed-rank test that the change is not beyond the threshold, two-sided, adjusted by Holm over the lines
 * that can fail a build, by Benjamini and Hochberg over the others.
 *
 * The comparison borrows the summaries, and owns the rest until ht_compare_close. */
#ifndef HT_RESULTS_COMPARE_H
#define HT_RESULTS_COMPARE_H

#include <stdio.h>

#include "results/summary.h"

#define HT_VERDICTS_LIST(X)                                                                                  \
    X(REGRESSED, "regressed")                                                                                \
    X(IMPROVED, "improved")                                                                                  \
    X(INCONCLUSIVE, "inconclusive")                                                                          \
    X(EQUIVALENT, "equivalent")

enum ht_verdict {
#define X(id, word) HT_##id,
    HT_VERDICTS_LIST(X)
#undef X
        HT_VERDICTS
};
const char *ht_verdict_word(enum ht_verdict verdict);

enum ht_compare_by { HT_BY_STRATEGY, HT_BY_WORKLOAD, HT_BY_THREADS };
const char *ht_compare_by_word(enum ht_compare_by by);

/* A set of metrics: 1u << metric. */
#define HT_METRIC_BIT(metric) (1u << (metric))

struct ht_compare_options {
    double alpha;     /* 0.05 */
    double margin;    /* of all metrics that are not exact; NAN: each its own */
    double limit[HT_METRICS]; /* of one metric, exact ones too, in place of its margin; NAN: none */
    unsigned metrics; /* those that are compared */
    unsigned gating;  /* those of them that can fail a build */
    const char *
        twin; /* a strategy that is the baseline once more or, of two runs, that did not change; NULL: none is */
    enum ht_compare_by by;
};

/* All metrics; those whose role is to gate (results/metrics.h) can fail a build. */
struct ht_compare_options ht_compare_defaults(void);

/* What of all metrics is compared by default between strategies of one run: not what its workloads ask of all alike. */
unsigned ht_compare_metrics_of_one_run(void);

/* Rows of one side of a line. */
struct ht_compare_rows {
    size_t ok;     /* with a figure */
    size_t not_ok; /* ended otherwise */
    size_t empty;  /* ok, but the figure is not there */
};

struct ht_compare_line {
    const struct ht_summary *summary;
    size_t cell; /* of the summary */
    enum ht_metric metric;
    const struct ht_pair *pair; /* by round */
    size_t pairs;
    struct ht_compare_rows base, new; /* what is not among the pairs was left out */
    struct ht_interval ratio;         /* 1.05 is 5 % more */
    double margin, threshold;         /* as shares */
    double p, p_adjusted;             /* NAN: exact, or one pair */
    double smallest; /* the change that 80 of 100 such comparisons would have called; NAN: not known */
    bool gating, twin;
    enum ht_verdict verdict;
};

/* Lines of one metric that have in common what the options say, and are of one strategy, where strategies are
 * compared. Their geometric mean. */
struct ht_compare_group {
    const struct ht_summary *summary;
    enum ht_metric metric;
    size_t subject;                  /* a strategy of the summary: what is compared with the baseline */
    const char *strategy, *workload; /* "": all of them */
    uint64_t threads;                /* HT_ABSENT: any */
    struct ht_interval ratio;        /* ratio.n rounds */
    size_t cells;
    double margin, threshold;
    bool twin;
    enum ht_verdict verdict;
};

/* A cell in one pass, and under one fault plan, that ended otherwise than on the other side. */
struct ht_compare_outcome {
    const struct ht_summary *summary;
    size_t subject, job;
    const char *pass, *fault;
    const char *base, *new; /* outcomes: the first that was not ok, or ok */
    const char *reason;     /* of the one that was not ok; the new one's if neither was */
    size_t base_rows, new_rows, base_not_ok, new_not_ok;
    enum ht_verdict verdict;
};

/* A cell that one side lacks. */
struct ht_compare_gap {
    const struct ht_summary *summary;
    size_t subject, job;
    bool new_lacks; /* or else the baseline does */
};

/* How far two measurements of the same thing come out apart, after as many pairs as the lines have. */
struct ht_compare_floor {
    double
        measured; /* of twins: the largest change, or of 20 and more the 95th percentile; NAN: there are none */
    size_t twins;     /* lines */
    double estimated; /* NAN: unknown. From the baseline one round later, which lies further apart */
    size_t cells;     /* of the baseline that it was estimated from */
};

struct ht_compare {
    struct ht_compare_options options;
    const struct ht_summary **summary;
    size_t summaries;
    struct ht_compare_line *line;       /* by verdict, then the largest change first */
    struct ht_compare_group *group;     /* by metric, then the largest ratio first */
    struct ht_compare_outcome *outcome; /* those that are not the same; regressed first */
    struct ht_compare_gap *gap;
    size_t lines, groups, outcomes, gaps;
    struct ht_compare_floor floor[HT_METRICS];
    size_t faulted;                  /* cells under a fault plan that both sides have, whatever came of them */
    size_t verdicts[2][HT_VERDICTS]; /* lines by gating and verdict, without twins */
    size_t repeated;                 /* rows that stand there twice, and were left out */
    size_t most_pairs;               /* of a line that is not exact */
    size_t tested;                   /* lines that Holm's adjustment is over */
};

/* 0; -ENODATA (nothing has a pair, and no outcome was compared), -ENOENT (no such twin) with one line in `why`; or -ENOMEM. After an error nothing is
 * held. */
int ht_compare_open(struct ht_compare *compare, const struct ht_summary *const *summary, size_t summaries,
                    const struct ht_compare_options *options, char why[256]);
void ht_compare_close(struct ht_compare *compare);

/* Whether something that can fail a build has regressed, or ended otherwise than ok that was ok before. */
bool ht_compare_is_worse(const struct ht_compare *compare);

/* How many pairs it takes to call one of `tested` lines at all. */
size_t ht_compare_pairs_needed(size_t tested, double alpha);

/* "after against before", "system, collectors against manual": what is compared with what. Cut to `room`. */
void ht_compare_sides(const struct ht_compare *compare, char *words, size_t room);

/* "tlsf larson t=2": what a line, or a strategy and a job, is of. Cut to `room`. */
void ht_compare_label(const struct ht_compare_line *line, char *label, size_t room);
void ht_compare_name(const struct ht_summary *summary, size_t subject, size_t job, char *name, size_t room);

/* "+5.2", "-0.031", "0", "-": a share in percent. */
void ht_compare_percent(double share, char text[24]);

/* "+5.2 % [+4.1, +6.3]", and "x 136 [135, 137]" of what is many times as much; "-": no pair. */
void ht_compare_change(const struct ht_interval *ratio, char text[96]);

/* "1-5 7": the rounds of the pairs, by the base's rows. Cut to `room`. */
void ht_compare_rounds(const struct ht_compare_line *line, char *rounds, size_t room);

/* "new: 2 rows were not ok; base: 2 rows have no partner", or "". Cut to `room`. */
void ht_compare_left_out(const struct ht_compare_line *line, char *words, size_t room);

/* What must be said beside the figures, sentence by sentence: what the verdicts mean, whether there were enough rounds,
 * the noise floor. */
void ht_compare_notes(const struct ht_compare *compare, void (*put)(void *state, const char *note),
                      void *state);

/* ---- as text ---- */

struct ht_compare_style {
    unsigned width; /* columns of the terminal */
    bool colour;
    size_t most; /* lines, without those that are equivalent; 0: all */
};

void ht_compare_emit_table(const struct ht_compare *compare, const struct ht_compare_style *style, FILE *out);
void ht_compare_emit_markdown(const struct ht_compare *compare, const struct ht_compare_style *style,
                              FILE *out);
void ht_compare_emit_csv(const struct ht_compare *compare, FILE *out);
int ht_compare_emit_json(const struct ht_compare *compare, FILE *out); /* 0 or -ENOMEM */

#endif
