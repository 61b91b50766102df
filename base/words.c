#include "base/words.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int ht_each_word(const char *words, int (*add)(void *, const char *, char *), void *context, char why[256])
{
    char word[768];
    while (*words) {
        const size_t length = strcspn(words, ",");
        if (length >= sizeof word) {
            snprintf(why, 256, "'%.40s...' is too long", words);
            return -EINVAL;
        }
        snprintf(word, sizeof word, "%.*s", (int)length, words);
        const int error = length ? add(context, word, why) : 0;
        if (error)
            return error;
        words += length + (words[length] == ',');
    }
    return 0;
}
