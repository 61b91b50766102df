/* Reading trends: which commits a machine has seen, and which cells the filter leaves. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "results/changes.h"
#include "results/history_parts.h"
#include "results/index.h"

/* ---- the machine and its commits ------------------------------------------------------------------------ */

static int find_machine(struct ht_history_reading *r)
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
    const int got = ht_history_step(r, s);
    if (got > 0) {
        r->t->machine = (long)sqlite3_column_int64(s, 0);
        snprintf(r->t->cpu, sizeof r->t->cpu, "%s", ht_history_text(s, 1));
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
static int list_commits(struct ht_history_reading *r)
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
    while ((got = ht_history_step(r, s)) > 0) {
        struct ht_history_commit *const more = ht_history_grow(t->commit, t->commits, sizeof *more);
        if (!more) {
            got = ht_history_no_memory(r->why);
            break;
        }
        t->commit = more;
        struct ht_history_commit *const c = &more[t->commits++];
        snprintf(c->name, sizeof c->name, "%s", ht_history_text(s, 0));
        snprintf(c->created, sizeof c->created, "%s", ht_history_text(s, 1));
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

static int list_runs(struct ht_history_reading *r)
{
    sqlite3_stmt *s;
    int got =
        ht_history_prepare(r->h, "SELECT id, commit_id FROM run WHERE machine = ? ORDER BY id", &s, r->why);
    if (got)
        return got;
    sqlite3_bind_int64(s, 1, r->t->machine);
    while ((got = ht_history_step(r, s)) > 0) {
        const size_t commit = find_commit(r->t, ht_history_text(s, 1));
        r->t->runs++;
        if (commit == HT_INDEX_NONE)
            continue;
        sqlite3_int64 *const run = ht_history_grow(r->run, r->runs, sizeof *run);
        r->run = run ? run : r->run;
        size_t *const of = ht_history_grow(r->commit_of, r->runs, sizeof *of);
        r->commit_of = of ? of : r->commit_of;
        if (!run || !of) {
            got = ht_history_no_memory(r->why);
            break;
        }
        run[r->runs] = sqlite3_column_int64(s, 0);
        of[r->runs++] = commit;
    }
    sqlite3_finalize(s);
    return got;
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
        if (!strcmp(word, ht_history_text(s, column)))
            return true;
    return !strcmp(word, threads) || !strcmp(word, ht_history_text(s, HEAP)) ||
           has_param(ht_history_text(s, PARAMS), word);
}

static bool matches_all(sqlite3_stmt *s, const struct ht_history_filter *filter)
{
    for (size_t i = 0; i < filter->words; i++)
        if (!matches(s, filter->word[i]))
            return false;
    return true;
}

static int add_trend(struct ht_history_reading *r, sqlite3_stmt *s, sqlite3_stmt *figures)
{
    struct ht_trends *const t = r->t;
    struct ht_trend *const more = ht_history_grow(t->trend, t->trends, sizeof *more);
    if (!more)
        return ht_history_no_memory(r->why);
    t->trend = more;
    struct ht_trend *const trend = &more[t->trends];
    *trend = (struct ht_trend){.points = 0};
    if (!ht_metric_find(ht_history_text(s, METRIC), &trend->metric))
        return 0;
    char threads[32] = "";
    if (sqlite3_column_int64(s, THREADS) > 1)
        snprintf(threads, sizeof threads, " t=%lld", (long long)sqlite3_column_int64(s, THREADS));
    snprintf(trend->cell, sizeof trend->cell, "%s %s%s%s%s%s%s", ht_history_text(s, STRATEGY),
             ht_history_text(s, WORKLOAD), threads, ht_history_text(s, HEAP)[0] ? " " : "",
             ht_history_text(s, HEAP), ht_history_text(s, PARAMS)[0] ? " " : "", ht_history_text(s, PARAMS));
    t->trends++;
    return ht_history_read_trend(r, figures, sqlite3_column_int64(s, 0), trend);
}

/* The word of all cells that the user may have meant. */
static void suggest(struct ht_history_reading *r, const char *word)
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
    for (; ht_history_step(r, s) > 0; n++) {
        void *const more = ht_history_grow(names, n, sizeof *names);
        if (!more)
            break;
        names = more;
        snprintf(names[n], sizeof names[n], "%s", ht_history_text(s, 0));
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
static void explain(struct ht_history_reading *r, sqlite3_stmt *s)
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

static int list_trends(struct ht_history_reading *r)
{
    sqlite3_stmt *s, *figures = NULL;
    int got = ht_history_prepare(r->h, cells, &s, r->why);
    if (!got)
        got = ht_history_prepare(r->h,
                                 r->filter->baseline ? ht_history_relative_figures : ht_history_plain_figures,
                                 &figures, r->why);
    if (!got) {
        sqlite3_bind_int64(s, 1, r->t->machine);
        while ((got = ht_history_step(r, s)) > 0) {
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
    struct ht_history_reading r = {.h = history, .filter = filter, .t = trends, .why = why};
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
