/* heat-time, heat-memory: the ratio of each cell to the baseline. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/outcome.h"
#include "results/plot_parts.h"

enum { ROWS_MAX = 45, COLUMN_MAX = 60, ROW = 20, TITLE = 34, FOOT = 66 };

struct heat {
    const struct ht_summary *s;
    enum ht_metric metric;
    size_t *job; /* by line of the map */
    size_t jobs;
    int columns; /* strategies but the baseline */
    bool fewest; /* only the fewest threads of each workload are shown */
    struct ht_interval mean;
};

static const struct ht_interval *ratio(const struct heat *h, size_t strategy, size_t job)
{
    const struct ht_summary_cell *const cell = ht_summary_cell(h->s, strategy, job);
    return cell && cell->ratio[h->metric].n ? &cell->ratio[h->metric] : NULL;
}

/* A job that has the same workload and parameters, but fewer threads, and stands before this one. */
static int lists_fewer(const struct heat *h, const struct ht_index *index, size_t job)
{
    const struct ht_summary_job *const j = &h->s->job[job];
    const struct ht_index_key key = {
        {(uint64_t)(uintptr_t)j->workload, (uint64_t)(uintptr_t)j->params, (uint64_t)(uintptr_t)j->heap}};
    return ht_index_find(index, key) != HT_INDEX_NONE;
}

static int list_jobs(struct heat *h)
{
    struct ht_index index = {0};
    size_t all = 0, number;
    int error = 0;
    for (size_t j = 0; j < h->s->jobs; j++)
        all += ratio(h, h->s->baseline, j) != NULL;
    h->fewest = all > ROWS_MAX;
    for (size_t j = 0; j < h->s->jobs && !error; j++) {
        if (!ratio(h, h->s->baseline, j) || (h->fewest && lists_fewer(h, &index, j)))
            continue;
        const struct ht_summary_job *const job = &h->s->job[j];
        const struct ht_index_key key = {{(uint64_t)(uintptr_t)job->workload,
                                          (uint64_t)(uintptr_t)job->params, (uint64_t)(uintptr_t)job->heap}};
        error = ht_index_add(&index, key, &number);
        h->job[h->jobs++] = j;
    }
    ht_index_free(&index);
    return error;
}

static bool is_inconclusive(const struct ht_interval *i)
{
    return i->n > 1 && i->low <= 1 && i->high >= 1;
}

/* The geometric mean of what the map shows of a strategy; without an interval. */
static const struct ht_interval *mean_shown(struct heat *h, size_t strategy)
{
    double sum = 0;
    size_t n = 0;
    for (size_t line = 0; line < h->jobs; line++) {
        const struct ht_interval *const i = ratio(h, strategy, h->job[line]);
        sum += i ? log(i->estimate) : 0;
        n += i != NULL;
    }
    h->mean = (struct ht_interval){.estimate = exp(sum / (double)n), .n = 1};
    return n ? &h->mean : NULL;
}

/* The ratio of a place of the map: a cell's or, in the line after the last job, the mean of all. */
static const struct ht_interval *ratio_at(struct heat *h, size_t strategy, size_t line)
{
    if (line < h->jobs)
        return ratio(h, strategy, h->job[line]);
    const struct ht_interval *const suite = &h->s->strategy[strategy].suite[h->metric];
    return h->fewest ? mean_shown(h, strategy) : suite->n ? suite : NULL;
}

/* The suite stands a little apart from the workloads. */
static double line_y(const struct heat *h, size_t line)
{
    return (double)line + (line < h->jobs ? 0.5 : 0.8);
}

static void put_number(FILE *out, double x, double y, const struct ht_interval *i)
{
    char number[24];
    const bool strong = fabs(log2(i->estimate)) > 1.4;
    ht_text_ratio(number, i->estimate);
    fprintf(out, "%g\t%g\t%d\t%s\n", x, y, strong ? 0xffffff : 0x202020, number);
}

static void put_outcome(FILE *out, const struct heat *h, double x, double y, size_t strategy, size_t line)
{
    const struct ht_summary_cell *const cell =
        line < h->jobs ? ht_summary_cell(h->s, strategy, h->job[line]) : NULL;
    const char *const outcome = cell && cell->outcome ? cell->outcome : "";
    fprintf(out, "%g\t%g\t%d\t", x, y, 0x606060);
    ht_plot_text(out, strcmp(outcome, ht_outcome_word(HT_UNSUPPORTED)) ? outcome : "n/a", HT_PLOT_NAME);
    putc('\n', out);
}

