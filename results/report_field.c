#include "results/report_field.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TWICE = 2 };

const char *ht_report_field_name(const struct ht_report_field *f, size_t strategy)
{
    return f->part->summary->strategy[strategy].name;
}

int ht_report_open_field(struct ht_report_field *f, const struct ht_report_part *part)
{
    const struct ht_summary *const s = part->summary;
    *f = (struct ht_report_field){.part = part,
                                  .jobs = calloc(s->jobs + 1, sizeof *f->jobs),
                                  .eligible = calloc(2 * s->strategies + 2, sizeof *f->eligible),
                                  .score = calloc(s->strategies + 1, sizeof *f->score),
                                  .ratio = calloc(s->strategies + 1, sizeof *f->ratio),
                                  .partial = calloc(s->strategies + 1, sizeof *f->partial)};
    return f->jobs && f->eligible && f->score && f->ratio && f->partial ? 0 : -ENOMEM;
}

void ht_report_close_field(struct ht_report_field *f)
{
    free(f->jobs);
    free(f->eligible);
    free(f->score);
    free(f->ratio);
    free(f->partial);
}

void ht_report_enter(struct ht_report_field *f, size_t strategy, double score)
{
    size_t at = f->n++;
    for (; at > 0 && f->score[at - 1] > score; at--) {
        f->score[at] = f->score[at - 1];
        f->eligible[at] = f->eligible[at - 1];
    }
    f->score[at] = score;
    f->eligible[at] = strategy;
}

bool ht_report_has_figure(const struct ht_report_part *part, enum ht_metric metric, size_t strategy,
                          size_t job)
{
    return !isnan(ht_figures_median(&part->figures, metric, strategy, job));
}

int ht_report_enter_all(struct ht_report_field *f, enum ht_metric metric)
{
    const struct ht_summary *const s = f->part->summary;
    for (size_t i = 0; i < s->strategies; i++) {
        size_t cells;
        if (!ht_report_is_rival(s, i))
            continue;
        const int error =
            ht_figures_mean(&f->part->figures, metric, i, s->baseline, f->jobs, &f->ratio[i], &cells);
        if (error)
            return error;
        f->partial[i] = cells < f->count;
        if (!f->partial[i] && !ht_report_failure(s, i, f->jobs))
            ht_report_enter(f, i, f->ratio[i].estimate);
    }
    return 0;
}

void ht_report_answer(const struct ht_report_field *f, struct ht_report_choice *c)
{
    snprintf(c->answer, sizeof c->answer, "%s", ht_report_field_name(f, f->eligible[0]));
    c->part = f->part;
    while (c->names < f->n && c->names < sizeof c->named / sizeof *c->named) {
        c->named[c->names] = f->eligible[c->names];
        c->names++;
    }
}

/* Rivals that failed, with how, or those that did not and are partial. Returns how many. */
static size_t add_left_out(const struct ht_report_field *f, const bool *jobs, bool failed,
                           char words[HT_REPORT_WORDS])
{
    const struct ht_summary *const s = f->part->summary;
    size_t all = 0, nth = 0;
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < s->strategies; i++) {
            const char *const outcome = ht_report_failure(s, i, jobs);
            char name[160];
            if (!ht_report_is_rival(s, i) || (failed ? !outcome : outcome || !f->partial[i]))
                continue;
            snprintf(name, sizeof name, failed ? "%s (%s)" : "%s", s->strategy[i].name, outcome);
            if (pass)
                ht_report_add_name(words, nth++, all, name);
            all += !pass;
        }
    return all;
}

void ht_report_say_left_out(const struct ht_report_field *f, const bool *jobs, struct ht_report_choice *c)
{
    char failed[HT_REPORT_WORDS] = "", partial[HT_REPORT_WORDS] = "";
    if (add_left_out(f, jobs, true, failed))
        ht_report_add(c->doubt, "Left out, for failing: %s. ", failed);
    if (add_left_out(f, jobs, false, partial))
        ht_report_add(c->doubt, "Left out, for not running all of these workloads: %s. ", partial);
}

void ht_report_add_next(const struct ht_report_field *f, char words[HT_REPORT_WORDS])
{
    char ratio[24];
    if (f->n < 2)
        return;
    ht_report_ratio(ratio, f->ratio[f->eligible[1]].estimate);
    ht_report_add(words, " Next is %s with %s ×.", ht_report_field_name(f, f->eligible[1]), ratio);
}

void ht_report_add_bad(const struct ht_report_field *f, enum ht_metric metric, const bool *jobs,
                       struct ht_report_choice *c)
{
    const struct ht_summary *const s = f->part->summary;
    size_t all = 0, nth = 0;
    for (int pass = 0; pass < 2; pass++)
        for (size_t j = 0; j < s->jobs; j++) {
            const struct ht_summary_cell *const cell = ht_summary_cell(s, f->eligible[0], j);
            char label[160], ratio[24], name[200];
            if ((jobs && jobs[j]) || !cell || !cell->ratio[metric].n || cell->ratio[metric].estimate <= TWICE)
                continue;
            ht_report_label(s, j, label, sizeof label);
            ht_report_ratio(ratio, cell->ratio[metric].estimate);
            snprintf(name, sizeof name, nth ? "%s (%s ×)" : "%s (%s × the %s of %s)", label, ratio,
                     metric == HT_TIME ? "time" : "p99.9", ht_report_field_name(f, s->baseline));
            if (pass)
                ht_report_add_name(c->doubt, nth++, all, name);
            else if (!all++)
                ht_report_add(c->doubt, "Not for ");
        }
    if (all)
        ht_report_add(c->doubt, ". ");
}

void ht_report_doubt(const struct ht_report_field *f, enum ht_metric metric, struct ht_report_choice *c)
{
    size_t *const same = f->eligible + f->part->summary->strategies + 1;
    const size_t n = ht_report_same(f->part, metric, f->jobs, f->eligible[0], f->eligible, f->n, same),
                 rounds = f->ratio[f->eligible[0]].n;
    for (size_t i = 0; i < n; i++)
        ht_report_add_name(c->doubt, i, n, ht_report_field_name(f, same[i]));
    if (n)
        ht_report_add(c->doubt, " can’t be told from it here. ");
    if (rounds == 1)
        ht_report_add(c->doubt, "From one round: a look, and small differences may be noise. ");
    else if (rounds <= HT_STATS_RANGE_MAX)
        ht_report_add(c->doubt, "From %zu rounds: a look, no decision. ", rounds);
}

void ht_report_add_jobs(const struct ht_report_field *f, struct ht_report_choice *c)
{
    size_t nth = 0;
    for (size_t j = 0; j < f->part->summary->jobs; j++) {
        char label[160];
        ht_report_label(f->part->summary, j, label, sizeof label);
        if (!f->jobs[j])
            continue;
        ht_report_add(c->jobs, "%s%s", nth ? ", " : "", label);
        ht_report_add_name(c->because, nth++, f->count, label);
    }
    if (f->count <= 5) /* then all are named */
        c->jobs[0] = '\0';
}
