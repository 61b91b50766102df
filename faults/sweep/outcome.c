#include "faults/sweep/outcome.h"

#include <string.h>

static const struct {
    const char *word, *meaning;
    bool is_bad;
} outcomes[] = {
#define X(id, name, bad, what) {.word = name, .meaning = what, .is_bad = bad},
    HT_SWEEP_OUTCOMES(X)
#undef X
};

const char *ht_sweep_outcome_word(enum ht_sweep_outcome outcome)
{
    return outcomes[outcome].word;
}

const char *ht_sweep_outcome_meaning(enum ht_sweep_outcome outcome)
{
    return outcomes[outcome].meaning;
}

bool ht_sweep_outcome_is_bad(enum ht_sweep_outcome outcome)
{
    return outcomes[outcome].is_bad;
}

enum ht_sweep_outcome ht_sweep_outcome_of(const char *word)
{
    unsigned i = 0;
    while (i < HT_SWEEP_OUTCOME_COUNT && strcmp(outcomes[i].word, word))
        i++;
    return (enum ht_sweep_outcome)i;
}
