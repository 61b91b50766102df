/* zero-write: writes the first byte of an object of no bytes. */
#include "faults/misuse/case.h"
#include "faults/misuse/zero.h"

static void write_it(void *p)
{
    fill(p, 1, 0x41);
}

void ht_misuse_zero_write(size_t bytes)
{
    (void)bytes;
    use_zero(write_it);
}
