/* Words between commas, as options take them. */
#ifndef HT_BASE_WORDS_H
#define HT_BASE_WORDS_H

/* Calls `add` for each word that is not empty; stops at the first that fails. 0, what `add` returned, or -EINVAL when a
 * word is too long; then there is one line in `why`. */
int ht_each_word(const char *words, int (*add)(void *context, const char *word, char *why), void *context,
                 char why[256]);

#endif
