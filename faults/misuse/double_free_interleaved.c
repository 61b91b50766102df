/* double-free-interleaved: a, b and a again are freed, so that whoever looks only at what was freed last sees nothing;
 * and seven objects before, which fill the caches that look closer.
 * Exploited: two of the next objects overlap. */
#include "faults/misuse/case.h"

enum { BEFORE = 7 };

void ht_misuse_double_free_interleaved(size_t bytes)
{
    void *before[BEFORE], *const a = subject_alloc(bytes), *const b = subject_alloc(bytes);
    for (int i = 0; i < BEFORE; i++)
        before[i] = subject_alloc(bytes);
    for (int i = 0; i < BEFORE; i++)
        subject_free(before[i], bytes);
    subject_free(a, bytes);
    subject_free(b, bytes);
    misuse_begins();
    subject_free(a, bytes);
    misuse_done();
    watch_for_twins(bytes);
}
