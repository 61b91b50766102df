/* Curves as small multiples: a few strategies with their names at the end, the others in grey behind them. All panels have
 * the same axes, so that they can be compared. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "results/report_parts.h"

enum { PANELS = 6 };

/* In pixels. A letter of a label is 6 wide. */
enum { WIDTH = 372, HEIGHT = 256, LEFT = 48, RIGHT = 92, TOP = 24, BOTTOM = 38, LINE = 12, NAME = 14 };

struct panels {
    const struct ht_report *report;
    const struct ht_report_part *part;
    const struct ht_plot_curves *figure;
    const struct ht_report_curves *as;
    bool heapless, *shown;
    struct ht_report_axis x, y;
    size_t panel[PANELS + 1], n;
};

static bool is_in(const struct panels *p, size_t panel)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->panel[i] == panel)
            return true;
    return false;
}

static void fit(struct ht_report_axis *a, bool whole)
{
    const double share = whole ? 0 : 0.04;
    if (a->log) {
        const double factor = fmax(whole ? 1 : 1.02, pow(a->high / a->low, share));
        a->low /= factor;
        a->high *= a->high > a->low ? factor : 1.1;
    } else {
        const double room = share * (a->high - a->low);
        a->low -= room;
        a->high += a->high > a->low ? room : 1;
    }
}

static void set_axes(struct panels *p)
{
    const struct ht_plot_curves *const f = p->figure;
    p->x = (struct ht_report_axis){INFINITY, -INFINITY, LEFT, WIDTH - RIGHT, f->log_x, p->as->x};
    p->y = (struct ht_report_axis){INFINITY, -INFINITY, HEIGHT - BOTTOM, TOP, f->log_y, p->as->y};
    for (const struct ht_plot_curve *c = f->curve; c < f->curve + f->curves; c++)
        for (size_t i = 0; is_in(p, c->panel) && i < c->n; i++) {
            p->x.low = fmin(p->x.low, c->point[i].x);
            p->x.high = fmax(p->x.high, c->point[i].x);
            p->y.low = fmin(p->y.low, c->point[i].y);
            p->y.high = fmax(p->y.high, c->point[i].y);
        }
    fit(&p->x, true);
    fit(&p->y, false);
    if (f->high_y > f->low_y) {
        p->y.low = f->low_y;
        p->y.high = f->high_y;
    }
}

/* Leaves out what moves less than a pixel. */
static void put_path(FILE *out, const struct panels *p, const struct ht_plot_curve *c)
{
    double last_x = -9, last_y = -9;
    fputs("<path class=\"l\" d=\"", out);
    for (size_t i = 0; i < c->n; i++) {
        const double x = ht_report_at(&p->x, c->point[i].x), y = ht_report_at(&p->y, c->point[i].y);
        if (i && i + 1 < c->n && fabs(x - last_x) < 1.5 && fabs(y - last_y) < 1)
            continue;
        fprintf(out, "%c%.1f %.1f", i ? 'L' : 'M', x, y);
        last_x = x;
        last_y = y;
    }
    fputs("\"/>", out);
}

static const char *name_of(const struct panels *p, size_t strategy)
{
    return p->part->summary->strategy[strategy].name;
}

static void put_grey(FILE *out, const struct panels *p, size_t panel)
{
    for (const struct ht_plot_curve *c = p->figure->curve; c < p->figure->curve + p->figure->curves; c++) {
        if (c->panel != panel || p->shown[c->strategy])
            continue;
        fprintf(out, "<g class=\"s o\" data-s=\"%s%zu\"><title>", p->part->id, c->strategy);
        ht_text_put_xml(out, name_of(p, c->strategy));
        fputs("</title>", out);
        put_path(out, p, c);
        fputs("</g>\n", out);
    }
}

