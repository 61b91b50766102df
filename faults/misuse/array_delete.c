/* array-delete: an object of operator new[] is freed by the plain operator delete.
 * Exploited: two of the next objects overlap. */
#include "faults/misuse/case.h"

void ht_misuse_array_delete(size_t bytes)
{
    void *const p = cxx_new_array(bytes);
    fill(p, bytes, 0x53);
    misuse_begins();
    cxx_delete(p);
    misuse_done();
    watch_for_twins(bytes);
}
