/* Which collector: for short pauses, and under memory pressure. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "results/collected.h"
#include "results/report_field.h"

/* ---- short pauses --------------------------------------------------------------------------------------- */

/* How many cells of a strategy have the figure. */
static size_t count_cells(const struct ht_summary *s, const double *of_cell, size_t strategy)
{
    size_t n = 0;
    for (size_t c = 0; c < s->cells; c++)
        n += s->cell[c].strategy == strategy && !isnan(of_cell[c]);
    return n;
}

static size_t most_cells(const struct ht_summary *s, const double *of_cell)
{
    size_t most = 0;
    for (size_t i = 0; i < s->strategies; i++) {
        const size_t n = ht_report_is_rival(s, i) ? count_cells(s, of_cell, i) : 0;
        most = n > most ? n : most;
    }
    return most;
}

static void say_pauses(const struct ht_report_field *f, const double *mmu, struct ht_report_choice *c)
{
    const struct ht_summary *const s = f->part->summary;
    const size_t best = f->eligible[0];
    char pause[24], second[24];
    ht_report_time(pause, f->score[0]);
    ht_report_add(c->because, "Its longest pause in %zu workload%s is %s", f->count, f->count == 1 ? "" : "s",
                  pause);
    if (f->n > 1) {
        ht_report_time(second, f->score[1]);
        ht_report_add(c->because, "; next is %s with %s", ht_report_field_name(f, f->eligible[1]), second);
    }
    ht_report_add(c->because, ".");
    const double least = ht_collected_over(s, mmu, best, HT_OVER_LEAST, NULL);
    if (!isnan(least))
        ht_report_add(c->because, " In any 10 ms the program has at least %.0f %% for itself.", 100 * least);
    if (s->strategy[best].suite[HT_TIME].n && best != s->baseline) {
        char interval[64];
        ht_report_interval(interval, &s->strategy[best].suite[HT_TIME]);
        ht_report_add(c->because, " It takes %s × the time of %s.", interval,
                      ht_report_field_name(f, s->baseline));
    }
    ht_report_add(
        c->doubt,
        "A longest pause repeats badly: run the pauses pass in more rounds before you rely on it. ");
}

int ht_report_choose_pauses(const struct ht_report_part *part, struct ht_report_choice *c)
{
    const struct ht_summary *const s = part->summary;
    struct ht_report_field f;
    double *const pause = ht_collected_medians(s, ht_collected_pause_max), *const mmu = ht_collected_medians(
                                                                               s, ht_collected_mmu);
    int error = ht_report_open_field(&f, part);
    error = pause && mmu ? error : -ENOMEM;
    f.count = error ? 0 : most_cells(s, pause);
    for (size_t i = 0; f.count && i < s->strategies; i++) {
        f.partial[i] = count_cells(s, pause, i) < f.count;
        if (ht_report_is_rival(s, i) && !f.partial[i] && !ht_report_failure(s, i, NULL))
            ht_report_enter(&f, i, ht_collected_over(s, pause, i, HT_OVER_MOST, NULL));
    }
    if (f.n) {
        ht_report_answer(&f, c);
        say_pauses(&f, mmu, c);
        ht_report_say_left_out(&f, NULL, c);
    }
    free(pause);
    free(mmu);
    ht_report_close_field(&f);
    return error;
}

/* ---- little memory -------------------------------------------------------------------------------------- */

/* The multiple of what is live that a job's heap was limited to; NAN: it was not asked for as one. */
static double multiple(const struct ht_summary_job *job)
{
    char *end;
    const double x = strtod(job->heap, &end);
    return end > job->heap && !strcmp(end, "x") ? x : NAN;
}

/* Jobs of the tightest limit that some rival ended all of. Their limit, or NAN. */
static double tightest(struct ht_report_field *f)
{
    const struct ht_summary *const s = f->part->summary;
    for (double last = 0;;) {
        double here = INFINITY;
        for (size_t j = 0; j < s->jobs; j++)
            if (multiple(&s->job[j]) > last)
                here = fmin(here, multiple(&s->job[j]));
        if (isinf(here))
            return NAN;
        f->count = 0;
        for (size_t j = 0; j < s->jobs; j++)
            f->count += f->jobs[j] = multiple(&s->job[j]) == here;
        for (size_t i = 0; i < s->strategies; i++) {
            size_t ended = 0;
            for (size_t j = 0; j < s->jobs; j++)
                ended += f->jobs[j] && ht_report_has_figure(f->part, HT_TIME, i, j);
            if (ht_report_is_rival(s, i) && ended == f->count)
                return here;
        }
        last = here;
    }
}

