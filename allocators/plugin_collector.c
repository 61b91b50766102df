#include "allocators/plugin_collector.h"

#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/plugin_file.h"

#define SAME_CAP(name) _Static_assert((int)HT_COLLECTOR_##name == (int)GC_CAP_##name, #name)
SAME_CAP(RECLAIM);
SAME_CAP(CYCLES);
SAME_CAP(THREADS);
SAME_CAP(WEAK);
SAME_CAP(EPHEMERON);
SAME_CAP(FINALIZER);
SAME_CAP(MOVES);
SAME_CAP(EXACT);
SAME_CAP(STEP);
SAME_CAP(EXPLICIT);
SAME_CAP(LIMIT);
SAME_CAP(WALK);
SAME_CAP(VERIFY);

#define SAME(a, b) _Static_assert((int)(a) == (int)(b), #a)
SAME(HT_WEAK, GC_WEAK);
SAME(HT_EPHEMERON, GC_EPHEMERON);
SAME(HT_FINALIZER, GC_FINALIZER);
SAME(HT_COUNT_MAX, GC_COUNT_MAX);
SAME(HT_PAUSE_MINOR, GC_PAUSE_MINOR);
SAME(HT_PAUSE_STEP, GC_PAUSE_STEP);
SAME(HT_PAUSE_SWEEP, GC_PAUSE_SWEEP);
SAME(HT_PAUSE_RELEASE, GC_PAUSE_RELEASE);
SAME(HT_PAUSE_WAIT, GC_PAUSE_WAIT);
SAME(offsetof(struct ht_roots, top), offsetof(struct gc_roots, top));
SAME(sizeof(struct ht_root), sizeof(struct gc_root));
SAME(sizeof(struct ht_collector_stats), sizeof(struct gc_stats));
#define X(name, meaning) SAME(offsetof(struct ht_collector_stats, name), offsetof(struct gc_stats, name));
GC_STATS(X)
#undef X

/* ---- what a plug-in may leave out ------------------------------------------------------------------------------ */

static void nothing(void *mutator)
{
    (void)mutator;
}

static void copy(void *mutator, struct ht_root *dst, const struct ht_root *src)
{
    (void)mutator;
    dst->object = src->object;
}

static void empty(void *mutator, struct ht_root *dst)
{
    (void)mutator;
    dst->object = NULL;
}

static void forget(void *mutator, struct ht_root *first, uint32_t n)
{
    (void)mutator, (void)first, (void)n;
}

static int is_equal(void *mutator, const struct ht_root *a, const struct ht_root *b)
{
    (void)mutator;
    return a->object == b->object;
}

static void no_collect(void *mutator, int full)
{
    (void)mutator, (void)full;
}

static int no_step(void *mutator, size_t work)
{
    (void)mutator, (void)work;
    return 0;
}

static int no_verify(void *heap, char why[160])
{
    (void)heap, (void)why;
    return 0;
}

static void no_each(void *heap, gc_visitor *visit, void *context)
{
    (void)heap, (void)visit, (void)context;
}

static void no_stats(void *heap, struct ht_collector_stats *stats)
{
    (void)heap, (void)stats;
}

#define FILL(member, function)                                                                               \
    if (!table->member)                                                                                      \
    table->member = function
static void fill_gaps(struct ht_plugin_collector *table)
{
    FILL(detach, nothing);
    FILL(move, copy);
    FILL(clear, empty);
    FILL(pop, forget);
    FILL(same, is_equal);
    FILL(collect, no_collect);
    FILL(step, no_step);
    FILL(free, table->clear);
    FILL(poll, nothing);
    FILL(park, nothing);
    FILL(unpark, nothing);
    FILL(verify, no_verify);
    FILL(each, no_each);
    FILL(stats, no_stats);
}

/* ---- what a plug-in may call ----------------------------------------------------------------------------------- */

static struct gc_heap *heap_of(const struct ht_collector_options *asks)
{
    return (struct gc_heap *)((uintptr_t)asks - offsetof(struct gc_heap, asks));
}

static size_t pages(size_t bytes)
{
    return (bytes + HT_PAGE_BYTES - 1) & -(size_t)HT_PAGE_BYTES;
}

static void *map(const struct ht_collector_options *asks, size_t bytes)
{
    return bytes ? gc_budget_map(&heap_of(asks)->budget, GC_SITE_HEAP, pages(bytes), HT_PAGE_BYTES) : NULL;
}

static void unmap(const struct ht_collector_options *asks, void *p, size_t bytes)
{
    if (p)
        gc_budget_unmap(&heap_of(asks)->budget, p, pages(bytes));
}

static void finalize(const struct ht_collector_options *asks, struct ht_roots *roots, void *object)
{
    struct gc_mutator *const m = (struct gc_mutator *)roots;
    const struct gc_options *const options = heap_of(asks)->options;
    struct gc_root *const root = gc_push(m, 1);
    root->object = object;
    options->finalize(m, root, options->context);
    gc_pop(m, 1);
}

static uint64_t pause_start(const struct ht_collector_options *asks)
{
    return gc_pause_start(heap_of(asks)->options->log);
}

static void pause_stop(const struct ht_collector_options *asks, const struct ht_roots *roots,
                       enum ht_pause kind, uint64_t start)
{
    if ((unsigned)kind < GC_PAUSE_KINDS)
        gc_pause_stop(heap_of(asks)->options->log, (enum gc_pause_kind)kind,
                      ((const struct gc_mutator *)roots)->number, start);
}

