#include "results/summary.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "results/summary_parts.h"

void ht_summary_job_label(const struct ht_summary_job *job, char *label, size_t room)
{
    char threads[32] = "";
    if (job->threads > 1 && job->threads != HT_ABSENT)
        snprintf(threads, sizeof threads, " t=%" PRIu64, job->threads);
    snprintf(label, room, "%s%s%s%s%s%s%s%s", job->strategy, job->strategy[0] ? " " : "", job->workload,
             threads, job->heap[0] ? " " : "", job->heap, job->params[0] ? " " : "", job->params);
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

struct numbers {
    struct ht_index strategies, jobs, rounds;
};

/* What a row is a figure of. Of two runs one side is compared with the other: the strategy is a part of the job, and
 * their rounds meet by their numbers. */
static int number_row(struct ht_summary *s, struct numbers *n, size_t i, size_t *cell)
{
    const struct ht_row *const row = &s->rows->row[i];
    const bool sides = s->sides;
    const struct ht_index_key strategy = {{sides ? i >= s->first_new : ht_summary_word(row->strategy)}};
    const struct ht_index_key job = {{ht_summary_word(row->workload), ht_summary_word(row->params),
                                      row->threads, ht_summary_word(row->heap),
                                      sides ? ht_summary_word(row->strategy) : 0}};
    const struct ht_index_key round = {{row->round, sides ? 0 : ht_summary_word(row->run)}};
    if (ht_index_add(&n->strategies, strategy, &s->strategy_of[i]) ||
        ht_index_add(&n->jobs, job, &s->job_of[i]) || ht_index_add(&n->rounds, round, &s->round_of[i]))
        return -ENOMEM;
    return ht_index_add(&s->cell_index, (struct ht_index_key){{s->strategy_of[i], s->job_of[i]}}, cell);
}

/* Numbers what the rows name, in the order `plan` of the rows. The arrays have room for as many as there are
 * rows. */
static int name_all(struct ht_summary *s, const size_t *plan, struct numbers *numbers)
{
    for (size_t n = 0; n < s->rows->count; n++) {
        const size_t i = plan[n];
        const struct ht_row *const row = &s->rows->row[i];
        size_t cell;
        if (number_row(s, numbers, i, &cell))
            return -ENOMEM;
        struct ht_summary_strategy *const st = &s->strategy[s->strategy_of[i]];
        if (!s->sides && (!st->name || !st->version[0]))
            *st = (struct ht_summary_strategy){.name = row->strategy, .version = row->version};
        s->job[s->job_of[i]] = (struct ht_summary_job){row->workload, row->params, row->threads, row->heap,
                                                       s->sides ? row->strategy : ""};
        s->cell[cell].strategy = s->strategy_of[i];
        s->cell[cell].job = s->job_of[i];
        if (!ht_summary_is_ok(row) && !row->fault[0] && !s->cell[cell].outcome) {
            s->cell[cell].outcome = row->outcome;
            s->cell[cell].reason = row->reason;
        }
    }
    return 0;
}

/* The base is the first, whatever row the plan begins with. */
static int name_sides(struct ht_summary *s, struct numbers *n, const char *base, const char *new)
{
    size_t number;
    s->strategy[0] = (struct ht_summary_strategy){.name = base, .version = ""};
    s->strategy[1] = (struct ht_summary_strategy){.name = new, .version = ""};
    return ht_index_add(&n->strategies, (struct ht_index_key){{0}}, &number) ||
                   ht_index_add(&n->strategies, (struct ht_index_key){{1}}, &number)
               ? -ENOMEM
               : 0;
}

static int name_strategies_and_jobs(struct ht_summary *s, const char *base, const char *new)
{
    static const struct ht_interval none = {NAN, NAN, NAN, 0, 0, true};
    struct numbers numbers = {0};
    size_t *const plan = malloc(s->rows->count * sizeof *plan);
    if (!plan)
        return -ENOMEM;
    for (size_t i = 0; i < s->rows->count; i++)
        plan[i] = i;
    qsort_r(plan, s->rows->count, sizeof *plan, by_plan, s->rows->row);
    int error = s->sides ? name_sides(s, &numbers, base, new) : 0;
    if (!error)
        error = name_all(s, plan, &numbers);
    free(plan);
    s->strategies = numbers.strategies.count;
    s->jobs = numbers.jobs.count;
    s->cells = s->cell_index.count;
    for (int m = 0; m < HT_METRICS; m++) {
        for (size_t i = 0; i < s->strategies; i++)
            s->strategy[i].suite[m] = none;
        for (size_t i = 0; i < s->cells; i++)
            s->cell[i].ratio[m] = none;
    }
    ht_index_free(&numbers.strategies);
    ht_index_free(&numbers.jobs);
    ht_index_free(&numbers.rounds);
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

/* ---- open and close ------------------------------------------------------------------------------------- */

static int open_arrays(struct ht_summary *s)
{
    const size_t most = s->rows->count + 1; /* two sides, of one row */
    s->strategy_of = calloc(most, sizeof *s->strategy_of);
    s->job_of = calloc(most, sizeof *s->job_of);
    s->round_of = calloc(most, sizeof *s->round_of);
    s->strategy = calloc(most, sizeof *s->strategy);
    s->job = calloc(most, sizeof *s->job);
    s->cell = calloc(most, sizeof *s->cell);
    s->failure = calloc(most, sizeof *s->failure);
    s->failure_job = calloc(most, sizeof *s->failure_job);
    return s->strategy_of && s->job_of && s->round_of && s->strategy && s->job && s->cell && s->failure &&
                   s->failure_job
               ? 0
               : -ENOMEM;
}

static int sum_up(struct ht_summary *s, const char *baseline, const char *new, char why[256])
{
    if (!s->rows->count) {
        snprintf(why, 256, "there are no rows");
        return -ENODATA;
    }
    snprintf(why, 256, "no memory left");
    int error = open_arrays(s);
    if (!error)
        error = name_strategies_and_jobs(s, baseline, new);
    if (!error && !s->sides)
        error = find_baseline(s, baseline, why);
    if (!error)
        error = ht_summary_compare_all(s);
    if (!error)
        error = ht_summary_list_failures(s);
    if (error)
        ht_summary_close(s);
    else
        why[0] = '\0';
    return error;
}

int ht_summary_open(struct ht_summary *summary, const struct ht_rows *rows, const char *baseline,
                    char why[256])
{
    *summary = (struct ht_summary){.rows = rows};
    return sum_up(summary, baseline, NULL, why);
}

int ht_summary_open_sides(struct ht_summary *summary, const struct ht_rows *rows, size_t first_new,
                          const char *base, const char *new, char why[256])
{
    *summary = (struct ht_summary){.rows = rows, .sides = true, .first_new = first_new};
    return sum_up(summary, base, new, why);
}

void ht_summary_close(struct ht_summary *s)
{
    free(s->strategy_of);
    free(s->job_of);
    free(s->round_of);
    for (enum ht_metric metric = 0; metric < HT_METRICS; metric++)
        free(s->pair[metric]);
    free(s->strategy);
    free(s->job);
    free(s->cell);
    free(s->failure);
    free(s->failure_job);
    ht_index_free(&s->cell_index);
    *s = (struct ht_summary){0};
}
