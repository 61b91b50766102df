/* control-new-aligned: a correct program. An aligned operator new is followed by the aligned delete. */
#include "faults/misuse/case.h"

void ht_misuse_control_new_aligned(size_t bytes)
{
    misuse_begins();
    void *const p = cxx_new_aligned(bytes, 64);
    misuse_done();
    fill(p, bytes, 0x7d);
    cxx_delete_aligned(p, 64);
}
