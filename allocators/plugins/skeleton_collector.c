/* The skeleton of a collector as a plug-in: a small mark-sweep collector that works, to be copied and changed. Each
 * function below says whether heaptrial requires it; <heaptrial/collector_plugin.h> has the full rules.
 *
 *     gcc -std=c11 -O2 -Wall -fPIC -shared skeleton_collector.c -o skeleton_collector.so
 *     heaptrial run -a plugin:./skeleton_collector.so -w gcbench
 *
 * How it collects (McCarthy, CACM 3(4), 1960): all objects and holes lie side by side in one space. A collection
 * marks what the root slots reach; grey objects are a list through a word of their headers, so that marking takes
 * no stack and no memory. A sweep then walks the space and makes one hole of neighbours that are dead or holes.
 * Allocation cuts objects off the holes, in the order of addresses; a hole that is too small is passed over until
 * the next sweep. A pause is proportional to the heap; what is free may be too scattered for a large object. */
#include <errno.h>
#include <heaptrial/collector_plugin.h>
#include <stdio.h>
#include <string.h>

/* One word says what stands here: of a hole, HOLE and its bytes; of an object, its counts, its kind and MARKED. */
#define HOLE   ((uint64_t)1 << 63)
#define MARKED ((uint64_t)1 << 62)

enum { BYTES_SHIFT = 28, HEADER_BYTES = 16 };

struct object {
    uint64_t header;
    struct object *link; /* of an object: the next grey one, while marking; of a hole: the next hole */
    struct object *slot[];
};

/* All of the heap's state. There is one mutator, so it is the mutator as well. */
struct heap {
    const struct ht_collector_options *options;
    struct ht_roots *roots;
    char *space, *end;
    struct object *hole; /* where the next object may go; in the order of addresses */
    struct object *grey; /* marked, and its slots not looked at */
    struct ht_collector_stats stats;
};

static uint32_t slots_of(const struct object *o)
{
    return o->header & HT_COUNT_MAX;
}

static uint32_t bytes_of(const struct object *o)
{
    return o->header >> BYTES_SHIFT & HT_COUNT_MAX;
}

static size_t size_for(uint32_t slots, uint32_t bytes)
{
    return HEADER_BYTES + 8 * (size_t)slots + (((size_t)bytes + 7) & ~(size_t)7);
}

/* Of an object or a hole: so many bytes on stands the next one. */
static size_t size_of(const struct object *o)
{
    return o->header & HOLE ? o->header & ~HOLE : size_for(slots_of(o), bytes_of(o));
}

static struct object *next_of(const struct object *o)
{
    return (struct object *)((char *)o + size_of(o));
}

/* required. The space is the whole heap at once, less what the limit does not divide into pages. The heap itself
 * stands at its start, so that one unmapping ends it. */
static int skeleton_open(const struct ht_collector_options *options, void **heap)
{
    const size_t bytes = options->heap_bytes & ~(uint64_t)4095;
    struct heap *const h = bytes ? options->map(options, bytes) : NULL;
    if (!h)
        return -ENOMEM;
    h->options = options;
    h->space = (char *)(h + 1);
    h->end = (char *)h + bytes;
    h->hole = (struct object *)h->space;
    h->hole->header = HOLE | (uint64_t)(h->end - h->space);
    *heap = h;
    return 0;
}

/* optional. Gives back all that the heap holds, live objects too. */
static void skeleton_close(void *heap)
{
    struct heap *const h = heap;
    h->options->unmap(h->options, h, (size_t)(h->end - (char *)h));
}

/* required. Where this mutator's root slots are. */
static int skeleton_attach(void *heap, struct ht_roots *roots, void **mutator)
{
    ((struct heap *)heap)->roots = roots;
    *mutator = heap;
    return 0;
}

/* optional. What only its roots reached is garbage now. */
static void skeleton_detach(void *mutator)
{
    ((struct heap *)mutator)->roots = NULL;
}

/* ---- a collection ------------------------------------------------------------------------------------------ */

static void mark(struct heap *h, struct object *o)
{
    if (!o || o->header & MARKED)
        return;
    o->header |= MARKED;
    o->link = h->grey;
    h->grey = o;
    h->stats.traced_objects++;
}

static void mark_all(struct heap *h)
{
    for (struct ht_root *r = h->roots->base; r < h->roots->top; r++)
        mark(h, r->object);
    for (struct object *o; (o = h->grey);) {
        h->grey = o->link;
        for (uint32_t i = 0; i < slots_of(o); i++)
            mark(h, o->slot[i]);
    }
}

/* From `o` on: one hole of all that is dead or a hole already; where it ends. */
static struct object *sweep_hole(struct heap *h, struct object *o, struct object ***last)
{
    struct object *end = o;
    for (; (char *)end < h->end && !(end->header & MARKED); end = next_of(end))
        h->stats.freed_objects += !(end->header & HOLE);
    o->header = HOLE | (uint64_t)((char *)end - (char *)o);
    **last = o;
    *last = &o->link;
    return end;
}

static void sweep(struct heap *h)
{
    struct object **last = &h->hole, *o = (struct object *)h->space;
    while ((char *)o < h->end) {
        if (o->header & MARKED) {
            o->header &= ~MARKED;
            o = next_of(o);
        } else {
            o = sweep_hole(h, o, &last);
        }
    }
    *last = NULL;
}

/* required with HT_COLLECTOR_RECLAIM. There is no collection of a part. */
static void skeleton_collect(void *mutator, int full)
{
    (void)full;
    struct heap *const h = mutator;
    const uint64_t start = h->options->pause_start(h->options);
    mark_all(h);
    sweep(h);
    h->stats.collections++;
    h->options->pause_stop(h->options, h->roots, HT_PAUSE_FULL, start);
}

