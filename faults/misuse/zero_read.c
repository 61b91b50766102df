/* zero-read: reads the first byte of an object of no bytes. */
#include "faults/misuse/case.h"
#include "faults/misuse/zero.h"

static void read_it(void *p)
{
    peek(p, 0);
}

void ht_misuse_zero_read(size_t bytes)
{
    (void)bytes;
    use_zero(read_it);
}
