#include "bench/runner.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/calibrate.h"
#include "bench/measure.h"
#include "bench/progress.h"

/* What the steps of a run share. */
struct state {
    struct ht_runner *runner;
    struct ht_plan *plan;
    struct ht_measure measure;
    struct ht_progress progress;
    int rows_fd;
    uint8_t *done; /* a bit for each round and cell */
    size_t steps, steps_done;
    char *why;
};

/* ---- the folder ---- */

static int say(struct state *s, int error, const char *what, const char *path)
{
    snprintf(s->why, 256, "%s %s: %s", what, path, strerror(-error));
    return error;
}

static int make_folders(const char *path)
{
    char part[4096];
    for (const char *slash = path; slash; slash = strchr(slash + 1, '/')) {
        snprintf(part, sizeof part, "%.*s", (int)(slash - path), path);
        if (part[0] && mkdir(part, 0777) && errno != EEXIST)
            return -errno;
    }
    return mkdir(path, 0777) && errno != EEXIST ? -errno : 0;
}

static bool is_empty_folder(const char *path)
{
    DIR *const folder = opendir(path);
    size_t entries = 0;
    while (folder && readdir(folder))
        entries++;
    if (folder)
        closedir(folder);
    return entries <= 2;
}

static int open_folder(struct state *s)
{
    const struct ht_runner *const r = s->runner;
    const int error = make_folders(r->folder);
    if (error)
        return say(s, error, "can't make the folder", r->folder);
    if (!r->resume && !is_empty_folder(r->folder)) {
        snprintf(s->why, 256, "%s is not empty: go on with it (--resume %s) or take another (-o DIR)",
                 r->folder, r->folder);
        return -EEXIST;
    }
    return 0;
}

static int open_series(struct state *s)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/series", s->runner->folder);
    const int error = make_folders(path);
    return error ? say(s, error, "can't make the folder", path) : 0;
}

/* ---- rows that are there ---- */

static size_t bit_of(const struct state *s, unsigned round, size_t cell)
{
    return (round - 1) * ht_plan_cells(s->plan) + cell - 1;
}

static bool is_done(const struct state *s, unsigned round, size_t cell)
{
    const size_t bit = bit_of(s, round, cell);
    return s->done[bit / 8] >> bit % 8 & 1;
}

static void count_row(struct state *s, const struct ht_row *row)
{
    const size_t bit = bit_of(s, (unsigned)row->round, row->cell);
    s->done[bit / 8] |= (uint8_t)(1 << bit % 8);
    s->runner->rows++;
    s->steps_done++;
}

/* Takes the rows of the earlier part of this run, and cuts off a line that was torn when it was killed. */
static int take_earlier_rows(struct state *s, const char *path)
{
    struct ht_rows rows;
    const int error = ht_rows_read(path, &rows, s->why);
    if (error)
        return error;
    for (size_t i = 0; i < rows.count; i++) {
        const struct ht_row *const row = &rows.row[i];
        if (row->round < 1 || row->round > s->plan->rounds || row->cell < 1 ||
            row->cell > ht_plan_cells(s->plan) || is_done(s, (unsigned)row->round, row->cell)) {
            snprintf(s->why, 256, "%s: row %zu is not of this run, or there twice", path, i + 1);
            ht_rows_free(&rows);
            return -EPROTO;
        }
        count_row(s, row);
    }
    if (rows.torn_bytes)
        fprintf(stderr, "heaptrial: the last line of %s was cut short; its cell runs again\n", path);
    const off_t whole = (off_t)rows.whole_bytes;
    const bool torn = rows.torn_bytes;
    ht_rows_free(&rows);
    return torn && ftruncate(s->rows_fd, whole) ? say(s, -errno, "can't cut", path) : 0;
}

static int open_rows(struct state *s)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/rows.csv", s->runner->folder);
    s->rows_fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (s->rows_fd < 0)
        return say(s, -errno, "can't write", path);
    if (flock(s->rows_fd, LOCK_EX | LOCK_NB)) {
        snprintf(s->why, 256, "another heaptrial is running in %s", s->runner->folder);
        return -EBUSY;
    }
    struct stat st;
    if (fstat(s->rows_fd, &st) == 0 && st.st_size > 0)
        return take_earlier_rows(s, path);
    const int error = ht_row_header(s->rows_fd);
    return error ? say(s, error, "can't write", path) : 0;
}

