/* The skeleton of a plug-in: a small allocator that works, to be copied and changed. Each function below says
 * whether heaptrial requires it; <heaptrial/plugin.h> has the full rules.
 *
 *     gcc -std=c11 -O2 -Wall -fPIC -shared skeleton.c -o skeleton.so
 *     heaptrial run -a plugin:./skeleton.so -w larson
 *
 * How it allocates: one free list for each power of two from 16 bytes to 64 MiB (Knuth, TAOCP 1, §2.5), over
 * 1 GiB of addresses whose pages the system fills in as they are touched. alloc and free take constant time;
 * up to half of an object is wasted, and what one size has freed no other one gets. */
#define _GNU_SOURCE
#include <errno.h>
#include <heaptrial/plugin.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

enum { MIN_ORDER = 4, MAX_ORDER = 26, REGION_BYTES = 1 << 30 };

/* A free object holds the link to the next one; a live one has no header. */
struct object {
    struct object *next;
};

/* All of the heap's state: it stands at the start of the region, so that one unmapping ends it. */
struct heap {
    char *bump, *end;                   /* what no object has taken yet */
    struct object *list[MAX_ORDER + 1]; /* by the logarithm of the size */
};

/* The logarithm of the size that `bytes` are rounded up to. */
static int order_of(size_t bytes)
{
    return 64 - __builtin_clzl((bytes - 1) | ((1 << MIN_ORDER) - 1));
}

/* optional (without it the heap is NULL). Stores the heap; 0, or a negative errno. */
static int skeleton_open(unsigned threads, void **heap)
{
    (void)threads; /* never more than one: HT_PLUGIN_THREADS is not claimed */
    struct heap *const h =
        mmap(NULL, REGION_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (h == MAP_FAILED)
        return -errno;
    h->bump = (char *)h + ((sizeof *h + 15) & ~(size_t)15);
    h->end = (char *)h + REGION_BYTES;
    *heap = h;
    return 0;
}

/* optional. Gives back all that the heap holds, live objects too. */
static void skeleton_close(void *heap)
{
    munmap(heap, REGION_BYTES);
}

static void *carve(struct heap *h, int order)
{
    if ((size_t)(h->end - h->bump) < (size_t)1 << order)
        return NULL;
    void *const p = h->bump;
    h->bump += (size_t)1 << order;
    return p;
}

/* required. `alignment` is 16: HT_PLUGIN_ALIGN is not claimed. NULL when memory ran out. */
static void *skeleton_alloc(void *heap, size_t bytes, size_t alignment)
{
    (void)alignment;
    struct heap *const h = heap;
    const int order = order_of(bytes);
    struct object *const object = h->list[order];
    if (!object)
        return carve(h, order);
    h->list[order] = object->next;
    return object;
}

/* required with HT_PLUGIN_FREE. `bytes` is what alloc was asked for: it leads to the list. */
static void skeleton_free(void *heap, void *p, size_t bytes)
{
    struct object **const list = &((struct heap *)heap)->list[order_of(bytes)];
    struct object *const object = p;
    object->next = *list;
    *list = object;
}

/* optional (without it: alloc, copy, free). An object that stays within its power of two stays in place. */
static void *skeleton_resize(void *heap, void *p, size_t old_bytes, size_t new_bytes)
{
    if (order_of(old_bytes) == order_of(new_bytes))
        return p;
    void *const q = skeleton_alloc(heap, new_bytes, 16);
    if (q) {
        memcpy(q, p, old_bytes < new_bytes ? old_bytes : new_bytes);
        skeleton_free(heap, p, old_bytes);
    }
    return q;
}

/* optional (without it: alloc, then cleared). What was never used is zero already. */
static void *skeleton_zalloc(void *heap, size_t bytes)
{
    struct heap *const h = heap;
    const int order = order_of(bytes);
    return h->list[order] ? memset(skeleton_alloc(h, bytes, 16), 0, bytes) : carve(h, order);
}

/* required with HT_PLUGIN_USABLE. What may be written at `p`. */
static size_t skeleton_usable(void *heap, void *p, size_t bytes)
{
    (void)heap, (void)p;
    return (size_t)1 << order_of(bytes);
}

/* required with HT_PLUGIN_CHECK. Walks every free list; 0, or -EUCLEAN and the reason in words. */
static int skeleton_check(void *heap, char why[128])
{
    const struct heap *const h = heap;
    for (int order = MIN_ORDER; order <= MAX_ORDER; order++) {
        size_t most = (size_t)(h->bump - (const char *)(h + 1)) >> order;
        for (const struct object *o = h->list[order]; o; o = o->next)
            if ((const char *)o < (const char *)(h + 1) || (const char *)o >= h->bump || most-- == 0) {
                snprintf(why, 128, "skeleton: the free list of %zu bytes is broken at %p", (size_t)1 << order,
                         (const void *)o);
                return -EUCLEAN;
            }
    }
    return 0;
}

const struct ht_plugin_allocator heaptrial_allocator = {
    .abi = HT_PLUGIN_ABI,
    .caps = HT_PLUGIN_FREE | HT_PLUGIN_DISTINCT | HT_PLUGIN_RESIZE | HT_PLUGIN_USABLE | HT_PLUGIN_CHECK |
            HT_PLUGIN_FORK,
    .name = "skeleton",
    .version = "1.0",
    .max_bytes = (size_t)1 << MAX_ORDER,
    .open = skeleton_open,
    .close = skeleton_close,
    .alloc = skeleton_alloc,
    .free = skeleton_free,
    .resize = skeleton_resize,
    .zalloc = skeleton_zalloc,
    .usable = skeleton_usable,
    .mark = NULL,    /* required with HT_PLUGIN_REGION, which is not claimed */
    .release = NULL, /* likewise */
    .check = skeleton_check,
    .thread_start = NULL, /* optional: for allocators with caches of their own in each thread */
    .thread_stop = NULL,  /* optional */
};
