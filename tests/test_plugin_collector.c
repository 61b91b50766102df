/* Collectors as plug-ins that must be refused, each with the line that says why, and what heaptrial does for those
 * that leave something out (faults/plugins/collector_*.c). How the others break: tests/cli/bad_collector.sh. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "allocators/plugin_collector.h"

#include "allocators/collector_defaults.h"

enum { MIB = 1 << 20 };

static struct gc_heap heap;
static struct gc_mutator mutator, *const m = &mutator;
static struct gc_options options;

static void finalize(struct gc_mutator *of, struct gc_root *object, void *context)
{
    *(struct gc_root *)context = *object;
    gc_clear(of, object);
}

static int open_file(const char *path)
{
    static struct gc_root finalized;
    memset(&heap, 0, sizeof heap);
    memset(m, 0, sizeof *m);
    options = (struct gc_options){.threads = 1,
                                  .heap_bytes = MIB,
                                  .variant = "",
                                  .plugin = path,
                                  .finalize = finalize,
                                  .context = &finalized};
    return gc_open(&heap, &options);
}

static const char *path_of(const char *name)
{
    static char path[4096];
    const char *const build = getenv("HT_BUILD");
    snprintf(path, sizeof path, "%s/plugins/%s.so", build ? build : "build", name);
    return path;
}

static void open_plugin(const char *name)
{
    const int error = open_file(path_of(name));
    if (error)
        fail_msg("%s", gc_open_error(&heap, error));
    assert_int_equal(gc_attach(&heap, m), 0);
}

static void close_plugin(void)
{
    gc_detach(m);
    gc_close(&heap);
}

static void test_refused(void **state)
{
    (void)state;
    static const struct {
        const char *plugin;
        int error;
        const char *words;
    } bad[] = {
        {"bump", -EINVAL, "is no plug-in: it exports no symbol heaptrial_collector"},
        {"collector_new_version", -EINVAL,
         "is built for plug-in interface 2, this is 1: it needs a newer heaptrial"},
        {"collector_missing_store", -EINVAL, "has no store function, which is required"},
        {"collector_missing_step", -EINVAL, "has no step function, which is required with HT_COLLECTOR_STEP"},
        {"none", -ENOENT, "can't be read: No such file or directory"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char line[4608];
        const char *const path = path_of(bad[i].plugin);
        snprintf(line, sizeof line, "%s %s", path, bad[i].words);
        assert_int_equal(open_file(path), bad[i].error);
        assert_string_equal(gc_open_error(&heap, bad[i].error), line);
        assert_null(heap.library);
    }
    assert_int_equal(open_file(NULL), -EINVAL);
    assert_string_equal(heap.error, "plugin-collector needs the .so of a collector: plugin:FILE.so");
}

static bool no_memory(enum gc_site site, size_t bytes)
{
    (void)bytes;
    return site == GC_SITE_HEAP;
}

static void test_open_fails(void **state)
{
    (void)state;
    gc_budget_fail = no_memory;
    assert_int_equal(open_file(path_of("skeleton_collector")), -ENOMEM);
    gc_budget_fail = NULL;
    assert_non_null(strstr(heap.error, "could not open its heap: Cannot allocate memory"));
    assert_int_equal(heap.budget.held, 0);
}

static void test_name_and_claims(void **state)
{
    (void)state;
    open_plugin("skeleton_collector");
    assert_string_equal(gc_version(&heap), "skeleton-collector 1.0");
    assert_true(gc_caps(&heap) & GC_CAP_CYCLES);
    assert_false(gc_caps(&heap) & GC_CAP_WEAK);
    struct gc_stats stats;
    memset(&stats, 0xff, sizeof stats);
    gc_collect(m, GC_FULL);
    gc_stats(&heap, &stats);
    assert_int_equal(stats.collections, 1);
    assert_int_equal(stats.held_bytes, MIB);
    assert_true(stats.barriers == GC_UNKNOWN);
    close_plugin();
    assert_int_equal(heap.budget.held, 0);
}

/* The skeleton's own walk is not for show. */
static void test_walk_of_skeleton(void **state)
{
    (void)state;
    char why[160];
    open_plugin("skeleton_collector");
    struct gc_root *const root = gc_push(m, 1);
    assert_int_equal(gc_alloc(m, root, GC_PLAIN, 2, 8), 0);
    assert_int_equal(gc_verify(&heap, why), 0);
    uint64_t *const header = root->object, before = *header;
    *header = before + 1;
    assert_int_equal(gc_verify(&heap, why), -EUCLEAN);
    *header = before | (uint64_t)1 << 62;
    assert_int_equal(gc_verify(&heap, why), -EUCLEAN);
    assert_non_null(strstr(why, "is marked outside of a collection"));
    *header = before;
    assert_int_equal(gc_verify(&heap, why), 0);
    close_plugin();
}

static int endless_verify(void *state, char why[160])
{
    (void)state;
    memset(why, 'x', 160);
    return -EUCLEAN;
}

static void test_words_of_a_walk_end(void **state)
{
    (void)state;
    char why[161];
    why[160] = 0;
    open_plugin("skeleton_collector");
    heap.table.verify = endless_verify;
    assert_int_equal(gc_verify(&heap, why), -EUCLEAN);
    assert_int_equal(strlen(why), 159);
    close_plugin();
}

/* What the skeleton leaves out is there all the same. */
static void test_defaults_fill_the_gaps(void **state)
{
    (void)state;
    open_plugin("skeleton_collector");
    struct gc_root *const root = gc_push(m, 3);
    assert_int_equal(gc_alloc(m, &root[0], GC_PLAIN, 1, 8), 0);
    gc_move(m, &root[1], &root[0]);
    assert_true(gc_same(m, &root[0], &root[1]));
    gc_free(m, &root[1]);
    assert_true(gc_is_empty(&root[1]));
    assert_false(gc_same(m, &root[0], &root[1]));
    assert_false(gc_step(m, 100));
    gc_poll(m);
    gc_park(m);
    gc_unpark(m);
    close_plugin();
}

/* What a plug-in may call: the finalizer sees the object in a root slot, which is gone afterwards. */
static void test_services(void **state)
{
    (void)state;
    struct gc_pause logged[4];
    struct gc_log log = {.pause = logged, .room = 4};
    open_plugin("skeleton_collector");
    options.log = &log;
    const struct ht_collector_options *const asks = &heap.asks;
    int object;
    asks->finalize(asks, (struct ht_roots *)&m->roots, &object);
    assert_ptr_equal(((struct gc_root *)options.context)->object, &object);
    assert_ptr_equal(m->roots.base, m->roots.top);
    asks->pause_stop(asks, (struct ht_roots *)&m->roots, HT_PAUSE_MINOR, asks->pause_start(asks));
    asks->pause_stop(asks, (struct ht_roots *)&m->roots, (enum ht_pause)99, 0); /* no such kind: not logged */
    assert_int_equal(log.count, 1);
    assert_int_equal(logged[0].kind, GC_PAUSE_MINOR);
    assert_null(asks->map(asks, 1)); /* the limit is reached */
    close_plugin();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_open_fails),
        cmocka_unit_test(test_name_and_claims),
        cmocka_unit_test(test_walk_of_skeleton),
        cmocka_unit_test(test_words_of_a_walk_end),
        cmocka_unit_test(test_defaults_fill_the_gaps),
        cmocka_unit_test(test_services),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
