/* control-null: a correct program. free(NULL), realloc(NULL, n), malloc(0) that is not used. */
#include "faults/misuse/case.h"

void ht_misuse_control_null(size_t bytes)
{
    (void)bytes;
    misuse_begins();
    c_free(NULL);
    void *const none = c_malloc(0), *const p = c_realloc(NULL, 100);
    misuse_done();
    c_free(none);
    if (p)
        fill(p, 100, 0x7a);
    c_free(p);
}
