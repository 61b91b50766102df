/* The buffer of MicroQuill's sh6bench and sh8bench. It is filled from the bottom; when it is full, a window
 * of a fifth moves up by its own length, what is below the window is freed first-in first-out, what is above
 * last-in first-out, and the freed slots are filled again. */
#ifndef HT_BENCH_WORKLOADS_WINDOW_H
#define HT_BENCH_WORKLOADS_WINDOW_H

#include "bench/workloads/slot.h"

enum { WINDOW_SHARE = 5 };

struct window {
    struct slot *slot;
    size_t slots;
    size_t at;        /* the next slot to fill; `slots`: the buffer is full */
    size_t keep, end; /* the window: slots [keep, end) survive a turn */
};

static inline void window_put(struct ht_worker *w, struct window *b, size_t bytes)
{
    slot_make(w, &b->slot[b->at++], bytes);
    if (b->at == b->keep)
        b->at = b->end;
}

/* The full buffer: moves the window and frees the rest. Returns how many were freed. */
static inline uint64_t window_turn(struct ht_worker *w, struct window *b)
{
    b->keep = b->end < b->slots ? b->end : 0;
    b->end = b->keep + b->slots / WINDOW_SHARE;
    if (b->end > b->slots)
        b->end = b->slots;
    for (size_t i = 0; i < b->keep; i++)
        slot_drop(w, &b->slot[i]);
    for (size_t i = b->slots; i-- > b->end;)
        slot_drop(w, &b->slot[i]);
    b->at = b->keep ? 0 : b->end;
    return b->slots - (b->end - b->keep);
}

/* Frees all of a full buffer. */
static inline void window_close(struct ht_worker *w, struct window *b)
{
    for (size_t i = 0; i < b->slots; i++)
        slot_drop(w, &b->slot[i]);
}

#endif
