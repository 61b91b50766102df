/* planted: tlsf with known faults, each of them off until it is named: planted:slower=5, planted:leak=100+extra=1000.
 * Whoever wants to know what a gate finds on this machine lets it compare `planted` with one of these.
 *
 *     slower=P   percent: takes P % more CPU time in any workload. It looks at the CPU clock of its thread about every
 *                0.2 ms, and burns P % of what was used since the last look. slower=0 looks and burns nothing: it is
 *                the base of the others, and the only difference is what is burnt
 *     extra=N    every Nth allocation is done twice: one more of the same size, and a free. A known number of
 *                instructions. A resize is an allocation here
 *     leak=N     every Nth free is not done
 *     peak=P     percent: blocks are P % larger, for the same objects
 *     pause=US   microseconds of CPU time: what one operation in PLANTED_PAUSE_EVERY takes longer
 *     crash      where memory runs out, it writes to address 0 instead of returning NULL
 *
 * A number that is 0 is a fault that is off. Only slower and pause read a clock: with the others, and with none, the
 * number of instructions is the same in each process.
 *
 * Several threads share one lock; with one thread there is none. What burns time is counted by each thread for
 * itself and done outside the lock; the others are counted by all together.
 *
 * Invariant: that of tlsf. What leaks is live to it, and comes back when the heap is closed.
 * Bounds: those of tlsf, but for the lock and for the operations that burn. */
#ifndef HT_ALLOCATORS_PLANTED_H
#define HT_ALLOCATORS_PLANTED_H

#include <pthread.h>
#include <stdbool.h>

#include "allocators/tlsf.h"

enum { PLANTED_PAUSE_EVERY = 499 }; /* a prime: no rhythm of a workload or a probe stays clear of it */

/* One heap's, and a cell has one. Operations are counted down to the next that is different; UINT64_MAX is never. */
struct planted {
    uint64_t slower, extra, leak, peak, pause;
    uint64_t until_extra, until_leak;
    uint64_t padding_owed; /* hundredths of a byte */
    bool looks, crash;
    bool is_shared; /* by several threads: the lock is taken */
    pthread_mutex_t lock;
};

struct planted_thread {
    uint64_t until_look, until_pause;
    uint64_t look_every; /* operations */
    uint64_t looked_ns;  /* what the thread had used at its last look */
    int64_t owed_ns;     /* what it has burnt too little of, or too much */
};

extern struct planted ht_planted;
extern _Thread_local struct planted_thread ht_planted_thread __attribute__((tls_model("local-exec")));

int ht_planted_open(struct ht_heap *heap, const struct ht_heap_options *options);
const char *ht_planted_open_error(int error);
/* In each thread, before its first operation; for the main thread heap_open does it. */
void ht_planted_thread_start(void);
/* An operation that is different. */
void ht_planted_look(void);
void ht_planted_pause(void);
/* What memory that ran out comes to: NULL, or a crash. */
void *ht_planted_out_of_memory(void *p);

static inline int planted_open(struct ht_heap *heap, const struct ht_heap_options *options)
{
    return ht_planted_open(heap, options);
}

static inline const char *heap_open_error(struct ht_heap *heap, int error)
{
    (void)heap;
    return ht_planted_open_error(error);
}
#define heap_open_error heap_open_error

#define HEAP_OPTIONS "slower extra leak peak pause crash"

static inline void planted_lock(void)
{
    if (__builtin_expect(ht_planted.is_shared, 0))
        pthread_mutex_lock(&ht_planted.lock);
}

static inline void planted_unlock(void)
{
    if (__builtin_expect(ht_planted.is_shared, 0))
        pthread_mutex_unlock(&ht_planted.lock);
}

/* What each operation begins with. */
static inline void planted_step(void)
{
    if (__builtin_expect(!--ht_planted_thread.until_look, 0))
        ht_planted_look();
    if (__builtin_expect(!--ht_planted_thread.until_pause, 0))
        ht_planted_pause();
}

/* What is done for nothing is done by tlsf: it is no operation of the workload's. */
static __attribute__((noinline, unused)) void planted_extra(struct ht_heap *heap, size_t bytes)
{
    void *const p = heap_alloc(heap, bytes, HT_MIN_ALIGNMENT);
    if (p)
        heap_free(heap, p, bytes);
    ht_planted.until_extra = ht_planted.extra;
}

/* Bytes to ask for instead of `bytes`. A block grows by whole grains only: what is less is owed to the next ones. */
static inline size_t planted_bytes(struct ht_heap *heap, size_t bytes)
{
    if (__builtin_expect(!--ht_planted.until_extra, 0))
        planted_extra(heap, bytes);
    if (!ht_planted.peak || bytes > TLSF_MAX_BYTES)
        return bytes;
    ht_planted.padding_owed += tlsf_block_bytes(bytes) * ht_planted.peak;
    const uint64_t grains = ht_planted.padding_owed / (100 * TLSF_GRAIN);
    ht_planted.padding_owed -= grains * 100 * TLSF_GRAIN;
    return bytes + grains * TLSF_GRAIN;
}

static inline void *planted_alloc(struct ht_heap *heap, size_t bytes, size_t alignment)
{
    planted_step();
    planted_lock();
    void *const p = heap_alloc(heap, planted_bytes(heap, bytes), alignment);
    planted_unlock();
    return __builtin_expect(!p, 0) ? ht_planted_out_of_memory(p) : p;
}

static inline void planted_free(struct ht_heap *heap, void *p, size_t bytes)
{
    planted_step();
    planted_lock();
    if (__builtin_expect(!--ht_planted.until_leak, 0))
        ht_planted.until_leak = ht_planted.leak;
    else
        heap_free(heap, p, bytes);
    planted_unlock();
}

static inline void *planted_resize(struct ht_heap *heap, void *p, size_t old_bytes, size_t new_bytes)
{
    planted_step();
    planted_lock();
    void *const q = heap_resize(heap, p, old_bytes, planted_bytes(heap, new_bytes));
    planted_unlock();
    return __builtin_expect(!q, 0) ? ht_planted_out_of_memory(q) : q;
}

static inline size_t planted_usable(struct ht_heap *heap, void *p, size_t bytes)
{
    planted_lock();
    const size_t usable = heap_usable(heap, p, bytes);
    planted_unlock();
    return usable;
}

static inline uint32_t planted_caps(const struct ht_heap *heap)
{
    return heap_caps(heap) | HT_CAP_THREADS;
}

static inline void heap_thread_start(struct ht_heap *heap)
{
    (void)heap;
    ht_planted_thread_start();
}

static inline void heap_thread_stop(struct ht_heap *heap)
{
    (void)heap;
}
#define heap_thread_start heap_thread_start

/* From here on the operations are these, and tlsf's are what they call. */
#undef heap_free
#undef heap_resize
#undef heap_usable
#define heap_open   planted_open
#define heap_alloc  planted_alloc
#define heap_free   planted_free
#define heap_resize planted_resize
#define heap_usable planted_usable
#define heap_caps   planted_caps

#endif
