#include "bench/pass.h"

#include <string.h>

static const char *const words[] = {
#define X(id, word, meaning) word,
    HT_PASSES(X)
#undef X
};

const char *ht_pass_word(enum ht_pass pass)
{
    return words[pass];
}

int ht_pass_find(const char *word)
{
    for (int i = 0; i < HT_PASS_COUNT; i++)
        if (!strcmp(words[i], word))
            return i;
    return -1;
}
