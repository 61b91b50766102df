/* Adding a run: one transaction, all of it or nothing. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/outcome.h"
#include "results/history_parts.h"

enum { ADD_CELL, FIND_CELL, ADD_TREND, ADD_FIGURE, ADD_FAILURE, STATEMENTS };

struct adding {
    struct ht_history *h;
    sqlite3_stmt *statement[STATEMENTS];
    sqlite3_int64 run, machine;
    char *why;
};

static int step(struct adding *a, sqlite3_stmt *s)
{
    const int error = sqlite3_step(s);
    sqlite3_reset(s);
    return error == SQLITE_DONE || error == SQLITE_ROW ? 0 : ht_history_error(a->h, error, a->why);
}

static void bind_text(sqlite3_stmt *s, int at, const char *text)
{
    sqlite3_bind_text(s, at, text, -1, SQLITE_STATIC);
}

static int prepare_all(struct adding *a)
{
    static const char *const sql[STATEMENTS] = {
        "INSERT OR IGNORE INTO cell(strategy, workload, params, threads, heap) VALUES(?, ?, ?, ?, ?)",
        "SELECT id FROM cell WHERE strategy = ? AND workload = ? AND params = ? AND threads = ? AND heap = ?",
        "INSERT OR IGNORE INTO trend VALUES(?, ?, ?)",
        "INSERT OR IGNORE INTO figure VALUES(?, ?, ?, ?, ?)",
        "INSERT OR IGNORE INTO failure VALUES(?, ?, ?, ?, ?)",
    };
    for (int i = 0; i < STATEMENTS; i++) {
        const int error = ht_history_prepare(a->h, sql[i], &a->statement[i], a->why);
        if (error)
            return error;
    }
    return 0;
}

/* ---- the run -------------------------------------------------------------------------------------------- */

static int find_run(struct adding *a, const char *digest, bool *known)
{
    sqlite3_stmt *s;
    int error = ht_history_prepare(a->h, "SELECT id FROM run WHERE digest = ?", &s, a->why);
    if (error)
        return error;
    bind_text(s, 1, digest);
    const int got = sqlite3_step(s);
    *known = got == SQLITE_ROW;
    error = got == SQLITE_ROW || got == SQLITE_DONE ? 0 : ht_history_error(a->h, got, a->why);
    sqlite3_finalize(s);
    return error;
}

static int add_machine(struct adding *a, const struct ht_origin *o)
{
    static const char *const sql[] = {"INSERT OR IGNORE INTO machine(cpu, cores) VALUES(?, ?)",
                                      "SELECT id FROM machine WHERE cpu = ? AND cores = ?"};
    int error = 0;
    for (int i = 0; i < 2 && !error; i++) {
        sqlite3_stmt *s;
        error = ht_history_prepare(a->h, sql[i], &s, a->why);
        if (error)
            break;
        bind_text(s, 1, o->cpu);
        sqlite3_bind_int(s, 2, o->cores);
        const int got = sqlite3_step(s);
        if (got == SQLITE_ROW)
            a->machine = sqlite3_column_int64(s, 0);
        else if (got != SQLITE_DONE)
            error = ht_history_error(a->h, got, a->why);
        sqlite3_finalize(s);
    }
    return error;
}

