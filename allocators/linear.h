/* Objects that lie side by side in [from, to): to walk them, and to check what refers to them. */
#ifndef HT_ALLOCATORS_LINEAR_H
#define HT_ALLOCATORS_LINEAR_H

#include "allocators/object.h"
#include "allocators/roots.h"

void gc_linear_each(char *from, const char *to, gc_visitor *visit, void *context);

/* Bytes of a map with one bit for each 8 bytes, whole pages. */
size_t gc_linear_map_bytes(size_t bytes);

/* Every header is one, and every reference of an object, or of `roots` if there are any, leads to the start of
 * an object; 0, or -EUCLEAN with the reason. `starts` is cleared, of gc_linear_map_bytes(to - from) at least, and
 * says afterwards where objects start. */
int gc_linear_verify(char *from, const char *to, const struct gc_roots *roots, uint64_t *starts,
                     char why[160]);

#endif
