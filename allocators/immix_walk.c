#include <errno.h>
#include <stdio.h>

#include "allocators/immix_own.h"

/* What is called for each object; anything but 0 ends the walk. */
typedef int gc_immix_visitor(void *context, struct gc_object *object, size_t room);

static int walk_marked(struct gc_heap *heap, size_t b, gc_immix_visitor *visit, void *context)
{
    char *const start = gc_block_start(heap, b);
    for (size_t i = 0; i < GC_BLOCK_WORDS; i++)
        for (uint64_t bits = heap->bits[b * GC_BLOCK_WORDS + i]; bits; bits &= bits - 1) {
            const size_t offset = i * 512 + (size_t)__builtin_ctzll(bits) * 8;
            const int error = visit(context, (struct gc_object *)(start + offset), GC_BLOCK_BYTES - offset);
            if (error)
                return error;
        }
    return 0;
}

static int walk_hole(char *at, const char *end, gc_immix_visitor *visit, void *context)
{
    while (at < end) {
        struct gc_object *const object = (struct gc_object *)at;
        const uint64_t header = object->header;
        const int error = header & GC_FILLER ? 0 : visit(context, object, (size_t)(end - at));
        if (error)
            return error;
        at += header & GC_FILLER ? gc_filler_size(header) : gc_header_size(header);
    }
    return 0;
}

static int walk_block(struct gc_heap *heap, size_t b, gc_immix_visitor *visit, void *context)
{
    const struct gc_block *const block = &heap->block[b];
    char *const start = gc_block_start(heap, b);
    if (block->state != GC_BLOCK_USED)
        return 0;
    int error = walk_marked(heap, b, visit, context);
    for (size_t line = 0; line < GC_BLOCK_LINES && !error; line++)
        if (gc_line_bit(block->opened, line))
            error = walk_hole(start + line * GC_LINE_BYTES,
                              start + gc_line_find(block->used, line, true) * GC_LINE_BYTES, visit, context);
    return error;
}

static int walk(struct gc_heap *heap, gc_immix_visitor *visit, void *context)
{
    int error = 0;
    gc_hole_fill(&heap->hole);
    gc_hole_fill(&heap->over);
    for (size_t b = 0; b < heap->blocks && !error; b++)
        error = walk_block(heap, b, visit, context);
    for (struct gc_large *large = heap->large; large && !error; large = large->next)
        error = visit(context, large->object, large->bytes - sizeof *large);
    return error;
}

struct each {
    gc_visitor *visit;
    void *context;
};

static int visit_each(void *context, struct gc_object *object, size_t room)
{
    const struct each *const each = context;
    const uint64_t h = object->header;
    (void)room;
    each->visit(each->context, gc_header_kind(h), gc_header_slots(h), gc_header_bytes(h),
                gc_object_data(object));
    return 0;
}

void gc_immix_each(struct gc_heap *heap, gc_visitor *visit, void *context)
{
    struct each each = {visit, context};
    walk(heap, visit_each, &each);
}

/* ---- verify ------------------------------------------------------------------------------------------------- */

/* Where objects start: a set of addresses, from outside the heap and its limit. */
struct starts {
    struct gc_heap *heap;
    const struct gc_object **set;
    size_t room, count; /* a power of two, less than half of which is used */
    char *why;
};

static size_t place_of(const struct starts *starts, const struct gc_object *object)
{
    size_t i = ((uintptr_t)object >> 3) * 0x9e3779b97f4a7c15u >> 20 & (starts->room - 1);
    while (starts->set[i] && starts->set[i] != object)
        i = (i + 1) & (starts->room - 1);
    return i;
}

static int count_object(void *context, struct gc_object *object, size_t room)
{
    struct starts *const starts = context;
    const size_t size = gc_header_size(object->header);
    starts->count++;
    if (object->header & 1 && !(object->header >> GC_OWN_SHIFT) && size <= room)
        return 0;
    snprintf(starts->why, 160, "the object at %p has the header %#lx", (void *)object,
             (unsigned long)object->header);
    return -EUCLEAN;
}

/* All lines of an object that survived are used. */
static int check_lines(const struct starts *starts, const struct gc_object *object)
{
    const struct gc_heap *const heap = starts->heap;
    const size_t offset = (uintptr_t)object - (uintptr_t)heap->space, size = gc_header_size(object->header);
    if (gc_is_large(heap, object) || !(heap->bits[offset / 512] >> offset / 8 % 64 & 1))
        return 0;
    const size_t in_block = offset % GC_BLOCK_BYTES;
    for (size_t line = in_block / GC_LINE_BYTES; line <= (in_block + size - 1) / GC_LINE_BYTES; line++)
        if (!gc_line_bit(heap->block[offset / GC_BLOCK_BYTES].used, line)) {
            snprintf(starts->why, 160, "the object at %p stands in a free line", (const void *)object);
            return -EUCLEAN;
        }
    return 0;
}

static int add_start(void *context, struct gc_object *object, size_t room)
{
    struct starts *const starts = context;
    (void)room;
    starts->set[place_of(starts, object)] = object;
    return check_lines(starts, object);
}

static int check_reference(const struct starts *starts, const void *at, const struct gc_object *to)
{
    if (!to || starts->set[place_of(starts, to)])
        return 0;
    snprintf(starts->why, 160, "what stands at %p refers to %p, where no object is", at, (const void *)to);
    return -EUCLEAN;
}

static int check_references(void *context, struct gc_object *object, size_t room)
{
    int error = 0;
    (void)room;
    for (uint32_t i = 0; i < gc_header_slots(object->header) && !error; i++)
        error = check_reference(context, &object->slot[i], object->slot[i]);
    return error;
}

int gc_immix_verify(struct gc_heap *heap, char why[160])
{
    struct starts starts = {.heap = heap, .room = HT_PAGE_BYTES, .why = why};
    int error = walk(heap, count_object, &starts);
    while (starts.room <= 2 * starts.count)
        starts.room *= 2;
    const size_t bytes = starts.room * sizeof *starts.set;
    if (error || !(starts.set = ht_pages_map(bytes, HT_PAGE_BYTES)))
        return error; /* no memory to look: nothing was found */
    error = walk(heap, add_start, &starts);
    if (!error)
        error = walk(heap, check_references, &starts);
    if (heap->mutator)
        for (const struct gc_root *r = heap->mutator->roots.base; r < heap->mutator->roots.top && !error; r++)
            error = check_reference(&starts, r, r->object);
    ht_pages_unmap(starts.set, bytes);
    return error;
}
