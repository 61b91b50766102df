/* The findings of the report, in words that are made from the figures. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/outcome.h"
#include "results/collected.h"
#include "results/report_parts.h"

enum { ROUNDS_TO_DECIDE = 20 };

static const char *name_of(const struct ht_report_part *part, size_t strategy)
{
    return part->summary->strategy[strategy].name;
}

static const struct ht_interval *suite(const struct ht_report_part *part, enum ht_metric metric,
                                       size_t strategy)
{
    return &part->summary->strategy[strategy].suite[metric];
}

static const char *baseline(const struct ht_report_part *part)
{
    return name_of(part, part->summary->baseline);
}

/* " x and y can't be told from it." */
static void add_same(const struct ht_report_part *part, char words[HT_REPORT_WORDS], const size_t *same,
                     size_t n)
{
    for (size_t i = 0; i < n; i++)
        ht_report_add_name(words, i, n, name_of(part, same[i]));
    if (n)
        ht_report_add(words, " can’t be told from it. ");
}

static size_t count_rivals(const struct ht_report_part *part)
{
    size_t n = 0;
    for (size_t i = 0; i < part->summary->strategies; i++)
        n += ht_report_is_rival(part->summary, i);
    return n;
}

/* Puts the best of a metric over the suite, and who is as good. Returns it, or SIZE_MAX. */
static size_t add_best(const struct ht_report_part *part, enum ht_metric metric, const char *adjective,
                       const char *measure, char words[HT_REPORT_WORDS])
{
    const size_t strategies = part->summary->strategies;
    size_t *const order = calloc(2 * strategies + 2, sizeof *order), jobs, best = SIZE_MAX;
    const size_t n = order ? ht_report_rank(part, metric, order) : 0;
    bool plain;
    char interval[64];
    if (n > 1) {
        best = order[0];
        const struct ht_interval *const mean = suite(part, metric, best);
        const size_t wins = ht_report_wins(part, metric, best, &jobs);
        ht_report_jobs(part, metric, &plain);
        ht_report_interval(interval, mean);
        ht_report_add(words, "%s is %s", name_of(part, best), adjective);
        if (part->summary->strategy[best].compared[metric] ==
                part->summary->strategy[part->summary->baseline].compared[metric] &&
            n < count_rivals(part))
            ht_report_add(words, " of the %zu that ran everything", n);
        if (best == part->summary->baseline)
            ht_report_add(words, ", and is the baseline");
        else
            ht_report_add(words, ": %s × the %s of %s", interval, measure, baseline(part));
        if (jobs > 1)
            ht_report_add(words, ", and the best on %zu of %zu %s", wins, jobs,
                          plain ? "workloads" : "workloads and settings");
        ht_report_add(words, ". ");
        size_t *const same = order + strategies + 1;
        add_same(part, words, same, ht_report_same(part, metric, NULL, best, order, n, same));
        if (mean->n == 1 && best != part->summary->baseline)
            ht_report_add(words, "That is from one round. ");
    }
    free(order);
    return best;
}

/* "pool (11 of 21) is faster where it can run." Those that did not run all may still beat the best, cell by cell. */
static void add_partial(const struct ht_report_part *part, enum ht_metric metric, size_t best,
                        const char *comparative, char words[HT_REPORT_WORDS])
{
    const struct ht_summary *const s = part->summary;
    const size_t all = s->strategy[s->baseline].compared[metric];
    size_t *const found = calloc(s->strategies + 1, sizeof *found), n = 0;
    for (size_t i = 0; found && i < s->strategies; i++) {
        struct ht_interval ratio;
        const bool partial = ht_report_is_rival(s, i) && s->strategy[i].compared[metric] < all;
        if (partial && !ht_figures_mean(&part->figures, metric, i, best, NULL, &ratio, NULL) && ratio.n > 1 &&
            ratio.high < 1)
            found[n++] = i;
    }
    for (size_t i = 0; i < n; i++) {
        char name[120];
        snprintf(name, sizeof name, "%s (%zu of %zu)", name_of(part, found[i]),
                 s->strategy[found[i]].compared[metric], all);
        ht_report_add_name(words, i, n, name);
    }
    if (n)
        ht_report_add(words, n > 1 ? " are %s where they can run." : " is %s where it can run.", comparative);
    free(found);
}

