/* What became of a program when a call failed. */
#ifndef HT_FAULTS_SWEEP_OUTCOME_H
#define HT_FAULTS_SWEEP_OUTCOME_H

#include <stdbool.h>

/* X(id, word, is_bad, meaning): worst first. */
#define HT_SWEEP_OUTCOMES(X)                                                                                 \
    X(HT_SWEEP_CRASH, "crash", true, "ended by a signal that says the program is wrong")                     \
    X(HT_SWEEP_CORRUPT, "corrupt", true, "the allocator or a sanitizer found the heap damaged, and aborted") \
    X(HT_SWEEP_HANG, "hang", true, "did not end, and was killed")                                            \
    X(HT_SWEEP_DATA_LOSS, "data-loss", true, "the command of --check failed afterwards")                     \
    X(HT_SWEEP_SILENT_WRONG, "silent-wrong", true,                                                           \
      "the usual exit status, but other output or files; or success where there is none")                    \
    X(HT_SWEEP_LEAK, "leak", true, "went on, and lost blocks that it does not lose otherwise")               \
    X(HT_SWEEP_ABORT, "abort", false, "aborted by design")                                                   \
    X(HT_SWEEP_NO_MESSAGE, "no-message", false, "another exit status, and not a word on stderr")             \
    X(HT_SWEEP_CLEAN, "clean", false, "an error, and said so")                                               \
    X(HT_SWEEP_TOLERATED, "tolerated", false, "the same output, exit status and files")                      \
    X(HT_SWEEP_UNSTABLE, "unstable", false, "not the same from run to run: nothing can be said")             \
    X(HT_SWEEP_DID_NOT_FIRE, "did-not-fire", false, "ended before this call was made")

enum ht_sweep_outcome {
#define X(id, word, is_bad, meaning) id,
    HT_SWEEP_OUTCOMES(X)
#undef X
        HT_SWEEP_OUTCOME_COUNT
};

/* The word of an outcome, a constant string; and the outcome of a word, HT_SWEEP_OUTCOME_COUNT when it is none. */
const char *ht_sweep_outcome_word(enum ht_sweep_outcome outcome);
enum ht_sweep_outcome ht_sweep_outcome_of(const char *word);
const char *ht_sweep_outcome_meaning(enum ht_sweep_outcome outcome);

/* A finding: nobody wants this. */
bool ht_sweep_outcome_is_bad(enum ht_sweep_outcome outcome);

#endif
