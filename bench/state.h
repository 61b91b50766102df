/* The one heap of a cell, for what happens outside the window: the strategy's operations as functions, the same
 * for both contracts. bench/heap_state.c (allocators) or bench/collector_state.c (collectors) is compiled once for
 * each strategy, and a cell links one of them. */
#ifndef HT_BENCH_STATE_H
#define HT_BENCH_STATE_H

#include "allocators/pauses.h"
#include "bench/record.h"
#include "bench/workload.h"

extern const char ht_state_strategy[];

/* Of a collector: mutators run on threads of the harness only, with a C stack of a known size, and are attached
 * there; job->heap_bytes is the limit. */
extern const bool ht_state_is_collector;

struct ht_state_options {
    const char *plugin;  /* or NULL */
    const char *variant; /* the strategy's own options */
    struct gc_log *log;  /* where a collector logs its pauses; or NULL */
};

/* The names of the strategy's own options, with blanks between them; "" when it has none. */
const char *ht_state_option_names(void);

/* `options` is copied. */
int ht_state_open(const struct ht_job *job, const struct ht_state_options *options);
/* Why ht_state_open failed, in words. */
const char *ht_state_open_error(int error);
void ht_state_close(void);

/* What the strategy lacks of these capabilities, or for several threads, in words; NULL when nothing. */
const char *ht_state_missing(uint32_t needs, unsigned threads);
/* Says each capability that there is: what a strategy that has it does, one that has not, and whether this one does. */
void ht_state_each_cap(void (*emit)(const char *can, const char *cannot, bool has));
bool ht_state_says_usable(void);
size_t ht_state_max_bytes(void);
const char *ht_state_version(void);
int ht_state_check(char why[160]);

/* An allocator is told of threads, but for the main one. */
void ht_state_thread_start(void);
void ht_state_thread_stop(void);

/* The job whose window begins: before its mutators are attached. */
void ht_state_enter(const struct ht_job *job);

/* A collector is told of each mutator, in its thread, and of its waits. */
void ht_state_attach(struct ht_worker *w);
void ht_state_detach(struct ht_worker *w);
void ht_state_park(struct ht_worker *w);
void ht_state_unpark(struct ht_worker *w);

/* What a collector has counted since it was opened; of an allocator nothing is known. */
struct gc_stats ht_state_stats(void);

/* In verify mode: a collector's whole heap is compared with its shadow (bench/verified.h), by one mutator while the
 * others wait. */
void ht_state_audit(struct ht_worker *w);

/* Of a collector in verify mode: fills what the shadow of the heap says. */
void ht_state_shadow(struct ht_collector_figures *figures);

/* After the teardown of all mutators, by one of them: collects three times, and says how many objects and bytes are
 * still held that should not be. Nothing with an allocator, nor where nothing is ever reclaimed. */
struct ht_leak {
    uint64_t objects, bytes;
};
struct ht_leak ht_state_leak(struct ht_worker *w);

#endif
