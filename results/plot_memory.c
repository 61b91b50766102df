/* memory: live, mapped and resident bytes over one workload, one panel a strategy, all on one scale. */
#include <errno.h>
#include <stdlib.h>

#include "results/plot_parts.h"
#include "results/series.h"

enum { POINTS = 300, ACROSS = 4, LEAST_LIVE = 1 << 20 };

/* In pixels; plot-memory.gp draws by the same figures. */
enum { TITLE = 64, PANEL_HEIGHT = 132, FOOT = 30 };

static const double mib = 1 << 20;

struct memory {
    double most;        /* MiB: live and resident of all panels, and mapped up to half more */
    double most_mapped; /* MiB */
    size_t panels;
};

static double figure(uint64_t bytes)
{
    return bytes == HT_ABSENT ? NAN : (double)bytes / mib;
}

static void put_figure(FILE *out, uint64_t bytes)
{
    if (bytes == HT_ABSENT)
        fputs("\tNaN", out);
    else
        fprintf(out, "\t%.4g", (double)bytes / mib);
}

/* The sample with the most resident bytes of each 1/POINTS of the series, so that no peak is lost. */
static size_t peak_of(const struct ht_memory_sample *sample, size_t from, size_t end)
{
    size_t best = from;
    for (size_t i = from; i < end; i++)
        if (sample[i].rss_bytes != HT_ABSENT &&
            (sample[best].rss_bytes == HT_ABSENT || sample[i].rss_bytes > sample[best].rss_bytes))
            best = i;
    return best;
}

/* One block, and the most mapped MiB to the driver: progress in percent, then live, mapped, resident above the base
 * in MiB. */
static void put_panel(const struct ht_plot *plot, FILE *out, struct memory *m,
                      struct ht_memory_sample *sample, size_t n, uint64_t base)
{
    const bool by_ops = sample[n - 1].ops != HT_ABSENT && sample[n - 1].ops > 0;
    const double end = by_ops ? (double)sample[n - 1].ops : fmax(1, (double)sample[n - 1].t_ns);
    const size_t step = n / POINTS + 1;
    double most_mapped = 0;
    for (size_t from = 0; from < n; from += step) {
        struct ht_memory_sample *const s = &sample[peak_of(sample, from, from + step < n ? from + step : n)];
        if (s->rss_bytes != HT_ABSENT && base != HT_ABSENT)
            s->rss_bytes = s->rss_bytes > base ? s->rss_bytes - base : 0;
        fprintf(out, "%.4g", 100 * (double)(by_ops ? s->ops : s->t_ns) / end);
        put_figure(out, s->live_bytes);
        put_figure(out, s->mapped_bytes);
        put_figure(out, s->rss_bytes);
        putc('\n', out);
        m->most = fmax(m->most, fmax(figure(s->live_bytes), figure(s->rss_bytes)));
        most_mapped = fmax(most_mapped, figure(s->mapped_bytes));
    }
    m->most_mapped = fmax(m->most_mapped, most_mapped);
    fprintf(plot->driver, "mapped%zu = %.5g\n", m->panels, most_mapped);
    ht_plot_end_block(out, 4);
    m->panels++;
}

/* Resident bytes above the base over live bytes, at their peaks; NAN when that says little. A strategy that holds
 * less than was asked for (null) is no allocator. */
static double burden(const struct ht_row *row)
{
    if (row->live_peak_bytes == HT_ABSENT || row->rss_peak_bytes == HT_ABSENT ||
        row->rss_base_bytes == HT_ABSENT || row->live_peak_bytes < LEAST_LIVE ||
        row->rss_peak_bytes <= row->rss_base_bytes)
        return NAN;
    const double ratio = (double)(row->rss_peak_bytes - row->rss_base_bytes) / (double)row->live_peak_bytes;
    return ratio > 0.9 ? ratio : NAN;
}

/* How far apart the strategies of a job are: the largest burden over the smallest; 0 when there is none. */
static double spread(const struct ht_summary *s, const struct ht_plot_series *series, size_t from, size_t end)
{
    double most = NAN, least = NAN;
    for (; from < end; from++) {
        const double ratio = burden(&s->rows->row[series->row[from]]);
        most = fmax(most, ratio);
        least = fmin(least, ratio);
    }
    return isnan(most) ? 0 : most / least;
}

void ht_plot_choose_memory(const struct ht_summary *s, const struct ht_plot_series *series, size_t *from,
                           size_t *end)
{
    size_t strategies = 0;
    *from = *end = 0;
    double best = -1;
    for (size_t i = 0, next; i < series->n; i = next) {
        next = ht_plot_job_end(s, series, i);
        const size_t here = ht_plot_count_strategies(s, series, i, next);
        strategies = here > strategies ? here : strategies;
    }
    for (size_t i = 0, next; i < series->n; i = next) {
        next = ht_plot_job_end(s, series, i);
        const double here = spread(s, series, i, next);
        if (2 * ht_plot_count_strategies(s, series, i, next) >= strategies && here > best) {
            best = here;
            *from = i;
            *end = next;
        }
    }
}

/* The first row's series of each strategy; those that can't be read are left out. */
static int put_panels(const struct ht_plot *plot, FILE *out, const struct ht_plot_series *series, size_t from,
                      size_t end, struct memory *m)
{
    const struct ht_summary *const s = plot->summary;
    for (; from < end; from = ht_plot_cell_end(s, series, from)) {
        struct ht_memory_sample *sample = NULL;
        size_t n = 0;
        char *const path = ht_plot_series_path(plot, series->row[from]);
        const int error = path ? ht_series_read_memory(path, &sample, &n) : -ENOMEM;
        free(path);
        if (error == -ENOMEM)
            return error;
        if (error || !n) {
            ht_plot_note_unread(plot, series->row[from]);
            free(sample);
            continue;
        }
        fprintf(plot->driver, "name%zu = '", m->panels);
        ht_plot_text(plot->driver, s->strategy[s->strategy_of[series->row[from]]].name, HT_PLOT_NAME);
        fputs("'\n", plot->driver);
        put_panel(plot, out, m, sample, n, s->rows->row[series->row[from]].rss_base_bytes);
        free(sample);
    }
    return 0;
}

static int write_memory(const struct ht_plot *plot, const struct ht_plot_series *series)
{
    struct memory m = {0};
    struct ht_file file;
    char label[160];
    size_t from, end;
    ht_plot_choose_memory(plot->summary, series, &from, &end);
    int error = ht_plot_open_data(plot, "memory", &file);
    if (error)
        return error;
    error = put_panels(plot, file.out, series, from, end, &m);
    const int close_error = ht_file_close(&file);
    if (error || close_error || !m.panels)
        return error ? error : close_error;
    ht_summary_job_label(&plot->summary->job[plot->summary->job_of[series->row[from]]], label, sizeof label);
    fputs("job = '", plot->driver);
    ht_plot_text(plot->driver, label, HT_PLOT_JOB);
    fprintf(plot->driver, "'; panels = %zu; most = %.5g\n", m.panels,
            1.06 * fmax(m.most, fmin(m.most_mapped, 1.5 * m.most)));
    ht_plot_draw(plot, "memory", "memory", HT_PLOT_WIDTH,
                 TITLE + PANEL_HEIGHT * (int)((m.panels + ACROSS - 1) / ACROSS) + FOOT);
    return 0;
}

int ht_plot_memory(const struct ht_plot *plot)
{
    struct ht_plot_series series;
    int error = ht_plot_series_open(plot->summary, "memory", &series);
    if (!error && series.n)
        error = write_memory(plot, &series);
    ht_plot_series_close(&series);
    return error;
}