/* ---- open, close ----------------------------------------------------------------------------------------------- */

/* Closes what is open so far, and returns `error`, with the words in heap->error. */
__attribute__((format(printf, 4, 5))) static int refuse(struct gc_heap *heap, int error, const char *file,
                                                        const char *format, ...)
{
    char words[256];
    va_list args;
    va_start(args, format);
    vsnprintf(words, sizeof words, format, args);
    va_end(args);
    if (heap->library)
        dlclose(heap->library);
    heap->library = NULL;
    heap->table = (struct ht_plugin_collector){.abi = 0};
    snprintf(heap->error, sizeof heap->error, "%s %s", file, words);
    return error;
}

/* The name of a required function that `table` lacks, and the capability that requires it; NULL: none. */
static const char *missing_function(const struct ht_plugin_collector *table, const char **because)
{
    const struct {
        int present;
        uint32_t cap;
        const char *function, *because;
    } required[] = {
        {!!table->open, 0, "open", ""},
        {!!table->attach, 0, "attach", ""},
        {!!table->alloc, 0, "alloc", ""},
        {!!table->load, 0, "load", ""},
        {!!table->store, 0, "store", ""},
        {!!table->data, 0, "data", ""},
        {!!table->slots, 0, "slots", ""},
        {!!table->collect, HT_COLLECTOR_RECLAIM, "collect", " with HT_COLLECTOR_RECLAIM"},
        {!!table->step, HT_COLLECTOR_STEP, "step", " with HT_COLLECTOR_STEP"},
        {!!table->free, HT_COLLECTOR_EXPLICIT, "free", " with HT_COLLECTOR_EXPLICIT"},
        {!!table->verify, HT_COLLECTOR_VERIFY, "verify", " with HT_COLLECTOR_VERIFY"},
        {!!table->each, HT_COLLECTOR_WALK, "each", " with HT_COLLECTOR_WALK"},
    };
    for (size_t i = 0; i < sizeof required / sizeof *required; i++)
        if (!required[i].present && (table->caps & required[i].cap) == required[i].cap) {
            *because = required[i].because;
            return required[i].function;
        }
    return NULL;
}

/* Copies the table of `file`, once it is what this interface asks for. */
static int take_table(struct gc_heap *heap, const char *file)
{
    static const struct ht_plugin_interface interface = {"heaptrial_collector",
                                                         "<heaptrial/collector_plugin.h>", HT_COLLECTOR_ABI};
    char why[256];
    const void *found;
    const int error = ht_plugin_file_open(file, &interface, &heap->library, &found, why);
    if (error)
        return refuse(heap, error, file, "%s", why);
    const struct ht_plugin_collector *const table = found;
    if (!table->name || !*table->name)
        return refuse(heap, -EINVAL, file, "has no name, which is required");
    const char *because, *const function = missing_function(table, &because);
    if (function)
        return refuse(heap, -EINVAL, file, "has no %s function, which is required%s", function, because);
    heap->table = *table;
    fill_gaps(&heap->table);
    snprintf(heap->version, sizeof heap->version, "%s%s%s", table->name, table->version ? " " : "",
             table->version ? table->version : "");
    return 0;
}

int gc_plugin_open(struct gc_heap *heap, const struct gc_options *options)
{
    const char *const file = options->plugin;
    if (!file || !*file)
        return refuse(heap, -EINVAL, "plugin-collector", "needs the .so of a collector: plugin:FILE.so");
    if (options->variant[0])
        return refuse(heap, -EINVAL, file, "is a plug-in, which takes no options");
    heap->options = options;
    heap->budget.limit = options->heap_bytes;
    heap->asks = (struct ht_collector_options){options->threads, options->heap_bytes, map,       unmap,
                                               finalize,         pause_start,         pause_stop};
    int error = take_table(heap, file);
    if (error)
        return error;
    error = heap->table.open(&heap->asks, &heap->state);
    if (!error)
        return 0;
    error = error < 0 ? error : -EIO;
    return refuse(heap, error, file, "could not open its heap: %s", strerror(-error));
}

void gc_plugin_close(struct gc_heap *heap)
{
    if (heap->table.close)
        heap->table.close(heap->state);
    dlclose(heap->library);
    heap->library = NULL;
}

int gc_plugin_attach(struct gc_heap *heap, struct gc_mutator *m)
{
    int error = gc_roots_open(&m->roots);
    if (error)
        return error;
    m->heap = heap;
    m->number = atomic_fetch_add(&heap->mutators, 1);
    error = heap->table.attach(heap->state, (struct ht_roots *)&m->roots, &m->state);
    if (error)
        gc_roots_close(&m->roots);
    return error;
}

void gc_plugin_detach(struct gc_mutator *m)
{
    gc_pop(m, (uint32_t)(m->roots.top - m->roots.base));
    m->heap->table.detach(m->state);
    gc_roots_close(&m->roots);
}

void gc_plugin_stats(struct gc_heap *heap, struct gc_stats *stats)
{
    if (heap->budget.peak) {
        stats->held_bytes = heap->budget.held;
        stats->held_peak_bytes = heap->budget.peak;
    }
    heap->table.stats(heap->state, (struct ht_collector_stats *)stats);
}
