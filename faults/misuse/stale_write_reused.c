/* stale-write-reused: writes a freed object whose place another owner has by now.
 * Exploited: the other's bytes have changed. Where the place does not come back nothing is gained. */
#include "faults/misuse/case.h"

void ht_misuse_stale_write_reused(size_t bytes)
{
    unsigned char *const stale = subject_alloc(bytes);
    fill(stale, bytes, 0x41);
    subject_free(stale, bytes);
    unsigned char *const owner = reuse(stale, bytes);
    if (owner)
        fill(owner, bytes, 0x53);
    misuse_begins();
    fill(stale, bytes, 0x41);
    misuse_done();
    if (owner && !is_filled(owner, bytes, 0x53))
        attacker_wins("another owner's bytes have changed");
    if (owner)
        subject_free(owner, bytes);
}
