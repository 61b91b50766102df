#include "bench/manifest.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FORMAT = 1 };

/* ---- writing ---- */

static json_t *machine_json(const struct ht_machine *m)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:i, s:I, s:s, s:s, s:s, s:s, s:i}", "host", m->host, "os", m->os,
                     "kernel", m->kernel, "cpu", m->cpu, "cores", (int)m->cores, "memory_bytes",
                     (json_int_t)m->memory_bytes, "libc", m->libc, "compiler", m->compiler, "governor",
                     m->governor, "transparent_hugepage", m->thp, "aslr", m->aslr);
}

static const char *kind_word(enum ht_strategy_kind kind)
{
    static const char *const words[] = {"cell", "malloc", "preload", "plugin"};
    return words[kind];
}

static json_t *strategies_json(const struct ht_manifest *m)
{
    json_t *const list = json_array();
    for (size_t i = 0; i < m->plan.strategies; i++) {
        const struct ht_strategy *const s = &m->plan.strategy[i];
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:s}", "name", s->name, "kind",
                                              kind_word(s->kind), "library", s->library, "version",
                                              s->version, "absent", s->absent));
    }
    return list;
}

static json_t *groups_json(const struct ht_plan *plan)
{
    json_t *const list = json_array();
    for (size_t i = 0; i < plan->groups; i++) {
        const struct ht_group *const g = &plan->group[i];
        json_array_append_new(list, json_pack("{s:s, s:s, s:b, s:i, s:s, s:i, s:I}", "workload", g->workload,
                                              "params", g->params, "program", g->is_program, "threads",
                                              (int)g->threads, "pass", ht_pass_word(g->pass), "rounds",
                                              (int)g->rounds, "iterations", (json_int_t)g->iterations));
    }
    return list;
}

