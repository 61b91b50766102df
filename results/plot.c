#include "results/plot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "results/gnuplot.h"
#include "results/plot_parts.h"
#include "results/timeline.h"

enum { HUES = 6, DASHES = 4 };

/* ---- what the figures share ----------------------------------------------------------------------------- */

int ht_plot_open_data(const struct ht_plot *plot, const char *name, struct ht_file *file)
{
    char *path;
    if (asprintf(&path, "%s/plots/%s%s.dat", plot->dir, plot->prefix, name) < 0)
        return -ENOMEM;
    const int error = ht_file_open(file, path);
    free(path);
    return error;
}

void ht_plot_end_block(FILE *out, int columns)
{
    for (int i = 0; i < columns; i++)
        fputs(i ? "\t-99" : "\n-99", out); /* after an empty line, so that no curve leads there */
    fputs("\n\n\n", out);
}

void ht_plot_draw(const struct ht_plot *plot, const char *name, const char *figure, int width, int height)
{
    fprintf(plot->driver, "name = '%s%s'; figure = '%s'; W = %d; H = %d\nload scripts . '/plot-both.gp'\n\n",
            plot->prefix, name, figure, width, height);
}

void ht_plot_text(FILE *out, const char *text, size_t letters)
{
    ht_text_put_without(out, text, letters, "\"'`\\#");
}

size_t ht_plot_letters(const char *text, size_t letters)
{
    const size_t all = ht_text_columns(text);
    return all < letters ? all : letters;
}

unsigned ht_plot_style(const struct ht_summary *summary, size_t strategy)
{
    if (strategy == summary->baseline)
        return 1;
    const size_t place = strategy - (strategy > summary->baseline);
    return 2 + (unsigned)(place % (HUES * DASHES));
}

void ht_plot_note_unread(const struct ht_plot *plot, size_t row)
{
    const char *const name = plot->summary->rows->row[row].series;
    if (!plot->unread->n++)
        snprintf(plot->unread->first, sizeof plot->unread->first, "%s", name);
}

/* Blocks of labels that touch lie around the mean of where their labels want to be. */
struct block {
    double sum; /* of where each wants the block's start to be */
    size_t n;
};

static double block_start(const struct block *b, double gap, double low, double high)
{
    const double start = b->sum / (double)b->n, last = high - gap * (double)(b->n - 1);
    return fmax(low, fmin(start, last));
}

struct placed {
    double y;
    size_t label;
};

static int by_place(const void *a, const void *b)
{
    const struct placed *const p = a, *const q = b;
    return p->y != q->y ? (p->y > q->y) - (p->y < q->y) : (p->label > q->label) - (p->label < q->label);
}

static size_t merge_blocks(struct block *block, const struct placed *placed, size_t n, double gap, double low,
                           double high)
{
    size_t blocks = 0;
    for (size_t i = 0; i < n; i++) {
        block[blocks++] = (struct block){placed[i].y, 1};
        while (blocks > 1) {
            struct block *const b = &block[blocks - 2], *const next = b + 1;
            if (block_start(b, gap, low, high) + gap * (double)b->n <= block_start(next, gap, low, high))
                break;
            b->sum += next->sum - gap * (double)(b->n * next->n);
            b->n += next->n;
            blocks--;
        }
    }
    return blocks;
}

void ht_plot_spread(double *y, size_t n, double gap, double low, double high)
{
    struct placed *const placed = malloc((n + 1) * sizeof *placed);
    struct block *const block = malloc((n + 1) * sizeof *block);
    if (n && gap * (double)(n - 1) > high - low)
        gap = (high - low) / (double)n;
    for (size_t i = 0; placed && i < n; i++)
        placed[i] = (struct placed){y[i], i};
    if (placed && block) {
        qsort(placed, n, sizeof *placed, by_place);
        const size_t blocks = merge_blocks(block, placed, n, gap, low, high);
        for (size_t b = 0, i = 0; b < blocks; b++)
            for (size_t k = 0; k < block[b].n; k++)
                y[placed[i++].label] = block_start(&block[b], gap, low, high) + gap * (double)k;
    }
    free(placed);
    free(block);
}

/* ---- the driver and gnuplot ----------------------------------------------------------------------------- */

/* What it can't read, the figures of pauses have noted. */
static int write_timeline(const struct ht_plot *plot)
{
    char name[64];
    size_t unread;
    snprintf(name, sizeof name, "%stimeline.json", plot->prefix);
    return ht_timeline_write(plot->summary, plot->dir, name, &unread);
}

static int emit_driver(const struct ht_plot *plot, const char *scripts)
{
    fprintf(plot->driver,
            "# Draws every figure again: gnuplot %splots.gp, in this folder. Made by heaptrial "
            "plot.\nscripts = '",
            plot->prefix);
    for (const char *p = scripts; *p; p++)
        fputs(*p == '\'' ? "''" : (const char[]){*p, '\0'}, plot->driver);
    fprintf(plot->driver, "'\nbaseline = '");
    ht_plot_text(plot->driver, plot->summary->strategy[plot->summary->baseline].name, HT_PLOT_NAME);
    fputs("'\n\n", plot->driver);
    int error = ht_plot_heat(plot, HT_TIME);
    error = error ? error : ht_plot_heat(plot, HT_MEMORY);
    error = error ? error : ht_plot_latency(plot);
    error = error ? error : ht_plot_memory(plot);
    error = error ? error : ht_plot_pareto(plot);
    error = error ? error : ht_plot_threads(plot);
    error = error ? error : ht_plot_garbage(plot);
    error = error ? error : ht_plot_mmu(plot);
    error = error ? error : ht_plot_pauses(plot);
    error = error ? error : ht_plot_heaps(plot);
    error = error ? error : ht_plot_survival(plot);
    return error ? error : write_timeline(plot);
}

static int emit_in(const struct ht_summary *summary, const char *dir, const char *prefix, const char *scripts,
                   const char *folder, char why[256])
{
    struct ht_file driver;
    struct ht_plot_unread unread = {0};
    char name[64], *path, *const whole = realpath(scripts, NULL);
    if (!whole) {
        const int error = -errno;
        snprintf(why, 256, "%.200s: %s", scripts, strerror(-error));
        return error;
    }
    snprintf(name, sizeof name, "%splots.gp", prefix);
    if (asprintf(&path, "%s/%s", folder, name) < 0) {
        free(whole);
        return -ENOMEM;
    }
    int error = mkdir(folder, 0777) && errno != EEXIST ? -errno : ht_file_open(&driver, path);
    if (!error) {
        const struct ht_plot plot = {summary, dir, prefix, driver.out, &unread, NULL};
        error = emit_driver(&plot, whole);
        const int close_error = ht_file_close(&driver);
        error = error ? error : close_error;
    }
    if (error)
        snprintf(why, 256, "%.150s: %s", folder, strerror(-error));
    free(path);
    free(whole);
    error = error ? error : ht_gnuplot_draw(folder, name, why);
    if (!error && unread.n)
        snprintf(why, 256, "plots: %zu series can't be read and are left out, the first is %s", unread.n,
                 unread.first);
    return error;
}

int ht_plot_emit(const struct ht_summary *summary, const char *dir, const char *prefix, const char *scripts,
                 char why[256])
{
    char *folder;
    if (asprintf(&folder, "%s/plots", dir) < 0)
        return -ENOMEM;
    why[0] = '\0';
    const int error = emit_in(summary, dir, prefix, scripts, folder, why);
    free(folder);
    return error;
}
