/* Trends as text. */
#include <math.h>
#include <string.h>

#include "results/changes.h"
#include "results/compare.h"
#include "results/history_parts.h"
#include "results/text.h"

enum { COMMIT = 14, CREATED = 21, CELL = 40, METRIC = 13, CELLS_NAMED = 60, WIDTH = 100 };

/* "8.1 ms", "3.2 MiB"; of what is relative "1.07". */
static void format_figure(enum ht_metric metric, bool relative, double value, char text[32])
{
    if (relative)
        snprintf(text, 32, isnan(value) ? "-" : "%.4g", value);
    else
        ht_metric_text(metric, value, text);
}

/* "+10.2 %" */
static void format_share(double ratio, char text[32])
{
    char percent[24];
    ht_compare_percent(ratio - 1, percent);
    snprintf(text, 32, "%s %%", percent);
}

static const struct ht_history_point *point_at(const struct ht_trend *trend, size_t figured)
{
    return &trend->point[trend->figured[figured]];
}

static void put_machine(const struct ht_trends *t, const struct ht_history_filter *filter, FILE *out)
{
    char words[400];
    struct ht_text_wrap wrap = {.out = out, .width = WIDTH};
    snprintf(words, sizeof words, "Machine %ld%s: %.120s, %d cores; %zu run%s, the last %zu commit%s%s%s.",
             t->machine, t->machines > 1 ? " (of several: --machine)" : "",
             t->cpu[0] ? t->cpu : "unknown processor", t->cores, t->runs, t->runs == 1 ? "" : "s", t->commits,
             t->commits == 1 ? "" : "s", filter->baseline ? "; ratios to " : "",
             filter->baseline ? filter->baseline : "");
    ht_text_wrap(&wrap, words);
    putc('\n', out);
}

static void put_method(FILE *out)
{
    fputs(
        "\nChange points by E-divisive means with 199 permutations: on a trend without any there is a false\n"
        "one in 1 of 100.\n",
        out);
}

/* ---- one trend ------------------------------------------------------------------------------------------ */

/* The change that begins at a point; NULL: none. */
static const struct ht_change *change_at(const struct ht_trend *trend, size_t point)
{
    for (size_t i = 0; i < trend->changes; i++)
        if (trend->figured[trend->change[i].at] == point)
            return &trend->change[i];
    return NULL;
}

static void put_point(const struct ht_trends *t, const struct ht_trend *trend, size_t i, bool relative,
                      FILE *out)
{
    const struct ht_history_point *const p = &trend->point[i];
    const struct ht_history_commit *const c = &t->commit[p->commit];
    const struct ht_change *const change = change_at(trend, i);
    char figure[32], low[32], high[32], quartiles[72] = "", share[32];
    format_figure(trend->metric, relative, p->median, figure);
    format_figure(trend->metric, relative, p->low, low);
    format_figure(trend->metric, relative, p->high, high);
    if (p->figures > 1)
        snprintf(quartiles, sizeof quartiles, "[%s, %s]", low, high);
    ht_text_put(out, c->name, COMMIT - 1);
    putc(' ', out);
    ht_text_put(out, c->created, CREATED);
    fprintf(out, "%5zu  %-12s ", p->figures, figure);
    ht_text_put(out, quartiles, change || p->not_ok ? 26 : 0);
    if (change) {
        format_share(ht_trend_ratio(trend, (size_t)(change - trend->change)), share);
        fprintf(out, " %s from here (p = %.3g)", share, change->p);
    }
    if (p->not_ok)
        fprintf(out, " %zu not ok", p->not_ok);
    putc('\n', out);
}

static void put_trend(const struct ht_trends *t, bool relative, FILE *out)
{
    const struct ht_trend *const trend = t->trend;
    putc('\n', out);
    ht_text_put(out, trend->cell, 0);
    fprintf(out, ": %s (%s)\n\n%-*s%-*s rows  median       quartiles\n", ht_metric_word(trend->metric),
            ht_metric_meaning(trend->metric), COMMIT, "commit", CREATED, "measured");
    for (size_t i = 0; i < trend->points; i++)
        put_point(t, trend, i, relative, out);
    put_method(out);
}

/* ---- several -------------------------------------------------------------------------------------------- */

static void put_change(const struct ht_trends *t, const struct ht_trend *trend, size_t i, FILE *out)
{
    const struct ht_history_commit *const c = &t->commit[point_at(trend, trend->change[i].at)->commit];
    char share[32];
    format_share(ht_trend_ratio(trend, i), share);
    ht_text_put(out, c->name, COMMIT - 1);
    putc(' ', out);
    ht_text_put(out, c->created, CREATED);
    ht_text_put(out, trend->cell, CELL);
    putc(' ', out);
    ht_text_put(out, ht_metric_word(trend->metric), METRIC);
    fprintf(out, "%s\n", share);
}

static void put_trends(const struct ht_trends *t, FILE *out)
{
    size_t changed = 0;
    while (changed < t->trends && t->trend[changed].changes)
        changed++;
    if (changed)
        fprintf(out, "\n%-*s%-*s%-*s %-*schange\n", COMMIT, "changed at", CREATED, "measured", CELL, "cell",
                METRIC, "metric");
    for (size_t i = 0; i < changed && i < CELLS_NAMED; i++)
        put_change(t, &t->trend[i], t->trend[i].changes - 1, out);
    if (changed > CELLS_NAMED)
        fprintf(out, "and %zu more: --csv has all\n", changed - CELLS_NAMED);
    fprintf(
        out,
        "\n%zu of %zu trends changed; of each the latest change is shown. Words choose one: see --help.\n",
        changed, t->trends);
    put_method(out);
}

void ht_trends_emit(const struct ht_trends *t, const struct ht_history_filter *filter, FILE *out)
{
    put_machine(t, filter, out);
    if (t->trends == 1)
        put_trend(t, filter->baseline, out);
    else
        put_trends(t, out);
}

/* ---- CSV ------------------------------------------------------------------------------------------------ */

static void put_real(FILE *out, double value)
{
    putc(',', out);
    if (isfinite(value))
        fprintf(out, "%.12g", value);
}

void ht_trends_emit_csv(const struct ht_trends *t, FILE *out)
{
    fputs("cell,metric,machine,commit,measured,figures,not_ok,median,low,high,change,p\n", out);
    for (const struct ht_trend *trend = t->trend; trend < t->trend + t->trends; trend++)
        for (size_t i = 0; i < trend->points; i++) {
            const struct ht_history_point *const p = &trend->point[i];
            const struct ht_change *const change = change_at(trend, i);
            ht_text_put_csv(out, trend->cell);
            fprintf(out, ",%s,%ld,", ht_metric_word(trend->metric), t->machine);
            ht_text_put_csv(out, t->commit[p->commit].name);
            putc(',', out);
            ht_text_put_csv(out, t->commit[p->commit].created);
            fprintf(out, ",%zu,%zu", p->figures, p->not_ok);
            put_real(out, p->median);
            put_real(out, p->low);
            put_real(out, p->high);
            put_real(out, change ? ht_trend_ratio(trend, (size_t)(change - trend->change)) : NAN);
            put_real(out, change ? change->p : NAN);
            putc('\n', out);
        }
}
