/* huge-malloc: asks for nearly 2^64 bytes: to add a header, or to round up to 16, wraps round to a small number.
 * NULL is a refusal. Exploited: it returns an object. */
#include "faults/misuse/case.h"

void ht_misuse_huge_malloc(size_t bytes)
{
    (void)bytes;
    misuse_begins();
    void *const p = subject_alloc(SIZE_MAX - 7);
    misuse_done();
    if (p)
        attacker_wins("an object was returned that can't be so large");
    else
        allocator_refuses("the allocation returned NULL");
}
