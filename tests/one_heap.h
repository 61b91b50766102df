/* What the tests of one strategy share: its heap, fresh for each test, and what its walk must say. Included after
 * the strategy's header. */
#ifndef HT_TESTS_ONE_HEAP_H
#define HT_TESTS_ONE_HEAP_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "allocators/heap_defaults.h"

enum { ONE_HEAP_THREADS = 4 };

static struct ht_heap heap;

static inline int open_heap(void **state)
{
    (void)state;
    memset(&heap, 0, sizeof heap);
    return heap_open(&heap, &(struct ht_heap_options){.threads = ONE_HEAP_THREADS});
}

static inline int close_heap(void **state)
{
    (void)state;
    heap_close(&heap);
    return 0;
}

/* An object of `bytes`, full of 0xaa. */
static inline void *take(size_t bytes)
{
    void *const p = heap_alloc(&heap, bytes, HT_MIN_ALIGNMENT);
    assert_non_null(p);
    return memset(p, 0xaa, bytes);
}

static inline void assert_whole(void)
{
    char why[128] = "";
    if (heap_check(&heap, why))
        fail_msg("%s", why);
}

/* The walk fails, with `word` in its reason. */
static inline void assert_broken(const char *word)
{
    char why[128] = "";
    assert_int_equal(heap_check(&heap, why), -EUCLEAN);
    if (!strstr(why, word))
        fail_msg("\"%s\" does not say \"%s\"", why, word);
}

#endif
