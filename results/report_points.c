/* Charts of points: time against memory, and garbage against pauses; and efficiency by threads. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "results/efficiency.h"
#include "results/garbage.h"
#include "results/report_parts.h"

static void format_ratio(char text[24], double value)
{
    snprintf(text, 24, "%g", value);
}

static void format_time(char text[24], double value)
{
    snprintf(text, 24, "%g %s",
             value / (value < 1e3   ? 1
                      : value < 1e6 ? 1e3
                      : value < 1e9 ? 1e6
                                    : 1e9),
             value < 1e3   ? "ns"
             : value < 1e6 ? "µs"
             : value < 1e9 ? "ms"
                           : "s");
}

static void format_share(char text[24], double value)
{
    snprintf(text, 24, "%g %%", 100 * value);
}

/* ---- time against memory -------------------------------------------------------------------------------- */

static void mark_front(struct ht_report_point *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        p[i].front = true;
        for (size_t k = 0; k < n; k++)
            if (p[k].x.estimate <= p[i].x.estimate && p[k].y.estimate <= p[i].y.estimate &&
                (p[k].x.estimate < p[i].x.estimate || p[k].y.estimate < p[i].y.estimate))
                p[i].front = false;
    }
}

int ht_report_put_front(struct ht_report *report, const struct ht_report_part *part)
{
    const struct ht_summary *const s = part->summary;
    struct ht_report_point *const point = calloc(s->strategies + 1, sizeof *point);
    size_t *const order = calloc(s->strategies + 1, sizeof *order), n = 0;
    char finding[HT_REPORT_WORDS], x[160];
    int error = point && order ? 0 : -ENOMEM;
    const size_t rivals = error ? 0 : ht_report_rank(part, HT_TIME, order);
    for (size_t i = 0; i < rivals; i++) {
        const struct ht_summary_strategy *const st = &s->strategy[order[i]];
        if (st->suite[HT_MEMORY].n)
            point[n++] = (struct ht_report_point){order[i], st->suite[HT_TIME], st->suite[HT_MEMORY], false};
    }
    if (n > 1) {
        mark_front(point, n);
        snprintf(x, sizeof x, "time relative to %.60s", s->strategy[s->baseline].name);
        const struct ht_report_scatter scatter = {
            point, n, "Time against memory", x, "memory", format_ratio, format_ratio, true};
        ht_report_say_front(part, finding);
        ht_report_begin(
            report, part, "front", "Time against memory", finding,
            "Each point is a strategy: to the left is faster, lower is smaller; the bars are the intervals. "
            "The "
            "stepped line joins those that no other beats in both. Only those that ran everything are drawn. "
            "It is relative to the baseline the report "
            "was written with.");
        error = ht_report_put_scatter(report, part, &scatter);
        ht_report_end(report);
    } else if (!error) {
        ht_report_note_gap(report, part, "Time against memory",
                           "the passes throughput and memory: -p throughput,memory:1");
    }
    free(point);
    free(order);
    return error;
}

/* ---- garbage against pauses ----------------------------------------------------------------------------- */

static void say_garbage(const struct ht_report_part *part, const struct ht_garbage *g,
                        char words[HT_REPORT_WORDS])
{
    size_t best = SIZE_MAX;
    words[0] = '\0';
    for (size_t i = 0; i < g->n; i++)
        if (ht_report_is_rival(part->summary, g->point[i].strategy) &&
            (best == SIZE_MAX ||
             g->point[i].pause_ns * g->point[i].share < g->point[best].pause_ns * g->point[best].share))
            best = i;
    if (best == SIZE_MAX)
        return;
    char pause[24], share[24];
    ht_report_time(pause, g->point[best].pause_ns);
    ht_report_share(share, g->point[best].share);
    ht_report_add(
        words,
        "%s comes nearest to the corner: its typical longest pause is %s, with garbage of %s of what is "
        "live.",
        part->summary->strategy[g->point[best].strategy].name, pause, share);
}

int ht_report_put_garbage(struct ht_report *report, const struct ht_report_part *part)
{
    struct ht_garbage g;
    char finding[HT_REPORT_WORDS], how[HT_REPORT_WORDS] = "";
    int error = ht_garbage_open(&g, part->summary);
    if (error)
        return error;
    struct ht_report_point *const point = calloc(g.n + 1, sizeof *point);
    for (size_t i = 0; point && i < g.n; i++)
        point[i] = (struct ht_report_point){
            g.point[i].strategy, {.estimate = g.point[i].pause_ns}, {.estimate = g.point[i].share}, false};
    error = point ? 0 : -ENOMEM;
    if (!error && g.n > 1) {
        const struct ht_report_scatter scatter = {point,
                                                  g.n,
                                                  "Garbage against pauses",
                                                  "longest pause",
                                                  "garbage, of what is live",
                                                  format_time,
                                                  format_share,
                                                  false};
        say_garbage(part, &g, finding);
        ht_report_add(
            how,
            "What a collector trades: to the left it pauses less, lower it keeps less dead memory (%s). Each "
            "point is the median over the workloads.",
            g.what);
        ht_report_begin(report, part, "garbage", "Garbage against pauses", finding, how);
        error = ht_report_put_scatter(report, part, &scatter);
        ht_report_end(report);
    } else if (!error) {
        ht_report_note_gap(report, part, "Garbage against pauses",
                           "the passes pauses and garbage: -p pauses,garbage");
    }
    free(point);
    ht_garbage_close(&g);
    return error;
}

/* ---- threads -------------------------------------------------------------------------------------------- */

