#include "results/compare.h"

#include <errno.h>
#include <stdlib.h>

#include "results/compare_parts.h"

const char *ht_verdict_word(enum ht_verdict verdict)
{
    static const char *const words[] = {
#define X(id, word) word,
        HT_VERDICTS_LIST(X)
#undef X
    };
    return words[verdict];
}

const char *ht_compare_by_word(enum ht_compare_by by)
{
    static const char *const words[] = {"strategy", "workload", "threads"};
    return words[by];
}

struct ht_compare_options ht_compare_defaults(void)
{
    struct ht_compare_options o = {.alpha = 1 - HT_COMPARE_LEVEL, .margin = NAN};
    for (enum ht_metric metric = 0; metric < HT_METRICS; metric++) {
        o.limit[metric] = NAN;
        o.metrics |= HT_METRIC_BIT(metric);
        o.gating |= ht_metric_role(metric) == HT_ROLE_ADVISORY ? 0 : HT_METRIC_BIT(metric);
    }
    return o;
}

unsigned ht_compare_metrics_of_one_run(void)
{
    unsigned metrics = 0;
    for (enum ht_metric metric = 0; metric < HT_METRICS; metric++)
        metrics |= ht_metric_is_of_workload(metric) ? 0 : HT_METRIC_BIT(metric);
    return metrics;
}

void *ht_compare_grow(void *things, size_t count, size_t bytes)
{
    /* At 0, 1, 2, 4, 8...: there is room up to the next power. */
    if (count & (count - 1))
        return things;
    return realloc(things, (count ? 2 * count : 1) * bytes);
}

/* ---- twins ---------------------------------------------------------------------------------------------- */

static bool has_strategy(const struct ht_summary *s, const char *name)
{
    for (size_t i = 0; s->sides && i < s->jobs; i++)
        if (!strcmp(s->job[i].strategy, name))
            return true;
    for (size_t i = 0; !s->sides && i < s->strategies; i++)
        if (!strcmp(s->strategy[i].name, name))
            return true;
    return false;
}

static int check_twin(const struct ht_compare *c, const struct ht_summary *const *summary, size_t n,
                      char why[256])
{
    for (size_t i = 0; c->options.twin && i < n; i++)
        if (has_strategy(summary[i], c->options.twin))
            return 0;
    snprintf(why, 256, "no rows of %.100s, which is said to be the same on both sides",
             c->options.twin ? c->options.twin : "");
    return c->options.twin ? -ENOENT : 0;
}

bool ht_compare_is_twin(const struct ht_compare *c, const struct ht_summary *s, size_t subject, size_t job)
{
    const char *const name = s->sides ? s->job[job].strategy : s->strategy[subject].name;
    return c->options.twin && !strcmp(c->options.twin, name);
}

/* ---- lines ---------------------------------------------------------------------------------------------- */

/* By cell and metric of a summary. */
static int count_rows(const struct ht_compare *c, const struct ht_summary *s, struct ht_compare_rows **counts)
{
    *counts = calloc(s->cells * HT_METRICS + 1, sizeof **counts);
    if (!*counts)
        return -ENOMEM;
    for (size_t i = 0; i < s->rows->count; i++) {
        const struct ht_row *const row = &s->rows->row[i];
        const struct ht_index_key key = {{s->strategy_of[i], s->job_of[i]}};
        const size_t cell = ht_index_find(&s->cell_index, key);
        for (enum ht_metric metric = 0; metric < HT_METRICS && !row->fault[0]; metric++) {
            struct ht_compare_rows *const n = &(*counts)[cell * HT_METRICS + metric];
            if (!(c->options.metrics & HT_METRIC_BIT(metric)) || !ht_metric_is_taken(row, metric))
                continue;
            if (!ht_summary_is_ok(row))
                n->not_ok++;
            else if (isnan(ht_metric_figure(row, metric)))
                n->empty++;
            else
                n->ok++;
        }
    }
    return 0;
}

/* With threads an exact metric may be off by as many times its limit as its own margin says. */
static double margin_of(const struct ht_compare_options *o, enum ht_metric metric, uint64_t threads)
{
    const double own = ht_metric_margin(metric, threads);
    const bool exact = ht_metric_role(metric) == HT_ROLE_EXACT;
    if (!isnan(o->limit[metric]))
        return exact ? o->limit[metric] * own / ht_metric_margin(metric, 1) : o->limit[metric];
    return exact || isnan(o->margin) ? own : o->margin;
}

