/* Injected cycles on a collector that records: how many, of which shape, when they die, and what they have live. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/scratch.h"
#include "bench/mutator.h"
#include "bench/record.h"
#include "bench/state.h"

enum { SCRATCH_BYTES = 16 << 20, STOPPED = 3, ALLOCATIONS = 2000, OWN_BYTES = 40, CYCLES = 1024 };
enum { HEAP_SMALL = 1 << 20, HEAP_LARGE = 16 << 20, LOOK = 8 };

struct recorder recorder;

static size_t own_live(const struct ht_job *j)
{
    return gc_size(0, OWN_BYTES) * j->threads;
}

static const struct ht_workload workload = {.name = "own", .live_bytes = own_live};
static struct ht_job job;
static struct ht_worker worker;
static struct ht_probe probe;
static char why[256];

/* What was sent. */
static struct ht_cycle cycle[CYCLES];
static size_t cycles;
static uint64_t outstanding;

static const struct shape {
    const char *plan;
    uint32_t length, slots, every, alive, tables, tail;
} shapes[] = {
    {"cycle:every=20", 8, 1, 20, 16, 1, 0},
    {"cycle:every=20,length=1", 1, 1, 20, 16, 1, 0},
    {"cycle:every=20,shape=self", 1, 1, 20, 16, 1, 0},
    {"cycle:every=20,shape=clique,k=5,bytes=24", 5, 5, 20, 16, 1, 0},
    {"cycle:every=20,shape=clique,k=1,live=1", 1, 1, 20, 1, 1, 0},
    {"cycle:every=33,length=3,tail=10,live=2", 3, 1, 33, 2, 1, 10},
    {"cycle:every=20,edge=5,live=3", 8, 1, 20, 8, 2, 0},
    {"cycle:every=20,edge=1,live=1,shape=clique", 8, 8, 20, 2, 2, 0},
    {"cycle:every=20,old=1", 8, 1, 20, 16, 1, 0},
    {"cycle:every=20,old=1,edge=4,shape=clique,k=3,live=2", 3, 3, 20, 6, 2, 0},
    {"cycle:every=20,finalizer=1", 8, 1, 20, 16, 1, 0},
    {"cycle:every=20,finalizer=1,old=1,edge=2,tail=3,shape=self,live=2", 1, 1, 20, 4, 2, 3},
    {.plan = NULL},
};

static size_t data_of(const struct shape *s)
{
    return strstr(s->plan, "bytes=24") ? 24 : 8;
}

static size_t cycle_bytes_of(const struct shape *s)
{
    return gc_size(s->slots + 3, (uint32_t)data_of(s)) +
           (s->length - 1) * gc_size(s->slots, (uint32_t)data_of(s));
}

/* ---- a cell in small ------------------------------------------------------------------------------------------ */

static uint64_t start_phase(struct ht_worker *w)
{
    ht_injector_start(w);
    w->root = ht_push(w, 1);
    return 0;
}

static uint64_t run_phase(struct ht_worker *w)
{
    ht_injector_arm(w);
    for (int i = 0; i < ALLOCATIONS; i++) {
        if (i)
            ht_give_up(w, w->root);
        ht_new(w, w->root, 0, OWN_BYTES);
    }
    ht_injector_disarm(w);
    return 0;
}

static uint64_t end_phase(struct ht_worker *w)
{
    ht_injector_settle(w);
    ht_give_up(w, w->root);
    ht_pop(w, 1);
    ht_injector_stop(w);
    return 0;
}

static uint64_t held_phase(struct ht_worker *w)
{
    return ht_state_leak(w).objects;
}

static bool verifies;

static void open_job(const char *plan, uint64_t seed)
{
    if (ht_injector_open(plan, why))
        fail_msg("%s", why);
    job = (struct ht_job){
        .workload = &workload, .threads = 1, .seed = seed, .verify = verifies, .workers = &worker};
    worker = (struct ht_worker){.job = &job, .rng = ht_rng_open(seed, 1), .probe = &probe};
    job.injected_bytes = ht_injector_live_bytes(&job);
}

