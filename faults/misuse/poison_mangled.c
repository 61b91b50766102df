/* poison-mangled: As poison-plain, by an attacker who knows the addresses, and mixes them in as glibc does (safe-linking).
 * Exploited: one of the next objects lies in that memory. */
#include "faults/misuse/case.h"
#include "faults/misuse/poison.h"

void ht_misuse_poison_mangled(size_t bytes)
{
    poison(bytes, true);
}
