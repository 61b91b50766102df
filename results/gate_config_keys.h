/* The keys of a gate's config file: one table, by which it is read, written and documented (docs/gate-config.md). Only
 * results/gate_config*.c includes it, and their test. */
#ifndef HT_RESULTS_GATE_CONFIG_KEYS_H
#define HT_RESULTS_GATE_CONFIG_KEYS_H

#include <stddef.h>

#include "results/gate_config.h"

enum ht_gate_key_type {
    HT_GATE_KEY_SHELL,   /* text to the end of the line; the shell has its own comments */
    HT_GATE_KEY_PATH,    /* text */
    HT_GATE_KEY_LIST,    /* text, words between commas */
    HT_GATE_KEY_THREADS, /* likewise, whole numbers */
    HT_GATE_KEY_FAULT,   /* text, once a plan, or `none` */
    HT_GATE_KEY_TIERS,   /* exact, memory, time; or `none` */
    HT_GATE_KEY_COUNT,   /* unsigned */
    HT_GATE_KEY_SEED,    /* uint64_t */
    HT_GATE_KEY_REAL,    /* double */
    HT_GATE_KEY_SWITCH,  /* bool: yes or no */
    HT_GATE_KEY_PERCENT, /* double: a share, or NAN for `off` */
};

struct ht_gate_key {
    const char *section, *name;
    enum ht_gate_key_type type;
    size_t at;          /* in struct ht_gate_config */
    double least, most; /* of a number */
    const char *usual; /* the value that it has by default, several of them on lines of their own; "": none */
    const char *example; /* of a key that has none */
    const char *comment;
};

enum { HT_GATE_SECTIONS = 4, HT_GATE_KEYS_MAX = 64 };
extern const char *const ht_gate_sections[HT_GATE_SECTIONS];

/* In the order of the file, section by section. *n: how many. */
const struct ht_gate_key *ht_gate_keys(size_t *n);

/* The tiers that have a switch, by their words. */
struct ht_gate_switch {
    const char *word;
    size_t at; /* of a bool in struct ht_gate_config */
};
enum { HT_GATE_SWITCHES = 3 };
extern const struct ht_gate_switch ht_gate_switches[HT_GATE_SWITCHES];

/* "0.1", of percent, as a share; NAN: it is no number. */
double ht_gate_config_share(const char *percent);

#endif
