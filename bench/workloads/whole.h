/* Objects that are written and read in full, where the original does so: the stamp stands in every byte. */
#ifndef HT_BENCH_WORKLOADS_WHOLE_H
#define HT_BENCH_WORKLOADS_WHOLE_H

#include <string.h>

#include "bench/workloads/slot.h"

static inline void whole_make(struct ht_worker *w, struct slot *s, size_t bytes)
{
    *s = (struct slot){.p = ht_alloc(w, bytes), .bytes = bytes};
    memset(s->p, ht_stamp_byte(s->p, bytes), bytes);
}

/* True when every one of `bytes` at `p` is `stamp`. Reads them all, right or wrong, a word at a time. */
static inline bool whole_is(const unsigned char *p, unsigned char stamp, size_t bytes)
{
    const uint64_t stamps = stamp * 0x0101010101010101u;
    uint64_t different = 0, word;
    size_t i = 0;
    for (; i + sizeof word <= bytes; i += sizeof word) {
        memcpy(&word, p + i, sizeof word);
        different |= word ^ stamps;
    }
    for (; i < bytes; i++)
        different |= p[i] ^ stamp;
    return !different;
}

static inline void whole_drop(struct ht_worker *w, const struct slot *s)
{
    ht_judge(whole_is(s->p, ht_stamp_byte(s->p, s->bytes), s->bytes), s->p, s->bytes);
    ht_free(w, s->p, s->bytes);
}

#endif
