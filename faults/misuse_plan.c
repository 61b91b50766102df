#include "faults/misuse_plan.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"

/* Calls `add` for each word of a list. */
static int each_word(struct ht_misuse_plan *plan, const char *words, char why[256],
                     int (*add)(struct ht_misuse_plan *plan, const char *word, char why[256]))
{
    char word[1024];
    int error = 0;
    for (const char *at = words; *at && !error; at += strcspn(at, ","), at += *at == ',') {
        const size_t bytes = strcspn(at, ",");
        if (!bytes)
            continue;
        snprintf(word, sizeof word, "%.*s", (int)(bytes < sizeof word ? bytes : sizeof word - 1), at);
        error = add(plan, word, why);
    }
    return error;
}

/* ---- strategies ---- */

int ht_misuse_plan_add_strategy(struct ht_misuse_plan *plan, const struct ht_strategy *strategy,
                                char why[256])
{
    for (size_t i = 0; i < plan->strategies; i++)
        if (!strcmp(plan->strategy[i].name, strategy->name)) {
            const bool same = !strcmp(plan->strategy[i].library, strategy->library);
            snprintf(why, 256, "two strategies are called '%.80s'", strategy->name);
            return same ? 0 : -EINVAL;
        }
    if (plan->strategies == HT_MISUSE_STRATEGIES_MAX) {
        snprintf(why, 256, "at most %d strategies", HT_MISUSE_STRATEGIES_MAX);
        return -EINVAL;
    }
    plan->strategy[plan->strategies++] = *strategy;
    return 0;
}

static int add_many(struct ht_misuse_plan *plan, bool allocators, bool drop_in_only, bool debuggers,
                    char why[256])
{
    int error = 0;
    for (size_t i = 0; allocators && i < ht_strategy_count() && !error; i++) {
        const struct ht_strategy s = ht_strategy_at(i);
        const bool is_drop_in = s.kind == HT_STRATEGY_MALLOC || s.kind == HT_STRATEGY_PRELOAD;
        /* Objects of `null` overlap: there is nothing that could be misused. */
        if (!ht_strategy_is_collector(&s) && !s.is_planted && (is_drop_in || !drop_in_only) &&
            strcmp(s.name, "null"))
            error = ht_misuse_plan_add_strategy(plan, &s, why);
    }
    for (size_t i = 0; debuggers && i < ht_debugger_count() && !error; i++) {
        const struct ht_strategy s = ht_debugger_at(i);
        error = ht_misuse_plan_add_strategy(plan, &s, why);
    }
    return error;
}

static int add_strategy(struct ht_misuse_plan *plan, const char *word, char why[256])
{
    const bool all = !strcmp(word, "all");
    if (all || !strcmp(word, "allocators") || !strcmp(word, "drop-in"))
        return add_many(plan, true, !strcmp(word, "drop-in"), all, why);
    if (!strcmp(word, "debuggers"))
        return add_many(plan, false, false, true, why);
    struct ht_strategy s;
    const int error = ht_strategy_find(word, &s, why);
    if (error)
        return error;
    if (ht_strategy_is_collector(&s)) {
        snprintf(why, 256, "'%.80s' is a collector: misuse is of what frees by hand", word);
        return -EINVAL;
    }
    if (s.variant[0]) {
        snprintf(why, 256, "'%.80s': misuse is of a strategy without options", word);
        return -EINVAL;
    }
    return ht_misuse_plan_add_strategy(plan, &s, why);
}

int ht_misuse_plan_add_strategies(struct ht_misuse_plan *plan, const char *words, char why[256])
{
    return each_word(plan, words, why, add_strategy);
}

unsigned ht_misuse_repeat(const struct ht_strategy *strategy)
{
    static const char *const drawing[] = {"scudo", "gwp-asan"};
    for (size_t i = 0; i < sizeof drawing / sizeof *drawing; i++)
        if (!strcmp(strategy->name, drawing[i]))
            return 10;
    return *strategy->under ? 1 : 3;
}

/* ---- cases ---- */