/* Above the last number of threads, who keeps most. */
static void say_threads(const struct ht_report_part *part, const struct ht_efficiency *e,
                        char words[HT_REPORT_WORDS])
{
    size_t best = SIZE_MAX;
    const size_t last = e->counts - 1;
    words[0] = '\0';
    for (size_t i = 0; i < part->summary->strategies; i++)
        if (ht_report_is_rival(part->summary, i) && !isnan(ht_efficiency_of(e, i)[last]) &&
            (best == SIZE_MAX || ht_efficiency_of(e, i)[last] > ht_efficiency_of(e, best)[last]))
            best = i;
    if (best == SIZE_MAX)
        return;
    ht_report_add(words, "With %zu threads %s keeps most of its speed: %.0f %% a thread",
                  (size_t)e->threads[last], part->summary->strategy[best].name,
                  100 * ht_efficiency_of(e, best)[last]);
    const double base = ht_efficiency_of(e, part->summary->baseline)[last];
    if (best != part->summary->baseline && !isnan(base))
        ht_report_add(words, "; %s keeps %.0f %%", part->summary->strategy[part->summary->baseline].name,
                      100 * base);
    ht_report_add(words, ".");
}

static void put_efficiency_table(const struct ht_report *report, const struct ht_report_part *part,
                                 const struct ht_efficiency *e)
{
    FILE *const out = report->out;
    fputs("<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"Efficiency by threads, "
          "table\"><table><caption>"
          "Throughput a thread, of that with one</caption><thead><tr><th scope=\"col\" "
          "data-sort=\"name\">strategy</th>",
          out);
    for (size_t c = 0; c < e->counts; c++)
        fprintf(out, "<th scope=\"col\" class=\"r\" data-sort=\"more\">%zu threads</th>",
                (size_t)e->threads[c]);
    fputs("<th scope=\"col\" class=\"r\">workloads</th></tr></thead><tbody>\n", out);
    for (size_t i = 0; i < part->summary->strategies; i++) {
        if (!e->workloads[i])
            continue;
        fprintf(out, "<tr data-s=\"%s%zu\"><th scope=\"row\">", part->id, i);
        ht_text_put_xml(out, part->summary->strategy[i].name);
        fputs("</th>", out);
        for (size_t c = 0; c < e->counts; c++)
            fprintf(out, "<td class=\"r\"><b>%.0f %%</b></td>", 100 * ht_efficiency_of(e, i)[c]);
        fprintf(out, "<td class=\"r\">%zu</td></tr>\n", e->workloads[i]);
    }
    fputs("</tbody></table></div>\n", out);
}

/* Halves of threads, and three of them, need no line. */
static void format_threads(char text[24], double value)
{
    text[0] = '\0';
    if (fabs(log2(value) - round(log2(value))) < 1e-9)
        snprintf(text, 24, "%g", value);
}

static void format_efficiency(char text[24], double value)
{
    snprintf(text, 24, "%.0f %%", 100 * value);
}

/* One panel, of all workloads together. */
static int put_efficiency_curves(const struct ht_report *report, const struct ht_report_part *part,
                                 const struct ht_efficiency *e)
{
    static const size_t all = 0;
    struct ht_plot_curves f = {.title = "Efficiency by threads",
                               .x = "threads",
                               .y = "of one thread",
                               .log_x = true,
                               .job_of = &all};
    const struct ht_report_curves as = {format_threads, format_efficiency, "all workloads"};
    int error = 0;
    f.high_y = 1.05;
    for (size_t i = 0; i < part->summary->strategies && !error; i++) {
        struct ht_plot_point *const point = malloc((e->counts + 1) * sizeof *point);
        if (!e->workloads[i] || !point) {
            free(point);
            error = point ? 0 : -ENOMEM;
            continue;
        }
        point[0] = (struct ht_plot_point){1, 1};
        for (size_t c = 0; c < e->counts; c++) {
            point[c + 1] = (struct ht_plot_point){(double)e->threads[c], ht_efficiency_of(e, i)[c]};
            f.high_y = fmax(f.high_y, 1.05 * point[c + 1].y);
        }
        error = ht_plot_add_curve(&f, 0, i, point, e->counts + 1);
    }
    if (!error && f.curves)
        error = ht_report_put_curves(report, part, &f, true, &as);
    for (size_t i = 0; i < f.curves; i++)
        free(f.curve[i].point);
    free(f.curve);
    return error;
}

int ht_report_put_threads(struct ht_report *report, const struct ht_report_part *part)
{
    struct ht_efficiency e;
    char finding[HT_REPORT_WORDS];
    bool any = false;
    int error = ht_efficiency_open(&e, part->summary);
    if (error)
        return error;
    for (size_t i = 0; i < part->summary->strategies; i++)
        any |= e.workloads[i] > 0;
    if (any && e.counts) {
        say_threads(part, &e, finding);
        ht_report_begin(report, part, "threads", "Efficiency by threads", finding,
                        "Throughput a thread, of that with one thread: 100 % is perfect scaling, half is no "
                        "gain from twice "
                        "the threads. It is the geometric mean over the workloads that ran with all numbers "
                        "of threads; more "
                        "threads than the machine has cores can’t scale.");
        fputs("<div class=\"beside\">", report->out);
        error = put_efficiency_curves(report, part, &e);
        put_efficiency_table(report, part, &e);
        fputs("</div>", report->out);
        ht_report_end(report);
    } else {
        ht_report_note_gap(report, part, "Efficiency by threads",
                           "more than one number of threads: --threads 1,2,4");
    }
    ht_efficiency_close(&e);
    return error;
}
