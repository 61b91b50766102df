#include "allocators/nogc.h"

#include <pthread.h>
#include <stdio.h>

/* ---- chunks ------------------------------------------------------------------------------------------------ */

static struct gc_nogc_chunk *map_chunk(struct gc_heap *heap, size_t bytes)
{
    struct gc_nogc_chunk *const chunk =
        gc_budget_map(&heap->budget, GC_SITE_HEAP, bytes, GC_NOGC_CHUNK_BYTES);
    if (!chunk)
        return NULL;
    chunk->bytes = bytes;
    chunk->next = heap->chunks;
    while (!atomic_compare_exchange_weak(&heap->chunks, &chunk->next, chunk))
        ;
    return chunk;
}

void *gc_nogc_alloc_slowly(struct gc_mutator *m, size_t bytes)
{
    if (bytes > GC_NOGC_CHUNK_BYTES / 4) {
        const size_t chunk_bytes =
            (sizeof(struct gc_nogc_chunk) + bytes + HT_PAGE_BYTES - 1) & -(size_t)HT_PAGE_BYTES;
        struct gc_nogc_chunk *const large = map_chunk(m->heap, chunk_bytes);
        return large ? large->objects : NULL;
    }
    struct gc_nogc_chunk *const chunk = map_chunk(m->heap, GC_NOGC_CHUNK_BYTES);
    if (!chunk)
        return NULL;
    m->free = chunk->objects + bytes;
    m->end = (char *)chunk + GC_NOGC_CHUNK_BYTES;
    return chunk->objects;
}

void gc_nogc_close(struct gc_heap *heap)
{
    for (struct gc_nogc_chunk *next, *chunk = heap->chunks; chunk; chunk = next) {
        next = chunk->next;
        gc_budget_unmap(&heap->budget, chunk, chunk->bytes);
    }
    heap->chunks = NULL;
}

/* ---- mutators ---------------------------------------------------------------------------------------------- */

static pthread_mutex_t attaching = PTHREAD_MUTEX_INITIALIZER;

int gc_nogc_attach(struct gc_heap *heap, struct gc_mutator *m)
{
    m->heap = heap;
    const int error = gc_roots_open(&m->roots);
    if (error)
        return error;
    pthread_mutex_lock(&attaching);
    m->next = heap->mutators;
    heap->mutators = m;
    pthread_mutex_unlock(&attaching);
    return 0;
}

void gc_nogc_detach(struct gc_mutator *m)
{
    pthread_mutex_lock(&attaching);
    struct gc_mutator **link = &m->heap->mutators;
    while (*link != m)
        link = &(*link)->next;
    *link = m->next;
    pthread_mutex_unlock(&attaching);
    gc_roots_close(&m->roots);
}

/* ---- the heap walk ----------------------------------------------------------------------------------------- */

/* The object at `at`, or NULL behind the last one of the chunk. */
static struct gc_object *object_at(const struct gc_nogc_chunk *chunk, char *at)
{
    struct gc_object *const object = (struct gc_object *)at;
    return at + GC_OBJECT_MIN_BYTES <= (const char *)chunk + chunk->bytes && object->header ? object : NULL;
}

void gc_nogc_each(struct gc_heap *heap, gc_visitor *visit, void *context)
{
    for (struct gc_nogc_chunk *chunk = heap->chunks; chunk; chunk = chunk->next) {
        char *at = chunk->objects;
        for (struct gc_object *o; (o = object_at(chunk, at)); at += gc_header_size(o->header)) {
            const uint64_t h = o->header;
            visit(context, gc_header_kind(h), gc_header_slots(h), gc_header_bytes(h), gc_object_data(o));
        }
    }
}

/* All chunks by their address, and a bit for each 8 bytes of them: from outside the heap. */
struct look {
    struct gc_nogc_chunk **chunk;
    size_t chunks, bytes;
};

static int by_address(const void *a, const void *b)
{
    const uintptr_t x = *(const uintptr_t *)a, y = *(const uintptr_t *)b;
    return (x > y) - (x < y);
}

static bool open_look(struct gc_heap *heap, struct look *look)
{
    size_t chunks = 0, starts = 0;
    for (const struct gc_nogc_chunk *c = heap->chunks; c; c = c->next, chunks++)
        starts += c->bytes / 64;
    look->bytes = (chunks * sizeof look->chunk[0] + starts + HT_PAGE_BYTES) & -(size_t)HT_PAGE_BYTES;
    look->chunk = ht_pages_map(look->bytes, HT_PAGE_BYTES);
    if (!look->chunk)
        return false;
    char *at = (char *)(look->chunk + chunks);
    look->chunks = 0;
    for (struct gc_nogc_chunk *c = heap->chunks; c; at += c->bytes / 64, c = c->next) {
        look->chunk[look->chunks++] = c;
        c->starts = (uint64_t *)at;
    }
    qsort(look->chunk, chunks, sizeof look->chunk[0], by_address);
    return true;
}

static int note_starts(struct gc_nogc_chunk *chunk, char why[160])
{
    char *at = chunk->objects;
    for (struct gc_object *o; (o = object_at(chunk, at)); at += gc_header_size(o->header)) {
        const size_t i = (size_t)(at - (char *)chunk) / 8;
        if (!(o->header & 1) || gc_header_size(o->header) > chunk->bytes - i * 8) {
            snprintf(why, 160, "the object at %p has the header %#lx", (void *)at, (unsigned long)o->header);
            return -EUCLEAN;
        }
        chunk->starts[i / 64] |= (uint64_t)1 << i % 64;
    }
    return 0;
}

static int check_reference(const struct look *look, const void *from, const void *to, char why[160])
{
    const uintptr_t at = (uintptr_t)to % GC_NOGC_CHUNK_BYTES, home = (uintptr_t)to - at;
    const struct gc_nogc_chunk *const *const chunk =
        to ? bsearch(&home, look->chunk, look->chunks, sizeof home, by_address) : NULL;
    if (!to ||
        (chunk && at < (*chunk)->bytes && at % 8 == 0 && (*chunk)->starts[at / 512] >> at / 8 % 64 & 1))
        return 0;
    snprintf(why, 160, "what stands at %p refers to %p, where no object is", from, to);
    return -EUCLEAN;
}

static int check_references(struct gc_heap *heap, const struct look *look, char why[160])
{
    int error = 0;
    for (size_t k = 0; k < look->chunks; k++) {
        char *at = look->chunk[k]->objects;
        for (struct gc_object *o; !error && (o = object_at(look->chunk[k], at));
             at += gc_header_size(o->header))
            for (uint32_t i = 0; i < gc_header_slots(o->header) && !error; i++)
                error = check_reference(look, &o->slot[i], o->slot[i], why);
    }
    for (const struct gc_mutator *m = heap->mutators; m; m = m->next)
        for (const struct gc_root *r = m->roots.base; r < m->roots.top && !error; r++)
            error = check_reference(look, r, r->object, why);
    return error;
}

int gc_nogc_verify(struct gc_heap *heap, char why[160])
{
    struct look look;
    if (!open_look(heap, &look))
        return 0; /* no memory to look: nothing was found */
    int error = 0;
    for (size_t k = 0; k < look.chunks && !error; k++)
        error = note_starts(look.chunk[k], why);
    if (!error)
        error = check_references(heap, &look, why);
    ht_pages_unmap(look.chunk, look.bytes);
    return error;
}
