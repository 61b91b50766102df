#include "allocators/linear.h"

#include <stdio.h>

void gc_linear_each(char *from, const char *to, gc_visitor *visit, void *context)
{
    for (char *at = from; at < to;) {
        struct gc_object *const object = (struct gc_object *)at;
        const uint64_t h = object->header;
        visit(context, gc_header_kind(h), gc_header_slots(h), gc_header_bytes(h), gc_object_data(object));
        at += gc_header_size(h);
    }
}

size_t gc_linear_map_bytes(size_t bytes)
{
    return (bytes / 64 + HT_PAGE_BYTES) & -(size_t)HT_PAGE_BYTES;
}

static int note_starts(const char *from, const char *to, uint64_t *starts, char why[160])
{
    for (const char *at = from; at < to;) {
        const uint64_t header = ((const struct gc_object *)at)->header;
        const size_t i = (size_t)(at - from) / 8, size = gc_header_size(header);
        if (!(header & 1) || size > (size_t)(to - at)) {
            snprintf(why, 160, "the object at %p has the header %#lx", (const void *)at,
                     (unsigned long)header);
            return -EUCLEAN;
        }
        starts[i / 64] |= (uint64_t)1 << i % 64;
        at += size;
    }
    return 0;
}

struct map {
    const char *from, *to;
    const uint64_t *starts;
};

static int check_reference(const struct map *map, const void *at, const void *target, char why[160])
{
    const size_t offset = (uintptr_t)target - (uintptr_t)map->from, i = offset / 8;
    if (!target ||
        (offset < (size_t)(map->to - map->from) && offset % 8 == 0 && map->starts[i / 64] >> i % 64 & 1))
        return 0;
    snprintf(why, 160, "what stands at %p refers to %p, where no object is", at, target);
    return -EUCLEAN;
}

int gc_linear_verify(char *from, const char *to, const struct gc_roots *roots, uint64_t *starts,
                     char why[160])
{
    const struct map map = {from, to, starts};
    int error = note_starts(from, to, starts, why);
    for (char *at = from; at < to && !error;) {
        struct gc_object *const object = (struct gc_object *)at;
        for (uint32_t i = 0; i < gc_header_slots(object->header) && !error; i++)
            error = check_reference(&map, &object->slot[i], object->slot[i], why);
        at += gc_header_size(object->header);
    }
    for (const struct gc_root *r = roots ? roots->base : NULL; roots && r < roots->top && !error; r++)
        error = check_reference(&map, r, r->object, why);
    return error;
}
