#include "faults/faulty_sites.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/nearest.h"

static const char *const words[] = {
    "pages",
#define X(id, word, meaning) word,
    GC_SITES(X)
#undef X
        "raw",
    "mem",
    "obj",
};

enum { WORDS = sizeof words / sizeof *words };

_Static_assert(WORDS == 1 + GC_SITE_COUNT + HT_CPYTHON_DOMAINS, "a word for each site");

static int refuse(const char *word, char why[256])
{
    const char *const nearest = ht_nearest(word, words, WORDS);
    size_t used =
        (size_t)snprintf(why, 256, "no site of a strategy is called '%.63s'%s%s%s; there are", word,
                         nearest ? ": did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
    for (size_t i = 0; i < WORDS && used < 256; i++)
        used += (size_t)snprintf(why + used, 256 - used, "%s%s", i ? ", " : " ", words[i]);
    return -EINVAL;
}

int ht_site_find(const char *word, struct ht_site *site, char why[256])
{
    unsigned i = 0;
    while (i < WORDS && strcmp(word, words[i]))
        i++;
    if (i == WORDS)
        return refuse(word, why);
    *site = i == 0               ? (struct ht_site){HT_SITE_PAGES, 0}
            : i <= GC_SITE_COUNT ? (struct ht_site){HT_SITE_BUDGET, i - 1}
                                 : (struct ht_site){HT_SITE_CPYTHON, i - 1 - GC_SITE_COUNT};
    return 0;
}
