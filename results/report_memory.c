/* Memory over time: live, mapped and resident bytes in one workload, a panel a strategy, all on one scale. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "results/report_parts.h"
#include "results/series.h"

/* In pixels. */
enum { WIDTH = 232, HEIGHT = 150, LEFT = 40, RIGHT = 6, TOP = 8, BOTTOM = 22, POINTS = 96, SAMPLES = 3 };

struct panel {
    size_t row;
    struct ht_memory_sample *sample;
    size_t n;
    double most;  /* bytes that must be seen */
    double worst; /* resident over live, at their peaks */
};

struct memory {
    struct ht_report *report;
    const struct ht_report_part *part;
    struct panel *panel;
    size_t panels;
    struct ht_report_axis x, y;
};

static const double mib = 1 << 20;

static double known(uint64_t bytes)
{
    return bytes == HT_ABSENT ? NAN : (double)bytes;
}

/* The peaks of a series; resident is above what was there at the start. */
static void measure(struct panel *p, uint64_t base)
{
    double live = 0, resident = 0;
    for (size_t i = 0; i < p->n; i++) {
        struct ht_memory_sample *const s = &p->sample[i];
        if (s->rss_bytes != HT_ABSENT && base != HT_ABSENT)
            s->rss_bytes = s->rss_bytes > base ? s->rss_bytes - base : 0;
        live = fmax(live, known(s->live_bytes));
        resident = fmax(resident, known(s->rss_bytes));
    }
    p->most = fmax(live, resident);
    p->worst = live > 0 ? resident / live : NAN;
}

static int by_worst(const void *a, const void *b)
{
    const struct panel *const p = a, *const q = b;
    return (p->worst > q->worst) - (p->worst < q->worst);
}

static int read_panels(struct memory *m, const struct ht_plot_series *series, size_t from, size_t end)
{
    const struct ht_summary *const s = m->part->summary;
    for (; from < end; from = ht_plot_cell_end(s, series, from)) {
        struct panel *const p = &m->panel[m->panels];
        const size_t row = series->row[from];
        char *path;
        *p = (struct panel){.row = row};
        if (asprintf(&path, "%s/%s", m->report->dir, s->rows->row[row].series) < 0)
            return -ENOMEM;
        const int error = ht_series_read_memory(path, &p->sample, &p->n);
        free(path);
        if (error == -ENOMEM)
            return error;
        if (error || p->n < SAMPLES) { /* what ended between two samples has no curve */
            m->report->unread += error != 0;
            free(error ? NULL : p->sample);
            continue;
        }
        measure(p, s->rows->row[row].rss_base_bytes);
        m->panels++;
    }
    return 0;
}

/* The sample with most resident bytes of a stretch, so that no peak is lost. */
static size_t peak_of(const struct panel *p, size_t from, size_t end)
{
    size_t best = from;
    for (size_t i = from; i < end; i++)
        if (!(known(p->sample[i].rss_bytes) <= known(p->sample[best].rss_bytes)))
            best = i;
    return best;
}

static double progress(const struct panel *p, size_t i)
{
    const struct ht_memory_sample *const last = &p->sample[p->n - 1];
    const bool by_ops = last->ops != HT_ABSENT && last->ops > 0;
    return by_ops ? (double)p->sample[i].ops / (double)last->ops
                  : (double)p->sample[i].t_ns / fmax(1, (double)last->t_ns);
}

static uint64_t bytes_of(const struct ht_memory_sample *s, char line)
{
    return line == 'L' ? s->live_bytes : line == 'M' ? s->mapped_bytes : s->rss_bytes;
}

static void put_line(FILE *out, const struct memory *m, const struct panel *p, char line, const char *class)
{
    const size_t step = p->n / POINTS + 1;
    bool begun = false;
    double x = m->x.from;
    fprintf(out, "<path class=\"%s\" d=\"", class);
    if (line == 'L')
        fprintf(out, "M%.1f %.1f", m->x.from, m->y.from);
    for (size_t from = 0; from < p->n; from += step) {
        const size_t i = peak_of(p, from, from + step < p->n ? from + step : p->n);
        const double bytes = known(bytes_of(&p->sample[i], line));
        if (isnan(bytes))
            continue;
        x = ht_report_at(&m->x, progress(p, i));
        fprintf(out, "%c%.1f %.1f", begun || line == 'L' ? 'L' : 'M', x, ht_report_at(&m->y, bytes / mib));
        begun = true;
    }
    if (line == 'L')
        fprintf(out, "L%.1f %.1fZ", x, m->y.from);
    fputs("\"/>", out);
}

static void put_y_ticks(FILE *out, const struct memory *m)
{
    double tick[HT_REPORT_TICKS];
    const size_t n = ht_report_ticks(&m->y, tick);
    for (size_t i = 0; i < n; i++) {
        const double at = ht_report_at(&m->y, tick[i]);
        fprintf(out,
                "<path class=\"g\" d=\"M%.1f %.1fH%.1f\"/><text class=\"t\" x=\"%.1f\" y=\"%.1f\" "
                "text-anchor=\"end\">%g</text>",
                m->x.from, at, m->x.to, m->x.from - 4, at + 3.5, tick[i]);
    }
}

