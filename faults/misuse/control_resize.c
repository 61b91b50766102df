/* control-resize: a correct program. An object grows and shrinks; what it held comes along. */
#include "faults/misuse/case.h"

void ht_misuse_control_resize(size_t bytes)
{
    misuse_begins();
    unsigned char *p = subject_alloc(bytes);
    fill(p, bytes, 0x7a);
    p = subject_resize(p, bytes, 3 * bytes);
    if (p && !is_filled(p, bytes, 0x7a))
        attacker_wins("the object that grew has lost its bytes");
    misuse_done();
    if (!p)
        return;
    fill(p, 3 * bytes, 0x7b);
    unsigned char *const q = subject_resize(p, 3 * bytes, bytes / 2);
    if (q)
        subject_free(q, bytes / 2);
    else
        subject_free(p, 3 * bytes);
}
