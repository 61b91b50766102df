/* free-wild: frees a pointer to memory that was given back to the system.
 * Exploited: one of the next objects lies there. */
#include "faults/misuse/case.h"

#include <sys/mman.h>

void ht_misuse_free_wild(size_t bytes)
{
    const size_t page = 4096;
    unsigned char *const p = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(p, page);
    misuse_begins();
    subject_free(p + 64, bytes);
    misuse_done();
    watch_for_target(bytes, p + 64, page - 64);
}
