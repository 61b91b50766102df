/* latency: what share of operations took longer than what, for the workloads that most strategies ran. A panel has room
 * for LINES_MAX lines: the baseline, and of the others those whose p99.9 is shortest and longest. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "results/plot_parts.h"

enum { PANELS_MAX = 4, LINES_MAX = 8, SHORTEST = 4, LONGEST = LINES_MAX - SHORTEST - 1 };

/* In pixels; plot-latency.gp draws by the same figures. */
enum { TITLE = 56, PANEL_HEIGHT = 310, PLOT_HEIGHT = PANEL_HEIGHT - 50 };

struct line {
    size_t strategy;
    double end, end_ns; /* its last point */
};

struct panel {
    size_t from, end; /* rows of the series */
    size_t strategies;
    struct line *line;
    size_t lines;
    double low_ns, high_ns, last; /* what the axes show; last is of x */
};

/* ---- one line ------------------------------------------------------------------------------------------- */

/* One block: all operations of the cell's rows together. */
static int put_line(const struct ht_plot *plot, FILE *out, struct panel *p, const size_t *row, size_t rows)
{
    struct ht_plot_point *point;
    size_t n;
    const int error = ht_plot_latency_curve(plot, row, rows, &point, &n);
    for (size_t i = 0; i < n; i++) {
        fprintf(out, "%.4f\t%.5g\n", point[i].x, point[i].y);
        p->low_ns = fmin(p->low_ns, point[i].y);
    }
    if (n) {
        const struct ht_plot_point end = point[n - 1];
        p->line[p->lines++] = (struct line){plot->summary->strategy_of[row[0]], end.x, end.y};
        p->high_ns = fmax(p->high_ns, end.y);
        p->last = fmax(p->last, end.x);
        ht_plot_end_block(out, 2);
    }
    free(point);
    return error;
}

/* ---- panels --------------------------------------------------------------------------------------------- */

/* The panels are the jobs that most strategies have a series of; among equals, those named first. */
static size_t choose_panels(const struct ht_summary *s, const struct ht_plot_series *series,
                            struct panel panel[PANELS_MAX])
{
    size_t n = 0;
    for (size_t from = 0, end; from < series->n; from = end) {
        end = ht_plot_job_end(s, series, from);
        const struct panel p = {.from = from,
                                .end = end,
                                .strategies = ht_plot_count_strategies(s, series, from, end),
                                .low_ns = INFINITY};
        size_t at = n;
        while (at > 0 && panel[at - 1].strategies < p.strategies)
            at--;
        if (at == PANELS_MAX)
            continue;
        n += n < PANELS_MAX;
        memmove(&panel[at + 1], &panel[at], (n - 1 - at) * sizeof *panel);
        panel[at] = p;
    }
    return n;
}

/* The block of a panel's names: y of the label, the line's end, style, name. */
static int put_names(const struct ht_plot *plot, FILE *out, const struct panel *p)
{
    double *const y = malloc((p->lines + 1) * sizeof *y);
    if (!y)
        return -ENOMEM;
    const double decades = log10(p->high_ns) - log10(p->low_ns), gap = decades * HT_PLOT_LINE / PLOT_HEIGHT;
    for (size_t i = 0; i < p->lines; i++)
        y[i] = log10(p->line[i].end_ns);
    ht_plot_spread(y, p->lines, gap, log10(p->low_ns) + gap / 2, log10(p->high_ns));
    for (size_t i = 0; i < p->lines; i++) {
        fprintf(out, "%.5g\t%.4f\t%.5g\t%u\t", pow(10, y[i]), p->line[i].end, p->line[i].end_ns,
                ht_plot_style(plot->summary, p->line[i].strategy));
        ht_plot_text(out, plot->summary->strategy[p->line[i].strategy].name, HT_PLOT_NAME);
        putc('\n', out);
    }
    free(y);
    ht_plot_end_block(out, 5);
    return 0;
}

/* ---- which lines ---------------------------------------------------------------------------------------- */

/* The rows of one cell, and the longest p99.9 of them. */
struct candidate {
    size_t from, end;
    double p999_ns;
    bool is_baseline;
};

/* The baseline comes first, whatever it is. */
static int by_p999(const void *a, const void *b)
{
    const struct candidate *const p = a, *const q = b;
    if (p->is_baseline != q->is_baseline)
        return q->is_baseline - p->is_baseline;
    return (p->p999_ns > q->p999_ns) - (p->p999_ns < q->p999_ns);
}

static int by_place(const void *a, const void *b)
{
    const struct candidate *const p = a, *const q = b;
    return (p->from > q->from) - (p->from < q->from);
}

