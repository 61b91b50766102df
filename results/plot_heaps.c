/* heap: time against the size of the heap (Hertz & Berger, "Quantifying the Performance of Garbage Collection vs. Explicit
 * Memory Management", OOPSLA 2005), for workloads that ran with several limits. Sizes are multiples of what is live, as
 * the limits and the smallest heaps are everywhere else; times are relative to the baseline's, or to the best where the
 * baseline has none. */
#include <errno.h>
#include <stdlib.h>

#include "results/collected.h"
#include "results/plot_curves.h"

struct heaps {
    const struct ht_summary *s;
    double *time, *size, *live;        /* by cell */
    size_t *panel_of;                  /* by job */
    double *unit, *best, *of_baseline; /* by panel: bytes; ns */
    size_t *job_of;                    /* by panel */
    size_t panels;
};

static double time_of(const struct ht_row *row)
{
    return ht_metric_figure(row, HT_TIME);
}

static double least(double a, double b)
{
    return isnan(a) ? b : isnan(b) ? a : fmin(a, b);
}

/* What the sizes and times of each panel are relative to. The baseline's time is that of its largest heap. */
static void find_units(struct heaps *h)
{
    const struct ht_summary *const s = h->s;
    for (size_t p = 0; p < s->jobs; p++)
        h->unit[p] = h->best[p] = h->of_baseline[p] = NAN;
    for (size_t c = 0; c < s->cells; c++) {
        const size_t p = h->panel_of[s->cell[c].job];
        h->job_of[p] = s->cell[c].job;
        h->panels = p >= h->panels ? p + 1 : h->panels;
        h->unit[p] = least(h->unit[p], h->live[c]);
        h->best[p] = least(h->best[p], h->time[c]);
        if (s->cell[c].strategy == s->baseline)
            h->of_baseline[p] = least(h->of_baseline[p], h->time[c]);
    }
}

static int by_x(const void *a, const void *b)
{
    const struct ht_plot_point *const p = a, *const q = b;
    return (p->x > q->x) - (p->x < q->x);
}

/* One size makes no curve. */
static int add_curve(const struct heaps *h, size_t panel, size_t strategy, struct ht_plot_curves *f)
{
    const struct ht_summary *const s = h->s;
    const double unit = isnan(h->of_baseline[panel]) ? h->best[panel] : h->of_baseline[panel];
    struct ht_plot_point *const point = malloc((s->cells + 1) * sizeof *point);
    size_t n = 0;
    if (!point)
        return -ENOMEM;
    for (size_t c = 0; c < s->cells; c++) {
        if (s->cell[c].strategy != strategy || h->panel_of[s->cell[c].job] != panel)
            continue;
        const struct ht_plot_point here = {h->size[c] / h->unit[panel], h->time[c] / unit};
        if (here.x > 0 && here.y > 0)
            point[n++] = here;
    }
    qsort(point, n, sizeof *point, by_x);
    if (n && !(point[0].x < point[n - 1].x))
        n = 0;
    return ht_plot_add_curve(f, panel, strategy, point, n);
}

static int draw(const struct ht_plot *plot, struct heaps *h)
{
    struct ht_plot_curves f = {.name = "heap",
                               .title = "Time against the size of the heap, lower is faster",
                               .x = "heap over what is live",
                               .y = "relative time",
                               .x_ticks = "1, 1.25, 1.5, 2, 3, 4, 6, 8, 12, 16, 24, 32, 64, 128",
                               .y_ticks = "0.1, 0.2, 0.5, 0.7, 1, 1.5, 2, 3, 5, 7, 10, 20, 50, 100",
                               .log_x = true,
                               .log_y = true,
                               .job_of = h->job_of};
    int error = 0;
    find_units(h);
    for (size_t p = 0; p < h->panels; p++)
        for (size_t i = 0; i < h->s->strategies && !error; i++)
            error = add_curve(h, p, i, &f);
    return ht_plot_draw_curves(plot, &f, true, error);
}

int ht_plot_heaps(const struct ht_plot *plot)
{
    const struct ht_summary *const s = plot->summary;
    struct heaps h = {.s = s,
                      .time = ht_collected_medians(s, time_of),
                      .size = ht_collected_medians(s, ht_collected_heap_bytes),
                      .live = ht_collected_medians(s, ht_collected_live_bytes),
                      .panel_of = ht_collected_heapless_jobs(s),
                      .unit = malloc(s->jobs * sizeof *h.unit),
                      .best = malloc(s->jobs * sizeof *h.best),
                      .of_baseline = malloc(s->jobs * sizeof *h.of_baseline),
                      .job_of = malloc(s->jobs * sizeof *h.job_of)};
    const int error =
        h.time && h.size && h.live && h.panel_of && h.unit && h.best && h.of_baseline && h.job_of
            ? draw(plot, &h)
            : -ENOMEM;
    free(h.time);
    free(h.size);
    free(h.live);
    free(h.panel_of);
    free(h.unit);
    free(h.best);
    free(h.of_baseline);
    free(h.job_of);
    return error;
}
