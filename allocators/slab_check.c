/* The heap walk of slab: every slab, every free object, every magazine. Nothing else may use the heap while it
 * runs. */
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

#include "allocators/slab.h"

struct walk {
    const struct slab_class *class;
    size_t size_class;
    char *why;
};

__attribute__((format(printf, 2, 3))) static int broken(const struct walk *walk, const char *format, ...)
{
    const int n = snprintf(walk->why, 128, "slab, %u bytes: ", walk->class->object_bytes);
    va_list args;
    va_start(args, format);
    vsnprintf(walk->why + n, 128 - (size_t)n, format, args);
    va_end(args);
    return -EUCLEAN;
}

/* ---- slabs -------------------------------------------------------------------------------------------------- */

static bool has_sane_header(const struct walk *walk, const struct slab *slab)
{
    const struct slab_class *const class = walk->class;
    const size_t offset = (uintptr_t)slab->first - (uintptr_t)slab;
    const size_t used = (uintptr_t)slab->fresh - (uintptr_t)slab->first;
    return slab->size_class == walk->size_class && slab->total == class->per_slab &&
           offset <= class->first_offset && offset >= sizeof *slab && slab->taken <= slab->total &&
           used <= (size_t)slab->total * class->object_bytes && used % class->object_bytes == 0;
}

static enum slab_fill fill_of(const struct slab *slab)
{
    return slab->taken == 0 ? SLAB_EMPTY : slab->taken == slab->total ? SLAB_FULL : SLAB_PARTIAL;
}

/* The number of the object that starts at `p`; -1 when none does that was ever given out. */
static ptrdiff_t index_of(const struct walk *walk, const struct slab *slab, const void *p)
{
    const size_t offset = (uintptr_t)p - (uintptr_t)slab->first;
    if ((const char *)p < slab->first || (const char *)p >= slab->fresh || offset % walk->class->object_bytes)
        return -1;
    return (ptrdiff_t)(offset / walk->class->object_bytes);
}

/* Notes that the object was met; false when it was met before. */
static bool mark(struct slab *slab, ptrdiff_t index)
{
    uint64_t *const word = &slab->mark[index / 64], bit = (uint64_t)1 << (index % 64);
    const bool met = *word & bit;
    *word |= bit;
    return !met;
}

static int check_slab(const struct walk *walk, struct slab *slab)
{
    const size_t given_out = (size_t)(slab->fresh - slab->first) / walk->class->object_bytes;
    size_t length = 0;
    memset(slab->mark, 0, (slab->total + 63) / 64 * sizeof *slab->mark);
    for (const struct slab_object *o = slab->free; o; o = o->next, length++) {
        const ptrdiff_t index = index_of(walk, slab, o);
        if (index < 0)
            return broken(walk, "the free list of slab %p leads to %p, no object", (void *)slab, (void *)o);
        if (!mark(slab, index))
            return broken(walk, "the free list of slab %p runs in a circle", (void *)slab);
    }
    if (slab->taken + length != given_out)
        return broken(walk, "slab %p: %u taken, %zu free, %zu given out", (void *)slab, slab->taken, length,
                      given_out);
    return 0;
}

/* A back link that is right all along rules out a circle. */
static int check_slabs(const struct walk *walk)
{
    const struct slab_class *const class = walk->class;
    size_t slabs = 0, empty = 0;
    for (enum slab_fill fill = 0; fill < SLAB_FILLS; fill++) {
        const struct slab *prev = NULL;
        for (struct slab *slab = class->slab[fill]; slab; prev = slab, slab = slab->next, slabs++) {
            if ((uintptr_t)slab & (class->slab_bytes - 1))
                return broken(walk, "a list of slabs leads to %p, no slab", (void *)slab);
            if (!has_sane_header(walk, slab))
                return broken(walk, "the header of slab %p makes no sense", (void *)slab);
            if (slab->prev != prev || slab->fill != fill || fill_of(slab) != fill)
                return broken(walk, "slab %p is in the wrong list", (void *)slab);
            const int error = check_slab(walk, slab);
            if (error)
                return error;
            empty += fill == SLAB_EMPTY;
        }
    }
    if (slabs != class->slabs || empty != class->empty_slabs)
        return broken(walk, "%u slabs and %u empty were counted, %zu and %zu are listed", class->slabs,
                      class->empty_slabs, slabs, empty);
    return 0;
}

