/* "Unknown X: did you mean Y?" */
#ifndef HT_BASE_NEAREST_H
#define HT_BASE_NEAREST_H

#include <stddef.h>

/* The name of `names` that takes the fewest single-letter edits to become `word` (Levenshtein 1966); NULL when
 * even that would change more than half of it. */
const char *ht_nearest(const char *word, const char *const *names, size_t n);

#endif
