/* threads: efficiency by threads (results/efficiency.h). */
#include <errno.h>
#include <stdlib.h>

#include "results/efficiency.h"
#include "results/plot_parts.h"

/* In pixels; plot-threads.gp draws by the same figures. */
enum { HEIGHT = 460, PLOT_HEIGHT = HEIGHT - 96 };

struct end {
    size_t strategy;
    double y;
};

/* One block a strategy: threads, efficiency. Returns how many. */
static size_t put_lines(const struct ht_plot *plot, FILE *out, const struct ht_efficiency *e,
                        struct end *ends)
{
    size_t lines = 0;
    fputs("styles = '", plot->driver);
    for (size_t s = 0; s < plot->summary->strategies; s++) {
        if (!e->workloads[s])
            continue;
        fprintf(plot->driver, "%s%u", lines ? " " : "", ht_plot_style(plot->summary, s));
        fputs("1\t1\n", out);
        for (size_t c = 0; c < e->counts; c++) {
            ends[lines] = (struct end){s, ht_efficiency_of(e, s)[c]};
            fprintf(out, "%zu\t%.4g\n", (size_t)e->threads[c], ends[lines].y);
        }
        ht_plot_end_block(out, 2);
        lines++;
    }
    fputs("'\n", plot->driver);
    return lines;
}

/* y of the label, y of the line's end, style, name. Returns the top of the axis, or a negative errno. */
static double put_names(const struct ht_plot *plot, FILE *out, const struct end *ends, size_t lines)
{
    double *const y = malloc((lines + 1) * sizeof *y), top = 1.05;
    if (!y)
        return -ENOMEM;
    for (size_t i = 0; i < lines; i++)
        top = fmax(top, 1.05 * (y[i] = ends[i].y));
    const double gap = top * HT_PLOT_LINE / PLOT_HEIGHT;
    ht_plot_spread(y, lines, gap, gap / 2, top - gap / 2);
    for (size_t i = 0; i < lines; i++) {
        fprintf(out, "%.4g\t%.4g\t%u\t", y[i], ends[i].y, ht_plot_style(plot->summary, ends[i].strategy));
        ht_plot_text(out, plot->summary->strategy[ends[i].strategy].name, HT_PLOT_NAME);
        putc('\n', out);
    }
    ht_plot_end_block(out, 4);
    free(y);
    return top;
}

static int write_threads(const struct ht_plot *plot, const struct ht_efficiency *e)
{
    struct ht_file file;
    struct end *const ends = calloc(plot->summary->strategies, sizeof *ends);
    if (!ends)
        return -ENOMEM;
    int error = ht_plot_open_data(plot, "threads", &file);
    if (!error) {
        const size_t lines = put_lines(plot, file.out, e, ends);
        const double top = put_names(plot, file.out, ends, lines);
        if (lines && top > 0) {
            fprintf(plot->driver, "lines = %zu; most = %zu; top = %.4g; ticks = '\"1\" 1", lines,
                    (size_t)e->threads[e->counts - 1], top);
            for (size_t c = 0; c < e->counts; c++)
                fprintf(plot->driver, ", \"%zu\" %zu", (size_t)e->threads[c], (size_t)e->threads[c]);
            fputs("'\n", plot->driver);
            ht_plot_draw(plot, "threads", "threads", HT_PLOT_WIDTH, HEIGHT);
        }
        error = ht_file_close(&file);
    }
    free(ends);
    return error;
}

int ht_plot_threads(const struct ht_plot *plot)
{
    struct ht_efficiency e;
    int error = ht_efficiency_open(&e, plot->summary);
    if (error)
        return error;
    if (e.counts)
        error = write_threads(plot, &e);
    ht_efficiency_close(&e);
    return error;
}
