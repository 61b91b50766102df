/* A random program in verify mode, for the shadow of the heap to judge the collector that this is built for, as
 * build/tests/oracle-<collector>, and its mutants (tests/mutants). Usage: oracle-<collector> [VARIANT]. It ends as a
 * cell does that is started by hand: 0, or 3 with the outcome and what was wrong on stderr.
 *
 * Where the strategy leaks cycles the program makes none: what is stored was made before what it is stored in. Where
 * the strategy reclaims nothing by itself nothing is freed. */
#include <stdio.h>

#include "base/scratch.h"
#include "bench/mutator.h"
#include "bench/shadow.h"
#include "bench/state.h"

/* Behind the roots stand the list of what came back, and the table of weak references. */
enum {
    ROOTS = 48,
    ROUNDS = 12,
    STEPS = 6000,
    LIST = 10000,
    WIDE = 1500,
    WEAKS = 64,
    SLOTS_MAX = 8,
    SPECIAL = 12
};
enum { HEAP_BYTES = 3 << 20, ROOMY_BYTES = 64 << 20, SCRATCH_BYTES = 1 << 20 };

/* The data of every object. Finalizers bring each third object back, as the first of a list. */
struct data {
    uint64_t made;
};

static struct ht_worker worker;
static uint64_t made;

static void finalize(struct ht_worker *w, struct gc_root *object)
{
    const struct data *const data = ht_data(w, object);
    if (data->made % 3 == 0 && ht_slots(w, object) > SPECIAL) {
        ht_store(w, object, SPECIAL, &w->root[ROOTS]);
        ht_move(w, &w->root[ROOTS], object);
    }
    struct gc_root *const garbage = ht_push(w, 1);
    ht_new(w, garbage, 2, sizeof(struct data));
    ht_pop(w, 1);
}

static const struct ht_workload workload = {.name = "oracle", .finalize = finalize};
static struct ht_job job = {
    .workload = &workload, .threads = 1, .seed = 1, .verify = true, .workers = &worker};

static void make(struct gc_root *dst, uint32_t kind, uint32_t slots)
{
    const uint32_t bytes = sizeof(struct data) + ht_rng_below(&worker.rng, 5) * 24;
    ht_new_kind(&worker, dst, kind, slots, bytes);
    ((struct data *)ht_data(&worker, dst))->made = ++made;
}

static uint32_t any_kind(void)
{
    const uint32_t kind = ht_rng_below(&worker.rng, 40);
    if (kind == 0 && ht_can(GC_CAP_WEAK))
        return GC_WEAK;
    if (kind == 1 && ht_can(GC_CAP_EPHEMERON))
        return GC_EPHEMERON;
    if (kind == 2 && ht_can(GC_CAP_FINALIZER))
        return GC_PLAIN | GC_FINALIZER;
    return GC_PLAIN;
}

static struct gc_root *any_root(void)
{
    return &worker.root[ht_rng_below(&worker.rng, ROOTS)];
}

static bool may_store(const struct gc_root *object, const struct gc_root *value)
{
    if (ht_can(GC_CAP_CYCLES) || gc_is_empty(value))
        return true;
    return ((struct data *)ht_data(&worker, value))->made < ((struct data *)ht_data(&worker, object))->made;
}

static void make_any(void)
{
    const uint32_t kind = any_kind(), slots = 2 + ht_rng_below(&worker.rng, SLOTS_MAX - 1);
    make(any_root(), kind, kind & GC_FINALIZER ? SPECIAL + 1 : slots);
}

static void load_or_store(bool store)
{
    struct gc_root *const object = any_root(), *const other = any_root();
    if (gc_is_empty(object))
        return;
    const uint32_t slots = ht_slots(&worker, object), i = ht_rng_below(&worker.rng, slots < 8 ? slots : 8);
    if (!store)
        ht_load(&worker, other, object, i);
    else if (may_store(object, other))
        ht_store(&worker, object, i, other);
}

/* A list of objects, of which some frame holds the only reference while it is made. */
static void make_list(void)
{
    struct gc_root *const r = ht_push(&worker, 2);
    for (int i = 0; i < LIST; i++) {
        make(&r[0], GC_PLAIN, 2);
        ht_store(&worker, &r[0], i % 2, &r[1]);
        ht_move(&worker, &r[1], &r[0]);
    }
    ht_move(&worker, any_root(), &r[1]);
    ht_pop(&worker, 2);
}

/* A wide object, whose children are old when young ones are hung on them. */
static void make_wide(void)
{
    struct gc_root *const r = ht_push(&worker, 3);
    make(&r[0], GC_PLAIN, WIDE);
    for (uint32_t i = 0; i < WIDE && ht_can(GC_CAP_CYCLES); i++) {
        make(&r[1], GC_PLAIN, 2);
        ht_store(&worker, &r[0], i, &r[1]);
    }
    ht_collect(&worker, GC_MINOR);
    ht_collect(&worker, GC_MINOR);
    for (uint32_t i = 0; i < WIDE && ht_can(GC_CAP_CYCLES); i++) {
        make(&r[2], GC_PLAIN, 2);
        ht_load(&worker, &r[1], &r[0], i);
        ht_store(&worker, &r[1], 0, &r[2]);
        ht_store(&worker, &r[2], 1, &r[1]);
    }
    ht_move(&worker, any_root(), &r[0]);
    ht_pop(&worker, 3);
}

