/* How a cell ended. The outcome of the thing under test is data, not an error of the tool. */
#ifndef HT_BASE_OUTCOME_H
#define HT_BASE_OUTCOME_H

/* X(id, word, meaning): the words stand in rows.csv. */
#define HT_OUTCOMES(X)                                                                                       \
    X(HT_OK, "ok", "ran to the end and verified itself")                                                     \
    X(HT_UNSUPPORTED, "unsupported", "the strategy can't do what the workload needs, or is not installed")   \
    X(HT_OOM, "oom", "the strategy said that memory ran out")                                                \
    X(HT_CORRUPT, "corrupt",                                                                                 \
      "a stamp was wrong, a heap walk failed, or the strategy aborted and spoke of damage")                  \
    X(HT_CRASH, "crash", "killed by a signal, an abort for want of memory too")                              \
    X(HT_HANG, "hang", "did not end before the timeout, and was killed")                                     \
    X(HT_LEAK, "leak", "objects that nobody can reach were still held at the end")                           \
    X(HT_ERROR, "error", "the cell could not be run; says nothing about the strategy")

enum ht_outcome {
#define X(id, word, meaning) id,
    HT_OUTCOMES(X)
#undef X
};

/* The word of an outcome; a constant string. */
static inline const char *ht_outcome_word(enum ht_outcome outcome)
{
    static const char *const words[] = {
#define X(id, word, meaning) word,
        HT_OUTCOMES(X)
#undef X
    };
    return words[outcome];
}

#endif
