/* What the harness itself costs here, and how noisy this machine is: measured, not assumed. */
#ifndef HT_BENCH_DOCTOR_H
#define HT_BENCH_DOCTOR_H

#include "bench/plan.h"

/* ns an operation of fixed-churn, medians of processes that ran interleaved. */
struct ht_doctor_floor {
    double by_hand_ns;                 /* the loop written out by hand */
    double null_ns;                    /* the same through the harness, on `null` */
    double plugin_ns;                  /* the same bump pointer behind the table of a plug-in */
    double over_hand_ns, over_null_ns; /* medians of the differences within a pair */
};
int ht_doctor_floor(unsigned pairs, struct ht_doctor_floor *floor, char why[256]);

/* Identical cells (`system`, fixed-churn), in pairs side by side: how far the ratio of the second to the first
 * is from 1. */
struct ht_doctor_noise {
    double wall_median, wall_p95, cpu_median, cpu_p95; /* |ratio - 1| */
};
int ht_doctor_noise(unsigned pairs, struct ht_doctor_noise *noise, char why[256]);

/* Calls of malloc, calloc, realloc and free that a window of `null` adds when it is made longer: 0 when the
 * harness makes none. */
int ht_doctor_mallocs(long long *calls, char why[256]);

#endif
