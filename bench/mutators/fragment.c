/* fragment: what tears free space into pieces of the wrong size.
 *
 *     shape 0   a checkerboard: of a table full of small objects every second goes, objects of twice the size come for
 *               them, and go for small ones again
 *     shape 1   the sizes shift: objects that are drawn make room for larger and larger ones, and then for smaller ones
 *     shape 2   pins: the live amount is filled with objects of one size, of which one in `pinned` stays when the others
 *               go; then with the next size, twice as large
 *     shape 3   large objects: as shape 1, of an eighth of `large-bytes` up to that
 *
 * An iteration ends with what it began with: small objects (0, 1), none (2), or large ones (3). */
#include "bench/mutators/stamp.h"

#include "base/scratch.h"

enum { SHAPE, LIVE_BYTES, MIN_BYTES, MAX_BYTES, LARGE_BYTES, PINNED, ROUNDS };
enum shape { CHECKERBOARD, SHIFT, PINS, LARGE };
enum { TABLE, ROOTS };

/* What stands in a slot of the table; 0 bytes: nothing. */
struct item {
    uint64_t id;
    uint32_t bytes;
};

struct state {
    struct item *item;
    uint64_t made; /* the last id */
    size_t live;   /* bytes of all objects in the table */
    uint32_t slots, count;
};

/* ---- sizes -------------------------------------------------------------------------------------------------- */

static uint32_t size_of(const struct ht_job *j, uint32_t doublings)
{
    return ((uint32_t)j->value[MIN_BYTES] & -8u) << doublings;
}

/* From the smallest size to the largest, once at least. */
static uint32_t doublings_of(const struct ht_job *j)
{
    uint32_t doublings = 1;
    while (size_of(j, doublings + 1) <= j->value[MAX_BYTES])
        doublings++;
    return doublings;
}

static uint32_t largest_of(const struct ht_job *j)
{
    return j->value[SHAPE] == LARGE ? (uint32_t)j->value[LARGE_BYTES] & -64u : size_of(j, doublings_of(j));
}

static uint32_t smallest_of(const struct ht_job *j)
{
    return j->value[SHAPE] == LARGE ? largest_of(j) / 8 : size_of(j, 0);
}

/* The live amount, but for the table: four of the largest objects at least. */
static size_t limit_of(const struct ht_job *j)
{
    const size_t least = 4 * gc_size(0, largest_of(j));
    return j->value[LIVE_BYTES] > least ? j->value[LIVE_BYTES] : least;
}

static uint32_t tooth_of(const struct ht_job *j, uint32_t doublings)
{
    return (uint32_t)(limit_of(j) / gc_size(0, size_of(j, doublings)));
}

/* The pins of all sizes; and the most that is live, in a tooth with the pins of those before it. */
static uint32_t pins_of(const struct ht_job *j, size_t *most)
{
    uint32_t pins = 0;
    size_t pinned = 0;
    *most = 0;
    for (uint32_t d = 0; d <= doublings_of(j); d++) {
        const uint32_t tooth = tooth_of(j, d), stay = tooth / (uint32_t)j->value[PINNED];
        const size_t size = gc_size(0, size_of(j, d)), live = pinned + tooth * size;
        *most = live > *most ? live : *most;
        pins += stay;
        pinned += stay * size;
    }
    return pins;
}

static uint32_t slots_of(const struct ht_job *j)
{
    size_t most;
    const uint32_t objects = (uint32_t)(limit_of(j) / gc_size(0, smallest_of(j)));
    return objects + (j->value[SHAPE] == PINS ? pins_of(j, &most) : 0);
}

static size_t live_bytes(const struct ht_job *j)
{
    size_t most = limit_of(j);
    if (j->value[SHAPE] == PINS)
        pins_of(j, &most);
    return (gc_size(slots_of(j), 0) + most) * j->threads;
}

static size_t scratch_bytes(const struct ht_job *j)
{
    return j->threads * (sizeof(struct state) + slots_of(j) * sizeof(struct item));
}

/* ---- the table ---------------------------------------------------------------------------------------------- */

