/* manifest.json: what is written is read back; what is not ours is refused in one line, whatever it is. */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/rng.h"
#include "bench/manifest.h"
#include "results/file.h"

static char folder[] = "/tmp/heaptrial-manifest-XXXXXX", path[64], why[256];
static struct ht_manifest written, again;

static int open_folder(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/manifest.json", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder); /* fails when anything else was left there */
}

/* A plan with something of everything. */
static void make(void)
{
    const struct ht_matrix matrix = {.workloads = "fixed-churn,larson:slots=7:rounds=2",
                                     .passes = "throughput,memory:1",
                                     .threads = "1,2"};
    written =
        (struct ht_manifest){.created = "2026-11-20T17:30:00Z", .command = "heaptrial run \"x\" \\ \xc3\xa9"};
    struct ht_plan *const p = &written.plan;
    assert_int_equal(ht_plan_open(p), 0);
    p->seed = INT64_MAX;
    p->rounds = 4;
    p->repetitions = 7;
    p->shard = 2;
    p->shards = 3;
    p->window_ms = 0.1;
    p->timeout_s = 1.7;
    p->memory_bytes = (uint64_t)1 << 40;
    strcpy(p->env[0], "GLIBC_TUNABLES=a=b");
    strcpy(p->env[1], "X=");
    assert_int_equal(ht_plan_add_strategies(p, "null,system,tlsf", why), 0);
    assert_int_equal(ht_plan_add_matrix(p, &matrix, why), 0);
    for (size_t i = 0; i < p->groups; i++)
        p->group[i].iterations = 1000000000000u + i;
    strcpy(p->group[2].fault, "cycle:length=8,every=7");
    strcpy(p->strategy[1].version, "glibc 2.36");
    ht_plan_identify(p);
    ht_machine_read(&written.machine);
}

static void close_both(void)
{
    ht_plan_close(&written.plan);
    ht_plan_close(&again.plan);
}

static void test_round_trip(void **state)
{
    (void)state;
    make();
    assert_int_equal(ht_manifest_write(&written, folder), 0);
    assert_int_equal(ht_manifest_read(&again, folder, why), 0);
    const struct ht_plan *const a = &written.plan, *const b = &again.plan;
    assert_string_equal(a->run, b->run);
    assert_true(a->seed == b->seed && a->memory_bytes == b->memory_bytes);
    assert_int_equal(a->rounds, b->rounds);
    assert_int_equal(a->repetitions, b->repetitions);
    assert_int_equal(a->shard, b->shard);
    assert_int_equal(a->shards, b->shards);
    assert_true(a->window_ms == b->window_ms && a->timeout_s == b->timeout_s);
    assert_memory_equal(a->env, b->env, sizeof a->env);
    assert_int_equal(a->strategies, b->strategies);
    for (size_t i = 0; i < a->strategies; i++) {
        assert_string_equal(a->strategy[i].name, b->strategy[i].name);
        assert_string_equal(a->strategy[i].version, b->strategy[i].version);
        assert_int_equal(a->strategy[i].kind, b->strategy[i].kind);
    }
    assert_int_equal(a->groups, b->groups);
    for (size_t i = 0; i < a->groups; i++) {
        assert_string_equal(a->group[i].workload, b->group[i].workload);
        assert_string_equal(a->group[i].params, b->group[i].params);
        assert_string_equal(a->group[i].fault, b->group[i].fault);
        assert_int_equal(a->group[i].threads, b->group[i].threads);
        assert_int_equal(a->group[i].pass, b->group[i].pass);
        assert_int_equal(a->group[i].rounds, b->group[i].rounds);
        assert_true(a->group[i].iterations == b->group[i].iterations);
    }
    assert_string_equal(written.created, again.created);
    assert_string_equal(written.command, again.command);
    assert_string_equal(written.machine.host, again.machine.host);
    close_both();
}

/* Paths and versions may be any bytes. */
static void test_foreign_bytes(void **state)
{
    (void)state;
    make();
    strcpy(written.command, "heaptrial run -o \xff\xfe");
    strcpy(written.machine.cpu, "\x80");
    strcpy(written.plan.strategy[0].version, "v\xc3");
    assert_int_equal(ht_manifest_write(&written, folder), 0);
    assert_int_equal(ht_manifest_read(&again, folder, why), 0);
    assert_int_equal(again.plan.strategies, 3);
    assert_string_equal(again.command, "heaptrial run -o ??");
    assert_string_equal(again.plan.strategy[0].version, "v?");
    close_both();
}

/* ---- what is not ours ---------------------------------------------------------------------------------- */

static void write_text(const char *text, size_t bytes)
{
    FILE *const f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, bytes, f), bytes);
    fclose(f);
}

/* Refused, in one line, with nothing held. */
static void assert_refused(const char *what)
{
    memset(why, 'x', sizeof why - 1);
    const int error = ht_manifest_read(&again, folder, why);
    if (!error)
        fail_msg("accepted: %s", what);
    assert_null(again.plan.group);
    assert_null(strchr(why, '\n'));
    assert_true(strlen(why) > 20 && strlen(why) < 255);
}

static void test_missing(void **state)
{
    (void)state;
    assert_int_equal(ht_manifest_read(&again, "/nowhere/at/all", why), -ENOENT);
    assert_non_null(strstr(why, "there is no run in /nowhere/at/all"));
    unlink(path);
    assert_int_equal(ht_manifest_read(&again, folder, why), -ENOENT);
}