static int put_named(FILE *out, const struct panels *p, size_t panel)
{
    const struct ht_plot_curves *const f = p->figure;
    double *const y = malloc((f->curves + 1) * sizeof *y);
    size_t n = 0;
    if (!y)
        return -ENOMEM;
    for (const struct ht_plot_curve *c = f->curve; c < f->curve + f->curves; c++)
        if (c->panel == panel && p->shown[c->strategy])
            y[n++] = ht_report_at(&p->y, c->point[c->n - 1].y);
    ht_plot_spread(y, n, LINE, TOP + 2, HEIGHT - BOTTOM);
    n = 0;
    for (const struct ht_plot_curve *c = f->curve; c < f->curve + f->curves; c++) {
        if (c->panel != panel || !p->shown[c->strategy])
            continue;
        const struct ht_plot_point end = c->point[c->n - 1];
        const double x = ht_report_at(&p->x, end.x), at = ht_report_at(&p->y, end.y);
        const unsigned style = ht_report_style(p->part, c->strategy);
        fprintf(out, "<g class=\"s k%u\" data-s=\"%s%zu\">", style, p->part->id, c->strategy);
        put_path(out, p, c);
        fprintf(out, "<path class=\"i\" d=\"M%.1f %.1fL%d %.1f\"/><text x=\"%d\" y=\"%.1f\">", x, at,
                WIDTH - RIGHT + 6, y[n], WIDTH - RIGHT + 9, y[n] + 4);
        char name[64];
        snprintf(name, sizeof name, "%s", name_of(p, c->strategy));
        if (ht_text_columns(name) > NAME) /* cut in the drawing only */
            snprintf(name + NAME - 1, sizeof name - NAME + 1, "…");
        ht_text_put_xml(out, name);
        fputs("</text></g>\n", out);
        n++;
    }
    free(y);
    return 0;
}

static void put_name(FILE *out, const struct panels *p, size_t panel)
{
    char label[200];
    struct ht_summary_job job = p->part->summary->job[p->figure->job_of[panel]];
    job.heap = p->heapless ? "" : job.heap;
    job.params = "";
    ht_summary_job_label(&job, label, sizeof label);
    ht_text_put_xml(out, p->as->caption ? p->as->caption : label);
}

static int put_panel(FILE *out, const struct panels *p, size_t panel)
{
    if (p->as->caption)
        fputs("<figure class=\"panel\"><figcaption>", out);
    else
        fprintf(out, "<figure class=\"panel\" data-j=\"%s%zu\"><figcaption>", p->part->id,
                p->figure->job_of[panel]);
    put_name(out, p, panel);
    fprintf(out, "</figcaption><svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"", WIDTH, HEIGHT);
    ht_text_put_xml(out, p->figure->title);
    fputs(": ", out);
    put_name(out, p, panel);
    fputs("\">\n", out);
    ht_report_put_x(out, &p->x, &p->y, p->figure->x);
    ht_report_put_y(out, &p->x, &p->y, p->figure->y);
    put_grey(out, p, panel);
    const int error = put_named(out, p, panel);
    fputs("</svg></figure>\n", out);
    return error;
}

static int put_all(struct panels *p)
{
    FILE *const out = p->report->out;
    for (size_t i = 0; p->part->named && i < p->part->summary->strategies; i++)
        p->shown[i] = p->part->named[i];
    const int chosen = ht_plot_choose_strategies(p->part->summary, p->figure, p->panel[0], p->shown);
    if (chosen < 0)
        return chosen;
    int error = 0;
    set_axes(p);
    fputs("<div class=\"panels\">\n", out);
    for (size_t i = 0; i < p->n && !error; i++)
        error = put_panel(out, p, p->panel[i]);
    fputs("</div>\n", out);
    return error;
}

int ht_report_put_curves(const struct ht_report *report, const struct ht_report_part *part,
                         const struct ht_plot_curves *figure, bool heapless,
                         const struct ht_report_curves *as)
{
    struct panels p = {.report = report,
                       .part = part,
                       .figure = figure,
                       .as = as,
                       .heapless = heapless,
                       .shown = calloc(part->summary->strategies + 1, sizeof *p.shown)};
    int error = p.shown ? 0 : -ENOMEM;
    p.n = ht_plot_choose_panels(figure, p.panel, PANELS);
    if (!error && p.n)
        error = put_all(&p);
    free(p.shown);
    return error;
}
