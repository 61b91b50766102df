/* sized-free: frees an object by a size that is twice its own: with C++'s sized delete, or the size that the contract
 * of an allocator takes.
 * Exploited: the place is handed out as an object of twice the size, and to write it changes another. */
#include "faults/misuse/case.h"

static void free_as_if(void *p, size_t bytes)
{
    if (subject_is_malloc())
        cxx_delete_sized(p, bytes);
    else
        subject_free(p, bytes);
}

void ht_misuse_sized_free(size_t bytes)
{
    struct neighbours n;
    unsigned char *const p = open_neighbours(&n, bytes);
    void *taken[32];
    misuse_begins();
    free_as_if(p, 2 * bytes);
    misuse_done();
    n.object[NEIGHBOURS / 2] = NULL;
    for (int i = 0; i < 32; i++) {
        taken[i] = subject_alloc(2 * bytes);
        if (taken[i])
            fill(taken[i], 2 * bytes, 0x41);
    }
    watch_neighbours(&n);
    for (int i = 0; i < 32; i++)
        if (taken[i])
            subject_free(taken[i], 2 * bytes);
    close_neighbours(&n);
}
