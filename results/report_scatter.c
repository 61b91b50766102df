/* A point a strategy: two figures against each other, with intervals, named beside the points. It is drawn twice, wide and
 * narrow; the page shows what fits. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "results/report_parts.h"

enum { LEFT = 52, RIGHT = 14, TOP = 26, BOTTOM = 38, LETTER = 7, LINE = 13, MARK = 5, TRIES = 56 };

struct box {
    double left, top, right, bottom;
};

struct placed {
    const struct ht_report_point *point;
    double x, y;
    struct box label, across, along;
};

struct drawing {
    const struct ht_report *report;
    const struct ht_report_part *part;
    const struct ht_report_scatter *s;
    struct ht_report_axis x, y;
    int width, height;
    struct placed *at;
};

static const char *name_of(const struct drawing *d, const struct ht_report_point *p)
{
    return d->part->summary->strategy[p->strategy].name;
}

/* ---- where things stand --------------------------------------------------------------------------------- */

static double low_of(const struct ht_interval *i)
{
    return i->n > 1 ? i->low : i->estimate;
}

static double high_of(const struct ht_interval *i)
{
    return i->n > 1 ? i->high : i->estimate;
}

static void set_axis(const struct drawing *d, struct ht_report_axis *a, bool of_x)
{
    for (size_t i = 0; i < d->s->n; i++) {
        const struct ht_interval *const v = of_x ? &d->s->point[i].x : &d->s->point[i].y;
        a->low = fmin(a->low, low_of(v));
        a->high = fmax(a->high, high_of(v));
    }
    const double margin = fmax(pow(a->high / a->low, 0.08), 1.08);
    a->low /= margin;
    a->high *= margin;
}

static bool overlap(const struct box *a, const struct box *b)
{
    return a->left < b->right && b->left < a->right && a->top < b->bottom && b->top < a->bottom;
}

/* Eight sides of a point, at growing distances. */
static struct box label_at(const struct drawing *d, const struct placed *p, int place)
{
    static const double sides[8][2] = {{1, 0}, {-1, 0}, {0, -1}, {0, 1}, {1, -1}, {-1, -1}, {1, 1}, {-1, 1}};
    const double *const side = sides[place % 8], far = MARK + 3 + 9 * (place / 8),
                        wide = LETTER * (double)ht_text_columns(name_of(d, p->point));
    const double x = p->x + far * side[0] + (side[0] - 1) * wide / 2,
                 y = p->y + far * side[1] + (side[1] - 1) * LINE / 2.0;
    return (struct box){x, y, x + wide, y + LINE};
}

static bool is_free(const struct drawing *d, const struct box *label, size_t placed)
{
    if (label->left < LEFT || label->top < TOP || label->right > d->width - 2 ||
        label->bottom > d->height - BOTTOM)
        return false;
    for (size_t i = 0; i < d->s->n; i++) {
        const struct placed *const q = &d->at[i];
        const struct box mark = {q->x - MARK, q->y - MARK, q->x + MARK, q->y + MARK};
        if (overlap(label, &mark) || overlap(label, &q->across) || overlap(label, &q->along) ||
            (i < placed && overlap(label, &q->label)))
            return false;
    }
    return true;
}

static void place(struct drawing *d)
{
    for (size_t i = 0; i < d->s->n; i++) {
        struct placed *const p = &d->at[i];
        p->point = &d->s->point[i];
        p->x = ht_report_at(&d->x, p->point->x.estimate);
        p->y = ht_report_at(&d->y, p->point->y.estimate);
        p->across = (struct box){ht_report_at(&d->x, low_of(&p->point->x)), p->y - 1,
                                 ht_report_at(&d->x, high_of(&p->point->x)), p->y + 1};
        p->along = (struct box){p->x - 1, ht_report_at(&d->y, high_of(&p->point->y)), p->x + 1,
                                ht_report_at(&d->y, low_of(&p->point->y))};
    }
    for (size_t i = 0; i < d->s->n; i++) {
        int k = 0;
        while (k < TRIES && (d->at[i].label = label_at(d, &d->at[i], k), !is_free(d, &d->at[i].label, i)))
            k++;
        if (k == TRIES)
            d->at[i].label = label_at(d, &d->at[i], 0);
    }
}

/* ---- what is drawn -------------------------------------------------------------------------------------- */

