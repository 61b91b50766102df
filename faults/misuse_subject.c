/* The heap that a case of misuse works on: the strategy's operations as functions. Compiled once for each strategy.
 * Each call counts as an operation of the heap. */
#include <dlfcn.h>
#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include HT_STRATEGY_HEADER
#include "allocators/heap_defaults.h"
#include "faults/misuse/case.h"
#include "faults/misuse_program.h"

static struct ht_heap heap;

bool subject_is_malloc(void)
{
    return !strcmp(HT_STRATEGY, "malloc") || !strcmp(HT_STRATEGY, "malloc-asan");
}

/* ---- for the program ---- */

int ht_subject_open(const char *plugin)
{
    const struct ht_heap_options options = {.threads = 3, .plugin = plugin};
    return heap_open(&heap, &options);
}

const char *ht_subject_open_error(int error)
{
    return heap_open_error(&heap, error);
}

const char *ht_subject_version(void)
{
    return heap_version(&heap);
}

int ht_subject_check(char why[128])
{
    return heap_caps(&heap) & HT_CAP_CHECK ? heap_check(&heap, why) : 0;
}

void ht_subject_close(void)
{
    if (subject_is_malloc())
        libraries_give_back();
    heap_close(&heap);
}

size_t ht_subject_max_bytes(void)
{
    return heap_max_bytes(&heap);
}

/* A library may replace malloc and leave the rest to the C library, which then meets a heap that is not its own. */
static bool is_replaced_too(void *function)
{
    Dl_info own, other;
    return dladdr(function, &other) && dladdr((void *)malloc, &own) && other.dli_fbase == own.dli_fbase;
}

/* What C's malloc lacks here. */
static const char *missing_of_malloc(uint32_t needs)
{
    if (needs & HT_CAP_USABLE && !is_replaced_too((void *)malloc_usable_size))
        return "does not say the usable size";
    if (needs & HT_CAP_ALIGN && !is_replaced_too((void *)posix_memalign))
        return "does not replace posix_memalign";
    if (needs & HT_MISUSE_ALIGNED && !is_replaced_too((void *)aligned_alloc))
        return "does not replace aligned_alloc";
    return NULL;
}

const char *ht_subject_missing(uint32_t needs)
{
    const char *const missing = ht_caps_missing(heap_caps(&heap), (needs & 0xffff) | HT_CAP_DISTINCT);
    if (missing)
        return missing;
    if (subject_is_malloc())
        return missing_of_malloc(needs);
    return needs & HT_MISUSE_NEW ? "has no operators new and delete"
           : needs & HT_MISUSE_C ? "does not take what C's malloc takes"
                                 : NULL;
}

/* ---- for the cases ---- */

void *subject_alloc(size_t bytes)
{
    ht_misuse_count_op();
    return ht_misuse_got(heap_alloc(&heap, bytes, HT_MIN_ALIGNMENT));
}

void *subject_alloc_aligned(size_t bytes, size_t alignment)
{
    ht_misuse_count_op();
    return ht_misuse_got(heap_alloc(&heap, bytes, alignment));
}

void *subject_zalloc(size_t bytes)
{
    ht_misuse_count_op();
    return ht_misuse_got(heap_zalloc(&heap, bytes));
}

void subject_free(void *p, size_t bytes)
{
    if (!(heap_caps(&heap) & HT_CAP_FREE))
        return;
    ht_misuse_count_op();
    heap_free(&heap, p, bytes);
}

void *subject_resize(void *p, size_t old_bytes, size_t new_bytes)
{
    ht_misuse_count_op();
    return heap_resize(&heap, p, old_bytes, new_bytes);
}

size_t subject_usable(void *p, size_t bytes)
{
    return heap_usable(&heap, p, bytes);
}

/* ---- threads ---- */

struct work {
    void (*run)(void *context);
    void *context;
    pthread_barrier_t *gate; /* NULL: none */
};

static void *run_work(void *arg)
{
    const struct work *const work = arg;
    heap_thread_start(&heap);
    if (work->gate)
        pthread_barrier_wait(work->gate);
    work->run(work->context);
    heap_thread_stop(&heap);
    return NULL;
}

void in_another_thread(void (*run)(void *context), void *context)
{
    struct work work = {run, context, NULL};
    pthread_t thread;
    if (!pthread_create(&thread, NULL, run_work, &work))
        pthread_join(thread, NULL);
}

void in_two_threads(void (*run)(void *context), void *context)
{
    pthread_barrier_t gate;
    struct work work = {run, context, &gate};
    pthread_t thread[2];
    pthread_barrier_init(&gate, NULL, 2);
    for (int i = 0; i < 2; i++)
        pthread_create(&thread[i], NULL, run_work, &work);
    for (int i = 0; i < 2; i++)
        pthread_join(thread[i], NULL);
    pthread_barrier_destroy(&gate);
}
