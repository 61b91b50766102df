/* Verdicts on misuse, gathered for people: cases by strategies, and what each strategy is worth. */
#ifndef HT_RESULTS_MISUSE_MATRIX_H
#define HT_RESULTS_MISUSE_MATRIX_H

#include <stdbool.h>
#include <stdio.h>

#include "results/misuse_rows.h"

enum { HT_MISUSE_STRIPS = 4 }; /* sizes of a case, at most */

/* A case, in the order in which they are shown. */
struct ht_misuse_axis {
    const char *name, *group; /* constant strings */
    bool is_control;          /* of a correct program: to be noticed is a false alarm */
};

/* The rows of one case on one strategy, by their sizes, the smallest first. */
struct ht_misuse_cell {
    unsigned rows;
    enum ht_misuse_verdict verdict[HT_MISUSE_STRIPS];
};

/* What a strategy is worth. Shares are of the rows of misuse that ran; controls are not among them. */
struct ht_misuse_score {
    unsigned rows, count[HT_MISUSED_N];
    double noticed;        /* mean of the rates; NAN without rows */
    double ops;            /* median of where it was noticed; NAN when it never was */
    unsigned false_alarms; /* rows of controls that were not missed */
};

struct ht_misuse_matrix {
    size_t strategies, cases;
    const char *const *strategy; /* names; the caller's, as `axis` */
    const struct ht_misuse_axis *axis;
    struct ht_misuse_cell *cell; /* by case, then strategy */
    struct ht_misuse_score *score;
};

/* Gathers the rows of these cases and strategies; others are left out. 0 or -ENOMEM, and nothing held. */
int ht_misuse_matrix_open(struct ht_misuse_matrix *matrix, const struct ht_misuse_rows *rows);
void ht_misuse_matrix_close(struct ht_misuse_matrix *matrix);

static inline const struct ht_misuse_cell *ht_misuse_cell(const struct ht_misuse_matrix *m, size_t row,
                                                          size_t strategy)
{
    return &m->cell[row * m->strategies + strategy];
}

/* The letter of a cell: that of the worst of its sizes, small where they differ (m for missed); ' ' without rows. */
char ht_misuse_cell_letter(const struct ht_misuse_cell *cell);

/* The worst verdict of a cell that has rows: exploited, hang, missed, crashed, diagnosed, unsupported or error. */
enum ht_misuse_verdict ht_misuse_cell_worst(const struct ht_misuse_cell *cell);

/* What a strategy costs beside the baseline; NAN where it was not measured. */
struct ht_misuse_cost {
    double time, memory;
};

/* Prints the matrix, with its legend, in `columns` or more as the names need; several side by side would not fit. */
void ht_misuse_matrix_emit(const struct ht_misuse_matrix *matrix, bool colour, FILE *out);

/* Prints what each strategy is worth beside what it costs; `cost` is by strategy, or NULL. */
void ht_misuse_score_emit(const struct ht_misuse_matrix *matrix, const struct ht_misuse_cost *cost,
                          FILE *out);

/* Draws DIR/plots/misuse.svg and .png; with costs also misuse-cost. `scripts` is the folder of the plot-*.gp files. 0;
 * -ENOENT when there is no gnuplot, which leaves the data files; or another negative errno, with the reason in `why`. */
int ht_misuse_plot(const struct ht_misuse_matrix *matrix, const struct ht_misuse_cost *cost, const char *dir,
                   const char *scripts, char why[256]);

#endif
