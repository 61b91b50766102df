/* The heat map: the ratio of each cell to the baseline with its interval, as a table that the page's script can sort, filter
 * and turn to another baseline. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/outcome.h"
#include "results/report_parts.h"

static const char *const title_of[HT_METRICS] = {
    [HT_TIME] = "Time",
    [HT_MEMORY] = "Memory",
    [HT_P999] = "Latency, 99.9th percentile",
    [HT_INSTRUCTIONS] = "Instructions",
};

static const char *const id_of[HT_METRICS] = {
    [HT_TIME] = "time",
    [HT_MEMORY] = "memory",
    [HT_P999] = "tail",
    [HT_INSTRUCTIONS] = "instructions",
};

/* How far a ratio is from 1, in steps of colour: -5..5. */
static int step_of(double ratio)
{
    static const double from[] = {0.07, 0.25, 0.55, 1, 1.7};
    const double far = log2(ratio);
    int step = 0;
    while (step < 5 && fabs(far) >= from[step])
        step++;
    return far < 0 ? -step : step;
}

/* It is not known which is better, and not known either that they are equal. */
static bool is_open(const struct ht_interval *i, double margin)
{
    return i->n > 1 && i->low <= 1 && i->high >= 1 && !(i->low >= 1 / (1 + margin) && i->high <= 1 + margin);
}

/* There are thousands of cells: what HTML lets out is left out. */
static void put_ratio(FILE *out, const struct ht_interval *i, double margin)
{
    char e[24], low[24], high[24];
    const int step = step_of(i->estimate);
    const bool open = is_open(i, margin);
    ht_report_ratio(e, i->estimate);
    fprintf(out, open ? "<td class=\"%c%d x\">≈<b>%s</b>" : "<td class=%c%d><b>%s</b>", step < 0 ? 'n' : 'p',
            abs(step), e);
    if (i->n > 1) {
        ht_report_ratio(low, i->low);
        ht_report_ratio(high, i->high);
        fprintf(out, "<i>%s–%s</i>", low, high);
    }
}

static void put_outcome(FILE *out, const struct ht_summary_cell *cell)
{
    const char *const outcome = cell && cell->outcome ? cell->outcome : NULL;
    if (!outcome || !strcmp(outcome, ht_outcome_word(HT_UNSUPPORTED))) {
        fputs(outcome ? "<td class=u>n/a" : "<td>", out);
        return;
    }
    fputs(ht_report_is_failure(outcome) ? "<td class=bad>" : "<td class=u>", out);
    ht_text_put_xml(out, outcome);
}

static void put_cell(FILE *out, const struct ht_summary *s, enum ht_metric metric, size_t strategy,
                     size_t job)
{
    const struct ht_summary_cell *const cell = ht_summary_cell(s, strategy, job);
    if (!cell || !cell->ratio[metric].n)
        put_outcome(out, cell);
    else if (strategy == s->baseline)
        fputs("<td class=base><b>1</b>", out);
    else
        put_ratio(out, &cell->ratio[metric], ht_metric_margin(metric, s->job[job].threads));
}

static void put_mean(FILE *out, const struct ht_summary *s, enum ht_metric metric, size_t strategy)
{
    const struct ht_interval *const i = &s->strategy[strategy].suite[metric];
    if (!i->n)
        fputs("<td>", out);
    else if (strategy == s->baseline)
        fputs("<td class=base><b>1</b>", out);
    else
        put_ratio(out, i, ht_metric_margin(metric, 1));
}

/* Keeps the strategies that have a figure, in their order. */
static size_t order_columns(const struct ht_report_part *part, enum ht_metric metric, size_t *order)
{
    const struct ht_summary *const s = part->summary;
    size_t n = 0, ranked;
    const size_t all = part->figures.of[metric] ? ht_report_order(part, metric, order, &ranked) : 0;
    for (size_t i = 0; i < all; i++) {
        size_t j = 0;
        while (j < s->jobs && isnan(ht_figures_median(&part->figures, metric, order[i], j)))
            j++;
        if (j < s->jobs)
            order[n++] = order[i];
    }
    return n;
}

/* Strategies that have a figure in a job. */
static size_t count_figures(const struct ht_report_part *part, enum ht_metric metric, size_t job)
{
    size_t n = 0;
    for (size_t i = 0; i < part->summary->strategies; i++)
        n += !isnan(ht_figures_median(&part->figures, metric, i, job));
    return n;
}

static bool has_ratio(const struct ht_summary *s, enum ht_metric metric, size_t job)
{
    const struct ht_summary_cell *const cell = ht_summary_cell(s, s->baseline, job);
    return cell && cell->ratio[metric].n;
}

