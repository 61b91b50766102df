/* overflow-usable-1: writes 1 byte past what the allocator says is usable.
 * Exploited: another live object has changed. */
#include "faults/misuse/case.h"
#include "faults/misuse/overflow.h"

void ht_misuse_overflow_usable_1(size_t bytes)
{
    overflow(bytes, true, 1);
}
