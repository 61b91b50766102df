/* overlap: from the 1000th allocation on it counts one byte too few, so that the last byte of each object is
 * also the first one of the next (which is not aligned either). Outcome: corrupt, by the stamps. */
#include "broken.h"

static char ring[1 << 20];

static void *overlap_alloc(void *heap, size_t bytes, size_t alignment)
{
    static size_t used;
    if (!fault_is_due() || bytes > sizeof ring)
        return sound_alloc(heap, bytes, alignment);
    if (used > sizeof ring - bytes)
        used = 0;
    char *const p = ring + used;
    used += bytes > 1 ? bytes - 1 : 1;
    return p;
}

static void overlap_free(void *heap, void *p, size_t bytes)
{
    const bool is_in_ring = (uintptr_t)p - (uintptr_t)ring < sizeof ring;
    if (!is_in_ring)
        sound_free(heap, p, bytes);
}

const struct ht_plugin_allocator heaptrial_allocator = {
    BROKEN_PLUGIN("overlap"),
    .alloc = overlap_alloc,
    .free = overlap_free,
};
