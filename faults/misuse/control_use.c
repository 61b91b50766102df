/* control-use: a correct program. Objects are written up to the last byte that was asked for, read and freed. */
#include "faults/misuse/case.h"

void ht_misuse_control_use(size_t bytes)
{
    struct neighbours n;
    misuse_begins();
    open_neighbours(&n, bytes);
    misuse_done();
    watch_neighbours(&n);
    close_neighbours(&n);
}
