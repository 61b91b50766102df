/* double-free-delayed: an object is freed twice, with 100 operations of other sizes in between.
 * Exploited: two of the next objects overlap. */
#include "faults/misuse/case.h"

void ht_misuse_double_free_delayed(size_t bytes)
{
    void *const p = subject_alloc(bytes);
    fill(p, bytes, 0x53);
    subject_free(p, bytes);
    pass_the_time(bytes, 100);
    misuse_begins();
    subject_free(p, bytes);
    misuse_done();
    watch_for_twins(bytes);
}
