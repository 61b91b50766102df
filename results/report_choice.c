/* Which one: what the run says to those who have to choose. Each answer is the best of those that did all of the work and
 * never failed in it, with what it costs and who can't be told from it. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "results/report_field.h"

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

static void say_server(const struct ht_report_field *f, struct ht_report_choice *c)
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
                  interval, ht_report_field_name(f, s->baseline));
    if (!ht_figures_mean(&f->part->figures, HT_MEMORY, best, s->baseline, f->jobs, &memory, &cells) &&
        cells && best != s->baseline) {
        char ratio[24];
        ht_report_ratio(ratio, memory.estimate);
        ht_report_add(c->because, " and %s × its memory", ratio);
    }
    ht_report_add(c->because, ", in ");
    ht_report_add_jobs(f, c);
    ht_report_add(c->because, ".");
    ht_report_add_next(f, c->because);
    if (!threads)
        ht_report_add(c->because, " One thread only: add --threads 1,4 for a server with more.");
}

int ht_report_choose_server(const struct ht_report_part *part, struct ht_report_choice *c)
{
    const struct ht_summary *const s = part->summary;
    struct ht_report_field f;
    int error = ht_report_open_field(&f, part);
    for (size_t j = 0; !error && j < s->jobs; j++) {
        f.jobs[j] = is_server(s->job[j].workload) && ht_report_has_figure(part, HT_TIME, s->baseline, j);
        f.count += f.jobs[j];
    }
    error = error || !f.count ? error : ht_report_enter_all(&f, HT_TIME);
    if (!error && f.n) {
        ht_report_answer(&f, c);
        say_server(&f, c);
        ht_report_add_bad(&f, HT_TIME, f.jobs, c);
        ht_report_doubt(&f, HT_TIME, c);
        ht_report_say_left_out(&f, f.jobs, c);
    }
    ht_report_close_field(&f);
    return error;
}

/* ---- bounded latency ------------------------------------------------------------------------------------ */

/* The longest p99.9 of any job, and where. */
static double worst_of(const struct ht_report_field *f, size_t strategy, size_t *job)
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

static void say_latency(const struct ht_report_field *f, struct ht_report_choice *c)
{
    const struct ht_summary *const s = f->part->summary;
    const size_t best = f->eligible[0];
    char interval[64], worst[24], label[160];
    size_t job = 0;
    ht_report_interval(interval, &f->ratio[best]);
    ht_report_time(worst, worst_of(f, best, &job));
    ht_report_label(s, job, label, sizeof label);
    ht_report_add(c->because, best == s->baseline ? "The best, and the baseline" : "%s × the p99.9 of %s",
                  interval, ht_report_field_name(f, s->baseline));
    ht_report_add(c->because,
                  " over %zu workload%s: one operation in 1000 takes longer. Its worst is %s, in %s.",
                  f->count, f->count == 1 ? "" : "s", worst, label);
    ht_report_add_next(f, c->because);
}

int ht_report_choose_latency(const struct ht_report_part *part, struct ht_report_choice *c)
{
    const struct ht_summary *const s = part->summary;
    struct ht_report_field f;
    int error = ht_report_open_field(&f, part);
    for (size_t j = 0; !error && j < s->jobs; j++) {
        f.jobs[j] = part->figures.of[HT_P999] && ht_report_has_figure(part, HT_P999, s->baseline, j);
        f.count += f.jobs[j];
    }
    error = error || !f.count ? error : ht_report_enter_all(&f, HT_P999);
    if (!error && f.n) {
        ht_report_answer(&f, c);
        say_latency(&f, c);
        ht_report_add_bad(&f, HT_P999, NULL, c);
        ht_report_doubt(&f, HT_P999, c);
        ht_report_say_left_out(&f, f.jobs, c);
    }
    ht_report_close_field(&f);
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
     false, ht_report_choose_server},
    {"Which allocator for bounded latency?", "latency",
     "This run can’t tell. It takes the latency pass: heaptrial run -a allocators -p latency", false,
     ht_report_choose_latency},
    {"Which collector for short pauses?", "pauses",
     "This run can’t tell. It takes the pauses pass: heaptrial run -a collectors -p throughput,pauses", true,
     ht_report_choose_pauses},
    {"Which collector under memory pressure?", "heaps",
     "This run can’t tell. It takes small heaps: heaptrial run -a collectors -w gcbench -p throughput,heap "
     "--heap 1.3x,1.75x,3x",
     true, ht_report_choose_small},
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

int ht_report_name(struct ht_report_part *part, const struct ht_report_choice *choice, size_t n)
{
    const size_t strategies = part->summary->strategies;
    size_t *const order = calloc(strategies + 1, sizeof *order);
    free(part->named);
    part->named = calloc(strategies + 1, sizeof *part->named);
    const int error = order && part->named ? 0 : -ENOMEM;
    if (!error && ht_report_rank(part, HT_TIME, order))
        part->named[order[0]] = true;
    for (size_t i = 0; i < n && !error; i++)
        for (size_t k = 0; choice[i].part == part && k < choice[i].names; k++)
            part->named[choice[i].named[k]] = true;
    free(order);
    return error;
}
