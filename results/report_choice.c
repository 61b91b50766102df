/* Which one: what the run says to those who have to choose. Each answer is the best of those that did all of the work and
 * never failed in it, with what it costs and who can't be told from it. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/outcome.h"
#include "results/collected.h"
#include "results/report_parts.h"

/* What a choice is made from: strategies that are asked for the same jobs. */
struct field {
    const struct ht_report_part *part;
    bool *jobs;
    size_t count;     /* of the jobs */
    size_t *eligible; /* the best first */
    double *score;
    size_t n;
    struct ht_interval *ratio; /* of each over the baseline, by strategy */
    char failed[HT_REPORT_WORDS];
    size_t failures;
};

static const char *name_of(const struct field *f, size_t strategy)
{
    return f->part->summary->strategy[strategy].name;
}

static int open_field(struct field *f, const struct ht_report_part *part)
{
    const struct ht_summary *const s = part->summary;
    *f = (struct field){.part = part,
                        .jobs = calloc(s->jobs + 1, sizeof *f->jobs),
                        .eligible = calloc(2 * s->strategies + 2, sizeof *f->eligible),
                        .score = calloc(s->strategies + 1, sizeof *f->score),
                        .ratio = calloc(s->strategies + 1, sizeof *f->ratio)};
    return f->jobs && f->eligible && f->score && f->ratio ? 0 : -ENOMEM;
}

static void close_field(struct field *f)
{
    free(f->jobs);
    free(f->eligible);
    free(f->score);
    free(f->ratio);
}

/* Sorted in by its score: the least first. */
static void enter(struct field *f, size_t strategy, double score)
{
    size_t at = f->n++;
    for (; at > 0 && f->score[at - 1] > score; at--) {
        f->score[at] = f->score[at - 1];
        f->eligible[at] = f->eligible[at - 1];
    }
    f->score[at] = score;
    f->eligible[at] = strategy;
}

static bool has_figure(const struct ht_report_part *part, enum ht_metric metric, size_t strategy, size_t job)
{
    return !isnan(ht_figures_median(&part->figures, metric, strategy, job));
}

/* Rivals with a figure in every job of the field, and no failure there, by their mean over the baseline. */
static int enter_all(struct field *f, enum ht_metric metric)
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
            enter(f, i, f->ratio[i].estimate);
        }
    }
    return 0;
}

/* Those that can't be told from the best, and what else makes the answer less sure. */
static void doubt(const struct field *f, enum ht_metric metric, struct ht_report_choice *c)
{
    size_t *const same = f->eligible + f->part->summary->strategies + 1;
    const size_t n = ht_report_same(f->part, metric, f->jobs, f->eligible[0], f->eligible, f->n, same),
                 rounds = f->ratio[f->eligible[0]].n;
    for (size_t i = 0; i < n; i++)
        ht_report_add_name(c->doubt, i, n, name_of(f, same[i]));
    if (n)
        ht_report_add(c->doubt, " can’t be told from it here. ");
    if (rounds == 1)
        ht_report_add(c->doubt, "From one round: a look, and small differences may be noise. ");
    else if (rounds <= HT_STATS_RANGE_MAX)
        ht_report_add(c->doubt, "From %zu rounds: a look, no decision. ", rounds);
    if (f->failures)
        ht_report_add(c->doubt, "Left out, because they failed there: %s.", f->failed);
}

/* " over larson, mstress and 3 others" */
static void add_jobs(const struct field *f, char words[HT_REPORT_WORDS])
{
    size_t nth = 0;
    for (size_t j = 0; j < f->part->summary->jobs; j++) {
        char label[160];
        ht_report_label(f->part->summary, j, label, sizeof label);
        if (f->jobs[j])
            ht_report_add_name(words, nth++, f->count, label);
    }
}

/* ---- a server of small objects -------------------------------------------------------------------------- */

static bool is_server(const char *workload)
{
    static const char *const names[] = {"larson",        "xmalloc-test", "glibc-thread", "mstress",
                                        "rptest",        "threadtest",   "mleak",        "prodcons-shared",
                                        "small-objects", "redis"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(names[i], workload))
            return true;
    return false;
}

static void say_server(const struct field *f, struct ht_report_choice *c)
{
    const struct ht_summary *const s = f->part->summary;
    const size_t best = f->eligible[0];
    char interval[64];
    struct ht_interval memory;
    size_t cells;
    bool threads = false;
    for (size_t j = 0; j < s->jobs; j++)
        threads |= f->jobs[j] && s->job[j].threads > 1 && s->job[j].threads != HT_ABSENT;
    ht_report_interval(interval, &f->ratio[best]);
    ht_report_add(c->because, best == s->baseline ? "The fastest, and the baseline" : "%s × the time of %s",
                  interval, name_of(f, s->baseline));
    if (!ht_figures_mean(&f->part->figures, HT_MEMORY, best, s->baseline, f->jobs, &memory, &cells) &&
        cells && best != s->baseline) {
        char ratio[24];
        ht_report_ratio(ratio, memory.estimate);
        ht_report_add(c->because, " and %s × its memory", ratio);
    }
    ht_report_add(c->because, ", in ");
    add_jobs(f, c->because);
    ht_report_add(c->because, ".%s",
                  threads ? "" : " One thread only: add --threads 1,4 for a server with more.");
}

