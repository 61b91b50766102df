/* The data of an object as a workload writes and checks it: whole words, one at least, of which the first and the
 * last hold the object's id, and in verify mode all. Ids are not 0, so that cleared memory is no object. */
#ifndef HT_BENCH_MUTATORS_STAMP_H
#define HT_BENCH_MUTATORS_STAMP_H

#include "bench/mutator.h"

static inline bool is_verified(const struct ht_worker *w)
{
#ifdef HT_PROBED
    return w->job->verify;
#else
    (void)w;
    return false;
#endif
}

static inline void stamp(struct ht_worker *w, const struct gc_root *object, uint32_t bytes, uint64_t id)
{
    uint64_t *const word = ht_data(w, object);
    const uint32_t last = bytes / sizeof *word - 1;
    word[0] = word[last] = id;
    if (is_verified(w))
        for (uint32_t i = 1; i < last; i++)
            word[i] = id;
}

/* The id of an object that is whole. */
static inline uint64_t stamp_of(struct ht_worker *w, const struct gc_root *object, uint32_t bytes)
{
    const uint64_t *const word = ht_data(w, object), id = word[0];
    const uint32_t last = bytes / sizeof *word - 1;
    bool whole = id && word[last] == id;
    if (is_verified(w))
        for (uint32_t i = 1; i < last; i++)
            whole &= word[i] == id;
    ht_expect(whole, "an object does not hold what was written to it");
    return id;
}

static inline void check_stamp(struct ht_worker *w, const struct gc_root *object, uint32_t bytes, uint64_t id)
{
    ht_expect(stamp_of(w, object, bytes) == id, "an object is another than was stored here");
}

static inline void new_stamped(struct ht_worker *w, struct gc_root *dst, uint32_t slots, uint32_t bytes,
                               uint64_t id)
{
    ht_new(w, dst, slots, bytes);
    stamp(w, dst, bytes, id);
}

/* Loads what must be there. */
static inline void load_full(struct ht_worker *w, struct gc_root *dst, const struct gc_root *object,
                             uint32_t i)
{
    ht_load(w, dst, object, i);
    ht_expect(!gc_is_empty(dst), "a slot is empty that was not");
}

/* object.slot[i] = empty */
static inline void store_nothing(struct ht_worker *w, const struct gc_root *object, uint32_t i)
{
    ht_store(w, object, i, &gc_nothing);
}

#endif