static void put_head(FILE *out, const struct ht_report_part *part, const size_t *order, size_t columns)
{
    const struct ht_summary *const s = part->summary;
    fprintf(out, "<thead><tr><th scope=\"col\" data-sort=\"name\">%s</th>",
            part->collectors ? "workload, heap" : "workload");
    for (size_t i = 0; i < columns; i++) {
        fprintf(out, "<th scope=\"col\" data-sort=\"number\" data-s=\"%s%zu\"><span>", part->id, order[i]);
        ht_text_put_xml(out, s->strategy[order[i]].name);
        fputs("</span></th>", out);
    }
    fputs("</tr></thead>\n", out);
}

static void put_table(const struct ht_report *report, const struct ht_report_part *part,
                      enum ht_metric metric, const size_t *order, size_t columns)
{
    const struct ht_summary *const s = part->summary;
    FILE *const out = report->out;
    fprintf(out,
            "<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"%s of %s, table\">"
            "<table class=\"heat\" data-part=\"%s\" data-metric=\"%s\">"
            "<caption>%s relative to <span class=\"baseline\">",
            title_of[metric], part->name, part->id, ht_metric_word(metric), title_of[metric]);
    ht_text_put_xml(out, s->strategy[s->baseline].name);
    fputs("</span></caption>\n", out);
    put_head(out, part, order, columns);
    fputs("<tbody>\n", out);
    for (size_t j = 0; j < s->jobs; j++) {
        if (count_figures(part, metric, j) < 2)
            continue; /* a line that only another baseline has ratios in is there, but hidden */
        fprintf(out, "<tr data-j=\"%s%zu\"%s><th scope=\"row\">", part->id, j,
                has_ratio(s, metric, j) ? "" : " hidden");
        ht_report_put_job(report, s, j, false);
        fputs("</th>", out);
        for (size_t i = 0; i < columns; i++)
            put_cell(out, s, metric, order[i], j);
        fputs("</tr>\n", out);
    }
    fputs("</tbody><tfoot><tr><th scope=\"row\">geometric mean of all</th>", out);
    for (size_t i = 0; i < columns; i++)
        put_mean(out, s, metric, order[i]);
    fputs("</tr></tfoot></table></div>\n", out);
}

static void say_how(const struct ht_report_part *part, enum ht_metric metric, char how[HT_REPORT_WORDS])
{
    const size_t rounds = part->summary->rounds[metric];
    how[0] = '\0';
    ht_report_add(how,
                  "A cell is %s, over that of the baseline: below 1 (blue) is %s, above 1 (orange) is %s. ",
                  metric == HT_TIME     ? "the time of one strategy in one workload"
                  : metric == HT_MEMORY ? "the peak of resident memory"
                  : metric == HT_P999   ? "the latency that 1 operation in 1000 exceeds"
                                        : "the instructions of a window",
                  metric == HT_MEMORY         ? "smaller"
                  : metric == HT_INSTRUCTIONS ? "fewer"
                                              : "faster",
                  metric == HT_MEMORY         ? "larger"
                  : metric == HT_INSTRUCTIONS ? "more"
                                              : "slower");
    if (rounds > HT_STATS_RANGE_MAX)
        ht_report_add(how,
                      "Below it stands the 95 %% interval. Hatched, with ≈: the interval holds 1, so that it "
                      "is not known which is better.");
    else if (rounds > 1)
        ht_report_add(how,
                      "Below it stands the range of %zu rounds. Hatched, with ≈: 1 lies within, so that not "
                      "even the rounds agree on which is better.",
                      rounds);
    else
        ht_report_add(how, "One round: no interval can be given, and small differences may be noise.");
}

/* Which strategies are too many for a screen scroll in their own box. */
int ht_report_put_heat(struct ht_report *report, const struct ht_report_part *part, enum ht_metric metric)
{
    const struct ht_summary *const s = part->summary;
    size_t *const order = calloc(s->strategies + 1, sizeof *order);
    char finding[HT_REPORT_WORDS] = "", how[HT_REPORT_WORDS];
    if (!order)
        return -ENOMEM;
    const size_t columns = order_columns(part, metric, order);
    if (columns > 1) {
        if (metric == HT_TIME)
            ht_report_say_time(part, finding);
        else if (metric == HT_MEMORY)
            ht_report_say_memory(part, finding);
        say_how(part, metric, how);
        ht_report_begin(report, part, id_of[metric], title_of[metric], finding, how);
        put_table(report, part, metric, order, columns);
        ht_report_end(report);
    } else if (metric == HT_TIME || metric == HT_MEMORY) {
        ht_report_note_gap(report, part, title_of[metric],
                           metric == HT_TIME ? "the throughput pass, of two strategies: -p throughput"
                                             : "the memory pass, of two strategies: -p memory");
    }
    free(order);
    return 0;
}
