/* The runs that have a name: what `make bench-quick`, `make bench` and `make bench-full` do. */
#ifndef HT_BENCH_PRESETS_H
#define HT_BENCH_PRESETS_H

#include "bench/plan.h"

struct ht_preset {
    const char *name, *summary, *strategies;
    double window_ms;
    unsigned rounds, repetitions;
    struct ht_matrix matrix[12]; /* ends at one without workloads */
};

size_t ht_preset_count(void);
const struct ht_preset *ht_preset_at(size_t index);

/* The preset called `name`, or NULL. */
const struct ht_preset *ht_preset_find(const char *name);

#endif
