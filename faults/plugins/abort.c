/* abort: finds its heap broken in the 1000th allocation, and says so as the C library does: a line on stderr,
 * then abort(). Outcome: corrupt, signal 6. */
#include "broken.h"

#include <unistd.h>

static void *abort_alloc(void *heap, size_t bytes, size_t alignment)
{
    static const char words[] = "abort: corrupted top size\n";
    if (fault_is_due()) {
        if (write(STDERR_FILENO, words, sizeof words - 1) < 0)
            _exit(1);
        abort();
    }
    return sound_alloc(heap, bytes, alignment);
}

const struct ht_plugin_allocator heaptrial_allocator = {
    BROKEN_PLUGIN("abort"),
    .alloc = abort_alloc,
    .free = sound_free,
};
