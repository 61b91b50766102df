#include "bench/runner.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/calibrate.h"
#include "bench/measure.h"
#include "bench/progress.h"
#include "bench/run_folder.h"

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

static int say(struct state *s, int error, const char *what)
{
    const char *const folder = s->runner->folder;
    if (error == -ENOSPC || error == -EDQUOT)
        snprintf(s->why, 256, "%s: the disk of %.80s is full; free some, then %s%.80s", what, folder,
                 s->runner->begun ? "go on with: heaptrial run --resume " : "start again",
                 s->runner->begun ? folder : "");
    else
        snprintf(s->why, 256, "%s in %.150s: %s", what, folder, strerror(-error));
    return error;
}

static int open_series(struct state *s)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/series", s->runner->folder);
    return mkdir(path, 0777) && errno != EEXIST ? say(s, -errno, "can't make the folder series") : 0;
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

/* A row of this plan, and the first of its cell and round. */
static bool is_ours(const struct state *s, const struct ht_row *row)
{
    const struct ht_plan *const plan = s->plan;
    return !strcmp(row->run, plan->run) && row->round >= 1 && row->round <= plan->rounds && row->cell >= 1 &&
           row->cell <= ht_plan_cells(plan) && !is_done(s, (unsigned)row->round, row->cell) &&
           !strcmp(row->strategy, ht_plan_strategy(plan, row->cell)->name) &&
           !strcmp(row->workload, ht_plan_group(plan, row->cell)->workload);
}

/* Rows are appended under the first line, which must be the one that this program writes. */
static int check_first_line(struct state *s)
{
    char line[4096];
    const size_t bytes = strlen(ht_header_line);
    const ssize_t n = pread(s->rows_fd, line, bytes < sizeof line ? bytes : sizeof line, 0);
    if (n <= 0 || !memcmp(line, ht_header_line, (size_t)n))
        return 0;
    snprintf(s->why, 256, "%.150s/rows.csv has the columns of another version of heaptrial",
             s->runner->folder);
    return -EPROTO;
}

/* Takes the rows of the earlier part of this run. */
static int count_earlier_rows(struct state *s, const struct ht_rows *rows)
{
    for (size_t i = 0; i < rows->count; i++) {
        if (!is_ours(s, &rows->row[i])) {
            snprintf(s->why, 256, "%.150s/rows.csv: row %zu is not of this run, or there twice",
                     s->runner->folder, i + 1);
            return -EPROTO;
        }
        count_row(s, &rows->row[i]);
    }
    return 0;
}

/* Cuts off a line that was torn when the runner was killed. */
static int mend(struct state *s, const struct ht_rows *rows)
{
    if (!rows->torn_bytes)
        return 0;
    fprintf(stderr,
            "heaptrial: the last line of %s/rows.csv was cut short and is dropped; its cell runs again\n",
            s->runner->folder);
    return ftruncate(s->rows_fd, (off_t)rows->whole_bytes) ? say(s, -errno, "can't cut rows.csv") : 0;
}

static int take_earlier_rows(struct state *s, const char *path)
{
    struct ht_rows rows;
    int error = ht_rows_read(path, &rows, s->why);
    if (error)
        return error;
    error = check_first_line(s);
    if (!error)
        error = count_earlier_rows(s, &rows);
    if (!error)
        error = mend(s, &rows);
    ht_rows_free(&rows);
    return error;
}

static int open_rows(struct state *s)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/rows.csv", s->runner->folder);
    s->rows_fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (s->rows_fd < 0)
        return say(s, -errno, "can't write rows.csv");
    int error = take_earlier_rows(s, path);
    if (!error) {
        error = ht_row_header(s->rows_fd);
        error = error ? say(s, error, "can't write rows.csv") : 0;
    }
    return error;
}

/* ---- the work ---- */

static void show_calibration(size_t done, size_t all, void *context)
{
    struct state *const s = context;
    ht_progress_step(&s->progress, 0);
    ht_progress_show(&s->progress, done, all, "finding how much work fills a window");
}

