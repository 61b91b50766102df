/* leak-block: the only pointer to an object is lost. */
#include "faults/misuse/case.h"

static __attribute__((noinline)) void lose(size_t bytes)
{
    fill(subject_alloc(bytes), bytes, 0x53);
}

void ht_misuse_leak_block(size_t bytes)
{
    misuse_begins();
    lose(bytes);
    scrub_stack();
    misuse_done();
}
