/* overflow-asked-8: writes 8 bytes past what was asked for.
 * Exploited: another live object has changed. */
#include "faults/misuse/case.h"
#include "faults/misuse/overflow.h"

void ht_misuse_overflow_asked_8(size_t bytes)
{
    overflow(bytes, false, 8);
}