/* ---- magazines ---------------------------------------------------------------------------------------------- */

static struct slab *slab_around(const struct walk *walk, const void *p)
{
    struct slab *const home = (struct slab *)((uintptr_t)p & -(uintptr_t)walk->class->slab_bytes);
    for (enum slab_fill fill = SLAB_PARTIAL; fill < SLAB_FILLS; fill++)
        for (struct slab *slab = walk->class->slab[fill]; slab; slab = slab->next)
            if (slab == home)
                return slab;
    return NULL;
}

static int check_rounds(const struct walk *walk, const struct slab_magazine *magazine, uint32_t rounds)
{
    if (rounds > walk->class->rounds)
        return broken(walk, "magazine %p counts %u objects", (void *)magazine, rounds);
    for (uint32_t i = 0; i < rounds; i++) {
        void *const p = magazine->object[i];
        struct slab *const slab = slab_around(walk, p);
        const ptrdiff_t index = slab ? index_of(walk, slab, p) : -1;
        if (index < 0)
            return broken(walk, "magazine %p holds %p, no object", (void *)magazine, p);
        if (!mark(slab, index))
            return broken(walk, "%p was freed twice", p);
    }
    return 0;
}

static int check_cache(const struct walk *walk, const struct slab_cache *cache)
{
    if (!cache->loaded && (cache->rounds || cache->capacity || cache->previous))
        return broken(walk, "a thread's cache has objects and no magazine");
    int error = cache->loaded ? check_rounds(walk, cache->loaded, cache->rounds) : 0;
    if (!error && cache->previous)
        error = check_rounds(walk, cache->previous, cache->previous->rounds);
    return error;
}

static int check_depot(const struct walk *walk)
{
    const struct slab_class *const class = walk->class;
    size_t length = 0;
    for (const struct slab_magazine *m = class->depot_full; m; m = m->next) {
        if (!m->rounds || ++length > class->depot || length > class->depot_max)
            return broken(walk, "the depot's magazines do not add up at %p", (void *)m);
        const int error = check_rounds(walk, m, m->rounds);
        if (error)
            return error;
    }
    if (length != class->depot)
        return broken(walk, "the depot counts %u magazines and has %zu", class->depot, length);
    return 0;
}

static int check_class(const struct ht_heap *heap, const struct walk *walk)
{
    int error = check_slabs(walk);
    if (!error)
        error = check_depot(walk);
    for (const struct slab_thread *t = heap->threads; t && !error; t = t->next)
        error = check_cache(walk, &t->cache[walk->size_class]);
    return error;
}

static int check_large(const struct ht_heap *heap, char why[128])
{
    const struct slab_large *prev = NULL;
    for (const struct slab_large *l = heap->large; l; prev = l, l = l->next)
        if (l->prev != prev || (uintptr_t)l % HT_PAGE_BYTES || !l->mapped_bytes ||
            l->mapped_bytes % HT_PAGE_BYTES) {
            snprintf(why, 128, "slab: the header of the mapping at %p makes no sense", (void *)l);
            return -EUCLEAN;
        }
    return 0;
}

int ht_slab_check(struct ht_heap *heap, char why[128])
{
    int error = 0;
    for (size_t c = 0; c < SLAB_CLASSES && !error; c++)
        error = check_class(heap, &(struct walk){&heap->size_class[c], c, why});
    return error ? error : check_large(heap, why);
}
