/* stale-write: writes all of an object that was just freed, with bytes that are no pointer.
 * Exploited: two of the next objects overlap. */
#include "faults/misuse/case.h"

void ht_misuse_stale_write(size_t bytes)
{
    unsigned char *const p = subject_alloc(bytes);
    fill(p, bytes, 0x53);
    subject_free(p, bytes);
    misuse_begins();
    fill(p, bytes, 0x41);
    misuse_done();
    watch_for_twins(bytes);
}
