#include "results/report_field.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

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
                                  .ratio = calloc(s->strategies + 1, sizeof *f->ratio)};
    return f->jobs && f->eligible && f->score && f->ratio ? 0 : -ENOMEM;
}

void ht_report_close_field(struct ht_report_field *f)
{
    free(f->jobs);
    free(f->eligible);
    free(f->score);
    free(f->ratio);
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
        if (ht_report_has_failed(s, i, f->jobs)) {
            ht_report_add(f->failed, "%s%s", f->failures++ ? ", " : "", s->strategy[i].name);
        } else if (cells == f->count) {
            ht_report_enter(f, i, f->ratio[i].estimate);
        }
    }
    return 0;
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
    if (f->failures)
        ht_report_add(c->doubt, "Left out, because they failed there: %s.", f->failed);
}

void ht_report_add_jobs(const struct ht_report_field *f, char words[HT_REPORT_WORDS])
{
    size_t nth = 0;
    for (size_t j = 0; j < f->part->summary->jobs; j++) {
        char label[160];
        ht_report_label(f->part->summary, j, label, sizeof label);
        if (f->jobs[j])
            ht_report_add_name(words, nth++, f->count, label);
    }
}
