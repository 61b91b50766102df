/* bump: the pointer of allocators/null.h as a plug-in. It does as little, so what it costs more than `null`
 * is the dispatch through the table. */
#define _GNU_SOURCE
#include <errno.h>
#include <heaptrial/plugin.h>
#include <stdio.h>
#include <sys/mman.h>

enum { RING_BYTES = 1 << 20, TAIL_BYTES = 256 << 20, GRAIN = 16 };

/* initial-exec: in a cell compiled in, thread-local variables take no call either. */
static __thread __attribute__((tls_model("initial-exec"))) struct {
    uintptr_t base;
    size_t offset;
} ring;

static void bump_thread_start(void *heap)
{
    (void)heap;
    void *const p = mmap(NULL, RING_BYTES + TAIL_BYTES, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    ring.base = p == MAP_FAILED ? 0 : (uintptr_t)p;
}

static void bump_thread_stop(void *heap)
{
    (void)heap;
    munmap((void *)ring.base, RING_BYTES + TAIL_BYTES);
}

/* The main thread is not told of its start. */
static int bump_open(unsigned threads, void **heap)
{
    (void)threads;
    bump_thread_start(heap);
    return ring.base ? 0 : -ENOMEM;
}

static void *bump_alloc(void *heap, size_t bytes, size_t alignment)
{
    (void)heap;
    const uintptr_t p = (ring.base + ring.offset + alignment - 1) & -(uintptr_t)alignment;
    ring.offset = (ring.offset + bytes + GRAIN - 1) & (RING_BYTES - GRAIN);
    return (void *)p;
}

static void bump_free(void *heap, void *p, size_t bytes)
{
    (void)heap, (void)p, (void)bytes;
}

const struct ht_plugin_allocator heaptrial_allocator = {
    .abi = HT_PLUGIN_ABI,
    .caps = HT_PLUGIN_FREE | HT_PLUGIN_THREADS | HT_PLUGIN_ALIGN | HT_PLUGIN_RESIZE | HT_PLUGIN_FORK,
    .name = "bump",
    .max_bytes = TAIL_BYTES / 2,
    .open = bump_open,
    .close = bump_thread_stop,
    .alloc = bump_alloc,
    .free = bump_free,
    .thread_start = bump_thread_start,
    .thread_stop = bump_thread_stop,
};
