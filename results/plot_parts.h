/* What the figures share. Only results/plot*.c includes it.
 *
 * A figure writes a data file of tab-separated blocks (two empty lines between them; the script of the figure
 * says which block is what) and its own lines in the driver, plots.gp. Layout is worked out here, in pixels,
 * so that labels do not overlap; gnuplot draws. */
#ifndef HT_RESULTS_PLOT_PARTS_H
#define HT_RESULTS_PLOT_PARTS_H

#include <stdio.h>

#include "results/file.h"
#include "results/summary.h"
#include "results/text.h"

/* In pixels: a figure, the lines of small labels, and a letter of one. */
enum { HT_PLOT_WIDTH = 900, HT_PLOT_LINE = 12, HT_PLOT_LETTER = 6 };

/* Letters of a strategy's name and of a job's label, at most: the margins have room for so many. */
enum { HT_PLOT_NAME = 18, HT_PLOT_JOB = 36 };

struct ht_plot_curves;
struct ht_plot {
    const struct ht_summary *summary;
    const char *dir, *prefix;
    FILE *driver;
    struct ht_plot_unread *unread;
    /* Draws curves in place of gnuplot; NULL: gnuplot does. 0 or a negative errno. */
    int (*take)(const struct ht_plot *plot, const struct ht_plot_curves *figure, bool heapless);
};

/* Series that a figure had to do without. */
struct ht_plot_unread {
    size_t n;
    char first[120];
};
void ht_plot_note_unread(const struct ht_plot *plot, size_t row);

/* Each writes one figure, or nothing when the rows have nothing for it. 0 or a negative errno. */
int ht_plot_heat(const struct ht_plot *plot, enum ht_metric metric);
int ht_plot_latency(const struct ht_plot *plot);
int ht_plot_memory(const struct ht_plot *plot);
int ht_plot_pareto(const struct ht_plot *plot);
int ht_plot_threads(const struct ht_plot *plot);
int ht_plot_garbage(const struct ht_plot *plot);
int ht_plot_mmu(const struct ht_plot *plot);
int ht_plot_pauses(const struct ht_plot *plot);
int ht_plot_heaps(const struct ht_plot *plot);
int ht_plot_survival(const struct ht_plot *plot);

/* Starts DIR/plots/PREFIX-NAME.dat; ht_file_close ends it. */
int ht_plot_open_data(const struct ht_plot *plot, const char *name, struct ht_file *file);

/* Ends a block, which can't be empty: adds a point that no axis shows. */
void ht_plot_end_block(FILE *out, int columns);

/* Has the driver draw NAME.dat with plot-FIGURE.gp as NAME.svg and NAME.png, in pixels. */
void ht_plot_draw(const struct ht_plot *plot, const char *name, const char *figure, int width, int height);

/* Text that gnuplot takes as nothing but text, in data files and in single quotes; cut to so many
 * letters. */
void ht_plot_text(FILE *out, const char *text, size_t letters);

/* How many letters of it that puts. */
size_t ht_plot_letters(const char *text, size_t letters);

/* The line style of a strategy: a colour and a dash that no other of the first 24 has; 1 is the baseline. */
unsigned ht_plot_style(const struct ht_summary *summary, size_t strategy);

/* Moves labels that stand at y[i] so that neighbours are at least `gap` apart and all lie in low..high, as
 * little as it takes. */
void ht_plot_spread(double *y, size_t n, double gap, double low, double high);

/* The rows of one pass that bring a series file, as the first few rounds of a cell have them. */
enum { HT_PLOT_SERIES_ROUNDS = 5 };
struct ht_plot_series {
    size_t *row; /* sorted by job, then strategy, then as the rows stand */
    size_t n;
};
int ht_plot_series_open(const struct ht_summary *summary, const char *pass, struct ht_plot_series *series);
void ht_plot_series_close(struct ht_plot_series *series);

/* Where the run of rows of the same job, or of the same cell, that starts at `from` ends. */
size_t ht_plot_job_end(const struct ht_summary *summary, const struct ht_plot_series *series, size_t from);
size_t ht_plot_cell_end(const struct ht_summary *summary, const struct ht_plot_series *series, size_t from);

/* How many strategies the job of the rows from..end has. */
size_t ht_plot_count_strategies(const struct ht_summary *summary, const struct ht_plot_series *series,
                                size_t from, size_t end);

/* The run of rows whose memory is shown: of the jobs that at least half as many strategies have a series of as any, the
 * one that tells them apart. */
void ht_plot_choose_memory(const struct ht_summary *summary, const struct ht_plot_series *series,
                           size_t *from, size_t *end);

/* A point of a curve. */
struct ht_plot_point {
    double x, y;
};

/* What share of all operations of these rows took longer than what: x is -log10 of the share, from the median on, y
 * the latency in ns. *point is the caller's to free; none when no series can be read. 0 or -ENOMEM. */
int ht_plot_latency_curve(const struct ht_plot *plot, const size_t *row, size_t rows,
                          struct ht_plot_point **point, size_t *n);

/* The path of the row's series file; the caller frees it. NULL: no memory. */
char *ht_plot_series_path(const struct ht_plot *plot, size_t row);

#endif