static void put_panel(const struct memory *m, const struct panel *p)
{
    FILE *const out = m->report->out;
    const struct ht_summary *const s = m->part->summary;
    const size_t strategy = s->strategy_of[p->row];
    char peak[24], times[24];
    ht_report_bytes(peak, p->most);
    ht_report_ratio(times, p->worst);
    fprintf(out, "<figure class=\"panel small s\" data-s=\"%s%zu\"><figcaption><b>", m->part->id, strategy);
    ht_text_put_xml(out, s->strategy[strategy].name);
    fprintf(out,
            "</b> %s%s</figcaption><svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"Memory over time, ",
            times, times[0] ? " × live" : "", WIDTH, HEIGHT);
    ht_text_put_xml(out, s->strategy[strategy].name);
    fprintf(out, ": at most %s\">", peak);
    put_y_ticks(out, m);
    put_line(out, m, p, 'L', "live");
    put_line(out, m, p, 'M', "mapped");
    put_line(out, m, p, 'R', "resident");
    fprintf(out,
            "<text class=\"t\" x=\"%d\" y=\"%d\">start</text><text class=\"t\" x=\"%d\" y=\"%d\" "
            "text-anchor=\"end\">end</text></svg></figure>\n",
            LEFT, HEIGHT - 8, WIDTH - RIGHT, HEIGHT - 8);
}

static void say(const struct memory *m, char words[HT_REPORT_WORDS])
{
    const struct ht_summary *const s = m->part->summary;
    words[0] = '\0';
    const struct panel *best = NULL, *worst = NULL;
    for (size_t i = 0; i < m->panels; i++) {
        const struct panel *const p = &m->panel[i];
        if (isnan(p->worst) || !ht_report_is_rival(s, s->strategy_of[p->row]))
            continue;
        best = best ? best : p;
        worst = p;
    }
    if (!best || best == worst)
        return;
    char a[24], b[24];
    ht_report_ratio(a, best->worst);
    ht_report_ratio(b, worst->worst);
    ht_report_add(words, "At its peak %s holds %s × what was live at most, %s holds %s ×.",
                  s->strategy[s->strategy_of[best->row]].name, a,
                  s->strategy[s->strategy_of[worst->row]].name, b);
}

static void put_section(struct memory *m, size_t job)
{
    char finding[HT_REPORT_WORDS], how[HT_REPORT_WORDS] = "", label[160];
    double most = 0;
    ht_report_label(m->part->summary, job, label, sizeof label);
    for (size_t i = 0; i < m->panels; i++)
        most = fmax(most, m->panel[i].most);
    m->x = (struct ht_report_axis){0, 1, LEFT, WIDTH - RIGHT, false, NULL};
    m->y = (struct ht_report_axis){0, most > 0 ? 1.25 * most / mib : 1, HEIGHT - BOTTOM, TOP, false, NULL};
    qsort(m->panel, m->panels, sizeof *m->panel, by_worst);
    say(m, finding);
    ht_report_add(how,
                  "One run of %s, from its start to its end, in MiB: the workload in which memory differs "
                  "most. Grey area: bytes that the "
                  "program had asked for (live). Thick line: resident, what the strategy really took. Thin "
                  "line: mapped; "
                  "where it leaves the panel it is above the scale.",
                  label);
    ht_report_begin(m->report, m->part, "overtime", "Memory over time", finding, how);
    fputs("<div class=\"panels smalls\">\n", m->report->out);
    for (size_t i = 0; i < m->panels; i++)
        put_panel(m, &m->panel[i]);
    fputs("</div>\n", m->report->out);
    ht_report_end(m->report);
}

static int put(struct memory *m, const struct ht_plot_series *series)
{
    const struct ht_summary *const s = m->part->summary;
    size_t from, end;
    ht_plot_choose_memory(s, series, &from, &end);
    m->panel = calloc(end - from + 1, sizeof *m->panel);
    const int error = m->panel ? read_panels(m, series, from, end) : -ENOMEM;
    if (!error && m->panels)
        put_section(m, s->job_of[series->row[from]]);
    for (size_t i = 0; i < m->panels; i++)
        free(m->panel[i].sample);
    free(m->panel);
    return error;
}

int ht_report_put_memory(struct ht_report *report, const struct ht_report_part *part)
{
    struct memory m = {.report = report, .part = part};
    struct ht_plot_series series;
    int error = ht_plot_series_open(part->summary, "memory", &series);
    if (!error && series.n)
        error = put(&m, &series);
    if (!error && !m.panels)
        ht_report_note_gap(
            report, part, "Memory over time",
            "the memory pass, of a workload that is long enough to be sampled: -p memory --window 100");
    ht_plot_series_close(&series);
    return error;
}
