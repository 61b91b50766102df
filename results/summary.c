#include "results/summary.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "results/summary_parts.h"

enum { BOOTSTRAP_SEED = 1 };

/* Level of all intervals. */
static const double level = 0.95;

static bool is_program(const struct ht_row *row)
{
    return !strcmp(row->kind, "program");
}

/* A program's peak is in the row of its time, and has no base: it is a whole process either way. */
static double memory_figure(const struct ht_row *row)
{
    if ((strcmp(row->pass, "memory") && !is_program(row)) || row->rss_peak_bytes == HT_ABSENT)
        return NAN;
    if (row->live_peak_bytes < HT_MEMORY_LEAST_LIVE)
        return NAN;
    const uint64_t base = row->rss_base_bytes == HT_ABSENT ? 0 : row->rss_base_bytes;
    return row->rss_peak_bytes > base ? (double)(row->rss_peak_bytes - base) : NAN;
}

/* The work of a pair is the same, the number of operations may not be: a region frees all at once. CPU time
 * varies a quarter as much as wall time, but says nothing of threads that wait for each other. */
static double time_figure(const struct ht_row *row)
{
    if (strcmp(row->pass, "throughput"))
        return NAN;
    const double figure = row->threads == 1 || is_program(row) ? row->cpu_ns : row->wall_ns;
    return figure > 0 ? figure : NAN;
}

static double instructions_figure(const struct ht_row *row)
{
    const bool counted =
        !strcmp(row->pass, "instructions") && row->instructions != HT_ABSENT && row->instructions;
    return counted ? (double)row->instructions : NAN;
}

const char *ht_metric_word(enum ht_metric metric)
{
    static const char *const words[] = {"time", "memory", "instructions", "overhead"};
    return words[metric];
}

double ht_summary_figure(const struct ht_row *row, enum ht_metric metric)
{
    if (!ht_summary_is_ok(row) || row->fault[0])
        return NAN;
    return metric == HT_TIME           ? time_figure(row)
           : metric == HT_MEMORY       ? memory_figure(row)
           : metric == HT_INSTRUCTIONS ? instructions_figure(row)
                                       : NAN;
}

void ht_summary_job_label(const struct ht_summary_job *job, char *label, size_t room)
{
    char threads[32] = "";
    if (job->threads > 1 && job->threads != HT_ABSENT)
        snprintf(threads, sizeof threads, " t=%" PRIu64, job->threads);
    snprintf(label, room, "%s%s%s%s%s%s", job->workload, threads, job->heap[0] ? " " : "", job->heap,
             job->params[0] ? " " : "", job->params);
}

/* ---- strategies, jobs and cells ------------------------------------------------------------------------- */

static int by_plan(const void *a, const void *b, void *rows)
{
    const struct ht_row *const row = rows;
    const size_t i = *(const size_t *)a, k = *(const size_t *)b;
    if (row[i].cell != row[k].cell)
        return row[i].cell < row[k].cell ? -1 : 1;
    return (i > k) - (i < k);
}

/* Numbers what the rows name, in the order `plan` of the rows. The arrays have room for as many as there are
 * rows. */
static int name_all(struct ht_summary *s, const size_t *plan, struct ht_index *strategies,
                    struct ht_index *jobs)
{
    for (size_t n = 0; n < s->rows->count; n++) {
        const size_t i = plan[n];
        const struct ht_row *const row = &s->rows->row[i];
        const struct ht_index_key strategy = {{ht_summary_word(row->strategy)}};
        const struct ht_index_key job = {{ht_summary_word(row->workload), ht_summary_word(row->params),
                                          row->threads, ht_summary_word(row->heap)}};
        size_t cell;
        if (ht_index_add(strategies, strategy, &s->strategy_of[i]) ||
            ht_index_add(jobs, job, &s->job_of[i]) ||
            ht_index_add(&s->cell_index, (struct ht_index_key){{s->strategy_of[i], s->job_of[i]}}, &cell))
            return -ENOMEM;
        struct ht_summary_strategy *const st = &s->strategy[s->strategy_of[i]];
        if (!st->name || !st->version[0])
            *st = (struct ht_summary_strategy){.name = row->strategy, .version = row->version};
        s->job[s->job_of[i]] = (struct ht_summary_job){row->workload, row->params, row->threads, row->heap};
        s->cell[cell].strategy = s->strategy_of[i];
        s->cell[cell].job = s->job_of[i];
        if (!ht_summary_is_ok(row) && !row->fault[0] && !s->cell[cell].outcome) {
            s->cell[cell].outcome = row->outcome;
            s->cell[cell].reason = row->reason;
        }
    }
    return 0;
}

