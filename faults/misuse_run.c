#include "faults/misuse_run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/progress.h"
#include "faults/misuse_judge.h"

/* What a broken heap may map. */
static const uint64_t data_limit = (uint64_t)4 << 30;

/* valgrind is slow, and a verdict must not depend on that. */
enum { UNDER_FACTOR = 10 };

/* ---- one row ---- */

static void see(const struct ht_record *record, void *context)
{
    ht_misuse_see(context, record);
}

/* The program of the strategy stands beside its cell, under the same name. */
static void name_program(const struct ht_strategy *s, char *out, size_t bytes)
{
    char relative[96];
    snprintf(relative, sizeof relative, "misuse/%s", strrchr(s->cell, '/') + 1);
    ht_built_path(relative, out, bytes);
}

struct words {
    char program[512], name[96], size[32], seed[48], fd[16], library[600], preload[600];
};

static void fill_launch(struct ht_launch *launch, struct words *w, const struct ht_misuse_plan *plan,
                        const struct ht_misuse_step *step, unsigned repeat)
{
    const struct ht_strategy *const s = step->strategy;
    unsigned n = 0;
    ht_launch_add_command(launch, s->under);
    ht_launch_add_command(launch, s->strict);
    while (launch->argv[n])
        n++;
    snprintf(w->name, sizeof w->name, "--case=%s", step->what->name);
    snprintf(w->size, sizeof w->size, "--size=%u", step->size ? step->size : ht_misuse_size[1]);
    snprintf(w->seed, sizeof w->seed, "--seed=%llu", (unsigned long long)(plan->seed + repeat));
    snprintf(w->fd, sizeof w->fd, "--fd=%d", HT_LAUNCH_RECORD_FD);
    name_program(s, w->program, sizeof w->program);
    const char *const words[] = {w->program, w->name, w->size, w->seed, w->fd};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        launch->argv[n++] = words[i];
    if (!s->library[0])
        return;
    const bool is_preload = s->kind == HT_STRATEGY_PRELOAD;
    snprintf(w->library, sizeof w->library, is_preload ? "--preload=%s" : "--plugin=%s",
             is_preload ? strrchr(s->library, '/') + 1 : s->library);
    launch->argv[n++] = w->library;
    snprintf(w->preload, sizeof w->preload, "LD_PRELOAD=%s", s->library);
    if (is_preload)
        launch->env[0] = w->preload;
}

static int run_once(const struct ht_misuse_plan *plan, const struct ht_misuse_step *step, unsigned repeat,
                    struct ht_misuse_seen *seen)
{
    const struct ht_strategy *const s = step->strategy;
    struct words words;
    *seen = (struct ht_misuse_seen){.ops = 0};
    struct ht_launch launch = {
        .timeout_ns = (uint64_t)(plan->timeout_s * (*s->under ? UNDER_FACTOR : 1) * 1e9),
        .data_limit = s->maps_much ? 0 : data_limit,
        .on_record = see,
        .context = seen,
    };
    fill_launch(&launch, &words, plan, step, repeat);
    ht_launch_add_environment(&launch, s->environment);
    const int error = ht_launch(&launch, &seen->ended);
    return error ? error : seen->ended.interrupted ? -EINTR : 0;
}

/* Why the strategy can't run at all; "" when it can. What it is absent for may be its cell, which is not needed here. */
static void find_absent(const struct ht_strategy *s, char out[HT_MISUSE_MESSAGE])
{
    char program[512];
    const bool lacks_library = s->kind == HT_STRATEGY_PRELOAD && !s->library[0];
    name_program(s, program, sizeof program);
    const bool is_built = !access(program, X_OK);
    out[0] = 0;
    if (s->absent[0] && (lacks_library || *s->under || !is_built))
        snprintf(out, HT_MISUSE_MESSAGE, "%.230s", s->absent);
    else if (!is_built)
        snprintf(out, HT_MISUSE_MESSAGE, "its program is not built: make misuse-programs");
}

int ht_misuse_run_step(const struct ht_misuse_plan *plan, const struct ht_misuse_step *step,
                       struct ht_misuse_row *row)
{
    const unsigned repeat = plan->repeat ? plan->repeat : ht_misuse_repeat(step->strategy);
    struct ht_misuse_row empty = {
        .size = step->size, .verdict = HT_MISUSED_NOT_SUPPORTED, .rate = NAN, .ops = NAN};
    snprintf(empty.strategy, sizeof empty.strategy, "%s", step->strategy->name);
    snprintf(empty.name, sizeof empty.name, "%s", step->what->name);
    find_absent(step->strategy, empty.message);
    *row = empty;
    if (empty.message[0])
        return 0;
    struct ht_misuse_row *const run = calloc(repeat, sizeof *run);
    struct ht_misuse_seen *const seen = malloc(sizeof *seen);
    int error = run && seen ? 0 : -ENOMEM;
    unsigned n = 0;
    /* What can't be done, or never ends, is not tried again. */
    for (bool again = true; n < repeat && again && !error; n++) {
        error = run_once(plan, step, n, seen);
        if (error)
            break;
        run[n] = empty;
        ht_misuse_judge(seen, step->strategy->message, &run[n]);
        again = run[n].verdict != HT_MISUSED_NOT_SUPPORTED && !seen->ended.timed_out;
    }
    if (!error)
        ht_misuse_join(run, n, row);
    free(run);
    free(seen);
    return error;
}