void ht_report_say_time(const struct ht_report_part *part, char words[HT_REPORT_WORDS])
{
    char ratio[24];
    words[0] = '\0';
    const size_t best = add_best(part, HT_TIME, "fastest", "time", words);
    if (best == SIZE_MAX)
        return;
    if (suite(part, HT_MEMORY, best)->n && best != part->summary->baseline) {
        ht_report_ratio(ratio, suite(part, HT_MEMORY, best)->estimate);
        ht_report_add(words, "%s keeps %s × the memory. ", name_of(part, best), ratio);
    }
    add_partial(part, HT_TIME, best, "faster", words);
}

void ht_report_say_memory(const struct ht_report_part *part, char words[HT_REPORT_WORDS])
{
    char ratio[24];
    words[0] = '\0';
    const size_t best = add_best(part, HT_MEMORY, "smallest", "memory", words);
    if (best == SIZE_MAX || !suite(part, HT_TIME, best)->n || best == part->summary->baseline)
        return;
    ht_report_ratio(ratio, suite(part, HT_TIME, best)->estimate);
    ht_report_add(words, "%s takes %s × the time.", name_of(part, best), ratio);
}

/* The worst figure of a strategy over the jobs, and where. */
static double worst(const struct ht_report_part *part, enum ht_metric metric, size_t strategy, size_t *job)
{
    double most = NAN;
    for (size_t j = 0; part->figures.of[metric] && j < part->summary->jobs; j++) {
        const double here = ht_figures_median(&part->figures, metric, strategy, j);
        if (!isnan(here) && !(here <= most)) {
            most = here;
            *job = j;
        }
    }
    return most;
}

void ht_report_say_latency(const struct ht_report_part *part, char words[HT_REPORT_WORDS])
{
    char time[24], label[160];
    size_t job = 0;
    words[0] = '\0';
    const size_t best = add_best(part, HT_P999, "best at the 99.9th percentile", "p99.9 latency", words);
    if (best == SIZE_MAX)
        return;
    ht_report_time(time, worst(part, HT_P999, best, &job));
    ht_report_label(part->summary, job, label, sizeof label);
    ht_report_add(words, "The worst p99.9 of %s is %s, in %s.", name_of(part, best), time, label);
}

/* On the front when no other is at least as good in both and better in one. */
static bool is_beaten(const struct ht_report_part *part, const size_t *order, size_t n, size_t strategy)
{
    const double time = suite(part, HT_TIME, strategy)->estimate,
                 memory = suite(part, HT_MEMORY, strategy)->estimate;
    for (size_t i = 0; i < n; i++) {
        const double t = suite(part, HT_TIME, order[i])->estimate,
                     m = suite(part, HT_MEMORY, order[i])->estimate;
        if (t <= time && m <= memory && (t < time || m < memory))
            return true;
    }
    return false;
}

void ht_report_say_front(const struct ht_report_part *part, char words[HT_REPORT_WORDS])
{
    size_t *const order = calloc(part->summary->strategies + 1, sizeof *order), k = 0, nth = 0;
    const size_t n = order ? ht_report_rank(part, HT_TIME, order) : 0;
    words[0] = '\0';
    for (size_t i = 0; i < n; i++)
        k += !is_beaten(part, order, n, order[i]) && suite(part, HT_MEMORY, order[i])->n > 0;
    for (size_t i = 0; i < n && k; i++)
        if (!is_beaten(part, order, n, order[i]) && suite(part, HT_MEMORY, order[i])->n)
            ht_report_add_name(words, nth++, k, name_of(part, order[i]));
    if (k)
        ht_report_add(words, k > 1 ? ", from fast to small, are beaten by none in both time and memory; all "
                                     "others here are."
                                   : " is both the fastest and the smallest.");
    free(order);
}

