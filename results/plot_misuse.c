/* misuse: verdicts, case by strategy, a strip for each size; misuse-cost: what is noticed against what it costs. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "results/gnuplot.h"
#include "results/misuse_matrix.h"
#include "results/plot_parts.h"

enum { CELL = 22, ROW = 17, GROUP = 22, TITLE = 34, FOOT = 76, NAME = 26, STRATEGY = 18 };

/* Points whose x differ by less than this factor have their labels moved apart, by so much of the axis. */
#define NEAR      2.5
#define LABEL_GAP 2.9
enum { HT_MISUSE_PLOTTED = 128 };

struct figure {
    const struct ht_misuse_matrix *m;
    const struct ht_misuse_cost *cost;
    FILE *driver;
};

/* ---- the matrix ----------------------------------------------------------------------------------------- */

static bool opens_group(const struct ht_misuse_matrix *m, size_t row)
{
    return row == 0 || strcmp(m->axis[row].group, m->axis[row - 1].group);
}

/* The middle of a line, in pixels below the top of the map: each group has a line for its name. */
static double line_y(const struct ht_misuse_matrix *m, size_t row)
{
    double y = ROW / 2.0;
    for (size_t i = 0; i <= row; i++)
        y += opens_group(m, i) ? GROUP : 0;
    return y + (double)row * ROW;
}

/* Blocks 0 to 6: the strips of each verdict: x, y, half of the width. */
static void put_strips(FILE *out, const struct ht_misuse_matrix *m, enum ht_misuse_verdict verdict)
{
    for (size_t row = 0; row < m->cases; row++)
        for (size_t s = 0; s < m->strategies; s++) {
            const struct ht_misuse_cell *const cell = ht_misuse_cell(m, row, s);
            for (unsigned i = 0; i < cell->rows; i++)
                if (cell->verdict[i] == verdict)
                    fprintf(out, "%g\t%g\t%g\n", (double)s + 0.04 + 0.92 * (i + 0.5) / cell->rows,
                            line_y(m, row), 0.46 / cell->rows);
        }
    ht_plot_end_block(out, 3);
}

/* Block 7: letters: x, y, colour, text. */
static void put_letters(FILE *out, const struct ht_misuse_matrix *m)
{
    for (size_t row = 0; row < m->cases; row++)
        for (size_t s = 0; s < m->strategies; s++) {
            const struct ht_misuse_cell *const cell = ht_misuse_cell(m, row, s);
            if (!cell->rows)
                continue;
            const enum ht_misuse_verdict worst = ht_misuse_cell_worst(cell);
            const char letter = ht_misuse_cell_letter(cell);
            const bool dark =
                worst == HT_MISUSED_EXPLOITED || worst == HT_MISUSED_DIAGNOSED || worst == HT_MISUSED_NOT_RUN;
            fprintf(out, "%g\t%g\t%d\t%c\n", (double)s + 0.5, line_y(m, row), dark ? 0xffffff : 0x202020,
                    letter == '.' ? 'M' : letter);
        }
    ht_plot_end_block(out, 4);
}

/* Blocks 8, 9 and 10: names of cases, of groups and of strategies. */
static void put_names(FILE *out, const struct ht_misuse_matrix *m)
{
    for (size_t row = 0; row < m->cases; row++)
        fprintf(out, "%g\t%s\n", line_y(m, row), m->axis[row].name);
    ht_plot_end_block(out, 2);
    for (size_t row = 0; row < m->cases; row++)
        if (opens_group(m, row))
            fprintf(out, "%g\t%s\n", line_y(m, row) - (ROW + GROUP) / 2.0 + 3, m->axis[row].group);
    ht_plot_end_block(out, 2);
    for (size_t s = 0; s < m->strategies; s++) {
        fprintf(out, "%g\t", (double)s + 0.5);
        ht_plot_text(out, m->strategy[s], STRATEGY);
        putc('\n', out);
    }
    ht_plot_end_block(out, 2);
}

static int write_matrix(const struct ht_plot *plot, const struct figure *f)
{
    struct ht_file file;
    int error = ht_plot_open_data(plot, "misuse", &file);
    if (error)
        return error;
    for (int v = 0; v < HT_MISUSED_N; v++)
        put_strips(file.out, f->m, (enum ht_misuse_verdict)v);
    put_letters(file.out, f->m);
    put_names(file.out, f->m);
    const int left = 14 + NAME * HT_PLOT_LETTER, extent = 12 + STRATEGY * HT_PLOT_LETTER * 3 / 4;
    const int map = (int)line_y(f->m, f->m->cases - 1) + ROW, top = TITLE + extent;
    const int width = left + CELL * (int)f->m->strategies + extent;
    fprintf(f->driver, "columns = %zu; map = %d; left = %d; top = %d; cell = %d; half = %g\n",
            f->m->strategies, map, left, top, CELL, ROW / 2.0 - 0.8);
    ht_plot_draw(plot, "misuse", "misuse", width < 700 ? 700 : width, top + map + FOOT);
    return ht_file_close(&file);
}