static void test_truncated(void **state)
{
    (void)state;
    char *text;
    size_t bytes;
    make();
    assert_int_equal(ht_manifest_write(&written, folder), 0);
    ht_plan_close(&written.plan);
    assert_int_equal(ht_file_read(path, &text, &bytes), 0);
    for (size_t n = 0; n + 2 < bytes; n += 1 + n / 50) {
        write_text(text, n);
        assert_refused("a truncated manifest");
    }
    /* One byte changed may give another sound manifest, but no crash. */
    struct ht_rng rng = ht_rng_open(1, 1);
    for (int i = 0; i < 300; i++) {
        const size_t at = ht_rng_below(&rng, (uint32_t)bytes);
        const char was = text[at];
        text[at] = (char)ht_rng_next(&rng);
        write_text(text, bytes);
        if (!ht_manifest_read(&again, folder, why))
            ht_plan_close(&again.plan);
        text[at] = was;
    }
    free(text);
}

/* Each member of `object` taken away, and given each wrong type. */
static void break_members(json_t *root, json_t *object, const char *const *optional)
{
    static const char *const wrong[] = {"null",  "true", "[]",    "{}",         "-1",
                                        "1e300", "\"\"", "\"x\"", "99999999999"};
    char *keys[32];
    size_t n = 0;
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value) keys[n++] = strdup(key);
    for (size_t i = 0; i < n; i++) {
        json_t *const was = json_incref(json_object_get(object, keys[i]));
        int is_optional = 0;
        for (const char *const *o = optional; *o; o++)
            is_optional |= !strcmp(*o, keys[i]);
        json_object_del(object, keys[i]);
        assert_int_equal(json_dump_file(root, path, 0), 0);
        if (!is_optional)
            assert_refused(keys[i]);
        for (size_t w = 0; w < sizeof wrong / sizeof *wrong; w++) {
            json_object_set_new(object, keys[i], json_loads(wrong[w], JSON_DECODE_ANY, NULL));
            assert_int_equal(json_dump_file(root, path, 0), 0);
            if (!ht_manifest_read(&again, folder, why)) /* as good as what was there, for some */
                ht_plan_close(&again.plan);
            assert_null(strchr(why, '\n'));
        }
        json_object_set_new(object, keys[i], was);
        free(keys[i]);
    }
}

static void test_members(void **state)
{
    (void)state;
    static const char *const of_root[] = {"heaptrial", "order", "memory_limit", NULL};
    static const char *const of_machine[] = {"os",
                                             "kernel",
                                             "cpu",
                                             "cores",
                                             "memory_bytes",
                                             "libc",
                                             "compiler",
                                             "governor",
                                             "transparent_hugepage",
                                             "aslr",
                                             "flags",
                                             NULL};
    static const char *const of_strategy[] = {"absent", "spelled", "cell", NULL};
    static const char *const of_group[] = {"fault", NULL}, *const of_faulty_group[] = {NULL};
    make();
    assert_int_equal(ht_manifest_write(&written, folder), 0);
    ht_plan_close(&written.plan);
    json_t *const root = json_load_file(path, 0, NULL);
    assert_non_null(root);
    break_members(root, root, of_root);
    break_members(root, json_object_get(root, "machine"), of_machine);
    break_members(root, json_array_get(json_object_get(root, "strategies"), 1), of_strategy);
    break_members(root, json_array_get(json_object_get(root, "groups"), 1), of_group);
    break_members(root, json_array_get(json_object_get(root, "groups"), 2), of_faulty_group);
    json_decref(root);
}

/* Figures that would divide by zero, overflow or run for ever. */
static void test_figures(void **state)
{
    (void)state;
    static const struct {
        const char *key, *value;
    } table[] = {
        {"shards", "0"},
        {"shard", "0"},
        {"shard", "4"},
        {"shards", "4294967296"},
        {"rounds", "0"},
        {"rounds", "-1"},
        {"rounds", "100001"},
        {"repetitions", "0"},
        {"repetitions", "901"},
        {"window_ms", "0"},
        {"window_ms", "1e9"},
        {"timeout_s", "-1"},
        {"timeout_s", "1e300"},
        {"memory_limit", "-1"},
        {"seed", "5"},
        {"format", "3"},
        {"run", "\"0123456789abcdef\""},
        {"run", "\"0123456789abcdef0123456789abcdef\""},
        {"strategies", "[]"},
        {"groups", "[]"},
        {"env", "[\"X\"]"},
        {"env", "[1]"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        make();
        assert_int_equal(ht_manifest_write(&written, folder), 0);
        ht_plan_close(&written.plan);
        json_t *const root = json_load_file(path, 0, NULL);
        json_object_set_new(root, table[i].key, json_loads(table[i].value, JSON_DECODE_ANY, NULL));
        assert_int_equal(json_dump_file(root, path, 0), 0);
        json_decref(root);
        assert_refused(table[i].key);
    }
}

/* ---- a disk that takes no more -------------------------------------------------------------------------- */

static void test_cannot_write(void **state)
{
    (void)state;
    make();
    assert_int_equal(ht_manifest_write(&written, "/nowhere/at/all"), -ENOENT);
    assert_int_equal(ht_manifest_write(&written, folder), 0);
    ht_plan_close(&written.plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),   cmocka_unit_test(test_foreign_bytes),
        cmocka_unit_test(test_missing),      cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_members),      cmocka_unit_test(test_figures),
        cmocka_unit_test(test_cannot_write),
    };
    return cmocka_run_group_tests(tests, open_folder, remove_folder);
}
