/* pareto: time against memory over the suite, with intervals, and the front that nothing else beats. `null`
 * is left out: it keeps no memory apart, and would be the whole front. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "results/plot_parts.h"

enum { TRIES = 40, LETTER = 6, MARK = 5 };

/* In pixels; plot-pareto.gp draws by the same figures. */
enum { LEFT = 64, RIGHT = 24, TOP = 44, BOTTOM = 58, HEIGHT = 600 };

struct box {
    double left, low, right, high;
};

struct point {
    const struct ht_summary_strategy *strategy;
    unsigned style;
    double x, y;              /* pixels, from the lower left of the plot */
    struct box label;         /* where it was placed */
    struct box across, along; /* its intervals */
    bool front;
};

struct pareto {
    struct point *point;
    size_t n;
    double low[HT_METRICS], high[HT_METRICS]; /* of the axes */
};

static bool overlap(const struct box *a, const struct box *b)
{
    return a->left < b->right && b->left < a->right && a->low < b->high && b->low < a->high;
}

static const struct ht_interval *ratio(const struct point *p, enum ht_metric metric)
{
    return &p->strategy->suite[metric];
}

static void set_axis(struct pareto *p, enum ht_metric metric)
{
    double low = INFINITY, high = 0;
    for (size_t i = 0; i < p->n; i++) {
        low = fmin(low, ratio(&p->point[i], metric)->low);
        high = fmax(high, ratio(&p->point[i], metric)->high);
    }
    const double margin = fmax(pow(high / low, 0.07), 1.06);
    p->low[metric] = low / margin;
    p->high[metric] = high * margin;
}

static double pixel(const struct pareto *p, enum ht_metric metric, double value, double pixels)
{
    return pixels * log(value / p->low[metric]) / log(p->high[metric] / p->low[metric]);
}

static double value_at(const struct pareto *p, enum ht_metric metric, double at, double pixels)
{
    return p->low[metric] * pow(p->high[metric] / p->low[metric], at / pixels);
}

/* On the front when no other is at least as good in both and better in one. */
static void mark_front(struct pareto *p)
{
    for (size_t i = 0; i < p->n; i++) {
        p->point[i].front = true;
        for (size_t k = 0; k < p->n; k++) {
            const struct point *const a = &p->point[i], *const b = &p->point[k];
            const double at = ratio(a, HT_TIME)->estimate, am = ratio(a, HT_MEMORY)->estimate;
            const double bt = ratio(b, HT_TIME)->estimate, bm = ratio(b, HT_MEMORY)->estimate;
            if (bt <= at && bm <= am && (bt < at || bm < am))
                p->point[i].front = false;
        }
    }
}

/* Where label number `place` of a point would stand: eight sides at growing distances. */
static struct box place_label(const struct point *p, int place)
{
    static const double sides[8][2] = {{1, 0}, {-1, 0}, {0, 1}, {0, -1}, {1, 1}, {-1, 1}, {1, -1}, {-1, -1}};
    const double *const side = sides[place % 8];
    const double far = MARK + 3 + 11 * (place / 8),
                 wide = LETTER * (double)ht_plot_letters(p->strategy->name, HT_PLOT_NAME);
    const double x = p->x + far * side[0] + (side[0] - 1) * wide / 2,
                 y = p->y + far * side[1] + (side[1] - 1) * HT_PLOT_LINE / 2.0;
    return (struct box){x, y, x + wide, y + HT_PLOT_LINE};
}

/* The baseline's own lines, time 1 and memory 1, are no place for a label. */
static bool on_unit_line(const struct pareto *p, const struct box *label)
{
    const double x = pixel(p, HT_TIME, 1, HT_PLOT_WIDTH - LEFT - RIGHT),
                 y = pixel(p, HT_MEMORY, 1, HEIGHT - TOP - BOTTOM);
    return (label->left < x + 2 && label->right > x - 2) || (label->low < y + 2 && label->high > y - 2);
}

static bool is_free(const struct pareto *p, const struct box *label, size_t placed)
{
    if (label->left < 0 || label->low < 0 || label->right > HT_PLOT_WIDTH - LEFT - RIGHT ||
        label->high > HEIGHT - TOP - BOTTOM || on_unit_line(p, label))
        return false;
    for (size_t i = 0; i < p->n; i++) {
        const struct point *const q = &p->point[i];
        const struct box mark = {q->x - MARK, q->y - MARK, q->x + MARK, q->y + MARK};
        if (overlap(label, &mark) || overlap(label, &q->across) || overlap(label, &q->along) ||
            (i < placed && overlap(label, &q->label)))
            return false;
    }
    return true;
}

static void place_labels(struct pareto *p)
{
    for (size_t i = 0; i < p->n; i++) {
        int place = 0;
        while (place < TRIES &&
               (p->point[i].label = place_label(&p->point[i], place), !is_free(p, &p->point[i].label, i)))
            place++;
        if (place == TRIES)
            p->point[i].label = place_label(&p->point[i], 0);
    }
}

