#include "allocators/slab.h"

#include <stdbool.h>

#include "allocators/pages.h"

enum {
    MAGAZINE_BYTES = 16 << 10, /* what a magazine may hold, in objects of more than 264 bytes */
    DEPOT_BYTES = 256 << 10,
    CHUNK_MAGAZINES = 128,
};

_Thread_local struct slab_thread ht_slab_thread;

/* ---- slabs; under the lock of the class ------------------------------------------------------------------- */

static void link_slab(struct slab_class *class, struct slab *slab, enum slab_fill fill)
{
    slab->fill = fill;
    slab->prev = NULL;
    slab->next = class->slab[fill];
    if (slab->next)
        slab->next->prev = slab;
    class->slab[fill] = slab;
    class->empty_slabs += fill == SLAB_EMPTY;
}

static void unlink_slab(struct slab_class *class, struct slab *slab)
{
    if (slab->next)
        slab->next->prev = slab->prev;
    if (slab->prev)
        slab->prev->next = slab->next;
    else
        class->slab[slab->fill] = slab->next;
    class->empty_slabs -= slab->fill == SLAB_EMPTY;
}

/* The rest of a slab that holds no whole object shifts the first one from slab to slab, in steps that keep
 * its alignment, so that the same object of each slab is not in the same cache set: Bonwick's colours. */
static struct slab *map_slab(struct ht_heap *heap, struct slab_class *class)
{
    struct slab *const slab = ht_pages_map(class->slab_bytes, class->slab_bytes);
    if (!slab)
        return NULL;
    const uint32_t step = class->object_bytes & -class->object_bytes;
    slab->first = (char *)slab + class->first_offset - class->colour * step;
    class->colour = class->colour == class->colours ? 0 : class->colour + 1;
    slab->fresh = slab->first;
    slab->total = class->per_slab;
    slab->size_class = (uint32_t)(class - heap->size_class);
    class->slabs++;
    link_slab(class, slab, SLAB_EMPTY);
    return slab;
}

static void unmap_slab(struct slab_class *class, struct slab *slab)
{
    unlink_slab(class, slab);
    class->slabs--;
    ht_pages_unmap(slab, class->slab_bytes);
}

static struct slab *slab_of(const struct slab_class *class, const void *p)
{
    return (struct slab *)((uintptr_t)p & -(uintptr_t) class->slab_bytes);
}

/* NULL when the system has no more. */
static void *take(struct ht_heap *heap, struct slab_class *class)
{
    struct slab *slab = class->slab[SLAB_PARTIAL];
    if (!slab && !(slab = class->slab[SLAB_EMPTY]) && !(slab = map_slab(heap, class)))
        return NULL;
    void *p = slab->free;
    if (p) {
        slab->free = slab->free->next;
    } else {
        p = slab->fresh;
        slab->fresh += class->object_bytes;
    }
    const enum slab_fill fill = ++slab->taken == slab->total ? SLAB_FULL : SLAB_PARTIAL;
    if (slab->fill != fill) {
        unlink_slab(class, slab);
        link_slab(class, slab, fill);
    }
    return p;
}

static void give(struct slab_class *class, void *p)
{
    struct slab *const slab = slab_of(class, p);
    struct slab_object *const object = p;
    object->next = slab->free;
    slab->free = object;
    const enum slab_fill fill = --slab->taken ? SLAB_PARTIAL : SLAB_EMPTY;
    if (slab->fill != fill) {
        unlink_slab(class, slab);
        link_slab(class, slab, fill);
    }
    if (class->empty_slabs > 1 + class->slabs / 8)
        unmap_slab(class, class->slab[SLAB_EMPTY]);
}

/* ---- magazines and the depot; under the lock of the class --------------------------------------------------- */

/* An empty one. Magazines are cut from chunks whose first place links them. NULL when the system has no
 * more. */
static struct slab_magazine *new_magazine(struct ht_heap *heap)
{
    struct slab_magazine *magazine = NULL;
    pthread_mutex_lock(&heap->lock);
    if (!heap->chunks || heap->chunk_used == CHUNK_MAGAZINES) {
        struct slab_magazine *const chunk = ht_pages_map(CHUNK_MAGAZINES * sizeof *chunk, HT_PAGE_BYTES);
        if (!chunk)
            goto out;
        chunk->next = heap->chunks;
        heap->chunks = chunk;
        heap->chunk_used = 1;
    }
    magazine = &heap->chunks[heap->chunk_used++];
out:
    pthread_mutex_unlock(&heap->lock);
    return magazine;
}

