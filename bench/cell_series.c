#include "bench/cell_series.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/cell_row.h"
#include "bench/probe.h"
#include "results/cycles.h"
#include "results/pauses.h"
#include "results/series.h"

static int write_latency(const char *path, const struct ht_cell_result *r)
{
    static const char *const op[] = {
#define X(id, word) word,
        HT_OPS(X)
#undef X
    };
    struct ht_latency_bucket *const bucket = calloc(r->buckets + 1, sizeof *bucket);
    if (!bucket)
        return -ENOMEM;
    for (size_t i = 0; i < r->buckets; i++)
        bucket[i] = (struct ht_latency_bucket){op[r->bucket[i].op % HT_OP_KINDS], r->bucket[i].low_ns,
                                               r->bucket[i].high_ns, r->bucket[i].count};
    const int error = ht_series_write_latency(path, bucket, r->buckets);
    free(bucket);
    return error;
}

static int write_memory(const char *path, const struct ht_cell_result *r)
{
    struct ht_memory_sample *const sample = calloc(r->samples + 1, sizeof *sample);
    if (!sample)
        return -ENOMEM;
    for (size_t i = 0; i < r->samples; i++) {
        const struct ht_sample *const s = &r->sample[i];
        sample[i] = (struct ht_memory_sample){
            s->t_ns, s->ops, s->live, r->memory.has_usable ? s->usable : HT_ABSENT, s->mapped, s->resident};
    }
    const int error = ht_series_write_memory(path, sample, r->samples);
    free(sample);
    return error;
}

static struct ht_pause pause_of(const struct gc_pause *p, const struct ht_collector_figures *window)
{
    static const char *const kind[] = {
#define X(id, word, meaning) word,
        GC_PAUSES(X)
#undef X
    };
    const uint64_t start = p->start_ns > window->start_ns ? p->start_ns : window->start_ns;
    return (struct ht_pause){.start_ns = start - window->start_ns,
                             .end_ns =
                                 p->end_ns > start ? p->end_ns - window->start_ns : start - window->start_ns,
                             .kind = kind[p->kind % GC_PAUSE_KINDS],
                             .mutator = p->mutator};
}

static void fill_pauses(struct ht_row *row, const struct ht_pause_figures *f, const struct ht_pause *pause,
                        size_t n, uint64_t window_ns)
{
    row->pauses = f->count;
    row->gc_ns = f->sum_ns;
    row->mutator_ns = (double)window_ns - f->sum_ns;
    row->pause_p50_ns = f->p50_ns;
    row->pause_p90_ns = f->p90_ns;
    row->pause_p99_ns = f->p99_ns;
    row->pause_p999_ns = f->p999_ns;
    row->pause_max_ns = f->max_ns;
    row->mmu_1ms = ht_pauses_mmu(pause, n, window_ns, 1e6);
    row->mmu_10ms = ht_pauses_mmu(pause, n, window_ns, 1e7);
    row->mmu_100ms = ht_pauses_mmu(pause, n, window_ns, 1e8);
}

static int write_mmu(const char *path, const struct ht_pause *pause, size_t n, uint64_t window_ns)
{
    struct ht_mmu_point point[HT_MMU_POINTS_MAX];
    char name[8192];
    snprintf(name, sizeof name, "%.*s-mmu.csv", (int)(strlen(path) - strlen(".csv")), path);
    return ht_series_write_mmu(name, point, ht_pauses_curve(pause, n, window_ns, point));
}

/* The figures go to the row, the pauses and the curve to files. */
static int write_pauses(const char *path, const struct ht_cell_result *r, struct ht_row *row)
{
    const uint64_t window_ns = r->collector.end_ns - r->collector.start_ns;
    struct ht_pause *const pause = calloc(r->pauses + 1, sizeof *pause);
    struct ht_pause_figures figures;
    if (!pause)
        return -ENOMEM;
    for (size_t i = 0; i < r->pauses; i++)
        pause[i] = pause_of(&r->pause[i], &r->collector);
    int error = ht_pauses_figures(pause, r->pauses, window_ns, (unsigned)row->threads, &figures);
    if (!error) {
        figures.count = r->collector.pauses;
        fill_pauses(row, &figures, pause, r->pauses, window_ns);
        error = ht_series_write_pauses(path, pause, r->pauses);
    }
    if (!error)
        error = write_mmu(path, pause, r->pauses, window_ns);
    free(pause);
    return error;
}

static int write_cycles(const char *path, const struct ht_cell_result *r, struct ht_row *row)
{
    struct ht_cycle_life *const life = calloc(r->cycles + 1, sizeof *life);
    struct ht_cycle_figures f;
    if (!life)
        return -ENOMEM;
    for (size_t i = 0; i < r->cycles; i++) {
        const struct ht_cycle *const c = &r->cycle[i];
        life[i] = (struct ht_cycle_life){c->death_ns, c->death_bytes, ht_known(c->reclaimed_ns),
                                         ht_known(c->reclaimed_bytes)};
    }
    int error = ht_cycles_figures(life, r->cycles, &f);
    if (!error) {
        row->cycles = f.count;
        row->cycles_reclaimed = f.reclaimed;
        row->reclaim_p50_ns = f.ns.p50;
        row->reclaim_p99_ns = f.ns.p99;
        row->reclaim_max_ns = f.ns.max;
        row->reclaim_p50_bytes = f.bytes.p50;
        row->reclaim_p99_bytes = f.bytes.p99;
        row->reclaim_max_bytes = f.bytes.max;
        row->outstanding_max_bytes = r->outstanding_max_bytes;
        error = ht_series_write_cycles(path, life, r->cycles);
    }
    free(life);
    return error;
}

/* By cell and round, so that a cell that is run again overwrites what was left of it. */
static void name_series(const struct ht_measure *measure, struct ht_measurement *m, const char *suffix,
                        char path[4096 + sizeof m->series])
{
    snprintf(m->series, sizeof m->series, "series/r%u-c%05u%s.csv", (unsigned)m->row.round,
             (unsigned)m->row.cell, suffix);
    snprintf(path, 4096 + sizeof m->series, "%s/%s", measure->folder, m->series);
}

/* The row names its own series; that of cycles stands beside it, or is the only one. */
int ht_cell_series_write(const struct ht_measure *measure, struct ht_measurement *m,
                         const struct ht_cell_result *r)
{
    const bool has_pauses = r->has_collector && !strcmp(m->row.pass, ht_pass_word(HT_PASS_PAUSES));
    int error = 0;
    char path[4096 + sizeof m->series];
    if (r->has_cycles) {
        name_series(measure, m, "-cycles", path);
        error = write_cycles(path, r, &m->row);
    }
    if (error || (!r->has_latency && !r->has_memory && !has_pauses))
        return error;
    name_series(measure, m, "", path);
    return has_pauses       ? write_pauses(path, r, &m->row)
           : r->has_latency ? write_latency(path, r)
                            : write_memory(path, r);
}
