#include "allocators/boehm.h"

#include <stdio.h>

#define GC_THREADS
#define GC_NO_THREAD_REDIRECTS
#include <gc/gc.h>
#include <gc/gc_inline.h>
#include <gc/gc_mark.h>
#include <gc/gc_typed.h>

#include "allocators/variant.h"

enum {
    PAGE = HT_PAGE_BYTES,
    PAGE_COST = PAGE + 352,  /* with its header and mark bytes, as libgc 8.2 maps them */
    FIXED_BYTES = 320 << 10, /* what libgc maps for tables at once: 320 KiB */
    STEPS_TO_LIMIT = 16,
    CLEARED_BYTES = 8 << 10,
    IGNORE_OFF_PAGE = 100 << 10, /* from here on libgc wants to be told that only the start counts */
};

static struct gc_heap *the_heap;
static GC_push_other_roots_proc push_other_roots;
_Thread_local struct gc_mutator *gc_boehm_self;

static struct GC_prof_stats_s ask(void)
{
    struct GC_prof_stats_s stats;
    GC_get_prof_stats(&stats, sizeof stats);
    return stats;
}

/* ---- roots, while the world is stopped ----------------------------------------------------------------------- */

/* A mutator that was stopped may be about to take an object off a list. */
static void mark_lists(struct gc_mutator *m)
{
    for (int kind = 0; kind < 2; kind++)
        for (int i = 0; i < GC_BOEHM_LISTS; i++)
            for (void *p = m->list[kind][i]; p; p = *(void **)p)
                GC_set_mark_bit(p);
}

static void push_roots(void)
{
    push_other_roots();
    for (struct gc_mutator *m = the_heap ? the_heap->mutators : NULL; m; m = m->next) {
        GC_push_all(m->roots.base, m->roots.top);
        if (m == gc_boehm_self) /* who collects */
            memset(m->list, 0, sizeof m->list);
        else
            mark_lists(m);
    }
}

static void log_pause(GC_EventType event)
{
    struct gc_heap *const heap = the_heap;
    if (!heap)
        return;
    if (event == GC_EVENT_START)
        heap->pause_start = gc_pause_start(heap->options->log);
    else if (event == GC_EVENT_END)
        for (const struct gc_mutator *m = heap->mutators; m; m = m->next)
            gc_pause_stop(heap->options->log, GC_PAUSE_FULL, m->number, heap->pause_start);
}

/* ---- open, close --------------------------------------------------------------------------------------------- */

/* What is set once in a process. The thread that opens the heap is no mutator yet: its stack is not scanned. */
static void start_library(unsigned markers)
{
    GC_set_no_dls(1);
    GC_set_all_interior_pointers(0);
    GC_set_dont_precollect(1);
    GC_set_finalize_on_demand(1);
    GC_set_markers_count(markers);
    GC_set_warn_proc(GC_ignore_warn_proc);
    GC_INIT();
    GC_clear_roots();
    GC_allow_register_threads();
    GC_unregister_my_thread();
    push_other_roots = GC_get_push_other_roots();
    GC_set_push_other_roots(push_roots);
    GC_set_on_collection_event(log_pause);
    GC_disable(); /* as it is while no heap is open, and with our pace */
}

/* Takes blocks of `bytes` in all away from the heap. */
static void withhold(struct gc_heap *heap, size_t bytes)
{
    for (size_t piece = bytes; piece >= PAGE && bytes >= PAGE;) {
        void **const block = GC_malloc_atomic_uncollectable(piece < bytes ? piece : bytes);
        if (!block) {
            piece /= 2;
            continue;
        }
        *block = heap->withheld;
        heap->withheld = block;
        bytes = bytes > GC_size(block) ? bytes - GC_size(block) : 0;
    }
}

/* How many bytes of libgc's heap fit in `bytes`. */
static size_t affordable(uint64_t bytes)
{
    return bytes / PAGE_COST * PAGE;
}

static size_t cost(size_t bytes)
{
    return bytes / PAGE * PAGE_COST;
}

/* Counts what libgc has already: a first heap of 64 KiB, or the one before. */
static int take_over(struct gc_heap *heap)
{
    const struct GC_prof_stats_s has = ask();
    if (!gc_budget_take(&heap->budget, GC_SITE_HEAP, FIXED_BYTES))
        return -ENOMEM;
    const size_t room = affordable(heap->budget.limit - heap->budget.held);
    const size_t kept = has.heapsize_full < room ? has.heapsize_full : room;
    if (!gc_budget_take(&heap->budget, GC_SITE_HEAP, cost(kept)))
        return -ENOMEM;
    withhold(heap, has.heapsize_full - kept);
    const uint64_t counted = FIXED_BYTES + kept;
    heap->other_bytes = has.obtained_from_os_bytes > counted ? has.obtained_from_os_bytes - counted : 0;
    heap->first_collection = has.gc_no;
    heap->freed_before = has.reclaimed_bytes_before_gc + has.bytes_reclaimed_since_gc;
    return 0;
}

