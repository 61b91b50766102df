/* overflow-usable-4096: writes 4096 bytes past what the allocator says is usable.
 * Exploited: another live object has changed. */
#include "faults/misuse/case.h"
#include "faults/misuse/overflow.h"

void ht_misuse_overflow_usable_4096(size_t bytes)
{
    overflow(bytes, true, 4096);
}
