/* A shattered heap, on an allocator that records: what is allocated, how much stays, and that all of it goes. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/scratch.h"
#include "bench/injector.h"
#include "bench/record.h"
#include "bench/subject.h"

enum { SCRATCH_BYTES = 1 << 20, LIVE = 100000, LARGEST = 3000 };

_Thread_local unsigned char *recorder_newest;

/* What a workload allocates. */
static const int64_t sizes[] = {48, 100, LARGEST};

static struct ht_worker worker[2];
static struct ht_job job;
static struct ht_shattered sent;
static char why[256];

static void receive(void)
{
    int fd[2];
    struct ht_record record;
    assert_int_equal(pipe(fd), 0);
    ht_record_open(fd[1]);
    ht_injector_send(&job);
    ht_record_open(-1);
    close(fd[1]);
    assert_int_equal(read(fd[0], &record, sizeof record), sizeof record);
    close(fd[0]);
    assert_int_equal(record.kind, HT_RECORD_SHATTER);
    sent = record.shattered;
}

/* A rehearsal in which LIVE bytes are live at the most, or one object more; what comes after that tells only sizes. */
static void rehearse(void)
{
    assert_true(ht_injector_listens());
    int64_t live = 0;
    for (size_t i = 0; live < LIVE; i++)
        live += sizes[i % 3], ht_injector_hear(sizes[i % 3]);
    for (size_t i = 0; i < 30000; i++) {
        ht_injector_hear(-sizes[i % 3]);
        ht_injector_hear(sizes[i % 3]);
    }
    ht_injector_hear(-live / 2); /* at its end it has less */
}

/* Shatters the heap, and leaves it so. */
static void shatter(const char *plan, uint64_t seed, unsigned threads)
{
    memset(&ht_heap, 0, sizeof ht_heap);
    ht_heap.ordered = true;
    if (ht_injector_open(plan, why))
        fail_msg("%s", why);
    job = (struct ht_job){.threads = threads, .seed = seed, .workers = worker};
    rehearse();
    for (unsigned i = 0; i < threads; i++) {
        worker[i] = (struct ht_worker){.job = &job, .index = i};
        ht_injector_start(&worker[i]);
        ht_injector_arm(&worker[i]);
        assert_null(worker[i].injector); /* nothing is injected into the window */
    }
}

static void end(void)
{
    for (unsigned i = 0; i < job.threads; i++)
        ht_injector_stop(&worker[i]);
    receive();
    assert_int_equal(ht_heap.frees, ht_heap.allocs);
    assert_int_equal(ht_heap.live_bytes, 0);
    assert_int_equal(ht_heap.wrong_frees, 0);
}

static const struct {
    const char *plan;
    unsigned times, keep, threads;
} plans[] = {
    {"shatter", 10, 5, 1},
    {"shatter:times=3", 3, 5, 1},
    {"shatter:times=40,keep=1", 40, 1, 1},
    {"shatter:keep=50", 10, 50, 2},
    {"shatter:times=2,keep=100", 2, 100, 2},
    {"shatter:times=1,keep=1", 1, 1, 2},
};

enum { PLANS = sizeof plans / sizeof plans[0] };

/* What is live may be an object more than LIVE, and so may what each thread comes to. */
static void test_how_much(void **state)
{
    (void)state;
    for (size_t i = 0; i < PLANS; i++) {
        print_message("%s\n", plans[i].plan);
        shatter(plans[i].plan, 1, plans[i].threads);
        const uint64_t held = ht_heap.live_bytes, objects = ht_heap.allocs, kept = objects - ht_heap.frees;
        end();
        const uint64_t least = plans[i].times * (uint64_t)LIVE;
        assert_in_range(sent.bytes, least, least + (plans[i].times + plans[i].threads) * LARGEST);
        assert_int_equal(sent.kept_bytes, held);
        assert_in_range(100 * kept, objects * plans[i].keep - 50 * plans[i].threads,
                        objects * plans[i].keep + 100 * plans[i].threads);
        assert_true(kept > 0);
    }
}

/* All of the workload's sizes and no other, as often as the workload asks for them. */
static void test_sizes_are_the_workloads(void **state)
{
    (void)state;
    shatter("shatter:times=100", 1, 1);
    uint64_t known = 0;
    for (size_t i = 0; i < 3; i++) {
        known += ht_heap.size[sizes[i]];
        assert_in_range(ht_heap.size[sizes[i]], ht_heap.allocs / 4, ht_heap.allocs / 2);
    }
    assert_int_equal(known, ht_heap.allocs);
    end();
}

/* Of a rehearsal that allocates less often than there is room for sizes. */
static void test_few_sizes(void **state)
{
    (void)state;
    shatter("shatter", 1, 1);
    end();
    assert_true(ht_injector_listens());
    for (size_t i = 0; i < 20; i++)
        ht_injector_hear(i % 2 ? 500 : 700);
    memset(&ht_heap, 0, sizeof ht_heap);
    ht_injector_start(&worker[0]);
    assert_int_equal(ht_heap.size[500] + ht_heap.size[700], ht_heap.allocs);
    end();
    assert_in_range(sent.bytes, 120000, 120699);
}

static void test_repeats_for_a_seed(void **state)
{
    (void)state;
    uint64_t stream[3];
    for (uint64_t i = 0; i < 3; i++) {
        shatter("shatter", 1 + i / 2, 1);
        end();
        stream[i] = ht_heap.stream;
    }
    assert_true(stream[0] == stream[1]);
    assert_true(stream[0] != stream[2]);
}

/* Each window begins anew. */
static void test_twice(void **state)
{
    (void)state;
    shatter("shatter", 1, 1);
    end();
    const struct ht_shattered once = sent;
    ht_injector_start(&worker[0]);
    assert_int_equal(ht_heap.live_bytes, once.kept_bytes);
    end();
    assert_int_equal(sent.bytes, once.bytes);
    assert_int_equal(sent.kept_bytes, once.kept_bytes);
}

static void test_is_plain(void **state)
{
    (void)state;
    assert_int_equal(ht_injector_open("shatter", why), 0);
    assert_true(ht_injector_is_plain());
    assert_null(ht_injector_missing());
    assert_int_equal(ht_injector_open("", why), 0);
    assert_false(ht_injector_is_plain());
    assert_false(ht_injector_listens());
    assert_int_equal(ht_injector_open("cycle", why), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_how_much),  cmocka_unit_test(test_sizes_are_the_workloads),
        cmocka_unit_test(test_few_sizes), cmocka_unit_test(test_repeats_for_a_seed),
        cmocka_unit_test(test_twice),     cmocka_unit_test(test_is_plain),
    };
    if (ht_scratch_open(SCRATCH_BYTES))
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
