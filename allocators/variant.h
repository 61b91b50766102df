/* The options of one strategy, as the user gives them after its name: `rc:deferred`, `planted:slower=5`,
 * `marksweep:mark-stack=64+reversal`. Words are separated by `+`; a word is a name, or name=number. */
#ifndef HT_ALLOCATORS_VARIANT_H
#define HT_ALLOCATORS_VARIANT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The value of option `name`: its number, 1 where it has none, `otherwise` where it is not given. */
static inline uint64_t ht_variant(const char *variant, const char *name, uint64_t otherwise)
{
    const size_t length = strlen(name);
    for (const char *at = variant; *at; at += strcspn(at, "+"), at += *at == '+') {
        if (strncmp(at, name, length))
            continue;
        if (at[length] == '=')
            return strtoull(at + length + 1, NULL, 10);
        if (!at[length] || at[length] == '+')
            return 1;
    }
    return otherwise;
}

/* True when each word of `variant` is one of `names`, separated by blanks: gc_open and heap_open refuse others with
 * -EINVAL, and gc_open_error and heap_open_error say which there are. */
static inline bool ht_variant_is_known(const char *variant, const char *names)
{
    for (const char *at = variant; *at; at += strcspn(at, "+"), at += *at == '+') {
        const size_t length = strcspn(at, "=+");
        const char *name = names;
        while (*name && !(strcspn(name, " ") == length && !strncmp(name, at, length)))
            name += strcspn(name, " "), name += *name == ' ';
        if (!*name)
            return false;
    }
    return true;
}

#endif
