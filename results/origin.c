#include "results/origin.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "results/file.h"
#include "results/text.h"

static void copy(const json_t *object, const char *key, char *to, size_t room)
{
    const char *const word = json_string_value(json_object_get(object, key));
    snprintf(to, room, "%s", word ? word : "");
    ht_text_clean(to);
}

static void read_machine(struct ht_origin *o, const json_t *machine)
{
    copy(machine, "host", o->host, sizeof o->host);
    copy(machine, "cpu", o->cpu, sizeof o->cpu);
    copy(machine, "os", o->os, sizeof o->os);
    copy(machine, "kernel", o->kernel, sizeof o->kernel);
    copy(machine, "libc", o->libc, sizeof o->libc);
    copy(machine, "compiler", o->compiler, sizeof o->compiler);
    copy(machine, "governor", o->governor, sizeof o->governor);
    o->cores = (int)json_integer_value(json_object_get(machine, "cores"));
}

static void read_machines(struct ht_origin *o, const json_t *machines)
{
    size_t i;
    json_t *machine;
    json_array_foreach(machines, i, machine)
    {
        struct ht_origin other;
        read_machine(&other, machine);
        o->mixed |= !ht_origin_same_machine(o, &other);
    }
}

static int parse(struct ht_origin *o, const char *path, const char *text, size_t bytes, char why[256])
{
    json_error_t problem;
    json_t *const root = json_loadb(text, bytes, 0, &problem);
    const json_t *const machine = json_object_get(root, "machine");
    if (!json_is_object(machine)) {
        snprintf(why, 256, "%.120s is no manifest of heaptrial%s%.90s", path, root ? ": no machine" : ": ",
                 root ? "" : problem.text);
        json_decref(root);
        return -EPROTO;
    }
    copy(root, "run", o->run, sizeof o->run);
    copy(root, "created", o->created, sizeof o->created);
    read_machine(o, machine);
    read_machines(o, json_object_get(root, "machines"));
    json_decref(root);
    return 0;
}

int ht_origin_read(struct ht_origin *origin, const char *folder, char why[256])
{
    char *path, *text;
    size_t bytes;
    *origin = (struct ht_origin){.cores = 0};
    snprintf(why, 256, "no memory left");
    if (asprintf(&path, "%s/manifest.json", folder) < 0)
        return -ENOMEM;
    int error = ht_file_read(path, &text, &bytes); /* text is NULL after an error */
    if (error)
        snprintf(why, 256, "%.200s: %s", path, strerror(-error));
    else
        error = parse(origin, path, text, bytes, why);
    free(text);
    free(path);
    return error;
}

bool ht_origin_same_machine(const struct ht_origin *a, const struct ht_origin *b)
{
    return !strcmp(a->cpu, b->cpu) && a->cores == b->cores;
}

void ht_origin_differences(const struct ht_origin *base, const struct ht_origin *new, char words[512])
{
    const struct {
        const char *what, *base, *new;
    } at[] = {{"host", base->host, new->host},
              {"system", base->os, new->os},
              {"kernel", base->kernel, new->kernel},
              {"C library", base->libc, new->libc},
              {"compiler", base->compiler, new->compiler},
              {"governor", base->governor, new->governor}};
    size_t used = 0;
    words[0] = '\0';
    for (size_t i = 0; i < sizeof at / sizeof *at && used < 400; i++)
        if (strcmp(at[i].base, at[i].new))
            used += (size_t)snprintf(words + used, 512 - used, "%s%s %.60s, now %.60s", used ? "; " : "",
                                     at[i].what, at[i].base, at[i].new);
}
