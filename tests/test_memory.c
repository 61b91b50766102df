/* Memory figures: what the sampler keeps, and what is made of it, against values worked out by hand. */
#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/scratch.h"
#include "bench/fragmentation.h"
#include "bench/probe.h"
#include "bench/record.h"
#include "bench/sampler.h"

enum { MIB = 1 << 20, PEAK = 8 * MIB, ROUNDING = 16, CHURN = 100000 };

/* What ht_sampler_send says in its last record. */
static struct ht_memory receive(void)
{
    struct ht_record record;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_true(fcntl(ends[1], F_SETPIPE_SZ, (HT_SAMPLES_MAX + 1) * (int)sizeof record) > 0);
    ht_record_open(ends[1]);
    ht_sampler_send(true);
    ht_record_open(-1);
    close(ends[1]);
    while (read(ends[0], &record, sizeof record) == (ssize_t)sizeof record)
        ;
    close(ends[0]);
    assert_int_equal(record.kind, HT_RECORD_MEMORY);
    return record.memory;
}

/* A program that asks for one large object, touches it, frees it, and then does little for long. The peak comes
 * early, so that thinning out takes its sample. */
static void test_the_peak_is_seen(void **state)
{
    (void)state;
    assert_int_equal(ht_scratch_open(MIB), 0);
    assert_int_equal(ht_sampler_open(), 0);
    ht_sampler_start();
    char *const p = mmap(NULL, PEAK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(p, MAP_FAILED);
    ht_probe_count(PEAK, PEAK + ROUNDING);
    memset(p, 1, PEAK);
    ht_probe_count(1, 1); /* too little above the last peak for a sample of its own */
    ht_probe_count(-1, -1);
    ht_probe_count(-PEAK, -(PEAK + ROUNDING));
    munmap(p, PEAK);
    for (int i = 0; i < CHURN; i++) {
        ht_probe_count(64, 64);
        ht_probe_count(-64, -64);
    }
    ht_sampler_drain();

    const struct ht_memory m = receive();
    assert_int_equal(m.live_peak, PEAK + 1);
    assert_int_equal(m.usable_peak, PEAK + ROUNDING + 1);
    assert_int_equal(m.at_live.live, PEAK);
    assert_int_equal(m.at_usable.usable, PEAK + ROUNDING);
    assert_in_range(m.at_live.resident, m.rss_base + PEAK, m.rss_base + PEAK + MIB);
    assert_in_range(m.at_rss.resident, m.rss_base + PEAK, m.rss_peak);
    assert_true(m.rss_drain < m.rss_base + MIB);
}

/* Two samples while little happens, and two for most of the program: 4 over 10 operations, 2 over 90. */
static void test_fragmentation(void **state)
{
    (void)state;
    const struct ht_sample sample[] = {
        {.ops = 0, .live = 0, .resident = 1 * MIB},
        {.ops = 10, .live = 1 * MIB, .usable = 2 * MIB, .resident = 5 * MIB},
        {.ops = 12, .live = 1 * MIB, .usable = 2 * MIB, .resident = 5 * MIB},
        {.ops = 20, .live = 4 * MIB, .usable = 5 * MIB, .resident = 9 * MIB},
        {.ops = 110, .live = 1, .usable = 16, .resident = 3 * MIB},
    };
    const struct ht_memory memory = {
        .live_peak = 4 * MIB,
        .rss_base = 1 * MIB,
        .rss_peak = 11 * MIB,
        .rss_drain = 2 * MIB,
        .at_live = sample[3],
        .at_usable = sample[3],
        .at_rss = {.live = 2 * MIB, .usable = 4 * MIB, .resident = 11 * MIB},
        .has_usable = 1,
    };
    struct ht_row row = ht_row_empty();
    ht_fragmentation_fill(&row, &memory, sample, sizeof sample / sizeof *sample);
    assert_float_equal(row.frag_mean, (4.0 * 10 + 2.0 * 90) / 100, 1e-6);
    assert_float_equal(row.frag_at_max_live, 2, 1e-6);
    assert_float_equal(row.frag_at_max_rss, 5, 1e-6);
    assert_float_equal(row.frag_max_over_max, 2.5, 1e-6);
    assert_float_equal(row.frag_internal, 0.2, 1e-6);
    assert_float_equal(row.frag_external, 0.6, 1e-6);
    assert_float_equal(row.retention, 0.1, 1e-6);
}

/* What can't be told is absent, not 0. */
static void test_little_memory_tells_nothing(void **state)
{
    (void)state;
    const struct ht_sample sample[] = {{.live = 64, .resident = MIB},
                                       {.ops = 1, .live = 64, .resident = MIB}};
    const struct ht_memory memory = {.live_peak = 64, .rss_base = MIB, .rss_peak = MIB, .at_live = sample[0]};
    struct ht_row row = ht_row_empty();
    ht_fragmentation_fill(&row, &memory, sample, 2);
    assert_true(isnan(row.frag_mean) && isnan(row.frag_at_max_live) && isnan(row.frag_at_max_rss));
    assert_true(isnan(row.frag_max_over_max) && isnan(row.retention) && isnan(row.frag_internal));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_peak_is_seen),
        cmocka_unit_test(test_fragmentation),
        cmocka_unit_test(test_little_memory_tells_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
