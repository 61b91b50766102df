#include "results/plot_curves.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* In pixels; plot-curves.gp draws by the same figures. */
enum { TITLE = 56, PANEL_HEIGHT = 310, PLOT_HEIGHT = PANEL_HEIGHT - 66 };

struct range {
    double low, high;
};

int ht_plot_add_curve(struct ht_plot_curves *f, size_t panel, size_t strategy, struct ht_plot_point *point,
                      size_t n)
{
    struct ht_plot_curve *const more = n ? realloc(f->curve, (f->curves + 1) * sizeof *more) : NULL;
    if (!more) {
        free(point);
        return n ? -ENOMEM : 0;
    }
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += f->log_y ? log(point[i].y) : point[i].y;
    f->curve = more;
    more[f->curves++] = (struct ht_plot_curve){panel, strategy, point, n, sum / (double)n};
    return 0;
}

/* ---- what is shown -------------------------------------------------------------------------------------- */

static size_t count_curves(const struct ht_plot_curves *f, size_t panel)
{
    size_t n = 0;
    for (size_t i = 0; i < f->curves; i++)
        n += f->curve[i].panel == panel;
    return n;
}

/* Another panel of its group has more curves, or as many and comes first. */
static bool is_outdone(const struct ht_plot_curves *f, size_t panel, size_t panels)
{
    const size_t here = count_curves(f, panel);
    for (size_t p = 0; f->group_of && p < panels; p++) {
        const size_t there = f->group_of[p] == f->group_of[panel] ? count_curves(f, p) : 0;
        if (there > here || (there == here && p < panel))
            return true;
    }
    return false;
}

size_t ht_plot_choose_panels(const struct ht_plot_curves *f, size_t *panel, size_t most)
{
    size_t n = 0, panels = 0;
    for (size_t i = 0; i < f->curves; i++)
        panels = f->curve[i].panel >= panels ? f->curve[i].panel + 1 : panels;
    for (size_t p = 0; p < panels; p++) {
        const size_t here = count_curves(f, p);
        size_t at = n;
        while (at > 0 && count_curves(f, panel[at - 1]) < here)
            at--;
        if (at == most || !here || is_outdone(f, p, panels))
            continue;
        n += n < most;
        memmove(&panel[at + 1], &panel[at], (n - 1 - at) * sizeof *panel);
        panel[at] = p;
    }
    return n;
}

static int by_rank(const void *a, const void *b)
{
    const struct ht_plot_curve *const p = *(struct ht_plot_curve *const *)a,
                                      *const q = *(struct ht_plot_curve *const *)b;
    if (p->rank != q->rank)
        return p->rank < q->rank ? -1 : 1;
    return (p->strategy > q->strategy) - (p->strategy < q->strategy);
}

int ht_plot_choose_strategies(const struct ht_summary *s, const struct ht_plot_curves *f, size_t panel,
                              bool *shown)
{
    const struct ht_plot_curve **const ranked = malloc((f->curves + 1) * sizeof *ranked);
    size_t n = 0, kept = 0;
    if (!ranked)
        return -ENOMEM;
    for (size_t i = 0; i < f->curves; i++) {
        const size_t strategy = f->curve[i].strategy;
        if (f->curve[i].panel != panel)
            continue;
        shown[strategy] |= strategy == s->baseline;
        kept += shown[strategy];
        if (!shown[strategy])
            ranked[n++] = &f->curve[i];
    }
    const size_t room = kept < HT_PLOT_CURVES ? HT_PLOT_CURVES - kept : 0, take = n < room ? n : room;
    qsort(ranked, n, sizeof *ranked, by_rank);
    for (size_t i = 0; i < take; i++)
        shown[ranked[take > 1 ? i * (n - 1) / (take - 1) : 0]->strategy] = true;
    free(ranked);
    return (int)(take + kept);
}

/* ---- one panel ------------------------------------------------------------------------------------------ */

static void widen(struct range *r, double value)
{
    r->low = fmin(r->low, value);
    r->high = fmax(r->high, value);
}

/* One block a curve; returns how many, and the styles to the driver. */
static size_t put_curves(const struct ht_plot *plot, FILE *out, const struct ht_plot_curves *f, size_t panel,
                         const bool *shown, size_t k, struct range axis[2])
{
    size_t lines = 0;
    fprintf(plot->driver, "styles%zu = '", k);
    for (const struct ht_plot_curve *c = f->curve; c < f->curve + f->curves; c++) {
        if (c->panel != panel || !shown[c->strategy])
            continue;
        for (size_t i = 0; i < c->n; i++) {
            fprintf(out, "%.5g\t%.5g\n", c->point[i].x, c->point[i].y);
            widen(&axis[0], c->point[i].x);
            widen(&axis[1], c->point[i].y);
        }
        ht_plot_end_block(out, 2);
        fprintf(plot->driver, "%s%u", lines++ ? " " : "", ht_plot_style(plot->summary, c->strategy));
    }
    fputs("'\n", plot->driver);
    return lines;
}

static double scaled(const struct ht_plot_curves *f, double y)
{
    return f->log_y ? log10(y) : y;
}