/* ---- objects ----------------------------------------------------------------------------------------------- */

/* Cuts `size` bytes off the first hole from where the last object went that has them, so that what is left of it
 * is none or a hole. */
static struct object *cut(struct heap *h, size_t size)
{
    for (; h->hole; h->hole = h->hole->link) {
        const size_t has = size_of(h->hole);
        if (has != size && has < size + HEADER_BYTES)
            continue;
        struct object *const o = h->hole, *const rest = (struct object *)((char *)o + size);
        if (has > size) {
            rest->header = HOLE | (has - size);
            rest->link = o->link;
        }
        h->hole = has > size ? rest : o->link;
        return o;
    }
    return NULL;
}

/* required. The kinds that are not claimed are not asked for. */
static int skeleton_alloc(void *mutator, struct ht_root *dst, uint32_t kind, uint32_t slots, uint32_t bytes)
{
    (void)kind;
    struct heap *const h = mutator;
    struct object *o = cut(h, size_for(slots, bytes));
    if (!o) {
        skeleton_collect(h, 1);
        o = cut(h, size_for(slots, bytes));
    }
    if (!o)
        return -ENOMEM;
    o->header = slots | (uint64_t)bytes << BYTES_SHIFT;
    memset(o->slot, 0, 8 * (size_t)slots);
    dst->object = o;
    return 0;
}

/* required. A barrier on reads would stand here. */
static void skeleton_load(void *mutator, struct ht_root *dst, const struct ht_root *object, uint32_t i)
{
    (void)mutator;
    dst->object = ((struct object *)object->object)->slot[i];
}

/* required. A write barrier would stand here. */
static void skeleton_store(void *mutator, const struct ht_root *object, uint32_t i,
                           const struct ht_root *value)
{
    (void)mutator;
    ((struct object *)object->object)->slot[i] = value->object;
}

/* required. */
static void *skeleton_data(void *mutator, const struct ht_root *object)
{
    (void)mutator;
    struct object *const o = object->object;
    return &o->slot[slots_of(o)];
}

/* required. */
static uint32_t skeleton_slots(void *mutator, const struct ht_root *object)
{
    (void)mutator;
    return slots_of(object->object);
}

/* ---- the heap walk ----------------------------------------------------------------------------------------- */

/* required with HT_COLLECTOR_VERIFY. Each thing ends where the next one starts, the last one with the space, and no
 * object is empty. */
static int skeleton_verify(void *heap, char why[160])
{
    const struct heap *const h = heap;
    const struct object *o = (const struct object *)h->space;
    while ((const char *)o < h->end) {
        const size_t size = size_of(o);
        if (o->header & MARKED && !(o->header & HOLE))
            snprintf(why, 160, "skeleton: the object at %p is marked outside of a collection",
                     (const void *)o);
        else if (size < HEADER_BYTES + !(o->header & HOLE) || size % 8 ||
                 size > (size_t)(h->end - (const char *)o))
            snprintf(why, 160, "skeleton: what stands at %p has %zu bytes", (const void *)o, size);
        else {
            o = next_of(o);
            continue;
        }
        return -EUCLEAN;
    }
    return 0;
}

/* required with HT_COLLECTOR_WALK. What is dead and not swept yet counts as held. */
static void skeleton_each(void *heap,
                          void (*visit)(void *context, uint32_t kind, uint32_t slots, uint32_t bytes,
                                        void *data),
                          void *context)
{
    const struct heap *const h = heap;
    for (struct object *o = (struct object *)h->space; (char *)o < h->end; o = next_of(o))
        if (!(o->header & HOLE))
            visit(context, HT_PLAIN, slots_of(o), bytes_of(o), &o->slot[slots_of(o)]);
}

/* optional. The rest stays unknown; what is held is known from options->map. */
static void skeleton_stats(void *heap, struct ht_collector_stats *stats)
{
    const struct heap *const h = heap;
    stats->collections = h->stats.collections;
    stats->traced_objects = h->stats.traced_objects;
    stats->freed_objects = h->stats.freed_objects;
}

const struct ht_plugin_collector heaptrial_collector = {
    .abi = HT_COLLECTOR_ABI,
    .caps = HT_COLLECTOR_RECLAIM | HT_COLLECTOR_CYCLES | HT_COLLECTOR_EXACT | HT_COLLECTOR_LIMIT |
            HT_COLLECTOR_WALK | HT_COLLECTOR_VERIFY,
    .name = "skeleton-collector",
    .version = "1.0",
    .open = skeleton_open,
    .close = skeleton_close,
    .attach = skeleton_attach,
    .detach = skeleton_detach,
    .alloc = skeleton_alloc,
    .load = skeleton_load,
    .store = skeleton_store,
    .data = skeleton_data,
    .slots = skeleton_slots,
    .collect = skeleton_collect,
    .verify = skeleton_verify,
    .each = skeleton_each,
    .stats = skeleton_stats,
    .move = NULL,  /* optional: for who counts references, as clear and pop are */
    .clear = NULL, /* optional */
    .pop = NULL,   /* optional */
    .same = NULL,  /* optional: for who has more than one address for an object */
    .step = NULL,  /* required with HT_COLLECTOR_STEP, which is not claimed */
    .free = NULL,  /* required with HT_COLLECTOR_EXPLICIT, likewise */
    .poll = NULL,  /* optional: for several mutators, as park and unpark are */
    .park = NULL,  /* optional */
    .unpark = NULL /* optional */
};
