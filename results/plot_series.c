/* Which rows bring a series, in the order in which the figures want them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "results/plot_parts.h"

static int by_cell(const void *a, const void *b, void *summary)
{
    const struct ht_summary *const s = summary;
    const size_t p = *(const size_t *)a, q = *(const size_t *)b;
    if (s->job_of[p] != s->job_of[q])
        return s->job_of[p] < s->job_of[q] ? -1 : 1;
    if (s->strategy_of[p] != s->strategy_of[q])
        return s->strategy_of[p] < s->strategy_of[q] ? -1 : 1;
    return (p > q) - (p < q);
}

static bool has_series(const struct ht_row *row, const char *pass)
{
    return row->series[0] && !row->fault[0] && !strcmp(row->pass, pass) && !strcmp(row->outcome, "ok");
}

int ht_plot_series_open(const struct ht_summary *s, const char *pass, struct ht_plot_series *series)
{
    size_t n = 0, kept = 0;
    *series = (struct ht_plot_series){.row = malloc((s->rows->count + 1) * sizeof *series->row)};
    if (!series->row)
        return -ENOMEM;
    for (size_t i = 0; i < s->rows->count; i++)
        if (has_series(&s->rows->row[i], pass))
            series->row[n++] = i;
    qsort_r(series->row, n, sizeof *series->row, by_cell, (void *)s);
    series->n = n;
    for (size_t i = 0, end; i < n; i = end) {
        end = ht_plot_cell_end(s, series, i);
        for (size_t k = i; k < end && k < i + HT_PLOT_SERIES_ROUNDS; k++)
            series->row[kept++] = series->row[k];
    }
    series->n = kept;
    return 0;
}

void ht_plot_series_close(struct ht_plot_series *series)
{
    free(series->row);
    *series = (struct ht_plot_series){0};
}

size_t ht_plot_job_end(const struct ht_summary *s, const struct ht_plot_series *series, size_t from)
{
    size_t end = from;
    while (end < series->n && s->job_of[series->row[end]] == s->job_of[series->row[from]])
        end++;
    return end;
}

size_t ht_plot_cell_end(const struct ht_summary *s, const struct ht_plot_series *series, size_t from)
{
    const size_t first = series->row[from];
    size_t end = from;
    while (end < series->n && s->job_of[series->row[end]] == s->job_of[first] &&
           s->strategy_of[series->row[end]] == s->strategy_of[first])
        end++;
    return end;
}

size_t ht_plot_count_strategies(const struct ht_summary *s, const struct ht_plot_series *series, size_t from,
                                size_t end)
{
    size_t n = 0;
    for (; from < end; from = ht_plot_cell_end(s, series, from))
        n++;
    return n;
}

char *ht_plot_series_path(const struct ht_plot *plot, size_t row)
{
    char *path;
    return asprintf(&path, "%s/%s", plot->dir, plot->summary->rows->row[row].series) < 0 ? NULL : path;
}
