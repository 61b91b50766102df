/* Where the collectors' memory comes from: pages under the heap limit, and tables of words that grow in them.
 * Each request names its site, so that a failure can be injected there and nowhere else.
 *
 * A budget belongs to a heap. Its functions may be called from any thread. */
#ifndef HT_ALLOCATORS_BUDGET_H
#define HT_ALLOCATORS_BUDGET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* X(id, word, meaning) */
#define GC_SITES(X)                                                                                          \
    X(GC_SITE_HEAP, "heap", "space for objects")                                                             \
    X(GC_SITE_MARK_STACK, "mark-stack", "the mark stack")                                                    \
    X(GC_SITE_REMEMBERED, "remembered-set", "what write barriers remember")                                  \
    X(GC_SITE_ROOT_BUFFER, "root-buffer", "candidates for a cycle, and counts at zero")                      \
    X(GC_SITE_WEAK, "weak-table", "weak references and ephemerons")                                          \
    X(GC_SITE_FINALIZER, "finalizer-table", "objects with finalizers, and those that wait for theirs")       \
    X(GC_SITE_COPY_RESERVE, "copy-reserve", "where objects are moved to")

enum gc_site {
#define X(id, word, meaning) id,
    GC_SITES(X)
#undef X
        GC_SITE_COUNT
};

struct gc_budget {
    uint64_t limit; /* bytes; 0: none */
    _Atomic uint64_t held, peak;
};

/* Zeroed memory of `bytes`, a multiple of HT_PAGE_BYTES, at a multiple of `alignment`. NULL when that would pass
 * the limit, when the system has no more, or when a failure is injected. Given back whole, or a few
 * pages after the other. */
void *gc_budget_map(struct gc_budget *budget, enum gc_site site, size_t bytes, size_t alignment);
void gc_budget_unmap(struct gc_budget *budget, void *p, size_t bytes);

/* For memory that is counted by hand (another library's): false when it would pass the limit. */
bool gc_budget_take(struct gc_budget *budget, enum gc_site site, size_t bytes);
void gc_budget_give(struct gc_budget *budget, size_t bytes);

/* When set, each request asks it first and fails where it answers true: the hook of fault injection. */
extern bool (*gc_budget_fail)(enum gc_site site, size_t bytes);

/* A table of words that doubles. Zeroed, it is empty. It may be shrunk by lowering `count`. */
struct gc_table {
    uintptr_t *word;
    size_t count, room;
};

/* Room for one more than `count`; 0, or -ENOMEM with the table as it was. */
int gc_table_grow(struct gc_table *table, struct gc_budget *budget, enum gc_site site);
void gc_table_close(struct gc_table *table, struct gc_budget *budget);

/* Appends; 0, or -ENOMEM with the table as it was. */
static inline int gc_table_add(struct gc_table *table, struct gc_budget *budget, enum gc_site site,
                               uintptr_t word)
{
    if (__builtin_expect(table->count == table->room, 0)) {
        const int error = gc_table_grow(table, budget, site);
        if (error)
            return error;
    }
    table->word[table->count++] = word;
    return 0;
}

#endif
