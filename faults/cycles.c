/* Injects cycles into a workload on a collector, and sees when they are reclaimed (bench/injector.h). Compiled for each
 * collector, as the probed build of a workload is.
 *
 * Every so many allocations of the workload a cycle is made, and the oldest of those that are held is let go. What a
 * cycle is like, and what else refers to it, the plan says (faults/fault_plan.h). Its death is exact: the store that
 * takes its last reference from outside away. Just before, a weak object is made that refers to its first object; when
 * that reads as empty, the cycle has been reclaimed. All weak objects that wait are looked at in the first 8 allocations
 * after a collection has ended and at no other time, because to read a weak slot while an incremental collector marks
 * keeps what it refers to. So a time or an amount of bytes to reclamation is at most 8 allocations of the workload too
 * large. Where memory is managed by hand the cycle is freed at its death.
 *
 * Each cycle is walked and checked before it dies, and by its finalizer. */
#include "base/clock.h"
#include "base/scratch.h"
#include "bench/injector.h"
#include "bench/record.h"
#include "faults/cycle_shapes.h"

#include <stdatomic.h>

enum { LOOK_EVERY = 8, CYCLES_MAX = 1 << 16, COLLECTIONS = 3 };
enum { HELD, LATE, WAITING, TAIL, MARKER, ROOTS }; /* the frame */
enum { TARGET, NEXT, WEAK_SLOTS };                 /* of a weak object */

struct life {
    struct ht_cycle cycle;
    _Atomic uint32_t finalized;
};

struct ht_injector {
    struct gc_root *root;
    struct ht_rng rng;
    struct life *life; /* of each cycle, in the order of their births, which is that of their deaths */
    uint64_t room, made, dead; /* cycles */
    uint64_t bytes, start_ns;  /* allocated since the window opened, at start_ns */
    uint64_t until_next, until_look;
    uint64_t collections; /* when it looked last */
    bool is_stopped;
};

static struct {
    bool is_on;
    struct ht_cycle_plan plan;
    struct ht_injector worker[HT_THREADS_MAX];
    _Atomic uint64_t waiting, most_waiting; /* bytes of dead cycles */
} state;

int ht_injector_open(const char *text, char why[256])
{
    struct ht_fault_plan plan;
    state.is_on = *text;
    const int error = *text ? ht_fault_plan_parse(text, &plan, why) : 0;
    if (*text && !error)
        state.plan = plan.cycle;
    return error;
}

const char *ht_injector_missing(void)
{
    if (!state.is_on)
        return NULL;
    if (!ht_can(GC_CAP_WEAK) && !ht_can(GC_CAP_EXPLICIT))
        return "has no weak references, which show when an injected cycle is reclaimed";
    return gc_caps_missing(gc_caps(&ht_gc_heap), state.plan.finalizer ? GC_CAP_FINALIZER : 0);
}

/* ---- bytes -------------------------------------------------------------------------------------------------- */

/* Cycles that are alive at once. */
static uint64_t alive(void)
{
    return state.plan.live + state.plan.edge;
}

/* The tables, the cycles that live, the one that is being made, its weak object, the tail and the marker. */
size_t ht_injector_live_bytes(const struct ht_job *job)
{
    const struct ht_cycle_plan *const p = &state.plan;
    if (!state.is_on)
        return 0;
    const size_t late = p->edge ? gc_size((uint32_t)alive(), 0) : 0;
    return job->threads * (gc_size((uint32_t)p->live, 0) + late + (alive() + 1) * cycle_bytes(&state.plan) +
                           gc_size(WEAK_SLOTS, WORD) + p->tail * gc_size(1, WORD) + gc_size(0, WORD));
}

static uint64_t room_of(const struct ht_job *job)
{
    return CYCLES_MAX / job->threads;
}

size_t ht_injector_scratch_bytes(const struct ht_job *job)
{
    return state.is_on ? job->threads * (room_of(job) * sizeof(struct life) + 64) : 0;
}

/* ---- what is noted ------------------------------------------------------------------------------------------ */

static struct ht_injector *injector_of(const struct ht_worker *w)
{
    return &state.worker[w->index];
}

