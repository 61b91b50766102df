/* free-interior: frees a pointer 16 bytes into an object.
 * Exploited: one of the next objects overlaps the object, which is still live. */
#include "faults/misuse/case.h"

void ht_misuse_free_interior(size_t bytes)
{
    unsigned char *const p = subject_alloc(bytes);
    fill(p, bytes, 0x21);
    misuse_begins();
    subject_free(p + 16, bytes);
    misuse_done();
    watch_for_target(bytes, p, bytes);
    subject_free(p, bytes);
}
