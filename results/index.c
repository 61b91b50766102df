#include "results/index.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"

enum { FIRST_SLOTS = 64 };

static size_t hash(const struct ht_index_key *key)
{
    uint64_t h = 0;
    for (int i = 0; i < HT_INDEX_WORDS; i++)
        h = ht_mix64(h ^ key->word[i]);
    return (size_t)h;
}

/* The slot that holds `key`, or the free one where it belongs. */
static uint32_t *slot_of(const struct ht_index *index, const struct ht_index_key *key)
{
    const size_t mask = index->slots - 1;
    for (size_t i = hash(key) & mask;; i = (i + 1) & mask) {
        uint32_t *const slot = &index->slot[i];
        if (!*slot || !memcmp(&index->key[*slot - 1], key, sizeof *key))
            return slot;
    }
}

/* Doubles the slots; at most half of them are ever taken. */
static int grow(struct ht_index *index)
{
    const size_t slots = index->slots ? 2 * index->slots : FIRST_SLOTS;
    struct ht_index_key *const key = realloc(index->key, slots / 2 * sizeof *key);
    if (!key)
        return -ENOMEM;
    index->key = key;
    uint32_t *const slot = calloc(slots, sizeof *slot);
    if (!slot)
        return -ENOMEM;
    free(index->slot);
    index->slot = slot;
    index->slots = slots;
    for (size_t i = 0; i < index->count; i++)
        *slot_of(index, &key[i]) = (uint32_t)i + 1;
    return 0;
}

int ht_index_add(struct ht_index *index, struct ht_index_key key, size_t *number)
{
    if (index->count >= index->slots / 2) {
        const int error = grow(index);
        if (error)
            return error;
    }
    uint32_t *const slot = slot_of(index, &key);
    if (!*slot) {
        index->key[index->count++] = key;
        *slot = (uint32_t)index->count;
    }
    *number = *slot - 1;
    return 0;
}

size_t ht_index_find(const struct ht_index *index, struct ht_index_key key)
{
    if (!index->count)
        return HT_INDEX_NONE;
    const uint32_t number = *slot_of(index, &key);
    return number ? number - 1 : HT_INDEX_NONE;
}

void ht_index_free(struct ht_index *index)
{
    free(index->key);
    free(index->slot);
    *index = (struct ht_index){0};
}
