#include "faults/sweep/fresh.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the user preloads for heaptrial stays: it goes behind the library. */
static void take_environment(struct ht_fresh *f, char *const *env)
{
    const char *const preload = getenv("LD_PRELOAD");
    char *const kept = preload ? strdup(preload) : NULL;
    ht_launch_environment(&f->env, &f->box, env, NULL);
    clearenv();
    for (size_t i = 0; f->env.entry[i]; i++)
        putenv(f->env.entry[i]);
    if (kept)
        setenv("LD_PRELOAD", kept, 1);
    free(kept);
}

int ht_fresh_open(struct ht_fresh *f, char *const *argv, const char *folder, char *const *env, char why[256])
{
    *f = (struct ht_fresh){.files.folder = folder};
    int error = ht_sandboxes_open(f->base, why);
    if (error)
        return error;
    if (!folder)
        error = ht_sandbox_files_of(argv, &f->files);
    if (!error)
        error = ht_sandbox_open(&f->box, f->base, 0, &f->files);
    if (!error)
        error = ht_sandbox_refresh(&f->box);
    if (error)
        snprintf(why, 256, "can't copy what %.80s works on into %.100s: %s", argv[0], f->base,
                 strerror(-error));
    else
        take_environment(f, env);
    return error;
}

void ht_fresh_close(struct ht_fresh *f)
{
    if (*f->base)
        ht_sandboxes_close(f->base);
    ht_sandbox_close(&f->box);
    free((void *)f->files.files);
}