static int name_strategies_and_jobs(struct ht_summary *s)
{
    static const struct ht_interval none = {NAN, NAN, NAN, 0, 0, true};
    struct ht_index strategies = {0}, jobs = {0};
    size_t *const plan = malloc(s->rows->count * sizeof *plan);
    if (!plan)
        return -ENOMEM;
    for (size_t i = 0; i < s->rows->count; i++)
        plan[i] = i;
    qsort_r(plan, s->rows->count, sizeof *plan, by_plan, s->rows->row);
    const int error = name_all(s, plan, &strategies, &jobs);
    free(plan);
    s->strategies = strategies.count;
    s->jobs = jobs.count;
    s->cells = s->cell_index.count;
    for (int m = 0; m < HT_METRICS; m++) {
        for (size_t i = 0; i < s->strategies; i++)
            s->strategy[i].suite[m] = none;
        for (size_t i = 0; i < s->cells; i++)
            s->cell[i].ratio[m] = none;
    }
    ht_index_free(&strategies);
    ht_index_free(&jobs);
    return error;
}

const struct ht_summary_cell *ht_summary_cell(const struct ht_summary *s, size_t strategy, size_t job)
{
    const size_t cell = ht_index_find(&s->cell_index, (struct ht_index_key){{strategy, job}});
    return cell == HT_INDEX_NONE ? NULL : &s->cell[cell];
}

static int find_baseline(struct ht_summary *s, const char *name, char why[256])
{
    for (s->baseline = 0; s->baseline < s->strategies; s->baseline++) {
        const char *const here = s->strategy[s->baseline].name;
        if (name ? !strcmp(here, name) : !strcmp(here, "system") || !strcmp(here, "manual"))
            return 0;
    }
    s->baseline = 0;
    if (!name)
        return 0;
    size_t used = (size_t)snprintf(why, 256, "no rows of the baseline %.60s; there are:", name);
    for (size_t i = 0; i < s->strategies && used < 256; i++)
        used += (size_t)snprintf(why + used, 256 - used, "%s %s", i ? "," : "", s->strategy[i].name);
    return -ENOENT;
}

/* ---- pairs ---------------------------------------------------------------------------------------------- */

static struct ht_index_key round_key(const struct ht_summary *s, size_t row)
{
    return (struct ht_index_key){{s->job_of[row], s->rows->row[row].round}};
}

/* The baseline's figures by job and round, and the pairs of all rows with them. */
static int pair_rows(const struct ht_summary *s, enum ht_metric metric, struct ht_summary_pairs *p)
{
    const struct ht_rows *const rows = s->rows;
    struct ht_index index = {0};
    int error = 0;
    for (size_t i = 0; i < rows->count && !error; i++) {
        const double figure = ht_summary_figure(&rows->row[i], metric);
        size_t number;
        if (s->strategy_of[i] != s->baseline || isnan(figure))
            continue;
        error = ht_index_add(&index, round_key(s, i), &number);
        if (!error)
            p->x[number] = figure;
    }
    p->n = 0;
    for (size_t i = 0; i < rows->count && !error; i++) {
        const double figure = ht_summary_figure(&rows->row[i], metric);
        const size_t number = isnan(figure) ? HT_INDEX_NONE : ht_index_find(&index, round_key(s, i));
        if (number == HT_INDEX_NONE)
            continue;
        const struct ht_index_key cell = {{s->strategy_of[i], s->job_of[i]}};
        p->pair[p->n++] = (struct ht_suite_pair){.x = log(figure / p->x[number]),
                                                 .cell = ht_index_find(&s->cell_index, cell),
                                                 .round = rows->row[i].round};
    }
    ht_index_free(&index);
    return error;
}

static int by_strategy(const void *a, const void *b, void *cells)
{
    const struct ht_summary_cell *const cell = cells;
    const struct ht_suite_pair *const p = a, *const q = b;
    const size_t s = cell[p->cell].strategy, t = cell[q->cell].strategy;
    if (s != t)
        return s < t ? -1 : 1;
    return (p->cell > q->cell) - (p->cell < q->cell);
}

static struct ht_interval as_ratio(struct ht_interval logs)
{
    logs.estimate = exp(logs.estimate);
    logs.low = exp(logs.low);
    logs.high = exp(logs.high);
    return logs;
}

