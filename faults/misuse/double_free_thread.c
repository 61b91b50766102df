/* double-free-thread: an object is freed, and then again by another thread, whose caches do not know of it.
 * Exploited: two of the next objects overlap. */
#include "faults/misuse/case.h"

static size_t object_bytes;

static void free_it(void *p)
{
    subject_free(p, object_bytes);
}

void ht_misuse_double_free_thread(size_t bytes)
{
    object_bytes = bytes;
    void *const p = subject_alloc(bytes);
    fill(p, bytes, 0x53);
    subject_free(p, bytes);
    misuse_begins();
    in_another_thread(free_it, p);
    misuse_done();
    watch_for_twins(bytes);
}