/* The blocks: 0 ratios, 1 those that are not conclusive, 2 places without one, 3 texts of all. */
static void put_places(FILE *out, struct heat *h, int block)
{
    double x = 0.5;
    for (size_t s = 0; s < h->s->strategies; s++) {
        if (s == h->s->baseline)
            continue;
        for (size_t line = 0; line <= h->jobs; line++) {
            const double y = line_y(h, line);
            const struct ht_interval *const i = ratio_at(h, s, line);
            if (block == 0 && i)
                fprintf(out, "%g\t%g\t%g\n", x, y, fmax(-2, fmin(2, log2(i->estimate))));
            else if ((block == 1 && i && is_inconclusive(i)) || (block == 2 && !i))
                fprintf(out, "%g\t%g\n", x, y);
            else if (block == 3 && i)
                put_number(out, x, y, i);
            else if (block == 3)
                put_outcome(out, h, x, y, s, line);
        }
        x++;
    }
    ht_plot_end_block(out, block == 0 ? 3 : block == 3 ? 4 : 2);
}

/* Blocks 4, names of lines, and 5, names of columns. Returns the width of the widest, in letters. */
static size_t put_names(FILE *out, const struct heat *h)
{
    size_t widest = strlen("geometric mean");
    for (size_t line = 0; line <= h->jobs; line++) {
        char label[200] = "geometric mean";
        if (line < h->jobs)
            ht_summary_job_label(&h->s->job[h->job[line]], label, sizeof label);
        const size_t letters = ht_plot_letters(label, HT_PLOT_JOB);
        widest = letters > widest ? letters : widest;
        fprintf(out, "%g\t", line_y(h, line));
        ht_plot_text(out, label, HT_PLOT_JOB);
        putc('\n', out);
    }
    ht_plot_end_block(out, 2);
    double x = 0.5;
    for (size_t s = 0; s < h->s->strategies; s++)
        if (s != h->s->baseline) {
            fprintf(out, "%g\t", x++);
            ht_plot_text(out, h->s->strategy[s].name, HT_PLOT_NAME);
            putc('\n', out);
        }
    ht_plot_end_block(out, 2);
    return widest;
}

/* What a slanted name needs above the columns, and the last one to their right. */
static int name_extent(const struct ht_summary *s)
{
    size_t most = 4;
    for (size_t i = 0; i < s->strategies; i++) {
        const size_t letters = ht_plot_letters(s->strategy[i].name, HT_PLOT_NAME);
        most = letters > most ? letters : most;
    }
    return 12 + (int)most * HT_PLOT_LETTER * 3 / 4;
}

/* What hatching means with so many rounds. */
static void put_caption(FILE *out, size_t rounds)
{
    if (rounds > HT_STATS_RANGE_MAX)
        fputs("hatched = 'hatched: the 95 % interval holds 1'\n", out);
    else if (rounds > 1)
        fprintf(out, "hatched = 'hatched: 1 lies within the range of %zu rounds'\n", rounds);
    else
        fputs("hatched = 'one round: no interval can be given'\n", out);
}

static void emit(const struct ht_plot *plot, const struct heat *h, const char *name, size_t widest)
{
    const int left = 14 + (int)widest * HT_PLOT_LETTER;
    const int extent = name_extent(plot->summary);
    int column = (HT_PLOT_WIDTH - left - extent) / h->columns;
    column = column > COLUMN_MAX ? COLUMN_MAX : column < 8 ? 8 : column;
    const int top = TITLE + extent, lines = (int)h->jobs + 1;
    const int height = top + lines * ROW + ROW * 3 / 10 + FOOT;
    int width = left + column * h->columns + extent;
    width = width < 560 ? 560 : width;
    fprintf(plot->driver, "what = '%s relative to ' . baseline . ', %sbelow 1 is %s'\n",
            h->metric == HT_TIME ? "Time" : "Peak memory",
            h->fewest ? "fewest threads of each workload; " : "",
            h->metric == HT_TIME ? "faster" : "smaller");
    fprintf(plot->driver, "columns = %d; lines = %.1f; column = %d; left = %d; top = %d\n", h->columns,
            lines + 0.3, column, left, top);
    put_caption(plot->driver, h->s->rounds[h->metric]);
    ht_plot_draw(plot, name, "heat", width, height);
}

static int write_heat(const struct ht_plot *plot, struct heat *h)
{
    const char *const name = h->metric == HT_TIME ? "heat-time" : "heat-memory";
    struct ht_file file;
    int error = list_jobs(h);
    if (error || !h->jobs || !h->columns)
        return error;
    error = ht_plot_open_data(plot, name, &file);
    if (error)
        return error;
    for (int block = 0; block < 4; block++)
        put_places(file.out, h, block);
    emit(plot, h, name, put_names(file.out, h));
    return ht_file_close(&file);
}

int ht_plot_heat(const struct ht_plot *plot, enum ht_metric metric)
{
    struct heat h = {.s = plot->summary, .metric = metric, .columns = (int)plot->summary->strategies - 1};
    h.job = malloc(plot->summary->jobs * sizeof *h.job);
    const int error = h.job ? write_heat(plot, &h) : -ENOMEM;
    free(h.job);
    return error;
}
