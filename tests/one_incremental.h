/* What the tests of incremental share: its heap, one mutator with a frame of roots, a log of pauses, finalizers that
 * are noted, sites that fail, trees that know what they should be. */
#ifndef HT_TESTS_ONE_INCREMENTAL_H
#define HT_TESTS_ONE_INCREMENTAL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "allocators/incremental.h"
#include "base/rng.h"

enum { ROOTS = 16, MIB = 1 << 20, NODE_SLOTS = 2, NODE_BYTES = 8, NODE = 32 };

static struct gc_heap heap;
static struct gc_mutator m;
static struct gc_root *r;
static struct gc_pause pauses[1 << 16];
static struct gc_log pause_log = {pauses, 1 << 16, 0};
static unsigned finalized;
static void (*on_finalize)(struct gc_root *object);
static int failing_site;

static inline void note_finalizer(struct gc_mutator *mutator, struct gc_root *object, void *context)
{
    (void)mutator, (void)context;
    finalized++;
    if (on_finalize)
        on_finalize(object);
}

static inline bool fail_site(enum gc_site site, size_t bytes)
{
    (void)bytes;
    return (int)site == failing_site;
}

static inline void open_heap(size_t bytes, const char *variant)
{
    static struct gc_options options;
    options = (struct gc_options){
        .threads = 1, .heap_bytes = bytes, .variant = variant, .log = &pause_log, .finalize = note_finalizer};
    pause_log.count = 0;
    finalized = 0;
    on_finalize = NULL;
    memset(&heap, 0, sizeof heap);
    memset(&m, 0, sizeof m);
    assert_int_equal(gc_open(&heap, &options), 0);
    assert_int_equal(gc_attach(&heap, &m), 0);
    r = gc_push(&m, ROOTS);
}

static inline void assert_whole(void)
{
    char why[160] = "";
    if (gc_verify(&heap, why))
        fail_msg("%s", why);
}

static inline void close_heap(void)
{
    gc_budget_fail = NULL;
    assert_whole();
    gc_pop(&m, ROOTS);
    gc_detach(&m);
    gc_close(&heap);
    assert_int_equal(heap.budget.held, 0);
}

static inline unsigned pauses_of(enum gc_pause_kind kind)
{
    unsigned n = 0;
    assert_true(pause_log.count <= pause_log.room);
    for (size_t i = 0; i < pause_log.count; i++)
        n += pauses[i].kind == kind;
    return n;
}

static inline void new_object(struct gc_root *dst, uint32_t kind, uint32_t slots, uint32_t bytes)
{
    assert_int_equal(gc_alloc(&m, dst, kind, slots, bytes), 0);
}

static inline void new_node(struct gc_root *dst, uint64_t id)
{
    new_object(dst, GC_PLAIN, NODE_SLOTS, NODE_BYTES);
    *(uint64_t *)gc_data(&m, dst) = id;
}

static inline uint64_t id_of(const struct gc_root *object)
{
    return *(uint64_t *)gc_data(&m, object);
}

/* r[0] is a list of n nodes, whose ids are their places. */
static inline void build_list(unsigned n)
{
    gc_clear(&m, &r[0]);
    for (unsigned i = 0; i < n; i++) {
        new_node(&r[2], n - 1 - i);
        gc_store(&m, &r[2], 0, &r[0]);
        gc_move(&m, &r[0], &r[2]);
    }
    gc_clear(&m, &r[2]);
}

/* A full binary tree; each node's id is its depth. */
static inline void build_tree(struct gc_root *dst, unsigned depth)
{
    struct gc_root *const child = gc_push(&m, 2);
    for (unsigned i = 0; depth && i < 2; i++)
        build_tree(&child[i], depth - 1);
    new_node(dst, depth);
    for (unsigned i = 0; depth && i < 2; i++)
        gc_store(&m, dst, i, &child[i]);
    gc_pop(&m, 2);
}

static inline void assert_tree(const struct gc_root *tree, unsigned depth)
{
    struct gc_root *const child = gc_push(&m, 1);
    assert_int_equal(id_of(tree), depth);
    for (unsigned i = 0; depth && i < 2; i++) {
        gc_load(&m, child, tree, i);
        assert_false(gc_is_empty(child));
        assert_tree(child, depth - 1);
    }
    gc_pop(&m, 1);
}

/* Another subtree in place of one that lies `above` nodes or more below the top. */
static inline void replace_subtree(struct ht_rng *rng, struct gc_root *tree, unsigned depth, unsigned above)
{
    struct gc_root *const at = gc_push(&m, 2), *const child = at + 1;
    unsigned side = 0;
    gc_move(&m, at, tree);
    for (unsigned d = depth; d > depth - above; d--) {
        gc_load(&m, child, at, side = ht_rng_below(rng, 2));
        if (d - 1 > depth - above)
            gc_move(&m, at, child);
    }
    build_tree(child, depth - above);
    gc_store(&m, at, side, child);
    gc_pop(&m, 2);
}

/* In small steps up to this phase of a cycle. */
static inline void step_to(enum gc_phase phase)
{
    for (unsigned i = 0; i < 1000000 && heap.phase != phase; i++)
        gc_step(&m, 1);
    assert_int_equal(heap.phase, phase);
}

static inline void end_cycle(void)
{
    while (!gc_step(&m, 1 << 12))
        ;
    assert_whole();
}

#endif
