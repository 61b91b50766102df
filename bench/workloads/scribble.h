/* The work of Hoard's cache-scratch and cache-thrash (Berger et al., ASPLOS 2000): each byte of a tiny object
 * is written and read many times. Where the objects of two threads share a cache line, that is slow. */
#ifndef HT_BENCH_WORKLOADS_SCRIBBLE_H
#define HT_BENCH_WORKLOADS_SCRIBBLE_H

#include "bench/subject.h"

/* Writes and reads every byte `times` times. Volatile, so that each write goes to the cache. A byte that does
 * not read as it was written ends the cell. */
static inline void scribble(unsigned char *object, size_t bytes, uint64_t times)
{
    volatile unsigned char *const byte = object;
    unsigned char different = 0;
    for (uint64_t t = 0; t < times; t++)
        for (size_t i = 0; i < bytes; i++) {
            byte[i] = (unsigned char)t;
            different |= (unsigned char)(byte[i] ^ t);
        }
    ht_judge(!different, object, bytes);
}

/* One life of an object: made, scribbled on, freed. */
static inline void scribble_once(struct ht_worker *w, size_t bytes, uint64_t times)
{
    unsigned char *const object = ht_alloc(w, bytes);
    scribble(object, bytes, times);
    ht_stamp(w, object, bytes);
    ht_drop(w, object, bytes);
}

#endif
