/* The line that replays a point, to be pasted into a shell. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "faults/sweep/sweep.h"

static void put_word(FILE *out, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./=:,+@%";
    if (*word && !word[strspn(word, plain)]) {
        fprintf(out, " %s", word);
        return;
    }
    fputs(" '", out);
    for (; *word; word++)
        if (*word == '\'')
            fputs("'\\''", out);
        else
            fputc(*word, out);
    fputc('\'', out);
}

static void put_option(FILE *out, const char *option, const char *value)
{
    if (!value)
        return;
    fprintf(out, " %s", option);
    put_word(out, value);
}

char *ht_sweep_replay(const struct ht_sweep *s, const struct ht_point *point)
{
    char *line = NULL, words[32];
    size_t bytes;
    FILE *const out = open_memstream(&line, &bytes);
    if (!out)
        return NULL;
    ht_point_say(point, words);
    fprintf(out, "heaptrial inject --fresh --fault fail:%s,thread=%" PRIu32, words, point->thread);
    put_option(out, "--workdir", s->folder);
    put_option(out, "--stdin", s->input);
    for (size_t i = 0; i < HT_SWEEP_ENV_MAX && s->env[i]; i++)
        put_option(out, "--env", s->env[i]);
    fputs(" --", out);
    for (size_t i = 0; s->argv[i]; i++)
        put_word(out, s->argv[i]);
    return fclose(out) ? NULL : line;
}
