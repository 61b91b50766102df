/* The one source of page memory of our own strategies. It counts what is mapped, and it is the one place
 * where a failure of the system's memory can be injected.
 *
 * All functions are thread-safe. */
#ifndef HT_ALLOCATORS_PAGES_H
#define HT_ALLOCATORS_PAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HT_PAGE_BYTES = 4096 };

/* Zeroed memory of `bytes` (a multiple of the page size) whose address is a multiple of `alignment` (a power
 * of two). NULL when the system has no more. Pages become resident when they are touched. The caller owns it
 * and gives it back with ht_pages_unmap: all of it, or any whole pages of it. */
void *ht_pages_map(size_t bytes, size_t alignment);
void ht_pages_unmap(void *p, size_t bytes);

/* The same memory with `new_bytes`, elsewhere if it must be; what is new reads as zero. NULL when the system has
 * no more, and then nothing changed. Both sizes are multiples of the page size, and so is the alignment. */
void *ht_pages_resize(void *p, size_t old_bytes, size_t new_bytes);

/* Gives the memory behind [p, p + bytes) back to the system and keeps the addresses: what was in it reads
 * as zero. Still counted as mapped. */
void ht_pages_discard(void *p, size_t bytes);

struct ht_pages_stats {
    uint64_t mapped, mapped_peak; /* bytes */
    uint64_t calls;               /* ht_pages_map and ht_pages_resize, refused ones included */
};

struct ht_pages_stats ht_pages_stats(void);

/* When set, ht_pages_map, and ht_pages_resize that grows, ask it first and return NULL where it answers true:
 * the hook of fault injection.
 * Set it before the heap is opened. */
extern bool (*ht_pages_fail)(size_t bytes);

#endif
