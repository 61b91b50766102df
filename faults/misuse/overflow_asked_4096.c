/* overflow-asked-4096: writes 4096 bytes past what was asked for.
 * Exploited: another live object has changed. */
#include "faults/misuse/case.h"
#include "faults/misuse/overflow.h"

void ht_misuse_overflow_asked_4096(size_t bytes)
{
    overflow(bytes, false, 4096);
}
