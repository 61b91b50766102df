/* stale-read: reads an object that was just freed.
 * Exploited: the secret that it held is still there, but for the first 16 bytes, where allocators keep links.
 * Of an object of 8 bytes, its last byte. */
#include "faults/misuse/case.h"

void ht_misuse_stale_read(size_t bytes)
{
    const size_t kept = bytes > 16 ? 16 : bytes - 1;
    unsigned char *const p = subject_alloc(bytes);
    fill(p, bytes, 0x53);
    subject_free(p, bytes);
    misuse_begins();
    const bool is_secret = is_filled(p + kept, bytes - kept, 0x53);
    misuse_done();
    if (is_secret)
        attacker_wins("what the object held could be read after free");
}
