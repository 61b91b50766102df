/* mmu, pauses: minimum mutator utilisation by window, and how long the pauses are, from the series of the pauses pass. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "results/collected.h"
#include "results/pauses.h"
#include "results/plot_curves.h"
#include "results/series.h"

enum { POINTS = 200 };

#define TIME_TICKS                                                                                           \
    "\"100 ns\" 1e2, \"1 µs\" 1e3, \"10 µs\" 1e4, \"100 µs\" 1e5, \"1 ms\" 1e6, \"10 ms\" 1e7, "          \
    "\"100 ms\" 1e8, \"1 s\" 1e9, \"10 s\" 1e10"

/* ---- MMU ------------------------------------------------------------------------------------------------ */

static char *mmu_path(const struct ht_plot *plot, size_t row)
{
    char *const path = ht_plot_series_path(plot, row), *name = NULL;
    const size_t stem = path ? strlen(path) - strlen(".csv") : 0;
    if (path && (strlen(path) < strlen(".csv") || asprintf(&name, "%.*s-mmu.csv", (int)stem, path) < 0))
        name = NULL;
    free(path);
    return name;
}

/* The curve of the cell's first row that can be read: curves of rounds have no mean. */
static int add_mmu(const struct ht_plot *plot, const size_t *row, size_t rows, size_t panel,
                   struct ht_plot_curves *f)
{
    struct ht_mmu_point *mmu = NULL;
    size_t n = 0;
    for (size_t i = 0; i < rows && !n; i++) {
        char *const path = mmu_path(plot, row[i]);
        const int error = path ? ht_series_read_mmu(path, &mmu, &n) : -ENOMEM;
        free(path);
        if (error == -ENOMEM)
            return error;
        if (error || !n) {
            ht_plot_note_unread(plot, row[i]);
            free(error ? NULL : mmu);
            n = 0;
        }
    }
    struct ht_plot_point *const point = malloc((n + 1) * sizeof *point);
    size_t kept = 0;
    for (size_t i = 0; point && i < n; i++)
        if (mmu[i].window_ns > 0)
            point[kept++] = (struct ht_plot_point){mmu[i].window_ns, mmu[i].utilisation};
    if (n)
        free(mmu);
    return point ? ht_plot_add_curve(f, panel, plot->summary->strategy_of[row[0]], point, kept) : -ENOMEM;
}

/* ---- pauses --------------------------------------------------------------------------------------------- */

/* Adds the lengths of a row's pauses. */
static int add_lengths(const struct ht_plot *plot, size_t row, double **length, size_t *n)
{
    struct ht_pause *pause = NULL;
    size_t pauses = 0;
    char *const path = ht_plot_series_path(plot, row);
    const int error = path ? ht_series_read_pauses(path, &pause, &pauses) : -ENOMEM;
    free(path);
    if (error) {
        ht_plot_note_unread(plot, row);
        return error == -ENOMEM ? error : 0;
    }
    double *const more = realloc(*length, (*n + pauses + 1) * sizeof *more);
    if (more) {
        *length = more;
        for (size_t i = 0; i < pauses; i++)
            more[(*n)++] = (double)(pause[i].end_ns - pause[i].start_ns);
    }
    free(pause);
    return more ? 0 : -ENOMEM;
}

/* All pauses of the cell's rows: x percent of them are not longer than y. */
static int add_pauses(const struct ht_plot *plot, const size_t *row, size_t rows, size_t panel,
                      struct ht_plot_curves *f)
{
    double *length = NULL;
    size_t n = 0;
    int error = 0;
    for (size_t i = 0; i < rows && !error; i++)
        error = add_lengths(plot, row[i], &length, &n);
    struct ht_plot_point *const point = error ? NULL : malloc((POINTS + 1) * sizeof *point);
    if (point && n) {
        ht_sort(length, n);
        for (size_t i = 0; i <= POINTS; i++)
            point[i] = (struct ht_plot_point){
                100.0 * (double)i / POINTS, fmax(1, length[(size_t)((double)(n - 1) * (double)i / POINTS)])};
    }
    free(length);
    if (!point)
        return error ? error : -ENOMEM;
    return ht_plot_add_curve(f, panel, plot->summary->strategy_of[row[0]], point, n ? POINTS + 1 : 0);
}

/* ---- both ----------------------------------------------------------------------------------------------- */

static int draw(const struct ht_plot *plot, struct ht_plot_curves *f,
                int (*add)(const struct ht_plot *, const size_t *, size_t, size_t, struct ht_plot_curves *))
{
    const struct ht_summary *const s = plot->summary;
    struct ht_plot_series series;
    size_t *const job_of = malloc((s->jobs + 1) * sizeof *job_of);
    int error = ht_plot_series_open(s, "pauses", &series);
    error = error || job_of ? error : -ENOMEM;
    for (size_t i = 0; !error && i < s->jobs; i++)
        job_of[i] = i;
    for (size_t from = 0, end; from < series.n && !error; from = end) {
        end = ht_plot_cell_end(s, &series, from);
        error = add(plot, series.row + from, end - from, s->job_of[series.row[from]], f);
    }
    f->job_of = job_of;
    size_t *const group_of = ht_collected_heapless_jobs(s);
    error = error || group_of ? error : -ENOMEM;
    f->group_of = group_of;
    error = ht_plot_draw_curves(plot, f, false, error);
    ht_plot_series_close(&series);
    free(job_of);
    free(group_of);
    return error;
}

int ht_plot_mmu(const struct ht_plot *plot)
{
    struct ht_plot_curves f = {
        .name = "mmu",
        .title = "Minimum mutator utilisation (higher is better)",
        .x = "length of the stretch",
        .y = "share of the mutator",
        .x_ticks = TIME_TICKS,
        .y_ticks = "\"0\" 0, \"20 %%\" 0.2, \"40 %%\" 0.4, \"60 %%\" 0.6, \"80 %%\" 0.8, \"100 %%\" 1",
        .log_x = true,
        .low_y = -0.03,
        .high_y = 1.03};
    return draw(plot, &f, add_mmu);
}

int ht_plot_pauses(const struct ht_plot *plot)
{
    struct ht_plot_curves f = {.name = "pauses",
                               .title = "Pauses, from the shortest to the longest",
                               .x = "share of the pauses that are not longer",
                               .y = "pause",
                               .x_ticks = "\"0\" 0, \"25 %%\" 25, \"50 %%\" 50, \"75 %%\" 75, \"100 %%\" 100",
                               .y_ticks = "\"1 ns\" 1, \"10 ns\" 10, " TIME_TICKS,
                               .log_y = true};
    return draw(plot, &f, add_pauses);
}
