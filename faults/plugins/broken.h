/* What the broken plug-ins share: malloc, so that a workload runs up to the fault, and when the fault comes.
 * One fault a file; each defines its own alloc (or check) and, with BROKEN_PLUGIN, its table. */
#ifndef HT_FAULTS_PLUGINS_BROKEN_H
#define HT_FAULTS_PLUGINS_BROKEN_H

#define _GNU_SOURCE
#include <heaptrial/plugin.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* The first allocation that is at fault, counted from 1. */
enum { BROKEN_FROM = 1000 };

/* Counts this allocation; true from the BROKEN_FROM-th on. */
static inline bool fault_is_due(void)
{
    static atomic_ulong allocations;
    return atomic_fetch_add(&allocations, 1) + 1 >= BROKEN_FROM;
}

static inline void *sound_alloc(void *heap, size_t bytes, size_t alignment)
{
    (void)heap;
    void *p;
    return posix_memalign(&p, alignment, bytes) ? NULL : p;
}

static inline void sound_free(void *heap, void *p, size_t bytes)
{
    (void)heap, (void)bytes;
    free(p);
}

/* The members that a broken plug-in does not set itself; those after it in an initialiser come on top. */
#define BROKEN_PLUGIN(its_name)                                                                              \
    .abi = HT_PLUGIN_ABI, .name = its_name,                                                                  \
    .caps = HT_PLUGIN_FREE | HT_PLUGIN_THREADS | HT_PLUGIN_ALIGN | HT_PLUGIN_DISTINCT | HT_PLUGIN_RESIZE |   \
            HT_PLUGIN_FORK

#endif
