#include "base/damage.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>

/* Of allocators (glibc, jemalloc, mimalloc, tcmalloc, scudo, gslice, talloc, libgc) and of the stack protector. */
static const char *const damage[] = {
    "malloc(): ",
    "free(): ",
    "realloc(): ",
    "calloc(): ",
    "munmap_chunk(): ",
    "malloc_consolidate(): ",
    "sysmalloc: ",
    "break adjusted to free",
    "double free",
    "corrupted ",
    "stack smashing",
    "buffer overflow detected",
    "<jemalloc>: ",
    "mimalloc: error",
    "invalid pointer",
    "Invalid pointer",
    "Attempt to free invalid",
    "memory stomping",
    "Scudo ERROR",
    "MEMORY-ERROR",
    "Bad talloc magic",
    "smashed",
};

static const char *const sanitizers[] = {
    "ERROR: AddressSanitizer", "ERROR: MemorySanit", "ERROR: HWAddressSan",
    "WARNING: ThreadSan",      "runtime error: ",
};

/* The same prefixes stand before messages of another kind. */
static const char *const want[] = {
    "out of memory", "cannot allocate", "failed to allocate", "unable to allocate", "map failure",
};

static bool is_want(const char *line)
{
    const char *const end = line + strcspn(line, "\n");
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        const char *const at = strcasestr(line, want[i]);
        if (at && at < end)
            return true;
    }
    return false;
}

static const char *find(const char *text, const char *word)
{
    const char *at = strstr(text, word);
    while (at && is_want(at))
        at = strstr(at + 1, word);
    return at;
}

static const char *find_any(const char *text, const char *usual, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const char *const at = find(text, words[i]);
        if (at && !strstr(usual, words[i]))
            return at;
    }
    return NULL;
}

const char *ht_damage_said(const char *text, const char *usual, bool by_sanitizer)
{
    const char *const at =
        by_sanitizer ? NULL : find_any(text, usual, damage, sizeof damage / sizeof *damage);
    return at ? at : find_any(text, usual, sanitizers, sizeof sanitizers / sizeof *sanitizers);
}

enum ht_outcome ht_outcome_of_signal(int signal, const char *err)
{
    return signal == SIGABRT && ht_damage_said(err, "", false) ? HT_CORRUPT : HT_CRASH;
}
