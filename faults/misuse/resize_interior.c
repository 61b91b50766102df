/* resize-interior: resizes a pointer 16 bytes into an object.
 * Exploited: one of the next objects overlaps the object, which is still live. */
#include "faults/misuse/case.h"

void ht_misuse_resize_interior(size_t bytes)
{
    unsigned char *const p = subject_alloc(bytes);
    fill(p, bytes, 0x21);
    misuse_begins();
    unsigned char *const q = subject_resize(p + 16, bytes - 16, 2 * bytes);
    misuse_done();
    if (!q)
        allocator_refuses("resize of a pointer into an object returned NULL");
    watch_for_target(bytes, p, bytes);
    subject_free(p, bytes);
    if (q)
        subject_free(q, 2 * bytes);
}