static struct slab_magazine *take_empty(struct ht_heap *heap, struct slab_class *class)
{
    struct slab_magazine *const magazine = class->depot_empty;
    if (!magazine)
        return new_magazine(heap);
    class->depot_empty = magazine->next;
    return magazine;
}

static void push_empty(struct slab_class *class, struct slab_magazine *magazine)
{
    magazine->rounds = 0;
    magazine->next = class->depot_empty;
    class->depot_empty = magazine;
}

static struct slab_magazine *take_full(struct slab_class *class)
{
    struct slab_magazine *const magazine = class->depot_full;
    class->depot_full = magazine->next;
    class->depot--;
    return magazine;
}

/* Takes a magazine back, and what it holds. */
static void turn_in(struct slab_class *class, struct slab_magazine *magazine)
{
    if (magazine->rounds && class->depot < class->depot_max) {
        magazine->next = class->depot_full;
        class->depot_full = magazine;
        class->depot++;
        return;
    }
    while (magazine->rounds)
        give(class, magazine->object[--magazine->rounds]);
    push_empty(class, magazine);
}

static void fill(struct ht_heap *heap, struct slab_class *class, struct slab_magazine *magazine)
{
    void *p;
    while (magazine->rounds < (class->rounds + 1) / 2 && (p = take(heap, class)))
        magazine->object[magazine->rounds++] = p;
}

/* ---- a thread's cache --------------------------------------------------------------------------------------- */

static struct slab_class *class_of_cache(struct ht_heap *heap, const struct slab_cache *cache)
{
    return &heap->size_class[cache - ht_slab_thread.cache];
}

static void load(struct slab_cache *cache, struct slab_magazine *magazine, uint32_t capacity)
{
    cache->loaded = magazine;
    cache->rounds = magazine->rounds;
    cache->capacity = capacity;
}

static void swap(struct slab_cache *cache)
{
    struct slab_magazine *const was = cache->loaded;
    was->rounds = cache->rounds;
    load(cache, cache->previous, cache->capacity);
    cache->previous = was;
}

/* Loads a magazine with objects, from the depot or else from the slabs. False when there is none. */
static bool reload(struct ht_heap *heap, struct slab_class *class, struct slab_cache *cache)
{
    if (class->depot_full) {
        if (cache->previous)
            push_empty(class, cache->previous);
        cache->previous = cache->loaded;
        if (cache->previous)
            cache->previous->rounds = 0;
        load(cache, take_full(class), class->rounds);
        return true;
    }
    struct slab_magazine *const magazine = cache->loaded ? cache->loaded : take_empty(heap, class);
    if (!magazine)
        return false;
    magazine->rounds = 0;
    fill(heap, class, magazine);
    load(cache, magazine, class->rounds);
    return cache->rounds;
}

void *ht_slab_alloc(struct ht_heap *heap, struct slab_cache *cache)
{
    if (cache->previous && cache->previous->rounds) {
        swap(cache);
        return cache->loaded->object[--cache->rounds];
    }
    struct slab_class *const class = class_of_cache(heap, cache);
    pthread_mutex_lock(&class->lock);
    void *const p = reload(heap, class, cache) ? cache->loaded->object[--cache->rounds] : take(heap, class);
    pthread_mutex_unlock(&class->lock);
    return p;
}

/* Loads an empty magazine. False when there is none. */
static bool unload(struct ht_heap *heap, struct slab_class *class, struct slab_cache *cache)
{
    if (cache->previous)
        turn_in(class, cache->previous);
    cache->previous = NULL;
    struct slab_magazine *const magazine = take_empty(heap, class);
    if (!magazine)
        return false;
    cache->previous = cache->loaded;
    if (cache->previous)
        cache->previous->rounds = cache->rounds;
    load(cache, magazine, class->rounds);
    return true;
}

void ht_slab_free(struct ht_heap *heap, struct slab_cache *cache, void *p)
{
    if (cache->previous && !cache->previous->rounds) {
        swap(cache);
        cache->loaded->object[cache->rounds++] = p;
        return;
    }
    struct slab_class *const class = class_of_cache(heap, cache);
    pthread_mutex_lock(&class->lock);
    if (unload(heap, class, cache))
        cache->loaded->object[cache->rounds++] = p;
    else
        give(class, p);
    pthread_mutex_unlock(&class->lock);
}

void ht_slab_thread_start(struct ht_heap *heap)
{
    struct slab_thread *const thread = &ht_slab_thread;
    memset(thread, 0, sizeof *thread);
    pthread_mutex_lock(&heap->lock);
    thread->next = heap->threads;
    if (thread->next)
        thread->next->prev = thread;
    heap->threads = thread;
    pthread_mutex_unlock(&heap->lock);
}

