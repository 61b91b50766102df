/* hang: loops for ever in the 1000th allocation, as one does that waits for a lock nobody will release.
 * Outcome: hang. */
#include "broken.h"

static void *hang_alloc(void *heap, size_t bytes, size_t alignment)
{
    if (fault_is_due())
        for (;;)
            __asm__ volatile("");
    return sound_alloc(heap, bytes, alignment);
}

const struct ht_plugin_allocator heaptrial_allocator = {
    BROKEN_PLUGIN("hang"),
    .alloc = hang_alloc,
    .free = sound_free,
};
