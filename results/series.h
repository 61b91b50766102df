/* Series: what one row knows beyond its figures, a small CSV beside rows.csv that the row's `series` names.
 *
 *     latency   op,low_ns,high_ns,count        one line a bucket of the histogram that is not empty; a
 *                                              latency in it is at least low_ns and below high_ns; op is
 *                                              alloc, resize, free, load, store, root or collect
 *     memory    t_ns,ops,live_bytes,usable_bytes,mapped_bytes,rss_bytes
 *                                              one line a sample, in the order of time from the start of the
 *                                              window; a figure that is not known is empty
 *     pauses    start_ns,end_ns,kind,mutator   one line a pause, from the start of the window; kind is full,
 *                                              minor, step, sweep, release or wait (allocators/pauses.h)
 *     cycles    death_ns,death_bytes,reclaimed_ns,reclaimed_bytes
 *                                              one line an injected cycle that died, from the start of the window, in
 *                                              bytes of its mutator; empty: never reclaimed. -cycles.csv beside the
 *                                              row's own series
 *     mmu       window_ns,utilisation          the curve of the pauses beside it: -mmu.csv instead of .csv
 *
 * Readers hand out an array that the caller frees. All return 0 or a negative errno; -EPROTO: the file is
 * not of this format. A file is written whole or not at all. */
#ifndef HT_RESULTS_SERIES_H
#define HT_RESULTS_SERIES_H

#include <stddef.h>
#include <stdint.h>

struct ht_latency_bucket {
    const char *op; /* a constant string */
    double low_ns, high_ns;
    uint64_t count;
};

/* HT_ABSENT (results/row.h): not known. */
struct ht_memory_sample {
    uint64_t t_ns, ops, live_bytes, usable_bytes, mapped_bytes, rss_bytes;
};

int ht_series_write_latency(const char *path, const struct ht_latency_bucket *bucket, size_t n);
int ht_series_read_latency(const char *path, struct ht_latency_bucket **bucket, size_t *n);

/* The raw pauses of one row, and MMU over the width of the stretch. */
struct ht_pause;
struct ht_mmu_point;
int ht_series_write_pauses(const char *path, const struct ht_pause *pause, size_t n);
int ht_series_read_pauses(const char *path, struct ht_pause **pause, size_t *n);
int ht_series_write_mmu(const char *path, const struct ht_mmu_point *point, size_t n);
int ht_series_read_mmu(const char *path, struct ht_mmu_point **point, size_t *n);

struct ht_cycle_life;
int ht_series_write_cycles(const char *path, const struct ht_cycle_life *life, size_t n);
int ht_series_read_cycles(const char *path, struct ht_cycle_life **life, size_t *n);

int ht_series_write_memory(const char *path, const struct ht_memory_sample *sample, size_t n);
int ht_series_read_memory(const char *path, struct ht_memory_sample **sample, size_t *n);

#endif