static struct gc_root *weaks(void)
{
    return &worker.root[ROOTS + 1];
}

/* Weak references whose targets are mostly dead, but may not be found so yet. */
static void make_weaks(void)
{
    struct gc_root *const weak = ht_push(&worker, 1);
    make(weaks(), GC_PLAIN, WEAKS);
    for (uint32_t i = 0; i < WEAKS && ht_can(GC_CAP_WEAK); i++) {
        make(weak, GC_WEAK, 1);
        ht_store(&worker, weaks(), i, weak);
    }
    ht_pop(&worker, 1);
}

static void use_weak(void)
{
    struct gc_root *const r = ht_push(&worker, 2);
    ht_load(&worker, &r[0], weaks(), ht_rng_below(&worker.rng, WEAKS));
    if (!gc_is_empty(&r[0])) {
        ht_load(&worker, &r[1], &r[0], 0);
        if (!gc_is_empty(&r[1]))
            ht_move(&worker, any_root(), &r[1]);
        make(&r[1], GC_PLAIN, 2);
        ht_store(&worker, &r[0], 0, &r[1]);
    }
    ht_pop(&worker, 2);
}

/* Somewhere behind a root an edge is taken away, and for a while a root has the only reference to all behind it. */
static void hide(void)
{
    struct gc_root *const r = ht_push(&worker, 3), *const at = &r[0], *const next = &r[1];
    uint32_t i = 0;
    ht_move(&worker, next, any_root());
    for (uint32_t n = ht_rng_below(&worker.rng, 400); n > 0 && !gc_is_empty(next); n--) {
        ht_move(&worker, at, next);
        i = ht_rng_below(&worker.rng, 2);
        ht_load(&worker, next, at, i);
        if (gc_is_empty(next))
            ht_load(&worker, next, at, i = 1 - i);
    }
    if (!gc_is_empty(next) && !gc_is_empty(at)) {
        ht_store(&worker, at, i, &gc_nothing);
        for (uint32_t n = ht_rng_below(&worker.rng, 200); n > 0; n--)
            make(&r[2], GC_PLAIN, 2);
        if (may_store(at, next))
            ht_store(&worker, at, i, next);
    }
    ht_pop(&worker, 3);
}

static void collect(enum gc_collection kind)
{
    ht_collect(&worker, kind);
    ht_state_audit(&worker);
}

static void step(void)
{
    const uint32_t what = ht_rng_below(&worker.rng, 10000);
    if (what < 3200)
        make_any();
    else if (what < 3220)
        hide();
    else if (what < 3500)
        use_weak();
    else if (what < 8500)
        load_or_store(what < 6200);
    else if (what < 9200)
        ht_move(&worker, any_root(), any_root());
    else if (what < 9994)
        ht_clear(&worker, any_root());
    else
        collect(what < 9998 ? GC_MINOR : GC_FULL);
}

static void run(void)
{
    worker.root = ht_push(&worker, ROOTS + 2);
    make_weaks();
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < STEPS; i++)
            step();
        make_list();
        make_wide();
        collect(GC_FULL);
        for (uint32_t i = 0; i <= ROOTS; i += 1 + ht_rng_below(&worker.rng, 2))
            ht_clear(&worker, &worker.root[i]);
    }
    ht_clear(&worker, &worker.root[ROOTS]);
    ht_pop(&worker, ROOTS + 2);
}

/* Finalizers bring objects back in the last collections, too. */
static void end(void)
{
    struct ht_leak leak = {0, 0};
    worker.root = ht_push(&worker, ROOTS + 1);
    ht_collect(&worker, GC_FULL);
    ht_clear(&worker, &worker.root[ROOTS]);
    ht_collect(&worker, GC_FULL);
    ht_clear(&worker, &worker.root[ROOTS]);
    leak = ht_state_leak(&worker);
    if (leak.objects && ht_can(GC_CAP_RECLAIM) && !ht_can(GC_CAP_EXPLICIT))
        ht_stop(HT_LEAK, "with all roots cleared %lu objects of %lu bytes stay", (unsigned long)leak.objects,
                (unsigned long)leak.bytes);
    ht_pop(&worker, ROOTS + 1);
}

int main(int argc, char **argv)
{
    const struct ht_state_options options = {.variant = argc > 1 ? argv[1] : "", .plugin = HT_TEST_PLUGIN};
    worker = (struct ht_worker){.job = &job, .rng = ht_rng_open(job.seed, 1)};
    job.heap_bytes = HEAP_BYTES;
    int error = ht_scratch_open(SCRATCH_BYTES);
    if (!error) {
        const bool reclaims = ht_can(GC_CAP_RECLAIM) && !ht_can(GC_CAP_EXPLICIT);
        job.heap_bytes = reclaims ? HEAP_BYTES : ROOMY_BYTES;
        error = ht_state_open(&job, &options);
    }
    if (error)
        ht_stop(HT_ERROR, "%s", ht_state_open_error(error));
    ht_state_attach(&worker);
    run();
    end();
    char why[160];
    if (ht_state_check(why))
        ht_stop(HT_CORRUPT, "heap walk: %s", why);
    ht_state_detach(&worker);
    ht_state_close();
    const struct ht_shadow_figures f = ht_shadow_figures();
    printf("%lu operations (stream %016lx), %lu objects, %lu audits\n", (unsigned long)f.operations,
           (unsigned long)f.stream_hash, (unsigned long)f.objects, (unsigned long)f.audits);
    return 0;
}
