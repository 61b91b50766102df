#include "faults/fault_plan.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "faults/plan_words.h"

enum { TEXT_BYTES = 128, CLIQUE_MAX = 256, WHEN = 1, PER = 2 };

#define AT(member)    offsetof(struct ht_fault_plan, member)
#define COUNT_OF(key) (sizeof(key) / sizeof(key)[0])

static const char *const shapes[] = {"ring", "clique", "self", NULL};

static const char *const moments[] = {"start", "steady", NULL};
#define X(id, word, meaning) word,
static const char *const ops[] = {HT_FAULT_OPS(X) NULL};
static const char *const os_calls[] = {HT_OS_CALLS(X) NULL};
#undef X

static const struct ht_plan_key cycle_keys[] = {
    {"shape", NULL, HT_KEY_WORD, AT(cycle.shape), 0, 0, shapes, 0, "ring",
     "ring, clique (each refers to all) or self (one object, which refers to itself)"},
#define X(name, alias, excludes, value, least, most, help)                                                   \
    {#name, alias, HT_KEY_NUMBER, AT(cycle.name), least, most, NULL, excludes, NULL, help},
    HT_CYCLE_KEYS(X)
#undef X
};

/* When a call fails, of those that pass the filters: for calls of the program and of the system alike. */
#define WHEN_KEYS                                                                                            \
    {"nth", NULL, HT_KEY_NTH, AT(fail.first), 1, INT64_MAX, NULL, WHEN, "N", "the N-th call, once"},         \
        {"from",      NULL,                                                                                  \
         HT_KEY_FROM, AT(fail.first),                                                                        \
         1,           INT64_MAX,                                                                             \
         NULL,        WHEN,                                                                                  \
         "N",         "the N-th call and all after it"},                                                     \
        {"burst",   NULL, HT_KEY_RANGE, AT(fail.first), 1,                                                   \
         INT64_MAX, NULL, WHEN,         "N+COUNT",      "COUNT calls from the N-th on"},                     \
        {"every", NULL, HT_KEY_NUMBER, AT(fail.every), 1, INT64_MAX, NULL, WHEN, "N", "each N-th call"},     \
        {"p", NULL, HT_KEY_REAL, AT(fail.p), 0, 0, NULL, WHEN, "P", "each call with probability P"},         \
        {"seed",                                                                                             \
         NULL,                                                                                               \
         HT_KEY_NUMBER,                                                                                      \
         AT(fail.seed),                                                                                      \
         0,                                                                                                  \
         INT64_MAX,                                                                                          \
         NULL,                                                                                               \
         0,                                                                                                  \
         NULL,                                                                                               \
         "of p: the same calls fail for the same seed"},                                                     \
        {"size",                                                                                             \
         NULL,                                                                                               \
         HT_KEY_AT_LEAST,                                                                                    \
         AT(fail.size_least),                                                                                \
         0,                                                                                                  \
         INT64_MAX,                                                                                          \
         NULL,                                                                                               \
         0,                                                                                                  \
         ">=BYTES",                                                                                          \
         "only calls that ask for so much, or more"},                                                        \
        {"thread",                                                                                           \
         NULL,                                                                                               \
         HT_KEY_NUMBER,                                                                                      \
         AT(fail.thread),                                                                                    \
         1,                                                                                                  \
         1 << 20,                                                                                            \
         NULL,                                                                                               \
         0,                                                                                                  \
         "N",                                                                                                \
         "only the N-th thread, in the order of their creation"},                                            \
    {                                                                                                        \
        "after", NULL, HT_KEY_WORD, AT(fail.after_steady), 0, 0, moments, 0, "steady",                       \
            "only after the program has called heaptrial_steady(), or got SIGUSR1"                           \
    }

static const struct ht_plan_key fail_keys[] = {
    WHEN_KEYS,
    {"budget", NULL, HT_KEY_NUMBER, AT(fail.budget), 1, INT64_MAX, NULL, WHEN, "BYTES",
     "each call that would bring what is held above BYTES"},
    {"op", NULL, HT_KEY_WORDS, AT(fail.ops), 0, 0, ops, 0, "OP+OP", "only malloc, calloc, realloc, aligned"},
    {"site", NULL, HT_KEY_TEXT, AT(fail.site), 0, 0, NULL, 0, "NAME",
     "only calls made by this function; of a strategy, at this internal site"},
    {"only", NULL, HT_KEY_TEXT, AT(fail.only), 0, 0, NULL, PER, "LIB",
     "only calls made by this library or program"},
    {"except", NULL, HT_KEY_TEXT, AT(fail.except), 0, 0, NULL, PER, "LIB", "no calls made by this library"},
};

static const struct ht_plan_key os_keys[] = {WHEN_KEYS};

static const struct ht_plan_key os_bare = {
    "call",
    NULL,
    HT_KEY_WORDS,
    AT(fail.ops),
    0,
    0,
    os_calls,
    0,
    NULL,
    "a call of the system is expected: os:mmap, brk, mprotect, madvise or thread, joined by +"};

static const struct ht_plan_key limit_keys[] = {
    {"as", NULL, HT_KEY_NUMBER, AT(limit.as), 4096, INT64_MAX, NULL, 0, "BYTES",
     "of address space (RLIMIT_AS): of a program in all, of a cell on top of what it has"},
    {"cgroup", NULL, HT_KEY_NUMBER, AT(limit.cgroup), 1 << 20, INT64_MAX, NULL, 0, "BYTES",
     "of memory, by a cgroup of its own; what is above it is killed by the kernel"},
};

static const struct ht_plan_key stress_keys[] = {
    {"collect", NULL, HT_KEY_NUMBER, AT(stress.collect), 1, INT64_MAX, NULL, 0, "N",
     "a full collection at every N-th safepoint"},
    {"slice", NULL, HT_KEY_WORD, AT(stress.slice), 0, 0, (const char *const[]){"normal", "zero", NULL}, 0,
     "zero", "a slice of an incremental collection is given no work to do"},
    {"counts", NULL, HT_KEY_WORD, AT(stress.counts), 0, 0, (const char *const[]){"normal", "saturated", NULL},
     0, "saturated", "reference counts saturate at once: no object is freed by its count"},
};

static const struct ht_plan_key shatter_keys[] = {
    {"times", NULL, HT_KEY_NUMBER, AT(shatter.times), 1, 1000, NULL, 0, NULL,
     "allocated first: so many times the workload's live bytes, in sizes of its own"},
    {"keep", NULL, HT_KEY_NUMBER, AT(shatter.keep), 1, 100, NULL, 0, NULL,
     "percent of those objects that stay, drawn at random"},
};

/* In the order of enum ht_fault_kind. */
static const struct ht_plan_fault faults[] = {
    {"cycle", "cycles of objects that die at a known moment, into any workload for collectors", cycle_keys,
     COUNT_OF(cycle_keys), NULL, NULL},
    {"fail", "allocations that fail (malloc returns NULL, errno is ENOMEM)", fail_keys, COUNT_OF(fail_keys),
     NULL, "say which calls fail, as fail:nth=12"},
    {"os", "calls of the system that fail, as os:mmap,nth=3: mmap, brk, mprotect, madvise, thread", os_keys,
     COUNT_OF(os_keys), &os_bare, NULL},
    {"limit", "less memory than there is, from the start", limit_keys, COUNT_OF(limit_keys), NULL,
     "say what is limited, as limit:as=64m"},
    {"stress", "collectors at their edges", stress_keys, COUNT_OF(stress_keys), NULL,
     "say what is stressed, as stress:collect=1"},
    {"shatter", "a heap in splinters before the workload starts", shatter_keys, COUNT_OF(shatter_keys), NULL,
     NULL},
};

/* What holds where nothing is said. */
static const struct ht_fault_plan defaults = {
    .cycle =
        {
#define X(name, alias, excludes, value, least, most, help) .name = value,
            HT_CYCLE_KEYS(X)
#undef X
        },
    .fail = {.first = 1, .count = UINT64_MAX, .seed = 1, .ops = UINT64_MAX},
    .shatter = {.times = 10, .keep = 5},
};

/* ---- what keys say together ---------------------------------------------------------------------------------- */

static int check_cycle(const struct ht_plan_text *t, struct ht_cycle_plan *c, uint64_t seen)
{
    const struct ht_plan_fault *const f = &faults[HT_FAULT_CYCLE];
    if (ht_plan_has(f, seen, "rate") && !c->rate)
        return ht_plan_refuse(t, t->at, "a rate of 0 injects nothing");
    if (c->shape == HT_CYCLE_SELF && ht_plan_has(f, seen, "length"))
        return ht_plan_refuse(t, t->at, "a self loop is one object, and takes no length");
    if (c->shape == HT_CYCLE_CLIQUE && c->length > CLIQUE_MAX)
        return ht_plan_refuse(t, t->at, "a clique has %d objects at most", CLIQUE_MAX);
    if (c->shape == HT_CYCLE_SELF)
        c->length = 1;
    return 0;
}

static int check_fail(const struct ht_plan_text *t, enum ht_fault_kind kind, uint64_t seen)
{
    const struct ht_plan_fault *const f = &faults[kind];
    if (ht_plan_has(f, seen, "seed") && !ht_plan_has(f, seen, "p"))
        return ht_plan_refuse(t, t->at, "seed goes with p, as p=0.01,seed=7");
    return 0;
}

int ht_fault_plan_parse(const char *text, struct ht_fault_plan *plan, char why[256])
{
    struct ht_plan_text t = {text, text, why};
    uint64_t seen;
    *plan = defaults;
    if (strlen(text) >= TEXT_BYTES)
        return ht_plan_refuse(&t, text + TEXT_BYTES - 1, "it is too long");
    const int kind = ht_plan_take_name(&t, faults, COUNT_OF(faults));
    if (kind < 0)
        return kind;
    plan->kind = (enum ht_fault_kind)kind;
    const int error = ht_plan_take_keys(&t, &faults[kind], plan, &seen);
    if (error)
        return error;
    if (plan->kind == HT_FAULT_CYCLE)
        return check_cycle(&t, &plan->cycle, seen);
    if (plan->kind == HT_FAULT_FAIL || plan->kind == HT_FAULT_OS)
        return check_fail(&t, plan->kind, seen);
    return 0;
}

const char *ht_fault_kind_word(enum ht_fault_kind kind)
{
    return faults[kind].name;
}

void ht_fault_plan_help(FILE *out)
{
    fputs("  --fault NAME:key=value,key=value; the keys, and their defaults or what they look like:\n", out);
    for (size_t i = 0; i < COUNT_OF(faults); i++)
        ht_plan_help(&faults[i], &defaults, out);
}
