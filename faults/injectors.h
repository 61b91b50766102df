/* What an injector does in a cell. One kind of fault has one injector, which is compiled for each strategy where it calls
 * the strategy (as faults/cycles.c), or once for all. bench/injector.h says who calls it, when and in which thread;
 * faults/injectors.c passes each call on to the one injector that the fault plan of the cell is for.
 *
 * A new one: its kind in faults/fault_plan.h, its file, and a line in the lists of the contracts that it is for,
 * faults/allocator_injectors.c and faults/collector_injectors.c. */
#ifndef HT_FAULTS_INJECTORS_H
#define HT_FAULTS_INJECTORS_H

#include "bench/injector.h"
#include "faults/fault_plan.h"

/* A function that it does not need is NULL. */
struct ht_injector {
    bool is_plain; /* nothing of it is in the window, which is that of the plain build where the pass takes times */
    void (*open)(const struct ht_fault_plan *plan);
    const char *(*missing)(void); /* what the strategy lacks, or NULL */
    size_t (*live_bytes)(const struct ht_job *job);
    size_t (*scratch_bytes)(const struct ht_job *job);
    void (*listen)(void); /* before a rehearsal: what was heard is forgotten */
    void (*hear)(int64_t bytes);
    void (*start)(struct ht_worker *w);
    void (*arm)(struct ht_worker *w);
    void (*inject)(struct ht_worker *w, size_t bytes); /* neither injected into nor timed itself */
    void (*settle)(struct ht_worker *w);
    void (*stop)(struct ht_worker *w);
    bool (*finalize)(struct ht_worker *w, struct gc_root *object);
    void (*send)(const struct ht_job *job);
};

/* By kind of fault; NULL where a cell of this contract can't inject it. */
extern const struct ht_injector *const ht_injectors[HT_FAULT_KINDS];

extern const struct ht_injector ht_cycles;
extern const struct ht_injector ht_shatter;

#endif
