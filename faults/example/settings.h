/* Settings, as lines of `name = value`: something small to test. */
#ifndef SETTINGS_H
#define SETTINGS_H

#include <stddef.h>

struct setting {
    char *name, *value;
};

struct settings {
    struct setting *list;
    size_t count;
};

/* Adds what the text says to what is there: all of it, or, when it returns -EINVAL or -ENOMEM, nothing. */
int settings_read(struct settings *s, const char *text);

/* NULL when there is none of this name. The last one counts. */
const char *settings_get(const struct settings *s, const char *name);

void settings_free(struct settings *s);

#endif