static int add_line(struct ht_compare *c, const struct ht_summary *s, enum ht_metric metric,
                    const struct ht_pair *pair, size_t pairs, const struct ht_compare_rows *counts)
{
    struct ht_compare_line *const line = ht_compare_grow(c->line, c->lines, sizeof *line);
    if (!line)
        return -ENOMEM;
    const struct ht_summary_cell *const cell = &s->cell[pair->cell];
    const struct ht_index_key base = {{s->baseline, cell->job}};
    c->line = line;
    line[c->lines++] = (struct ht_compare_line){
        .summary = s,
        .cell = pair->cell,
        .metric = metric,
        .pair = pair,
        .pairs = pairs,
        .base = counts[ht_index_find(&s->cell_index, base) * HT_METRICS + metric],
        .new = counts[pair->cell * HT_METRICS + metric],
        .ratio = cell->ratio[metric],
        .margin = margin_of(&c->options, metric, s->job[cell->job].threads),
        .gating = c->options.gating &HT_METRIC_BIT(metric),
        .twin = ht_compare_is_twin(c, s, cell->strategy, cell->job),
    };
    return 0;
}

/* Overhead is over a bound, not over the baseline. */
static int add_lines(struct ht_compare *c, const struct ht_summary *s)
{
    struct ht_compare_rows *counts;
    int error = count_rows(c, s, &counts);
    for (enum ht_metric metric = 0; metric < HT_METRICS && !error; metric++) {
        const struct ht_pair *const pair = s->pair[metric];
        const bool wanted = metric != HT_OVERHEAD && c->options.metrics & HT_METRIC_BIT(metric);
        for (size_t i = 0, end; wanted && !error && i < s->pairs[metric]; i = end) {
            for (end = i; end < s->pairs[metric] && pair[end].cell == pair[i].cell; end++)
                ;
            if (s->cell[pair[i].cell].strategy != s->baseline)
                error = add_line(c, s, metric, pair + i, end - i, counts);
        }
    }
    c->repeated += s->repeated;
    free(counts);
    return error;
}

/* ---- judging -------------------------------------------------------------------------------------------- */

static bool is_exact(const struct ht_compare_line *line)
{
    return ht_metric_role(line->metric) == HT_ROLE_EXACT;
}

/* Two-sided p that the change is not beyond the threshold. */
static double p_beyond(const struct ht_compare_line *line, double *x)
{
    const double shift = log1p(line->threshold);
    for (size_t i = 0; i < line->pairs; i++)
        x[i] = line->pair[i].x - shift;
    const double more = ht_wilcoxon_tails(x, line->pairs).above;
    for (size_t i = 0; i < line->pairs; i++)
        x[i] = line->pair[i].x + shift;
    return fmin(1, 2 * fmin(more, ht_wilcoxon_tails(x, line->pairs).below));
}

/* The interval's width tells the standard error; beyond the threshold by so many of them. */
static double smallest_seen(const struct ht_compare_line *line)
{
    if (is_exact(line))
        return line->margin;
    if (line->ratio.range)
        return NAN;
    const double z = ht_normal_quantile((1 - HT_COMPARE_LEVEL) / 2);
    const double error = log(line->ratio.high / line->ratio.low) / (2 * z);
    return expm1(log1p(line->threshold) + (z + ht_normal_quantile(1 - HT_COMPARE_POWER)) * error);
}

static int measure_lines(struct ht_compare *c)
{
    for (size_t i = 0; i < c->lines; i++)
        if (!is_exact(&c->line[i]) && c->line[i].pairs > c->most_pairs)
            c->most_pairs = c->line[i].pairs;
    double *const x = malloc((c->most_pairs + 1) * sizeof *x);
    if (!x)
        return -ENOMEM;
    for (struct ht_compare_line *line = c->line; line < c->line + c->lines; line++) {
        const double floor = c->floor[line->metric].measured;
        line->threshold = is_exact(line) || !(floor > line->margin) ? line->margin : floor;
        line->p = is_exact(line) || line->pairs < 2 ? NAN : p_beyond(line, x);
        line->p_adjusted = line->p;
        line->smallest = smallest_seen(line);
    }
    free(x);
    return 0;
}

static bool is_tested(const struct ht_compare_line *line, bool gating)
{
    return line->gating == gating && !line->twin && !isnan(line->p);
}