/* Each of these three returns its operations. */
static uint64_t put(struct ht_worker *w, struct state *s, uint32_t at, uint32_t bytes)
{
    struct gc_root *const object = ht_push(w, 1);
    s->item[at] = (struct item){++s->made, bytes};
    s->live += gc_size(0, bytes);
    new_stamped(w, object, 0, bytes, s->made);
    ht_store(w, &w->root[TABLE], at, object);
    ht_pop(w, 1);
    return 2;
}

static uint64_t take(struct ht_worker *w, struct state *s, uint32_t at)
{
    struct gc_root *const object = ht_push(w, 1);
    load_full(w, object, &w->root[TABLE], at);
    check_stamp(w, object, s->item[at].bytes, s->item[at].id);
    store_nothing(w, &w->root[TABLE], at);
    ht_give_up(w, object);
    s->live -= gc_size(0, s->item[at].bytes);
    s->item[at].bytes = 0;
    ht_pop(w, 1);
    return 2;
}

static uint64_t move(struct ht_worker *w, struct state *s, uint32_t to, uint32_t from)
{
    struct gc_root *const object = ht_push(w, 1);
    load_full(w, object, &w->root[TABLE], from);
    ht_store(w, &w->root[TABLE], to, object);
    store_nothing(w, &w->root[TABLE], from);
    s->item[to] = s->item[from];
    s->item[from].bytes = 0;
    ht_pop(w, 1);
    return 3;
}

/* ---- the shapes --------------------------------------------------------------------------------------------- */

static uint64_t fill_every(struct ht_worker *w, struct state *s, uint32_t first, uint32_t step,
                           uint32_t bytes)
{
    uint64_t ops = 0;
    for (uint32_t i = first; i < s->slots; i += step)
        ops += put(w, s, i, bytes);
    return ops;
}

static uint64_t take_every(struct ht_worker *w, struct state *s, uint32_t first, uint32_t step)
{
    uint64_t ops = 0;
    for (uint32_t i = first; i < s->slots; i += step)
        ops += take(w, s, i);
    return ops;
}

static uint64_t checkerboard(struct ht_worker *w, struct state *s)
{
    const uint32_t small = size_of(w->job, 0), twice = 2 * small + 8; /* as large as two with their headers */
    uint64_t ops = take_every(w, s, 1, 2);
    ops += fill_every(w, s, 3, 4, twice);
    ops += take_every(w, s, 3, 4);
    return ops + fill_every(w, s, 1, 2, small);
}

/* Objects of [low, high) bytes until `volume` bytes were allocated, each in the room of others that are drawn. */
static uint64_t shift(struct ht_worker *w, struct state *s, uint32_t low, uint32_t high, size_t volume)
{
    const size_t limit = limit_of(w->job);
    uint64_t ops = 0;
    for (size_t size, done = 0; done < volume; done += size) {
        const uint32_t bytes = (uint32_t)ht_rng_between(&w->rng, low, high) & -8u;
        size = gc_size(0, bytes);
        while (s->live + size > limit) {
            const uint32_t at = ht_rng_below(&w->rng, s->count--);
            ops += take(w, s, at);
            if (at != s->count)
                ops += move(w, s, at, s->count);
        }
        ops += put(w, s, s->count++, bytes);
    }
    return ops;
}

static uint64_t shift_sizes(struct ht_worker *w, struct state *s)
{
    const struct ht_job *const j = w->job;
    const uint32_t doublings = doublings_of(j);
    uint64_t ops = 0;
    for (uint32_t d = 1; d < doublings; d++)
        ops += shift(w, s, size_of(j, d), size_of(j, d + 1), limit_of(j));
    for (uint32_t d = doublings; d-- > 0;)
        ops += shift(w, s, size_of(j, d), size_of(j, d + 1), limit_of(j));
    return ops;
}

static uint64_t shift_large(struct ht_worker *w, struct state *s)
{
    return shift(w, s, smallest_of(w->job), largest_of(w->job), 8 * limit_of(w->job));
}

