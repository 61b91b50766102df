#include "results/garbage.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "results/collected.h"

static const double least_ns = 1e2, least_share = 1e-4;

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
                        struct ht_garbage *g)
{
    g->low_x = g->low_y = INFINITY;
    for (size_t i = 0; i < s->strategies; i++) {
        struct ht_garbage_point *const p = &g->point[g->n];
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

int ht_garbage_open(struct ht_garbage *g, const struct ht_summary *s)
{
    *g = (struct ht_garbage){.point = calloc(s->strategies + 1, sizeof *g->point), .what = ""};
    double *const pause = choose_pauses(s);
    double *const share = pause ? choose_garbage(s, &g->what) : NULL;
    const int error = g->point && pause && (share || !g->what) ? 0 : -ENOMEM;
    if (!error && share)
        list_points(s, pause, share, g);
    if (error)
        ht_garbage_close(g);
    free(pause);
    free(share);
    return error;
}

void ht_garbage_close(struct ht_garbage *g)
{
    free(g->point);
    *g = (struct ht_garbage){.n = 0};
}
