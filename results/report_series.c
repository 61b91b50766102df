/* Charts of curves: latency, pauses, minimum mutator utilisation and time by heap size. What the curves are is the plots'
 * affair (results/plot_curves.h); here they are drawn and explained. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "results/collected.h"
#include "results/report_parts.h"

/* A figure as gnuplot would get it, on its way into the report. */
struct taking {
    struct ht_plot plot; /* first: what ht_plot.take is given */
    struct ht_report *report;
    const struct ht_report_part *part;
    const char *id, *title, *finding, *how;
    const char *x, *y; /* of the axes */
    struct ht_report_curves as;
    size_t drawn;
};

static void format_time(char text[24], double value)
{
    ht_report_time(text, value);
    char *const point = strstr(text, ".0 "); /* ticks are round */
    if (point)
        memmove(point, point + 2, strlen(point + 2) + 1);
}

static void format_percent(char text[24], double value)
{
    snprintf(text, 24, "%g %%", value);
}

static void format_share(char text[24], double value)
{
    snprintf(text, 24, "%.0f %%", 100 * value);
}

static void format_times(char text[24], double value)
{
    snprintf(text, 24, "%g×", value);
}

/* 1 is the 90th percentile, 3 the 99.9th. */
static void format_percentile(char text[24], double value)
{
    const int nines = (int)lround(value);
    snprintf(text, 24, nines < 2 ? "p90" : nines == 2 ? "p99" : "p99.%.*s", nines - 2, "9999999999");
}

static int take(const struct ht_plot *plot, const struct ht_plot_curves *figure, bool heapless)
{
    struct taking *const t = (struct taking *)plot;
    struct ht_plot_curves named = *figure;
    if (!figure->curves)
        return 0;
    named.title = t->title;
    named.x = t->x ? t->x : figure->x;
    named.y = t->y ? t->y : figure->y;
    t->drawn = figure->curves;
    ht_report_begin(t->report, t->part, t->id, t->title, t->finding, t->how);
    const int error = ht_report_put_curves(t->report, t->part, &named, heapless, &t->as);
    ht_report_end(t->report);
    return error;
}

/* Has the plot draw into the report. */
static int draw(struct taking *t, int (*figure)(const struct ht_plot *plot), const char *advice)
{
    struct ht_plot_unread unread = {0};
    t->plot = (struct ht_plot){
        .summary = t->part->summary, .dir = t->report->dir, .prefix = "", .unread = &unread, .take = take};
    const int error = figure(&t->plot);
    t->report->unread += unread.n;
    if (!error && !t->drawn)
        ht_report_note_gap(t->report, t->part, t->title, advice);
    return error;
}

/* ---- latency -------------------------------------------------------------------------------------------- */

static int add_latency(const struct ht_plot *plot, const struct ht_plot_series *series,
                       struct ht_plot_curves *f)
{
    const struct ht_summary *const s = plot->summary;
    int error = 0;
    for (size_t from = 0, end; from < series->n && !error; from = end) {
        struct ht_plot_point *point;
        size_t n;
        end = ht_plot_cell_end(s, series, from);
        error = ht_plot_latency_curve(plot, series->row + from, end - from, &point, &n);
        if (!error)
            error = ht_plot_add_curve(f, s->job_of[series->row[from]], s->strategy_of[series->row[from]],
                                      point, n);
    }
    return error;
}

static int latency_figure(const struct ht_plot *plot)
{
    const struct ht_summary *const s = plot->summary;
    struct ht_plot_series series;
    struct ht_plot_curves f = {
        .name = "latency", .x = "operations, slowest to the right", .y = "latency", .log_y = true};
    size_t *const job_of = malloc((s->jobs + 1) * sizeof *job_of);
    int error = ht_plot_series_open(s, "latency", &series);
    error = error || job_of ? error : -ENOMEM;
    for (size_t i = 0; !error && i < s->jobs; i++)
        job_of[i] = i;
    f.job_of = job_of;
    size_t *const group_of = ht_collected_heapless_jobs(s);
    f.group_of = group_of;
    error = error || group_of ? error : -ENOMEM;
    if (!error)
        error = add_latency(plot, &series, &f);
    error = ht_plot_draw_curves(plot, &f, false, error);
    ht_plot_series_close(&series);
    free(job_of);
    free(group_of);
    return error;
}

int ht_report_put_latency(struct ht_report *report, const struct ht_report_part *part)
{
    char finding[HT_REPORT_WORDS];
    ht_report_say_latency(part, finding);
    struct taking t = {
        .report = report,
        .part = part,
        .id = "latency",
        .title = "Latency by percentile",
        .finding = finding,
        .how = "Each curve is one strategy: how long the median operation takes at the left, one in a "
               "thousand at p99.9, the slowest at the end. Lower is better, and a flat curve is bounded. A "
               "name stands where its curve ends; the others are grey. The cost of the clock is in it.",
        .as = {.x = format_percentile, .y = format_time}};
    return draw(&t, latency_figure, "the latency pass: -p latency");
}

/* ---- pauses --------------------------------------------------------------------------------------------- */

static const char pauses_advice[] = "the pauses pass: -p pauses";

int ht_report_put_pauses(struct ht_report *report, const struct ht_report_part *part)
{
    char finding[HT_REPORT_WORDS];
    ht_report_say_pauses(part, finding);
    struct taking t = {
        .report = report,
        .part = part,
        .id = "pauses",
        .title = "How long the pauses are",
        .finding = finding,
        .how = "All pauses of a collector, sorted: so many percent of them are not longer than the curve. "
               "Lower is better; the right end is the longest pause.",
        .x = "pauses, shortest first",
        .y = "length",
        .as = {.x = format_percent, .y = format_time}};
    return draw(&t, ht_plot_pauses, pauses_advice);
}

int ht_report_put_mmu(struct ht_report *report, const struct ht_report_part *part)
{
    struct taking t = {
        .report = report,
        .part = part,
        .id = "mmu",
        .title = "What is left for the program",
        .how =
            "Minimum mutator utilisation: in the worst stretch of the length below, what share of the time "
            "the program had for itself. Higher is better; where a curve leaves 0, every stretch of that "
            "length lets the program do something.",
        .x = "length of the stretch",
        .y = "least share",
        .as = {.x = format_time, .y = format_share}};
    return draw(&t, ht_plot_mmu, pauses_advice);
}

int ht_report_put_heaps(struct ht_report *report, const struct ht_report_part *part)
{
    struct taking t = {
        .report = report,
        .part = part,
        .id = "heaps",
        .title = "Time by heap size",
        .how = "What a collector takes when its heap is limited: a small heap at the left costs time, and "
               "where a curve ends at the left the collector ran out of memory. Lower is faster. Sizes are the "
               "limit over what is live, as in gcbench 3x; no heap is below 1 MiB, which is more than 1.3x "
               "of a small workload. Times are relative to the baseline the report was written with.",
        .y = "time",
        .as = {.x = format_times, .y = format_times}};
    return draw(&t, ht_plot_heaps, "some heap limits: -p throughput,heap --heap 1.3x,1.75x,3x,6x");
}
