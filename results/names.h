/* Interned words: equal words are one pointer, so that rows are compared and indexed by pointer, and 100,000
 * rows hold each word once.
 *
 * Zeroed memory is an empty set. The words live until ht_names_free. */
#ifndef HT_RESULTS_NAMES_H
#define HT_RESULTS_NAMES_H

#include <stddef.h>

struct ht_names_block;
struct ht_names_slot;

struct ht_names {
    struct ht_names_block *blocks;
    struct ht_names_slot *slot;
    size_t count, slots;
};

/* The word of `bytes` at `text`, which holds no NUL byte. NULL when memory ran out. */
const char *ht_names_intern(struct ht_names *names, const char *text, size_t bytes);

void ht_names_free(struct ht_names *names);

#endif
