/* poison-plain: The first word of freed objects becomes a pointer to memory of the attacker's.
 * Exploited: one of the next objects lies in that memory. */
#include "faults/misuse/case.h"
#include "faults/misuse/poison.h"

void ht_misuse_poison_plain(size_t bytes)
{
    poison(bytes, false);
}
