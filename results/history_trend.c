/* One trend: the figures of its rows, a point for each commit, and the changes. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "results/changes.h"
#include "results/history_parts.h"
#include "results/index.h"
#include "results/stats.h"

static size_t commit_of(const struct ht_history_reading *r, sqlite3_int64 run)
{
    size_t low = 0, high = r->runs;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (r->run[middle] < run)
            low = middle + 1;
        else
            high = middle;
    }
    return low < r->runs && r->run[low] == run ? r->commit_of[low] : HT_INDEX_NONE;
}

struct figure {
    size_t commit;
    double value; /* NAN: not ok */
};

static int by_commit(const void *a, const void *b)
{
    const struct figure *const p = a, *const q = b;
    if (p->commit != q->commit)
        return p->commit < q->commit ? -1 : 1;
    return (p->value > q->value) - (p->value < q->value);
}

const char *const ht_history_plain_figures =
    "SELECT run, value FROM figure WHERE cell = ?1 AND metric = ?2 AND run >= ?3 UNION ALL "
    "SELECT run, NULL FROM failure WHERE cell = ?1 AND metric = ?2 AND run >= ?3";

/* Beside what the baseline did in the same round: what the machine did to both goes away. */
const char *const ht_history_relative_figures =
    "SELECT f.run, f.value / b.value FROM figure f JOIN figure b ON b.metric = f.metric AND b.run = f.run AND"
    " b.round = f.round JOIN cell c ON c.id = f.cell JOIN cell d ON d.id = b.cell WHERE f.cell = ?1 AND "
    "f.metric = ?2 AND"
    " f.run >= ?3 AND d.strategy = ?4 AND d.workload = c.workload AND d.params = c.params AND d.threads = "
    "c.threads AND"
    " d.heap = c.heap UNION ALL SELECT run, NULL FROM failure WHERE cell = ?1 AND metric = ?2 AND run >= ?3";

static int read_figures(struct ht_history_reading *r, sqlite3_stmt *s, sqlite3_int64 cell, const char *metric,
                        struct figure **figure, size_t *n)
{
    int got;
    sqlite3_bind_int64(s, 1, cell);
    sqlite3_bind_text(s, 2, metric, -1, SQLITE_STATIC);
    sqlite3_bind_int64(s, 3, r->runs ? r->run[0] : 0);
    if (r->filter->baseline)
        sqlite3_bind_text(s, 4, r->filter->baseline, -1, SQLITE_STATIC);
    while ((got = ht_history_step(r, s)) > 0) {
        const size_t commit = commit_of(r, sqlite3_column_int64(s, 0));
        if (commit == HT_INDEX_NONE)
            continue;
        struct figure *const more = ht_history_grow(*figure, *n, sizeof *more);
        if (!more) {
            got = ht_history_no_memory(r->why);
            break;
        }
        *figure = more;
        const bool ok = sqlite3_column_type(s, 1) != SQLITE_NULL;
        more[(*n)++] = (struct figure){commit, ok ? sqlite3_column_double(s, 1) : NAN};
    }
    sqlite3_reset(s);
    return got;
}

/* Figures of one commit, the ok ones in their order. */
static struct ht_history_point point_of(const struct figure *figure, size_t n, double *x)
{
    struct ht_history_point p = {.commit = figure->commit};
    for (size_t i = 0; i < n; i++)
        if (isnan(figure[i].value))
            p.not_ok++;
        else
            x[p.figures++] = figure[i].value;
    ht_sort(x, p.figures);
    p.median = ht_median(x, p.figures);
    p.low = ht_quantile(x, p.figures, 0.25);
    p.high = ht_quantile(x, p.figures, 0.75);
    return p;
}

static int make_points(struct ht_trend *trend, struct figure *figure, size_t n)
{
    double *const x = malloc((n + 1) * sizeof *x);
    trend->point = malloc((n + 1) * sizeof *trend->point);
    trend->figured = malloc((n + 1) * sizeof *trend->figured);
    if (!x || !trend->point || !trend->figured) {
        free(x);
        return -ENOMEM;
    }
    if (n)
        qsort(figure, n, sizeof *figure, by_commit);
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i; end < n && figure[end].commit == figure[i].commit; end++)
            ;
        trend->point[trend->points] = point_of(figure + i, end - i, x);
        if (trend->point[trend->points].figures)
            trend->figured[trend->figureds++] = trend->points;
        trend->points++;
    }
    free(x);
    return 0;
}

/* Changes are shares: of logarithms. */
static int find_changes(struct ht_trend *trend)
{
    const struct ht_changes_options options = ht_changes_defaults();
    double *const x = malloc((trend->figureds + 1) * sizeof *x);
    if (!x)
        return -ENOMEM;
    for (size_t i = 0; i < trend->figureds; i++)
        x[i] = log(trend->point[trend->figured[i]].median);
    const int error = ht_changes_find(x, trend->figureds, &options, &trend->change, &trend->changes);
    free(x);
    return error;
}

int ht_history_read_trend(struct ht_history_reading *r, sqlite3_stmt *figures, sqlite3_int64 cell,
                          struct ht_trend *trend)
{
    struct figure *figure = NULL;
    size_t n = 0;
    int error = read_figures(r, figures, cell, ht_metric_word(trend->metric), &figure, &n);
    if (!error && (make_points(trend, figure, n) || find_changes(trend)))
        error = ht_history_no_memory(r->why);
    free(figure);
    return error;
}

double ht_trend_ratio(const struct ht_trend *trend, size_t change)
{
    const size_t start = change ? trend->change[change - 1].at : 0, at = trend->change[change].at,
                 end = change + 1 < trend->changes ? trend->change[change + 1].at : trend->figureds;
    double *const x = malloc((end - start) * sizeof *x), ratio = NAN;
    if (!x)
        return NAN;
    for (size_t i = start; i < end; i++)
        x[i - start] = trend->point[trend->figured[i]].median;
    ht_sort(x, at - start);
    ht_sort(x + at - start, end - at);
    ratio = ht_median(x + at - start, end - at) / ht_median(x, at - start);
    free(x);
    return ratio;
}
