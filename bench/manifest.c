#include "bench/manifest.h"

#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/programs.h"
#include "bench/suite.h"

enum { FORMAT = 2 };

/* Rounds beyond are not listed: their order follows from the seed, and each row has its own. */
enum { ORDER_MAX = 1000000 };

/* ---- writing ---- */

/* JSON is UTF-8, and what a plug-in calls itself or a path need not be: then each foreign byte is a `?`. */
static json_t *words_json(const char *text)
{
    json_t *const words = json_string(text);
    char copy[1024];
    if (words)
        return words;
    size_t n = 0;
    for (; text[n] && n < sizeof copy - 1; n++)
        copy[n] = (unsigned char)text[n] < 0x80 ? text[n] : '?';
    return json_stringn(copy, n);
}

static json_t *machine_json(const struct ht_machine *m)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:i, s:I, s:o, s:o, s:o, s:o, s:i, s:o}", "host", words_json(m->host),
                     "os", words_json(m->os), "kernel", words_json(m->kernel), "cpu", words_json(m->cpu),
                     "cores", (int)m->cores, "memory_bytes", (json_int_t)m->memory_bytes, "libc",
                     words_json(m->libc), "compiler", words_json(m->compiler), "governor",
                     words_json(m->governor), "transparent_hugepage", words_json(m->thp), "aslr", m->aslr, "flags", words_json(m->flags));
}

static const char *kind_word(enum ht_strategy_kind kind)
{
    static const char *const words[] = {"cell", "malloc", "preload", "collector", "plugin", "plugin"};
    return words[kind];
}

static json_t *strategies_json(const struct ht_manifest *m)
{
    json_t *const list = json_array();
    for (size_t i = 0; i < m->plan.strategies; i++) {
        const struct ht_strategy *const s = &m->plan.strategy[i];
        json_t *const item = json_pack("{s:o, s:s, s:o, s:s, s:o, s:o}", "name", words_json(s->name), "kind",
                                       kind_word(s->kind), "library", words_json(s->library), "digest",
                                       s->digest, "version", words_json(s->version), "absent",
                                       words_json(s->absent));
        if (s->spelled[0]) {
            json_object_set_new(item, "spelled", words_json(s->spelled));
            json_object_set_new(item, "cell", words_json(s->cell));
        }
        json_array_append_new(list, item);
    }
    return list;
}

static json_t *groups_json(const struct ht_plan *plan)
{
    json_t *const list = json_array();
    for (size_t i = 0; i < plan->groups; i++) {
        const struct ht_group *const g = &plan->group[i];
        json_array_append_new(list, json_pack("{s:s, s:s, s:i, s:s, s:s, s:i, s:s, s:i, s:I}", "workload",
                                              g->workload, "params", g->params, "kind", (int)g->kind, "heap",
                                              g->heap, "fault", g->fault, "threads", (int)g->threads, "pass",
                                              ht_pass_word(g->pass), "rounds", (int)g->rounds, "iterations",
                                              (json_int_t)g->iterations));
    }
    return list;
}

static json_t *order_json(const struct ht_plan *plan)
{
    uint32_t *const cells = calloc(ht_plan_cells(plan) + 1, sizeof *cells);
    json_t *const rounds = json_array();
    size_t listed = 0;
    for (unsigned round = 1; cells && round <= plan->rounds && listed < ORDER_MAX; round++) {
        const size_t n = ht_plan_order(plan, round, cells);
        json_t *const list = json_array();
        listed += n;
        for (size_t i = 0; i < n; i++)
            json_array_append_new(list, json_integer(cells[i]));
        json_array_append_new(rounds, list);
    }
    free(cells);
    return rounds;
}

static json_t *env_json(const struct ht_plan *plan)
{
    json_t *const list = json_array();
    for (int i = 0; plan->env[i][0]; i++)
        json_array_append_new(list, words_json(plan->env[i]));
    return list;
}

int ht_manifest_write(const struct ht_manifest *m, const char *folder)
{
    const struct ht_plan *const p = &m->plan;
    json_t *const root = json_pack(
        "{s:i, s:s, s:s, s:s, s:o, s:I, s:I, s:I, s:i, s:i, s:f, s:f, s:i, s:i, s:o, s:o, s:o, s:o, s:o}",
        "format", FORMAT, "run", p->run, "heaptrial", HT_VERSION, "created", m->created, "command",
        words_json(m->command), "memory_limit", (json_int_t)p->memory_bytes, "seed", (json_int_t)p->seed,
        "points", (json_int_t)p->points, "rounds", (int)p->rounds, "repetitions", (int)p->repetitions,
        "window_ms", p->window_ms, "timeout_s", p->timeout_s, "shard", (int)p->shard, "shards",
        (int)p->shards, "env", env_json(p), "machine", machine_json(&m->machine), "strategies",
        strategies_json(m), "groups", groups_json(p), "order", order_json(p));
    if (!root)
        return -ENOMEM;
    char path[4200], temporary[4210];
    snprintf(path, sizeof path, "%s/manifest.json", folder);
    snprintf(temporary, sizeof temporary, "%s.tmp", path);
    errno = 0;
    int error = json_dump_file(root, temporary, JSON_INDENT(1)) || rename(temporary, path)
                    ? -(errno ? errno : EIO)
                    : 0;
    if (error)
        unlink(temporary);
    json_decref(root);
    return error;
}

