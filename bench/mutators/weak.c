/* weak: references that do not keep what they refer to, and what is called when an object dies.
 *
 *     shape 0   a chain of ephemerons: the value of each is the key of the next. With its first key the whole chain dies
 *     shape 1   a cache of weak references; a share of the values, those of the last lookups, is held elsewhere, too
 *     shape 2   a list of objects with finalizers, dropped whole: each finds the next one whole
 *     shape 3   objects that are brought back by their finalizers, once: the second time they go
 *     shape 4   objects that always come back: the finalizer makes a successor
 *     shape 5   a finalizer that allocates a list, and drops it
 *
 * Shapes 0 and 2 to 5 ask for a full collection after what they drop. What follows from it is required where a
 * collector finds exactly what is reachable and there is one mutator; elsewhere only that nothing happens too early, or
 * twice. A finalizer's own operations are not counted: when it is called is up to the strategy. Nothing is given up by
 * hand: where memory is managed so, none of this means anything. */
#include "bench/mutators/stamp.h"

#include "base/scratch.h"

enum { SHAPE, OBJECTS, BYTES, ORDER, LOOKUPS, STRONG };
enum shape { EPHEMERONS, CACHE, CHAIN, BACK_ONCE, BACK_ALWAYS, ALLOCATES };
enum order { AS_MADE, REVERSED, SHUFFLED };
enum { KEY, VALUE }; /* of an ephemeron; a weak reference has its value in slot 0, too */
enum { ID_BYTES = 8 };
enum { TABLE, HELD, HEAD, BACK, ROOTS }; /* BACK: a list of objects that came back */

#include "bench/mutators/finalizers.h"

struct state {
    uint32_t *order; /* in which ephemerons are made */
    uint64_t *last;  /* of the keys of a cache: the lookup of each that was the last, from 1; 0: none */
    uint64_t lookups, held;
};

/* ---- bytes -------------------------------------------------------------------------------------------------- */

static uint64_t held_of(const struct ht_job *j)
{
    const uint64_t held = j->value[OBJECTS] * j->value[STRONG] / 100;
    return held ? held : 1;
}

static size_t live_bytes(const struct ht_job *j)
{
    const size_t n = j->value[OBJECTS], held = held_of(j), table = gc_size((uint32_t)n, 0);
    const size_t mortal = gc_size(1, bytes_of(j)), small = gc_size(1, ID_BYTES);
    size_t bytes = n * mortal;
    switch (j->value[SHAPE]) {
    case EPHEMERONS: /* with the table of keys, while it is built */
        bytes = table + gc_size((uint32_t)n + 1, 0) + n * gc_size(2, bytes_of(j)) +
                (n + 1) * gc_size(0, ID_BYTES);
        break;
    case CACHE: /* and the next entry, before it replaces one */
        bytes = table + gc_size((uint32_t)held, 0) + (n + 1) * small + (held + 1) * gc_size(0, bytes_of(j));
        break;
    case BACK_ALWAYS:
        bytes += mortal;
        break;
    case ALLOCATES:
        bytes += LIST_NODES * small;
        break;
    }
    return bytes * j->threads;
}

static size_t scratch_bytes(const struct ht_job *j)
{
    const size_t n = j->value[OBJECTS];
    const size_t own = j->value[SHAPE] == EPHEMERONS ? n * sizeof(uint32_t)
                       : j->value[SHAPE] == CACHE    ? n * sizeof(uint64_t)
                                                     : 0;
    return sizeof(struct calls) + j->threads * (sizeof(struct state) + own + 128);
}

static uint32_t needs_more(const struct ht_job *j)
{
    const uint64_t shape = j->value[SHAPE];
    return shape == EPHEMERONS ? GC_CAP_EPHEMERON : shape == CACHE ? GC_CAP_WEAK : GC_CAP_FINALIZER;
}

/* ---- ephemerons --------------------------------------------------------------------------------------------- */

static void draw_order(struct ht_worker *w, uint32_t *order, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        order[i] = w->job->value[ORDER] == REVERSED ? n - 1 - i : i;
    for (uint32_t i = n - 1; w->job->value[ORDER] == SHUFFLED && i > 0; i--) {
        const uint32_t k = ht_rng_below(&w->rng, i + 1), other = order[k];
        order[k] = order[i];
        order[i] = other;
    }
}

static void build_keys(struct ht_worker *w, uint32_t n)
{
    struct gc_root *const key = ht_push(w, 1);
    ht_new(w, &w->root[HELD], n + 1, 0);
    for (uint32_t i = 0; i <= n; i++) {
        new_stamped(w, key, 0, ID_BYTES, i + 1);
        ht_store(w, &w->root[HELD], i, key);
    }
    ht_pop(w, 1);
}

