/* overflow-usable-8: writes 8 bytes past what the allocator says is usable.
 * Exploited: another live object has changed. */
#include "faults/misuse/case.h"
#include "faults/misuse/overflow.h"

void ht_misuse_overflow_usable_8(size_t bytes)
{
    overflow(bytes, true, 8);
}
