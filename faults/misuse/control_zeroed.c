/* control-zeroed: a correct program. It reads an object that was asked for zeroed, where another was before.
 * Exploited: it is not zero. */
#include "faults/misuse/case.h"

void ht_misuse_control_zeroed(size_t bytes)
{
    void *const before = subject_alloc(bytes);
    fill(before, bytes, 0x7a);
    misuse_begins();
    subject_free(before, bytes);
    void *const p = subject_zalloc(bytes);
    misuse_done();
    if (!p)
        return;
    if (!is_filled(p, bytes, 0))
        attacker_wins("an object that was asked for zeroed is not");
    subject_free(p, bytes);
}