/* Fills `cycle` with what goes to the parent. */
static void receive(void)
{
    int fd[2];
    struct ht_record record;
    assert_int_equal(pipe(fd), 0);
    ht_record_open(fd[1]);
    ht_injector_send(&job);
    ht_record_open(-1);
    close(fd[1]);
    for (cycles = 0; read(fd[0], &record, sizeof record) == sizeof record;) {
        assert_int_equal(record.kind, HT_RECORD_CYCLES);
        assert_true(cycles + record.cycles.count <= CYCLES);
        memcpy(&cycle[cycles], record.cycles.cycle, record.cycles.count * sizeof cycle[0]);
        cycles += record.cycles.count;
        outstanding = record.cycles.outstanding_max_bytes;
    }
    close(fd[0]);
}

/* The objects that stay at the end. */
static uint64_t life(const char *plan, uint64_t seed, uint64_t heap_bytes)
{
    open_job(plan, seed);
    job.heap_bytes = heap_bytes;
    const struct ht_state_options options = {.variant = ""};
    assert_int_equal(ht_state_open(&job, &options), 0);
    ht_team_open(&job);
    ht_team_run(&job, start_phase);
    ht_team_run(&job, run_phase);
    ht_team_run(&job, end_phase);
    const uint64_t held = ht_team_run(&job, held_phase);
    receive();
    ht_team_close(&job);
    ht_state_close();
    ht_scratch_release(0);
    return held;
}

/* ---- what is injected ---------------------------------------------------------------------------------------- */

static void test_counts(void **state)
{
    (void)state;
    for (const struct shape *s = shapes; s->plan; s++) {
        print_message("%s\n", s->plan);
        recorder = (struct recorder){0};
        assert_int_equal(life(s->plan, 1, HEAP_SMALL), 0);
        const uint64_t made = ALLOCATIONS / s->every, dead = made - s->alive;
        assert_int_equal(cycles, dead);
        assert_int_equal(recorder.allocs,
                         ALLOCATIONS + made * s->length + dead + s->tables + 1 /* the marker */ + s->tail);
        for (size_t i = 0; i < cycles; i++) {
            assert_true(cycle[i].reclaimed_ns != GC_UNKNOWN && cycle[i].reclaimed_ns >= cycle[i].death_ns);
            assert_true(cycle[i].reclaimed_bytes >= cycle[i].death_bytes);
            assert_true(!i || cycle[i].death_bytes > cycle[i - 1].death_bytes);
        }
    }
}

/* The rate is kept, and drawn from the seed. */
static void test_rate(void **state)
{
    (void)state;
    static struct ht_cycle before[CYCLES];
    life("cycle:rate=100,live=1", 1, HEAP_SMALL);
    assert_in_range(cycles, ALLOCATIONS / 10 - 60, ALLOCATIONS / 10 + 60);
    const size_t n = cycles;
    memcpy(before, cycle, sizeof before);
    life("cycle:rate=100,live=1", 1, HEAP_LARGE);
    assert_int_equal(cycles, n);
    for (size_t i = 0; i < n; i++) /* whatever the collector does meanwhile */
        assert_int_equal(cycle[i].death_bytes, before[i].death_bytes);
    life("cycle:rate=100,live=1", 2, HEAP_SMALL);
    assert_true(cycles != n || cycle[n - 1].death_bytes != before[n - 1].death_bytes);
}

static void test_no_plan(void **state)
{
    (void)state;
    recorder = (struct recorder){0};
    assert_int_equal(life("", 1, HEAP_SMALL), 0);
    assert_int_equal(recorder.allocs, ALLOCATIONS);
    assert_int_equal(cycles, 0);
    assert_null(ht_injector_missing());
    assert_int_equal(ht_injector_open("cycle:live=0", why), -EINVAL);
}

/* ---- death and life ------------------------------------------------------------------------------------------- */

/* With a collection at each allocation: a cycle is gone at the first look after its death, and not before. Its
 * finalizer would say that it was alive. */
