/* A careful program on an allocator: bench/careful.h. Compiled for each strategy, with -DHT_FAULTY. */
#include <errno.h>
#include <string.h>

#include "bench/subject.h"
#include "faults/careful.h"
#include "faults/faulty.h"
#include "faults/live_objects.h"

enum { RESERVE_BYTES = 64, LOOKED_AT_EACH = 100, LOOKED_AT_EVERY = 32 };

/* What the program asks for. */
struct request {
    void *p; /* to be resized; or NULL */
    size_t old_bytes, bytes, alignment;
    bool zeroed;
    bool is_steady; /* memory is back: nothing is injected */
};

/* What each thread keeps back, to be freed when memory runs out. */
static void *reserve[HT_THREADS_MAX];

static bool has(uint32_t caps)
{
    return (heap_caps(&ht_heap) & caps) == caps;
}

/* Failures of this try: a plan that fails thousands of calls is looked at after the first of them, and then now and then. */
static uint64_t failures;

/* The heap as a whole can be looked at: objects are apart, and nobody else writes them. */
static bool can_look(const struct ht_worker *w)
{
    return w->job->threads == 1 && has(HT_CAP_DISTINCT) &&
           (failures <= LOOKED_AT_EACH || failures % LOOKED_AT_EVERY == 0);
}

/* The strategy's mark has no room for ours: marks nest, so that they are found by their words. */
enum { MARKS = 64 };
static _Thread_local struct {
    struct ht_mark mark;
    uint64_t births;
} marks[MARKS];
static _Thread_local unsigned marked;

/* ---- asking -------------------------------------------------------------------------------------------------- */

static enum ht_fault_op op_of(const struct request *r)
{
    return r->p                              ? HT_CALL_REALLOC
           : r->zeroed                       ? HT_CALL_CALLOC
           : r->alignment > HT_MIN_ALIGNMENT ? HT_CALL_ALIGNED
                                             : HT_CALL_MALLOC;
}

static void *ask_strategy(const struct request *r)
{
    errno = 0;
    void *const p = r->p        ? heap_resize(&ht_heap, r->p, r->old_bytes, r->bytes)
                    : r->zeroed ? heap_zalloc(&ht_heap, r->bytes)
                                : heap_alloc(&ht_heap, r->bytes, r->alignment);
#ifdef heap_sets_errno
    if (!p && r->alignment <= HT_MIN_ALIGNMENT && errno != ENOMEM)
        ht_stop(HT_CORRUPT, "an allocation of %zu bytes failed, and errno is %d, not ENOMEM", r->bytes,
                errno);
#endif
    return p;
}

static void *ask(const struct ht_worker *w, const struct request *r)
{
    if (!r->is_steady && ht_faulty_fires(op_of(r), w->index + 1, r->bytes, r->old_bytes))
        return NULL;
    void *const p = ask_strategy(r);
    if (!p && !r->is_steady)
        ht_faulty_acted();
    if (p && r->is_steady)
        ht_faulty_took(r->bytes - r->old_bytes);
    return p;
}

/* ---- looking ------------------------------------------------------------------------------------------------- */

static void look(const struct ht_worker *w, const char *when)
{
    char why[128] = "";
    struct ht_live_object broken;
    if (!can_look(w))
        return;
    if (heap_check(&ht_heap, why))
        ht_stop(HT_CORRUPT, "heap walk %s: %s", when, why);
    if (ht_live_find_broken(ht_stamp_byte, &broken))
        ht_stop(HT_CORRUPT, "%s an object of %zu bytes at %p does not hold what was written to it", when,
                broken.bytes, broken.p);
}

static uint64_t contents(const struct ht_worker *w)
{
    return can_look(w) ? ht_live_hash(NULL) : 0;
}

/* ---- while memory is out ------------------------------------------------------------------------------------- */

/* Of several sizes, which each work or fail cleanly. */
static void probe(const struct ht_worker *w)
{
    static const size_t sizes[] = {8, RESERVE_BYTES, 400, 3000, 20000, 100000};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        if (sizes[i] > heap_max_bytes(&ht_heap))
            continue;
        const struct request r = {.bytes = sizes[i], .alignment = HT_MIN_ALIGNMENT};
        void *const p = ask(w, &r);
        if (!p)
            continue;
        memset(p, 0xa5, r.bytes);
        if (has(HT_CAP_FREE))
            heap_free(&ht_heap, p, r.bytes);
        ht_faulty_gave_back(r.bytes);
    }
}

static void free_reserve(const struct ht_worker *w)
{
    void *const p = reserve[w->index];
    reserve[w->index] = NULL;
    if (!p)
        return;
    ht_check((struct ht_worker *)w, p, RESERVE_BYTES);
    heap_free(&ht_heap, p, RESERVE_BYTES);
}

/* Not since a mark: it would go with what is released. */
static void make_reserve(struct ht_worker *w)
{
    if (marked || !has(HT_CAP_FREE) || reserve[w->index] || RESERVE_BYTES > heap_max_bytes(&ht_heap))
        return;
    void *const p = heap_alloc(&ht_heap, RESERVE_BYTES, HT_MIN_ALIGNMENT);
    if (!p)
        return;
    reserve[w->index] = p;
    memset(p, ht_stamp_byte(p, RESERVE_BYTES), RESERVE_BYTES);
}