static void note_death(struct ht_injector *in, uint64_t cycle)
{
    const uint64_t waiting =
        atomic_fetch_add(&state.waiting, cycle_bytes(&state.plan)) + cycle_bytes(&state.plan);
    uint64_t most = atomic_load(&state.most_waiting);
    while (waiting > most && !atomic_compare_exchange_weak(&state.most_waiting, &most, waiting)) {
    }
    in->dead = cycle + 1;
    in->life[cycle].cycle.death_bytes = in->bytes;
    in->life[cycle].cycle.death_ns = ht_wall_ns();
}

static void note_reclaimed(struct ht_injector *in, uint64_t cycle)
{
    in->life[cycle].cycle.reclaimed_ns = ht_wall_ns();
    in->life[cycle].cycle.reclaimed_bytes = in->bytes;
    atomic_fetch_sub(&state.waiting, cycle_bytes(&state.plan));
}

/* By hand nothing waits. */
static void note_freed(struct ht_injector *in, uint64_t cycle)
{
    struct ht_cycle *const c = &in->life[cycle].cycle;
    in->dead = cycle + 1;
    c->death_bytes = c->reclaimed_bytes = in->bytes;
    c->death_ns = c->reclaimed_ns = ht_wall_ns();
}

/* ---- death and reclamation ---------------------------------------------------------------------------------- */

/* The table that holds cycles longest, and its slots. */
static struct gc_root *table_of(const struct ht_injector *in)
{
    return &in->root[state.plan.edge ? LATE : HELD];
}

/* The first object of a cycle that lives, by that table; the late edge is to the last object. */
static void load_first(struct ht_worker *w, struct gc_root *first, uint64_t cycle)
{
    load_full(w, first, table_of(injector_of(w)), (uint32_t)(cycle % alive()));
    if (state.plan.edge)
        load_full(w, first, first, 0);
}

static void watch(struct ht_worker *w, const struct gc_root *first, uint64_t cycle)
{
    struct gc_root *const weak = ht_push(w, 1), *const waiting = &injector_of(w)->root[WAITING];
    ht_new_kind(w, weak, GC_WEAK, WEAK_SLOTS, WORD);
    stamp(w, weak, WORD, id_of(w, cycle, 0));
    ht_store(w, weak, TARGET, first);
    ht_store(w, weak, NEXT, waiting);
    ht_move(w, waiting, weak);
    ht_pop(w, 1);
}

/* The last reference from outside goes. */
static void kill_cycle(struct ht_worker *w, uint64_t cycle)
{
    struct ht_injector *const in = injector_of(w);
    struct gc_root *const first = ht_push(w, 1);
    load_first(w, first, cycle);
    check_cycle(w, &state.plan, first);
    ht_expect(stamp_of(w, first, data_bytes(&state.plan)) == id_of(w, cycle, 0),
              "an injected cycle is another one");
    if (ht_can(GC_CAP_EXPLICIT)) {
        store_nothing(w, table_of(in), (uint32_t)(cycle % alive()));
        free_cycle(w, &state.plan, first);
        note_freed(in, cycle);
    } else {
        watch(w, first, cycle);
        in->bytes += gc_size(WEAK_SLOTS, WORD);
        ht_clear(w, first);
        note_death(in, cycle);
        store_nothing(w, table_of(in), (uint32_t)(cycle % alive()));
    }
    ht_pop(w, 1);
}

/* Takes all weak objects off the list whose cycle is gone. */
static void look(struct ht_worker *w)
{
    struct ht_injector *const in = injector_of(w);
    struct gc_root *const r = ht_push(w, 4), *const weak = &r[0], *const before = &r[1], *const next = &r[2],
                          *const target = &r[3];
    ht_move(w, weak, &in->root[WAITING]);
    while (!gc_is_empty(weak)) {
        ht_load(w, next, weak, NEXT);
        ht_load(w, target, weak, TARGET);
        if (!gc_is_empty(target)) {
            ht_clear(w, target);
            ht_move(w, before, weak);
        } else {
            note_reclaimed(in, cycle_of(stamp_of(w, weak, WORD)));
            if (gc_is_empty(before))
                ht_move(w, &in->root[WAITING], next);
            else
                ht_store(w, before, NEXT, next);
        }
        ht_move(w, weak, next);
    }
    ht_pop(w, 4);
}

