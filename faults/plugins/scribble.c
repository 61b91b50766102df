/* scribble: from the 1000th allocation on it overwrites the first byte of the object before, if that is still
 * live. Outcome: corrupt, by the stamps. */
#include "broken.h"

static _Atomic(char *) victim;

static void *scribble_alloc(void *heap, size_t bytes, size_t alignment)
{
    char *const p = sound_alloc(heap, bytes, alignment), *const before = atomic_exchange(&victim, p);
    if (fault_is_due() && before)
        *before = (char)~*before;
    return p;
}

static void scribble_free(void *heap, void *p, size_t bytes)
{
    char *expected = p;
    atomic_compare_exchange_strong(&victim, &expected, NULL);
    sound_free(heap, p, bytes);
}

const struct ht_plugin_allocator heaptrial_allocator = {
    BROKEN_PLUGIN("scribble"),
    .alloc = scribble_alloc,
    .free = scribble_free,
};
