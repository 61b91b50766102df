#include "faults/misuse_manifest.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "results/text.h"

enum { FORMAT = 1 };

/* ---- writing ---- */

static json_t *words_json(const char *text)
{
    char clean[1024];
    snprintf(clean, sizeof clean, "%s", text);
    ht_text_clean(clean);
    return json_string(clean);
}

static json_t *strategies_json(const struct ht_misuse_plan *plan)
{
    json_t *const list = json_array();
    for (size_t i = 0; i < plan->strategies; i++) {
        const struct ht_strategy *const s = &plan->strategy[i];
        json_array_append_new(list,
                              json_pack("{s:o, s:i, s:o, s:s, s:o, s:o}", "name", words_json(s->name), "kind",
                                        (int)s->kind, "library", words_json(s->library), "digest", s->digest,
                                        "version", words_json(s->version), "absent", words_json(s->absent)));
    }
    return list;
}

static json_t *cases_json(const struct ht_misuse_plan *plan)
{
    json_t *const list = json_array();
    for (size_t i = 0; i < plan->cases; i++)
        json_array_append_new(list, json_string(plan->chosen[i]->name));
    return list;
}

static json_t *manifest_json(const struct ht_misuse_manifest *m)
{
    const struct ht_misuse_plan *const p = &m->plan;
    return json_pack("{s:i, s:s, s:s, s:i, s:i, s:f, s:I, s:b, s:o, s:o}", "misuse", FORMAT, "heaptrial",
                     HT_VERSION, "created", m->created, "sizes", (int)p->sizes, "repeat", (int)p->repeat,
                     "timeout_s", p->timeout_s, "seed", (json_int_t)p->seed, "cost", m->with_cost,
                     "strategies", strategies_json(p), "cases", cases_json(p));
}

int ht_misuse_manifest_write(const struct ht_misuse_manifest *m, const char *folder)
{
    char path[4200], temporary[4300];
    snprintf(path, sizeof path, "%s/manifest.json", folder);
    snprintf(temporary, sizeof temporary, "%s.tmp", path);
    json_t *const root = manifest_json(m);
    if (!root)
        return -ENOMEM;
    errno = 0;
    const int error = json_dump_file(root, temporary, JSON_INDENT(1)) || rename(temporary, path)
                          ? (errno ? -errno : -EIO)
                          : 0;
    if (error)
        unlink(temporary);
    json_decref(root);
    return error;
}

/* ---- reading ---- */

/* As it was when the run began: a file by its path, another by its name. */
static int find_strategy(const char *name, int kind, const char *library, struct ht_strategy *s,
                         char why[256])
{
    char word[1024];
    snprintf(word, sizeof word, "plugin:%s", library);
    if (kind == HT_STRATEGY_PLUGIN)
        return ht_strategy_find(word, s, why);
    const int error = ht_strategy_find(name, s, why);
    if (kind != HT_STRATEGY_PRELOAD || (!error && (!*library || !strcmp(s->library, library))))
        return error;
    snprintf(word, sizeof word, "%s=%s", name, library);
    return ht_strategy_preload(word, s, why);
}

static int read_strategy(struct ht_misuse_plan *plan, json_t *item, char why[256])
{
    const char *name, *library, *digest, *version;
    int kind;
    char now[24];
    struct ht_strategy s;
    if (json_unpack(item, "{s:s, s:i, s:s, s:s, s:s}", "name", &name, "kind", &kind, "library", &library,
                    "digest", &digest, "version", &version))
        return -EPROTO;
    int error = find_strategy(name, kind, library, &s, why);
    if (error)
        return error;
    ht_digest_file(s.library, now);
    if (strcmp(now, digest)) {
        snprintf(why, 256, "%.180s has changed since this run began: put it back, or start a new run",
                 s.library);
        return -ESTALE;
    }
    snprintf(s.version, sizeof s.version, "%s", version);
    snprintf(s.digest, sizeof s.digest, "%s", digest);
    return ht_misuse_plan_add_strategy(plan, &s, why);
}

static int read_root(struct ht_misuse_manifest *m, json_t *root, char why[256])
{
    struct ht_misuse_plan *const p = &m->plan;
    json_t *strategies, *cases, *item;
    const char *created;
    int format, sizes, repeat, with_cost;
    json_int_t seed;
    size_t i;
    if (json_unpack(root, "{s:i, s:s, s:i, s:i, s:f, s:I, s:b, s:o, s:o}", "misuse", &format, "created",
                    &created, "sizes", &sizes, "repeat", &repeat, "timeout_s", &p->timeout_s, "seed", &seed,
                    "cost", &with_cost, "strategies", &strategies, "cases", &cases) ||
        format != FORMAT || repeat < 0 || repeat > HT_MISUSE_REPEAT_MAX)
        return -EPROTO;
    p->sizes = (uint32_t)sizes;
    p->repeat = (unsigned)repeat;
    p->seed = (uint64_t)seed;
    m->with_cost = with_cost;
    snprintf(m->created, sizeof m->created, "%s", created);
    int error = 0;
    json_array_foreach(strategies, i, item) error = error ? error : read_strategy(p, item, why);
    json_array_foreach(cases, i, item) error = error ? error
                                               : json_is_string(item)
                                                   ? ht_misuse_plan_add_cases(p, json_string_value(item), why)
                                                   : -EPROTO;
    return error;
}

int ht_misuse_manifest_read(struct ht_misuse_manifest *m, const char *folder, char why[256])
{
    char path[4200];
    json_error_t problem;
    snprintf(path, sizeof path, "%s/manifest.json", folder);
    *m = (struct ht_misuse_manifest){.created = ""};
    if (access(path, R_OK)) {
        const int error = -errno;
        snprintf(why, 256, "there is no run in %.120s: can't read its manifest.json: %s", folder,
                 strerror(-error));
        return error;
    }
    json_t *const root = json_load_file(path, 0, &problem);
    why[0] = 0;
    const int error = root ? read_root(m, root, why) : -EPROTO;
    if (error && !why[0])
        snprintf(why, 256, "%.150s is no manifest of heaptrial misuse", path);
    json_decref(root);
    return error;
}