/* Adjusts the p of all lines that can fail, or of all others. */
static int adjust(struct ht_compare *c, bool gating)
{
    double *const p = malloc((c->lines + 1) * sizeof *p);
    size_t n = 0, k = 0;
    if (!p)
        return -ENOMEM;
    for (size_t i = 0; i < c->lines; i++)
        if (is_tested(&c->line[i], gating))
            p[n++] = c->line[i].p;
    const int error = gating ? ht_holm(p, n) : ht_benjamini_hochberg(p, n);
    for (size_t i = 0; !error && i < c->lines; i++)
        if (is_tested(&c->line[i], gating))
            c->line[i].p_adjusted = p[k++];
    if (gating)
        c->tested = n;
    free(p);
    return error;
}

enum ht_verdict ht_compare_judge(const struct ht_interval *ratio, double margin, double threshold, bool exact,
                                 bool called)
{
    const double low = exact ? ratio->estimate : ratio->low, high = exact ? ratio->estimate : ratio->high;
    if (!exact && ratio->range)
        return HT_INCONCLUSIVE;
    if (called && low > 1 + threshold)
        return HT_REGRESSED;
    if (called && high < 1 / (1 + threshold))
        return HT_IMPROVED;
    return low >= 1 / (1 + margin) && high <= 1 + margin ? HT_EQUIVALENT : HT_INCONCLUSIVE;
}

static void judge_lines(struct ht_compare *c)
{
    for (struct ht_compare_line *line = c->line; line < c->line + c->lines; line++) {
        const bool called = is_exact(line) || line->p_adjusted <= c->options.alpha;
        line->verdict = ht_compare_judge(&line->ratio, line->margin, line->threshold, is_exact(line), called);
        if (!line->twin)
            c->verdicts[line->gating][line->verdict]++;
    }
}

static int worst_first(const void *a, const void *b)
{
    const struct ht_compare_line *const p = a, *const q = b;
    if (p->verdict != q->verdict)
        return p->verdict < q->verdict ? -1 : 1;
    const double x = fabs(log(p->ratio.estimate)), y = fabs(log(q->ratio.estimate));
    if (x != y)
        return x > y ? -1 : 1;
    return p->pair != q->pair ? (p->pair > q->pair) - (p->pair < q->pair) : 0;
}

bool ht_compare_is_worse(const struct ht_compare *c)
{
    for (size_t i = 0; i < c->outcomes; i++)
        if (c->outcome[i].verdict == HT_REGRESSED)
            return true;
    return c->verdicts[true][HT_REGRESSED] > 0;
}

size_t ht_compare_pairs_needed(size_t tested, double alpha)
{
    size_t n = HT_STATS_RANGE_MAX + 1;
    while (ldexp(1, 1 - (int)n) * (double)tested > alpha)
        n++;
    return n;
}

/* ---- open and close ------------------------------------------------------------------------------------- */

static int compare_all(struct ht_compare *c, const struct ht_summary *const *summary, size_t n, char why[256])
{
    int error = check_twin(c, summary, n, why);
    if (error)
        return error;
    for (size_t i = 0; i < n && !error; i++)
        error = add_lines(c, summary[i]);
    error = error ? error : ht_compare_find_floors(c, summary, n);
    error = error ? error : measure_lines(c);
    error = error ? error : adjust(c, true);
    error = error ? error : adjust(c, false);
    if (error)
        return error;
    judge_lines(c);
    for (size_t i = 0; i < n && !error; i++) {
        error = ht_compare_add_groups(c, summary[i]);
        error = error ? error : ht_compare_add_outcomes(c, summary[i]);
        error = error ? error : ht_compare_add_gaps(c, summary[i]);
    }
    if (error)
        return error;
    if (!c->lines && !c->outcomes && !c->faulted) {
        snprintf(why, 256, "nothing is on both sides in one round: there is no pair");
        return -ENODATA;
    }
    if (c->lines)
        qsort(c->line, c->lines, sizeof *c->line, worst_first);
    ht_compare_sort_groups(c);
    ht_compare_sort_outcomes(c);
    return 0;
}

int ht_compare_open(struct ht_compare *compare, const struct ht_summary *const *summary, size_t summaries,
                    const struct ht_compare_options *options, char why[256])
{
    *compare = (struct ht_compare){
        .options = *options, .summary = malloc((summaries + 1) * sizeof *summary), .summaries = summaries};
    snprintf(why, 256, "no memory left");
    if (compare->summary)
        memcpy(compare->summary, summary, summaries * sizeof *summary);
    const int error = compare->summary ? compare_all(compare, summary, summaries, why) : -ENOMEM;
    if (error)
        ht_compare_close(compare);
    else
        why[0] = '\0';
    return error;
}

void ht_compare_close(struct ht_compare *c)
{
    free(c->summary);
    free(c->line);
    free(c->group);
    free(c->outcome);
    free(c->gap);
    *c = (struct ht_compare){.lines = 0};
}
