/* What the user of `heaptrial faults` asked for, as argp found it. */
#ifndef HT_CLI_FAULTS_REQUEST_H
#define HT_CLI_FAULTS_REQUEST_H

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>

enum { HT_FAULTS_MAX = 64, HT_FAULTS_LIST = 4096 };

/* NULL or 0 where nothing was said. */
struct ht_faults_request {
    const char *strategies, *workloads, *folder, *resume, *heap;
    const char *fault[HT_FAULTS_MAX];
    unsigned faults;
    uint64_t points, seed;
    double timeout_s;
    bool exhaustive, quiet;
    char strategy_words[HT_FAULTS_LIST], workload_words[HT_FAULTS_LIST];
    const char *planned; /* an option that decides what is tried: --resume takes none */
};

/* Parses into a zeroed struct ht_faults_request; a usage error ends the program. */
extern const struct argp ht_faults_argp;

#endif
