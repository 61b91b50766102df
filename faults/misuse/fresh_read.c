/* fresh-read: decides by the last byte of an object that nobody has written. */
#include "faults/misuse/case.h"

void ht_misuse_fresh_read(size_t bytes)
{
    void *const p = subject_alloc(bytes);
    misuse_begins();
    decide(p, bytes - 1, 0x53);
    misuse_done();
    subject_free(p, bytes);
}