static void test_death_is_exact(void **state)
{
    (void)state;
    for (const struct shape *s = shapes; s->plan; s++) {
        print_message("%s\n", s->plan);
        recorder = (struct recorder){.every = 1};
        life(s->plan, 1, HEAP_SMALL);
        assert_int_equal(cycles, ALLOCATIONS / s->every - s->alive);
        for (size_t i = 0; i < cycles; i++)
            assert_in_range(cycle[i].reclaimed_bytes - cycle[i].death_bytes, 0, LOOK * gc_size(0, OWN_BYTES));
        assert_int_equal(outstanding, cycle_bytes_of(s));
        recorder = (struct recorder){0};
    }
}

/* Without one, all wait to the end. */
static void test_outstanding(void **state)
{
    (void)state;
    for (const struct shape *s = shapes; s->plan; s++) {
        print_message("%s\n", s->plan);
        life(s->plan, 1, HEAP_LARGE);
        assert_int_equal(outstanding, cycles * cycle_bytes_of(s));
        for (size_t i = 0; i < cycles; i++)
            assert_int_equal(cycle[i].reclaimed_bytes, cycle[0].reclaimed_bytes);
    }
}

/* The most that is ever live is what was said. */
static void test_live_bytes(void **state)
{
    (void)state;
    for (const struct shape *s = shapes; s->plan; s++) {
        print_message("%s\n", s->plan);
        recorder = (struct recorder){.every = 1};
        life(s->plan, 1, HEAP_SMALL);
        assert_int_equal(recorder.most_live, job.injected_bytes + own_live(&job));
        recorder = (struct recorder){0};
    }
}

/* Where it is told of deaths: each object once, none used later, and nothing waits. */
static void test_by_hand(void **state)
{
    (void)state;
    for (const struct shape *s = shapes; s->plan; s++) {
        if (strstr(s->plan, "finalizer"))
            continue;
        print_message("%s\n", s->plan);
        recorder = (struct recorder){.by_hand = true};
        life(s->plan, 1, HEAP_SMALL);
        assert_int_equal(recorder.misuses, 0);
        assert_int_equal(recorder.frees,
                         ALLOCATIONS + ALLOCATIONS / s->every * s->length + s->tables + 1 + s->tail);
        assert_int_equal(outstanding, 0);
        for (size_t i = 0; i < cycles; i++) {
            assert_int_equal(cycle[i].reclaimed_ns, cycle[i].death_ns);
            assert_int_equal(cycle[i].reclaimed_bytes, cycle[i].death_bytes);
        }
    }
    recorder = (struct recorder){0};
}

/* ---- what is noticed ------------------------------------------------------------------------------------------ */

static int end_of_broken(const char *plan, struct recorder broken)
{
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(STDERR_FILENO);
        recorder = broken;
        life(plan, 1, HEAP_SMALL);
        _exit(recorder.did_break ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* The shadow of the heap finds nothing wrong with what is injected. */
static void test_is_verified(void **state)
{
    (void)state;
    verifies = true;
    for (const struct shape *s = shapes; s->plan; s++) {
        print_message("%s\n", s->plan);
        assert_int_equal(life(s->plan, 1, HEAP_SMALL), 0);
        assert_int_equal(cycles, ALLOCATIONS / s->every - s->alive);
    }
    verifies = false;
}

/* Each reference of the first cycle, and the first one to it. */
static void test_notices_a_lost_reference(void **state)
{
    (void)state;
    for (uint64_t n = 1; n <= 8 + 1; n++)
        assert_int_equal(end_of_broken("cycle:every=20", (struct recorder){.lose = n}), STOPPED);
    assert_int_equal(end_of_broken("cycle:every=20,tail=9", (struct recorder){.lose = 3}), STOPPED);
    assert_int_equal(end_of_broken("cycle:every=20", (struct recorder){.lose = 1000000}), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_rate),
        cmocka_unit_test(test_no_plan),
        cmocka_unit_test(test_death_is_exact),
        cmocka_unit_test(test_outstanding),
        cmocka_unit_test(test_live_bytes),
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_is_verified),
        cmocka_unit_test(test_notices_a_lost_reference),
    };
    if (ht_scratch_open(SCRATCH_BYTES))
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
