/* free-global: frees a buffer of the program's own data, whose bytes are what an attacker would put there.
 * Exploited: one of the next objects lies in the buffer. */
#include "faults/misuse/case.h"

static struct forged forged;

void ht_misuse_free_global(size_t bytes)
{
    void *const p = forge(&forged, bytes);
    misuse_begins();
    subject_free(p, bytes);
    misuse_done();
    watch_for_target(bytes, &forged, sizeof forged);
}
