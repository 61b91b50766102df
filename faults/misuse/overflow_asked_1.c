/* overflow-asked-1: writes 1 byte past what was asked for.
 * Exploited: another live object has changed. */
#include "faults/misuse/case.h"
#include "faults/misuse/overflow.h"

void ht_misuse_overflow_asked_1(size_t bytes)
{
    overflow(bytes, false, 1);
}
