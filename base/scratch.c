#include "base/scratch.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>

static struct {
    char *base;
    size_t bytes, used, dirty; /* bytes below `dirty` may have been written */
} region;
static _Atomic size_t claimed;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

int ht_scratch_open(size_t bytes)
{
    bytes = (bytes + 4095) & ~(size_t)4095;
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (p == MAP_FAILED)
        return -errno;
    /* A name in smaps; a kernel without named mappings refuses, which harms nothing. */
    prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, (uintptr_t)p, bytes, (uintptr_t) "heaptrial scratch");
    region.base = p;
    region.bytes = bytes;
    return 0;
}

void *ht_scratch_alloc(size_t bytes)
{
    bytes = (bytes + 63) & ~(size_t)63;
    pthread_mutex_lock(&lock);
    if (bytes > region.bytes - region.used) {
        fprintf(stderr,
                "heaptrial: the cell's scratch region of %zu MiB is full: it asked for less than it takes\n",
                region.bytes >> 20);
        exit(1);
    }
    void *const p = region.base + region.used;
    if (region.used < region.dirty)
        memset(p, 0, bytes);
    region.used += bytes;
    if (region.dirty < region.used)
        region.dirty = region.used;
    pthread_mutex_unlock(&lock);
    return p;
}

size_t ht_scratch_mark(void)
{
    return region.used;
}

void ht_scratch_release(size_t mark)
{
    region.used = mark;
}

void ht_scratch_claim(size_t bytes)
{
    claimed += bytes;
}

size_t ht_scratch_bytes(void)
{
    return region.bytes + claimed;
}
