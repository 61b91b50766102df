/* Reading trends: which commits a machine has seen, which cells the filter leaves, and what each commit measured. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "results/changes.h"
#include "results/history_parts.h"
#include "results/index.h"
#include "results/stats.h"
#include "results/text.h"

struct reading {
    struct ht_history *h;
    const struct ht_history_filter *filter;
    struct ht_trends *t;
    sqlite3_int64 *run; /* the machine's, by number, with the commit of each */
    size_t *commit_of;
    size_t runs;
    char *why;
};

static int no_memory(char why[256])
{
    snprintf(why, 256, "no memory left");
    return -ENOMEM;
}

/* Steps; 1 when there is a row, 0 at the end, or an error. */
static int step(struct reading *r, sqlite3_stmt *s)
{
    const int got = sqlite3_step(s);
    return got == SQLITE_ROW ? 1 : got == SQLITE_DONE ? 0 : ht_history_error(r->h, got, r->why);
}

static const char *text_at(sqlite3_stmt *s, int column)
{
    const char *const text = (const char *)sqlite3_column_text(s, column);
    return text ? text : "";
}

/* Makes room for one more, at powers of 2. */
static void *grow(void *things, size_t count, size_t bytes)
{
    return count & (count - 1) ? things : realloc(things, (count ? 2 * count : 1) * bytes);
}

/* ---- the machine and its commits ------------------------------------------------------------------------ */

static int find_machine(struct reading *r)
{
    sqlite3_stmt *s;
    int error = ht_history_prepare(
        r->h,
        "SELECT m.id, m.cpu, m.cores, (SELECT count(*) FROM machine) FROM machine m JOIN run"
        " ON run.machine = m.id WHERE ?1 = 0 OR m.id = ?1 ORDER BY run.created DESC, run.id"
        " DESC LIMIT 1",
        &s, r->why);
    if (error)
        return error;
    sqlite3_bind_int64(s, 1, r->filter->machine);
    const int got = step(r, s);
    if (got > 0) {
        r->t->machine = (long)sqlite3_column_int64(s, 0);
        snprintf(r->t->cpu, sizeof r->t->cpu, "%s", text_at(s, 1));
        r->t->cores = sqlite3_column_int(s, 2);
        r->t->machines = (size_t)sqlite3_column_int64(s, 3);
    } else if (!got) {
        snprintf(r->why, 256, r->filter->machine ? "%.150s knows no machine %ld" : "%.150s holds no runs",
                 r->h->path, r->filter->machine);
    }
    sqlite3_finalize(s);
    return got < 0 ? got : got ? 0 : -ENODATA;
}

/* The last commits, by when they were first measured; the oldest first. */
static int list_commits(struct reading *r)
{
    sqlite3_stmt *s;
    struct ht_trends *const t = r->t;
    int got = ht_history_prepare(
        r->h,
        "SELECT commit_id, first FROM (SELECT commit_id, min(created) AS first, min(id) AS id FROM"
        " run WHERE machine = ? GROUP BY commit_id ORDER BY first DESC, id DESC LIMIT ?)"
        " ORDER BY first, id",
        &s, r->why);
    if (got)
        return got;
    sqlite3_bind_int64(s, 1, t->machine);
    sqlite3_bind_int64(s, 2, r->filter->last ? (sqlite3_int64)r->filter->last : -1);
    while ((got = step(r, s)) > 0) {
        struct ht_history_commit *const more = grow(t->commit, t->commits, sizeof *more);
        if (!more) {
            got = no_memory(r->why);
            break;
        }
        t->commit = more;
        struct ht_history_commit *const c = &more[t->commits++];
        snprintf(c->name, sizeof c->name, "%s", text_at(s, 0));
        snprintf(c->created, sizeof c->created, "%s", text_at(s, 1));
    }
    sqlite3_finalize(s);
    return got;
}

static size_t find_commit(const struct ht_trends *t, const char *name)
{
    for (size_t i = t->commits; i-- > 0;)
        if (!strcmp(t->commit[i].name, name))
            return i;
    return HT_INDEX_NONE;
}

static int list_runs(struct reading *r)
{
    sqlite3_stmt *s;
    int got =
        ht_history_prepare(r->h, "SELECT id, commit_id FROM run WHERE machine = ? ORDER BY id", &s, r->why);
    if (got)
        return got;
    sqlite3_bind_int64(s, 1, r->t->machine);
    while ((got = step(r, s)) > 0) {
        const size_t commit = find_commit(r->t, text_at(s, 1));
        r->t->runs++;
        if (commit == HT_INDEX_NONE)
            continue;
        sqlite3_int64 *const run = grow(r->run, r->runs, sizeof *run);
        r->run = run ? run : r->run;
        size_t *const of = grow(r->commit_of, r->runs, sizeof *of);
        r->commit_of = of ? of : r->commit_of;
        if (!run || !of) {
            got = no_memory(r->why);
            break;
        }
        run[r->runs] = sqlite3_column_int64(s, 0);
        of[r->runs++] = commit;
    }
    sqlite3_finalize(s);
    return got;
}