int ht_misuse_ask_versions(struct ht_misuse_plan *plan)
{
    struct ht_misuse_seen *const seen = malloc(sizeof *seen);
    char absent[HT_MISUSE_MESSAGE];
    int error = seen ? 0 : -ENOMEM;
    ht_launch_catch_signals();
    for (size_t i = 0; i < plan->strategies && !error; i++) {
        struct ht_strategy *const s = &plan->strategy[i];
        const struct ht_misuse_step step = {s, &ht_misuse_cases[0], 0};
        find_absent(s, absent);
        if (absent[0] || s->version[0])
            continue;
        error = run_once(plan, &step, 0, seen);
        snprintf(s->version, sizeof s->version, "%s", error ? "" : seen->version);
    }
    free(seen);
    return error;
}

/* ---- the file ---- */

struct state {
    struct ht_misuse_runner *runner;
    const struct ht_misuse_plan *plan;
    struct ht_progress progress;
    bool *done; /* by step */
    size_t steps;
    int fd;
    char *why;
};

static int say(struct state *s, int error, const char *what)
{
    const char *const path = s->runner->path;
    if (error == -ENOSPC || error == -EDQUOT)
        snprintf(s->why, 256, "%s: the disk of %.120s is full; free some and go on with --resume", what,
                 path);
    else
        snprintf(s->why, 256, "%s %.150s: %s", what, path, strerror(-error));
    return error;
}

static int take_row(struct state *s, const struct ht_misuse_row *row)
{
    for (size_t i = 0; i < s->steps; i++) {
        const struct ht_misuse_step step = ht_misuse_plan_step(s->plan, i);
        if (s->done[i] || step.size != row->size || strcmp(step.strategy->name, row->strategy) ||
            strcmp(step.what->name, row->name))
            continue;
        s->done[i] = true;
        s->runner->rows++;
        return 0;
    }
    return -EPROTO;
}

/* Counts the rows that are there, and cuts off what a killed run has left of its last. */
static int take_earlier_rows(struct state *s)
{
    struct ht_misuse_rows rows;
    int error = ht_misuse_rows_read(s->runner->path, &rows, s->why);
    if (error)
        return error;
    for (size_t i = 0; i < rows.count && !error; i++) {
        error = take_row(s, &rows.row[i]);
        if (error)
            snprintf(s->why, 256, "%.150s: row %zu is not of this run, or there twice", s->runner->path,
                     i + 1);
    }
    if (!error && ftruncate(s->fd, (off_t)rows.whole_bytes))
        error = say(s, -errno, "can't cut");
    if (!error && !rows.whole_bytes) {
        error = ht_misuse_rows_header(s->fd);
        error = error ? say(s, error, "can't write") : 0;
    }
    ht_misuse_rows_free(&rows);
    return error;
}

/* Rows of one strategy take about as long as each other, as far as progress goes. */
static size_t sort_of(const struct state *s, size_t index)
{
    return index % s->plan->strategies % HT_PROGRESS_SORTS;
}

static int run_step(struct state *s, size_t index)
{
    const struct ht_misuse_step step = ht_misuse_plan_step(s->plan, index);
    struct ht_misuse_row row;
    char now[160];
    snprintf(now, sizeof now, "%s x %s", step.what->name, step.strategy->name);
    ht_progress_show(&s->progress, s->runner->rows, s->steps, now);
    int error = ht_misuse_run_step(s->plan, &step, &row);
    if (error == -EINTR)
        return error;
    if (error)
        return say(s, error, "can't run a case for");
    error = ht_misuse_row_append(s->fd, &row);
    if (error)
        return say(s, error, "can't write");
    s->runner->rows++;
    ht_progress_step(&s->progress, sort_of(s, index));
    return 0;
}

static int run_all(struct state *s)
{
    int error = take_earlier_rows(s);
    ht_progress_open(&s->progress, s->runner->quiet);
    for (size_t i = 0; i < s->steps; i++)
        if (!s->done[i])
            ht_progress_expect(&s->progress, sort_of(s, i));
    for (size_t i = 0; i < s->steps && !error; i++)
        if (!s->done[i])
            error = ht_launch_interrupt ? -EINTR : run_step(s, i);
    ht_progress_close(&s->progress);
    return error;
}

int ht_misuse_run(struct ht_misuse_runner *runner, char why[256])
{
    struct state s = {
        .runner = runner, .plan = runner->plan, .why = why, .steps = ht_misuse_plan_steps(runner->plan)};
    why[0] = 0;
    runner->rows = 0;
    ht_launch_catch_signals();
    s.done = calloc(s.steps + 1, sizeof *s.done);
    if (!s.done)
        return say(&s, -ENOMEM, "can't run");
    s.fd = open(runner->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    const int error = s.fd < 0 ? say(&s, -errno, "can't write") : run_all(&s);
    if (s.fd >= 0)
        close(s.fd);
    free(s.done);
    return error;
}