/* Leaves at most LINES_MAX, in the order of the strategies. Returns how many. */
static size_t thin_out(struct candidate *c, size_t n)
{
    if (n <= LINES_MAX)
        return n;
    qsort(c, n, sizeof *c, by_p999);
    memmove(&c[LINES_MAX - LONGEST], &c[n - LONGEST], LONGEST * sizeof *c);
    qsort(c, LINES_MAX, sizeof *c, by_place);
    return LINES_MAX;
}

static size_t choose_lines(const struct ht_summary *s, const struct ht_plot_series *series,
                           const struct panel *p, struct candidate *c)
{
    size_t n = 0;
    for (size_t from = p->from, end; from < p->end; from = end) {
        end = ht_plot_cell_end(s, series, from);
        c[n] = (struct candidate){from, end, 0, s->strategy_of[series->row[from]] == s->baseline};
        for (size_t i = from; i < end; i++)
            c[n].p999_ns = fmax(c[n].p999_ns, s->rows->row[series->row[i]].p999_ns);
        n++;
    }
    return thin_out(c, n);
}

static int put_panel(const struct ht_plot *plot, FILE *out, const struct ht_plot_series *series,
                     struct panel *p)
{
    struct candidate *const c = calloc(p->strategies + 1, sizeof *c);
    int error = 0;
    p->line = calloc(p->strategies + 1, sizeof *p->line);
    if (!p->line || !c) {
        free(c);
        return -ENOMEM;
    }
    const size_t n = choose_lines(plot->summary, series, p, c);
    for (size_t i = 0; i < n && !error; i++)
        error = put_line(plot, out, p, series->row + c[i].from, c[i].end - c[i].from);
    free(c);
    p->high_ns *= 1.15;
    if (!(p->low_ns < p->high_ns))
        p->low_ns = p->high_ns / 10;
    return error ? error : put_names(plot, out, p);
}

/* Tells the driver what panel k shows. */
static void describe(const struct ht_plot *plot, const struct ht_plot_series *series, const struct panel *p,
                     size_t k)
{
    char label[160];
    ht_summary_job_label(&plot->summary->job[plot->summary->job_of[series->row[p->from]]], label,
                         sizeof label);
    fprintf(plot->driver, "title%zu = '", k);
    ht_plot_text(plot->driver, label, HT_PLOT_JOB);
    fprintf(plot->driver, "'; lines%zu = %zu; low%zu = %.5g; high%zu = %.5g; last%zu = %.5g\nstyles%zu = '",
            k, p->lines, k, p->low_ns, k, p->high_ns, k, p->last, k);
    for (size_t i = 0; i < p->lines; i++)
        fprintf(plot->driver, "%s%u", i ? " " : "", ht_plot_style(plot->summary, p->line[i].strategy));
    fputs("'\n", plot->driver);
}

/* Panel k in latency-k.dat. */
static int write_panel(const struct ht_plot *plot, const struct ht_plot_series *series, struct panel *p,
                       size_t k)
{
    char name[32];
    struct ht_file file;
    snprintf(name, sizeof name, "latency-%zu", k);
    int error = ht_plot_open_data(plot, name, &file);
    if (error)
        return error;
    error = put_panel(plot, file.out, series, p);
    const int close_error = ht_file_close(&file);
    if (!error)
        describe(plot, series, p, k);
    free(p->line);
    return error ? error : close_error;
}

static int write_latency(const struct ht_plot *plot, const struct ht_plot_series *series)
{
    struct panel panel[PANELS_MAX + 1];
    const size_t panels = choose_panels(plot->summary, series, panel);
    size_t shown = 0, most = 0;
    for (size_t i = 0; i < panels; i++) {
        const int error = write_panel(plot, series, &panel[i], shown + 1);
        if (error)
            return error;
        shown += panel[i].lines > 0;
        most = panel[i].strategies > most ? panel[i].strategies : most;
    }
    if (!shown)
        return 0;
    fprintf(plot->driver, "panels = %zu; note = '", shown);
    if (most > LINES_MAX)
        fprintf(plot->driver,
                "%d of %zu strategies: the baseline, and of the others the %d with the shortest p99.9 and "
                "the %d with the longest",
                LINES_MAX, most, SHORTEST, LONGEST);
    fputs("'\n", plot->driver);
    ht_plot_draw(plot, "latency", "latency", HT_PLOT_WIDTH, TITLE + PANEL_HEIGHT * (int)((shown + 1) / 2));
    return 0;
}

int ht_plot_latency(const struct ht_plot *plot)
{
    struct ht_plot_series series;
    int error = ht_plot_series_open(plot->summary, "latency", &series);
    if (!error && series.n)
        error = write_latency(plot, &series);
    ht_plot_series_close(&series);
    return error;
}
