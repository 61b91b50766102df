/* The lives of injected cycles: when each died and when it was seen to be reclaimed, in time and in bytes that the
 * mutator has allocated; and how much is dead and waits, of all mutators together. */
#ifndef HT_FAULTS_CYCLE_LIVES_H
#define HT_FAULTS_CYCLE_LIVES_H

#include <stdatomic.h>

#include "bench/record.h"
#include "bench/workload.h"

struct cycle_life {
    struct ht_cycle cycle;
    _Atomic uint32_t finalized;
};

/* Of one mutator. */
struct cycle_lives {
    struct cycle_life *life;  /* in the order of births, which is that of deaths */
    uint64_t room, dead;      /* cycles */
    uint64_t bytes, start_ns; /* allocated since the window opened, at start_ns */
};

struct cycle_lives *ht_cycle_lives_of(const struct ht_worker *w);

/* The lives of a job that begins, with room for so many cycles, from the scratch region. */
uint64_t ht_cycle_lives_room(const struct ht_job *job);
size_t ht_cycle_lives_scratch_bytes(const struct ht_job *job);
void ht_cycle_lives_start(const struct ht_worker *w);

/* Cycle number `cycle`, of `bytes`. By hand it is freed when it dies, and nothing waits. */
void ht_cycle_lives_note_death(struct cycle_lives *l, uint64_t cycle, size_t bytes);
void ht_cycle_lives_note_reclaimed(struct cycle_lives *l, uint64_t cycle, size_t bytes);
void ht_cycle_lives_note_freed(struct cycle_lives *l, uint64_t cycle);

void ht_cycle_lives_send(const struct ht_job *job);

#endif
