/* The allocator behind the library: the C library's, or one that is preloaded after it. */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "faults/preload/injector.h"

enum { BOOT_BYTES = 64 << 10, BOOT_HEADER = 16 };

/* What is allocated while the names are looked up. Each block has its size in front. */
static _Alignas(64) char boot[BOOT_BYTES];
static _Atomic size_t boot_used;

void *ht_boot_alloc(size_t bytes, size_t alignment)
{
    if (bytes > BOOT_BYTES || alignment > BOOT_BYTES)
        return NULL;
    const size_t slack = alignment > BOOT_HEADER ? alignment : BOOT_HEADER;
    const size_t room = (bytes + BOOT_HEADER + slack + 15) & ~(size_t)15;
    const size_t at = atomic_fetch_add(&boot_used, room);
    if (at + room > BOOT_BYTES)
        return NULL;
    const uintptr_t block = ((uintptr_t)boot + at + BOOT_HEADER + slack - 1) / slack * slack;
    ((size_t *)block)[-1] = bytes;
    return (void *)block;
}

bool ht_boot_owns(const void *p)
{
    return (uintptr_t)p - (uintptr_t)boot < BOOT_BYTES;
}

size_t ht_boot_bytes(const void *p)
{
    return ((const size_t *)p)[-1];
}

void *ht_next_symbol(const char *name)
{
    return dlsym(RTLD_NEXT, name);
}

/* Function pointers come as object pointers. */
static void look_up(const char *name, void *function)
{
    void *const found = ht_next_symbol(name);
    memcpy(function, &found, sizeof found);
}

const struct ht_next *ht_next(void)
{
    static struct ht_next next;
    static _Atomic int state; /* 0: not yet, 1: being looked up, 2: there */
    if (atomic_load_explicit(&state, memory_order_acquire) == 2)
        return &next;
    int none = 0;
    if (!atomic_compare_exchange_strong(&state, &none, 1))
        return none == 2 ? &next : NULL;
    look_up("malloc", &next.malloc);
    look_up("calloc", &next.calloc);
    look_up("realloc", &next.realloc);
    look_up("memalign", &next.memalign);
    look_up("aligned_alloc", &next.aligned_alloc);
    look_up("posix_memalign", &next.posix_memalign);
    look_up("free", &next.free);
    atomic_store_explicit(&state, 2, memory_order_release);
    return &next;
}

/* The loader has bound malloc to the first of that name. */
bool ht_stands_first(void)
{
    struct dl_find_object first, own;
    return !_dl_find_object((void *)malloc, &first) && !_dl_find_object((void *)ht_stands_first, &own) &&
           first.dlfo_link_map == own.dlfo_link_map;
}
