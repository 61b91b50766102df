/* deep: structures that overflow the stack of who recurses over the heap, and the mark stack of who does not. Each
 * iteration builds one, collects, walks it, and drops it, on a C stack of `stack` bytes.
 *
 *     shape 0   a list
 *     shape 1   a left comb: the spine is in slots 0, and each of its nodes has a leaf in slot 1
 *     shape 2   a right comb: the other way round
 *     shape 3   a fan: one object refers to all others
 *     shape 4   a brush: each node of the spine has `width` slots: the next node is in the first, leaves are in the rest.
 *               It is wide and deep: who goes down first has a part of each node left to look at
 *
 * Ids are counted from the last node of the spine, or from the first slot of the fan. */
#include "bench/mutators/stamp.h"

enum { OBJECTS, SHAPE, COLLECTIONS, STACK, WIDTH };
enum shape { LIST, LEFT_COMB, RIGHT_COMB, FAN, BRUSH };
enum { DATA_BYTES = 8 };
enum { ROOT, ROOTS };

/* Of a node of the spine, and so the objects that each node adds. */
static uint32_t slots_of(const struct ht_job *j)
{
    const uint64_t shape = j->value[SHAPE];
    return shape == LIST ? 1 : shape == BRUSH ? (uint32_t)j->value[WIDTH] : 2;
}

/* Of a spine or a fan. */
static uint64_t length_of(const struct ht_job *j)
{
    const uint64_t objects = j->value[OBJECTS], nodes = objects / slots_of(j);
    return j->value[SHAPE] == FAN ? objects - 1 : nodes ? nodes : 1;
}

static size_t live_bytes(const struct ht_job *j)
{
    const size_t length = length_of(j);
    const uint32_t slots = slots_of(j);
    const size_t bytes = j->value[SHAPE] == FAN
                             ? gc_size((uint32_t)length, 0) + length * gc_size(1, DATA_BYTES)
                             : length * (gc_size(slots, DATA_BYTES) + (slots - 1) * gc_size(0, DATA_BYTES));
    return bytes * j->threads;
}

static size_t stack_bytes(const struct ht_job *j)
{
    return j->value[STACK];
}

/* ---- spines ------------------------------------------------------------------------------------------------- */

/* Each new node refers to the one before it by slot `next`, and to leaves by the others, if it has them. */
static void build_spine(struct ht_worker *w, uint64_t length, uint32_t slots, uint32_t next)
{
    struct gc_root *const spine = &w->root[ROOT], *const r = ht_push(w, 2), *const node = &r[0],
                          *const leaf = &r[1];
    for (uint64_t id = 1; id <= length; id++) {
        new_stamped(w, node, slots, DATA_BYTES, id);
        for (uint32_t i = 0; i < slots; i++) {
            if (i == next)
                continue;
            new_stamped(w, leaf, 0, DATA_BYTES, id);
            ht_store(w, node, i, leaf);
        }
        ht_store(w, node, next, spine);
        ht_move(w, spine, node);
    }
    ht_pop(w, 2);
}

static void check_spine(struct ht_worker *w, uint64_t length, uint32_t slots, uint32_t next)
{
    struct gc_root *const r = ht_push(w, 2), *const node = &r[0], *const leaf = &r[1];
    ht_move(w, node, &w->root[ROOT]);
    for (uint64_t id = length; id > 0; id--) {
        ht_expect(!gc_is_empty(node), "the spine is shorter than it was");
        check_stamp(w, node, DATA_BYTES, id);
        for (uint32_t i = 0; i < slots; i++) {
            if (i == next)
                continue;
            load_full(w, leaf, node, i);
            check_stamp(w, leaf, DATA_BYTES, id);
        }
        ht_load(w, node, node, next);
    }
    ht_expect(gc_is_empty(node), "the spine is longer than it was");
    ht_pop(w, 2);
}

/* ---- fans --------------------------------------------------------------------------------------------------- */

static void build_fan(struct ht_worker *w, uint32_t width)
{
    struct gc_root *const node = ht_push(w, 1);
    ht_new(w, &w->root[ROOT], width, 0);
    for (uint32_t i = 0; i < width; i++) {
        new_stamped(w, node, 1, DATA_BYTES, i + 1);
        ht_store(w, &w->root[ROOT], i, node);
    }
    ht_pop(w, 1);
}

static void check_fan(struct ht_worker *w, uint32_t width)
{
    struct gc_root *const node = ht_push(w, 1);
    for (uint32_t i = 0; i < width; i++) {
        load_full(w, node, &w->root[ROOT], i);
        check_stamp(w, node, DATA_BYTES, i + 1);
    }
    ht_pop(w, 1);
}

/* ---- the benchmark ------------------------------------------------------------------------------------------ */

static void setup(struct ht_worker *w)
{
    w->root = ht_push(w, ROOTS);
}

static void collect(struct ht_worker *w)
{
    for (uint64_t i = 0; i < w->job->value[COLLECTIONS]; i++)
        ht_collect(w, GC_FULL);
}

/* Operations: allocations, loads and stores: an object is one of each. */
static uint64_t run(struct ht_worker *w)
{
    const uint64_t length = length_of(w->job), shape = w->job->value[SHAPE];
    const uint32_t slots = slots_of(w->job), next = shape == RIGHT_COMB;
    if (shape == FAN) {
        build_fan(w, (uint32_t)length);
        collect(w);
        check_fan(w, (uint32_t)length);
    } else {
        build_spine(w, length, slots, next);
        collect(w);
        check_spine(w, length, slots, next);
    }
    ht_give_up_tree(w, &w->root[ROOT]);
    return shape == FAN ? 3 * length + 1 : 3 * length * slots;
}

static void teardown(struct ht_worker *w)
{
    ht_pop(w, ROOTS);
}

HT_WORKLOAD(deep) = {
    .name = "deep",
    .summary =
        "a long list, a comb, a wide fan or a brush: built, collected, walked and dropped on a small stack",
    .source = "heaptrial: the depth of a heap has no bound, a stack has",
    .params =
        {
            [OBJECTS] = {"objects", 1000000, 2, 10000000, "in the structure"},
            [SHAPE] = {"shape", LIST, LIST, BRUSH, "0 list, 1 left comb, 2 right comb, 3 fan, 4 brush"},
            [COLLECTIONS] = {"collections", 1, 0, 1000, "full ones while it is live"},
            [STACK] = {"stack", 64 << 10, 32 << 10, 8 << 20, "bytes of C stack of each mutator"},
            [WIDTH] = {"width", 100, 2, 1 << 16, "slots of each node of a brush"},
        },
    .live_bytes = live_bytes,
    .stack_bytes = stack_bytes,
    .setup = setup,
    .run = run,
    .teardown = teardown,
};
