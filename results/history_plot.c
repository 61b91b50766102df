/* The plot of a trend: what each commit measured, and the level between two changes. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "results/changes.h"
#include "results/compare.h"
#include "results/gnuplot.h"
#include "results/history_parts.h"
#include "results/plot_parts.h"

enum { HEIGHT = 420, TICKS = 8, COMMIT_LETTERS = 12 };

/* A unit in which the largest figure is 1 or more. */
static double scale_of(const struct ht_trend *trend, bool relative, const char **unit)
{
    static const char *const ns[] = {"ns", "µs", "ms", "s"}, *const bytes[] = {"bytes", "KiB", "MiB", "GiB"},
                             *const count[] = {"", "thousand", "million", "billion"},
                             *const ratio[] = {"", "", "", ""};
    const char *const *const all[] = {
        [HT_UNIT_NS] = ns, [HT_UNIT_BYTES] = bytes, [HT_UNIT_COUNT] = count, [HT_UNIT_RATIO] = ratio};
    const bool is_bytes = ht_metric_unit(trend->metric) == HT_UNIT_BYTES;
    const char *const *const units = all[ht_metric_unit(trend->metric)];
    double most = 0, scale = 1;
    int i = 0;
    for (size_t k = 0; k < trend->figureds; k++)
        most = fmax(most, trend->point[trend->figured[k]].median);
    for (; i < 3 && most / scale >= (is_bytes ? 1024 : 1000) && !relative; i++)
        scale *= is_bytes ? 1024 : 1000;
    *unit = relative ? "ratio" : units[i];
    return scale;
}

/* Block 0: commit, median, quartiles. */
static void put_points(const struct ht_trend *trend, double scale, FILE *out)
{
    for (size_t i = 0; i < trend->figureds; i++) {
        const struct ht_history_point *const p = &trend->point[trend->figured[i]];
        fprintf(out, "%zu\t%.6g\t%.6g\t%.6g\n", p->commit, p->median / scale, p->low / scale,
                p->high / scale);
    }
    ht_plot_end_block(out, 4);
}

static double level_of(const struct ht_trend *trend, size_t start, size_t end)
{
    double *const x = malloc((end - start + 1) * sizeof *x), level;
    if (!x)
        return NAN;
    for (size_t i = start; i < end; i++)
        x[i - start] = trend->point[trend->figured[i]].median;
    ht_sort(x, end - start);
    level = ht_median(x, end - start);
    free(x);
    return level;
}

/* Block 1: lines of the level between two changes. */
static void put_levels(const struct ht_trend *trend, double scale, FILE *out)
{
    for (size_t i = 0, start = 0; i <= trend->changes; i++) {
        const size_t end = i < trend->changes ? trend->change[i].at : trend->figureds;
        const double level = level_of(trend, start, end) / scale;
        if (end > start)
            fprintf(out, "%s%.2f\t%.6g\n%.2f\t%.6g\n", start ? "\n" : "",
                    (double)trend->point[trend->figured[start]].commit - 0.4, level,
                    (double)trend->point[trend->figured[end - 1]].commit + 0.4, level);
        start = end;
    }
    ht_plot_end_block(out, 2);
}

/* Block 2: where a change is, and what it says. */
static void put_changes(const struct ht_trends *t, const struct ht_trend *trend, FILE *out)
{
    for (size_t i = 0; i < trend->changes; i++) {
        const struct ht_history_point *const p = &trend->point[trend->figured[trend->change[i].at]];
        char percent[24];
        ht_compare_percent(ht_trend_ratio(trend, i) - 1, percent);
        fprintf(out, "%.1f\t%zu\t%s %% at ", (double)p->commit - 0.5, i, percent);
        ht_plot_text(out, t->commit[p->commit].name, COMMIT_LETTERS);
        putc('\n', out);
    }
    ht_plot_end_block(out, 3);
}

/* The range of the quartiles. */
static void put_range(const struct ht_trend *trend, double scale, FILE *driver)
{
    double least = INFINITY, most = -INFINITY;
    for (size_t i = 0; i < trend->figureds; i++) {
        least = fmin(least, trend->point[trend->figured[i]].low);
        most = fmax(most, trend->point[trend->figured[i]].high);
    }
    fprintf(driver, "least = %.6g; most = %.6g\n", least / scale, most / scale);
}

static void put_ticks(const struct ht_trends *t, FILE *driver)
{
    const size_t each = t->commits / TICKS + 1;
    fputs("ticks = '", driver);
    for (size_t i = 0; i < t->commits; i += each) {
        fprintf(driver, "%s\"", i ? ", " : "");
        ht_plot_text(driver, t->commit[i].name, COMMIT_LETTERS);
        fprintf(driver, "\" %zu", i);
    }
    fputs("'\n", driver);
}

static int write_data(const struct ht_trends *t, const char *folder, double scale)
{
    const struct ht_trend *const trend = t->trend;
    struct ht_file file;
    char *path;
    if (asprintf(&path, "%s/history.dat", folder) < 0)
        return -ENOMEM;
    int error = ht_file_open(&file, path);
    free(path);
    if (error)
        return error;
    put_points(trend, scale, file.out);
    put_levels(trend, scale, file.out);
    put_changes(t, trend, file.out);
    return ht_file_close(&file);
}

static int write_driver(const struct ht_trends *t, const char *baseline, const char *folder,
                        const char *scripts, double scale, const char *unit)
{
    struct ht_file file;
    char *path;
    if (asprintf(&path, "%s/history.gp", folder) < 0)
        return -ENOMEM;
    int error = ht_file_open(&file, path);
    free(path);
    if (error)
        return error;
    fputs("# Draws the trend again: gnuplot history.gp, in this folder. Made by heaptrial history.\nscripts "
          "= '",
          file.out);
    for (const char *p = scripts; *p; p++)
        fputs(*p == '\'' ? "''" : (const char[]){*p, '\0'}, file.out);
    fputs("'\nwhat = '", file.out);
    ht_plot_text(file.out, t->trend->cell, 60);
    fprintf(file.out, ": %s%s", ht_metric_word(t->trend->metric), baseline ? " / " : "");
    ht_plot_text(file.out, baseline ? baseline : "", HT_PLOT_NAME);
    fprintf(file.out, "'; unit = '%s'; commits = %zu\n", unit, t->commits);
    put_range(t->trend, scale, file.out);
    put_ticks(t, file.out);
    fprintf(file.out,
            "name = 'history'; figure = 'history'; W = %d; H = %d\nload scripts . '/plot-both.gp'\n",
            HT_PLOT_WIDTH, HEIGHT);
    return ht_file_close(&file);
}

int ht_trend_plot(const struct ht_trends *t, const char *baseline, const char *folder, const char *scripts,
                  char why[256])
{
    const char *unit;
    if (!t->trend->figureds) {
        snprintf(why, 256, "%.200s has no figure to draw", t->trend->cell);
        return -ENODATA;
    }
    const double scale = scale_of(t->trend, baseline, &unit);
    char *const whole = realpath(scripts, NULL);
    int error = whole ? 0 : -errno;
    if (!error && mkdir(folder, 0777) && errno != EEXIST)
        error = -errno;
    error = error ? error : write_data(t, folder, scale);
    error = error ? error : write_driver(t, baseline, folder, whole, scale, unit);
    free(whole);
    if (error) {
        snprintf(why, 256, "%.180s: %s", folder, strerror(-error));
        return error;
    }
    return ht_gnuplot_draw(folder, "history.gp", why);
}
