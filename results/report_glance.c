/* The strategies at a glance: a line each, with its mean over the suite drawn as a point on its interval. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/outcome.h"
#include "results/collected.h"
#include "results/report_parts.h"

/* Of the little drawing, in pixels; the page's script draws by the same figures. */
enum { WIDTH = 180, HEIGHT = 18, EDGE = 8 };

struct glance {
    const struct ht_report_part *part;
    struct ht_report_axis axis;
    double *pause, *mmu, *least, *tail; /* by cell */
    size_t *order, n, ranked;
};

static double p999_of(const struct ht_row *row)
{
    return ht_metric_figure(row, HT_P999);
}

/* ---- the drawing ---------------------------------------------------------------------------------------- */

static void ratio_label(char text[24], double value)
{
    snprintf(text, 24, "%g", value);
}

/* Wide enough for every baseline: the switch needs no other axis. */
static void set_axis(struct glance *g)
{
    const struct ht_summary *const s = g->part->summary;
    double low = 1, high = 1;
    for (size_t i = 0; i < s->strategies; i++)
        if (s->strategy[i].suite[HT_TIME].n) {
            low = fmin(low, s->strategy[i].suite[HT_TIME].low);
            high = fmax(high, s->strategy[i].suite[HT_TIME].high);
        }
    g->axis = (struct ht_report_axis){fmin(low / 1.1, 0.5), fmax(high * 1.1, 2), EDGE, WIDTH - EDGE, true,
                                      ratio_label};
}

static void put_forest(FILE *out, const struct glance *g, size_t strategy)
{
    const struct ht_interval *const i = &g->part->summary->strategy[strategy].suite[HT_TIME];
    const double y = HEIGHT / 2.0;
    fprintf(out, "<td class=\"forest\"><svg viewBox=\"0 0 %d %d\" aria-hidden=\"true\">", WIDTH, HEIGHT);
    fprintf(out, "<path class=\"one\" d=\"M%.1f 0V%d\"/>", ht_report_at(&g->axis, 1), HEIGHT);
    if (i->n)
        fprintf(out,
                "<g class=\"k%u\"><path class=\"v\" d=\"M%.1f %.1fH%.1f\"/><circle cx=\"%.1f\" cy=\"%.1f\" "
                "r=\"4\"/></g>",
                ht_report_style(g->part, strategy), ht_report_at(&g->axis, i->n > 1 ? i->low : i->estimate),
                y, ht_report_at(&g->axis, i->n > 1 ? i->high : i->estimate),
                ht_report_at(&g->axis, i->estimate), y);
    fputs("</svg></td>", out);
}

static void put_forest_head(FILE *out, const struct glance *g)
{
    double tick[HT_REPORT_TICKS], last = -99;
    const size_t n = ht_report_ticks(&g->axis, tick);
    fprintf(out,
            "<th scope=\"col\" class=\"forest\">time, as a picture<svg viewBox=\"0 0 %d 14\" "
            "aria-hidden=\"true\">",
            WIDTH);
    for (size_t i = 0; i < n; i++) {
        const double at = ht_report_at(&g->axis, tick[i]);
        if (at - last < 24)
            continue;
        fprintf(out, "<text class=\"t\" x=\"%.1f\" y=\"11\" text-anchor=\"middle\">%g</text>", at, tick[i]);
        last = at;
    }
    fputs("</svg></th>", out);
}

/* ---- the table ------------------------------------------------------------------------------------------ */

