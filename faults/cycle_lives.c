#include "faults/cycle_lives.h"

#include "base/clock.h"
#include "base/scratch.h"

enum { CYCLES_MAX = 1 << 16 };

static struct {
    struct cycle_lives worker[HT_THREADS_MAX];
    _Atomic uint64_t waiting, most_waiting; /* bytes of dead cycles */
} state;

struct cycle_lives *ht_cycle_lives_of(const struct ht_worker *w)
{
    return &state.worker[w->index];
}

uint64_t ht_cycle_lives_room(const struct ht_job *job)
{
    return CYCLES_MAX / job->threads;
}

size_t ht_cycle_lives_scratch_bytes(const struct ht_job *job)
{
    return job->threads * (ht_cycle_lives_room(job) * sizeof(struct cycle_life) + 64);
}

void ht_cycle_lives_start(const struct ht_worker *w)
{
    struct cycle_lives *const l = ht_cycle_lives_of(w);
    *l = (struct cycle_lives){.room = ht_cycle_lives_room(w->job)};
    if (!w->index)
        state.waiting = state.most_waiting = 0;
    l->life = ht_scratch_alloc(l->room * sizeof *l->life);
}

void ht_cycle_lives_note_death(struct cycle_lives *l, uint64_t cycle, size_t bytes)
{
    const uint64_t waiting = atomic_fetch_add(&state.waiting, bytes) + bytes;
    uint64_t most = atomic_load(&state.most_waiting);
    while (waiting > most && !atomic_compare_exchange_weak(&state.most_waiting, &most, waiting)) {
    }
    l->dead = cycle + 1;
    l->life[cycle].cycle.death_bytes = l->bytes;
    l->life[cycle].cycle.death_ns = ht_wall_ns();
}

void ht_cycle_lives_note_reclaimed(struct cycle_lives *l, uint64_t cycle, size_t bytes)
{
    l->life[cycle].cycle.reclaimed_ns = ht_wall_ns();
    l->life[cycle].cycle.reclaimed_bytes = l->bytes;
    atomic_fetch_sub(&state.waiting, bytes);
}

void ht_cycle_lives_note_freed(struct cycle_lives *l, uint64_t cycle)
{
    struct ht_cycle *const c = &l->life[cycle].cycle;
    l->dead = cycle + 1;
    c->death_bytes = c->reclaimed_bytes = l->bytes;
    c->death_ns = c->reclaimed_ns = ht_wall_ns();
}

/* ---- records ------------------------------------------------------------------------------------------------ */

static uint64_t since(uint64_t ns, uint64_t start)
{
    return ns > start ? ns - start : 0;
}

/* Times from the start of the window on; nothing is 0 that was not seen. */
static struct ht_cycle cycle_to_send(const struct ht_cycle *c)
{
    const uint64_t start = state.worker[0].start_ns;
    const bool is_censored = !c->reclaimed_ns;
    return (struct ht_cycle){.death_ns = since(c->death_ns, start),
                             .death_bytes = c->death_bytes,
                             .reclaimed_ns = is_censored ? GC_UNKNOWN : since(c->reclaimed_ns, start),
                             .reclaimed_bytes = is_censored ? GC_UNKNOWN : c->reclaimed_bytes};
}

void ht_cycle_lives_send(const struct ht_job *job)
{
    struct ht_record record = {.kind = HT_RECORD_CYCLES};
    struct ht_cycles *const some = &record.cycles;
    some->outstanding_max_bytes = atomic_load(&state.most_waiting);
    for (unsigned i = 0; i < job->threads; i++)
        for (uint64_t c = 0; c < state.worker[i].dead; c++) {
            if (some->count == HT_CYCLES_A_RECORD) {
                ht_record_send(&record);
                some->count = 0;
            }
            some->cycle[some->count++] = cycle_to_send(&state.worker[i].life[c].cycle);
        }
    ht_record_send(&record);
}
