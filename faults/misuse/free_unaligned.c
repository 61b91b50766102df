/* free-unaligned: frees a pointer 1 byte into an object.
 * Exploited: one of the next objects overlaps the object, which is still live. */
#include "faults/misuse/case.h"

void ht_misuse_free_unaligned(size_t bytes)
{
    unsigned char *const p = subject_alloc(bytes);
    fill(p, bytes, 0x21);
    misuse_begins();
    subject_free(p + 1, bytes);
    misuse_done();
    watch_for_target(bytes, p, bytes);
    subject_free(p, bytes);
}
