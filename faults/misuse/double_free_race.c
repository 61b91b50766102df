/* double-free-race: two threads free the same object at the same time.
 * Exploited: two of the next objects overlap. */
#include "faults/misuse/case.h"

static size_t object_bytes;

static void free_it(void *p)
{
    subject_free(p, object_bytes);
}

void ht_misuse_double_free_race(size_t bytes)
{
    object_bytes = bytes;
    void *const p = subject_alloc(bytes);
    fill(p, bytes, 0x53);
    misuse_begins();
    in_two_threads(free_it, p);
    misuse_done();
    watch_for_twins(bytes);
}
