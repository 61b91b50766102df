/* threads: efficiency by threads: throughput of t threads over t times that of one thread, paired in a round,
 * as the geometric mean over the workloads that ran with all numbers of threads. */
#include <errno.h>
#include <stdlib.h>

#include "results/plot_parts.h"

enum { THREADS_MAX = 16 };

/* In pixels; plot-threads.gp draws by the same figures. */
enum { HEIGHT = 460, PLOT_HEIGHT = HEIGHT - 96 };

/* What one strategy does in one workload with some threads, over all rounds. */
struct figure {
    size_t strategy, place; /* the place of a job among those that differ in threads only */
    uint64_t threads, round;
    double per_ns; /* operations */
};

struct threads {
    struct figure *figure;
    size_t n;
    uint64_t count[THREADS_MAX]; /* the numbers of threads that some workload has besides 1 */
    size_t counts;
};

static int by_round(const void *a, const void *b)
{
    const struct figure *const p = a, *const q = b;
    if (p->strategy != q->strategy)
        return p->strategy < q->strategy ? -1 : 1;
    if (p->place != q->place)
        return p->place < q->place ? -1 : 1;
    if (p->round != q->round)
        return p->round < q->round ? -1 : 1;
    return (p->threads > q->threads) - (p->threads < q->threads);
}

static void add_count(struct threads *t, uint64_t threads)
{
    size_t at = t->counts;
    for (size_t i = 0; i < t->counts; i++)
        if (t->count[i] == threads)
            return;
    if (threads < 2 || threads == HT_ABSENT || t->counts == THREADS_MAX)
        return;
    for (; at > 0 && t->count[at - 1] > threads; at--)
        t->count[at] = t->count[at - 1];
    t->count[at] = threads;
    t->counts++;
}

static int list_figures(const struct ht_summary *s, struct threads *t)
{
    struct ht_index places = {0};
    int error = 0;
    for (size_t i = 0; i < s->rows->count && !error; i++) {
        const struct ht_row *const row = &s->rows->row[i];
        if (isnan(ht_metric_figure(row, HT_TIME)) || !(row->wall_ns > 0) || row->ops == HT_ABSENT)
            continue;
        struct figure *const f = &t->figure[t->n++];
        const struct ht_index_key key = {
            {(uint64_t)(uintptr_t)row->workload, (uint64_t)(uintptr_t)row->params}};
        *f = (struct figure){s->strategy_of[i], 0, row->threads, row->round, (double)row->ops / row->wall_ns};
        error = ht_index_add(&places, key, &f->place);
        add_count(t, row->threads);
    }
    ht_index_free(&places);
    qsort(t->figure, t->n, sizeof *t->figure, by_round);
    return error;
}

/* The log efficiencies of one round: figures of one strategy and workload from `f` to `end`, by threads. Adds
 * each to sum[c] and n[c]; false when a number of threads is missing. */
static bool add_round(const struct threads *t, const struct figure *f, const struct figure *end, double *sum)
{
    double at[THREADS_MAX];
    size_t found = 0;
    if (f->threads != 1)
        return false;
    for (const struct figure *g = f + 1; g < end && found < t->counts; g++)
        if (g->threads == t->count[found]) {
            at[found] = log(g->per_ns / f->per_ns / (double)g->threads);
            found++;
        }
    for (size_t c = 0; c < t->counts && found == t->counts; c++)
        sum[c] += at[c];
    return found == t->counts;
}

static bool same_workload(const struct figure *a, const struct figure *b)
{
    return a->strategy == b->strategy && a->place == b->place;
}

/* The mean over the rounds of one workload, added to sum; returns where its figures end. */
static size_t add_workload(const struct threads *t, size_t from, double *sum, size_t *workloads)
{
    double of_rounds[THREADS_MAX] = {0};
    size_t rounds = 0, end = from;
    while (end < t->n && same_workload(&t->figure[end], &t->figure[from])) {
        size_t next = end;
        while (next < t->n && same_workload(&t->figure[next], &t->figure[from]) &&
               t->figure[next].round == t->figure[end].round)
            next++;
        rounds += add_round(t, &t->figure[end], &t->figure[next], of_rounds);
        end = next;
    }
    for (size_t c = 0; c < t->counts && rounds; c++)
        sum[c] += of_rounds[c] / (double)rounds;
    *workloads += rounds > 0;
    return end;
}