static int choose_server(const struct ht_report_part *part, struct ht_report_choice *c)
{
    const struct ht_summary *const s = part->summary;
    struct field f;
    int error = open_field(&f, part);
    for (size_t j = 0; !error && j < s->jobs; j++) {
        f.jobs[j] = is_server(s->job[j].workload) && has_figure(part, HT_TIME, s->baseline, j);
        f.count += f.jobs[j];
    }
    error = error || !f.count ? error : enter_all(&f, HT_TIME);
    if (!error && f.n) {
        snprintf(c->answer, sizeof c->answer, "%s", name_of(&f, f.eligible[0]));
        say_server(&f, c);
        doubt(&f, HT_TIME, c);
    }
    close_field(&f);
    return error;
}

/* ---- bounded latency ------------------------------------------------------------------------------------ */

/* The longest p99.9 of any job, and where. */
static double worst_of(const struct field *f, size_t strategy, size_t *job)
{
    double most = 0;
    for (size_t j = 0; j < f->part->summary->jobs; j++) {
        const double here = f->jobs[j] ? ht_figures_median(&f->part->figures, HT_P999, strategy, j) : NAN;
        if (here > most) {
            most = here;
            *job = j;
        }
    }
    return most;
}

static void say_latency(const struct field *f, struct ht_report_choice *c)
{
    const struct ht_summary *const s = f->part->summary;
    const size_t best = f->eligible[0];
    char interval[64], worst[24], label[160];
    size_t job = 0;
    ht_report_interval(interval, &f->ratio[best]);
    ht_report_time(worst, worst_of(f, best, &job));
    ht_report_label(s, job, label, sizeof label);
    ht_report_add(c->because, best == s->baseline ? "The best, and the baseline" : "%s × the p99.9 of %s",
                  interval, name_of(f, s->baseline));
    ht_report_add(c->because,
                  " over %zu workload%s: one operation in 1000 takes longer. Its worst is %s, in %s.",
                  f->count, f->count == 1 ? "" : "s", worst, label);
}

static int choose_latency(const struct ht_report_part *part, struct ht_report_choice *c)
{
    const struct ht_summary *const s = part->summary;
    struct field f;
    int error = open_field(&f, part);
    for (size_t j = 0; !error && j < s->jobs; j++) {
        f.jobs[j] = part->figures.of[HT_P999] && has_figure(part, HT_P999, s->baseline, j);
        f.count += f.jobs[j];
    }
    error = error || !f.count ? error : enter_all(&f, HT_P999);
    if (!error && f.n) {
        snprintf(c->answer, sizeof c->answer, "%s", name_of(&f, f.eligible[0]));
        say_latency(&f, c);
        doubt(&f, HT_P999, c);
    }
    close_field(&f);
    return error;
}

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

static void say_pauses(const struct field *f, const double *mmu, struct ht_report_choice *c)
{
    const struct ht_summary *const s = f->part->summary;
    const size_t best = f->eligible[0];
    char pause[24], second[24];
    ht_report_time(pause, f->score[0]);
    ht_report_add(c->because, "Its longest pause in %zu workload%s is %s", f->count, f->count == 1 ? "" : "s",
                  pause);
    if (f->n > 1) {
        ht_report_time(second, f->score[1]);
        ht_report_add(c->because, "; next is %s with %s", name_of(f, f->eligible[1]), second);
    }
    ht_report_add(c->because, ".");
    const double least = ht_collected_over(s, mmu, best, HT_OVER_LEAST, NULL);
    if (!isnan(least))
        ht_report_add(c->because, " In any 10 ms the program has at least %.0f %% for itself.", 100 * least);
    if (s->strategy[best].suite[HT_TIME].n && best != s->baseline) {
        char interval[64];
        ht_report_interval(interval, &s->strategy[best].suite[HT_TIME]);
        ht_report_add(c->because, " It takes %s × the time of %s.", interval, name_of(f, s->baseline));
    }
    ht_report_add(c->doubt,
                  "A longest pause repeats badly: run the pauses pass in more rounds before you rely on it.");
}

static int choose_pauses(const struct ht_report_part *part, struct ht_report_choice *c)
{
    const struct ht_summary *const s = part->summary;
    struct field f;
    double *const pause = ht_collected_medians(s, ht_collected_pause_max), *const mmu = ht_collected_medians(
                                                                               s, ht_collected_mmu);
    int error = open_field(&f, part);
    error = pause && mmu ? error : -ENOMEM;
    f.count = error ? 0 : most_cells(s, pause);
    for (size_t i = 0; f.count && i < s->strategies; i++)
        if (ht_report_is_rival(s, i) && count_cells(s, pause, i) == f.count &&
            !ht_report_has_failed(s, i, NULL))
            enter(&f, i, ht_collected_over(s, pause, i, HT_OVER_MOST, NULL));
    if (f.n) {
        snprintf(c->answer, sizeof c->answer, "%s", name_of(&f, f.eligible[0]));
        say_pauses(&f, mmu, c);
    }
    free(pause);
    free(mmu);
    close_field(&f);
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
static double tightest(struct field *f)
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
                ended += f->jobs[j] && has_figure(f->part, HT_TIME, i, j);
            if (ht_report_is_rival(s, i) && ended == f->count)
                return here;
        }
        last = here;
    }
}

