/* resize-freed: resizes an object that was freed.
 * Exploited: the allocator goes on with it: what it returns overlaps one of the next objects. */
#include "faults/misuse/case.h"

void ht_misuse_resize_freed(size_t bytes)
{
    unsigned char *const stale = subject_alloc(bytes);
    fill(stale, bytes, 0x53);
    subject_free(stale, bytes);
    misuse_begins();
    unsigned char *const p = subject_resize(stale, bytes, 2 * bytes);
    misuse_done();
    if (!p) {
        allocator_refuses("resize of a freed object returned NULL");
        return;
    }
    fill(p, 2 * bytes, 0x53);
    watch_for_twins(bytes);
    watch_for_target(bytes, p, 2 * bytes);
    if (!is_filled(p, 2 * bytes, 0x53))
        attacker_wins("what resize returned is another's, too");
    subject_free(p, 2 * bytes);
}
