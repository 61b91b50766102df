/* The end of the page: how noisy the machine was, in which order things ran, and what it was. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "results/report_parts.h"

enum { WIDTH = 860, HEIGHT = 170, LEFT = 52, RIGHT = 14, TOP = 24, BOTTOM = 34, DOTS = 1500, LISTED = 400 };

/* ---- the noise floor ------------------------------------------------------------------------------------ */

static void put_floors(const struct ht_report *report)
{
    FILE *const out = report->out;
    const struct ht_compare *const c = report->compare;
    fputs("<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"Noise floor, "
          "table\"><table><caption>Noise floor</caption><thead><tr><th "
          "scope=\"col\">metric</th><th scope=\"col\" class=\"r\">noise floor</th><th scope=\"col\">how it "
          "is known</th></tr></thead><tbody>\n",
          out);
    for (enum ht_metric m = 0; m < HT_METRICS; m++) {
        const bool measured = !isnan(c->floor[m].measured);
        const double floor = measured ? c->floor[m].measured : c->floor[m].estimated;
        if (isnan(floor))
            continue;
        fprintf(out, "<tr><th scope=\"row\">%s</th><td class=\"r\">± %.2g %%</td><td>%s</td></tr>\n",
                ht_metric_word(m), 100 * floor,
                measured ? "measured, between twins" : "estimated, from the baseline one round later");
    }
    fputs("</tbody></table></div>\n", out);
}

static void put_note(void *state, const char *note)
{
    FILE *const out = state;
    fputs("<li>", out);
    ht_text_put_xml(out, note);
    fputs("</li>\n", out);
}

static void put_noise(const struct ht_report *report)
{
    bool any = false;
    for (enum ht_metric m = 0; report->compare && m < HT_METRICS; m++)
        any |= !isnan(report->compare->floor[m].measured) || !isnan(report->compare->floor[m].estimated);
    ht_report_begin(report, NULL, "noise", "Noise floor", NULL,
                    "How far two measurements of the same thing come out apart in this run. Do not believe a "
                    "difference that "
                    "is smaller.");
    if (any)
        put_floors(report);
    else
        fputs("<p>It is not known: it takes two rounds at least, and 20 to know it well.</p>\n", report->out);
    if (report->compare) {
        fputs("<ul class=\"notes\">\n", report->out);
        ht_compare_notes(report->compare, put_note, report->out);
        fputs("</ul>\n", report->out);
    }
    ht_report_end(report);
}

/* ---- the order ------------------------------------------------------------------------------------------ */

/* A row of the baseline, and how far its time is from the median of its cell. */
struct dot {
    uint64_t round, order;
    double ratio;
};

static int by_order(const void *a, const void *b)
{
    const struct dot *const p = a, *const q = b;
    if (p->round != q->round)
        return p->round < q->round ? -1 : 1;
    return (p->order > q->order) - (p->order < q->order);
}

static size_t list_dots(const struct ht_report_part *part, struct dot *dot)
{
    const struct ht_summary *const s = part->summary;
    size_t n = 0;
    for (size_t i = 0; i < s->rows->count; i++) {
        const struct ht_row *const row = &s->rows->row[i];
        const double figure = ht_summary_figure(s, i, HT_TIME);
        if (isnan(figure) || row->round == HT_ABSENT || row->order == HT_ABSENT)
            continue;
        const double median = ht_figures_median(&part->figures, HT_TIME, s->strategy_of[i], s->job_of[i]);
        dot[n++] = (struct dot){row->round, row->order, figure / median};
    }
    qsort(dot, n, sizeof *dot, by_order);
    return n;
}

static void format_ratio(char text[24], double value)
{
    snprintf(text, 24, "%g×", value);
}

static void format_none(char text[24], double value)
{
    (void)value;
    text[0] = '\0';
}

