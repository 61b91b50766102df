/* underflow-16: writes 16 bytes before an object.
 * Exploited: another live object has changed. */
#include "faults/misuse/case.h"

void ht_misuse_underflow_16(size_t bytes)
{
    struct neighbours n;
    unsigned char *const p = open_neighbours(&n, bytes);
    misuse_begins();
    fill(p - 16, 16, 0x41);
    misuse_done();
    watch_neighbours(&n);
    close_neighbours(&n);
}
