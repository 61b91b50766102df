#include "bench/cell_own.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/nearest.h"

enum { OPTIONS_MAX = 16, HEAP_BYTES = 64 << 20 };

/* The names of the strategy's options, in `text` that is cut up. */
static size_t split_names(char text[256], const char *names[OPTIONS_MAX])
{
    size_t n = 0;
    char *rest;
    snprintf(text, 256, "%s", ht_state_option_names());
    for (char *name = strtok_r(text, " ", &rest); name && n < OPTIONS_MAX; name = strtok_r(NULL, " ", &rest))
        names[n++] = name;
    return n;
}

static void refuse_option(const char *word, const char *const *names, size_t n)
{
    const char *const nearest = ht_nearest(word, names, n);
    fprintf(stderr, "heaptrial: %s has no option '%s'%s%s%s", ht_state_strategy, word,
            nearest ? ": did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
    for (size_t i = 0; i < n; i++)
        fprintf(stderr, "%s%s", i ? ", " : nearest ? " It has " : "; it has ", names[i]);
    fputs(n ? "\n" : "; it has none\n", stderr);
}

/* One word, NAME or NAME=NUMBER. */
static bool is_wrong(char *word, const char *const *names, size_t n)
{
    char *const equals = strchr(word, '=');
    if (equals)
        *equals = 0;
    size_t i = 0;
    while (i < n && strcmp(names[i], word))
        i++;
    if (i == n) {
        refuse_option(word, names, n);
        return true;
    }
    if (!equals || (isdigit((unsigned char)equals[1]) && !equals[1 + strspn(equals + 1, "0123456789")]))
        return false;
    fprintf(stderr, "heaptrial: %s of %s is a whole number, not '%s'\n", word, ht_state_strategy, equals + 1);
    return true;
}

static bool has_wrong_option(void)
{
    char text[256], variant[256], *rest;
    const char *names[OPTIONS_MAX];
    const size_t n = split_names(text, names);
    snprintf(variant, sizeof variant, "%s", ht_cell.options.variant);
    for (char *word = strtok_r(variant, "+", &rest); word; word = strtok_r(NULL, "+", &rest))
        if (is_wrong(word, names, n))
            return true;
    return false;
}

bool ht_cell_try(void)
{
    const struct ht_job job = {.threads = 1, .heap_bytes = HEAP_BYTES};
    const struct ht_state_options options = {.plugin = ht_cell.options.plugin,
                                             .variant = ht_cell.options.variant};
    if (has_wrong_option())
        return true;
    const int error = ht_state_open(&job, &options);
    if (error)
        fprintf(stderr, "heaptrial: %s\n", ht_state_open_error(error));
    else
        ht_state_close();
    return error;
}