/* Time of one strategy over another's, without a baseline: that may not fit. */
static int enter_fitting(struct ht_report_field *f)
{
    const struct ht_report_part *const part = f->part;
    for (size_t i = 0; i < part->summary->strategies; i++) {
        double sum = 0;
        size_t ended = 0;
        for (size_t j = 0; j < part->summary->jobs; j++)
            if (f->jobs[j] && ht_report_has_figure(part, HT_TIME, i, j)) {
                sum += log(ht_figures_median(&part->figures, HT_TIME, i, j));
                ended++;
            }
        if (ht_report_is_rival(part->summary, i) && ended == f->count)
            ht_report_enter(f, i, sum / (double)ended);
    }
    return 0;
}

/* The limit as it was set: a small workload gets more than it was asked to, since no heap is below 1 MiB. */
static void say_limit(const struct ht_report_field *f, double limit, char words[HT_REPORT_WORDS])
{
    const struct ht_summary *const s = f->part->summary;
    double *const size = ht_collected_medians(s, ht_collected_heap_bytes), *const live = ht_collected_medians(
                                                                               s, ht_collected_live_bytes);
    double most = NAN;
    for (size_t c = 0; size && live && c < s->cells; c++)
        if (f->jobs[s->cell[c].job])
            most = fmax(most, size[c] / live[c]);
    ht_report_add(words, "With a heap of %g × what is live", limit);
    if (most > 1.01 * limit)
        ht_report_add(words, " (in fact up to %.3g ×: no heap is below 1 MiB)", most);
    free(size);
    free(live);
}

static int say_fitting(struct ht_report_field *f, double limit, const double *least,
                       struct ht_report_choice *c)
{
    const struct ht_summary *const s = f->part->summary;
    size_t rivals = 0;
    char ratio[24];
    for (size_t i = 0; i < s->strategies; i++)
        rivals += ht_report_is_rival(s, i);
    say_limit(f, limit, c->because);
    ht_report_add(c->because, ", %zu of %zu collectors end all of ", f->n, rivals);
    ht_report_add_jobs(f, c);
    ht_report_add(c->because, ", and it is the fastest of them");
    if (f->n > 1) {
        struct ht_interval next;
        const int error =
            ht_figures_mean(&f->part->figures, HT_TIME, f->eligible[1], f->eligible[0], f->jobs, &next, NULL);
        if (error)
            return error;
        ht_report_ratio(ratio, next.n ? next.estimate : exp(f->score[1] - f->score[0]));
        ht_report_add(c->because, " (next: %s, %s × its time)", ht_report_field_name(f, f->eligible[1]),
                      ratio);
    }
    ht_report_add(c->because, ".");
    const double own = ht_collected_over(s, least, f->eligible[0], HT_OVER_GEOMETRIC, NULL);
    if (own < limit)
        ht_report_add(c->because, " The smallest heap that it ends in is %.3g × what is live.", own);
    return 0;
}

int ht_report_choose_small(const struct ht_report_part *part, struct ht_report_choice *c)
{
    struct ht_report_field f;
    double *const least = ht_collected_medians(part->summary, ht_collected_min_heap);
    int error = ht_report_open_field(&f, part);
    error = least ? error : -ENOMEM;
    const double limit = error ? NAN : tightest(&f);
    if (!isnan(limit))
        error = enter_fitting(&f);
    if (!error && f.n) {
        ht_report_answer(&f, c);
        error = say_fitting(&f, limit, least, c);
        ht_figures_mean(&part->figures, HT_TIME, f.eligible[0], f.eligible[0], f.jobs,
                        &f.ratio[f.eligible[0]], NULL);
        ht_report_doubt(&f, HT_TIME, c);
        if (limit > 2)
            ht_report_add(c->doubt, " That is no tight heap: add --heap 1.3x,1.75x and the heap pass.");
    }
    free(least);
    ht_report_close_field(&f);
    return error;
}
