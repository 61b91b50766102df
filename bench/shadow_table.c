/* The memory of the shadow: its tables of objects and of their slots, which grow, and whose places are used again. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "base/scratch.h"
#include "bench/shadow_own.h"
#include "bench/stop.h"

struct shadow ht_shadow;
#define s ht_shadow

void *ht_shadow_grow(struct shadow_array *array, size_t bytes)
{
    if (bytes <= array->bytes)
        return array->p;
    size_t now = array->bytes ? array->bytes : (size_t)1 << 20;
    while (now < bytes)
        now *= 2;
    void *const p = array->bytes ? mremap(array->p, array->bytes, now, MREMAP_MAYMOVE)
                                 : mmap(NULL, now, PROT_READ | PROT_WRITE,
                                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED)
        ht_stop(HT_ERROR, "no memory for the shadow of the heap: %s", strerror(errno));
    ht_scratch_claim(now - array->bytes);
    *array = (struct shadow_array){p, now};
    return p;
}

static unsigned class_of(uint32_t slots)
{
    return slots <= 1 ? 0 : 32 - (unsigned)__builtin_clz(slots - 1);
}

/* A free one leads to the next free one of its class. */
uint32_t ht_shadow_take_edges(uint32_t slots)
{
    if (!slots)
        return 0;
    const unsigned class = class_of(slots);
    uint32_t at = s.free_edges[class];
    if (at) {
        s.free_edges[class] = s.edge[at];
    } else {
        at = s.edges;
        if (at > UINT32_MAX - (1u << class))
            ht_stop(HT_ERROR, "the heap has more references than the shadow can hold");
        s.edges += 1u << class;
        s.edge = ht_shadow_grow(&s.arrays[1], s.edges * sizeof *s.edge);
    }
    memset(&s.edge[at], 0, slots * sizeof *s.edge);
    return at;
}

static void give_edges(uint32_t at, uint32_t slots)
{
    if (!slots)
        return;
    const unsigned class = class_of(slots);
    s.edge[at] = s.free_edges[class];
    s.free_edges[class] = at;
}

uint32_t ht_shadow_take_object(void)
{
    uint32_t index = s.free_objects;
    if (index) {
        s.free_objects = s.object[index].next;
    } else {
        index = s.objects++;
        s.object = ht_shadow_grow(&s.arrays[0], s.objects * sizeof *s.object);
        s.queue = ht_shadow_grow(&s.arrays[2], s.objects * sizeof *s.queue);
        s.spare = ht_shadow_grow(&s.arrays[3], s.objects * sizeof *s.spare);
    }
    s.in_use++;
    return index;
}

/* The index keeps its id until it is used again: the next id is another. */
void ht_shadow_forget(uint32_t index)
{
    struct shadow_object *const o = &s.object[index];
    give_edges(o->edges, o->slots);
    o->slots = 0;
    o->number = 0;
    o->flags = 0;
    o->next = s.free_objects;
    s.free_objects = index;
    s.in_use--;
}

void ht_shadow_open(uint32_t caps, uint64_t seed)
{
    struct shadow_array arrays[4];
    memcpy(arrays, s.arrays, sizeof arrays);
    uint32_t *roots[HT_THREADS_MAX];
    for (unsigned i = 0; i < HT_THREADS_MAX; i++)
        roots[i] = s.mutator[i].root;
    memset(&s, 0, sizeof s);
    memcpy(s.arrays, arrays, sizeof arrays);
    for (unsigned i = 0; i < HT_THREADS_MAX; i++)
        s.mutator[i].root = roots[i];
    s.caps = caps;
    s.seed = seed;
    s.secret = ht_mix64(seed ^ 0x68656170);
    s.objects = s.edges = 1;
    s.object = ht_shadow_grow(&s.arrays[0], sizeof *s.object);
    s.edge = ht_shadow_grow(&s.arrays[1], sizeof *s.edge);
    s.queue = ht_shadow_grow(&s.arrays[2], sizeof *s.queue);
    s.spare = ht_shadow_grow(&s.arrays[3], sizeof *s.spare);
    memset(s.arrays[0].p, 0, s.arrays[0].bytes);
}
