/* nothing: no misuse at all. Whoever diagnoses it would diagnose every program. */
#include "faults/misuse/case.h"

void ht_misuse_nothing(size_t bytes)
{
    (void)bytes;
    misuse_begins();
    misuse_done();
}
