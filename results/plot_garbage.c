/* garbage-pause: the most garbage at once against the longest pause (results/garbage.h). Both axes are logarithms: what
 * is below the least of an axis stands at its end. */
#include <errno.h>
#include <stdlib.h>

#include "results/garbage.h"
#include "results/plot_parts.h"

/* In pixels; plot-garbage.gp draws by the same figures. */
enum { LEFT = 74, RIGHT = 134, TOP = 54, BOTTOM = 58, HEIGHT = 520, PLOT_HEIGHT = HEIGHT - TOP - BOTTOM };

/* Block 0: points: pause (ns), share, style; 1: labels at the right edge: y, name, style, its point. */
static int put_points(const struct ht_plot *plot, FILE *out, const struct ht_garbage *g)
{
    double *const y = malloc((g->n + 1) * sizeof *y);
    if (!y)
        return -ENOMEM;
    const double low = log10(g->low_y), high = log10(g->high_y),
                 gap = (high - low) * HT_PLOT_LINE / PLOT_HEIGHT;
    for (size_t i = 0; i < g->n; i++) {
        const struct ht_garbage_point *const p = &g->point[i];
        fprintf(out, "%.5g\t%.5g\t%u\n", p->pause_ns, p->share, ht_plot_style(plot->summary, p->strategy));
        y[i] = log10(p->share);
    }
    ht_plot_end_block(out, 3);
    ht_plot_spread(y, g->n, gap, low + gap / 2, high - gap / 2);
    for (size_t i = 0; i < g->n; i++) {
        const struct ht_garbage_point *const p = &g->point[i];
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
static void put_note(const struct ht_plot *plot, const struct ht_garbage *g)
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

static int write_garbage(const struct ht_plot *plot, const struct ht_garbage *g)
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
    struct ht_garbage g;
    int error = ht_garbage_open(&g, plot->summary);
    if (error)
        return error;
    if (g.n)
        error = write_garbage(plot, &g);
    ht_garbage_close(&g);
    return error;
}
