/* An object of the tracing collectors: one header word, the slots, the data.
 *
 *     bit  0       1: this is a header; 0: the word is the address to which the object was moved
 *     bits 1-3     kind and finalizer flag (allocators/collector.h)
 *     bits 4-31    slots
 *     bits 32-59   bytes of data
 *     bits 60-63   the strategy's own, 0 in a new object
 *
 * Objects are aligned to 8 bytes and take 16 at least, so that a free one can hold two words. */
#ifndef HT_ALLOCATORS_OBJECT_H
#define HT_ALLOCATORS_OBJECT_H

#include "allocators/collector.h"

struct gc_object {
    uint64_t header;
    struct gc_object *slot[];
};

enum { GC_OBJECT_MIN_BYTES = 16, GC_OWN_SHIFT = 60 };

/* The strategy's own bit i, 0 to 3. */
#define GC_OWN(i) ((uint64_t)1 << (GC_OWN_SHIFT + (i)))

static inline uint64_t gc_header(uint32_t kind, uint32_t slots, uint32_t bytes)
{
    return 1 | (uint64_t)kind << 1 | (uint64_t)slots << 4 | (uint64_t)bytes << 32;
}

static inline uint32_t gc_header_kind(uint64_t header)
{
    return header >> 1 & 7;
}

static inline uint32_t gc_header_slots(uint64_t header)
{
    return header >> 4 & GC_COUNT_MAX;
}

static inline uint32_t gc_header_bytes(uint64_t header)
{
    return header >> 32 & GC_COUNT_MAX;
}

/* What an object of this shape takes, with its header: the same for allocators/collector.h's minimum heap. */
static inline size_t gc_size(uint32_t slots, uint32_t bytes)
{
    const size_t size = 8 + 8 * (size_t)slots + (((size_t)bytes + 7) & ~(size_t)7);
    return size < GC_OBJECT_MIN_BYTES ? GC_OBJECT_MIN_BYTES : size;
}

static inline size_t gc_header_size(uint64_t header)
{
    return gc_size(gc_header_slots(header), gc_header_bytes(header));
}

/* Slots below this one are weak, and are not traced: they are left to allocators/specials.h. */
static inline uint32_t gc_first_strong(uint64_t header)
{
    return gc_header_kind(header) & GC_KIND_MASK;
}

static inline void *gc_object_data(struct gc_object *object)
{
    return &object->slot[gc_header_slots(object->header)];
}

/* Makes the object at p: the slots are cleared, the data is not. */
static inline struct gc_object *gc_object_make(void *p, uint32_t kind, uint32_t slots, uint32_t bytes)
{
    struct gc_object *const object = p;
    object->header = gc_header(kind, slots, bytes);
    for (uint32_t i = 0; i < slots; i++)
        object->slot[i] = NULL;
    return object;
}

#endif
