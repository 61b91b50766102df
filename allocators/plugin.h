/* The interface of an allocator that heaptrial loads from a .so: installed as <heaptrial/plugin.h>.
 *
 * A plug-in is a shared library that exports one symbol, the table `heaptrial_allocator`. Build it with
 *
 *     gcc -std=c11 -O2 -fPIC -shared my.c -o my.so
 *
 * and run it with `heaptrial run -a plugin:./my.so`. heaptrial copies the table when it loads the file, asks
 * open for a heap, and passes that heap to every other function. A cell opens one heap, once, in a process of
 * its own; what a plug-in breaks there is a row with that outcome.
 *
 * Units are bytes. `bytes` in free, resize and usable is what the caller asked for when it got the object.
 * An alignment is a power of two, 16 or more. Zero bytes are not asked for, nor more than max_bytes. A failed
 * allocation returns NULL and leaves the heap whole. Without HT_PLUGIN_THREADS one thread calls at a time.
 * An object belongs to the caller until it is freed, released or the heap is closed.
 *
 * A function marked required must be there, or the file is refused by name. One that is optional may be
 * NULL; its comment says what happens then. Start from a copy of allocators/plugins/skeleton.c. */
#ifndef HEAPTRIAL_PLUGIN_H
#define HEAPTRIAL_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

/* The version of this interface: a file built for another one is refused. */
#define HT_PLUGIN_ABI 1

/* What the allocator can do. A workload that needs what is not claimed is `unsupported` on it. */
enum ht_plugin_cap {
    HT_PLUGIN_FREE = 1 << 0,     /* frees one object; needs free */
    HT_PLUGIN_THREADS = 1 << 1,  /* many threads may call at once; one may free what another allocated */
    HT_PLUGIN_ALIGN = 1 << 2,    /* serves alignments beyond 16 */
    HT_PLUGIN_DISTINCT = 1 << 3, /* live objects do not overlap; left out, stamps are not checked */
    HT_PLUGIN_REGION = 1 << 4,   /* frees all since a mark; needs mark and release */
    HT_PLUGIN_USABLE = 1 << 5,   /* says how much of an object may be written; needs usable */
    HT_PLUGIN_CHECK = 1 << 6,    /* walks and verifies its heap; needs check */
    HT_PLUGIN_RESIZE = 1 << 7,   /* resizes an object, with or without a resize of its own */
    HT_PLUGIN_FORK = 1 << 8      /* works on in a forked child */
};

struct ht_plugin_allocator {
    uint32_t abi;  /* required: HT_PLUGIN_ABI; stands first in every version of this interface */
    uint32_t caps; /* HT_PLUGIN_* */

    const char *name;    /* required: a word for tables and messages */
    const char *version; /* optional: stands in each row; NULL: only the name does */
    size_t max_bytes;    /* optional: the largest object it serves; 0: any */

    /* optional; NULL: there is nothing to open, and the heap is NULL. Called once, from the main thread,
     * before all others. `threads` is how many will call, at most. Stores the heap, which is the plug-in's
     * own and opaque to heaptrial. 0, or a negative errno, with nothing held. */
    int (*open)(unsigned threads, void **heap);

    /* optional; NULL: nothing to close. The last call: gives back all that the heap holds. */
    void (*close)(void *heap);

    /* required. `bytes` at a multiple of `alignment`; NULL when memory ran out. */
    void *(*alloc)(void *heap, size_t bytes, size_t alignment);

    /* required with HT_PLUGIN_FREE; NULL otherwise: objects live until the heap is closed. Never called with
     * NULL. */
    void (*free)(void *heap, void *p, size_t bytes);

    /* optional; NULL: alloc, copy, free. Makes `p` of `old_bytes` an object of `new_bytes`, and may move it;
     * the lesser of the two is kept. NULL when memory ran out, and `p` is as it was. */
    void *(*resize)(void *heap, void *p, size_t old_bytes, size_t new_bytes);

    /* optional; NULL: alloc, then cleared by heaptrial. `bytes` that read as zero, at a multiple of 16. */
    void *(*zalloc)(void *heap, size_t bytes);

    /* required with HT_PLUGIN_USABLE; NULL otherwise. How many bytes the caller may write at `p`: `bytes` or
     * more. */
    size_t (*usable)(void *heap, void *p, size_t bytes);

    /* Both required with HT_PLUGIN_REGION; NULL otherwise. mark notes where the heap stands, in words that
     * only the plug-in reads; release frees all objects allocated since, with HT_PLUGIN_THREADS those of the
     * calling thread. Marks nest; one is released once. */
    void (*mark)(void *heap, uintptr_t mark[2]);
    void (*release)(void *heap, const uintptr_t mark[2]);

    /* required with HT_PLUGIN_CHECK; NULL otherwise. Walks the whole heap while no other thread calls. 0, or
     * a negative errno with the reason in words, ended by a zero byte, in `why`. */
    int (*check)(void *heap, char why[128]);

    /* optional; NULL: threads need nothing. In each thread but the main one, before its first and after its
     * last call. */
    void (*thread_start)(void *heap);
    void (*thread_stop)(void *heap);
};

/* What the plug-in defines. */
#ifdef __cplusplus
extern "C" {
#endif
#if defined __GNUC__
__attribute__((visibility("default")))
#endif
extern const struct ht_plugin_allocator heaptrial_allocator;
#ifdef __cplusplus
}
#endif

#endif
