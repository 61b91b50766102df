#include "results/gate.h"

const char *ht_gate_tier_word(enum ht_gate_tier tier)
{
    static const char *const words[] = {
#define X(id, word) word,
        HT_GATE_TIERS_LIST(X)
#undef X
    };
    return words[tier];
}

const char *ht_gate_verdict_word(enum ht_gate_verdict verdict)
{
    static const char *const words[] = {
#define X(id, word) word,
        HT_GATE_VERDICTS_LIST(X)
#undef X
    };
    return words[verdict];
}
