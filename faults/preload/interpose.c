/* The functions that the program calls in place of its allocator's. valloc, pvalloc and reallocarray are built on the
 * others, since allocators that are preloaded don't all have them. */
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "faults/preload/injector.h"

/* The frame of the function in which it stands: of its caller, and where that goes on. */
#define FRAME ((void *const *)__builtin_frame_address(0))

static void *no_memory(void)
{
    errno = ENOMEM;
    return NULL;
}

HT_EXPORT void *malloc(size_t bytes)
{
    const struct ht_next *const next = ht_next();
    struct ht_note note;
    if (!next)
        return ht_boot_alloc(bytes, 16);
    if (ht_note_begin(&note, HT_CALL_MALLOC, bytes, 0, FRAME))
        return NULL;
    return ht_note_end(&note, next->malloc(bytes));
}

HT_EXPORT void *calloc(size_t n, size_t bytes)
{
    const struct ht_next *const next = ht_next();
    struct ht_note note;
    size_t all;
    if (__builtin_mul_overflow(n, bytes, &all))
        return no_memory();
    if (!next)
        return ht_boot_alloc(all, 16);
    if (ht_note_begin(&note, HT_CALL_CALLOC, all, 0, FRAME))
        return NULL;
    return ht_note_end(&note, next->calloc(n, bytes));
}

/* A block of the boot arena moves to the allocator. */
static void *leave_boot(const struct ht_next *next, const void *p, size_t bytes)
{
    void *const q = next ? next->malloc(bytes) : ht_boot_alloc(bytes, 16);
    const size_t had = ht_boot_bytes(p);
    if (q)
        memcpy(q, p, had < bytes ? had : bytes);
    return q;
}

static void *resize(void *p, size_t bytes, void *const *frame)
{
    const struct ht_next *const next = ht_next();
    struct ht_note note;
    struct ht_called old = {.bytes = 0};
    if (!next || ht_boot_owns(p))
        return p ? leave_boot(next, p, bytes) : ht_boot_alloc(bytes, 16);
    /* Before the allocator may hand the address to another thread. */
    const bool was_known = p && ht_blocks_remove(p, &old);
    if (p && !bytes) { /* it frees, and doesn't fail */
        if (was_known && old.is_held)
            ht_trigger_give_back(&ht_control->trigger, old.bytes);
        return next->realloc(p, 0);
    }
    if (ht_note_begin(&note, HT_CALL_REALLOC, bytes, was_known && old.is_held ? old.bytes : 0, frame)) {
        if (was_known)
            ht_blocks_add(p, &old);
        return NULL;
    }
    void *const q = next->realloc(p, bytes);
    if (!q && was_known)
        ht_blocks_add(p, &old);
    return ht_note_end(&note, q);
}

HT_EXPORT void *realloc(void *p, size_t bytes)
{
    return resize(p, bytes, FRAME);
}

HT_EXPORT void *reallocarray(void *p, size_t n, size_t bytes)
{
    size_t all;
    if (__builtin_mul_overflow(n, bytes, &all))
        return no_memory();
    return resize(p, all, FRAME);
}

static void *align(size_t alignment, size_t bytes, void *const *frame)
{
    const struct ht_next *const next = ht_next();
    struct ht_note note;
    if (!next)
        return ht_boot_alloc(bytes, alignment);
    if (ht_note_begin(&note, HT_CALL_ALIGNED, bytes, 0, frame))
        return NULL;
    return ht_note_end(&note, next->memalign(alignment, bytes));
}

HT_EXPORT void *memalign(size_t alignment, size_t bytes)
{
    return align(alignment, bytes, FRAME);
}

HT_EXPORT void *valloc(size_t bytes)
{
    return align((size_t)getpagesize(), bytes, FRAME);
}

HT_EXPORT void *pvalloc(size_t bytes)
{
    const size_t page = (size_t)getpagesize();
    if (bytes > SIZE_MAX - page)
        return no_memory();
    return align(page, (bytes + page - 1) / page * page, FRAME);
}

HT_EXPORT void *aligned_alloc(size_t alignment, size_t bytes)
{
    const struct ht_next *const next = ht_next();
    struct ht_note note;
    if (!next)
        return ht_boot_alloc(bytes, alignment);
    if (ht_note_begin(&note, HT_CALL_ALIGNED, bytes, 0, FRAME))
        return NULL;
    return ht_note_end(&note, next->aligned_alloc(alignment, bytes));
}

/* Says ENOMEM by its result, and leaves errno as it was. */
HT_EXPORT int posix_memalign(void **p, size_t alignment, size_t bytes)
{
    const struct ht_next *const next = ht_next();
    struct ht_note note;
    const int before = errno;
    if (!next) {
        *p = ht_boot_alloc(bytes, alignment);
        return *p ? 0 : ENOMEM;
    }
    if (ht_note_begin(&note, HT_CALL_ALIGNED, bytes, 0, FRAME)) {
        errno = before;
        return ENOMEM;
    }
    const int error = next->posix_memalign(p, alignment, bytes);
    ht_note_end(&note, error ? NULL : *p);
    return error;
}

HT_EXPORT void free(void *p)
{
    const struct ht_next *const next = ht_next();
    struct ht_called called;
    if (!p || !next || ht_boot_owns(p))
        return;
    if (ht_blocks_remove(p, &called) && called.is_held)
        ht_trigger_give_back(&ht_control->trigger, called.bytes);
    next->free(p);
}