/* libgc's own pace, or ours: then it neither grows nor collects unless it is told to. */
static void set_pace(struct gc_heap *heap, uint64_t divisor)
{
    heap->own_pace = !divisor;
    if (!heap->own_pace)
        GC_enable();
    GC_set_free_space_divisor(divisor ? divisor : 1);
    const size_t more = heap->own_pace ? 0 : affordable(heap->budget.limit - heap->budget.held);
    heap->most_bytes = ask().heapsize_full + more;
    GC_set_max_heap_size(heap->most_bytes);
    gc_budget_take(&heap->budget, GC_SITE_HEAP, cost(more));
}

int gc_boehm_open(struct gc_heap *heap, const struct gc_options *options)
{
    heap->options = options;
    heap->budget.limit = options->heap_bytes;
    const uint64_t markers = ht_variant(options->variant, "markers", 1);
    if (!ht_variant_is_known(options->variant, GC_OPTIONS) || !markers || markers > 16)
        return -EINVAL;
    if (!GC_is_init_called())
        start_library((unsigned)markers);
    const int error = take_over(heap);
    if (error) {
        heap->budget.held = 0;
        return error;
    }
    set_pace(heap, ht_variant(options->variant, "divisor", 0));
    heap->typed = ht_variant(options->variant, "typed", 0);
    if (heap->typed)
        GC_make_descriptor(&(GC_word){1}, 1); /* the first sets up their kind */
    const unsigned version = GC_get_version();
    snprintf(heap->version, sizeof heap->version, "%u.%u.%u", version >> 16, version >> 8 & 255,
             version & 255);
    pthread_mutex_init(&heap->growing, NULL);
    the_heap = heap;
    return 0;
}

const char *gc_boehm_open_error(int error)
{
    return error == -EINVAL ? "boehm's options are divisor=N, markers=N (1 to 16) and typed"
                            : strerror(-error);
}

/* What earlier calls have left beneath this frame would look like roots where the frames of the collection do not
 * overwrite it: libgc clears a little of it now and then in GC_malloc, which is not called here. */
static __attribute__((noinline)) void clear_stack(void)
{
    char beneath[CLEARED_BYTES];
    memset(beneath, 0, sizeof beneath);
    __asm__ volatile("" : : "r"(beneath) : "memory");
}

static void collect_now(struct gc_heap *heap)
{
    clear_stack();
    if (heap->own_pace)
        GC_enable();
    GC_gcollect();
    if (heap->own_pace)
        GC_disable();
}

/* libgc ends the process when it has no memory for a thread: so it may pass its limit for that, by what
 * FIXED_BYTES is more than its tables. */
static bool register_thread(struct gc_heap *heap, const struct GC_stack_base *stack)
{
    pthread_mutex_lock(&heap->growing);
    GC_set_max_heap_size(heap->most_bytes + (64 << 10));
    const bool is_registered = GC_register_my_thread(stack) == GC_SUCCESS;
    GC_set_max_heap_size(heap->most_bytes);
    pthread_mutex_unlock(&heap->growing);
    return is_registered;
}

/* On a thread of its own, whose registers hold no stale address, and of whose stack only this frame counts: at
 * its end stand addresses of the mapping, which may be those of the next one, the heap. */
static void *empty(void *context)
{
    struct gc_heap *const heap = context;
    const struct GC_stack_base stack = {__builtin_frame_address(0)};
    register_thread(heap, &stack);
    for (void **block = heap->withheld, **next; block; block = next) {
        next = *block;
        GC_free(block);
    }
    collect_now(heap);
    GC_invoke_finalizers(); /* of a thread that is no mutator: they are forgotten */
    collect_now(heap);
    GC_unregister_my_thread();
    return NULL;
}

/* Leaves an empty heap to the next one in this process. */
void gc_boehm_close(struct gc_heap *heap)
{
    pthread_t thread;
    if (!pthread_create(&thread, NULL, empty, heap))
        pthread_join(thread, NULL);
    if (!heap->own_pace)
        GC_disable();
    the_heap = NULL;
    pthread_mutex_destroy(&heap->growing);
}

/* ---- mutators ------------------------------------------------------------------------------------------------ */

static void *link_mutator(void *mutator)
{
    struct gc_mutator *const m = mutator;
    m->number = m->heap->mutators ? m->heap->mutators->number + 1 : 0;
    m->next = m->heap->mutators;
    m->heap->mutators = m;
    return NULL;
}

static void *unlink_mutator(void *mutator)
{
    struct gc_mutator *const m = mutator, **at = &m->heap->mutators;
    while (*at != m)
        at = &(*at)->next;
    *at = m->next;
    return NULL;
}

int gc_boehm_attach(struct gc_heap *heap, struct gc_mutator *m)
{
    struct GC_stack_base stack;
    const int error = gc_roots_open(&m->roots);
    if (error)
        return error;
    m->heap = heap;
    GC_get_stack_base(&stack);
    m->is_registered = register_thread(heap, &stack);
    GC_call_with_alloc_lock(link_mutator, m);
    gc_boehm_self = m;
    return 0;
}

