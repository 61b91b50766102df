#include "results/table.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "base/outcome.h"
#include "results/table_parts.h"
#include "results/text.h"

enum {
    RATIO_COLUMNS = 18,
    CELLS_COLUMNS = 7,
    SURVIVAL_COLUMNS = 11,
    NAME_COLUMNS_MAX = 20,
    WORKLOADS_NAMED = 10,
    FAILURES_NAMED = 40
};

/* ---- one line a strategy -------------------------------------------------------------------------------- */

static size_t name_columns(const struct ht_summary *s)
{
    size_t most = strlen("strategy");
    for (size_t i = 0; i < s->strategies; i++) {
        const size_t columns = ht_text_columns(s->strategy[i].name);
        most = columns > most ? columns : most;
    }
    return most < NAME_COLUMNS_MAX ? most : NAME_COLUMNS_MAX;
}

/* Time and memory always have a column; instructions when they were counted. Overhead stands among the figures of
 * collectors. */
static bool has_column(const struct ht_summary *s, enum ht_metric metric)
{
    return metric == HT_TIME || metric == HT_MEMORY || (metric == HT_INSTRUCTIONS && s->rounds[metric]);
}

/* The notes are of what is printed. */
static bool has_notes(const struct ht_summary *s, enum ht_metric metric)
{
    return has_column(s, metric) || metric == HT_OVERHEAD;
}

static bool has_csv(const struct ht_summary *s, enum ht_metric metric)
{
    return has_column(s, metric) || s->rounds[metric];
}

/* The cells whose time is compared; those of another metric in a run that took no times. */
static size_t cells_compared(const struct ht_summary *s, const struct ht_summary_strategy *st)
{
    for (enum ht_metric metric = 0; metric < HT_METRICS; metric++)
        if (s->rounds[metric])
            return st->compared[metric];
    return 0;
}

/* "0.31 [0.30, 0.33]", or what stands there instead. */
static void put_interval(FILE *out, const struct ht_interval *i, bool is_baseline)
{
    char text[96] = "-";
    if (is_baseline && i->n) {
        strcpy(text, "1");
    } else if (i->n == 1) {
        char estimate[24];
        ht_text_ratio(estimate, i->estimate);
        snprintf(text, sizeof text, "%5s", estimate);
    } else if (i->n) {
        char estimate[24], low[24], high[24];
        ht_text_ratio(estimate, i->estimate);
        ht_text_ratio(low, i->low);
        ht_text_ratio(high, i->high);
        snprintf(text, sizeof text, "%5s [%s, %s]", estimate, low, high);
    }
    ht_text_put(out, is_baseline && i->n ? "    1" : text, RATIO_COLUMNS);
    putc(' ', out);
}

void ht_table_put_interval(FILE *out, const struct ht_interval *interval)
{
    put_interval(out, interval, false);
}

void ht_table_put_heading(FILE *out, const char *heading)
{
    ht_text_put(out, heading, RATIO_COLUMNS + 1);
}

static void put_not_ok(FILE *out, const struct ht_summary_strategy *st)
{
    if (st->unsupported)
        fprintf(out, "%zu unsupported", st->unsupported);
    if (st->failed)
        fprintf(out, "%s%zu failed", st->unsupported ? ", " : "", st->failed);
}

static void put_strategy(FILE *out, const struct ht_summary *s, size_t i, size_t name,
                         const struct ht_survival *survival)
{
    const struct ht_summary_strategy *const st = &s->strategy[i];
    char cells[48];
    snprintf(cells, sizeof cells, "%zu/%zu", cells_compared(s, st), s->jobs);
    ht_text_put(out, st->name, name);
    fputs("  ", out);
    for (enum ht_metric metric = 0; metric < HT_METRICS; metric++)
        if (has_column(s, metric))
            put_interval(out, &st->suite[metric], i == s->baseline);
    if (survival->rows)
        ht_table_put_rate(out, &survival->strategy[i]);
    ht_text_put(out, cells, st->unsupported || st->failed ? CELLS_COLUMNS : 0);
    put_not_ok(out, st);
    putc('\n', out);
}

