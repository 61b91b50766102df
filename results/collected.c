#include "results/collected.h"

#include <stdlib.h>
#include <string.h>

#include "results/summary_parts.h"

/* Faults are injected to see how a strategy fails. */
static bool is_plain(const struct ht_row *row)
{
    return ht_summary_is_ok(row) && !row->fault[0];
}

/* Cycles are injected too, and what never reclaims them has the most garbage of all. */
static bool may_leak(const struct ht_row *row)
{
    return ht_summary_is_ok(row) || !strcmp(row->outcome, ht_outcome_word(HT_LEAK));
}

/* ---- figures of a row ----------------------------------------------------------------------------------- */

static double count(uint64_t figure)
{
    return figure == HT_ABSENT ? NAN : (double)figure;
}

static double over_live(const struct ht_row *row, uint64_t figure)
{
    return row->live_min_bytes ? count(figure) / count(row->live_min_bytes) : NAN;
}

double ht_collected_pause_max(const struct ht_row *row)
{
    return is_plain(row) ? row->pause_max_ns : NAN;
}

double ht_collected_pause_of_any(const struct ht_row *row)
{
    return may_leak(row) ? row->pause_max_ns : NAN;
}

double ht_collected_mmu(const struct ht_row *row)
{
    return is_plain(row) ? row->mmu_10ms : NAN;
}

double ht_collected_min_heap(const struct ht_row *row)
{
    return is_plain(row) ? over_live(row, row->min_heap_bytes) : NAN;
}

/* The pass heap tries many limits. */
double ht_collected_heap_bytes(const struct ht_row *row)
{
    return is_plain(row) && row->min_heap_bytes == HT_ABSENT ? count(row->heap_bytes) : NAN;
}

double ht_collected_live_bytes(const struct ht_row *row)
{
    return is_plain(row) ? count(row->live_min_bytes) : NAN;
}

double ht_collected_gc_share(const struct ht_row *row)
{
    const double window = row->gc_ns + row->mutator_ns;
    return is_plain(row) && window > 0 ? fmax(0, fmin(1, row->gc_ns / window)) : NAN;
}

double ht_collected_outstanding(const struct ht_row *row)
{
    return may_leak(row) ? over_live(row, row->outstanding_max_bytes) : NAN;
}

double ht_collected_floating(const struct ht_row *row)
{
    return may_leak(row) ? over_live(row, row->floating_max_bytes) : NAN;
}

double ht_collected_dead(const struct ht_row *row)
{
    return is_plain(row) ? over_live(row, row->dead_peak_bytes) : NAN;
}

/* ---- medians -------------------------------------------------------------------------------------------- */

struct noted {
    size_t cell;
    double x;
};

static int by_cell_and_size(const void *a, const void *b)
{
    const struct noted *const p = a, *const q = b;
    if (p->cell != q->cell)
        return p->cell < q->cell ? -1 : 1;
    return (p->x > q->x) - (p->x < q->x);
}

static size_t note(const struct ht_summary *s, double (*figure)(const struct ht_row *), struct noted *noted)
{
    size_t n = 0;
    for (size_t i = 0; i < s->rows->count; i++) {
        const double x = figure(&s->rows->row[i]);
        const struct ht_index_key key = {{s->strategy_of[i], s->job_of[i]}};
        if (isfinite(x))
            noted[n++] = (struct noted){ht_index_find(&s->cell_index, key), x};
    }
    qsort(noted, n, sizeof *noted, by_cell_and_size);
    return n;
}

double *ht_collected_medians(const struct ht_summary *s, double (*figure)(const struct ht_row *row))
{
    struct noted *const noted = malloc((s->rows->count + 1) * sizeof *noted);
    double *const median = malloc((s->cells + 1) * sizeof *median);
    if (!noted || !median) {
        free(noted);
        free(median);
        return NULL;
    }
    const size_t n = note(s, figure, noted);
    for (size_t c = 0; c < s->cells; c++)
        median[c] = NAN;
    for (size_t from = 0, end = 0; from < n; from = end) {
        while (end < n && noted[end].cell == noted[from].cell)
            end++;
        median[noted[from].cell] =
            (noted[from + (end - from - 1) / 2].x + noted[from + (end - from) / 2].x) / 2;
    }
    free(noted);
    return median;
}

size_t *ht_collected_heapless_jobs(const struct ht_summary *s)
{
    struct ht_index index = {0};
    size_t *number = malloc((s->jobs + 1) * sizeof *number);
    for (size_t j = 0; number && j < s->jobs; j++) {
        const struct ht_index_key key = {
            {ht_summary_word(s->job[j].workload), ht_summary_word(s->job[j].params), s->job[j].threads}};
        if (ht_index_add(&index, key, &number[j])) {
            free(number);
            number = NULL;
        }
    }
    ht_index_free(&index);
    return number;
}

double ht_collected_over(const struct ht_summary *s, const double *of_cell, size_t strategy,
                         enum ht_collected_over over, size_t *at)
{
    double *const x = malloc((s->cells + 1) * sizeof *x), best = NAN;
    size_t n = 0;
    for (size_t c = 0; x && c < s->cells; c++) {
        if (s->cell[c].strategy != strategy || isnan(of_cell[c]))
            continue;
        x[n++] = of_cell[c];
        if (isnan(best) || (over == HT_OVER_MOST ? of_cell[c] > best : of_cell[c] < best)) {
            best = of_cell[c];
            if (at)
                *at = s->cell[c].job;
        }
    }
    if (x && over == HT_OVER_GEOMETRIC)
        best = ht_geometric_mean(x, n);
    if (x && over == HT_OVER_MEDIAN) {
        ht_sort(x, n);
        best = ht_median(x, n);
    }
    free(x);
    return best;
}
