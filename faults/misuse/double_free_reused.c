/* double-free-reused: an object is freed again when its place has another owner, whose object goes with it.
 * Exploited: the place is handed out while the other owner still has it. */
#include "faults/misuse/case.h"

void ht_misuse_double_free_reused(size_t bytes)
{
    void *const stale = subject_alloc(bytes);
    fill(stale, bytes, 0x41);
    subject_free(stale, bytes);
    void *const owner = reuse(stale, bytes);
    misuse_begins();
    subject_free(stale, bytes);
    misuse_done();
    if (owner)
        watch_for_target(bytes, owner, bytes);
    else
        watch_for_twins(bytes);
}
