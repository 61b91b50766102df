/* What the user of `heaptrial misuse` asked for, as argp found it. */
#ifndef HT_CLI_MISUSE_REQUEST_H
#define HT_CLI_MISUSE_REQUEST_H

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>

struct ht_misuse_request {
    char strategy_words[4096], case_words[4096];
    const char *preload[16];
    unsigned preloads, repeat;
    const char *strategies, *cases, *sizes; /* NULL: the default */
    const char *folder, *resume, *csv;
    const char *planned; /* the last option that decides what is run; NULL: none */
    double timeout_s;
    uint64_t seed;
    bool with_cost, quiet;
};

extern const struct argp ht_misuse_argp;

#endif