/* ---- reading ---- */

static int bad(char why[256], const char *path, const char *what)
{
    snprintf(why, 256, "%.120s is no manifest of heaptrial: %.90s", path, what);
    return -EPROTO;
}

/* A strategy as it was: a file by its path, another by its name. */
static int find_strategy(const char *name, const char *kind, const char *library,
                         struct ht_strategy *strategy, char why[256])
{
    char word[768];
    if (!strcmp(kind, "plugin")) {
        snprintf(word, sizeof word, "plugin:%s", library);
        return ht_strategy_find(word, strategy, why);
    }
    /* A --preload may bear the name of one in the list. */
    const int error = ht_strategy_find(name, strategy, why);
    if (strcmp(kind, "preload") || (!error && (!*library || !strcmp(strategy->library, library))))
        return error;
    snprintf(word, sizeof word, "%s=%s", name, library);
    return ht_strategy_preload(word, strategy, why);
}

static int read_strategy(struct ht_manifest *m, json_t *item, char why[256])
{
    const char *name = "", *kind = "", *library = "", *version = "", *digest = "", *spelled = "", *cell = "";
    struct ht_strategy strategy;
    if (json_unpack(item, "{s:s, s:s, s:s, s:s, s:s, s?s, s?s}", "name", &name, "kind", &kind, "library",
                    &library, "version", &version, "digest", &digest, "spelled", &spelled, "cell", &cell) ||
        m->plan.strategies == HT_STRATEGIES_MAX || strlen(name) >= sizeof strategy.name ||
        strlen(cell) >= sizeof strategy.cell)
        return -EPROTO;
    const int error = *spelled ? ht_strategy_spelled(spelled, &strategy, why)
                               : find_strategy(name, kind, library, &strategy, why);
    if (error)
        return error;
    if (*spelled) {
        strcpy(strategy.name, name);
        strcpy(strategy.cell, cell);
    }
    snprintf(strategy.version, sizeof strategy.version, "%s", version);
    snprintf(strategy.digest, sizeof strategy.digest, "%s", digest);
    m->plan.strategy[m->plan.strategies++] = strategy;
    return 0;
}

/* Copies a word that must fit. */
static bool take(char *out, size_t bytes, const char *text)
{
    const size_t length = strlen(text);
    if (length >= bytes)
        return false;
    memcpy(out, text, length + 1);
    return true;
}

static bool is_workload(const char *name, enum ht_group_kind kind)
{
    if (kind == HT_GROUP_PROGRAM)
        return ht_program_find(name) >= 0;
    return ht_plan_workload(name, kind) != NULL;
}

static int read_group(struct ht_plan *plan, json_t *item)
{
    const char *workload = "", *params = "", *pass = "", *heap = "", *fault = "";
    int kind = 0, threads = 0, rounds = 0;
    json_int_t iterations = 0;
    if (json_unpack(item, "{s:s, s:s, s:i, s:s, s?s, s:i, s:s, s:i, s:I}", "workload", &workload, "params",
                    &params, "kind", &kind, "heap", &heap, "fault", &fault, "threads", &threads, "pass",
                    &pass, "rounds", &rounds, "iterations", &iterations) ||
        ht_pass_find(pass) < 0 || kind < 0 || kind > HT_GROUP_PROGRAM || threads < 1 ||
        threads > HT_THREADS_MAX || rounds < 1 || rounds > (int)plan->rounds || iterations < 1 ||
        plan->groups == HT_GROUPS_MAX)
        return -EPROTO;
    struct ht_group *const g = &plan->group[plan->groups];
    if (!take(g->workload, sizeof g->workload, workload) || !take(g->params, sizeof g->params, params) ||
        !take(g->heap, sizeof g->heap, heap) || !take(g->fault, sizeof g->fault, fault) ||
        !is_workload(workload, (enum ht_group_kind)kind))
        return -EPROTO;
    plan->groups++;
    g->kind = (enum ht_group_kind)kind;
    g->threads = (unsigned)threads;
    g->rounds = (unsigned)rounds;
    g->pass = (enum ht_pass)ht_pass_find(pass);
    g->iterations = (uint64_t)iterations;
    return 0;
}