/* Time of one strategy over another's, without a baseline: that may not fit. */
static int enter_fitting(struct field *f)
{
    const struct ht_report_part *const part = f->part;
    for (size_t i = 0; i < part->summary->strategies; i++) {
        double sum = 0;
        size_t ended = 0;
        for (size_t j = 0; j < part->summary->jobs; j++)
            if (f->jobs[j] && has_figure(part, HT_TIME, i, j)) {
                sum += log(ht_figures_median(&part->figures, HT_TIME, i, j));
                ended++;
            }
        if (ht_report_is_rival(part->summary, i) && ended == f->count)
            enter(f, i, sum / (double)ended);
    }
    return 0;
}

static int say_fitting(struct field *f, double limit, const double *least, struct ht_report_choice *c)
{
    const struct ht_summary *const s = f->part->summary;
    size_t rivals = 0;
    char ratio[24];
    for (size_t i = 0; i < s->strategies; i++)
        rivals += ht_report_is_rival(s, i);
    ht_report_add(c->because, "With a heap of %g × what is live, %zu of %zu collectors end all of ", limit,
                  f->n, rivals);
    add_jobs(f, c->because);
    ht_report_add(c->because, ", and it is the fastest of them");
    if (f->n > 1) {
        struct ht_interval next;
        const int error =
            ht_figures_mean(&f->part->figures, HT_TIME, f->eligible[1], f->eligible[0], f->jobs, &next, NULL);
        if (error)
            return error;
        ht_report_ratio(ratio, next.n ? next.estimate : exp(f->score[1] - f->score[0]));
        ht_report_add(c->because, " (next: %s, %s × its time)", name_of(f, f->eligible[1]), ratio);
    }
    ht_report_add(c->because, ".");
    const double own = ht_collected_over(s, least, f->eligible[0], HT_OVER_GEOMETRIC, NULL);
    if (own < limit)
        ht_report_add(c->because, " The smallest heap that it ends in is %.3g × what is live.", own);
    return 0;
}

static int choose_small(const struct ht_report_part *part, struct ht_report_choice *c)
{
    struct field f;
    double *const least = ht_collected_medians(part->summary, ht_collected_min_heap);
    int error = open_field(&f, part);
    error = least ? error : -ENOMEM;
    const double limit = error ? NAN : tightest(&f);
    if (!isnan(limit))
        error = enter_fitting(&f);
    if (!error && f.n) {
        snprintf(c->answer, sizeof c->answer, "%s", name_of(&f, f.eligible[0]));
        error = say_fitting(&f, limit, least, c);
        ht_figures_mean(&part->figures, HT_TIME, f.eligible[0], f.eligible[0], f.jobs,
                        &f.ratio[f.eligible[0]], NULL);
        doubt(&f, HT_TIME, c);
        if (limit > 2)
            ht_report_add(c->doubt, " That is no tight heap: add --heap 1.3x,1.75x and the heap pass.");
    }
    free(least);
    close_field(&f);
    return error;
}

/* ---- all ------------------------------------------------------------------------------------------------ */

static const struct {
    const char *question, *see, *lacks;
    bool collectors;
    int (*choose)(const struct ht_report_part *part, struct ht_report_choice *choice);
} questions[HT_REPORT_CHOICES] = {
    {"Which allocator for a server of small objects?", "time",
     "This run can’t tell. It takes: heaptrial run -a allocators -w larson,mstress,rptest,xmalloc-test "
     "--threads 1,4",
     false, choose_server},
    {"Which allocator for bounded latency?", "latency",
     "This run can’t tell. It takes the latency pass: heaptrial run -a allocators -p latency", false,
     choose_latency},
    {"Which collector for short pauses?", "pauses",
     "This run can’t tell. It takes the pauses pass: heaptrial run -a collectors -p throughput,pauses", true,
     choose_pauses},
    {"Which collector under memory pressure?", "heaps",
     "This run can’t tell. It takes small heaps: heaptrial run -a collectors -w gcbench -p throughput,heap "
     "--heap 1.3x,1.75x,3x",
     true, choose_small},
};

size_t ht_report_choose(const struct ht_report *report, struct ht_report_choice choice[HT_REPORT_CHOICES])
{
    for (size_t q = 0; q < HT_REPORT_CHOICES; q++) {
        choice[q] = (struct ht_report_choice){.question = questions[q].question, .see = questions[q].see};
        for (size_t p = 0; p < report->parts; p++)
            if (report->part[p].collectors == questions[q].collectors &&
                questions[q].choose(&report->part[p], &choice[q]))
                choice[q].answer[0] = '\0';
        if (!choice[q].answer[0])
            snprintf(choice[q].because, sizeof choice[q].because, "%s", questions[q].lacks);
    }
    return HT_REPORT_CHOICES;
}
