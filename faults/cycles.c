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
#include "faults/cycle_lives.h"
#include "faults/cycle_shapes.h"
#include "faults/injectors.h"

enum { LOOK_EVERY = 8, COLLECTIONS = 3 };
enum { HELD, LATE, WAITING, TAIL, MARKER, ROOTS }; /* the frame */
enum { TARGET, NEXT, WEAK_SLOTS };                 /* of a weak object */

/* What injects into one mutator. */
struct source {
    struct cycle_lives *lives;
    struct gc_root *root;
    struct ht_rng rng;
    uint64_t made; /* cycles */
    uint64_t until_next, until_look;
    uint64_t collections; /* when it looked last */
    bool is_stopped;
};

static struct {
    struct ht_cycle_plan plan;
    struct source worker[HT_THREADS_MAX];
} state;

static void open_plan(const struct ht_fault_plan *plan)
{
    state.plan = plan->cycle;
}

static const char *missing(void)
{
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
static size_t live_bytes(const struct ht_job *job)
{
    const struct ht_cycle_plan *const p = &state.plan;
    const size_t late = p->edge ? gc_size((uint32_t)alive(), 0) : 0;
    return job->threads * (gc_size((uint32_t)p->live, 0) + late + (alive() + 1) * cycle_bytes(&state.plan) +
                           gc_size(WEAK_SLOTS, WORD) + p->tail * gc_size(1, WORD) + gc_size(0, WORD));
}

static struct source *source_of(const struct ht_worker *w)
{
    return &state.worker[w->index];
}

/* ---- death and reclamation ---------------------------------------------------------------------------------- */

/* The table that holds cycles longest, and its slots. */
static struct gc_root *table_of(const struct source *in)
{
    return &in->root[state.plan.edge ? LATE : HELD];
}

/* The first object of a cycle that lives, by that table; the late edge is to the last object. */
static void load_first(struct ht_worker *w, struct gc_root *first, uint64_t cycle)
{
    load_full(w, first, table_of(source_of(w)), (uint32_t)(cycle % alive()));
    if (state.plan.edge)
        load_full(w, first, first, 0);
}

static void watch(struct ht_worker *w, const struct gc_root *first, uint64_t cycle)
{
    struct gc_root *const weak = ht_push(w, 1), *const waiting = &source_of(w)->root[WAITING];
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
    struct source *const in = source_of(w);
    struct gc_root *const first = ht_push(w, 1);
    load_first(w, first, cycle);
    check_cycle(w, &state.plan, first);
    ht_expect(stamp_of(w, first, data_bytes(&state.plan)) == id_of(w, cycle, 0),
              "an injected cycle is another one");
    if (ht_can(GC_CAP_EXPLICIT)) {
        store_nothing(w, table_of(in), (uint32_t)(cycle % alive()));
        free_cycle(w, &state.plan, first);
        ht_cycle_lives_note_freed(in->lives, cycle);
    } else {
        watch(w, first, cycle);
        in->lives->bytes += gc_size(WEAK_SLOTS, WORD);
        ht_clear(w, first);
        ht_cycle_lives_note_death(in->lives, cycle, cycle_bytes(&state.plan));
        store_nothing(w, table_of(in), (uint32_t)(cycle % alive()));
    }
    ht_pop(w, 1);
}

/* Takes all weak objects off the list whose cycle is gone. */
static void look(struct ht_worker *w)
{
    struct source *const in = source_of(w);
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
            ht_cycle_lives_note_reclaimed(in->lives, cycle_of(stamp_of(w, weak, WORD)),
                                          cycle_bytes(&state.plan));
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
static uint64_t collections(const struct source *in)
{
    const uint64_t ended = gc_ended(&ht_gc_heap);
    return ended == GC_UNKNOWN ? in->lives->bytes >> 16 : ended;
}

static void look_after_collection(struct ht_worker *w)
{
    struct source *const in = source_of(w);
    const uint64_t now = collections(in);
    if (now != in->collections && !gc_is_empty(&in->root[WAITING]))
        look(w);
    in->collections = now;
    in->until_look = LOOK_EVERY;
}

/* ---- injection ---------------------------------------------------------------------------------------------- */

static void hang(struct ht_worker *w, const struct gc_root *first)
{
    const struct source *const in = source_of(w);
    if (state.plan.finalizer)
        ht_store(w, first, cycle_slots(&state.plan) + TO_MARKER, &in->root[MARKER]);
    if (state.plan.tail)
        ht_store(w, first, cycle_slots(&state.plan) + TO_TAIL, &in->root[TAIL]);
}

/* From the cycle that is about to be let go to the new one. */
static void refer_to_young(struct ht_worker *w, uint32_t index, const struct gc_root *young)
{
    struct gc_root *const old = ht_push(w, 1);
    load_full(w, old, &source_of(w)->root[HELD], index);
    ht_store(w, old, cycle_slots(&state.plan) + TO_YOUNG, young);
    ht_pop(w, 1);
}

static void make_cycle(struct ht_worker *w)
{
    struct source *const in = source_of(w);
    const uint64_t cycle = in->made, held = cycle % state.plan.live;
    struct gc_root *const r = ht_push(w, 2), *const first = &r[0], *const last = &r[1];
    (state.plan.shape == HT_CYCLE_CLIQUE ? make_clique : make_ring)(w, &state.plan, first, last, cycle);
    in->lives->bytes += cycle_bytes(&state.plan); /* what the injector allocates counts, too */
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

static bool is_due(struct source *in)
{
    if (in->made == in->lives->room)
        return false;
    if (state.plan.rate)
        return ht_rng_below(&in->rng, 1000) < state.plan.rate;
    if (--in->until_next)
        return false;
    in->until_next = state.plan.every;
    return true;
}

static void inject(struct ht_worker *w, size_t bytes)
{
    struct source *const in = source_of(w);
    in->lives->bytes += bytes;
    if (!--in->until_look)
        look_after_collection(w);
    if (is_due(in))
        make_cycle(w);
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
static bool finalize(struct ht_worker *w, struct gc_root *object)
{
    if (!state.plan.finalizer)
        return false;
    if (source_of(w)->is_stopped)
        return true;
    const struct ht_worker *const owner = owner_of(w, object);
    if (!owner)
        return false;
    const uint64_t cycle = cycle_of(stamp_of(w, object, data_bytes(&state.plan)));
    struct source *const in = source_of(owner);
    ht_expect(cycle < in->lives->dead, "a finalizer was called for an injected cycle that is alive");
    ht_expect(!atomic_fetch_add(&in->lives->life[cycle].finalized, 1),
              "a finalizer of an injected cycle was called twice");
    check_cycle(w, &state.plan, object);
    return true;
}

/* Alone, a collector that finds all that is dead has called each by now. */
static void check_finalizers(const struct ht_worker *w)
{
    const struct source *const in = source_of(w);
    if (!state.plan.finalizer || w->job->threads > 1 || !ht_can(GC_CAP_CYCLES | GC_CAP_EXACT))
        return;
    for (uint64_t i = 0; i < in->lives->dead; i++)
        ht_expect(in->lives->life[i].finalized, "the finalizer of a dead injected cycle was not called");
}

/* ---- the life of the injector ------------------------------------------------------------------------------- */

static void start(struct ht_worker *w)
{
    struct source *const in = source_of(w);
    *in = (struct source){.lives = ht_cycle_lives_of(w),
                          .rng = ht_rng_open(w->job->seed, ~(uint64_t)w->index),
                          .until_next = state.plan.every,
                          .until_look = LOOK_EVERY};
    ht_cycle_lives_start(w);
    in->root = ht_push(w, ROOTS);
    ht_new(w, &in->root[HELD], (uint32_t)state.plan.live, 0);
    if (state.plan.edge)
        ht_new(w, &in->root[LATE], (uint32_t)alive(), 0);
    new_stamped(w, &in->root[MARKER], 0, WORD, 1);
    make_tail(w, &state.plan, &in->root[TAIL]);
}

static void arm(struct ht_worker *w)
{
    struct source *const in = source_of(w);
    in->lives->start_ns = ht_wall_ns();
    in->lives->bytes = 0;
    in->collections = collections(in);
}

static void settle(struct ht_worker *w)
{
    for (int i = 0; i < COLLECTIONS; i++) {
        ht_collect(w, GC_FULL);
        look(w);
    }
    check_finalizers(w);
    check_tail(w, &state.plan, &source_of(w)->root[TAIL]);
}

static void stop(struct ht_worker *w)
{
    struct source *const in = source_of(w);
    struct gc_root *const first = ht_push(w, 1);
    for (uint64_t cycle = in->lives->dead; cycle < in->made && ht_can(GC_CAP_EXPLICIT); cycle++) {
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

const struct ht_injector ht_cycles = {
    .open = open_plan,
    .missing = missing,
    .live_bytes = live_bytes,
    .scratch_bytes = ht_cycle_lives_scratch_bytes,
    .start = start,
    .arm = arm,
    .inject = inject,
    .settle = settle,
    .stop = stop,
    .finalize = finalize,
    .send = ht_cycle_lives_send,
};