/* The chain is held by its first key alone, once the table of keys is gone. */
static void build_ephemerons(struct ht_worker *w, uint32_t n)
{
    const struct state *const s = w->state;
    struct gc_root *const r = ht_push(w, 2), *const ephemeron = &r[0], *const key = &r[1];
    draw_order(w, s->order, n);
    build_keys(w, n);
    ht_new(w, &w->root[TABLE], n, 0);
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t at = s->order[i];
        ht_new_kind(w, ephemeron, GC_EPHEMERON, 2, bytes_of(w->job));
        stamp(w, ephemeron, bytes_of(w->job), at + 1);
        for (uint32_t slot = KEY; slot <= VALUE; slot++) {
            ht_load(w, key, &w->root[HELD], at + slot);
            ht_store(w, ephemeron, slot, key);
        }
        ht_store(w, &w->root[TABLE], at, ephemeron);
    }
    ht_load(w, &w->root[HEAD], &w->root[HELD], 0);
    ht_pop(w, 2);
    ht_clear(w, &w->root[HELD]);
}

/* Checks all ephemerons; those that read as empty are counted in the result. Without its key no value
 * may be left. */
static uint32_t check_ephemerons(struct ht_worker *w, uint32_t n)
{
    struct gc_root *const r = ht_push(w, 3), *const ephemeron = &r[0], *const part = &r[1];
    uint32_t empty = 0;
    for (uint32_t i = 0; i < n; i++) {
        load_full(w, ephemeron, &w->root[TABLE], i);
        check_stamp(w, ephemeron, bytes_of(w->job), i + 1);
        for (uint32_t slot = KEY; slot <= VALUE; slot++) {
            ht_load(w, &part[slot], ephemeron, slot);
            if (!gc_is_empty(&part[slot]))
                check_stamp(w, &part[slot], ID_BYTES, i + slot + 1);
        }
        ht_expect(gc_is_empty(&part[KEY]) == gc_is_empty(&part[VALUE]),
                  "half of an ephemeron reads as empty");
        empty += gc_is_empty(&part[KEY]);
    }
    ht_pop(w, 3);
    return empty;
}

static uint64_t run_ephemerons(struct ht_worker *w)
{
    const uint32_t n = (uint32_t)w->job->value[OBJECTS];
    build_ephemerons(w, n);
    ht_collect(w, GC_FULL);
    ht_expect(check_ephemerons(w, n) == 0, "an ephemeron whose key is alive reads as empty");
    ht_clear(w, &w->root[HEAD]);
    ht_collect(w, GC_FULL);
    ht_expect(check_ephemerons(w, n) == n || !finds_all(w),
              "an ephemeron whose key is dead does not read as empty");
    ht_clear(w, &w->root[TABLE]);
    return 2 + 2 * ((uint64_t)n + 1) + 6 * (uint64_t)n + 1 + 6 * (uint64_t)n;
}

/* ---- a cache ------------------------------------------------------------------------------------------------ */

/* A new value and a new weak reference to it take the place of those before. */
static void fill_entry(struct ht_worker *w, uint32_t key, struct gc_root *weak, struct gc_root *value)
{
    ht_clear(w, value);
    new_stamped(w, value, 0, bytes_of(w->job), key + 1);
    ht_new_kind(w, weak, GC_WEAK, 1, ID_BYTES);
    stamp(w, weak, ID_BYTES, key + 1);
    ht_store(w, weak, 0, value);
    ht_store(w, &w->root[TABLE], key, weak);
}

/* A value that a lookup of late still holds must be there; what is not held is replaced, there or not. */
static uint64_t look_up(struct ht_worker *w, struct state *s, uint32_t key)
{
    const uint64_t lookup = ++s->lookups, last = s->last[key];
    const uint32_t place = (uint32_t)(lookup % s->held);
    struct gc_root *const r = ht_push(w, 2), *const weak = &r[0], *const value = &r[1];
    uint64_t ops = 3;
    ht_load(w, weak, &w->root[TABLE], key);
    const bool held = last && last + s->held >= lookup;
    if (!gc_is_empty(weak)) {
        check_stamp(w, weak, ID_BYTES, key + 1);
        ht_load(w, value, weak, 0);
        ops++;
    }
    ht_expect(!held || !gc_is_empty(value), "a weak reference to what is alive reads as empty");
    if (!gc_is_empty(value))
        check_stamp(w, value, bytes_of(w->job), key + 1);
    s->last[key] = lookup;
    if (!held) {
        fill_entry(w, key, weak, value);
        ops += 4;
    }
    ht_load(w, weak, &w->root[HELD], place); /* what is held no longer */
    ht_expect(gc_is_empty(weak) || stamp_of(w, weak, bytes_of(w->job)) <= w->job->value[OBJECTS],
              "a value that was held is another");
    ht_store(w, &w->root[HELD], place, value);
    ht_pop(w, 2);
    return ops;
}

