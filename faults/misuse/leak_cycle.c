/* leak-cycle: two objects that point at each other are lost; to count references does not tell. */
#include "faults/misuse/case.h"

static __attribute__((noinline)) void lose(size_t bytes)
{
    void **const a = subject_alloc(bytes), **const b = subject_alloc(bytes);
    if (!a || !b)
        return;
    *a = b;
    *b = a;
}

void ht_misuse_leak_cycle(size_t bytes)
{
    misuse_begins();
    lose(bytes);
    scrub_stack();
    misuse_done();
}
