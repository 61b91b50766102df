/* malloc-delete: an object of malloc is freed by operator delete.
 * Exploited: two of the next objects overlap. */
#include "faults/misuse/case.h"

void ht_misuse_malloc_delete(size_t bytes)
{
    void *const p = c_malloc(bytes);
    fill(p, bytes, 0x53);
    misuse_begins();
    cxx_delete(p);
    misuse_done();
    watch_for_twins(bytes);
}
