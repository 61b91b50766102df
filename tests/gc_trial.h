/* The trial that every collector passes: what its parts share. Built once for each collector, as
 * build/tests/gc-<collector>, and run once for each of its variants (tests/gc_trial.c). A file a subject. */
#ifndef HT_TESTS_GC_TRIAL_H
#define HT_TESTS_GC_TRIAL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "allocators/object.h"
#include "allocators/pages.h"
#include HT_STRATEGY_HEADER
#include "allocators/collector_defaults.h"
#include "base/rng.h"

/* gcc defines macros, clang answers a question. */
#ifdef __has_feature
#define TRIAL_SANITIZED (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#elif defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define TRIAL_SANITIZED 1
#else
#define TRIAL_SANITIZED 0
#endif

#define MIB ((size_t)1 << 20)

enum { TRIAL_HEAP_MIB = 16 };

/* The heap under trial, and its only mutator but where threads are tried. */
extern struct gc_heap heap;
extern struct gc_mutator mutator;
#define m (&mutator)

extern struct gc_options trial_options;

/* 0, or what gc_open or gc_attach said. Finalizers do `trial_finalize`, or nothing while it is NULL. */
int trial_open(size_t heap_bytes);
void trial_close(void);
extern void (*trial_finalize)(struct gc_mutator *mutator, struct gc_root *object);

/* Fixtures of cmocka: a heap of TRIAL_HEAP_MIB. */
int trial_setup(void **state);
int trial_teardown(void **state);

bool trial_can(uint32_t caps);
/* What is dropped is found by the strategy itself, and its space used again. */
bool trial_reclaims(void);
/* One that keeps exactly what is reachable: after a full collection, to be counted by gc_each. */
bool trial_counts(void);
uint64_t trial_count_objects(void);
/* Fails the test when gc_verify finds something. */
void trial_assert_whole(void);
/* Collects until what finalizers held back is gone, too. */
void trial_collect_all(void);

/* An object that carries a number as the first 8 bytes of its data, and nothing but 0x5a after it. */
int trial_new(struct gc_root *dst, uint32_t kind, uint32_t slots, uint32_t bytes, uint64_t number);
void trial_need(struct gc_root *dst, uint32_t kind, uint32_t slots, uint32_t bytes, uint64_t number);
uint64_t trial_number(const struct gc_root *object);

/* ---- the random graph (tests/gc_trial_graph.c) --------------------------------------------------------------- */

/* Runs `steps` random operations by mutator `who` against a model; NULL, or what was wrong. An allocation that
 * fails is no mistake: some of the roots are dropped. `alone`: no other mutator calls meanwhile. */
const char *trial_graph(struct gc_mutator *who, uint64_t seed, unsigned steps, bool alone);

/* ---- the tests ----------------------------------------------------------------------------------------------- */

void test_graph(void **state);
void test_graph_at_many_sizes(void **state);

void test_weak(void **state);
void test_weak_to_garbage_of_another_age(void **state);
void test_ephemeron(void **state);
void test_ephemeron_chains(void **state);
void test_finalizer_once(void **state);
void test_finalizer_resurrects(void **state);
void test_finalizer_sees_what_it_reaches(void **state);
void test_finalizer_allocates(void **state);
void test_finalizer_of_a_cycle(void **state);
void test_weak_is_clear_before_the_finalizer(void **state);

void test_heap_runs_out(void **state);
void test_too_large(void **state);
void test_one_request_fails(void **state);
void test_all_requests_fail(void **state);
void test_refused_object_does_not_stay(void **state);

void test_threads(void **state);

#endif