static int by_x(const void *a, const void *b)
{
    const struct placed *const p = a, *const q = b;
    return (p->x > q->x) - (p->x < q->x);
}

/* What the front leaves to no other: a staircase. */
static void put_front(FILE *out, const struct drawing *d)
{
    double last = -1;
    for (size_t i = 0; i < d->s->n; i++) {
        const struct placed *const p = &d->at[i];
        if (!p->point->front)
            continue;
        fprintf(out, last < 0 ? "<path class=\"front\" d=\"M%.1f %.1f" : "H%.1fV%.1f", p->x, p->y);
        last = p->y;
    }
    if (last >= 0)
        fputs("\"/>\n", out);
}

/* A line to a label that stands apart from its mark. */
static void put_leader(FILE *out, const struct placed *p)
{
    const double x = fmax(p->label.left, fmin(p->label.right, p->x)),
                 y = fmax(p->label.top, fmin(p->label.bottom, p->y));
    if (hypot(x - p->x, y - p->y) > MARK + 6)
        fprintf(out, "<path class=\"i\" d=\"M%.1f %.1fL%.1f %.1f\"/>", p->x, p->y, x, y);
}

static void put_point(FILE *out, const struct drawing *d, const struct placed *p)
{
    fprintf(out, "<g class=\"s k%u%s\" data-s=\"%s%zu\">", ht_report_style(d->part, p->point->strategy),
            p->point->front ? " f" : "", d->part->id, p->point->strategy);
    if (p->point->x.n > 1)
        fprintf(out, "<path class=\"v\" d=\"M%.1f %.1fH%.1f\"/>", p->across.left, p->y, p->across.right);
    if (p->point->y.n > 1)
        fprintf(out, "<path class=\"v\" d=\"M%.1f %.1fV%.1f\"/>", p->x, p->along.top, p->along.bottom);
    put_leader(out, p);
    fprintf(out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\"/><text x=\"%.1f\" y=\"%.1f\">", p->x, p->y,
            p->label.left, p->label.bottom - 3);
    ht_text_put_xml(out, name_of(d, p->point));
    fputs("</text></g>\n", out);
}

static void put_units(FILE *out, const struct drawing *d)
{
    const double x = ht_report_at(&d->x, 1), y = ht_report_at(&d->y, 1);
    if (d->x.low < 1 && d->x.high > 1)
        fprintf(out, "<path class=\"one\" d=\"M%.1f %.1fV%.1f\"/>", x, d->y.to, d->y.from);
    if (d->y.low < 1 && d->y.high > 1)
        fprintf(out, "<path class=\"one\" d=\"M%.1f %.1fH%.1f\"/>", d->x.from, y, d->x.to);
}

static int put_drawing(const struct ht_report *report, const struct ht_report_part *part,
                       const struct ht_report_scatter *s, int width, int height, const char *name)
{
    FILE *const out = report->out;
    struct drawing d = {.report = report,
                        .part = part,
                        .s = s,
                        .width = width,
                        .height = height,
                        .at = calloc(s->n + 1, sizeof *d.at)};
    if (!d.at)
        return -ENOMEM;
    d.x = (struct ht_report_axis){INFINITY, 0, LEFT, width - RIGHT, true, s->format_x};
    d.y = (struct ht_report_axis){INFINITY, 0, height - BOTTOM, TOP, true, s->format_y};
    set_axis(&d, &d.x, true);
    set_axis(&d, &d.y, false);
    place(&d);
    fprintf(out, "<svg class=\"%s\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"", name, width, height);
    ht_text_put_xml(out, s->title);
    fputs("\">\n", out);
    ht_report_put_x(out, &d.x, &d.y, s->x);
    ht_report_put_y(out, &d.x, &d.y, s->y);
    if (s->units)
        put_units(out, &d);
    qsort(d.at, s->n, sizeof *d.at, by_x);
    put_front(out, &d);
    for (size_t i = 0; i < s->n; i++)
        put_point(out, &d, &d.at[i]);
    fputs("</svg>\n", out);
    free(d.at);
    return 0;
}

int ht_report_put_scatter(const struct ht_report *report, const struct ht_report_part *part,
                          const struct ht_report_scatter *s)
{
    fputs("<figure class=\"scatter\">\n", report->out);
    int error = put_drawing(report, part, s, 860, 460, "wide");
    error = error ? error : put_drawing(report, part, s, 380, 400, "narrow");
    fputs("</figure>\n", report->out);
    return error;
}
