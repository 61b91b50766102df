/* What the tests of one collector share: a heap with one mutator, objects with a number in their data, failures
 * at a site, and finalizers that are counted. Included after the strategy. */
#ifndef HT_TESTS_GC_KIT_H
#define HT_TESTS_GC_KIT_H

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "allocators/collector_defaults.h"
#include "allocators/roots.h"

static struct gc_heap heap;
static struct gc_mutator mutator, *const m = &mutator;
static struct gc_options options;
static const char *kit_variant __attribute__((unused)) = ""; /* what the shared tests open the heap with */

enum { KIT_IDS = 1 << 16 };
static unsigned finalized[KIT_IDS];                    /* how often, by number */
static void (*when_finalized)(struct gc_root *object); /* NULL: nothing more */

/* Requests at this site fail, after so many that are served. */
static enum gc_site failing_site;
static uint64_t failing_after, failed;

static inline bool fail_at_site(enum gc_site site, size_t bytes)
{
    (void)bytes;
    if (site != failing_site)
        return false;
    if (failing_after) {
        failing_after--;
        return false;
    }
    failed++;
    return true;
}

static inline void start_failing(enum gc_site site, uint64_t after)
{
    failing_site = site;
    failing_after = after;
    failed = 0;
    gc_budget_fail = fail_at_site;
}

static inline uint64_t number_of(const struct gc_root *object)
{
    uint64_t number;
    memcpy(&number, gc_data(m, object), sizeof number);
    return number;
}

static inline void kit_finalize(struct gc_mutator *mutator_, struct gc_root *object, void *context)
{
    (void)mutator_, (void)context;
    finalized[number_of(object) % KIT_IDS]++;
    if (when_finalized)
        when_finalized(object);
}

static inline int try_heap(uint64_t bytes, const char *variant)
{
    memset(&heap, 0, sizeof heap);
    memset(&mutator, 0, sizeof mutator);
    memset(finalized, 0, sizeof finalized);
    when_finalized = NULL;
    options =
        (struct gc_options){.threads = 1, .heap_bytes = bytes, .variant = variant, .finalize = kit_finalize};
    return gc_open(&heap, &options);
}

static inline void open_heap(uint64_t bytes, const char *variant)
{
    assert_int_equal(try_heap(bytes, variant), 0);
    assert_int_equal(gc_attach(&heap, m), 0);
}

static inline void assert_whole(void)
{
    char why[160] = "";
    if (gc_verify(&heap, why))
        fail_msg("heap walk: %s", why);
}

static inline void close_heap(void)
{
    gc_budget_fail = NULL;
    gc_detach(m);
    gc_close(&heap);
}

/* An object of `slots` whose data starts with `number`; 0 or -ENOMEM. */
static inline int try_new(struct gc_root *dst, uint32_t kind, uint32_t slots, uint32_t bytes, uint64_t number)
{
    const int error = gc_alloc(m, dst, kind, slots, bytes);
    if (!error)
        memcpy(gc_data(m, dst), &number, sizeof number);
    return error;
}

static inline void new_object(struct gc_root *dst, uint32_t kind, uint32_t slots, uint64_t number)
{
    assert_int_equal(try_new(dst, kind, slots, 8, number), 0);
}

static inline void count_one(void *context, uint32_t kind, uint32_t slots, uint32_t bytes, void *data)
{
    (void)kind, (void)slots, (void)bytes, (void)data;
    ++*(uint64_t *)context;
}

static inline uint64_t objects_held(void)
{
    uint64_t count = 0;
    gc_each(&heap, count_one, &count);
    return count;
}

static inline struct gc_stats stats_now(void)
{
    struct gc_stats stats = {0};
    gc_stats(&heap, &stats);
    return stats;
}

struct kit_call {
    void (*test)(void **state);
    void **state;
};

static inline void *kit_call(void *call)
{
    const struct kit_call *const c = call;
    c->test(c->state);
    return NULL;
}

/* Runs a test on a C stack of 64 KiB. A failed assertion in it ends the process. */
static inline void on_small_stack(void (*test)(void **state), void **state)
{
    struct kit_call call = {test, state};
    pthread_attr_t attr;
    pthread_t thread;
    pthread_attr_init(&attr);
    assert_int_equal(pthread_attr_setstacksize(&attr, 64 << 10), 0);
    assert_int_equal(pthread_create(&thread, &attr, kit_call, &call), 0);
    pthread_join(thread, NULL);
    pthread_attr_destroy(&attr);
}

#endif