/* ---- the work ---- */

static void on_signal(int number)
{
    (void)number;
    ht_launch_interrupt = 1;
}

static void catch_signals(void)
{
    const struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static void show_calibration(size_t done, size_t all, void *context)
{
    struct state *const s = context;
    ht_progress_show(&s->progress, done, all, "finding how much work fills a window");
}

/* Freezes the work, once; a resumed run has it in its manifest. */
static int freeze(struct state *s)
{
    struct ht_manifest *const m = s->runner->manifest;
    if (s->runner->resume)
        return 0;
    ht_progress_open(&s->progress, s->runner->quiet, 0);
    int error = ht_calibrate(s->plan, &s->measure, show_calibration, s);
    for (size_t i = 0; i < s->plan->strategies && !error; i++)
        ht_measure_version(&s->measure, &s->plan->strategy[i]);
    ht_progress_close(&s->progress);
    if (error == -EINTR || ht_launch_interrupt)
        return -EINTR;
    if (error)
        return say(s, error, "can't calibrate in", s->runner->folder);
    error = ht_manifest_write(m, s->runner->folder);
    return error ? say(s, error, "can't write the manifest in", s->runner->folder) : 0;
}

static int run_cell(struct state *s, unsigned round, size_t order, size_t cell)
{
    const struct ht_group *const g = ht_plan_group(s->plan, cell);
    char now[160];
    snprintf(now, sizeof now, "round %u: %s %s x %s", round, ht_pass_word(g->pass), g->workload,
             ht_plan_strategy(s->plan, cell)->name);
    ht_progress_show(&s->progress, s->steps_done, s->steps, now);
    struct ht_measurement m;
    int error = ht_measure(&s->measure, cell, round, order, &m);
    if (error == -EINTR)
        return error;
    if (error)
        return say(s, error, "can't run a cell, or write its series in", s->runner->folder);
    error = ht_row_append(s->rows_fd, &m.row);
    if (error)
        return say(s, error, "can't write rows.csv in", s->runner->folder);
    count_row(s, &m.row);
    return 0;
}

static int run_rounds(struct state *s)
{
    uint32_t *const cells = calloc(ht_plan_cells(s->plan) + 1, sizeof *cells);
    int error = cells ? 0 : -ENOMEM;
    for (unsigned round = 1; round <= s->plan->rounds && !error; round++) {
        const size_t n = ht_plan_order(s->plan, round, cells);
        for (size_t i = 0; i < n && !error; i++)
            if (!is_done(s, round, cells[i]))
                error = run_cell(s, round, i + 1, cells[i]);
    }
    free(cells);
    return error;
}

static size_t count_steps(const struct ht_plan *plan)
{
    size_t steps = 0;
    uint32_t *const cells = calloc(ht_plan_cells(plan) + 1, sizeof *cells);
    for (unsigned round = 1; cells && round <= plan->rounds; round++)
        steps += ht_plan_order(plan, round, cells);
    free(cells);
    return steps;
}

int ht_runner_run(struct ht_runner *runner, char why[256])
{
    struct ht_plan *const plan = &runner->manifest->plan;
    struct state s = {.runner = runner, .plan = plan, .rows_fd = -1, .why = why};
    s.measure = (struct ht_measure){plan, runner->folder, runner->data_limit};
    runner->rows = 0;
    s.done = calloc(ht_plan_cells(plan) * plan->rounds / 8 + 1, 1);
    s.steps = count_steps(plan);
    why[0] = 0;
    catch_signals();
    int error = s.done ? 0 : -ENOMEM;
    if (!error)
        error = open_folder(&s);
    if (!error)
        error = freeze(&s);
    if (!error)
        error = open_series(&s);
    if (!error)
        error = open_rows(&s);
    if (!error) {
        ht_progress_open(&s.progress, runner->quiet, s.steps_done);
        error = run_rounds(&s);
        ht_progress_close(&s.progress);
    }
    if (s.rows_fd >= 0)
        close(s.rows_fd);
    free(s.done);
    if (error && !why[0])
        snprintf(why, 256, "%s", error == -EINTR ? "stopped" : strerror(-error));
    return error;
}
