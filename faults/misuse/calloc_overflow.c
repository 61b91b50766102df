/* calloc-overflow: calloc(n, m) where n times m is more than a size_t holds, and wraps round to 64.
 * NULL is a refusal. Exploited: it returns an object. */
#include "faults/misuse/case.h"

void ht_misuse_calloc_overflow(size_t bytes)
{
    (void)bytes;
    misuse_begins();
    void *const p = c_calloc(SIZE_MAX / 64 + 2, 64);
    misuse_done();
    if (!p) {
        allocator_refuses("calloc returned NULL");
        return;
    }
    attacker_wins("calloc returned an object that is smaller than was asked for");
    c_free(p);
}