/* Where rounds begin. */
static void put_rounds(FILE *out, const struct dot *dot, size_t n, const struct ht_report_axis *x)
{
    double last = -99;
    for (size_t i = 0; i < n; i++) {
        const double at = ht_report_at(x, (double)i);
        if ((i && dot[i].round == dot[i - 1].round) || at - last < 26)
            continue;
        fprintf(out,
                "<path class=\"g\" d=\"M%.1f %dV%d\"/><text class=\"t\" x=\"%.1f\" y=\"%d\">%s%zu</text>", at,
                TOP, HEIGHT - BOTTOM, at + 2, HEIGHT - BOTTOM + 13, last < 0 ? "round " : "",
                (size_t)dot[i].round);
        last = last < 0 ? at + 26 : at;
    }
}

static void put_weather(const struct ht_report *report, const struct dot *dot, size_t n)
{
    FILE *const out = report->out;
    struct ht_report_axis x = {0, (double)n, LEFT, WIDTH - RIGHT, false, format_none},
                          y = {0.9, 1.1, HEIGHT - BOTTOM, TOP, true, format_ratio};
    const size_t step = n / DOTS + 1;
    for (size_t i = 0; i < n; i++) {
        y.low = fmax(0.2, fmin(y.low, dot[i].ratio / 1.05));
        y.high = fmin(5, fmax(y.high, dot[i].ratio * 1.05));
    }
    fprintf(out,
            "<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"Times in the order of the "
            "run\"><figure><svg class=\"weather\" viewBox=\"0 0 %d %d\" role=\"img\" "
            "aria-label=\"Times in the order of the run\">\n",
            WIDTH, HEIGHT);
    put_rounds(out, dot, n, &x);
    ht_report_put_y(out, &x, &y, "time, over the median of its cell");
    fputs("<path class=\"dots\" d=\"", out);
    for (size_t i = 0; i < n; i += step)
        fprintf(out, "M%.1f %.1fh0", ht_report_at(&x, (double)i), ht_report_at(&y, dot[i].ratio));
    fputs("\"/></svg></figure></div>\n", out);
}

static void put_listed(const struct ht_report *report)
{
    FILE *const out = report->out;
    uint64_t first = HT_ABSENT;
    size_t n = 0;
    const struct ht_row *listed[LISTED + 1] = {NULL};
    for (size_t p = 0; p < report->parts; p++)
        for (size_t i = 0; i < report->part[p].summary->rows->count; i++) {
            const uint64_t round = report->part[p].summary->rows->row[i].round;
            first = round < first ? round : first;
        }
    for (size_t p = 0; p < report->parts; p++)
        for (size_t i = 0; i < report->part[p].summary->rows->count; i++) {
            const struct ht_row *const row = &report->part[p].summary->rows->row[i];
            if (row->round != first || row->order == HT_ABSENT || !row->order || row->order > LISTED)
                continue;
            listed[row->order] = row;
            n = row->order > n ? row->order : n;
        }
    fprintf(out,
            "<details><summary>The first %zu of round %zu, in their order</summary><ol class=\"order\">\n", n,
            (size_t)first);
    for (size_t i = 1; i <= n; i++) {
        fputs("<li>", out);
        if (listed[i]) {
            ht_text_put_xml(out, listed[i]->strategy);
            fputs(" ", out);
            ht_text_put_xml(out, listed[i]->workload);
            fputs(" ", out);
            ht_text_put_xml(out, listed[i]->pass);
        }
        fputs("</li>", out);
    }
    fputs("</ol></details>\n", out);
}

static int put_order(const struct ht_report *report)
{
    size_t rows = 0, n = 0;
    for (size_t p = 0; p < report->parts; p++)
        rows += report->part[p].summary->rows->count;
    struct dot *const dot = malloc((rows + 1) * sizeof *dot);
    if (!dot)
        return -ENOMEM;
    for (size_t p = 0; p < report->parts; p++)
        n += list_dots(&report->part[p], dot + n);
    qsort(dot, n, sizeof *dot, by_order);
    ht_report_begin(report, NULL, "order", "Order of the run", NULL,
                    "Each dot is one measurement of time, over the median of its cell, in the order in which "
                    "they were taken: "
                    "what was compared stood side by side in a round, in a shuffled order. A level band is a "
                    "quiet machine; a "
                    "stretch that lies higher is a machine that did something else.");
    if (n > 1)
        put_weather(report, dot, n);
    put_listed(report);
    ht_report_end(report);
    free(dot);
    return 0;
}

