/* churn: objects of three ages, with the share that survives each, and how often an old object is made to refer to a new
 * one, as parameters.
 *
 * Objects are made in batches. A batch that is complete is walked: `young-survival` of 1000, drawn, go on to the list of
 * those of middle age, the others die. After `batches` of them that list is walked in the same way: `middle-survival` of
 * 1000 each take the place of an old one, which dies. The counts are exact: who survives is drawn, not how many. Batch
 * and list are linked from the new to the old, so that only promotions, and the stores that are asked for, make old
 * objects refer to new ones. Such a store hangs one more new object on an old one, in place of the last. */
#include "bench/mutators/stamp.h"

#include "base/scratch.h"

enum { OLD, BATCH, BATCHES, YOUNG_SURVIVAL, MIDDLE_SURVIVAL, OLD_TO_YOUNG, ROUNDS, BYTES };
enum { NEXT, HUNG, SLOTS };
enum { YOUNG, MIDDLE, TABLE, ROOTS };

struct state {
    uint64_t made; /* the last id */
    uint32_t bytes;
    uint32_t batch, young_survivors, middle, middle_survivors;
};

static uint32_t of_1000(uint64_t count, uint64_t share)
{
    return (uint32_t)(count * share / 1000);
}

static uint32_t bytes_of(const struct ht_job *j)
{
    return (uint32_t)j->value[BYTES] & -8u;
}

/* All that is old, what was hung on it and one more, and the last batch before the middle list is walked. */
static size_t live_bytes(const struct ht_job *j)
{
    const size_t old = j->value[OLD], survivors = of_1000(j->value[BATCH], j->value[YOUNG_SURVIVAL]);
    const size_t hung = j->value[OLD_TO_YOUNG] ? old + 1 : 0;
    const size_t young = j->value[BATCH] + (j->value[BATCHES] - 1) * survivors;
    return (gc_size((uint32_t)old, 0) + (old + hung + young) * gc_size(SLOTS, bytes_of(j))) * j->threads;
}

static size_t scratch_bytes(const struct ht_job *j)
{
    return j->threads * sizeof(struct state);
}

static void new_object(struct ht_worker *w, struct gc_root *dst)
{
    struct state *const s = w->state;
    new_stamped(w, dst, SLOTS, s->bytes, ++s->made);
}

static void check_object(struct ht_worker *w, const struct gc_root *object)
{
    const struct state *const s = w->state;
    ht_expect(!gc_is_empty(object) && stamp_of(w, object, s->bytes) <= s->made, "an object was lost");
}

/* On each old object, or on none. */
static void check_hung(struct ht_worker *w, const struct gc_root *hung)
{
    if (w->job->value[OLD_TO_YOUNG])
        check_object(w, hung);
    else
        ht_expect(gc_is_empty(hung), "an object hangs where none was hung");
}

/* ---- the old ------------------------------------------------------------------------------------------------ */

/* Hangs a new object on an old one, the first, or in place of the one that hung there. */
static uint64_t hang(struct ht_worker *w, uint32_t index, bool first)
{
    struct gc_root *const r = ht_push(w, 3), *const old = &r[0], *const hung = &r[1], *const object = &r[2];
    load_full(w, old, &w->root[TABLE], index);
    check_object(w, old);
    ht_load(w, hung, old, HUNG);
    new_object(w, object);
    ht_store(w, old, HUNG, object);
    if (!first) {
        check_object(w, hung);
        ht_give_up(w, hung);
    }
    ht_pop(w, 3);
    return 4;
}

/* A survivor takes the place of an old object, and what was hung on that. */
static uint64_t promote_to_old(struct ht_worker *w, const struct gc_root *survivor)
{
    const uint32_t index = ht_rng_below(&w->rng, ht_slots(w, &w->root[TABLE]));
    struct gc_root *const r = ht_push(w, 2), *const old = &r[0], *const hung = &r[1];
    load_full(w, old, &w->root[TABLE], index);
    check_object(w, old);
    ht_load(w, hung, old, HUNG);
    check_hung(w, hung);
    ht_store(w, survivor, HUNG, hung);
    store_nothing(w, survivor, NEXT);
    ht_store(w, &w->root[TABLE], index, survivor);
    ht_give_up(w, old);
    ht_pop(w, 2);
    return 5;
}

/* ---- the young and the middle-aged -------------------------------------------------------------------------- */

static uint64_t promote_to_middle(struct ht_worker *w, const struct gc_root *survivor)
{
    ht_store(w, survivor, NEXT, &w->root[MIDDLE]);
    ht_move(w, &w->root[MIDDLE], survivor);
    return 1;
}