static void put_heading(FILE *out, const struct ht_summary *s, size_t name,
                        const struct ht_survival *survival)
{
    char heading[64];
    ht_text_put(out, "strategy", name);
    fputs("  ", out);
    for (enum ht_metric metric = 0; metric < HT_METRICS; metric++) {
        const bool first = metric == HT_TIME;
        snprintf(heading, sizeof heading, " %s%s%.40s", ht_metric_word(metric), first ? " / " : "",
                 first ? s->strategy[s->baseline].name : "");
        if (has_column(s, metric))
            ht_text_put(out, heading, RATIO_COLUMNS + 1);
    }
    if (survival->rows)
        ht_text_put(out, "survival", SURVIVAL_COLUMNS);
    fputs("cells  not ok\n", out);
}

/* ---- what was not ok ------------------------------------------------------------------------------------ */

/* Each workload once, whatever its parameters and threads: jobs of one workload stand side by side. */
static void put_workloads(struct ht_text_wrap *wrap, const struct ht_summary *s,
                          const struct ht_summary_failure *f)
{
    const char *last = NULL;
    size_t named = 0, left = 0;
    char words[200];
    for (size_t i = 0; i < f->jobs; i++) {
        const char *const workload = s->job[s->failure_job[f->first_job + i]].workload;
        if (workload == last)
            continue;
        if (last && named <= WORKLOADS_NAMED)
            putc(',', wrap->out), wrap->column++;
        last = workload;
        snprintf(words, sizeof words, "%.150s", workload);
        if (named++ < WORKLOADS_NAMED)
            ht_text_wrap(wrap, words);
        else
            left++;
    }
    snprintf(words, sizeof words, "and %zu more", left);
    if (left)
        ht_text_wrap(wrap, words);
}

/* "pool  unsupported  can't align beyond 16 bytes: larson, xmalloc" */
static void put_failure(FILE *out, const struct ht_summary *s, const struct ht_summary_failure *f,
                        size_t name)
{
    char words[400];
    struct ht_text_wrap wrap = {.out = out, .indent = name + 17, .width = HT_TABLE_WIDTH - 1};
    fputs("  ", out);
    ht_text_put(out, s->strategy[f->strategy].name, name);
    fputs("  ", out);
    ht_text_put(out, f->outcome, 11);
    fputs("  ", out);
    wrap.column = wrap.indent;
    snprintf(words, sizeof words, "%.380s:", f->reason[0] ? f->reason : "no reason was given");
    ht_text_wrap(&wrap, words);
    if (f->jobs == s->jobs && s->jobs > 1)
        ht_text_wrap(&wrap, "all workloads");
    else
        put_workloads(&wrap, s, f);
    snprintf(words, sizeof words, f->rows == 1 ? "(1 row)" : "(%zu rows)", f->rows);
    ht_text_wrap(&wrap, words);
    putc('\n', out);
}

static void put_failures(FILE *out, const struct ht_summary *s, size_t name)
{
    if (s->failures)
        fputs("\nNot ok:\n", out);
    for (size_t i = 0; i < s->failures && i < FAILURES_NAMED; i++)
        put_failure(out, s, &s->failure[i], name);
    if (s->failures > FAILURES_NAMED)
        fprintf(out, "  and %zu more lines: see the CSV\n", s->failures - FAILURES_NAMED);
}

/* ---- what the figures mean ------------------------------------------------------------------------------ */

/* What [low, high] is with so many rounds. */
static void describe_interval(char words[200], size_t rounds)
{
    if (rounds > HT_STATS_RANGE_MAX)
        snprintf(words, 200, "[low, high] is a 95 %% interval, by a bootstrap of %zu rounds.", rounds);
    else if (rounds > 1)
        snprintf(words, 200,
                 "[low, high] is the range over %zu rounds and holds about %.0f %%; 6 are needed for 95 %%.",
                 rounds, 100 * (1 - ldexp(1, 1 - (int)rounds)));
    else
        snprintf(words, 200, "One round: no interval can be given.");
}

