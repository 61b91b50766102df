/* The sampler: what it keeps of a program whose memory is known. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/scratch.h"
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
    assert_int_equal(ht_sampler_asked(), PEAK + 1);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_peak_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
