#include "bench/presets.h"

#include <string.h>

/* A fiftieth of the canonical work, with a sixteenth of its live bytes. */
#define SMALL_GCBENCH "long-depth=12:max-depth=12:stretch-depth=14:doubles=31250"

static const struct ht_preset presets[] = {
    {
        .name = "quick",
        .summary = "a look: under a minute",
        .strategies = "all",
        .window_ms = 5,
        .rounds = 2,
        .repetitions = 2,
        .matrix = {{.workloads = "larson,alloc-test,fixed-churn,build-release",
                    .passes = "throughput,memory:1,latency:1",
                    .threads = "1"},
                   {.workloads = "gcbench:" SMALL_GCBENCH ",churn,rings",
                    .passes = "throughput,pauses:1",
                    .threads = "1"}},
    },
    {
        .name = "bench",
        .summary = "all strategies, the workloads that tell most: some 6 minutes",
        .strategies = "all",
        .window_ms = 8,
        .rounds = 6,
        .repetitions = 2,
        .matrix =
            {{.workloads =
                  "larson,alloc-test,glibc-simple,sh6bench,mstress,rptest,fixed-churn,build-release,"
                  "small-objects,realloc-growth,fragment-sawtooth,calloc-zero,malloc-large:buffers=5,"
                  "boxed-lists:count=100k,drain",
              .passes = "throughput,memory:1,latency:1",
              .threads = "1"},
             {.workloads = "larson,glibc-thread,cache-scratch", .passes = "throughput", .threads = "1,2"},
             {.workloads = "xmalloc-test", .passes = "throughput,memory:1,latency:1", .threads = "2"},
             {.workloads = "gcbench:" SMALL_GCBENCH ",binary-trees:depth=14,splay:nodes=200,lru,churn,rings,"
                           "doubly-linked,deep:objects=100k,fragment",
              .passes = "throughput:4,pauses:1,memory:1",
              .threads = "1"},
             {.workloads = "gcbench:" SMALL_GCBENCH ",churn", .passes = "latency:1", .threads = "1"},
             {.workloads = "gcbench:" SMALL_GCBENCH, .passes = "heap:1", .threads = "1"},
             {.workloads = "gcbench:" SMALL_GCBENCH,
              .passes = "throughput:1",
              .threads = "1",
              .heaps = "1.3x,1.5x,1.75x,2x,4x,6x"},
             {.workloads = "churn",
              .passes = "pauses:1",
              .threads = "1",
              .fault = "cycle:length=8,every=1000"}},
    },
    {
        .name = "full",
        .summary = "everything, with threads, programs and instructions: hours",
        .strategies = "all",
        .window_ms = 50,
        .rounds = 20,
        .repetitions = 4,
        .matrix = {{.workloads = "all,drain:wait-ms=1000,drain:wait-ms=5000",
                    .passes = "throughput,memory:3,latency:3,pauses:3,instructions:1",
                    .threads = "1,2,4"},
                   {.workloads = "gcbench,binary-trees,splay,lru,churn,rings,doubly-linked,fragment",
                    .passes = "throughput,pauses:1",
                    .threads = "1",
                    .heaps = "1.3x,1.5x,1.75x,2x,3x,4x,6x"},
                   {.workloads = "gcbench,binary-trees,splay,lru,churn,rings,doubly-linked,fragment",
                    .passes = "heap:1",
                    .threads = "1"},
                   {.workloads = "programs", .passes = "throughput", .threads = "1", .rounds = 5}},
    },
    {
        .name = "programs",
        .summary = "whole programs under every drop-in allocator",
        .strategies = "drop-in",
        .rounds = 3,
        .matrix = {{.workloads = "programs", .passes = "throughput", .threads = "1"}},
    },
};

enum { PRESETS = sizeof presets / sizeof presets[0] };

size_t ht_preset_count(void)
{
    return PRESETS;
}

const struct ht_preset *ht_preset_at(size_t index)
{
    return &presets[index];
}

const struct ht_preset *ht_preset_find(const char *name)
{
    for (size_t i = 0; i < PRESETS; i++)
        if (!strcmp(presets[i].name, name))
            return &presets[i];
    return NULL;
}
