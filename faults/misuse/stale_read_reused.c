/* stale-read-reused: reads a freed object whose place another owner has by now.
 * Exploited: the other's secret can be read. Where the place does not come back nothing is gained. */
#include "faults/misuse/case.h"

void ht_misuse_stale_read_reused(size_t bytes)
{
    unsigned char *const stale = subject_alloc(bytes);
    fill(stale, bytes, 0x41);
    subject_free(stale, bytes);
    unsigned char *const owner = reuse(stale, bytes);
    if (owner)
        fill(owner, bytes, 0x53);
    misuse_begins();
    const bool is_secret = is_filled(stale, bytes, 0x53);
    misuse_done();
    if (owner && is_secret)
        attacker_wins("another owner's bytes could be read");
    if (owner)
        subject_free(owner, bytes);
}