/* The block of the names: y of the label, the curve's end, style, name. */
static int put_names(const struct ht_plot *plot, FILE *out, const struct ht_plot_curves *f, size_t panel,
                     const bool *shown, const struct range *axis)
{
    double *const y = malloc((f->curves + 1) * sizeof *y);
    if (!y)
        return -ENOMEM;
    const double low = scaled(f, axis->low), high = scaled(f, axis->high),
                 gap = (high - low) * HT_PLOT_LINE / PLOT_HEIGHT;
    size_t n = 0;
    for (const struct ht_plot_curve *c = f->curve; c < f->curve + f->curves; c++)
        if (c->panel == panel && shown[c->strategy])
            y[n++] = scaled(f, c->point[c->n - 1].y);
    ht_plot_spread(y, n, gap, low + gap / 2, high - gap / 2);
    n = 0;
    for (const struct ht_plot_curve *c = f->curve; c < f->curve + f->curves; c++) {
        if (c->panel != panel || !shown[c->strategy])
            continue;
        fprintf(out, "%.5g\t%.5g\t%.5g\t%u\t", f->log_y ? pow(10, y[n]) : y[n], c->point[c->n - 1].x,
                c->point[c->n - 1].y, ht_plot_style(plot->summary, c->strategy));
        n++;
        ht_plot_text(out, plot->summary->strategy[c->strategy].name, HT_PLOT_NAME);
        putc('\n', out);
    }
    ht_plot_end_block(out, 5);
    free(y);
    return 0;
}

/* A range that has a width, and some room around the curves. */
static void fit(struct range *r, bool logarithmic)
{
    const double share = 0.04;
    if (logarithmic) {
        const double factor = fmax(1.02, pow(r->high / r->low, share));
        *r = (struct range){r->low / factor, r->high * factor};
    } else {
        const double room = fmax(1e-3, share * (r->high - r->low));
        *r = (struct range){r->low - room, r->high + room};
    }
}

static int write_panel(const struct ht_plot *plot, const struct ht_plot_curves *f, size_t panel,
                       const bool *shown, size_t k, bool heapless)
{
    char name[64], label[160];
    struct ht_file file;
    struct range axis[2] = {{INFINITY, -INFINITY}, {INFINITY, -INFINITY}};
    struct ht_summary_job job = plot->summary->job[f->job_of[panel]];
    snprintf(name, sizeof name, "%s-%zu", f->name, k);
    int error = ht_plot_open_data(plot, name, &file);
    if (error)
        return error;
    const size_t lines = put_curves(plot, file.out, f, panel, shown, k, axis);
    if (lines) {
        fit(&axis[1], f->log_y);
        if (f->high_y > f->low_y)
            axis[1] = (struct range){f->low_y, f->high_y};
        if (!(axis[0].low < axis[0].high))
            fit(&axis[0], f->log_x);
        error = put_names(plot, file.out, f, panel, shown, &axis[1]);
    }
    job.heap = heapless ? "" : job.heap;
    ht_summary_job_label(&job, label, sizeof label);
    fprintf(plot->driver, "title%zu = '", k);
    ht_plot_text(plot->driver, label, HT_PLOT_JOB);
    fprintf(plot->driver,
            "'; lines%zu = %zu; low%zu = %.5g; high%zu = %.5g; first%zu = %.5g; last%zu = %.5g\n", k, lines,
            k, axis[1].low, k, axis[1].high, k, axis[0].low, k, axis[0].high);
    const int close_error = ht_file_close(&file);
    return error ? error : close_error;
}

/* ---- the figure ----------------------------------------------------------------------------------------- */

static int write_figure(const struct ht_plot *plot, const struct ht_plot_curves *f, bool *shown,
                        bool heapless)
{
    size_t panel[HT_PLOT_PANELS + 1];
    const size_t panels = ht_plot_choose_panels(f, panel, HT_PLOT_PANELS),
                 all = panels ? count_curves(f, panel[0]) : 0;
    const int chosen = panels ? ht_plot_choose_strategies(plot->summary, f, panel[0], shown) : 0;
    size_t kept = 0;
    if (chosen <= 0)
        return chosen;
    for (size_t k = 0; k < panels; k++) {
        size_t n = 0;
        for (size_t i = 0; i < f->curves; i++)
            n += f->curve[i].panel == panel[k] && shown[f->curve[i].strategy];
        const int error = n ? write_panel(plot, f, panel[k], shown, ++kept, heapless) : 0;
        if (error)
            return error;
    }
    fprintf(plot->driver, "panels = %zu; what = '%s", kept, f->title);
    if ((size_t)chosen < all)
        fprintf(plot->driver, "; %d of %zu strategies, best to worst", chosen, all);
    fprintf(plot->driver, "'; what_x = '%s'; what_y = '%s'; log_x = %d; log_y = %d\n", f->x, f->y, f->log_x,
            f->log_y);
    fprintf(plot->driver, "ticks_x = '%s'; ticks_y = '%s'\n", f->x_ticks, f->y_ticks);
    ht_plot_draw(plot, f->name, "curves", HT_PLOT_WIDTH, TITLE + PANEL_HEIGHT * (int)((kept + 1) / 2));
    return 0;
}

int ht_plot_draw_curves(const struct ht_plot *plot, struct ht_plot_curves *f, bool heapless, int error)
{
    bool *const shown = calloc(plot->summary->strategies + 1, sizeof *shown);
    if (!error && plot->take)
        error = plot->take(plot, f, heapless);
    else if (!error)
        error = shown ? write_figure(plot, f, shown, heapless) : -ENOMEM;
    for (size_t i = 0; i < f->curves; i++)
        free(f->curve[i].point);
    free(f->curve);
    free(shown);
    return error;
}
