/* reused-read: a new object is read that only the owner before has written.
 * Exploited: it is the secret that the owner before has left. Where the place does not come back nothing is gained. */
#include "faults/misuse/case.h"

void ht_misuse_reused_read(size_t bytes)
{
    void *const before = subject_alloc(bytes);
    fill(before, bytes, 0x53);
    subject_free(before, bytes);
    void *p = reuse(before, bytes);
    if (!p)
        p = subject_alloc(bytes);
    misuse_begins();
    const bool is_secret = decide(p, bytes - 1, 0x53);
    misuse_done();
    if (is_secret)
        attacker_wins("a new object holds what the owner before has left");
    subject_free(p, bytes);
}