void ht_report_say_pauses(const struct ht_report_part *part, char words[HT_REPORT_WORDS])
{
    const struct ht_summary *const s = part->summary;
    double *const of_cell = ht_collected_medians(s, ht_collected_pause_max);
    double least = INFINITY, most = 0;
    size_t best = SIZE_MAX, last = 0, at = 0, where = 0;
    words[0] = '\0';
    for (size_t i = 0; of_cell && i < s->strategies; i++) {
        size_t job;
        const double here =
            ht_report_is_rival(s, i) ? ht_collected_over(s, of_cell, i, HT_OVER_MOST, &job) : NAN;
        if (here < least) {
            least = here;
            best = i;
            where = job;
        }
        if (here > most) {
            most = here;
            last = i;
            at = job;
        }
    }
    if (best != SIZE_MAX && last != best) {
        char a[24], b[24], in[160], of[160];
        ht_report_time(a, least);
        ht_report_time(b, most);
        ht_report_label(s, where, in, sizeof in);
        ht_report_label(s, at, of, sizeof of);
        ht_report_add(
            words,
            "%s never stops a mutator for more than %s (in %s); %s does for up to %s (in %s). A long "
            "pause of a busy machine counts too.",
            name_of(part, best), a, in, name_of(part, last), b, of);
    }
    free(of_cell);
}

/* Strategies with an outcome that is a failure, or with oom; "rc (leak), boehm (crash, hang)". Returns how many. */
static size_t add_failed(const struct ht_summary *s, bool oom, char words[HT_REPORT_WORDS])
{
    size_t all = 0, nth = 0;
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < s->strategies; i++) {
            char name[200];
            const char *last = "";
            size_t used = (size_t)snprintf(name, sizeof name, "%s", s->strategy[i].name), kinds = 0;
            for (const struct ht_summary_failure *f = s->failure; f < s->failure + s->failures; f++) {
                const bool is_oom = !strcmp(f->outcome, ht_outcome_word(HT_OOM));
                if (f->strategy != i || (oom ? !is_oom : !ht_report_is_failure(f->outcome)) ||
                    !strcmp(last, f->outcome))
                    continue;
                if (!oom && used < sizeof name)
                    used += (size_t)snprintf(name + used, sizeof name - used, "%s%s", kinds ? ", " : " (",
                                             f->outcome);
                last = f->outcome;
                kinds++;
            }
            if (!oom && kinds && used < sizeof name)
                snprintf(name + used, sizeof name - used, ")");
            if (pass && kinds)
                ht_report_add_name(words, nth++, all, name);
            all += !pass && kinds;
        }
    return all;
}

void ht_report_say_failures(const struct ht_report_part *part, char words[HT_REPORT_WORDS])
{
    words[0] = '\0';
    if (add_failed(part->summary, false, words))
        ht_report_add(words, " failed. ");
    if (add_failed(part->summary, true, words))
        ht_report_add(words, " ran out of memory where others did not.");
}

void ht_report_say_rounds(const struct ht_report_part *part, char words[HT_REPORT_WORDS])
{
    const size_t rounds = part->summary->rounds[HT_TIME];
    words[0] = '\0';
    if (rounds == 1)
        ht_report_add(words,
                      "One round: it can’t be told what is a difference and what is noise. Take 6 rounds to "
                      "tell anything, and 20 to decide.");
    else if (rounds > 1 && rounds <= HT_STATS_RANGE_MAX)
        ht_report_add(words,
                      "%zu rounds: a look, no decision. What stands beside a ratio is the range of the "
                      "rounds; 6 are the least for an interval, 20 decide.",
                      rounds);
    else if (rounds)
        ht_report_add(words, "%zu rounds: what stands beside a ratio is its 95 %% interval.", rounds);
}

void ht_report_say_undecided(const struct ht_report_part *part, enum ht_metric metric,
                             const size_t verdicts[HT_VERDICTS], char words[HT_REPORT_WORDS])
{
    const size_t rounds = part->summary->rounds[metric];
    words[0] = '\0';
    if (!verdicts[HT_INCONCLUSIVE])
        return;
    if (rounds <= HT_STATS_RANGE_MAX)
        ht_report_add(words,
                      ", because it was measured in %zu round%s: no cell can be decided in fewer than %d",
                      rounds, rounds == 1 ? "" : "s", HT_STATS_RANGE_MAX + 1);
    else if (rounds < ROUNDS_TO_DECIDE && !verdicts[HT_IMPROVED] && !verdicts[HT_REGRESSED])
        ht_report_add(
            words,
            ", because after %zu rounds none of so many cells can be called better or worse by itself, "
            "which takes about %d; the mean over all of them, above, is surer",
            rounds, ROUNDS_TO_DECIDE);
}