/* Of each `pinned` objects one that is drawn goes to the end of the table, where it stays. */
static uint64_t pin(struct ht_worker *w, struct state *s, uint32_t tooth)
{
    const uint32_t one_in = (uint32_t)w->job->value[PINNED];
    uint64_t ops = 0;
    for (uint32_t i = 0; i + one_in <= tooth; i += one_in)
        ops += move(w, s, s->slots - ++s->count, i + ht_rng_below(&w->rng, one_in));
    return ops;
}

static uint64_t saw(struct ht_worker *w, struct state *s)
{
    uint64_t ops = 0;
    s->count = 0;
    for (uint32_t d = 0; d <= doublings_of(w->job); d++) {
        const uint32_t tooth = tooth_of(w->job, d);
        for (uint32_t i = 0; i < tooth; i++)
            ops += put(w, s, i, size_of(w->job, d));
        ops += pin(w, s, tooth);
        for (uint32_t i = 0; i < tooth; i++)
            if (s->item[i].bytes)
                ops += take(w, s, i);
    }
    for (; s->count > 0; s->count--)
        ops += take(w, s, s->slots - s->count);
    return ops;
}

/* ---- the benchmark ------------------------------------------------------------------------------------------ */

static void setup(struct ht_worker *w)
{
    const uint64_t shape = w->job->value[SHAPE];
    struct state *const s = w->state = ht_scratch_alloc(sizeof *s);
    s->slots = slots_of(w->job);
    s->item = ht_scratch_alloc(s->slots * sizeof *s->item);
    w->root = ht_push(w, ROOTS);
    ht_new(w, &w->root[TABLE], s->slots, 0);
    if (shape == CHECKERBOARD)
        fill_every(w, s, 0, 1, size_of(w->job, 0));
    else if (shape == SHIFT)
        shift(w, s, size_of(w->job, 0), size_of(w->job, 1), limit_of(w->job));
    else if (shape == LARGE)
        shift_large(w, s);
}

/* Operations: allocations, loads and stores. */
static uint64_t run(struct ht_worker *w)
{
    static uint64_t (*const round[])(struct ht_worker *, struct state *) = {
        [CHECKERBOARD] = checkerboard,
        [SHIFT] = shift_sizes,
        [PINS] = saw,
        [LARGE] = shift_large,
    };
    uint64_t ops = 0;
    for (uint64_t i = 0; i < w->job->value[ROUNDS]; i++)
        ops += round[w->job->value[SHAPE]](w, w->state);
    return ops;
}

static void teardown(struct ht_worker *w)
{
    struct state *const s = w->state;
    for (uint32_t i = 0; i < s->slots; i++)
        if (s->item[i].bytes)
            take(w, s, i);
    ht_give_up(w, &w->root[TABLE]);
    ht_pop(w, ROOTS);
}

HT_WORKLOAD(fragment) = {
    .name = "fragment",
    .summary = "free space in pieces of the wrong size: checkerboards, sizes that shift, pins, large objects",
    .source = "heaptrial: Robson, JACM 1977, and Johnstone and Wilson, ISMM 1998, name the patterns",
    .params =
        {
            [SHAPE] = {"shape", CHECKERBOARD, CHECKERBOARD, LARGE,
                       "0 checkerboard, 1 shift, 2 pins, 3 large"},
            [LIVE_BYTES] = {"live-bytes", 4 << 20, 1 << 16, 1 << 30, "of the objects, with their headers"},
            [MIN_BYTES] = {"min-bytes", 16, 8, 4096, "data of the smallest objects; whole words"},
            [MAX_BYTES] = {"max-bytes", 2048, 8, 1 << 20, "data of the largest of shapes 1 and 2"},
            [LARGE_BYTES] = {"large-bytes", 512 << 10, 4096, 1 << 26, "data of the largest of shape 3"},
            [PINNED] = {"pinned", 100, 2, 1 << 20, "of so many objects one is pinned"},
            [ROUNDS] = {"rounds", 1, 1, 1 << 16, "an iteration"},
        },
    .scratch_bytes = scratch_bytes,
    .live_bytes = live_bytes,
    .setup = setup,
    .run = run,
    .teardown = teardown,
};