static size_t commit_of(const struct reading *r, sqlite3_int64 run)
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

/* ---- the figures of one trend --------------------------------------------------------------------------- */

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

static const char plain[] =
    "SELECT run, value FROM figure WHERE cell = ?1 AND metric = ?2 AND run >= ?3 UNION ALL "
    "SELECT run, NULL FROM failure WHERE cell = ?1 AND metric = ?2 AND run >= ?3";

/* Beside what the baseline did in the same round: what the machine did to both goes away. */
static const char relative[] =
    "SELECT f.run, f.value / b.value FROM figure f JOIN figure b ON b.metric = f.metric AND b.run = f.run AND"
    " b.round = f.round JOIN cell c ON c.id = f.cell JOIN cell d ON d.id = b.cell WHERE f.cell = ?1 AND "
    "f.metric = ?2 AND"
    " f.run >= ?3 AND d.strategy = ?4 AND d.workload = c.workload AND d.params = c.params AND d.threads = "
    "c.threads AND"
    " d.heap = c.heap UNION ALL SELECT run, NULL FROM failure WHERE cell = ?1 AND metric = ?2 AND run >= ?3";

static int read_figures(struct reading *r, sqlite3_stmt *s, sqlite3_int64 cell, const char *metric,
                        struct figure **figure, size_t *n)
{
    int got;
    sqlite3_bind_int64(s, 1, cell);
    sqlite3_bind_text(s, 2, metric, -1, SQLITE_STATIC);
    sqlite3_bind_int64(s, 3, r->runs ? r->run[0] : 0);
    if (r->filter->baseline)
        sqlite3_bind_text(s, 4, r->filter->baseline, -1, SQLITE_STATIC);
    while ((got = step(r, s)) > 0) {
        const size_t commit = commit_of(r, sqlite3_column_int64(s, 0));
        if (commit == HT_INDEX_NONE)
            continue;
        struct figure *const more = grow(*figure, *n, sizeof *more);
        if (!more) {
            got = no_memory(r->why);
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

static int read_trend(struct reading *r, sqlite3_stmt *figures, sqlite3_int64 cell, struct ht_trend *trend)
{
    struct figure *figure = NULL;
    size_t n = 0;
    int error = read_figures(r, figures, cell, ht_metric_word(trend->metric), &figure, &n);
    if (!error && (make_points(trend, figure, n) || find_changes(trend)))
        error = no_memory(r->why);
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

/* ---- which trends --------------------------------------------------------------------------------------- */

/* What a word may be. The last column is a whole word of "name=value name=value". */
static const char cells[] =
    "SELECT t.cell, t.metric, c.strategy, c.workload, c.params, c.threads, c.heap FROM trend t JOIN cell c "
    "ON c.id = t.cell"
    " WHERE t.machine = ? ORDER BY c.strategy, c.workload, c.threads, c.params, c.heap, t.metric";

enum { METRIC = 1, STRATEGY, WORKLOAD, PARAMS, THREADS, HEAP };

static bool has_param(const char *params, const char *word)
{
    const size_t bytes = strlen(word);
    for (const char *at = params; (at = strstr(at, word)); at += bytes)
        if ((at == params || at[-1] == ' ') && (!at[bytes] || at[bytes] == ' '))
            return true;
    return false;
}

static bool matches(sqlite3_stmt *s, const char *word)
{
    char threads[32];
    snprintf(threads, sizeof threads, "t=%lld", (long long)sqlite3_column_int64(s, THREADS));
    for (int column = METRIC; column <= WORKLOAD; column++)
        if (!strcmp(word, text_at(s, column)))
            return true;
    return !strcmp(word, threads) || !strcmp(word, text_at(s, HEAP)) || has_param(text_at(s, PARAMS), word);
}

static bool matches_all(sqlite3_stmt *s, const struct ht_history_filter *filter)
{
    for (size_t i = 0; i < filter->words; i++)
        if (!matches(s, filter->word[i]))
            return false;
    return true;
}

static int add_trend(struct reading *r, sqlite3_stmt *s, sqlite3_stmt *figures)
{
    struct ht_trends *const t = r->t;
    struct ht_trend *const more = grow(t->trend, t->trends, sizeof *more);
    if (!more)
        return no_memory(r->why);
    t->trend = more;
    struct ht_trend *const trend = &more[t->trends];
    *trend = (struct ht_trend){.points = 0};
    if (!ht_metric_find(text_at(s, METRIC), &trend->metric))
        return 0;
    char threads[32] = "";
    if (sqlite3_column_int64(s, THREADS) > 1)
        snprintf(threads, sizeof threads, " t=%lld", (long long)sqlite3_column_int64(s, THREADS));
    snprintf(trend->cell, sizeof trend->cell, "%s %s%s%s%s%s%s", text_at(s, STRATEGY), text_at(s, WORKLOAD),
             threads, text_at(s, HEAP)[0] ? " " : "", text_at(s, HEAP), text_at(s, PARAMS)[0] ? " " : "",
             text_at(s, PARAMS));
    t->trends++;
    return read_trend(r, figures, sqlite3_column_int64(s, 0), trend);
}

/* The word of all cells that the user may have meant. */
static void suggest(struct reading *r, const char *word)
{
    sqlite3_stmt *s;
    char(*names)[64] = NULL;
    const char **list = NULL;
    size_t n = 0;
    if (ht_history_prepare(
            r->h,
            "SELECT DISTINCT strategy FROM cell UNION SELECT DISTINCT workload FROM cell UNION SELECT"
            " DISTINCT metric FROM trend LIMIT 4096",
            &s, r->why))
        return;
    for (; step(r, s) > 0; n++) {
        void *const more = grow(names, n, sizeof *names);
        if (!more)
            break;
        names = more;
        snprintf(names[n], sizeof names[n], "%s", text_at(s, 0));
    }
    sqlite3_finalize(s);
    list = malloc((n + 1) * sizeof *list);
    for (size_t i = 0; list && i < n; i++)
        list[i] = names[i];
    const char *const nearest = list ? ht_nearest(word, list, n) : NULL;
    snprintf(r->why, 256, "%.100s has no cell of '%.40s' on this machine%s%s%s", r->h->path, word,
             nearest && strcmp(nearest, word) ? ": did you mean " : "",
             nearest && strcmp(nearest, word) ? nearest : "", nearest && strcmp(nearest, word) ? "?" : "");
    free(list);
    free(names);
}

/* Nothing was left: says which word was the first that no cell has. */
static void explain(struct reading *r, sqlite3_stmt *s)
{
    snprintf(r->why, 256, "no cell is of all these words at once");
    for (size_t i = 0; i < r->filter->words; i++) {
        bool found = false;
        sqlite3_reset(s);
        while (!found && sqlite3_step(s) == SQLITE_ROW)
            found = matches(s, r->filter->word[i]);
        if (!found) {
            suggest(r, r->filter->word[i]);
            return;
        }
    }
}

static int list_trends(struct reading *r)
{
    sqlite3_stmt *s, *figures = NULL;
    int got = ht_history_prepare(r->h, cells, &s, r->why);
    if (!got)
        got = ht_history_prepare(r->h, r->filter->baseline ? relative : plain, &figures, r->why);
    if (!got) {
        sqlite3_bind_int64(s, 1, r->t->machine);
        while ((got = step(r, s)) > 0) {
            const int error = matches_all(s, r->filter) ? add_trend(r, s, figures) : 0;
            if (error) {
                got = error;
                break;
            }
        }
        if (!got && !r->t->trends) {
            explain(r, s);
            got = -ENODATA;
        }
    }
    sqlite3_finalize(s);
    sqlite3_finalize(figures);
    return got;
}

/* The latest change first, and of these the largest. */
static int by_change(const void *a, const void *b)
{
    const struct ht_trend *const p = a, *const q = b;
    if (!p->changes != !q->changes)
        return p->changes ? -1 : 1;
    if (p->changes) {
        const size_t i = p->point[p->figured[p->change[p->changes - 1].at]].commit,
                     k = q->point[q->figured[q->change[q->changes - 1].at]].commit;
        if (i != k)
            return i > k ? -1 : 1;
        const double x = fabs(log(ht_trend_ratio(p, p->changes - 1))),
                     y = fabs(log(ht_trend_ratio(q, q->changes - 1)));
        if (x != y)
            return x > y ? -1 : 1;
    }
    const int cell = strcmp(p->cell, q->cell);
    return cell ? cell : (p->metric > q->metric) - (p->metric < q->metric);
}

int ht_history_read(struct ht_history *history, const struct ht_history_filter *filter,
                    struct ht_trends *trends, char why[256])
{
    struct reading r = {.h = history, .filter = filter, .t = trends, .why = why};
    *trends = (struct ht_trends){.machine = 0};
    int error = find_machine(&r);
    error = error ? error : list_commits(&r);
    error = error ? error : list_runs(&r);
    error = error ? error : list_trends(&r);
    if (!error)
        qsort(trends->trend, trends->trends, sizeof *trends->trend, by_change);
    free(r.run);
    free(r.commit_of);
    if (error)
        ht_trends_close(trends);
    return error;
}

void ht_trends_close(struct ht_trends *t)
{
    for (size_t i = 0; i < t->trends; i++) {
        free(t->trend[i].point);
        free(t->trend[i].figured);
        free(t->trend[i].change);
    }
    free(t->trend);
    free(t->commit);
    *t = (struct ht_trends){.machine = 0};
}
