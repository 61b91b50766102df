#include "allocators/pages.h"

#include <stdatomic.h>
#include <sys/mman.h>

bool (*ht_pages_fail)(size_t bytes);

static _Atomic uint64_t mapped, mapped_peak, calls;

static void count_mapped(size_t bytes)
{
    const uint64_t now = atomic_fetch_add(&mapped, bytes) + bytes;
    uint64_t peak = atomic_load(&mapped_peak);
    while (now > peak && !atomic_compare_exchange_weak(&mapped_peak, &peak, now))
        ;
}

void *ht_pages_map(size_t bytes, size_t alignment)
{
    atomic_fetch_add(&calls, 1);
    if (ht_pages_fail && ht_pages_fail(bytes))
        return NULL;
    /* Map enough to find an aligned start inside, and give the ends back. */
    const size_t slack = alignment > HT_PAGE_BYTES ? alignment : 0;
    if (bytes > SIZE_MAX - slack)
        return NULL;
    char *p = mmap(NULL, bytes + slack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        return NULL;
    if (slack) {
        const size_t head = -(uintptr_t)p & (alignment - 1);
        if (head)
            munmap(p, head);
        if (slack - head)
            munmap(p + head + bytes, slack - head);
        p += head;
    }
    count_mapped(bytes);
    return p;
}

void ht_pages_unmap(void *p, size_t bytes)
{
    munmap(p, bytes);
    atomic_fetch_sub(&mapped, bytes);
}

void *ht_pages_resize(void *p, size_t old_bytes, size_t new_bytes)
{
    atomic_fetch_add(&calls, 1);
    if (ht_pages_fail && new_bytes > old_bytes && ht_pages_fail(new_bytes - old_bytes))
        return NULL;
    void *const q = mremap(p, old_bytes, new_bytes, MREMAP_MAYMOVE);
    if (q == MAP_FAILED)
        return NULL;
    if (new_bytes > old_bytes)
        count_mapped(new_bytes - old_bytes);
    else
        atomic_fetch_sub(&mapped, old_bytes - new_bytes);
    return q;
}

void ht_pages_discard(void *p, size_t bytes)
{
    madvise(p, bytes, MADV_DONTNEED);
}

struct ht_pages_stats ht_pages_stats(void)
{
    return (struct ht_pages_stats){atomic_load(&mapped), atomic_load(&mapped_peak), atomic_load(&calls)};
}