/* Where a point and its intervals stand, in pixels. */
static void place_mark(const struct pareto *p, struct point *q)
{
    const double width = HT_PLOT_WIDTH - LEFT - RIGHT, height = HEIGHT - TOP - BOTTOM;
    const struct ht_interval *const t = ratio(q, HT_TIME), *const m = ratio(q, HT_MEMORY);
    q->x = pixel(p, HT_TIME, t->estimate, width);
    q->y = pixel(p, HT_MEMORY, m->estimate, height);
    q->across =
        (struct box){pixel(p, HT_TIME, t->low, width), q->y - 2, pixel(p, HT_TIME, t->high, width), q->y + 2};
    q->along = (struct box){q->x - 2, pixel(p, HT_MEMORY, m->low, height), q->x + 2,
                            pixel(p, HT_MEMORY, m->high, height)};
}

/* A mean over a few cells would stand beside means over all of them as if it were one of them, and `null` is no
 * allocator. */
static bool is_comparable(const struct ht_summary *s, const struct ht_summary_strategy *st)
{
    const size_t all = s->strategy[s->baseline].compared[HT_TIME];
    return st->suite[HT_TIME].n && st->suite[HT_MEMORY].n && 2 * st->compared[HT_TIME] >= all &&
           strcmp(st->name, "null");
}

static void list_points(const struct ht_summary *s, struct pareto *p)
{
    for (size_t i = 0; i < s->strategies; i++)
        if (is_comparable(s, &s->strategy[i]))
            p->point[p->n++] = (struct point){.strategy = &s->strategy[i], .style = ht_plot_style(s, i)};
    set_axis(p, HT_TIME);
    set_axis(p, HT_MEMORY);
    for (size_t i = 0; i < p->n; i++)
        place_mark(p, &p->point[i]);
    mark_front(p);
    place_labels(p);
}

static int by_time(const void *a, const void *b)
{
    const struct point *const p = a, *const q = b;
    const double x = ratio(p, HT_TIME)->estimate, y = ratio(q, HT_TIME)->estimate;
    return (x > y) - (x < y);
}

/* A label, and the line to its mark from the nearest edge: where it stands, where the line starts and ends,
 * style, name. A label right beside its mark needs no line. */
static void put_label(FILE *out, const struct pareto *p, const struct point *q)
{
    const struct box *const l = &q->label;
    const double width = HT_PLOT_WIDTH - LEFT - RIGHT, height = HEIGHT - TOP - BOTTOM;
    double x = fmax(l->left, fmin(l->right, q->x)), y = fmax(l->low, fmin(l->high, q->y));
    if (hypot(x - q->x, y - q->y) < MARK + 7) {
        x = q->x;
        y = q->y;
    }
    fprintf(out, "%.5g\t%.5g\t%.5g\t%.5g\t%.5g\t%.5g\t%u\t",
            value_at(p, HT_TIME, (l->left + l->right) / 2, width),
            value_at(p, HT_MEMORY, (l->low + l->high) / 2, height), value_at(p, HT_TIME, x, width),
            value_at(p, HT_MEMORY, y, height), ratio(q, HT_TIME)->estimate, ratio(q, HT_MEMORY)->estimate,
            q->style);
    ht_plot_text(out, q->strategy->name, HT_PLOT_NAME);
    putc('\n', out);
}

/* Block 0: the points with their intervals; 1: labels; 2: the front. */
static void put_points(FILE *out, struct pareto *p)
{
    for (size_t i = 0; i < p->n; i++) {
        const struct ht_interval *const t = ratio(&p->point[i], HT_TIME), *const m =
                                                                              ratio(&p->point[i], HT_MEMORY);
        fprintf(out, "%.5g\t%.5g\t%.5g\t%.5g\t%.5g\t%.5g\t%u\n", t->estimate, m->estimate, t->low, t->high,
                m->low, m->high, p->point[i].style);
    }
    ht_plot_end_block(out, 7);
    for (size_t i = 0; i < p->n; i++)
        put_label(out, p, &p->point[i]);
    ht_plot_end_block(out, 8);
    qsort(p->point, p->n, sizeof *p->point, by_time);
    for (size_t i = 0; i < p->n; i++)
        if (p->point[i].front)
            fprintf(out, "%.5g\t%.5g\n", ratio(&p->point[i], HT_TIME)->estimate,
                    ratio(&p->point[i], HT_MEMORY)->estimate);
    ht_plot_end_block(out, 2);
}

int ht_plot_pareto(const struct ht_plot *plot)
{
    struct pareto p = {.point = calloc(plot->summary->strategies, sizeof *p.point)};
    struct ht_file file;
    if (!p.point)
        return -ENOMEM;
    list_points(plot->summary, &p);
    int error = p.n < 2 ? 0 : ht_plot_open_data(plot, "pareto", &file);
    if (p.n >= 2 && !error) {
        put_points(file.out, &p);
        fprintf(plot->driver, "low_x = %.5g; high_x = %.5g; low_y = %.5g; high_y = %.5g\n", p.low[HT_TIME],
                p.high[HT_TIME], p.low[HT_MEMORY], p.high[HT_MEMORY]);
        ht_plot_draw(plot, "pareto", "pareto", HT_PLOT_WIDTH, HEIGHT);
        error = ht_file_close(&file);
    }
    free(p.point);
    return error;
}
