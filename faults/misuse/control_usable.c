/* control-usable: a correct program. It writes every byte that the allocator says may be written. */
#include "faults/misuse/case.h"

void ht_misuse_control_usable(size_t bytes)
{
    struct neighbours n;
    unsigned char *const p = open_neighbours(&n, bytes);
    misuse_begins();
    fill(p, subject_usable(p, bytes), 0x7a);
    misuse_done();
    watch_neighbours(&n);
    close_neighbours(&n);
}
