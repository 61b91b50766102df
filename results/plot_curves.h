/* Panels of curves with their names at the right: what the figures of MMU, pauses and heap sizes share. Only
 * results/plot*.c includes it.
 *
 * A figure adds panels, and to each a curve a strategy; drawing chooses: at most HT_PLOT_PANELS panels, those with most
 * curves, and HT_PLOT_CURVES strategies, the baseline and others evenly by their rank in the first panel, the best and
 * the worst among them. O(points) space. */
#ifndef HT_RESULTS_PLOT_CURVES_H
#define HT_RESULTS_PLOT_CURVES_H

#include "results/plot_parts.h"

enum { HT_PLOT_PANELS = 4, HT_PLOT_CURVES = 8 };

struct ht_plot_curve {
    size_t panel, strategy;
    struct ht_plot_point *point; /* owned */
    size_t n;
    double rank; /* the mean of y, or of its logarithm */
};

struct ht_plot_curves {
    const char *name, *title, *x, *y; /* of the file, the figure and its axes; no quotes */
    const char *x_ticks, *y_ticks;    /* gnuplot's */
    bool log_x, log_y;
    double low_y, high_y; /* of the axis; 0: as the curves need */
    struct ht_plot_curve *curve;
    size_t curves;
    const size_t *job_of;   /* by panel: what names it */
    const size_t *group_of; /* by panel, or NULL: of each group one is shown, that with most curves */
};

/* Takes `point`, also when it fails. An empty curve is left out. 0 or -ENOMEM. */
int ht_plot_add_curve(struct ht_plot_curves *figure, size_t panel, size_t strategy,
                      struct ht_plot_point *point, size_t n);

/* The panels that are shown, at most `most`: those with most curves, and of each group one; among equals, those that come
 * first. `panel` has room for one more. Returns how many. */
size_t ht_plot_choose_panels(const struct ht_plot_curves *figure, size_t *panel, size_t most);

/* Marks strategies that have a curve in the panel, until HT_PLOT_CURVES are, with those that the caller marked. Returns
 * how many are, or -ENOMEM. */
int ht_plot_choose_strategies(const struct ht_summary *summary, const struct ht_plot_curves *figure,
                              size_t panel, bool *shown);

/* Draws what there is, nothing when that is none, and frees the curves. `heapless`: the heap limit is not part of a
 * panel's name. `error` is what the caller met before; it is returned, and then nothing is drawn. */
int ht_plot_draw_curves(const struct ht_plot *plot, struct ht_plot_curves *figure, bool heapless, int error);

#endif
