/* The plots of a run, in DIR/plots: for each figure a data file, and by gnuplot an SVG and a PNG.
 *
 *     heat-time, heat-memory   ratio to the baseline, workload by strategy
 *     latency                  latency by log percentile, for a few workloads
 *     memory                   live, mapped and resident bytes over a workload, one panel a strategy
 *     pareto                   time against memory over the suite
 *     threads                  efficiency by threads
 *     garbage-pause            of collectors: the most garbage at once against the longest pause
 *     mmu, pauses              minimum mutator utilisation by stretch; pauses by their share
 *     heap                     time against the size of the heap
 *     timeline.json            the pauses over time, for ui.perfetto.dev (results/timeline.h)
 *
 * A figure for which the run has no data is left out. plots.gp beside them draws all of them again:
 * `cd DIR/plots && gnuplot plots.gp`. The SVG files are the same to the byte from run to run. */
#ifndef HT_RESULTS_PLOT_H
#define HT_RESULTS_PLOT_H

#include "results/summary.h"

/* Writes DIR/plots, from the summary and from the series files that the rows name in DIR. The names of all figures, and
 * of plots.gp, begin with `prefix`: "gc-" for collectors, beside the figures of allocators. `scripts` is the
 * folder of the plot-*.gp files. 0; -ENOENT when there is no gnuplot, which leaves data files and plots.gp;
 * or another negative errno. The reason is in `why`; with 0, what was left out, or "". */
int ht_plot_emit(const struct ht_summary *summary, const char *dir, const char *prefix, const char *scripts,
                 char why[256]);

#endif
