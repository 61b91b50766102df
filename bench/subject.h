/* What a workload calls: the operations of the strategy that it is compiled for, checked and, in the probed
 * build, timed and counted.
 *
 * Compiled with -DHT_STRATEGY_HEADER='"allocators/tlsf.h"'. In the plain build each ht_* below is the
 * strategy's own inline operation and one branch on NULL; nothing else of the harness is in the loop. With
 * -DHT_PROBED it goes through bench/probe.h, with -DHT_FAULTY on top through bench/careful.h. An operation that fails ends the cell with its outcome, so a
 * workload needs no error paths. */
#ifndef HT_BENCH_SUBJECT_H
#define HT_BENCH_SUBJECT_H

#include "bench/careful.h"
#include "bench/probe.h"
#include "bench/stop.h"
#include "bench/team.h"
#include "bench/workload.h"
#include HT_STRATEGY_HEADER
#include "allocators/heap_defaults.h"

#ifdef HT_PROBED
#define HT_WORKLOAD(id) const struct ht_workload ht_probed_##id
#define HT_PROBE(worker, kind, call)                                                                         \
    do {                                                                                                     \
        const uint64_t probe_start = ht_probe_start(worker);                                                 \
        call;                                                                                                \
        ht_probe_stop(worker, kind, probe_start);                                                            \
    } while (0)
/* Counts an object in (+1) or out (-1). */
#define HT_COUNT(worker, p, bytes, sign)                                                                     \
    do {                                                                                                     \
        if ((worker)->probe->counted)                                                                        \
            ht_probe_count((sign) * (int64_t)(bytes), (sign) * (int64_t)heap_usable(&ht_heap, p, bytes));    \
    } while (0)
#else
#define HT_WORKLOAD(id)                  const struct ht_workload ht_plain_##id
#define HT_PROBE(worker, kind, call)     call
#define HT_COUNT(worker, p, bytes, sign) ((void)(worker))
#endif

/* The one heap of the cell. */
extern struct ht_heap ht_heap;

/* An operation of the strategy; where faults are injected, as a careful program does it. */
#ifdef HT_FAULTY
#define HT_HEAP(operation, worker, ...) ht_careful_##operation(worker, __VA_ARGS__)
#define HT_STAMPED(p)                   ht_careful_stamped(p)
#else
#define HT_HEAP(operation, worker, ...) heap_##operation(&ht_heap, __VA_ARGS__)
#define HT_STAMPED(p)                   ((void)(p))
#endif

/* `bytes` at a multiple of `alignment`. Never NULL. */
static inline void *ht_alloc_aligned(struct ht_worker *w, size_t bytes, size_t alignment)
{
    void *p;
    HT_PROBE(w, HT_OP_ALLOC, p = HT_HEAP(alloc, w, bytes, alignment));
    if (__builtin_expect(!p, 0))
        ht_stop_oom(bytes);
    HT_COUNT(w, p, bytes, +1);
    return p;
}

static inline void *ht_alloc(struct ht_worker *w, size_t bytes)
{
    return ht_alloc_aligned(w, bytes, HT_MIN_ALIGNMENT);
}

/* Zeroed `bytes`. */
static inline void *ht_zalloc(struct ht_worker *w, size_t bytes)
{
    void *p;
    HT_PROBE(w, HT_OP_ALLOC, p = HT_HEAP(zalloc, w, bytes));
    if (__builtin_expect(!p, 0))
        ht_stop_oom(bytes);
    HT_COUNT(w, p, bytes, +1);
    return p;
}

/* `p` of `old_bytes`, now of `new_bytes`, perhaps elsewhere. */
static inline void *ht_resize(struct ht_worker *w, void *p, size_t old_bytes, size_t new_bytes)
{
    HT_COUNT(w, p, old_bytes, -1);
    void *q;
    HT_PROBE(w, HT_OP_RESIZE, q = HT_HEAP(resize, w, p, old_bytes, new_bytes));
    if (__builtin_expect(!q, 0))
        ht_stop_oom(new_bytes);
    HT_COUNT(w, q, new_bytes, +1);
    return q;
}

