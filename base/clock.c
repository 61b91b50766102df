#include "base/clock.h"

#include <errno.h>
#include <stdlib.h>

enum { PAIRS = 1001 };

static int compare_ticks(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

struct ht_tick_rate ht_tick_rate_measure(void)
{
    uint64_t pair[PAIRS];
    for (int i = 0; i < PAIRS; i++) {
        const uint64_t start = ht_ticks();
        pair[i] = ht_ticks() - start;
    }
    qsort(pair, PAIRS, sizeof pair[0], compare_ticks);

    const uint64_t wall = ht_wall_ns(), ticks = ht_ticks();
    while (ht_wall_ns() - wall < 10000000)
        ;
    const double rate = (double)(ht_wall_ns() - wall) / (double)(ht_ticks() - ticks);
    return (struct ht_tick_rate){.ns_per_tick = rate, .cost_ns = (double)pair[PAIRS / 2] * rate};
}

void ht_sleep_ns(uint64_t ns)
{
    struct timespec left = {(time_t)(ns / 1000000000u), (long)(ns % 1000000000u)};
    while (clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) == EINTR)
        ;
}
