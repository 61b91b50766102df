/* underflow-1: writes 1 byte before an object.
 * Exploited: another live object has changed. */
#include "faults/misuse/case.h"

void ht_misuse_underflow_1(size_t bytes)
{
    struct neighbours n;
    unsigned char *const p = open_neighbours(&n, bytes);
    misuse_begins();
    fill(p - 1, 1, 0x41);
    misuse_done();
    watch_neighbours(&n);
    close_neighbours(&n);
}
