#include "cli/present.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/nearest.h"
#include "bench/strategy.h"
#include "cli/cli.h"
#include "results/gbjson.h"
#include "results/plot.h"
#include "results/table.h"

enum { BASELINE = 'b' << 8 };

static const struct argp_option options[] = {
    {"baseline", BASELINE, "NAME", 0,
     "The strategy to compare with (default: system; among collectors manual)", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct ht_presented_words *const words = state->input;
    switch (key) {
    case BASELINE:
        words->baseline = arg;
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "name the folder of a run");
        return 0;
    case ARGP_KEY_ARG:
        if (words->folder)
            argp_error(state, "one run at a time");
        words->folder = arg;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

const struct argp ht_presented_argp = {options, parse, "DIR", NULL, NULL, NULL, NULL};

char *ht_rows_path(const char *path)
{
    struct stat st;
    char *rows;
    if (!stat(path, &st) && !S_ISDIR(st.st_mode))
        return strdup(path);
    return asprintf(&rows, "%s/rows.csv", path) < 0 ? NULL : rows;
}

static int read_behind(const char *path, const char *file, struct ht_rows *rows)
{
    char why[256];
    const int error = ht_rows_read_behind(file, rows, why);
    if (error == -ENOENT || error == -ENOTDIR)
        return ht_say(HT_EXIT_USAGE, "%s is no folder of a run: it has no rows.csv", path);
    if (error)
        return ht_say(HT_EXIT_FAILED, "%s", why);
    if (rows->warning[0])
        ht_say(0, "%s: %s", file, rows->warning);
    if (rows->torn_bytes)
        ht_say(0, "%s: the last line was cut short and is left out", file);
    return HT_EXIT_GOOD;
}

int ht_present_read(const char *path, struct ht_rows *rows)
{
    char *const file = ht_rows_path(path);
    if (!file)
        return ht_say(HT_EXIT_FAILED, "no memory left");
    const int status = read_behind(path, file, rows);
    free(file);
    return status;
}

/* The strategy that the user may have meant. */
static const char *nearest_strategy(const struct ht_rows *rows, const char *word)
{
    const char *names[256];
    size_t n = 0;
    for (size_t i = 0; i < rows->count && n < sizeof names / sizeof *names; i++) {
        size_t k = 0;
        while (k < n && names[k] != rows->row[i].strategy)
            k++;
        names[k] = rows->row[i].strategy;
        n += k == n;
    }
    return ht_nearest(word, names, n);
}

static bool names(const struct ht_rows *rows, const char *strategy)
{
    for (size_t i = 0; i < rows->count; i++)
        if (!strcmp(rows->row[i].strategy, strategy))
            return true;
    return false;
}

/* Sums up what is of one kind, where there is some. */
static int open_part(struct ht_presented *run, size_t first, size_t end, const char *baseline, char why[256])
{
    struct ht_presented_part *const part = &run->part[run->parts];
    part->rows = (struct ht_rows){.row = run->rows.row + first, .count = end - first};
    part->prefix = first || (part->rows.count && !strcmp(part->rows.row->kind, "collector")) ? "gc-" : "";
    /* A baseline that neither kind has is refused by the first. */
    if (baseline && names(&run->rows, baseline) && !names(&part->rows, baseline))
        baseline = NULL;
    const int error = end > first ? ht_summary_open(&part->summary, &part->rows, baseline, why) : 0;
    run->parts += !error && end > first;
    return error;
}

static int open_parts(struct ht_presented *run, const char *baseline, char why[256])
{
    size_t others;
    snprintf(why, 256, "%s", run->rows.count ? "no memory left" : "there are no rows");
    int error = run->rows.count ? ht_rows_part_kinds(&run->rows, &others) : -ENODATA;
    if (!error)
        error = open_part(run, 0, others, baseline, why);
    if (!error)
        error = open_part(run, others, run->rows.count, baseline, why);
    return error;
}

int ht_presented_open(struct ht_presented *run, const char *folder, const char *baseline)
{
    char why[256];
    *run = (struct ht_presented){.folder = folder};
    const int status = ht_present_read(folder, &run->rows);
    if (status)
        return status;
    const int error = open_parts(run, baseline, why);
    if (!error)
        return HT_EXIT_GOOD;
    const char *const nearest = error == -ENOENT ? nearest_strategy(&run->rows, baseline) : NULL;
    ht_say(0, "%s: %s%s%s%s", folder, why, nearest ? "; did you mean " : "", nearest ? nearest : "",
           nearest ? "?" : "");
    ht_presented_close(run);
    return error == -ENOENT ? HT_EXIT_USAGE : HT_EXIT_FAILED;
}

void ht_presented_close(struct ht_presented *run)
{
    for (unsigned i = 0; i < run->parts; i++)
        ht_summary_close(&run->part[i].summary);
    ht_rows_free(&run->rows);
}

void ht_presented_table(const struct ht_presented *run)
{
    for (unsigned i = 0; i < run->parts; i++) {
        if (i > 0)
            putchar('\n');
        if (run->parts > 1)
            puts(run->part[i].prefix[0] ? "Collectors" : "Allocators");
        ht_table_emit(&run->part[i].summary, stdout);
    }
}

int ht_presented_draw(const struct ht_presented *run)
{
    char scripts[PATH_MAX], why[256], *path;
    ht_script_path("", scripts, sizeof scripts);
    if (asprintf(&path, "%s/gbench.json", run->folder) < 0)
        return ht_say(HT_EXIT_FAILED, "no memory left");
    const int error = ht_gbjson_write(&run->rows, path);
    const int status =
        error ? ht_say(HT_EXIT_FAILED, "can't write %s: %s", path, strerror(-error)) : HT_EXIT_GOOD;
    free(path);
    for (unsigned i = 0; i < run->parts; i++) {
        if (ht_plot_emit(&run->part[i].summary, run->folder, run->part[i].prefix, scripts, why))
            return ht_say(HT_EXIT_FAILED, "%s", why);
        if (why[0])
            ht_say(0, "%s", why);
    }
    return status;
}

int ht_present(const char *folder, const char *baseline)
{
    struct ht_presented run;
    int status = ht_presented_open(&run, folder, baseline);
    if (status)
        return status;
    ht_presented_table(&run);
    /* A machine without gnuplot still has its rows and its table. */
    if (ht_presented_draw(&run) == HT_EXIT_GOOD)
        printf("\nPlots: %s/plots\n", folder);
    ht_presented_close(&run);
    return status;
}