/* The interval has its place beside the ratio also where it is empty, so that the ratios stand below each other. */
static void put_mean(FILE *out, const struct ht_summary *s, enum ht_metric metric, size_t strategy)
{
    const struct ht_interval *const i = &s->strategy[strategy].suite[metric];
    const bool is_base = strategy == s->baseline && metric != HT_OVERHEAD; /* which is over a bound */
    char e[24], low[24], high[24];
    ht_report_ratio(e, i->n ? i->estimate : NAN);
    fprintf(out, "<td class=\"r\" data-metric=\"%s\"><b>%s</b>", ht_metric_word(metric),
            is_base && i->n ? "1" : e);
    if (s->rounds[metric] > 1)
        fputs(" <i>", out);
    if (i->n > 1 && !is_base) {
        ht_report_ratio(low, i->low);
        ht_report_ratio(high, i->high);
        fprintf(out, "%s–%s", low, high);
    }
    fputs(s->rounds[metric] > 1 ? "</i></td>" : "</td>", out);
}

/* In how many of the jobs it is the best. */
static void put_wins(FILE *out, const struct ht_report_part *part, size_t strategy, bool ranked)
{
    size_t jobs;
    const size_t wins = ht_report_wins(part, HT_TIME, strategy, &jobs);
    if (ranked && ht_report_is_rival(part->summary, strategy))
        fprintf(out, "<td class=\"r\">%zu<i> of %zu</i></td>", wins, jobs);
    else
        fputs("<td class=\"r\"></td>", out);
}

static void put_time(FILE *out, double ns)
{
    char text[24];
    ht_report_time(text, ns);
    fprintf(out, "<td class=\"r\" data-v=\"%.6g\">%s</td>", isnan(ns) ? 1e300 : ns, text);
}

static void put_collected(FILE *out, const struct glance *g, size_t strategy)
{
    const struct ht_summary *const s = g->part->summary;
    char text[24];
    put_time(out, ht_collected_over(s, g->pause, strategy, HT_OVER_MOST, NULL));
    ht_report_share(text, ht_collected_over(s, g->mmu, strategy, HT_OVER_LEAST, NULL));
    fprintf(out, "<td class=\"r\">%s</td>", text);
    ht_report_ratio(text, ht_collected_over(s, g->least, strategy, HT_OVER_GEOMETRIC, NULL));
    fprintf(out, "<td class=\"r\">%s</td>", text);
}

static void put_not_ok(FILE *out, const struct ht_summary *s, size_t strategy)
{
    size_t failed = 0, oom = 0;
    const char *comma = "";
    for (size_t c = 0; c < s->cells; c++)
        if (s->cell[c].strategy == strategy && s->cell[c].outcome) {
            failed += ht_report_is_failure(s->cell[c].outcome);
            oom += !strcmp(s->cell[c].outcome, ht_outcome_word(HT_OOM));
        }
    fputs("<td>", out);
    if (failed) {
        fprintf(out, "<span class=\"bad\">%zu failed</span>", failed);
        comma = ", ";
    }
    if (oom) {
        fprintf(out, "%s%zu oom", comma, oom);
        comma = ", ";
    }
    if (s->strategy[strategy].unsupported)
        fprintf(out, "%s%zu n/a", comma, s->strategy[strategy].unsupported);
    fputs("</td>", out);
}

static void put_line(FILE *out, const struct glance *g, size_t line)
{
    const struct ht_summary *const s = g->part->summary;
    const size_t strategy = g->order[line];
    fprintf(out, "<tr data-s=\"%s%zu\"%s><th scope=\"row\">", g->part->id, strategy,
            line < g->ranked ? "" : " class=\"rest\"");
    ht_text_put_xml(out, s->strategy[strategy].name);
    fputs("</th>", out);
    put_forest(out, g, strategy);
    put_mean(out, s, HT_TIME, strategy);
    put_mean(out, s, HT_MEMORY, strategy);
    put_wins(out, g->part, strategy, line < g->ranked);
    if (g->part->collectors) {
        put_mean(out, s, HT_OVERHEAD, strategy);
        put_collected(out, g, strategy);
    } else {
        put_time(out, ht_collected_over(s, g->tail, strategy, HT_OVER_GEOMETRIC, NULL));
    }
    put_not_ok(out, s, strategy);
    fputs("</tr>\n", out);
}

