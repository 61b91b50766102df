/* memory: live, mapped and resident bytes over one workload, one panel a strategy, all on one scale. */
#include <errno.h>
#include <stdlib.h>

#include "results/plot_parts.h"
#include "results/series.h"

enum { POINTS = 300, ACROSS = 4 };

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

/* One block, and the most mapped MiB to the driver: progress in percent, then live, mapped, resident in MiB. */
static void put_panel(const struct ht_plot *plot, FILE *out, struct memory *m,
                      const struct ht_memory_sample *sample, size_t n)
{
    const bool by_ops = sample[n - 1].ops != HT_ABSENT && sample[n - 1].ops > 0;
    const double end = by_ops ? (double)sample[n - 1].ops : fmax(1, (double)sample[n - 1].t_ns);
    const size_t step = n / POINTS + 1;
    double most_mapped = 0;
    for (size_t from = 0; from < n; from += step) {
        const struct ht_memory_sample *const s =
            &sample[peak_of(sample, from, from + step < n ? from + step : n)];
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

/* The most live bytes that a row of from..end says; 0 when none does. */
static uint64_t live_peak(const struct ht_summary *s, const struct ht_plot_series *series, size_t from,
                          size_t end)
{
    uint64_t most = 0;
    for (; from < end; from++) {
        const uint64_t live = s->rows->row[series->row[from]].live_peak_bytes;
        most = live != HT_ABSENT && live > most ? live : most;
    }
    return most;
}

/* Of the jobs that most strategies have a series of, the one that holds the most memory. */
static void choose_job(const struct ht_summary *s, const struct ht_plot_series *series, size_t *from,
                       size_t *end)
{
    size_t most = 0;
    uint64_t most_live = 0;
    for (size_t i = 0, next; i < series->n; i = next) {
        next = ht_plot_job_end(s, series, i);
        const size_t strategies = ht_plot_count_strategies(s, series, i, next);
        const uint64_t live = live_peak(s, series, i, next);
        if (strategies > most || (strategies == most && live > most_live)) {
            most = strategies;
            most_live = live;
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
            free(sample);
            continue;
        }
        fprintf(plot->driver, "name%zu = '", m->panels);
        ht_plot_text(plot->driver, s->strategy[s->strategy_of[series->row[from]]].name, HT_PLOT_NAME);
        fputs("'\n", plot->driver);
        put_panel(plot, out, m, sample, n);
        free(sample);
    }
    return 0;
}

static int write_memory(const struct ht_plot *plot, const struct ht_plot_series *series)
{
    struct memory m = {0};
    struct ht_file file;
    char label[160];
    size_t from = 0, end = 0;
    choose_job(plot->summary, series, &from, &end);
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
