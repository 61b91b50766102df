#include "settings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void drop(struct settings *s, size_t keep)
{
    while (s->count > keep) {
        s->count--;
        free(s->list[s->count].name);
        free(s->list[s->count].value);
    }
}

static char *copy_word(const char *from, const char *to)
{
    while (from < to && *from == ' ')
        from++;
    while (to > from && to[-1] == ' ')
        to--;
    return strndup(from, (size_t)(to - from));
}

static int add(struct settings *s, const char *line, const char *end)
{
    const char *const equals = memchr(line, '=', (size_t)(end - line));
    if (!equals)
        return -EINVAL;
    struct setting *const list = realloc(s->list, (s->count + 1) * sizeof *list);
    if (!list)
        return -ENOMEM;
    s->list = list;
    char *const name = copy_word(line, equals), *const value = copy_word(equals + 1, end);
    if (!name || !value) {
        free(name);
        free(value);
        return -ENOMEM;
    }
    s->list[s->count++] = (struct setting){name, value};
    return 0;
}

int settings_read(struct settings *s, const char *text)
{
    const size_t before = s->count;
    int error = 0;
    while (!error && *text) {
        const char *const end = text + strcspn(text, "\n");
        error = end > text ? add(s, text, end) : 0;
        text = end + (*end != 0);
    }
    if (error)
        drop(s, before);
    return error;
}

const char *settings_get(const struct settings *s, const char *name)
{
    for (size_t i = s->count; i > 0; i--)
        if (!strcmp(s->list[i - 1].name, name))
            return s->list[i - 1].value;
    return NULL;
}

void settings_free(struct settings *s)
{
    drop(s, 0);
    free(s->list);
    *s = (struct settings){NULL, 0};
}