/* The intervals of each cell, and then of each strategy's suite, from pairs sorted by strategy and cell. */
static int compare_pairs(struct ht_summary *s, enum ht_metric metric, struct ht_summary_pairs *p)
{
    size_t suite = 0;
    for (size_t i = 0, end; i < p->n; i = end) {
        struct ht_summary_cell *const cell = &s->cell[p->pair[i].cell];
        for (end = i; end < p->n && p->pair[end].cell == p->pair[i].cell; end++)
            p->x[end] = p->pair[end].x;
        cell->ratio[metric] = as_ratio(ht_hodges_lehmann(p->x + i, end - i, level));
        struct ht_summary_strategy *const strategy = &s->strategy[cell->strategy];
        strategy->compared[metric]++;
        if (end < p->n && s->cell[p->pair[end].cell].strategy == cell->strategy)
            continue;
        struct ht_interval logs;
        const int error = ht_suite_interval(p->pair + suite, end - suite, level, BOOTSTRAP_SEED, &logs);
        if (error)
            return error;
        strategy->suite[metric] = as_ratio(logs);
        s->rounds[metric] = logs.n > s->rounds[metric] ? logs.n : s->rounds[metric];
        suite = end;
    }
    return 0;
}

struct noted {
    size_t job;
    uint64_t round;
    double figure;
};

static int by_job_and_round(const void *a, const void *b)
{
    const struct noted *const p = a, *const q = b;
    if (p->job != q->job)
        return p->job < q->job ? -1 : 1;
    return (p->round > q->round) - (p->round < q->round);
}

/* How far the baseline's figures are from those of the same job one round later. */
static int note_noise(struct ht_summary *s, enum ht_metric metric, double *x)
{
    struct noted *const noted = malloc((s->rows->count + 1) * sizeof *noted);
    size_t n = 0, m = 0;
    if (!noted)
        return -ENOMEM;
    for (size_t i = 0; i < s->rows->count; i++) {
        const double figure = ht_summary_figure(&s->rows->row[i], metric);
        if (s->strategy_of[i] == s->baseline && !isnan(figure))
            noted[n++] = (struct noted){s->job_of[i], s->rows->row[i].round, figure};
    }
    qsort(noted, n, sizeof *noted, by_job_and_round);
    for (size_t i = 1; i < n; i++)
        if (noted[i].job == noted[i - 1].job)
            x[m++] = log(noted[i].figure / noted[i - 1].figure);
    s->noise[metric] = ht_noise_floor(x, m);
    s->noise_median[metric] = ht_median(x, m); /* x is sorted now */
    free(noted);
    return 0;
}

static int compare_all(struct ht_summary *s)
{
    const size_t most = s->rows->count + 1;
    struct ht_summary_pairs p = {.pair = malloc(most * sizeof *p.pair), .x = malloc(most * sizeof *p.x)};
    int error = p.pair && p.x ? 0 : -ENOMEM;
    for (enum ht_metric metric = 0; metric < HT_METRICS && !error; metric++) {
        error = metric == HT_OVERHEAD ? ht_summary_pair_overhead(s, &p) : pair_rows(s, metric, &p);
        if (!error) {
            qsort_r(p.pair, p.n, sizeof *p.pair, by_strategy, s->cell);
            error = compare_pairs(s, metric, &p);
        }
        if (!error)
            error = note_noise(s, metric, p.x);
    }
    free(p.pair);
    free(p.x);
    return error;
}

/* ---- open and close ------------------------------------------------------------------------------------- */

static int open_arrays(struct ht_summary *s)
{
    const size_t most = s->rows->count;
    s->strategy_of = calloc(most, sizeof *s->strategy_of);
    s->job_of = calloc(most, sizeof *s->job_of);
    s->strategy = calloc(most, sizeof *s->strategy);
    s->job = calloc(most, sizeof *s->job);
    s->cell = calloc(most, sizeof *s->cell);
    s->failure = calloc(most, sizeof *s->failure);
    s->failure_job = calloc(most, sizeof *s->failure_job);
    return s->strategy_of && s->job_of && s->strategy && s->job && s->cell && s->failure && s->failure_job
               ? 0
               : -ENOMEM;
}

int ht_summary_open(struct ht_summary *summary, const struct ht_rows *rows, const char *baseline,
                    char why[256])
{
    *summary = (struct ht_summary){.rows = rows};
    if (!rows->count) {
        snprintf(why, 256, "there are no rows");
        return -ENODATA;
    }
    snprintf(why, 256, "no memory left");
    int error = open_arrays(summary);
    if (!error)
        error = name_strategies_and_jobs(summary);
    if (!error)
        error = find_baseline(summary, baseline, why);
    if (!error)
        error = compare_all(summary);
    if (!error)
        error = ht_summary_list_failures(summary);
    if (error)
        ht_summary_close(summary);
    else
        why[0] = '\0';
    return error;
}

void ht_summary_close(struct ht_summary *s)
{
    free(s->strategy_of);
    free(s->job_of);
    free(s->strategy);
    free(s->job);
    free(s->cell);
    free(s->failure);
    free(s->failure_job);
    ht_index_free(&s->cell_index);
    *s = (struct ht_summary){0};
}