static bool is_chosen(const struct ht_misuse_plan *plan, const struct ht_misuse_case *c)
{
    for (size_t i = 0; i < plan->cases; i++)
        if (plan->chosen[i] == c)
            return true;
    return false;
}

static int by_list(const void *a, const void *b)
{
    const struct ht_misuse_case *const *const p = a, *const *const q = b;
    return (*p > *q) - (*p < *q);
}

static int refuse_case(const char *word, char why[256])
{
    const char *names[HT_MISUSE_CASES_MAX];
    for (unsigned i = 0; i < ht_misuse_case_count; i++)
        names[i] = ht_misuse_cases[i].name;
    const char *const nearest = ht_nearest(word, names, ht_misuse_case_count);
    snprintf(why, 256, "no case of misuse is called '%.80s'%s%s%s; heaptrial list misuse shows all", word,
             nearest ? ": did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
    return -ENOENT;
}

static int add_case(struct ht_misuse_plan *plan, const char *word, char why[256])
{
    bool found = false;
    for (unsigned i = 0; i < ht_misuse_case_count; i++) {
        const struct ht_misuse_case *const c = &ht_misuse_cases[i];
        if (strcmp(word, "all") && fnmatch(word, c->name, 0))
            continue;
        found = true;
        if (!is_chosen(plan, c))
            plan->chosen[plan->cases++] = c;
    }
    return found ? 0 : refuse_case(word, why);
}

int ht_misuse_plan_add_cases(struct ht_misuse_plan *plan, const char *words, char why[256])
{
    const int error = each_word(plan, words, why, add_case);
    qsort(plan->chosen, plan->cases, sizeof plan->chosen[0], by_list);
    return error;
}

/* ---- sizes ---- */

static int add_size(struct ht_misuse_plan *plan, const char *word, char why[256])
{
    char *end;
    unsigned long n = strtoul(word, &end, 10);
    if (*end == 'k' && !end[1])
        n <<= 10, end++;
    for (int i = 0; i < HT_MISUSE_SIZES; i++)
        if (!strcmp(word, "all") || (!*end && n == ht_misuse_size[i]))
            plan->sizes |= 1u << i;
    for (int i = 0; i < HT_MISUSE_SIZES; i++)
        if (!strcmp(word, "all") || (!*end && n == ht_misuse_size[i]))
            return 0;
    snprintf(why, 256, "cases have the sizes 8, 24, 4096 and 256k, not '%.80s'", word);
    return -EINVAL;
}

int ht_misuse_plan_set_sizes(struct ht_misuse_plan *plan, const char *words, char why[256])
{
    plan->sizes = 0;
    return each_word(plan, words, why, add_size);
}

/* ---- rows ---- */

/* Sizes in which a case runs. */
static unsigned count_sizes(const struct ht_misuse_plan *plan, const struct ht_misuse_case *c)
{
    return c->sizes == HT_MISUSE_ONE ? 1 : (unsigned)__builtin_popcount(c->sizes & plan->sizes);
}

static uint32_t size_at(const struct ht_misuse_plan *plan, const struct ht_misuse_case *c, size_t index)
{
    if (c->sizes == HT_MISUSE_ONE)
        return 0;
    for (int i = 0; i < HT_MISUSE_SIZES; i++)
        if (c->sizes & plan->sizes & 1u << i && index-- == 0)
            return ht_misuse_size[i];
    return 0;
}

size_t ht_misuse_plan_steps(const struct ht_misuse_plan *plan)
{
    size_t rows = 0;
    for (size_t i = 0; i < plan->cases; i++)
        rows += count_sizes(plan, plan->chosen[i]);
    return rows * plan->strategies;
}

struct ht_misuse_step ht_misuse_plan_step(const struct ht_misuse_plan *plan, size_t index)
{
    const struct ht_strategy *const strategy = &plan->strategy[index % plan->strategies];
    size_t row = index / plan->strategies, i = 0;
    for (; row >= count_sizes(plan, plan->chosen[i]); i++)
        row -= count_sizes(plan, plan->chosen[i]);
    return (struct ht_misuse_step){strategy, plan->chosen[i], size_at(plan, plan->chosen[i], row)};
}