static int add_run(struct adding *a, const struct ht_origin *o, const char *commit, const char *digest,
                   size_t rows)
{
    sqlite3_stmt *s;
    int error =
        ht_history_prepare(a->h,
                           "INSERT INTO run(digest, run, commit_id, machine, created, host, os, kernel, libc,"
                           " compiler, rows) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                           &s, a->why);
    if (error)
        return error;
    bind_text(s, 1, digest);
    bind_text(s, 2, o->run);
    bind_text(s, 3, commit);
    sqlite3_bind_int64(s, 4, a->machine);
    bind_text(s, 5, o->created);
    bind_text(s, 6, o->host);
    bind_text(s, 7, o->os);
    bind_text(s, 8, o->kernel);
    bind_text(s, 9, o->libc);
    bind_text(s, 10, o->compiler);
    sqlite3_bind_int64(s, 11, (sqlite3_int64)rows);
    error = step(a, s);
    sqlite3_finalize(s);
    a->run = sqlite3_last_insert_rowid(a->h->db);
    return error;
}

/* ---- its rows ------------------------------------------------------------------------------------------- */

static sqlite3_int64 number(uint64_t count)
{
    return count == HT_ABSENT ? -1 : (sqlite3_int64)count;
}

static void bind_cell(sqlite3_stmt *s, const struct ht_row *row)
{
    bind_text(s, 1, row->strategy);
    bind_text(s, 2, row->workload);
    bind_text(s, 3, row->params);
    sqlite3_bind_int64(s, 4, number(row->threads));
    bind_text(s, 5, row->heap);
}

static int find_cell(struct adding *a, const struct ht_row *row, sqlite3_int64 *cell)
{
    sqlite3_stmt *const find = a->statement[FIND_CELL];
    bind_cell(a->statement[ADD_CELL], row);
    bind_cell(find, row);
    const int error = step(a, a->statement[ADD_CELL]);
    if (error)
        return error;
    const int got = sqlite3_step(find);
    *cell = got == SQLITE_ROW ? sqlite3_column_int64(find, 0) : 0;
    sqlite3_reset(find);
    return got == SQLITE_ROW ? 0 : ht_history_error(a->h, got, a->why);
}

/* Work is calibrated by each run for itself: what grows with it is that of an iteration. */
static double figure_of(const struct ht_row *row, enum ht_metric metric)
{
    const double figure = ht_metric_figure(row, metric);
    return ht_metric_is_of_work(metric) && row->iterations != HT_ABSENT && row->iterations
               ? figure / (double)row->iterations
               : figure;
}

static void bind_place(const struct adding *a, sqlite3_stmt *s, sqlite3_int64 cell, enum ht_metric metric,
                       const struct ht_row *row)
{
    sqlite3_bind_int64(s, 1, cell);
    bind_text(s, 2, ht_metric_word(metric));
    sqlite3_bind_int64(s, 3, a->run);
    sqlite3_bind_int64(s, 4, number(row->round));
}

static int add_metric(struct adding *a, sqlite3_int64 cell, enum ht_metric metric, const struct ht_row *row)
{
    const bool ok = !strcmp(row->outcome, ht_outcome_word(HT_OK));
    const double figure = figure_of(row, metric);
    if (!ht_metric_is_taken(row, metric) || (ok && isnan(figure)))
        return 0;
    sqlite3_stmt *const trend = a->statement[ADD_TREND], *const s =
                                                             a->statement[ok ? ADD_FIGURE : ADD_FAILURE];
    sqlite3_bind_int64(trend, 1, cell);
    bind_text(trend, 2, ht_metric_word(metric));
    sqlite3_bind_int64(trend, 3, a->machine);
    bind_place(a, s, cell, metric, row);
    if (ok)
        sqlite3_bind_double(s, 5, figure);
    else
        bind_text(s, 5, row->outcome);
    const int error = step(a, trend);
    return error ? error : step(a, s);
}

/* A fault plan makes another cell of it, which has no trend. */
static int add_rows(struct adding *a, const struct ht_rows *rows)
{
    int error = 0;
    for (const struct ht_row *row = rows->row; row < rows->row + rows->count && !error; row++) {
        sqlite3_int64 cell;
        if (row->fault[0])
            continue;
        error = find_cell(a, row, &cell);
        for (enum ht_metric metric = 0; metric < HT_METRICS && !error; metric++)
            error = add_metric(a, cell, metric, row);
    }
    return error;
}

int ht_history_add(struct ht_history *history, const struct ht_rows *rows, const struct ht_origin *origin,
                   const char *commit, const char *digest, bool *known, char why[256])
{
    struct adding a = {.h = history, .why = why};
    char ignored[256];
    int error = ht_history_run(history, "BEGIN IMMEDIATE", why);
    if (error)
        return error;
    error = find_run(&a, digest, known);
    if (!error && !*known) {
        error = prepare_all(&a);
        error = error ? error : add_machine(&a, origin);
        error = error ? error : add_run(&a, origin, commit, digest, rows->count);
        error = error ? error : add_rows(&a, rows);
    }
    for (int i = 0; i < STATEMENTS; i++)
        sqlite3_finalize(a.statement[i]);
    if (!error)
        error = ht_history_run(history, "COMMIT", why);
    if (error)
        ht_history_run(history, "ROLLBACK", ignored);
    return error;
}
