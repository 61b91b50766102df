/* What a cell is run for. */
#ifndef HT_BENCH_PASS_H
#define HT_BENCH_PASS_H

#include <stdbool.h>

/* X(id, word, meaning) */
#define HT_PASSES(X)                                                                                         \
    X(HT_PASS_THROUGHPUT, "throughput", "the time of a window; nothing of the harness in the loop")          \
    X(HT_PASS_LATENCY, "latency", "the time of each operation")                                              \
    X(HT_PASS_MEMORY, "memory", "live, usable, mapped and resident bytes over time")                         \
    X(HT_PASS_PAUSES, "pauses", "every pause of a collector, with start, end and kind")                      \
    X(HT_PASS_HEAP, "heap", "the smallest heap limit that a collector gets by with, by bisection")           \
    X(HT_PASS_GARBAGE, "garbage", "dead bytes that a collector holds, by the shadow graph of verify mode")   \
    X(HT_PASS_INSTRUCTIONS, "instructions", "instructions by callgrind: they repeat where times do not")    \
    X(HT_PASS_FAULTS, "faults", "how the strategy comes through failures that --fault injects")

enum ht_pass {
#define X(id, word, meaning) id,
    HT_PASSES(X)
#undef X
        HT_PASS_COUNT
};

/* True when it makes sense for collectors only. */
static inline bool ht_pass_is_collectors(enum ht_pass pass)
{
    return pass == HT_PASS_PAUSES || pass == HT_PASS_HEAP || pass == HT_PASS_GARBAGE;
}

/* The word of a pass; a constant string. */
const char *ht_pass_word(enum ht_pass pass);

/* The pass called `word`, or -1. */
int ht_pass_find(const char *word);

#endif