static void fill_cache(struct ht_worker *w, struct state *s)
{
    ht_new(w, &w->root[TABLE], (uint32_t)w->job->value[OBJECTS], 0);
    ht_new(w, &w->root[HELD], (uint32_t)s->held, 0);
    for (uint32_t key = 0; key < w->job->value[OBJECTS]; key++)
        look_up(w, s, key);
}

static uint64_t run_cache(struct ht_worker *w)
{
    uint64_t ops = 0;
    for (uint64_t i = 0; i < w->job->value[LOOKUPS]; i++)
        ops += look_up(w, w->state, ht_rng_below(&w->rng, (uint32_t)w->job->value[OBJECTS]));
    return ops;
}

/* After a collection what is not held must read as empty. */
static void check_cache(struct ht_worker *w)
{
    const struct state *const s = w->state;
    struct gc_root *const r = ht_push(w, 2), *const weak = &r[0], *const value = &r[1];
    ht_collect(w, GC_FULL);
    for (uint32_t key = 0; key < w->job->value[OBJECTS]; key++) {
        load_full(w, weak, &w->root[TABLE], key);
        ht_load(w, value, weak, 0);
        const bool held = s->last[key] + s->held > s->lookups;
        ht_expect(!held || !gc_is_empty(value), "a weak reference to what is alive reads as empty");
        ht_expect(held || gc_is_empty(value) || !finds_all(w),
                  "a weak reference to what is dead does not read as empty");
    }
    ht_pop(w, 2);
}

/* ---- the benchmark ------------------------------------------------------------------------------------------ */

static void open_calls(struct ht_job *j)
{
    j->state = ht_scratch_alloc(sizeof(struct calls));
}

static void setup(struct ht_worker *w)
{
    const uint64_t n = w->job->value[OBJECTS], shape = w->job->value[SHAPE];
    struct state *const s = w->state = ht_scratch_alloc(sizeof *s);
    s->held = held_of(w->job);
    w->root = ht_push(w, ROOTS);
    if (shape == EPHEMERONS)
        s->order = ht_scratch_alloc(n * sizeof *s->order);
    if (shape == CACHE) {
        s->last = ht_scratch_alloc(n * sizeof *s->last);
        fill_cache(w, s);
    }
    if (shape == BACK_ALWAYS)
        build_and_drop(w, n, false);
}

/* Operations: allocations, loads and stores. */
static uint64_t run(struct ht_worker *w)
{
    switch (w->job->value[SHAPE]) {
    case EPHEMERONS:
        return run_ephemerons(w);
    case CACHE:
        return run_cache(w);
    default:
        return run_finalizers(w);
    }
}

/* What is called from now on leaves the roots alone. */
static void teardown(struct ht_worker *w)
{
    struct calls *const calls = w->job->state;
    if (w->job->value[SHAPE] == CACHE)
        check_cache(w);
    atomic_store(&calls->closing, true);
    ht_pop(w, ROOTS);
    ht_collect(w, GC_FULL);
    check_calls(w);
}

HT_WORKLOAD(weak) = {
    .name = "weak",
    .summary = "ephemerons, a weak cache, finalizers: in chains, that bring back, that allocate",
    .source = "heaptrial: Hayes, OOPSLA 1997 (ephemerons); PEP 442 (finalizers)",
    .params =
        {
            [SHAPE] = {"shape", CACHE, EPHEMERONS, ALLOCATES,
                       "0 ephemerons, 1 cache, 2 chain, 3 back once, 4 back always, 5 allocates"},
            [OBJECTS] = {"objects", 10000, 2, 1 << 22,
                         "ephemerons, keys of the cache, or objects with finalizers"},
            [BYTES] = {"bytes", 256, 8, 1 << 16,
                       "data of an ephemeron, a cached value, or an object with a finalizer"},
            [ORDER] = {"order", AS_MADE, AS_MADE, SHUFFLED,
                       "of ephemerons in a chain: 0 its own, 1 reverse, 2 none"},
            [LOOKUPS] = {"lookups", 20000, 1, 1 << 24, "in the cache, an iteration"},
            [STRONG] = {"strong", 50, 0, 100, "lookups whose values are held, in per cent of the keys"},
        },
    .needs_more = needs_more,
    .scratch_bytes = scratch_bytes,
    .live_bytes = live_bytes,
    .finalize = finalize,
    .open = open_calls,
    .setup = setup,
    .run = run,
    .teardown = teardown,
};