/* Collections of any kind that have ended; where nobody counts them, every 64 KiB may have been one. */
static uint64_t collections(const struct ht_injector *in)
{
    const uint64_t ended = gc_ended(&ht_gc_heap);
    return ended == GC_UNKNOWN ? in->bytes >> 16 : ended;
}

static void look_after_collection(struct ht_worker *w)
{
    struct ht_injector *const in = injector_of(w);
    const uint64_t now = collections(in);
    if (now != in->collections && !gc_is_empty(&in->root[WAITING]))
        look(w);
    in->collections = now;
    in->until_look = LOOK_EVERY;
}

/* ---- injection ---------------------------------------------------------------------------------------------- */

static void hang(struct ht_worker *w, const struct gc_root *first)
{
    const struct ht_injector *const in = injector_of(w);
    if (state.plan.finalizer)
        ht_store(w, first, cycle_slots(&state.plan) + TO_MARKER, &in->root[MARKER]);
    if (state.plan.tail)
        ht_store(w, first, cycle_slots(&state.plan) + TO_TAIL, &in->root[TAIL]);
}

/* From the cycle that is about to be let go to the new one. */
static void refer_to_young(struct ht_worker *w, uint32_t index, const struct gc_root *young)
{
    struct gc_root *const old = ht_push(w, 1);
    load_full(w, old, &injector_of(w)->root[HELD], index);
    ht_store(w, old, cycle_slots(&state.plan) + TO_YOUNG, young);
    ht_pop(w, 1);
}

static void inject(struct ht_worker *w)
{
    struct ht_injector *const in = injector_of(w);
    const uint64_t cycle = in->made, held = cycle % state.plan.live;
    struct gc_root *const r = ht_push(w, 2), *const first = &r[0], *const last = &r[1];
    (state.plan.shape == HT_CYCLE_CLIQUE ? make_clique : make_ring)(w, &state.plan, first, last, cycle);
    in->bytes += cycle_bytes(&state.plan); /* what the injector allocates counts, too */
    hang(w, first);
    if (state.plan.old && cycle >= state.plan.live)
        refer_to_young(w, (uint32_t)held, first);
    if (cycle >= alive())
        kill_cycle(w, cycle - alive());
    ht_store(w, &in->root[HELD], (uint32_t)held, first);
    if (state.plan.edge)
        ht_store(w, &in->root[LATE], (uint32_t)(cycle % alive()), last);
    in->made++;
    ht_pop(w, 2);
}

static bool is_due(struct ht_injector *in)
{
    if (in->made == in->room)
        return false;
    if (state.plan.rate)
        return ht_rng_below(&in->rng, 1000) < state.plan.rate;
    if (--in->until_next)
        return false;
    in->until_next = state.plan.every;
    return true;
}

void ht_inject(struct ht_worker *w, size_t bytes)
{
    struct ht_injector *const in = w->injector;
    const bool is_open = w->probe->open;
    w->injector = NULL; /* its own operations are neither injected into nor timed */
    w->probe->open = false;
    in->bytes += bytes;
    if (!--in->until_look)
        look_after_collection(w);
    if (is_due(in))
        inject(w);
    w->probe->open = is_open;
    w->injector = in;
}

/* ---- finalizers --------------------------------------------------------------------------------------------- */

/* Whose cycle it is: its first object, and no other, refers to the marker of a mutator. */
static const struct ht_worker *owner_of(struct ht_worker *w, const struct gc_root *object)
{
    const struct ht_worker *owner = NULL;
    if (ht_slots(w, object) != cycle_slots(&state.plan) + OWN_SLOTS)
        return NULL;
    struct gc_root *const marker = ht_push(w, 1);
    ht_load(w, marker, object, cycle_slots(&state.plan) + TO_MARKER);
    for (unsigned i = 0; i < w->job->threads && !owner && !gc_is_empty(marker); i++)
        if (ht_same(w, marker, &state.worker[i].root[MARKER]))
            owner = &w->job->workers[i];
    ht_pop(w, 1);
    return owner;
}