/* `bytes` is what was asked for. */
static inline void ht_free(struct ht_worker *w, void *p, size_t bytes)
{
    HT_COUNT(w, p, bytes, -1);
    HT_PROBE(w, HT_OP_FREE, HT_HEAP(free, w, p, bytes));
}

/* True when the strategy can free all since a mark at once; otherwise the workload frees one by one. */
static inline bool ht_has_region(void)
{
    return heap_caps(&ht_heap) & HT_CAP_REGION;
}

static inline struct ht_mark ht_mark(struct ht_worker *w)
{
#ifdef HT_FAULTY
    return ht_careful_mark(w);
#else
    (void)w;
    return heap_mark(&ht_heap);
#endif
}

/* `bytes`: what was asked for in all since `mark`. */
static inline void ht_release(struct ht_worker *w, struct ht_mark mark, size_t bytes)
{
    (void)w, (void)bytes;
#ifdef HT_PROBED
    if (w->probe->counted)
        ht_probe_release(bytes);
#endif
    HT_PROBE(w, HT_OP_FREE, HT_HEAP(release, w, mark));
}

/* True in the memory pass: a workload may wait there for what memory does in time. */
static inline bool ht_is_sampled(const struct ht_worker *w)
{
#ifdef HT_PROBED
    return w->probe->counted;
#else
    (void)w;
    return false;
#endif
}

/* Takes a sample of memory in the memory pass: for a workload whose point is what happens while it waits. */
static inline void ht_sample(struct ht_worker *w)
{
    (void)w;
#ifdef HT_PROBED
    if (w->probe->counted)
        ht_sample_now();
#endif
}

/* The byte that stands first and last in an object, from where it is and how large it is, so that objects
 * that overlap disagree. */
static inline unsigned char ht_stamp_byte(const void *p, size_t bytes)
{
    return (unsigned char)((((uintptr_t)p >> 4) * 0x9e3779b1u + bytes * 0x85ebca6bu) >> 16);
}

/* Writes the stamp: first and last byte; every byte in verify mode. */
static inline void ht_stamp(struct ht_worker *w, void *p, size_t bytes)
{
    unsigned char *const object = p;
    object[0] = object[bytes - 1] = ht_stamp_byte(p, bytes);
#ifdef HT_PROBED
    if (w->job->verify) {
        memset(p, ht_stamp_byte(p, bytes), bytes);
        HT_STAMPED(p);
    }
#else
    (void)w;
#endif
}

/* Ends the cell as `corrupt` when an object is not `whole`. Objects that may overlap by design (null) are
 * read, but not judged. */
static inline void ht_judge(bool whole, const void *p, size_t bytes)
{
    if (!(heap_caps(&ht_heap) & HT_CAP_DISTINCT))
        __asm__ volatile("" : : "r"(whole));
    else if (__builtin_expect(!whole, 0))
        ht_stop_corrupt(p, bytes);
}

/* The stamp of an object must be what ht_stamp wrote: every byte of it in verify mode. */
static inline void ht_check(struct ht_worker *w, const void *p, size_t bytes)
{
    const unsigned char *const object = p, stamp = ht_stamp_byte(p, bytes);
    ht_judge(object[0] == stamp && object[bytes - 1] == stamp, p, bytes);
#ifdef HT_PROBED
    if (w->job->verify)
        for (size_t i = 0; i < bytes; i++)
            ht_judge(object[i] == stamp, p, bytes);
#else
    (void)w;
#endif
}

/* The usual ways to hold an object: stamped when it is made, checked when it goes. */
static inline void *ht_make(struct ht_worker *w, size_t bytes)
{
    void *const p = ht_alloc(w, bytes);
    ht_stamp(w, p, bytes);
    return p;
}

/* In verify mode the stamp is broken as the object goes: who was handed the same object finds it so. */
static inline void ht_drop(struct ht_worker *w, void *p, size_t bytes)
{
    ht_check(w, p, bytes);
#ifdef HT_PROBED
    if (w->job->verify)
        memset(p, ~ht_stamp_byte(p, bytes), bytes);
#endif
    ht_free(w, p, bytes);
}

#endif
