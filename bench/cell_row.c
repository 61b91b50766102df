#include "bench/cell_row.h"

#include <stdio.h>
#include <stdlib.h>

#include "bench/fragmentation.h"

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The median of one figure over the windows after the cold one. */
static double median_of(const struct ht_cell_result *r, double (*figure)(const struct ht_repetition *))
{
    double value[HT_WINDOWS_MAX];
    const unsigned first = r->windows > 1 ? 1 : 0, n = r->windows - first;
    for (unsigned i = 0; i < n; i++)
        value[i] = figure(&r->window[first + i]);
    qsort(value, n, sizeof value[0], compare_doubles);
    return n % 2 ? value[n / 2] : (value[n / 2 - 1] + value[n / 2]) / 2;
}

/* The least of them. */
static double least_of(const struct ht_cell_result *r, double (*figure)(const struct ht_repetition *))
{
    double least = INFINITY;
    for (unsigned i = r->windows > 1 ? 1 : 0; i < r->windows; i++)
        least = fmin(least, figure(&r->window[i]));
    return least;
}

static double wall_of(const struct ht_repetition *w)
{
    return w->wall_ns;
}

static double cpu_of(const struct ht_repetition *w)
{
    return w->cpu_ns;
}

static double faults_of(const struct ht_repetition *w)
{
    return (double)w->minor_faults;
}

static void fill_windows(struct ht_row *row, const struct ht_cell_result *r, enum ht_pass pass)
{
    if (!r->windows)
        return;
    const struct ht_repetition *const last = &r->window[r->windows - 1];
    row->iterations = last->iterations;
    row->repetitions = r->windows > 1 ? r->windows - 1 : 1;
    row->ops = last->ops;
    row->minor_faults = (uint64_t)median_of(r, faults_of);
    if (last->asked_bytes)
        row->asked_bytes = last->asked_bytes;
    if (last->pages_peak_bytes && (pass == HT_PASS_MEMORY || pass == HT_PASS_INSTRUCTIONS))
        row->pages_peak_bytes = last->pages_peak_bytes;
    if (pass != HT_PASS_THROUGHPUT) /* the probes are in the time: it would be compared by mistake */
        return;
    row->wall_ns = median_of(r, wall_of);
    row->cpu_ns = median_of(r, cpu_of);
    row->wall_min_ns = least_of(r, wall_of);
    row->cpu_min_ns = least_of(r, cpu_of);
    row->cold_wall_ns = r->windows > 1 ? r->window[0].wall_ns : NAN;
    row->ns_per_op = last->ops ? row->wall_ns / (double)last->ops : NAN;
}

static void fill_latency(struct ht_row *row, const struct ht_latency *l)
{
    row->p50_ns = l->p50_ns;
    row->p90_ns = l->p90_ns;
    row->p99_ns = l->p99_ns;
    row->p999_ns = l->p999_ns;
    row->p9999_ns = l->p9999_ns;
    row->max_ns = l->max_ns;
    row->clock_ns = l->clock_ns;
}

static void fill_memory(struct ht_row *row, const struct ht_cell_result *r)
{
    const struct ht_memory *const m = &r->memory;
    row->live_peak_bytes = m->live_peak;
    row->usable_peak_bytes = m->has_usable ? m->usable_peak : HT_ABSENT;
    row->mapped_peak_bytes = m->mapped_peak;
    row->rss_base_bytes = m->rss_base;
    row->rss_peak_bytes = m->rss_peak;
    row->rss_drain_bytes = m->rss_drain;
    if (r->has_collector) /* what is live is known by computation, and not at each moment */
        row->live_peak_bytes = r->collector.live_min_bytes;
    else
        ht_fragmentation_fill(row, m, r->sample, r->samples);
}

static void fill_collector(struct ht_row *row, const struct ht_collector_figures *c)
{
    row->heap_bytes = c->heap_bytes;
    row->live_min_bytes = c->live_min_bytes;
    row->stack_high_bytes = c->stack_high_bytes;
    row->leaked_objects = c->leaked_objects;
    row->leaked_bytes = c->leaked_bytes;
    row->collections = ht_known(c->stats.collections);
    row->minor_collections = ht_known(c->stats.minor_collections);
    row->steps = ht_known(c->stats.steps);
    row->traced_objects = ht_known(c->stats.traced_objects);
    row->traced_bytes = ht_known(c->stats.traced_bytes);
    row->moved_bytes = ht_known(c->stats.moved_bytes);
    row->freed_objects = ht_known(c->stats.freed_objects);
    row->freed_bytes = ht_known(c->stats.freed_bytes);
    row->barriers = ht_known(c->stats.barriers);
    row->finalized = ht_known(c->stats.finalized);
    row->mark_stack_high = ht_known(c->stats.mark_stack_high);
    row->mark_stack_overflows = ht_known(c->stats.mark_stack_overflows);
    row->held_peak_bytes = ht_known(c->stats.held_peak_bytes);
    row->dead_peak_bytes = ht_known(c->stats.dead_peak_bytes);
}

static void fill_garbage(struct ht_measurement *m, const struct ht_collector_figures *c)
{
    m->row.floating_mean_bytes = c->floating_mean_bytes;
    m->row.floating_max_bytes = ht_known(c->floating_max_bytes);
    snprintf(m->stream, sizeof m->stream, "%016llx", (unsigned long long)c->stream);
}

static void take_words(struct ht_measurement *m, const struct ht_cell_result *r)
{
    m->row.outcome = ht_outcome_word(r->outcome);
    if (r->version[0])
        snprintf(m->version, sizeof m->version, "%s", r->version);
    snprintf(m->library, sizeof m->library, "%s", r->library);
    snprintf(m->reason, sizeof m->reason, "%s", r->reason);
    snprintf(m->signal, sizeof m->signal, "%s", r->signal);
}

void ht_cell_row_fill(struct ht_measurement *m, const struct ht_cell_result *r, enum ht_pass pass)
{
    take_words(m, r);
    if (r->has_collector)
        fill_collector(&m->row, &r->collector);
    if (r->has_collector && pass == HT_PASS_GARBAGE)
        fill_garbage(m, &r->collector);
    if (r->has_leaked) {
        m->row.leaked_objects = r->leaked.objects;
        m->row.leaked_bytes = r->leaked.bytes;
    }
    if (r->has_shattered) {
        m->row.shattered_bytes = r->shattered.bytes;
        m->row.kept_bytes = r->shattered.kept_bytes;
    }
    if (r->has_points) {
        m->row.points = r->points.points;
        m->row.fired = r->points.fired;
        m->row.survived = r->points.survived;
    }
    if (r->outcome != HT_OK && r->outcome != HT_LEAK) /* what leaks has run to its end */
        return;
    fill_windows(&m->row, r, pass);
    if (r->has_latency)
        fill_latency(&m->row, &r->latency);
    if (r->has_memory)
        fill_memory(&m->row, r);
}
