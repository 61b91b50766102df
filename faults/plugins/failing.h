/* What the plug-ins share that are wrong when memory runs out: each object is a mapping of its own, so that a failure of
 * mmap reaches every allocation and every resize. One mistake a file; failure_none has none. */
#ifndef HT_FAULTS_PLUGINS_FAILING_H
#define HT_FAULTS_PLUGINS_FAILING_H

#define _GNU_SOURCE
#include <heaptrial/plugin.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { PAGE = 4096 };

static inline size_t pages(size_t bytes)
{
    return (bytes + PAGE - 1) & ~(size_t)(PAGE - 1);
}

/* NULL when the system has no more. */
static inline void *map(size_t bytes)
{
    void *const p = mmap(NULL, pages(bytes), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

static inline void mapped_free(void *heap, void *p, size_t bytes)
{
    (void)heap;
    munmap(p, pages(bytes));
}

static inline void *mapped_resize(void *heap, void *p, size_t old_bytes, size_t new_bytes)
{
    void *const q = map(new_bytes);
    if (!q)
        return NULL;
    memcpy(q, p, old_bytes < new_bytes ? old_bytes : new_bytes);
    mapped_free(heap, p, old_bytes);
    return q;
}

/* The members that it does not set itself. */
#define FAILING_PLUGIN(its_name)                                                                             \
    .abi = HT_PLUGIN_ABI, .name = its_name,                                                                  \
    .caps = HT_PLUGIN_FREE | HT_PLUGIN_THREADS | HT_PLUGIN_DISTINCT | HT_PLUGIN_RESIZE

#endif
