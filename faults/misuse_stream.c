#include <string.h>

#include "base/rng.h"
#include "faults/misuse/case.h"
#include "faults/misuse_program.h"

enum { SLOTS = 64, SMALL = 512 };

struct slot {
    unsigned char *object;
    size_t bytes;
    unsigned char stamp;
};

/* The two ends: whoever else has the object writes them, too. */
static void stamp(const struct slot *s)
{
    const size_t end = s->bytes < 64 ? s->bytes : 64;
    fill(s->object, end, s->stamp);
    fill(s->object + s->bytes - end, end, s->stamp);
}

static bool is_whole(const struct slot *s)
{
    const size_t end = s->bytes < 64 ? s->bytes : 64;
    return is_filled(s->object, end, s->stamp) && is_filled(s->object + s->bytes - end, end, s->stamp);
}

static void take(struct slot *s, size_t bytes, unsigned char value)
{
    *s = (struct slot){subject_alloc(bytes), bytes, value};
    if (s->object)
        stamp(s);
}

static void give(struct slot *s)
{
    if (!is_whole(s))
        attacker_wins("a later object of another owner has changed");
    subject_free(s->object, s->bytes);
    s->object = NULL;
}

void ht_misuse_stream(uint64_t seed, size_t bytes)
{
    struct ht_rng rng = ht_rng_open(seed, 1);
    struct slot slot[SLOTS] = {{0}};
    const size_t most = ht_subject_max_bytes() < SMALL ? ht_subject_max_bytes() : SMALL;
    for (unsigned op = 0; op < HT_MISUSE_STREAM_OPS; op++) {
        struct slot *const s = &slot[ht_rng_below(&rng, SLOTS)];
        const size_t drawn = ht_rng_between(&rng, 8, most + 1);
        const bool is_like_the_case = ht_rng_below(&rng, 4) == 0;
        if (s->object)
            give(s);
        else
            take(s, is_like_the_case ? bytes : drawn, (unsigned char)(op | 1));
    }
    for (int i = 0; i < SLOTS; i++)
        if (slot[i].object)
            give(&slot[i]);
}