/* Memory is back. NULL when there is none for it all the same. */
static void *ask_again(struct ht_worker *w, struct request *r)
{
    ht_faulty_suspend();
    r->is_steady = true;
    void *const p = ask(w, r);
    if (p)
        make_reserve(w);
    ht_faulty_resume(ht_faulty_is_lasting());
    return p;
}

/* It failed: all must be as it was. Asks again, first as things are, then when memory is back. `old` is the hash of what
 * was to be resized. */
static void *survive(struct ht_worker *w, struct request *r, uint64_t old)
{
    failures++;
    if (r->p && ht_bytes_hash(r->p, r->old_bytes) != old)
        ht_stop(HT_CORRUPT, "a resize of %zu to %zu bytes failed, and the object is not what it was",
                r->old_bytes, r->bytes);
    look(w, "after a failure");
    const uint64_t before = contents(w);
    void *p = ask(w, r);
    if (!p) {
        free_reserve(w);
        probe(w);
        if (before != contents(w))
            ht_stop(HT_CORRUPT, "while memory was out objects changed that nobody wrote to");
        look(w, "while memory was out");
        p = ask_again(w, r);
    }
    if (!p)
        ht_stop(HT_OOM, "memory is back, and the strategy returns NULL for %zu bytes", r->bytes);
    look(w, "after memory came back");
    return p;
}

/* ---- bench/careful.h ----------------------------------------------------------------------------------------- */

static void *serve(struct ht_worker *w, struct request *r)
{
    const uint64_t fired = ht_faulty_fired();
    const uint64_t old = r->p && has(HT_CAP_DISTINCT) ? ht_bytes_hash(r->p, r->old_bytes) : 0;
    void *p = ask(w, r);
    if (!p)
        p = survive(w, r, old);
    else if (fired != ht_faulty_fired()) /* it came through by itself */
        look(w, "after a failure");
    if (!has(HT_CAP_DISTINCT))
        return p;
    if (r->p)
        ht_live_remove(r->p);
    if (!ht_live_add(p, r->bytes))
        ht_stop(ht_live_count() > 1 << 13 ? HT_ERROR : HT_CORRUPT,
                "an object was handed out that is in use, or there are more than are looked after");
    return p;
}

void *ht_careful_alloc(struct ht_worker *w, size_t bytes, size_t alignment)
{
    return serve(w, &(struct request){.bytes = bytes, .alignment = alignment});
}

void *ht_careful_zalloc(struct ht_worker *w, size_t bytes)
{
    return serve(w, &(struct request){.bytes = bytes, .alignment = HT_MIN_ALIGNMENT, .zeroed = true});
}

void *ht_careful_resize(struct ht_worker *w, void *p, size_t old_bytes, size_t new_bytes)
{
    return serve(w, &(struct request){
                        .p = p, .old_bytes = old_bytes, .bytes = new_bytes, .alignment = HT_MIN_ALIGNMENT});
}

/* The registry lets it go first: another thread may get its place. */
void ht_careful_free(struct ht_worker *w, void *p, size_t bytes)
{
    const uint64_t fired = ht_faulty_fired();
    ht_live_remove(p);
    heap_free(&ht_heap, p, bytes);
    ht_faulty_gave_back(bytes);
    if (fired != ht_faulty_fired())
        look(w, "after a failure in free");
}

struct ht_mark ht_careful_mark(struct ht_worker *w)
{
    (void)w;
    if (marked == MARKS)
        ht_stop(HT_ERROR, "more than %d marks at once", MARKS);
    marks[marked].births = ht_live_births();
    return marks[marked++].mark = heap_mark(&ht_heap);
}

void ht_careful_release(struct ht_worker *w, struct ht_mark mark)
{
    const uint64_t fired = ht_faulty_fired();
    while (marked && memcmp(&marks[--marked].mark, &mark, sizeof mark))
        ;
    const size_t bytes = ht_live_remove_since(marks[marked].births);
    heap_release(&ht_heap, mark);
    ht_faulty_gave_back(bytes);
    if (fired != ht_faulty_fired())
        look(w, "after a failure in release");
}

void ht_careful_stamped(const void *p)
{
    ht_live_stamp(p);
}

/* ---- faults/careful.h ---------------------------------------------------------------------------------------- */

void ht_careful_warm(void) {}

void ht_careful_open(void)
{
    ht_live_clear();
    failures = 0;
    memset(reserve, 0, sizeof reserve);
    marked = 0;
}

void ht_careful_start(struct ht_worker *w)
{
    make_reserve(w);
}

void ht_careful_stop(struct ht_worker *w)
{
    free_reserve(w);
}

const char *ht_careful_missing(const struct ht_fault_plan *plan, const struct ht_job *job)
{
    (void)job;
    if (plan->kind == HT_FAULT_STRESS)
        return "is an allocator: stress is for collectors";
    return NULL;
}

const enum ht_reopen ht_careful_reopen =
#ifdef heap_reopen
    heap_reopen;
#else
    HT_REOPEN_WHOLE;
#endif