/* One note for all metrics when they had as many rounds, otherwise one for each. */
static void put_interval_notes(FILE *out, const struct ht_summary *s)
{
    size_t most = 0;
    bool same = true;
    for (enum ht_metric metric = 0; metric < HT_METRICS; metric++) {
        const size_t rounds = has_notes(s, metric) ? s->rounds[metric] : 0;
        same &= !rounds || !most || rounds == most;
        most = rounds > most ? rounds : most;
    }
    char words[200];
    for (enum ht_metric metric = 0; metric < HT_METRICS && !same; metric++) {
        describe_interval(words, s->rounds[metric]);
        if (s->rounds[metric] && has_notes(s, metric))
            fprintf(out, "%c%s: %s\n", ht_metric_word(metric)[0] - 'a' + 'A', ht_metric_word(metric) + 1,
                    words);
    }
    describe_interval(words, most);
    if (same && most)
        fprintf(out, "%s\n", words);
    if (most > 1)
        fputs("Where 1 lies inside, no difference was shown.\n", out);
}

/* The brackets of a strategy that was not ok in every round hold less than the notes above say. */
static void put_fewer_rounds(FILE *out, const struct ht_summary *s)
{
    for (size_t i = 0; i < s->strategies; i++)
        for (enum ht_metric metric = 0; metric < HT_METRICS; metric++) {
            const struct ht_interval *const suite = &s->strategy[i].suite[metric];
            if (!has_notes(s, metric) || (i == s->baseline && metric != HT_OVERHEAD) || !suite->range ||
                suite->n < 2 || suite->n == s->rounds[metric])
                continue;
            struct ht_text_wrap wrap = {.out = out, .width = HT_TABLE_WIDTH};
            char words[200];
            snprintf(words, sizeof words, "But %.40s has %zu rounds of %s: their range, about %.0f %%.",
                     s->strategy[i].name, suite->n, ht_metric_word(metric), 100 * suite->level);
            ht_text_wrap(&wrap, words);
            putc('\n', out);
        }
}

static void put_noise(FILE *out, const struct ht_summary *s)
{
    struct ht_text_wrap wrap = {.out = out, .width = HT_TABLE_WIDTH};
    char words[400], *end = words, line[640];
    for (enum ht_metric metric = 0; metric < HT_METRICS; metric++)
        if (has_notes(s, metric) && !isnan(s->noise[metric]))
            end += sprintf(end, "%s by %.1f %% in %s (95 %% of pairs: by less than %.1f %%)",
                           end == words ? "" : ",", 100 * s->noise_median[metric], ht_metric_word(metric),
                           100 * s->noise[metric]);
    if (end == words)
        return;
    snprintf(line, sizeof line,
             "Noise: from one round to the next, with another stream of operations, %.40s differs%s.",
             s->strategy[s->baseline].name, words);
    ht_text_wrap(&wrap, line);
    putc('\n', out);
}

static void put_notes(FILE *out, const struct ht_summary *s)
{
    fputs("\nRatios are geometric means over the cells that both sides have; below 1 is faster, or smaller.\n"
          "Memory is the peak resident size; of a workload, above what was resident before its first\n"
          "allocation, and where 64 KiB or more were live at once.\n",
          out);
    ht_table_put_collectors_notes(out, s);
    put_interval_notes(out, s);
    put_fewer_rounds(out, s);
    put_noise(out, s);
}

static void emit_compared(const struct ht_summary *s, FILE *out, size_t name,
                          const struct ht_survival *survival)
{
    put_heading(out, s, name, survival);
    for (size_t i = 0; i < s->strategies; i++)
        put_strategy(out, s, i, name, survival);
    ht_table_put_collectors(out, s, name);
    put_failures(out, s, name);
    put_notes(out, s);
    if (survival->rows)
        putc('\n', out);
}

