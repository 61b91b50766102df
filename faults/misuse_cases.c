#include "faults/misuse.h"

#include <string.h>

const struct ht_misuse_case ht_misuse_cases[] = {
#define X(id, name, group, sizes, needs, summary)                                                            \
    {name, summary, HT_MISUSE_##group, HT_MISUSE_##sizes, needs},
    HT_MISUSE_CASES(X)
#undef X
};

const unsigned ht_misuse_case_count = sizeof ht_misuse_cases / sizeof ht_misuse_cases[0];

const char *ht_misuse_group_word(enum ht_misuse_group group)
{
    static const char *const words[] = {
#define X(id, word) word,
        HT_MISUSE_GROUPS(X)
#undef X
    };
    return words[group];
}

int ht_misuse_find_case(const char *name)
{
    for (unsigned i = 0; i < ht_misuse_case_count; i++)
        if (!strcmp(ht_misuse_cases[i].name, name))
            return (int)i;
    return -1;
}
