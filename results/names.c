#include "results/names.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

enum { BLOCK_BYTES = 64 << 10, FIRST_SLOTS = 256 };

struct ht_names_block {
    struct ht_names_block *next;
    size_t used, room;
    char text[];
};

struct ht_names_slot {
    XXH64_hash_t hash;
    const char *word; /* NULL: free */
};

static struct ht_names_slot *slot_of(const struct ht_names *names, XXH64_hash_t hash, const char *text,
                                     size_t bytes)
{
    const size_t mask = names->slots - 1;
    for (size_t i = (size_t)hash & mask;; i = (i + 1) & mask) {
        struct ht_names_slot *const s = &names->slot[i];
        if (!s->word || (s->hash == hash && !strncmp(s->word, text, bytes) && !s->word[bytes]))
            return s;
    }
}

static int grow(struct ht_names *names)
{
    const struct ht_names old = *names;
    names->slots = old.slots ? 2 * old.slots : FIRST_SLOTS;
    names->slot = calloc(names->slots, sizeof *names->slot);
    if (!names->slot) {
        *names = old;
        return -1;
    }
    for (size_t i = 0; i < old.slots; i++)
        if (old.slot[i].word)
            *slot_of(names, old.slot[i].hash, old.slot[i].word, strlen(old.slot[i].word)) = old.slot[i];
    free(old.slot);
    return 0;
}

/* A copy of the word in the newest block, or in a new one. */
static const char *keep(struct ht_names *names, const char *text, size_t bytes)
{
    struct ht_names_block *b = names->blocks;
    if (!b || b->room - b->used < bytes + 1) {
        const size_t room = bytes + 1 > BLOCK_BYTES ? bytes + 1 : BLOCK_BYTES;
        b = malloc(sizeof *b + room);
        if (!b)
            return NULL;
        *b = (struct ht_names_block){.next = names->blocks, .room = room};
        names->blocks = b;
    }
    char *const word = b->text + b->used;
    memcpy(word, text, bytes);
    word[bytes] = '\0';
    b->used += bytes + 1;
    return word;
}

const char *ht_names_intern(struct ht_names *names, const char *text, size_t bytes)
{
    if (!bytes)
        return "";
    if (names->count >= names->slots / 2 && grow(names))
        return NULL;
    const XXH64_hash_t hash = XXH3_64bits(text, bytes);
    struct ht_names_slot *const slot = slot_of(names, hash, text, bytes);
    if (!slot->word) {
        slot->word = keep(names, text, bytes);
        slot->hash = hash;
        names->count += slot->word != NULL;
    }
    return slot->word;
}

void ht_names_free(struct ht_names *names)
{
    for (struct ht_names_block *next, *b = names->blocks; b; b = next) {
        next = b->next;
        free(b);
    }
    free(names->slot);
    *names = (struct ht_names){0};
}