static void flush(struct slab_class *class, struct slab_cache *cache)
{
    pthread_mutex_lock(&class->lock);
    if (cache->loaded) {
        cache->loaded->rounds = cache->rounds;
        turn_in(class, cache->loaded);
    }
    if (cache->previous)
        turn_in(class, cache->previous);
    pthread_mutex_unlock(&class->lock);
    *cache = (struct slab_cache){0};
}

void ht_slab_thread_stop(struct ht_heap *heap)
{
    struct slab_thread *const thread = &ht_slab_thread;
    for (size_t c = 0; c < SLAB_CLASSES; c++)
        if (thread->cache[c].loaded || thread->cache[c].previous)
            flush(&heap->size_class[c], &thread->cache[c]);
    pthread_mutex_lock(&heap->lock);
    if (thread->next)
        thread->next->prev = thread->prev;
    if (thread->prev)
        thread->prev->next = thread->next;
    else
        heap->threads = thread->next;
    pthread_mutex_unlock(&heap->lock);
}

/* ---- the heap ----------------------------------------------------------------------------------------------- */

/* 16, 32, 48, 64, 128, 192, 256, then four to each doubling: 320 .. 32768. Above 64 bytes no two objects share a
 * cache line, whatever threads their magazines have taken them to. */
static uint32_t object_bytes_of(size_t c)
{
    if (c < 4)
        return (uint32_t)(c + 1) * SLAB_GRAIN;
    if (c < 7)
        return (uint32_t)(c - 2) * SLAB_LINE_BYTES;
    return (uint32_t)(4 + (c - 7) % 4 + 1) << ((c - 7) / 4 + 6);
}

static uint32_t clamp(uint32_t n, uint32_t low, uint32_t high)
{
    return n < low ? low : n > high ? high : n;
}

/* Objects end where the slab does, so that each is aligned to the largest power of two in its size. */
static void open_class(struct slab_class *class, uint32_t object_bytes)
{
    pthread_mutex_init(&class->lock, NULL);
    class->object_bytes = object_bytes;
    class->slab_bytes = object_bytes > SLAB_BIG_OBJECT_BYTES ? SLAB_BIG_BYTES : SLAB_SMALL_BYTES;
    const uint32_t mark_bytes = class->slab_bytes / object_bytes / 8 + 8;
    const uint32_t room = class->slab_bytes - (uint32_t)sizeof(struct slab) - mark_bytes;
    class->per_slab = room / object_bytes;
    class->first_offset = class->slab_bytes - class->per_slab * object_bytes;
    class->colours = room % object_bytes / (object_bytes & -object_bytes);
    class->rounds = clamp(MAGAZINE_BYTES / object_bytes, 2, SLAB_ROUNDS);
    class->depot_max = clamp(DEPOT_BYTES / (class->rounds * object_bytes), 2, UINT32_MAX);
}

int ht_slab_open(struct ht_heap *heap)
{
    for (size_t c = 0; c < SLAB_CLASSES; c++)
        open_class(&heap->size_class[c], object_bytes_of(c));
    for (size_t grains = 1, c = 0; grains <= SLAB_MAX_BYTES / SLAB_GRAIN; grains++) {
        c += grains * SLAB_GRAIN > heap->size_class[c].object_bytes;
        heap->class_of[grains] = (uint8_t)c;
    }
    atomic_init(&heap->fast_bytes, SLAB_MAX_BYTES);
    pthread_mutex_init(&heap->lock, NULL);
    ht_slab_thread_start(heap);
    ht_slab_watch_forks(heap);
    return 0;
}

static void close_class(struct slab_class *class)
{
    for (int fill = 0; fill < SLAB_FILLS; fill++)
        while (class->slab[fill])
            unmap_slab(class, class->slab[fill]);
    pthread_mutex_destroy(&class->lock);
}

void ht_slab_close(struct ht_heap *heap)
{
    ht_slab_watch_forks(NULL);
    for (struct slab_thread *next, *t = heap->threads; t; t = next) {
        next = t->next;
        memset(t, 0, sizeof *t);
    }
    for (size_t c = 0; c < SLAB_CLASSES; c++)
        close_class(&heap->size_class[c]);
    for (struct slab_magazine *next, *chunk = heap->chunks; chunk; chunk = next) {
        next = chunk->next;
        ht_pages_unmap(chunk, CHUNK_MAGAZINES * sizeof *chunk);
    }
    for (struct slab_large *next, *large = heap->large; large; large = next) {
        next = large->next;
        ht_pages_unmap(large, large->mapped_bytes);
    }
    pthread_mutex_destroy(&heap->lock);
    memset(heap, 0, sizeof *heap);
}