/* ---- the machine ---------------------------------------------------------------------------------------- */

static void put_fact(FILE *out, const char *name, const char *value)
{
    if (!value[0])
        return;
    fprintf(out, "<tr><th scope=\"row\">%s</th><td>", name);
    ht_text_put_xml(out, value);
    fputs("</td></tr>\n", out);
}

static void put_versions(const struct ht_report *report)
{
    FILE *const out = report->out;
    fputs("<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"Versions, table\"><table "
          "class=\"words\"><caption>Versions</caption><thead><tr><th scope=\"col\">strategy</th><th "
          "scope=\"col\">version, as it says itself</th></tr></thead><tbody>\n",
          out);
    for (size_t p = 0; p < report->parts; p++)
        for (size_t i = 0; i < report->part[p].summary->strategies; i++) {
            const struct ht_summary_strategy *const s = &report->part[p].summary->strategy[i];
            fprintf(out, "<tr data-s=\"%s%zu\"><th scope=\"row\">", report->part[p].id, i);
            ht_text_put_xml(out, s->name);
            fputs("</th><td>", out);
            ht_text_put_xml(out, s->version);
            fputs("</td></tr>\n", out);
        }
    fputs("</tbody></table></div>\n", out);
}

static void put_machine(const struct ht_report *report)
{
    FILE *const out = report->out;
    const struct ht_origin *const o = &report->origin;
    char cores[24];
    snprintf(cores, sizeof cores, "%d", o->cores);
    ht_report_begin(report, NULL, "machine", "Machine and versions", NULL, NULL);
    if (report->has_origin) {
        fputs("<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"Machine, table\"><table "
              "class=\"words\"><caption>Machine</caption><tbody>\n",
              out);
        put_fact(out, "run", o->run);
        put_fact(out, "made", o->created);
        put_fact(out, "host", o->host);
        put_fact(out, "processor", o->cpu);
        put_fact(out, "cores", cores);
        put_fact(out, "governor", o->governor);
        put_fact(out, "system", o->os);
        put_fact(out, "kernel", o->kernel);
        put_fact(out, "C library", o->libc);
        put_fact(out, "compiler", o->compiler);
        put_fact(out, "mixed", o->mixed ? "parts of this run are from machines with other processors" : "");
        put_fact(out, "report by", "heaptrial " HT_VERSION);
        fputs("</tbody></table></div>\n", out);
    } else {
        fputs("<p>There is no manifest.json beside the rows: the machine is not known.</p>\n", out);
    }
    put_versions(report);
    ht_report_end(report);
}

static void put_gaps(const struct ht_report *report)
{
    FILE *const out = report->out;
    if (!report->gaps && !report->unread && !report->selftest_why)
        return;
    ht_report_begin(report, NULL, "missing", "What is not shown", NULL,
                    "Charts that this run has no data for, and what would give it.");
    fputs("<ul>\n", out);
    for (size_t i = 0; i < report->gaps; i++) {
        fprintf(out, "<li><b>%s%s%s</b> needs ", report->gap[i].part, report->gap[i].part[0] ? ": " : "",
                report->gap[i].chart);
        ht_text_put_xml(out, report->gap[i].advice);
        fputs("</li>\n", out);
    }
    if (report->unread)
        fprintf(out, "<li>%zu files of series can’t be read, and are left out.</li>\n", report->unread);
    if (report->misuse_why[0])
        put_note(out, report->misuse_why);
    if (report->selftest_why)
        put_note(out, report->selftest_why);
    fputs("</ul>\n", out);
    ht_report_end(report);
}

int ht_report_put_end(struct ht_report *report)
{
    ht_report_put_selftest(report);
    put_noise(report);
    const int error = put_order(report);
    put_machine(report);
    ht_report_put_words(report);
    put_gaps(report);
    return error;
}
