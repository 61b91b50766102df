/* A hash index: tuples of words to dense numbers 0, 1, 2..., in the order of first appearance. What is known
 * of number i stands in the caller's own array at i.
 *
 * Zeroed memory is an empty index. It owns its memory until ht_index_free. */
#ifndef HT_RESULTS_INDEX_H
#define HT_RESULTS_INDEX_H

#include <stddef.h>
#include <stdint.h>

enum { HT_INDEX_WORDS = 5 };

#define HT_INDEX_NONE SIZE_MAX

struct ht_index_key {
    uint64_t word[HT_INDEX_WORDS];
};

struct ht_index {
    struct ht_index_key *key; /* by number */
    uint32_t *slot;           /* number + 1; 0 is free */
    size_t count, slots;
};

/* The number of `key`, which is given one if it has none. 0 or -ENOMEM. */
int ht_index_add(struct ht_index *index, struct ht_index_key key, size_t *number);

/* The number of `key`, or HT_INDEX_NONE. */
size_t ht_index_find(const struct ht_index *index, struct ht_index_key key);

void ht_index_free(struct ht_index *index);

#endif