void gc_boehm_detach(struct gc_mutator *m)
{
    GC_call_with_alloc_lock(unlink_mutator, m);
    gc_boehm_self = NULL;
    if (m->is_registered)
        GC_unregister_my_thread();
    gc_roots_close(&m->roots);
}

/* ---- allocation ---------------------------------------------------------------------------------------------- */

/* Grows by a sixteenth of the limit, by `bytes` where that is more, or by what the limit leaves. */
static bool grow(struct gc_heap *heap, size_t bytes)
{
    const size_t room = affordable(heap->budget.limit - heap->budget.held);
    const size_t least = (bytes + PAGE - 1) / PAGE * PAGE;
    size_t step = affordable(heap->budget.limit / STEPS_TO_LIMIT);
    step = step < least ? least : step;
    step = step > room ? room : step;
    if (!heap->own_pace || !step || step < least || !gc_budget_take(&heap->budget, GC_SITE_HEAP, cost(step)))
        return false;
    const uint64_t has = ask().heapsize_full;
    GC_set_max_heap_size(has + step);
    if (GC_expand_hp(step)) {
        heap->most_bytes = has + step;
        return true;
    }
    GC_set_max_heap_size(heap->most_bytes);
    gc_budget_give(&heap->budget, cost(step));
    return false;
}

bool gc_boehm_make_room(struct gc_mutator *m, size_t bytes, int *collections)
{
    struct gc_heap *const heap = m->heap;
    const uint64_t seen = GC_get_gc_no();
    pthread_mutex_lock(&heap->growing);
    bool collected = GC_get_gc_no() != seen; /* by another, while this one waited */
    const bool grown = !collected && grow(heap, bytes);
    if (!collected && !grown && *collections > 0) {
        collect_now(heap);
        collected = true;
        --*collections;
    }
    pthread_mutex_unlock(&heap->growing);
    return grown || collected;
}

/* A cleared object, or one with any data where it has no slots; NULL when libgc's heap has no room. */
static void *take(struct gc_mutator *m, uint32_t slots, size_t size)
{
    if (slots && m->heap->typed)
        return GC_malloc_explicitly_typed(size, (8 + 8 * (GC_word)slots) | GC_DS_LENGTH);
    const int kind = slots ? GC_I_NORMAL : GC_I_PTRFREE;
    const size_t granules = (size + GC_BOEHM_GRANULE - 1) / GC_BOEHM_GRANULE;
    if (size >= IGNORE_OFF_PAGE)
        return GC_generic_malloc_ignore_off_page(size, kind);
    if (granules >= GC_BOEHM_LISTS)
        return GC_malloc_kind(size, kind);
    void **const list = &m->list[slots > 0][granules];
    if (!*list)
        GC_generic_malloc_many(granules * GC_BOEHM_GRANULE, kind, list);
    void **const object = *list;
    if (object)
        *list = *object;
    return object;
}

/* As take. Of what is not a collection, filling a list is sweeping a block, or clearing one. */
static void *take_logged(struct gc_mutator *m, uint32_t slots, size_t size)
{
    struct gc_log *const log = m->heap->options->log;
    const uint64_t start = gc_pause_start(log), collections = log ? GC_get_gc_no() : 0;
    void *const object = take(m, slots, size);
    if (log && GC_get_gc_no() == collections)
        gc_pause_stop(log, GC_PAUSE_SWEEP, m->number, start);
    return object;
}

int gc_boehm_alloc_slowly(struct gc_mutator *m, struct gc_root *dst, uint32_t kind, uint32_t slots,
                          uint32_t bytes)
{
    const size_t size = gc_size(slots, bytes);
    int collections = 2; /* for what is garbage, and for what finalizers held back */
    struct gc_object *object;
    gc_boehm_finalize(m);
    while (!(object = take_logged(m, slots, size))) {
        if (!gc_boehm_make_room(m, size, &collections))
            return -ENOMEM;
        gc_boehm_finalize(m);
    }
    object->header = gc_header(kind, slots, bytes);
    if (kind & GC_FINALIZER && gc_boehm_add_finalizer(m, object))
        return -ENOMEM;
    dst->object = object;
    return 0;
}

void gc_boehm_collect(struct gc_mutator *m)
{
    pthread_mutex_lock(&m->heap->growing);
    collect_now(m->heap);
    pthread_mutex_unlock(&m->heap->growing);
    gc_boehm_finalize(m);
}

void gc_boehm_stats(struct gc_heap *heap, struct gc_stats *stats)
{
    const struct GC_prof_stats_s now = ask();
    stats->collections = now.gc_no - heap->first_collection;
    stats->freed_bytes = now.reclaimed_bytes_before_gc + now.bytes_reclaimed_since_gc - heap->freed_before;
    stats->finalized = heap->finalized;
    stats->held_peak_bytes = now.obtained_from_os_bytes - heap->other_bytes;
    stats->held_bytes = stats->held_peak_bytes - now.unmapped_bytes;
}