static void put_head(FILE *out, const struct glance *g)
{
    fputs("<thead><tr><th scope=\"col\" data-sort=\"name\">strategy</th>", out);
    put_forest_head(out, g);
    fputs("<th scope=\"col\" class=\"r\" data-sort=\"number\">time</th><th scope=\"col\" class=\"r\" "
          "data-sort=\"number\">memory</th><th scope=\"col\" class=\"r\" data-sort=\"more\">fastest on</th>",
          out);
    fputs(
        g->part->collectors
            ? "<th scope=\"col\" class=\"r\" data-sort=\"number\">overhead</th><th scope=\"col\" class=\"r\" "
              "data-sort=\"number\">longest pause</th><th scope=\"col\" class=\"r\" data-sort=\"more\">least "
              "share in "
              "10 ms</th><th scope=\"col\" class=\"r\" data-sort=\"number\">smallest heap / live</th>"
            : "<th scope=\"col\" class=\"r\" data-sort=\"number\">p99.9</th>",
        out);
    fputs("<th scope=\"col\">not ok</th></tr></thead>\n", out);
}

static void put_table(const struct ht_report *report, const struct glance *g)
{
    const struct ht_summary *const s = g->part->summary;
    FILE *const out = report->out;
    fprintf(out,
            "<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"%s at a glance, table\"><table "
            "class=\"glance\" data-part=\"%s\" data-low=\"%.9g\" data-high=\"%.9g\"><caption>Geometric means "
            "relative to <span "
            "class=\"baseline\">",
            g->part->name, g->part->id, g->axis.low, g->axis.high);
    ht_text_put_xml(out, s->strategy[s->baseline].name);
    fputs("</span></caption>\n", out);
    put_head(out, g);
    fputs("<tbody>\n", out);
    for (size_t i = 0; i < g->n; i++)
        put_line(out, g, i);
    fputs("</tbody></table></div>\n", out);
}

static void put_section(struct ht_report *report, struct glance *g)
{
    char how[HT_REPORT_WORDS] = "";
    set_axis(g);
    g->n = ht_report_order(g->part, HT_TIME, g->order, &g->ranked);
    ht_report_add(
        how,
        "A line is a strategy, the fastest first. Time and memory are its geometric mean over all that it "
        "ran, relative to the baseline: below 1 is better. Those in grey ran only a part of it, so that "
        "their mean is over "
        "other cells, or show only what the workloads themselves cost. ");
    if (g->part->collectors)
        ht_report_add(
            how,
            "Overhead is over the least that each workload could cost without a collector. The longest "
            "pause is that of its worst workload; the share in 10 ms is what a mutator had for itself in "
            "the worst such stretch. The smallest heap is the least limit that is enough, over what is "
            "live, the geometric mean; less than 1 MiB is not tried.");
    else
        ht_report_add(how,
                      "p99.9 is what 1 operation in 1000 exceeds, the geometric mean over the workloads.");
    ht_report_begin(report, g->part, "glance", "At a glance", NULL, how);
    put_table(report, g);
    ht_report_end(report);
}

int ht_report_put_glance(struct ht_report *report, const struct ht_report_part *part)
{
    const struct ht_summary *const s = part->summary;
    struct glance g = {.part = part,
                       .pause = ht_collected_medians(s, ht_collected_pause_max),
                       .mmu = ht_collected_medians(s, ht_collected_mmu),
                       .least = ht_collected_medians(s, ht_collected_min_heap),
                       .tail = ht_collected_medians(s, p999_of),
                       .order = calloc(s->strategies + 1, sizeof *g.order)};
    const int error = g.pause && g.mmu && g.least && g.tail && g.order ? 0 : -ENOMEM;
    if (!error)
        put_section(report, &g);
    free(g.pause);
    free(g.mmu);
    free(g.least);
    free(g.tail);
    free(g.order);
    return error;
}
