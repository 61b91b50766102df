/* control-aligned: a correct program, with objects aligned to 64 bytes and to a page. */
#include "faults/misuse/case.h"

void ht_misuse_control_aligned(size_t bytes)
{
    misuse_begins();
    void *const line = subject_alloc_aligned(bytes, 64), *const page = subject_alloc_aligned(bytes, 4096);
    misuse_done();
    if (line) {
        fill(line, bytes, 0x7a);
        subject_free(line, bytes);
    }
    if (page) {
        fill(page, bytes, 0x7b);
        subject_free(page, bytes);
    }
}