static bool head_is_sound(const struct ht_plan *p)
{
    return p->rounds >= 1 && p->rounds <= HT_ROUNDS_MAX && p->repetitions >= 1 &&
           p->repetitions <= HT_REPETITIONS_MAX && p->shard >= 1 && p->shard <= p->shards &&
           p->shards <= HT_GROUPS_MAX && p->window_ms > 0 && p->window_ms <= HT_WINDOW_MS_MAX &&
           p->timeout_s > 0 && p->timeout_s <= HT_TIMEOUT_S_MAX;
}

static int read_head(struct ht_manifest *m, json_t *root)
{
    struct ht_plan *const p = &m->plan;
    const char *run = "", *created = "", *command = "", *host = "";
    int format = 0, rounds = 0, repetitions = 0, shard = 0, shards = 0;
    json_int_t seed = 0, memory = 0, points = HT_POINTS_DEFAULT;
    if (json_unpack(root, "{s:i, s:s, s:s, s:s, s:I, s?I, s:I, s:i, s:i, s:F, s:F, s:i, s:i, s:{s:s}}",
                    "format", &format, "run", &run, "created", &created, "command", &command, "seed", &seed,
                    "memory_limit", &memory, "points", &points, "rounds", &rounds, "repetitions",
                    &repetitions, "window_ms", &p->window_ms, "timeout_s", &p->timeout_s, "shard", &shard,
                    "shards", &shards, "machine", "host", &host) ||
        format != FORMAT || rounds < 0 || repetitions < 0 || shard < 0 || shards < 0 || memory < 0 ||
        points < 0 || !take(p->run, sizeof p->run, run))
        return -EPROTO;
    snprintf(m->created, sizeof m->created, "%s", created);
    snprintf(m->command, sizeof m->command, "%s", command);
    snprintf(m->machine.host, sizeof m->machine.host, "%s", host);
    p->seed = (uint64_t)seed;
    p->memory_bytes = (uint64_t)memory;
    p->points = (uint64_t)points;
    p->rounds = (unsigned)rounds;
    p->repetitions = (unsigned)repetitions;
    p->shard = (unsigned)shard;
    p->shards = (unsigned)shards;
    return head_is_sound(p) ? 0 : -EPROTO;
}

static int read_env(struct ht_plan *plan, json_t *list)
{
    size_t i;
    json_t *item;
    if (!json_is_array(list) || json_array_size(list) >= sizeof plan->env / sizeof plan->env[0])
        return -EPROTO;
    json_array_foreach(list, i, item)
    {
        const char *const words = json_string_value(item);
        if (!words || !strchr(words, '=') || !take(plan->env[i], sizeof plan->env[i], words))
            return -EPROTO;
    }
    return 0;
}

static int read_body(struct ht_manifest *m, json_t *root, char why[256])
{
    size_t i;
    json_t *item;
    int error = read_env(&m->plan, json_object_get(root, "env"));
    json_array_foreach(json_object_get(root, "strategies"), i, item)
    {
        error = error ? error : read_strategy(m, item, why);
    }
    json_array_foreach(json_object_get(root, "groups"), i, item)
    {
        error = error ? error : read_group(&m->plan, item);
    }
    return error;
}

/* The identity must follow from the plan: one that was edited would mix two runs. */
static bool is_itself(const struct ht_plan *plan)
{
    struct ht_plan again = *plan;
    ht_plan_identify(&again);
    return !strcmp(again.run, plan->run);
}

static int read_plan(struct ht_manifest *m, json_t *root, char why[256])
{
    int error = ht_plan_open(&m->plan);
    if (!error)
        error = read_head(m, root);
    if (!error)
        error = read_body(m, root, why);
    if (!error && (!m->plan.strategies || !m->plan.groups || !is_itself(&m->plan)))
        error = -EPROTO;
    return error;
}

int ht_manifest_read(struct ht_manifest *manifest, const char *folder, char why[256])
{
    char path[4200];
    snprintf(path, sizeof path, "%s/manifest.json", folder);
    *manifest = (struct ht_manifest){.created = ""};
    if (access(path, R_OK)) {
        const int error = -errno;
        snprintf(why, 256, "there is no run in %.120s: can't read its manifest.json: %s", folder,
                 strerror(-error));
        return error;
    }
    json_error_t problem;
    json_t *const root = json_load_file(path, 0, &problem);
    if (!root)
        return bad(why, path, problem.text);
    why[0] = 0;
    const int error = read_plan(manifest, root, why);
    json_decref(root);
    if (error)
        ht_plan_close(&manifest->plan);
    return error && !why[0] ? bad(why, path, "fields are missing, wrong, or of another version") : error;
}