/* ---- against its cost ----------------------------------------------------------------------------------- */

static bool has_cost(const struct figure *f, size_t s)
{
    return f->cost && f->m->score[s].rows && !isnan(f->cost[s].time);
}

/* A point of a panel, and where its label stands. */
struct point {
    double x, y, label;
    const char *name;
};

static int by_x(const void *a, const void *b)
{
    const struct point *const p = a, *const q = b;
    return (p->x > q->x) - (p->x < q->x);
}

/* Labels of points with little between them from left to right must not overlap. */
static void place_labels(struct point *point, size_t n)
{
    double y[HT_MISUSE_PLOTTED];
    qsort(point, n, sizeof *point, by_x);
    for (size_t from = 0, end; from < n; from = end) {
        for (end = from + 1; end < n && point[end].x < NEAR * point[end - 1].x;)
            end++;
        for (size_t i = from; i < end; i++)
            y[i - from] = point[i].y;
        ht_plot_spread(y, end - from, LABEL_GAP, 1, 103);
        for (size_t i = from; i < end; i++)
            point[i].label = y[i - from];
    }
}

static size_t take_points(const struct figure *f, bool memory, struct point point[HT_MISUSE_PLOTTED])
{
    size_t n = 0;
    for (size_t s = 0; s < f->m->strategies && n < HT_MISUSE_PLOTTED; s++) {
        const double x = !has_cost(f, s) ? NAN : memory ? f->cost[s].memory : f->cost[s].time;
        if (!isnan(x) && x > 0)
            point[n++] = (struct point){x, 100 * f->m->score[s].noticed, 0, f->m->strategy[s]};
    }
    place_labels(point, n);
    return n;
}

/* Block 0: time, share noticed, where the name stands, name; block 1 the same by memory. */
static int write_cost(const struct ht_plot *plot, const struct figure *f)
{
    struct ht_file file;
    struct point point[HT_MISUSE_PLOTTED];
    if (take_points(f, false, point) < 2)
        return 0;
    const int error = ht_plot_open_data(plot, "misuse-cost", &file);
    if (error)
        return error;
    for (int block = 0; block < 2; block++) {
        const size_t n = take_points(f, block, point);
        for (size_t i = 0; i < n; i++) {
            fprintf(file.out, "%g\t%g\t%g\t", point[i].x, point[i].y, point[i].label);
            ht_plot_text(file.out, point[i].name, STRATEGY);
            putc('\n', file.out);
        }
        ht_plot_end_block(file.out, 4);
    }
    ht_plot_draw(plot, "misuse-cost", "misuse-cost", HT_PLOT_WIDTH, 560);
    return ht_file_close(&file);
}

/* ---- the driver ----------------------------------------------------------------------------------------- */

static void open_driver(FILE *driver, const char *scripts)
{
    fputs("# Draws the figures again: gnuplot misuse.gp, in this folder. Made by heaptrial misuse.\nscripts "
          "= '",
          driver);
    for (const char *p = scripts; *p; p++)
        fputs(*p == '\'' ? "''" : (const char[]){*p, '\0'}, driver);
    fputs("'\n\n", driver);
}

static int write_figures(struct figure *f, const char *dir, const char *scripts)
{
    struct ht_file driver;
    char *path, *const whole = realpath(scripts, NULL);
    if (!whole)
        return -errno;
    if (asprintf(&path, "%s/plots/misuse.gp", dir) < 0) {
        free(whole);
        return -ENOMEM;
    }
    int error = ht_file_open(&driver, path);
    if (!error) {
        const struct ht_plot plot = {.dir = dir, .prefix = "", .driver = driver.out};
        f->driver = driver.out;
        open_driver(driver.out, whole);
        error = write_matrix(&plot, f);
        error = error ? error : write_cost(&plot, f);
        const int close_error = ht_file_close(&driver);
        error = error ? error : close_error;
    }
    free(path);
    free(whole);
    return error;
}

int ht_misuse_plot(const struct ht_misuse_matrix *matrix, const struct ht_misuse_cost *cost, const char *dir,
                   const char *scripts, char why[256])
{
    struct figure f = {.m = matrix, .cost = cost};
    char *folder;
    why[0] = 0;
    if (!matrix->cases || !matrix->strategies)
        return 0;
    if (asprintf(&folder, "%s/plots", dir) < 0)
        return -ENOMEM;
    int error = mkdir(folder, 0777) && errno != EEXIST ? -errno : write_figures(&f, dir, scripts);
    if (error)
        snprintf(why, 256, "%.150s: %s", folder, strerror(-error));
    else
        error = ht_gnuplot_draw(folder, "misuse.gp", why);
    free(folder);
    return error;
}
