/* The parser of fault plans: faults and their keys as tables (faults/fault_plan.c has them), which also print the help.
 * It allocates nothing, so that a plan can be armed inside a program on trial. */
#ifndef HT_FAULTS_PLAN_WORDS_H
#define HT_FAULTS_PLAN_WORDS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum ht_key_type {
    HT_KEY_NUMBER,   /* uint64_t, from least to most */
    HT_KEY_AT_LEAST, /* the same, written key>=value */
    HT_KEY_RANGE,    /* two uint64_t: first+count */
    HT_KEY_NTH,      /* two uint64_t: the number, and 1 */
    HT_KEY_FROM,     /* two uint64_t: the number, and UINT64_MAX */
    HT_KEY_REAL,     /* double, above 0 and at most 1 */
    HT_KEY_WORD,     /* uint64_t: the index of a word of `words` */
    HT_KEY_WORDS,    /* uint64_t: a bit for each of some words of `words`, joined by + */
    HT_KEY_TEXT,     /* char[HT_FAULT_WORD] */
};

struct ht_plan_key {
    const char *name, *alias;
    enum ht_key_type type;
    size_t offset; /* in struct ht_fault_plan */
    uint64_t least, most;
    const char *const *words; /* NULL ends them */
    int excludes;             /* of keys with the same number, not 0, one may be named */
    const char *shown;        /* in the help, instead of the default: what a value looks like */
    const char *help;
};

struct ht_plan_fault {
    const char *name, *help;
    const struct ht_plan_key *key;
    size_t keys;
    /* A bare word after the colon, as in os:mmap; NULL: there is none. */
    const struct ht_plan_key *bare;
    const char *required; /* says what is missing when nothing was named; NULL: nothing need be named */
};

/* What is parsed, and how far. */
struct ht_plan_text {
    const char *start, *at;
    char *why; /* 256 bytes */
};

/* -EINVAL, with "fault plan '...', character N: ..." in t->why, where `at` is the character. */
int ht_plan_refuse(const struct ht_plan_text *t, const char *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The fault that the text begins with; its index, or -EINVAL. */
int ht_plan_take_name(struct ht_plan_text *t, const struct ht_plan_fault *faults, size_t n);

/* The rest: each key into `plan`. *seen gets a bit for each key that was named. 0 or -EINVAL. */
int ht_plan_take_keys(struct ht_plan_text *t, const struct ht_plan_fault *fault, void *plan, uint64_t *seen);

/* True when the key of this name was named. */
int ht_plan_has(const struct ht_plan_fault *fault, uint64_t seen, const char *name);

/* The help of one fault; defaults are read from `plan`. */
void ht_plan_help(const struct ht_plan_fault *fault, const void *plan, FILE *out);

#endif