/* Once the injector has stopped the markers are gone, and whatever is still finalized can only be ended work. */
bool ht_injector_finalize(struct ht_worker *w, struct gc_root *object)
{
    if (!state.is_on || !state.plan.finalizer)
        return false;
    if (injector_of(w)->is_stopped)
        return true;
    const struct ht_worker *const owner = owner_of(w, object);
    if (!owner)
        return false;
    const uint64_t cycle = cycle_of(stamp_of(w, object, data_bytes(&state.plan)));
    struct ht_injector *const in = injector_of(owner);
    ht_expect(cycle < in->dead, "a finalizer was called for an injected cycle that is alive");
    ht_expect(!atomic_fetch_add(&in->life[cycle].finalized, 1),
              "a finalizer of an injected cycle was called twice");
    check_cycle(w, &state.plan, object);
    return true;
}

/* Alone, a collector that finds all that is dead has called each by now. */
static void check_finalizers(const struct ht_worker *w)
{
    const struct ht_injector *const in = injector_of(w);
    if (!state.plan.finalizer || w->job->threads > 1 || !ht_can(GC_CAP_CYCLES | GC_CAP_EXACT))
        return;
    for (uint64_t i = 0; i < in->dead; i++)
        ht_expect(in->life[i].finalized, "the finalizer of a dead injected cycle was not called");
}

/* ---- the life of the injector ------------------------------------------------------------------------------- */

void ht_injector_start(struct ht_worker *w)
{
    struct ht_injector *const in = injector_of(w);
    if (!state.is_on)
        return;
    *in = (struct ht_injector){.rng = ht_rng_open(w->job->seed, ~(uint64_t)w->index),
                               .room = room_of(w->job),
                               .until_next = state.plan.every,
                               .until_look = LOOK_EVERY};
    if (!w->index)
        state.waiting = state.most_waiting = 0;
    in->life = ht_scratch_alloc(in->room * sizeof *in->life);
    in->root = ht_push(w, ROOTS);
    ht_new(w, &in->root[HELD], (uint32_t)state.plan.live, 0);
    if (state.plan.edge)
        ht_new(w, &in->root[LATE], (uint32_t)alive(), 0);
    new_stamped(w, &in->root[MARKER], 0, WORD, 1);
    make_tail(w, &state.plan, &in->root[TAIL]);
}

void ht_injector_arm(struct ht_worker *w)
{
    struct ht_injector *const in = injector_of(w);
    if (!state.is_on)
        return;
    in->start_ns = ht_wall_ns();
    in->bytes = 0;
    in->collections = collections(in);
    w->injector = in;
}

void ht_injector_disarm(struct ht_worker *w)
{
    w->injector = NULL;
}

void ht_injector_settle(struct ht_worker *w)
{
    if (!state.is_on)
        return;
    for (int i = 0; i < COLLECTIONS; i++) {
        ht_collect(w, GC_FULL);
        look(w);
    }
    check_finalizers(w);
    check_tail(w, &state.plan, &injector_of(w)->root[TAIL]);
}

void ht_injector_stop(struct ht_worker *w)
{
    struct ht_injector *const in = injector_of(w);
    if (!state.is_on)
        return;
    struct gc_root *const first = ht_push(w, 1);
    for (uint64_t cycle = in->dead; cycle < in->made && ht_can(GC_CAP_EXPLICIT); cycle++) {
        load_first(w, first, cycle);
        free_cycle(w, &state.plan, first);
    }
    ht_pop(w, 1);
    ht_give_up(w, &in->root[HELD]);
    if (state.plan.edge)
        ht_give_up(w, &in->root[LATE]);
    ht_give_up_tree(w, &in->root[TAIL]);
    ht_give_up(w, &in->root[MARKER]);
    ht_pop(w, ROOTS);
    in->is_stopped = true;
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

void ht_injector_send(const struct ht_job *job)
{
    struct ht_record record = {.kind = HT_RECORD_CYCLES};
    struct ht_cycles *const some = &record.cycles;
    if (!state.is_on)
        return;
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
