/* What was not ok in a run, grouped by strategy and reason. */
#include <errno.h>
#include <stdlib.h>

#include "results/summary_parts.h"

static bool is_unsupported(const char *outcome)
{
    return !strcmp(outcome, ht_outcome_word(HT_UNSUPPORTED));
}

/* Groups the rows that were not ok; `of_jobs` has a key (failure, job) for each job of each group. */
static int group_failures(struct ht_summary *s, struct ht_index *groups, struct ht_index *of_jobs)
{
    for (size_t i = 0; i < s->rows->count; i++) {
        const struct ht_row *const row = &s->rows->row[i];
        if (ht_summary_is_ok(row) || row->fault[0])
            continue;
        const uint64_t apart = is_unsupported(row->outcome) ? 0 : ht_summary_word(row->workload);
        const struct ht_index_key key = {
            {s->strategy_of[i], ht_summary_word(row->outcome), ht_summary_word(row->reason), apart}};
        size_t group, job;
        if (ht_index_add(groups, key, &group) ||
            ht_index_add(of_jobs, (struct ht_index_key){{group, s->job_of[i]}}, &job))
            return -ENOMEM;
        s->failure[group].strategy = s->strategy_of[i];
        s->failure[group].outcome = row->outcome;
        s->failure[group].reason = row->reason;
        s->failure[group].rows++;
    }
    return 0;
}

static int by_number(const void *a, const void *b)
{
    const size_t i = *(const size_t *)a, k = *(const size_t *)b;
    return (i > k) - (i < k);
}

/* Lays the jobs of each group side by side, in the order of the plan. */
static void place_jobs(struct ht_summary *s, const struct ht_index *of_jobs)
{
    for (size_t i = 0; i < of_jobs->count; i++)
        s->failure[of_jobs->key[i].word[0]].jobs++;
    for (size_t f = 0, next = 0; f < s->failures; f++) {
        s->failure[f].first_job = next;
        next += s->failure[f].jobs;
        s->failure[f].jobs = 0;
    }
    for (size_t i = 0; i < of_jobs->count; i++) {
        struct ht_summary_failure *const f = &s->failure[of_jobs->key[i].word[0]];
        s->failure_job[f->first_job + f->jobs++] = of_jobs->key[i].word[1];
    }
    for (const struct ht_summary_failure *f = s->failure; f < s->failure + s->failures; f++)
        qsort(s->failure_job + f->first_job, f->jobs, sizeof *s->failure_job, by_number);
}

static int by_first_appearance(const void *a, const void *b)
{
    const struct ht_summary_failure *const f = a, *const g = b;
    if (f->strategy != g->strategy)
        return f->strategy < g->strategy ? -1 : 1;
    return (f->first_job > g->first_job) - (f->first_job < g->first_job);
}

int ht_summary_list_failures(struct ht_summary *s)
{
    struct ht_index groups = {0}, of_jobs = {0};
    const int error = group_failures(s, &groups, &of_jobs);
    if (!error) {
        s->failures = groups.count;
        place_jobs(s, &of_jobs);
        qsort(s->failure, s->failures, sizeof *s->failure, by_first_appearance);
        for (size_t c = 0; c < s->cells; c++)
            if (s->cell[c].outcome && is_unsupported(s->cell[c].outcome))
                s->strategy[s->cell[c].strategy].unsupported++;
            else if (s->cell[c].outcome)
                s->strategy[s->cell[c].strategy].failed++;
    }
    ht_index_free(&groups);
    ht_index_free(&of_jobs);
    return error;
}