void ht_table_emit(const struct ht_summary *s, FILE *out)
{
    const size_t name = name_columns(s);
    struct ht_survival survival;
    if (ht_survival_open(&survival, s)) {
        fputs("no memory left\n", out);
        return;
    }
    if (!ht_table_is_all_survival(s))
        emit_compared(s, out, name, &survival);
    ht_table_put_survival(out, &survival, name);
    ht_table_put_shattered(out, s, name);
    ht_survival_close(&survival);
}

/* ---- CSV ------------------------------------------------------------------------------------------------ */

static void put_csv_interval(FILE *out, const struct ht_interval *i)
{
    if (i->n)
        fprintf(out, ",%.6g,%.6g,%.6g,%.6g,%zu", i->estimate, i->low, i->high, i->level, i->n);
    else
        fputs(",,,,,0", out);
}

/* What a line is of, up to its figures; `cell` NULL: the suite. */
static void put_csv_names(FILE *out, const struct ht_summary *s, const struct ht_summary_cell *cell,
                          size_t strategy, const char *metric)
{
    static const struct ht_summary_job suite = {"", "", HT_ABSENT, "", ""};
    const struct ht_summary_job *const job = cell ? &s->job[cell->job] : &suite;
    ht_text_put_csv(out, s->strategy[strategy].name);
    putc(',', out);
    ht_text_put_csv(out, s->strategy[s->baseline].name);
    fprintf(out, ",%s,", metric);
    ht_text_put_csv(out, job->workload);
    putc(',', out);
    ht_text_put_csv(out, job->params);
    putc(',', out);
    if (job->threads != HT_ABSENT)
        fprintf(out, "%" PRIu64, job->threads);
    putc(',', out);
    ht_text_put_csv(out, job->heap);
}

static void put_csv_line(FILE *out, const struct ht_summary *s, const struct ht_summary_cell *cell,
                         size_t strategy, enum ht_metric metric)
{
    const struct ht_summary_strategy *const st = &s->strategy[strategy];
    put_csv_names(out, s, cell, strategy, ht_metric_word(metric));
    put_csv_interval(out, cell ? &cell->ratio[metric] : &st->suite[metric]);
    fprintf(out, ",%zu,", cell ? cell->ratio[metric].n != 0 : st->compared[metric]);
    ht_text_put_csv(out, cell && cell->outcome ? cell->outcome : "");
    putc(',', out);
    ht_text_put_csv(out, cell && cell->outcome ? cell->reason : "");
    putc('\n', out);
}

void ht_table_put_csv_figure(FILE *out, const struct ht_summary *s, const struct ht_summary_cell *cell,
                             size_t strategy, const char *metric, double value, size_t cells,
                             const char *reason)
{
    if (isnan(value))
        return;
    put_csv_names(out, s, cell, strategy, metric);
    fprintf(out, ",%.6g,,,,,%zu,,", value, cells);
    ht_text_put_csv(out, reason);
    putc('\n', out);
}

void ht_table_put_csv_ratio(FILE *out, const struct ht_summary *s, const struct ht_summary_cell *cell,
                            size_t strategy, const char *metric, const struct ht_interval *ratio, size_t cells)
{
    put_csv_names(out, s, cell, strategy, metric);
    put_csv_interval(out, ratio);
    fprintf(out, ",%zu,,\n", cells);
}

void ht_table_emit_csv_header(FILE *out)
{
    fputs("strategy,baseline,metric,workload,params,threads,heap,ratio,low,high,level,pairs,cells,outcome,"
          "reason\n",
          out);
}

void ht_table_emit_csv(const struct ht_summary *s, FILE *out)
{
    for (size_t i = 0; i < s->strategies; i++)
        for (enum ht_metric metric = 0; metric < HT_METRICS; metric++)
            if (has_csv(s, metric))
                put_csv_line(out, s, NULL, i, metric);
    for (size_t c = 0; c < s->cells; c++)
        for (enum ht_metric metric = 0; metric < HT_METRICS; metric++)
            if (has_csv(s, metric))
                put_csv_line(out, s, &s->cell[c], s->cell[c].strategy, metric);
    ht_table_put_collectors_csv(out, s);
    ht_table_put_survival_csv(out, s);
    ht_table_put_shattered_csv(out, s);
}