static json_t *order_json(const struct ht_plan *plan)
{
    uint32_t *const cells = calloc(ht_plan_cells(plan) + 1, sizeof *cells);
    json_t *const rounds = json_array();
    for (unsigned round = 1; cells && round <= plan->rounds; round++) {
        const size_t n = ht_plan_order(plan, round, cells);
        json_t *const list = json_array();
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
        json_array_append_new(list, json_string(plan->env[i]));
    return list;
}

int ht_manifest_write(const struct ht_manifest *m, const char *folder)
{
    const struct ht_plan *const p = &m->plan;
    json_t *const root = json_pack(
        "{s:i, s:s, s:s, s:s, s:s, s:I, s:i, s:i, s:f, s:f, s:i, s:i, s:o, s:o, s:o, s:o, s:o}", "format",
        FORMAT, "run", p->run, "heaptrial", HT_VERSION, "created", m->created, "command", m->command, "seed",
        (json_int_t)p->seed, "rounds", (int)p->rounds, "repetitions", (int)p->repetitions, "window_ms",
        p->window_ms, "timeout_s", p->timeout_s, "shard", (int)p->shard, "shards", (int)p->shards, "env",
        env_json(p), "machine", machine_json(&m->machine), "strategies", strategies_json(m), "groups",
        groups_json(p), "order", order_json(p));
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
    snprintf(why, 256, "%s is no manifest of heaptrial: %s", path, what);
    return -EPROTO;
}

/* A strategy as it was: by its name when the list knows it, otherwise by its file. */
static int read_strategy(struct ht_manifest *m, const json_t *item, char why[256])
{
    const char *name = "", *kind = "", *library = "", *version = "";
    if (json_unpack((json_t *)item, "{s:s, s:s, s:s, s:s}", "name", &name, "kind", &kind, "library", &library,
                    "version", &version) ||
        m->plan.strategies == HT_STRATEGIES_MAX)
        return -EPROTO;
    char word[768];
    struct ht_strategy strategy;
    int error;
    if (!strcmp(kind, "plugin")) {
        snprintf(word, sizeof word, "plugin:%s", library);
        error = ht_strategy_find(word, &strategy, why);
    } else if (ht_strategy_find(name, &strategy, why) == 0) {
        error = 0;
    } else {
        snprintf(word, sizeof word, "%s=%s", name, library);
        error = ht_strategy_preload(word, &strategy, why);
    }
    if (error)
        return error;
    snprintf(strategy.version, sizeof strategy.version, "%s", version);
    m->plan.strategy[m->plan.strategies++] = strategy;
    return 0;
}

static int read_group(struct ht_plan *plan, const json_t *item)
{
    const char *workload = "", *params = "", *pass = "";
    int program = 0, threads = 0, rounds = 0;
    json_int_t iterations = 0;
    if (json_unpack((json_t *)item, "{s:s, s:s, s:b, s:i, s:s, s:i, s:I}", "workload", &workload, "params",
                    &params, "program", &program, "threads", &threads, "pass", &pass, "rounds", &rounds,
                    "iterations", &iterations) ||
        ht_pass_find(pass) < 0 || threads < 1 || rounds < 1 || plan->groups == HT_GROUPS_MAX)
        return -EPROTO;
    struct ht_group *const g = &plan->group[plan->groups++];
    snprintf(g->workload, sizeof g->workload, "%s", workload);
    snprintf(g->params, sizeof g->params, "%s", params);
    g->is_program = program;
    g->threads = (unsigned)threads;
    g->rounds = (unsigned)rounds;
    g->pass = (enum ht_pass)ht_pass_find(pass);
    g->iterations = (uint64_t)iterations;
    return 0;
}

static int read_head(struct ht_manifest *m, json_t *root)
{
    struct ht_plan *const p = &m->plan;
    const char *run = "", *created = "", *command = "", *host = "";
    int format = 0, rounds = 0, repetitions = 0, shard = 0, shards = 0;
    json_int_t seed = 0;
    if (json_unpack(root, "{s:i, s:s, s:s, s:s, s:I, s:i, s:i, s:F, s:F, s:i, s:i, s:{s:s}}", "format",
                    &format, "run", &run, "created", &created, "command", &command, "seed", &seed, "rounds",
                    &rounds, "repetitions", &repetitions, "window_ms", &p->window_ms, "timeout_s",
                    &p->timeout_s, "shard", &shard, "shards", &shards, "machine", "host", &host) ||
        format != FORMAT)
        return -EPROTO;
    snprintf(p->run, sizeof p->run, "%s", run);
    snprintf(m->created, sizeof m->created, "%s", created);
    snprintf(m->command, sizeof m->command, "%s", command);
    snprintf(m->machine.host, sizeof m->machine.host, "%s", host);
    p->seed = (uint64_t)seed;
    p->rounds = (unsigned)rounds;
    p->repetitions = (unsigned)repetitions;
    p->shard = (unsigned)shard;
    p->shards = (unsigned)shards;
    return 0;
}

static int read_body(struct ht_manifest *m, json_t *root, char why[256])
{
    size_t i;
    json_t *item;
    int error = 0;
    json_array_foreach(json_object_get(root, "env"), i,
                       item) if (i < sizeof m->plan.env / sizeof m->plan.env[0] - 1 && json_is_string(item))
        snprintf(m->plan.env[i], sizeof m->plan.env[i], "%s", json_string_value(item));
    json_array_foreach(json_object_get(root, "strategies"), i, item) if (!error) error =
        read_strategy(m, item, why);
    json_array_foreach(json_object_get(root, "groups"), i, item) if (!error) error =
        read_group(&m->plan, item);
    return error;
}

int ht_manifest_read(struct ht_manifest *manifest, const char *folder, char why[256])
{
    char path[4200];
    snprintf(path, sizeof path, "%s/manifest.json", folder);
    *manifest = (struct ht_manifest){.created = ""};
    if (access(path, R_OK)) {
        const int error = -errno;
        snprintf(why, 256, "can't read %s: %s", path, strerror(-error));
        return error;
    }
    json_error_t problem;
    json_t *const root = json_load_file(path, 0, &problem);
    if (!root)
        return bad(why, path, problem.text);
    why[0] = 0;
    int error = ht_plan_open(&manifest->plan);
    if (!error)
        error = read_head(manifest, root);
    if (!error)
        error = read_body(manifest, root, why);
    if (!error && (!manifest->plan.strategies || !manifest->plan.groups))
        error = -EPROTO;
    json_decref(root);
    if (error)
        ht_plan_close(&manifest->plan);
    return error && !why[0] ? bad(why, path, "fields are missing, or of another version") : error;
}