/* Walks a list of `count`; each of `survivors`, drawn, is promoted, and the others die. */
static uint64_t age(struct ht_worker *w, struct gc_root *list, uint32_t count, uint32_t survivors,
                    uint64_t (*promote)(struct ht_worker *, const struct gc_root *))
{
    struct gc_root *const object = ht_push(w, 1);
    uint64_t ops = count;
    for (uint32_t left = count; left > 0; left--) {
        ht_move(w, object, list);
        check_object(w, object);
        ht_load(w, list, object, NEXT);
        if (ht_rng_below(&w->rng, left) < survivors) {
            ops += promote(w, object);
            survivors--;
        } else {
            ht_give_up(w, object);
        }
    }
    ht_expect(gc_is_empty(list), "a list is longer than it was");
    ht_pop(w, 1);
    return ops;
}

static uint64_t make_batch(struct ht_worker *w, uint32_t count, uint32_t old, uint64_t old_to_young)
{
    struct gc_root *const object = ht_push(w, 1);
    uint64_t ops = 2 * (uint64_t)count;
    for (uint32_t i = 0; i < count; i++) {
        new_object(w, object);
        ht_store(w, object, NEXT, &w->root[YOUNG]);
        ht_move(w, &w->root[YOUNG], object);
        if (old_to_young && ht_rng_below(&w->rng, 1000) < old_to_young)
            ops += hang(w, ht_rng_below(&w->rng, old), false);
    }
    ht_pop(w, 1);
    return ops;
}

/* ---- the benchmark ------------------------------------------------------------------------------------------ */

static void setup(struct ht_worker *w)
{
    const uint64_t *const value = w->job->value;
    struct state *const s = w->state = ht_scratch_alloc(sizeof *s);
    *s = (struct state){.bytes = bytes_of(w->job), .batch = (uint32_t)value[BATCH]};
    s->young_survivors = of_1000(s->batch, value[YOUNG_SURVIVAL]);
    s->middle = s->young_survivors * (uint32_t)value[BATCHES];
    s->middle_survivors = of_1000(s->middle, value[MIDDLE_SURVIVAL]);
    w->root = ht_push(w, ROOTS);
    ht_new(w, &w->root[TABLE], (uint32_t)value[OLD], 0);
    struct gc_root *const object = ht_push(w, 1);
    for (uint32_t i = 0; i < value[OLD]; i++) {
        new_object(w, object);
        ht_store(w, &w->root[TABLE], i, object);
        if (value[OLD_TO_YOUNG])
            hang(w, i, true);
    }
    ht_pop(w, 1);
}

/* Operations: allocations, loads and stores. */
static uint64_t run(struct ht_worker *w)
{
    const struct state *const s = w->state;
    const uint64_t *const value = w->job->value;
    uint64_t ops = 0;
    for (uint64_t round = 0; round < value[ROUNDS]; round++) {
        for (uint64_t batch = 0; batch < value[BATCHES]; batch++) {
            ops += make_batch(w, s->batch, (uint32_t)value[OLD], value[OLD_TO_YOUNG]);
            ops += age(w, &w->root[YOUNG], s->batch, s->young_survivors, promote_to_middle);
        }
        ops += age(w, &w->root[MIDDLE], s->middle, s->middle_survivors, promote_to_old);
    }
    return ops;
}

static void teardown(struct ht_worker *w)
{
    struct gc_root *const r = ht_push(w, 2), *const old = &r[0], *const hung = &r[1];
    for (uint32_t i = 0; i < w->job->value[OLD]; i++) {
        load_full(w, old, &w->root[TABLE], i);
        check_object(w, old);
        ht_load(w, hung, old, HUNG);
        check_hung(w, hung);
        if (!gc_is_empty(hung))
            ht_give_up(w, hung);
        ht_give_up(w, old);
    }
    ht_pop(w, 2);
    ht_give_up(w, &w->root[TABLE]);
    ht_pop(w, ROOTS);
}

HT_WORKLOAD(churn) = {
    .name = "churn",
    .summary = "objects of three ages: survival of each, and stores from old to young, as asked for",
    .source = "heaptrial: the parameters of the generational hypothesis (Ungar, 1984)",
    .params =
        {
            [OLD] = {"old", 20000, 1, 1 << 24, "old objects"},
            [BATCH] = {"batch", 2000, 1, 1 << 24, "young objects that come to age together"},
            [BATCHES] = {"batches", 10, 1, 1 << 16, "of the young, after which the middle-aged come to age"},
            [YOUNG_SURVIVAL] = {"young-survival", 50, 0, 1000, "of 1000 young objects"},
            [MIDDLE_SURVIVAL] = {"middle-survival", 50, 0, 1000, "of 1000 middle-aged objects"},
            [OLD_TO_YOUNG] = {"old-to-young", 10, 0, 1000,
                              "new objects that an old one is made to refer to, for 1000 others"},
            [ROUNDS] = {"rounds", 10, 1, 1 << 16, "an iteration, of `batches` each"},
            [BYTES] = {"bytes", 32, 16, 1 << 20, "data of an object; whole words"},
        },
    .scratch_bytes = scratch_bytes,
    .live_bytes = live_bytes,
    .setup = setup,
    .run = run,
    .teardown = teardown,
};
