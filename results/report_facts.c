/* Facts that the sentences of the report are made of. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/outcome.h"
#include "results/report_parts.h"

bool ht_report_is_rival(const struct ht_summary *s, size_t strategy)
{
    static const char *const floors[] = {"null", "nogc", "manual"};
    for (size_t i = 0; i < sizeof floors / sizeof *floors; i++)
        if (!strcmp(s->strategy[strategy].name, floors[i]))
            return false;
    return true;
}

/* Rivals that were compared in at least `least` cells, the best first. */
static size_t list_rivals(const struct ht_summary *s, enum ht_metric metric, size_t least, size_t *order)
{
    size_t n = 0;
    for (size_t i = 0; i < s->strategies; i++) {
        if (!ht_report_is_rival(s, i) || !s->strategy[i].suite[metric].n ||
            s->strategy[i].compared[metric] < least)
            continue;
        size_t at = n++;
        for (; at > 0 &&
               s->strategy[order[at - 1]].suite[metric].estimate > s->strategy[i].suite[metric].estimate;
             at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
    return n;
}

/* A mean over some cells would stand beside means over all of them as if it were one of them. */
size_t ht_report_rank(const struct ht_report_part *part, enum ht_metric metric, size_t *order)
{
    const struct ht_summary *const s = part->summary;
    const size_t all = s->strategy[s->baseline].compared[metric], n = list_rivals(s, metric, all, order);
    return n > 1 ? n : list_rivals(s, metric, (all + 1) / 2, order);
}

size_t ht_report_order(const struct ht_report_part *part, enum ht_metric metric, size_t *order,
                       size_t *ranked)
{
    const struct ht_summary *const s = part->summary;
    size_t n = *ranked = ht_report_rank(part, metric, order);
    for (size_t i = 0; i < s->strategies; i++) {
        const struct ht_interval *const mean = &s->strategy[i].suite[metric];
        const double here = mean->n ? mean->estimate : INFINITY;
        const bool is_base = i == s->baseline;
        size_t at = 0, first = is_base ? 0 : *ranked;
        while (at < n && order[at] != i)
            at++;
        if (at < n)
            continue;
        at = is_base ? *ranked : n;
        memmove(&order[at + 1], &order[at], (n - at) * sizeof *order);
        for (; at > first; at--) {
            const struct ht_interval *const there = &s->strategy[order[at - 1]].suite[metric];
            if ((there->n ? there->estimate : INFINITY) <= here)
                break;
            order[at] = order[at - 1];
        }
        order[at] = i;
        n++;
        *ranked += is_base;
    }
    return n;
}

/* The best of a job; false: there are not two. */
static bool find_best(const struct ht_summary *s, enum ht_metric metric, size_t job, const size_t *among,
                      size_t n, size_t *best)
{
    double least = INFINITY;
    size_t found = 0;
    for (size_t i = 0; i < n; i++) {
        const struct ht_summary_cell *const cell = ht_summary_cell(s, among[i], job);
        if (!cell || !cell->ratio[metric].n)
            continue;
        found++;
        if (cell->ratio[metric].estimate < least) {
            least = cell->ratio[metric].estimate;
            *best = among[i];
        }
    }
    return found > 1;
}

size_t ht_report_wins(const struct ht_report_part *part, enum ht_metric metric, size_t strategy, size_t *jobs)
{
    size_t *const order = calloc(part->summary->strategies + 1, sizeof *order), wins = 0, best = 0;
    const size_t n = order ? ht_report_rank(part, metric, order) : 0;
    *jobs = 0;
    for (size_t j = 0; j < part->summary->jobs; j++) {
        if (!find_best(part->summary, metric, j, order, n, &best))
            continue;
        ++*jobs;
        wins += best == strategy;
    }
    free(order);
    return wins;
}

size_t ht_report_same(const struct ht_report_part *part, enum ht_metric metric, const bool *jobs, size_t best,
                      const size_t *among, size_t n, size_t *same)
{
    size_t found = 0;
    for (size_t i = 0; i < n; i++) {
        struct ht_interval ratio;
        if (among[i] == best || ht_figures_mean(&part->figures, metric, among[i], best, jobs, &ratio, NULL) ||
            !ratio.n)
            continue;
        if (ratio.n > 1 && ratio.low <= 1)
            same[found++] = among[i];
    }
    return found;
}

size_t ht_report_jobs(const struct ht_report_part *part, enum ht_metric metric, bool *plain)
{
    const struct ht_summary *const s = part->summary;
    size_t n = 0;
    *plain = true;
    const char *last = NULL;
    for (size_t j = 0; j < s->jobs; j++) {
        const struct ht_summary_cell *const cell = ht_summary_cell(s, s->baseline, j);
        if (!cell || !cell->ratio[metric].n)
            continue;
        *plain &= !last || strcmp(last, s->job[j].workload);
        last = s->job[j].workload;
        n++;
    }
    return n;
}

void ht_report_label(const struct ht_summary *s, size_t job, char *label, size_t room)
{
    struct ht_summary_job shown = s->job[job];
    bool alone = true;
    for (size_t j = 0; j < s->jobs && alone; j++)
        alone = j == job || s->job[j].workload != shown.workload || s->job[j].params == shown.params;
    shown.params = alone ? "" : shown.params;
    ht_summary_job_label(&shown, label, room);
}

bool ht_report_is_failure(const char *outcome)
{
    return strcmp(outcome, ht_outcome_word(HT_UNSUPPORTED)) && strcmp(outcome, ht_outcome_word(HT_OOM));
}

const char *ht_report_failure(const struct ht_summary *s, size_t strategy, const bool *jobs)
{
    for (size_t j = 0; j < s->jobs; j++) {
        const struct ht_summary_cell *const cell = !jobs || jobs[j] ? ht_summary_cell(s, strategy, j) : NULL;
        if (cell && cell->outcome && ht_report_is_failure(cell->outcome))
            return cell->outcome;
    }
    return NULL;
}
