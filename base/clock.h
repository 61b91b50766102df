/* Time. Nanoseconds for windows; ticks for single operations, where clock_gettime would cost more than what
 * it measures. */
#ifndef HT_BASE_CLOCK_H
#define HT_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline uint64_t ht_clock_read(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Monotonic wall time in ns. */
static inline uint64_t ht_wall_ns(void)
{
    return ht_clock_read(CLOCK_MONOTONIC);
}

/* CPU time of the whole process in ns. */
static inline uint64_t ht_cpu_ns(void)
{
    return ht_clock_read(CLOCK_PROCESS_CPUTIME_ID);
}

/* A point in time in ticks. The fence keeps earlier work from being counted after it. */
static inline uint64_t ht_ticks(void)
{
#if defined(__x86_64__)
    uint32_t low, high;
    __asm__ volatile("lfence; rdtsc" : "=a"(low), "=d"(high) : : "memory");
    return (uint64_t)high << 32 | low;
#elif defined(__aarch64__)
    uint64_t t;
    __asm__ volatile("isb; mrs %0, cntvct_el0" : "=r"(t) : : "memory");
    return t;
#else
    return ht_wall_ns();
#endif
}

/* How ticks relate to time, measured once at start-up. */
struct ht_tick_rate {
    double ns_per_tick;
    double cost_ns; /* what a pair of ht_ticks() reads when nothing stands between them (median) */
};

/* Measures for about 10 ms. */
struct ht_tick_rate ht_tick_rate_measure(void);

/* Sleeps, through signals too. */
void ht_sleep_ns(uint64_t ns);

#endif
