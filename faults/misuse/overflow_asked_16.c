/* overflow-asked-16: writes 16 bytes past what was asked for.
 * Exploited: another live object has changed. */
#include "faults/misuse/case.h"
#include "faults/misuse/overflow.h"

void ht_misuse_overflow_asked_16(size_t bytes)
{
    overflow(bytes, false, 16);
}
