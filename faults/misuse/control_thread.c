/* control-thread: a correct program. Objects are freed by another thread than the one that made them, and used there. */
#include "faults/misuse/case.h"

static size_t object_bytes;

static void use_and_free(void *p)
{
    fill(p, object_bytes, 0x7b);
    subject_free(p, object_bytes);
}

void ht_misuse_control_thread(size_t bytes)
{
    object_bytes = bytes;
    misuse_begins();
    void *const p = subject_alloc(bytes);
    misuse_done();
    if (p)
        in_another_thread(use_and_free, p);
}
