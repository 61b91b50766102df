#include "allocators/generational_nursery.h"

#include <errno.h>
#include <string.h>

#include "allocators/pages.h"

/* Words of each level of pending, the lowest first. */
static size_t pending_words(size_t bytes, size_t words[GC_PENDING_LEVELS])
{
    size_t sum = 0, n = bytes / 8;
    for (int level = 0; level < GC_PENDING_LEVELS; level++) {
        n = (n + 63) / 64;
        words[level] = n;
        sum += n;
    }
    return sum;
}

static void fill(char *from, const char *to)
{
    if (from < to)
        ((struct gc_object *)from)->header = 1 | GC_FILLER | (uint64_t)(to - from) << 4;
}

static void close_gap(struct gc_nursery *n)
{
    fill(n->free, n->end);
    n->used += (size_t)(n->free - n->gap);
    n->free = n->gap = n->end;
}

/* Nothing stays: eden is empty, and objects lie in [from, from_free) only. */
static void lay_out(struct gc_nursery *n, char *from, char *from_free)
{
    char *const first = n->eden_end, *const second = first + n->half_bytes;
    char *const other = from == first ? second : first;
    n->crowded = false;
    n->free = n->gap = n->base;
    n->end = n->eden_end;
    n->from = from;
    n->used = (size_t)(from_free - from);
    fill(from_free, from + n->half_bytes);
    fill(other, other + n->half_bytes);
}

int gc_nursery_open(struct gc_nursery *n, struct gc_budget *budget, size_t bytes)
{
    size_t words[GC_PENDING_LEVELS];
    n->bytes = bytes;
    n->half_bytes = bytes / 8 & -(size_t)8;
    n->map_bytes = (8 * pending_words(bytes, words) + HT_PAGE_BYTES - 1) & -(size_t)HT_PAGE_BYTES;
    n->base = gc_budget_map(budget, GC_SITE_HEAP, bytes, HT_PAGE_BYTES);
    n->map = gc_budget_map(budget, GC_SITE_COPY_RESERVE, n->map_bytes, HT_PAGE_BYTES);
    if (!n->base || !n->map) {
        gc_nursery_close(n, budget);
        return -ENOMEM;
    }
    n->pending[0] = n->map;
    for (int level = 1; level < GC_PENDING_LEVELS; level++)
        n->pending[level] = n->pending[level - 1] + words[level - 1];
    n->eden_end = n->base + bytes - 2 * n->half_bytes;
    lay_out(n, n->eden_end, n->eden_end);
    return 0;
}

void gc_nursery_close(struct gc_nursery *n, struct gc_budget *budget)
{
    if (n->base)
        gc_budget_unmap(budget, n->base, n->bytes);
    if (n->map)
        gc_budget_unmap(budget, n->map, n->map_bytes);
    n->base = NULL;
    n->map = NULL;
}

bool gc_nursery_next_gap(struct gc_nursery *n, size_t bytes)
{
    char *at = n->end, *const last = n->base + n->bytes;
    if (!n->crowded)
        return false;
    close_gap(n);
    size_t size = 0;
    while (at < last) {
        size = gc_nursery_step(at);
        if (((struct gc_object *)at)->header & GC_FILLER && size >= bytes)
            break;
        at += size;
    }
    n->free = n->gap = at;
    n->end = at < last ? at + size : at;
    return at < last;
}

/* ---- a minor collection ------------------------------------------------------------------------------------ */

void gc_nursery_start(struct gc_nursery *n)
{
    close_gap(n);
    n->to = n->from == n->eden_end ? n->eden_end + n->half_bytes : n->eden_end;
    n->to_free = n->to;
    n->to_end = n->crowded ? n->to : n->to + n->half_bytes;
}

/* What was neither copied here nor stays becomes fillers, as long as they get. */
static void find_gaps(struct gc_nursery *n)
{
    char *gap = n->base, *at = n->base, *const last = n->base + n->bytes;
    fill(n->to_free, n->to_end);
    n->used = 0;
    while (at < last) {
        struct gc_object *const object = (struct gc_object *)at;
        const size_t size = gc_nursery_step(at);
        const bool here = object->header & 1 && !(object->header & GC_FILLER) &&
                          (object->header & GC_STAYS || gc_nursery_is_copy(n, object));
        at += size;
        if (!here)
            continue;
        object->header &= ~GC_STAYS;
        n->used += size;
        fill(gap, (char *)object);
        gap = at;
    }
    fill(gap, last);
    n->crowded = true;
    n->free = n->gap = n->end = n->base;
}

void gc_nursery_stop(struct gc_nursery *n, bool stayed)
{
    if (stayed)
        find_gaps(n);
    else
        lay_out(n, n->to, n->to_free);
    n->to = n->to_free = n->to_end = NULL;
}

/* ---- what stays, and is to be scanned ---------------------------------------------------------------------- */

void gc_nursery_add_pending(struct gc_nursery *n, const struct gc_object *object)
{
    size_t i = (size_t)((const char *)object - n->base) / 8;
    for (int level = 0; level < GC_PENDING_LEVELS; level++, i /= 64)
        n->pending[level][i / 64] |= (uint64_t)1 << i % 64;
}

struct gc_object *gc_nursery_take_pending(struct gc_nursery *n)
{
    size_t i = 0;
    for (int level = GC_PENDING_LEVELS; level-- > 0;) {
        const uint64_t word = n->pending[level][i];
        if (!word)
            return NULL;
        i = 64 * i + (size_t)__builtin_ctzll(word);
    }
    const size_t taken = i;
    for (int level = 0; level < GC_PENDING_LEVELS; level++, i /= 64)
        if (n->pending[level][i / 64] &= ~((uint64_t)1 << i % 64))
            break;
    return (struct gc_object *)(n->base + 8 * taken);
}
