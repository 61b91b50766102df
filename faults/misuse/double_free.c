/* double-free: an object is freed twice, with nothing in between.
 * Exploited: two of the next objects overlap. */
#include "faults/misuse/case.h"

void ht_misuse_double_free(size_t bytes)
{
    void *const p = subject_alloc(bytes);
    fill(p, bytes, 0x53);
    subject_free(p, bytes);
    misuse_begins();
    subject_free(p, bytes);
    misuse_done();
    watch_for_twins(bytes);
}
