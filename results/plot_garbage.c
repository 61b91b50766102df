/* garbage-pause: the most garbage at once against the longest pause, one point a strategy: the median over workloads of
 * the medians over rounds. Both axes are logarithms: what is below the least of an axis stands at its end. */
#include <errno.h>
#include <stdlib.h>

#include "results/collected.h"
#include "results/plot_parts.h"

/* In pixels; plot-garbage.gp draws by the same figures. */
enum { LEFT = 74, RIGHT = 134, TOP = 54, BOTTOM = 58, HEIGHT = 520, PLOT_HEIGHT = HEIGHT - TOP - BOTTOM };

static const double least_ns = 1e2, least_share = 1e-4;

struct point {
    size_t strategy;
    double pause_ns, share;
};

struct garbage {
    struct point *point;
    size_t n;
    double low_x, high_x, low_y, high_y;
    const char *what;
};

/* The figure that most strategies have, of injected cycles where it was measured. One figure for all: they are not the
 * same thing. */
static double *choose_garbage(const struct ht_summary *s, const char **what)
{
    static const struct {
        double (*figure)(const struct ht_row *row);
        const char *what;
    } known[] = {{ht_collected_outstanding, "most bytes of dead cycles outstanding"},
                 {ht_collected_floating, "most bytes of floating garbage"},
                 {ht_collected_dead, "most dead bytes that the collector knew of"}};
    double *of_cell = NULL;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        of_cell = ht_collected_medians(s, known[i].figure);
        size_t n = 0;
        for (size_t c = 0; of_cell && c < s->cells; c++)
            n += !isnan(of_cell[c]);
        *what = known[i].what;
        if (n || !of_cell)
            break;
        free(of_cell);
        of_cell = NULL;
        *what = NULL;
    }
    return of_cell;
}

/* Those of a run without injected cycles, which are slower, or of any. */
static double *choose_pauses(const struct ht_summary *s)
{
    double *const plain = ht_collected_medians(s, ht_collected_pause_max);
    for (size_t c = 0; plain && c < s->cells; c++)
        if (!isnan(plain[c]))
            return plain;
    free(plain);
    return plain ? ht_collected_medians(s, ht_collected_pause_of_any) : NULL;
}

static void set_axis(double value, double least, double *low, double *high)
{
    const double here = fmax(value, least);
    *low = fmin(*low, here / 2);
    *high = fmax(*high, here * 2);
}

static void list_points(const struct ht_summary *s, const double *pause, const double *share,
                        struct garbage *g)
{
    g->low_x = g->low_y = INFINITY;
    for (size_t i = 0; i < s->strategies; i++) {
        struct point *const p = &g->point[g->n];
        p->strategy = i;
        p->pause_ns = ht_collected_over(s, pause, i, HT_OVER_MEDIAN, NULL);
        p->share = ht_collected_over(s, share, i, HT_OVER_MEDIAN, NULL);
        if (isnan(p->pause_ns) || isnan(p->share))
            continue;
        p->pause_ns = fmax(p->pause_ns, least_ns);
        p->share = fmax(p->share, least_share);
        set_axis(p->pause_ns, least_ns, &g->low_x, &g->high_x);
        set_axis(p->share, least_share, &g->low_y, &g->high_y);
        g->n++;
    }
}

/* Block 0: points: pause (ns), share, style; 1: labels at the right edge: y, name, style, its point. */
static int put_points(const struct ht_plot *plot, FILE *out, const struct garbage *g)
{
    double *const y = malloc((g->n + 1) * sizeof *y);
    if (!y)
        return -ENOMEM;
    const double low = log10(g->low_y), high = log10(g->high_y),
                 gap = (high - low) * HT_PLOT_LINE / PLOT_HEIGHT;
    for (size_t i = 0; i < g->n; i++) {
        const struct point *const p = &g->point[i];
        fprintf(out, "%.5g\t%.5g\t%u\n", p->pause_ns, p->share, ht_plot_style(plot->summary, p->strategy));
        y[i] = log10(p->share);
    }
    ht_plot_end_block(out, 3);
    ht_plot_spread(y, g->n, gap, low + gap / 2, high - gap / 2);
    for (size_t i = 0; i < g->n; i++) {
        const struct point *const p = &g->point[i];
        fprintf(out, "%.5g\t%.5g\t%.5g\t%u\t", pow(10, y[i]), p->pause_ns, p->share,
                ht_plot_style(plot->summary, p->strategy));
        ht_plot_text(out, plot->summary->strategy[p->strategy].name, HT_PLOT_NAME);
        putc('\n', out);
    }
    ht_plot_end_block(out, 5);
    free(y);
    return 0;
}

/* Strategies without a point: a figure that leaves some out says so. */
static void put_note(const struct ht_plot *plot, const struct garbage *g)
{
    const struct ht_summary *const s = plot->summary;
    size_t next = 0;
    const char *before = "not drawn, as they have no such figure: ";
    fputs("note = '", plot->driver);
    for (size_t i = 0; i < s->strategies; i++) {
        if (next < g->n && g->point[next].strategy == i) {
            next++;
            continue;
        }
        fputs(before, plot->driver);
        ht_plot_text(plot->driver, s->strategy[i].name, HT_PLOT_NAME);
        before = ", ";
    }
    fputs("'\n", plot->driver);
}

static int write_garbage(const struct ht_plot *plot, const struct garbage *g)
{
    struct ht_file file;
    int error = ht_plot_open_data(plot, "garbage-pause", &file);
    if (error)
        return error;
    error = put_points(plot, file.out, g);
    if (error)
        return ht_file_abandon(&file, error);
    fprintf(plot->driver, "what = '%s'; low_x = %.5g; high_x = %.5g; low_y = %.5g; high_y = %.5g\n", g->what,
            g->low_x, g->high_x, g->low_y, g->high_y);
    put_note(plot, g);
    ht_plot_draw(plot, "garbage-pause", "garbage", HT_PLOT_WIDTH, HEIGHT);
    return ht_file_close(&file);
}

int ht_plot_garbage(const struct ht_plot *plot)
{
    const struct ht_summary *const s = plot->summary;
    struct garbage g = {.point = calloc(s->strategies + 1, sizeof *g.point), .what = ""};
    double *const pause = choose_pauses(s);
    double *const share = pause ? choose_garbage(s, &g.what) : NULL;
    int error = g.point && pause && (share || !g.what) ? 0 : -ENOMEM;
    if (!error && share)
        list_points(s, pause, share, &g);
    if (!error && g.n)
        error = write_garbage(plot, &g);
    free(g.point);
    free(pause);
    free(share);
    return error;
}