/* Freezes the work, once; a resumed run has it in its manifest. */
static int freeze(struct state *s)
{
    struct ht_manifest *const m = s->runner->manifest;
    s->runner->begun = s->runner->resume;
    if (s->runner->resume)
        return 0;
    ht_progress_open(&s->progress, s->runner->quiet);
    for (size_t i = 0; i < s->plan->groups; i++)
        ht_progress_expect(&s->progress, 0);
    int error = ht_calibrate(s->plan, &s->measure, show_calibration, s);
    for (size_t i = 0; i < s->plan->strategies && !error; i++)
        ht_measure_version(&s->measure, &s->plan->strategy[i]);
    ht_progress_close(&s->progress);
    if (error == -EINTR || ht_launch_interrupt)
        return -EINTR;
    if (error)
        return say(s, error, "can't calibrate");
    error = ht_manifest_write(m, s->runner->folder);
    s->runner->begun = !error;
    return error ? say(s, error, "can't write manifest.json") : 0;
}

/* Cells of one sort take about as long as each other, as far as progress goes. */
static size_t sort_of(const struct ht_plan *plan, size_t cell)
{
    const struct ht_group *const g = ht_plan_group(plan, cell);
    return (size_t)g->pass + HT_PASS_COUNT * (size_t)g->kind;
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
        return say(s, error, "can't run a cell, or write its series");
    error = ht_row_append(s->rows_fd, &m.row);
    if (error)
        return say(s, error, "can't write rows.csv");
    count_row(s, &m.row);
    ht_progress_step(&s->progress, sort_of(s->plan, cell));
    return 0;
}

static int count_cell(struct state *s, unsigned round, size_t order, size_t cell)
{
    (void)round, (void)order, (void)cell;
    s->steps++;
    return 0;
}

static int expect_cell(struct state *s, unsigned round, size_t order, size_t cell)
{
    (void)round, (void)order;
    ht_progress_expect(&s->progress, sort_of(s->plan, cell));
    return 0;
}

/* Every cell of every round that has no row yet. */
static int each_cell(struct state *s, int (*visit)(struct state *, unsigned round, size_t order, size_t cell))
{
    uint32_t *const cells = calloc(ht_plan_cells(s->plan) + 1, sizeof *cells);
    int error = cells ? 0 : -ENOMEM;
    for (unsigned round = 1; round <= s->plan->rounds && !error; round++) {
        const size_t n = ht_plan_order(s->plan, round, cells);
        for (size_t i = 0; i < n && !error; i++)
            if (!is_done(s, round, cells[i]))
                error = ht_launch_interrupt ? -EINTR : visit(s, round, i + 1, cells[i]);
    }
    free(cells);
    return error;
}

static int run_rounds(struct state *s)
{
    ht_progress_open(&s->progress, s->runner->quiet);
    int error = each_cell(s, expect_cell);
    if (!error)
        error = each_cell(s, run_cell);
    ht_progress_close(&s->progress);
    return error;
}

/* In the folder, which is this runner's alone. */
static int run(struct state *s)
{
    int error = freeze(s);
    if (!error)
        error = open_series(s);
    if (!error)
        error = open_rows(s);
    if (!error)
        error = run_rounds(s);
    if (s->rows_fd >= 0)
        close(s->rows_fd);
    return error;
}

int ht_runner_run(struct ht_runner *runner, char why[256])
{
    struct ht_plan *const plan = &runner->manifest->plan;
    struct state s = {.runner = runner, .plan = plan, .rows_fd = -1, .why = why};
    s.measure = (struct ht_measure){plan, runner->folder, runner->data_limit};
    runner->rows = 0;
    runner->begun = false;
    s.done = calloc(ht_plan_cells(plan) * plan->rounds / 8 + 1, 1);
    why[0] = 0;
    ht_launch_catch_signals();
    struct ht_run_folder folder;
    int error = s.done ? each_cell(&s, count_cell) : -ENOMEM;
    if (!error)
        error = ht_run_folder_open(&folder, runner->folder, runner->resume, why);
    if (!error) {
        error = run(&s);
        ht_run_folder_close(&folder);
    }
    free(s.done);
    if (error && !why[0])
        snprintf(why, 256, "%s", error == -EINTR ? "stopped" : strerror(-error));
    return error;
}
