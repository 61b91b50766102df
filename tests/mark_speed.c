/* Marking side by side with libgc: the same graph in both, collected in turn, objects a second and the ratio. With
 * libgc it is GC_gcollect, and the part of it between its own events of marking; with ours the pause of a whole
 * collection. One marker thread.
 *
 *     build/tests/mark_speed [mebibytes live] [rounds] [options of marksweep] */
#define GC_THREADS
#include <gc.h>
#include <stdio.h>
#include <stdlib.h>

#include "allocators/marksweep.h"
#include "base/clock.h"
#include "base/rng.h"

enum { NODE_BYTES = 32, LIST = 1000 };

/* Half of the nodes are a tree, the others lists that hang from its leaves; in shuffled order of allocation. */
static uint32_t *shuffled(uint32_t n)
{
    uint32_t *const order = malloc(n * sizeof *order);
    struct ht_rng rng = ht_rng_open(1, 0);
    for (uint32_t i = 0; order && i < n; i++) {
        const uint32_t j = ht_rng_below(&rng, i + 1);
        order[i] = order[j];
        order[j] = i;
    }
    return order;
}

/* The slot that refers to node i > 0: 2 * (the number of the node that has it) + slot. */
static uint32_t parent_of(uint32_t i, uint32_t n)
{
    const uint32_t tree = n / 2;
    if (i < tree)
        return (i - 1) / 2 * 2 + (i - 1) % 2;
    const uint32_t list = (i - tree) / LIST;
    return (i - tree) % LIST ? 2 * (i - 1) : 2 * (tree / 2 + list / 2) + list % 2;
}

/* ---- ours --------------------------------------------------------------------------------------------------- */

static void no_finalizer(struct gc_mutator *m, struct gc_root *object, void *context)
{
    (void)m, (void)object, (void)context;
}

static struct gc_heap heap;
static struct gc_mutator mutator;

static void build_ours(const struct gc_options *options, const uint32_t *order, uint32_t n)
{
    struct gc_mutator *const m = &mutator;
    if (gc_open(&heap, options) || gc_attach(&heap, m))
        abort();
    struct gc_root *const root = gc_push(m, 1), *const r = gc_push(m, 3);
    if (gc_alloc(m, &r[0], GC_PLAIN, n, 0))
        abort();
    for (uint32_t i = 0; i < n; i++) {
        if (gc_alloc(m, &r[1], GC_PLAIN, 2, 8))
            abort();
        gc_store(m, &r[0], i, &r[1]);
    }
    for (uint32_t i = 1; i < n; i++) {
        const uint32_t at = parent_of(i, n);
        gc_load(m, &r[1], &r[0], order[at / 2]);
        gc_load(m, &r[2], &r[0], order[i]);
        gc_store(m, &r[1], at % 2, &r[2]);
    }
    gc_load(m, root, &r[0], order[0]);
    gc_pop(m, 3);
    gc_collect(m, GC_FULL);
}

/* ---- libgc -------------------------------------------------------------------------------------------------- */

struct node {
    struct node *slot[2];
    uint64_t data;
};

static struct node *volatile libgc_root; /* volatile: nothing else reads it */
static uint64_t mark_started, mark_ns;

static void on_event(GC_EventType event)
{
    if (event == GC_EVENT_MARK_START)
        mark_started = ht_wall_ns();
    else if (event == GC_EVENT_MARK_END)
        mark_ns = ht_wall_ns() - mark_started;
}

static void build_libgc(const uint32_t *order, uint32_t n)
{
    GC_set_all_interior_pointers(0);
    GC_set_markers_count(1);
    GC_INIT();
    GC_set_on_collection_event(on_event);
    struct node **const nodes = GC_MALLOC_UNCOLLECTABLE(n * sizeof *nodes);
    for (uint32_t i = 0; i < n; i++)
        nodes[i] = GC_MALLOC(sizeof **nodes);
    for (uint32_t i = 1; i < n; i++) {
        const uint32_t at = parent_of(i, n);
        nodes[order[at / 2]]->slot[at % 2] = nodes[order[i]];
    }
    libgc_root = nodes[order[0]];
    GC_FREE(nodes);
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

int main(int argc, char **argv)
{
    const uint64_t mebibytes = argc > 1 ? strtoull(argv[1], NULL, 10) : 64;
    const int rounds = argc > 2 ? atoi(argv[2]) : 5;
    const uint32_t n = (uint32_t)((mebibytes << 20) / NODE_BYTES);
    uint32_t *const order = shuffled(n);
    const struct gc_options options = {.threads = 1,
                                       .heap_bytes = (mebibytes << 20) * 2 + (4 << 20),
                                       .variant = argc > 3 ? argv[3] : "",
                                       .finalize = no_finalizer};
    uint64_t ours = UINT64_MAX, libgc = UINT64_MAX, libgc_mark = UINT64_MAX;
    if (!order)
        return 1;
    build_ours(&options, order, n);
    build_libgc(order, n);
    for (int i = 0; i < rounds; i++) {
        uint64_t start = ht_wall_ns();
        gc_collect(&mutator, GC_FULL);
        ours = least(ours, ht_wall_ns() - start);
        start = ht_wall_ns();
        GC_gcollect();
        libgc = least(libgc, ht_wall_ns() - start);
        libgc_mark = least(libgc_mark, mark_ns);
    }
    struct gc_stats stats = {0};
    gc_stats(&heap, &stats);
    printf("%u objects, best of %d: marksweep %.1f ms, %.1f M/s; libgc %.1f ms, %.1f M/s; its marking alone "
           "%.1f ms, %.1f M/s; ratio %.2f, to marking alone %.2f\n",
           n, rounds, (double)ours / 1e6, n * 1e3 / (double)ours, (double)libgc / 1e6,
           n * 1e3 / (double)libgc, (double)libgc_mark / 1e6, n * 1e3 / (double)libgc_mark,
           (double)libgc / (double)ours, (double)libgc_mark / (double)ours);
    printf("traced %.3f n a collection, mark stack %lu entries, %lu overflows\n",
           (double)stats.traced_objects / (double)stats.collections / n, (unsigned long)stats.mark_stack_high,
           (unsigned long)stats.mark_stack_overflows);
    free(order);
    return 0;
}
