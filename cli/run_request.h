/* What the user of `heaptrial run` asked for, as argp found it. */
#ifndef HT_CLI_RUN_REQUEST_H
#define HT_CLI_RUN_REQUEST_H

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>

#include "bench/plan.h"

enum { LIST_BYTES = 4096, PRELOADS_MAX = 16 };

/* NULL or 0 where nothing was said. */
struct ht_run_request {
    const char *strategies, *workloads, *passes, *threads, *heaps, *fault, *preset, *folder, *resume, *shard,
        *baseline;
    const char *preload[PRELOADS_MAX], *env[HT_ENV_MAX - 1];
    unsigned preloads, envs, rounds, repetitions;
    uint64_t seed, memory_bytes;
    double timeout_s, window_ms;
    bool quiet;
    char strategy_words[LIST_BYTES], workload_words[LIST_BYTES];
    const char *planned; /* an option that decides what is measured: --resume takes none */
};

/* Parses into a zeroed struct ht_run_request; a usage error ends the program. */
extern const struct argp ht_run_argp;

#endif
