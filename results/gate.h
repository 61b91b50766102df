/* The gate: whether a new build may go in (docs/gate.md).
 *
 * It judges one or two comparisons (results/compare.h) of the same base with the same new: the first, and, of what
 * looked worse in it, a second on fresh pairs. Three tiers, and outcomes:
 *
 *     exact     instructions, calls, pages: repeat to the digit, or nearly; beyond the limit, and so again in each of
 *               a few fresh pairs
 *     memory    the whole interval beyond the limit, and so again on fresh pairs
 *     time      likewise; the limit is that of the config or the measured noise floor, whichever is larger
 *     outcome   a cell, or a fault plan on it, that was ok before and is not now, and again is not
 *
 * Of memory and time the geometric mean over all cells is a line, too, where there are several: its interval is a
 * bootstrap of rounds (results/stats.h), and it is judged by its interval alone, twice.
 *
 * The first look at memory and time takes each interval by itself, as a sieve. What calls a regression is the second, on
 * pairs that did not choose it, adjusted by Holm over all that was measured again: so one build in 20 at most is called
 * slower that is just at the limit, and of identical ones far fewer (docs/gate.md has the measured rate).
 *
 * The gate borrows the comparisons and the words, and owns its lines until ht_gate_close. */
#ifndef HT_RESULTS_GATE_H
#define HT_RESULTS_GATE_H

#include "results/compare.h"
#include "results/gate_config.h"

#define HT_GATE_TIERS_LIST(X)                                                                                \
    X(EXACT, "exact")                                                                                        \
    X(MEMORY, "memory")                                                                                      \
    X(TIME, "time")                                                                                          \
    X(OUTCOME, "outcome")

enum ht_gate_tier {
#define X(id, word) HT_TIER_##id,
    HT_GATE_TIERS_LIST(X)
#undef X
        HT_TIERS
};
const char *ht_gate_tier_word(enum ht_gate_tier tier);
enum ht_gate_tier ht_gate_tier_of(enum ht_metric metric);

/* Worst first. UNCONFIRMED: looked worse at first, and not on fresh pairs. */
#define HT_GATE_VERDICTS_LIST(X)                                                                             \
    X(REGRESSED, "regressed")                                                                                \
    X(UNCONFIRMED, "not confirmed")                                                                          \
    X(INCONCLUSIVE, "inconclusive")                                                                          \
    X(IMPROVED, "improved")                                                                                  \
    X(EQUIVALENT, "equivalent")

enum ht_gate_verdict {
#define X(id, word) HT_GATE_##id,
    HT_GATE_VERDICTS_LIST(X)
#undef X
        HT_GATE_VERDICTS
};
const char *ht_gate_verdict_word(enum ht_gate_verdict verdict);

struct ht_gate_line {
    enum ht_gate_tier tier;
    enum ht_gate_verdict verdict;
    char cell[256];        /* "tlsf larson t=2": a strategy only where there are several */
    char key[32];          /* a metric's word; of an outcome its pass */
    enum ht_metric metric; /* of a line that is no outcome */

    /* Of a metric. */
    double base, new;                 /* medians of the first measurement, in the unit of the metric */
    struct ht_interval ratio, second; /* new over base; second.n is 0 where it was not measured again */
    double limit;                     /* that was applied, as a share */
    double smallest;                  /* the change that could have been seen; NAN: not known */

    /* Of an outcome. */
    const char *fault;                      /* plan; "": none */
    const char *base_outcome, *new_outcome; /* NULL for a metric */
    const char *reason;
};

struct ht_gate {
    const char *base, *new;    /* what the sides are, in the user's words */
    const char *folder;        /* where the rows are, for who wants to look */
    struct ht_gate_line *line; /* worst first, then by tier, then the largest change */
    size_t lines;
    size_t verdicts[HT_GATE_VERDICTS];
    size_t cells;   /* that were measured on both sides */
    size_t missing; /* that one side lacks, or could not run: `unsupported` is no failure */
    unsigned empty; /* 1u << tier: it was asked for, and no cell has a figure; the caller's to fill in */
    size_t pairs, confirmed;  /* most pairs of a line, at first and again */
    double floor[HT_METRICS]; /* measured by a twin, or else estimated; NAN: not known */
    bool floor_is_measured;
    double seconds; /* that it took; NAN: not known */
};

/* What the twin is called, of both sides. */
#define HT_GATE_TWIN "A/A"

/* How the comparisons are to be made that a gate judges. */
struct ht_compare_options ht_gate_options(const struct ht_gate_config *config);

/* Of two comparisons with the options above. `second` NULL: nothing was measured again, and so nothing is called
 * worse, but unconfirmed. Words and seconds are the caller's to fill in. 0 or
 * -ENOMEM; after an error nothing is held. */
int ht_gate_open(struct ht_gate *gate, const struct ht_compare *first, const struct ht_compare *second);
void ht_gate_close(struct ht_gate *gate);

/* Whether a line of a comparison, or an outcome, looks worse, so that it must be measured again. */
bool ht_gate_suspects_line(const struct ht_compare_line *line);
/* A group is the geometric mean over all cells of a strategy in a metric, where there are several: what makes all of them
 * a little slower is seen there first. */
bool ht_gate_suspects_group(const struct ht_compare *compare, const struct ht_compare_group *group);
bool ht_gate_is_in_group(const struct ht_compare_line *line, const struct ht_compare_group *group);
bool ht_gate_suspects_outcome(const struct ht_compare_outcome *outcome);

/* ---- as text ---- */

/* For people: what is worse first, in one line what holds; then the lines, those that are equivalent only with `all`. */
void ht_gate_emit_table(const struct ht_gate *gate, const struct ht_compare_style *style, bool all,
                        FILE *out);

/* For the summary of a job, or a comment on a pull request. */
void ht_gate_emit_markdown(const struct ht_gate *gate, FILE *out);

/* JUnit XML: a case each line, a failure where it regressed. */
void ht_gate_emit_junit(const struct ht_gate *gate, FILE *out);

/* A line each, the verdict first: docs/gate.md names the columns. */
void ht_gate_emit_csv(const struct ht_gate *gate, FILE *out);

/* GitHub's workflow commands: "::error title=...::...", 10 at most, of which the last says how many more there are. */
void ht_gate_emit_annotations(const struct ht_gate *gate, FILE *out);

/* The first word of each. INCONCLUSIVE: nothing regressed, but something can't be told: a line is inconclusive, what looked
 * worse was not measured again, an outcome was worse once, a tier is empty, or there is no cell that both sides have. */
enum ht_gate_answer { HT_GATE_ANSWER_PASS, HT_GATE_ANSWER_INCONCLUSIVE, HT_GATE_ANSWER_FAIL };
enum ht_gate_answer ht_gate_answer(const struct ht_gate *gate);

#endif
