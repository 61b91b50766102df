#include "faults/sweep/manifest.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "results/file.h"

enum { PATH_BYTES = 4096, VERSION = 1 };

static json_t *words(char *const *list, size_t most)
{
    json_t *const array = json_array();
    for (size_t i = 0; i < most && list[i]; i++)
        json_array_append_new(array, json_string(list[i]));
    return array;
}

static json_t *text_or_null(const char *text)
{
    return text ? json_string(text) : json_null();
}

int ht_sweep_manifest_write(const struct ht_sweep *s, char why[256])
{
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "%s/sweep.json", s->output);
    json_t *const all = json_pack(
        "{s:i, s:o, s:o, s:o, s:o, s:o, s:f, s:i, s:I, s:b, s:b}", "version", VERSION, "command",
        words(s->argv, SIZE_MAX), "workdir", text_or_null(s->folder), "stdin", text_or_null(s->input),
        "check", text_or_null(s->check), "env", words((char *const *)s->env, HT_SWEEP_ENV_MAX), "timeout",
        s->timeout_s, "modes", (int)s->modes, "seed", (json_int_t)s->seed, "exhaustive", (int)s->exhaustive,
        "plain", (int)s->plain);
    if (!all) {
        snprintf(why, 256, "the command can't be written down: it is no UTF-8");
        return -EINVAL;
    }
    struct ht_file file;
    int error = ht_file_open(&file, path);
    if (!error) {
        json_dumpf(all, file.out, JSON_INDENT(2));
        error = ht_file_close(&file);
    }
    json_decref(all);
    if (error)
        snprintf(why, 256, "%.180s can't be written: %s", path, strerror(-error));
    return error;
}

/* A list that NULL ends; its texts are the document's. */
static char **list_of(const json_t *array)
{
    const size_t n = json_array_size(array);
    char **const list = calloc(n + 1, sizeof *list);
    for (size_t i = 0; list && i < n; i++)
        list[i] = (char *)json_string_value(json_array_get(array, i));
    return list;
}

int ht_sweep_manifest_read(struct ht_sweep *s, char why[256])
{
    char path[PATH_BYTES];
    json_error_t said;
    snprintf(path, sizeof path, "%s/sweep.json", s->output);
    const json_t *const all = json_load_file(path, 0, &said); /* kept: its texts are used */
    char **const argv = list_of(json_object_get(all, "command"));
    char **const env = list_of(json_object_get(all, "env"));
    if (!argv || !env)
        return -ENOMEM;
    if (json_integer_value(json_object_get(all, "version")) != VERSION || !argv[0]) {
        snprintf(why, 256, "%.180s is no folder of a sweep: it has no sweep.json of this version", s->output);
        return -EINVAL;
    }
    s->argv = argv;
    s->folder = json_string_value(json_object_get(all, "workdir"));
    s->input = json_string_value(json_object_get(all, "stdin"));
    s->check = json_string_value(json_object_get(all, "check"));
    for (size_t i = 0; i + 1 < HT_SWEEP_ENV_MAX && env[i]; i++)
        s->env[i] = env[i];
    free(env);
    s->timeout_s = json_real_value(json_object_get(all, "timeout"));
    s->modes = (unsigned)json_integer_value(json_object_get(all, "modes"));
    s->seed = (uint64_t)json_integer_value(json_object_get(all, "seed"));
    s->exhaustive = json_is_true(json_object_get(all, "exhaustive"));
    s->plain = json_is_true(json_object_get(all, "plain"));
    return 0;
}
