/* new-free: an object of operator new is freed by free().
 * Exploited: two of the next objects overlap. */
#include "faults/misuse/case.h"

void ht_misuse_new_free(size_t bytes)
{
    void *const p = cxx_new(bytes);
    fill(p, bytes, 0x53);
    misuse_begins();
    c_free(p);
    misuse_done();
    watch_for_twins(bytes);
}
