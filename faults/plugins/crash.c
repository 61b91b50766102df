/* crash: writes where nothing is mapped in the 1000th allocation. Outcome: crash, signal 11. */
#include "broken.h"

static void *crash_alloc(void *heap, size_t bytes, size_t alignment)
{
    volatile char *volatile nowhere = (char *)16; /* volatile, else the compiler leaves the write out */
    if (fault_is_due())
        *nowhere = 1;
    return sound_alloc(heap, bytes, alignment);
}

const struct ht_plugin_allocator heaptrial_allocator = {
    BROKEN_PLUGIN("crash"),
    .alloc = crash_alloc,
    .free = sound_free,
};
