/* free-stack: frees a buffer on the stack, whose bytes are what an attacker would put there.
 * Exploited: one of the next objects lies in the buffer. */
#include "faults/misuse/case.h"

void ht_misuse_free_stack(size_t bytes)
{
    struct forged forged;
    void *const p = forge(&forged, bytes);
    misuse_begins();
    subject_free(p, bytes);
    misuse_done();
    watch_for_target(bytes, &forged, sizeof forged);
}