struct end {
    size_t strategy;
    double y;
};

/* One block a strategy: threads, efficiency. Returns how many. */
static size_t put_lines(const struct ht_plot *plot, FILE *out, const struct threads *t, struct end *ends)
{
    size_t lines = 0;
    fputs("styles = '", plot->driver);
    for (size_t from = 0; from < t->n;) {
        const size_t strategy = t->figure[from].strategy;
        double sum[THREADS_MAX] = {0};
        size_t workloads = 0;
        while (from < t->n && t->figure[from].strategy == strategy)
            from = add_workload(t, from, sum, &workloads);
        if (!workloads)
            continue;
        fprintf(plot->driver, "%s%u", lines ? " " : "", ht_plot_style(plot->summary, strategy));
        fputs("1\t1\n", out);
        for (size_t c = 0; c < t->counts; c++) {
            ends[lines] = (struct end){strategy, exp(sum[c] / (double)workloads)};
            fprintf(out, "%zu\t%.4g\n", (size_t)t->count[c], ends[lines].y);
        }
        ht_plot_end_block(out, 2);
        lines++;
    }
    fputs("'\n", plot->driver);
    return lines;
}

/* y of the label, y of the line's end, style, name. Returns the top of the axis, or a negative errno. */
static double put_names(const struct ht_plot *plot, FILE *out, const struct end *ends, size_t lines)
{
    double *const y = malloc((lines + 1) * sizeof *y), top = 1.05;
    if (!y)
        return -ENOMEM;
    for (size_t i = 0; i < lines; i++)
        top = fmax(top, 1.05 * (y[i] = ends[i].y));
    const double gap = top * HT_PLOT_LINE / PLOT_HEIGHT;
    ht_plot_spread(y, lines, gap, gap / 2, top - gap / 2);
    for (size_t i = 0; i < lines; i++) {
        fprintf(out, "%.4g\t%.4g\t%u\t", y[i], ends[i].y, ht_plot_style(plot->summary, ends[i].strategy));
        ht_plot_text(out, plot->summary->strategy[ends[i].strategy].name, HT_PLOT_NAME);
        putc('\n', out);
    }
    ht_plot_end_block(out, 4);
    free(y);
    return top;
}

static int write_threads(const struct ht_plot *plot, const struct threads *t)
{
    struct ht_file file;
    struct end *const ends = calloc(plot->summary->strategies, sizeof *ends);
    if (!ends)
        return -ENOMEM;
    int error = ht_plot_open_data(plot, "threads", &file);
    if (!error) {
        const size_t lines = put_lines(plot, file.out, t, ends);
        const double top = put_names(plot, file.out, ends, lines);
        if (lines && top > 0) {
            fprintf(plot->driver, "lines = %zu; most = %zu; top = %.4g; ticks = '\"1\" 1", lines,
                    (size_t)t->count[t->counts - 1], top);
            for (size_t c = 0; c < t->counts; c++)
                fprintf(plot->driver, ", \"%zu\" %zu", (size_t)t->count[c], (size_t)t->count[c]);
            fputs("'\n", plot->driver);
            ht_plot_draw(plot, "threads", "threads", HT_PLOT_WIDTH, HEIGHT);
        }
        error = ht_file_close(&file);
    }
    free(ends);
    return error;
}

int ht_plot_threads(const struct ht_plot *plot)
{
    struct threads t = {.figure = malloc((plot->summary->rows->count + 1) * sizeof *t.figure)};
    int error = t.figure ? list_figures(plot->summary, &t) : -ENOMEM;
    if (!error && t.counts)
        error = write_threads(plot, &t);
    free(t.figure);
    return error;
}
