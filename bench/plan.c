#include "bench/plan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/words.h"
#include "bench/suite.h"

int ht_plan_open(struct ht_plan *plan)
{
    *plan = (struct ht_plan){.seed = 1, .rounds = 5, .repetitions = 3, .shard = 1, .shards = 1, .points = HT_POINTS_DEFAULT};
    plan->window_ms = 20;
    plan->timeout_s = 60;
    plan->group = calloc(HT_GROUPS_MAX, sizeof *plan->group);
    return plan->group ? 0 : -ENOMEM;
}

void ht_plan_close(struct ht_plan *plan)
{
    free(plan->group);
    plan->group = NULL;
}

/* ---- strategies ---- */

int ht_plan_add_strategy(struct ht_plan *plan, const struct ht_strategy *strategy, char why[256])
{
    for (size_t i = 0; i < plan->strategies; i++) {
        if (strcmp(plan->strategy[i].name, strategy->name))
            continue;
        if (!strcmp(plan->strategy[i].library, strategy->library))
            return 0;
        snprintf(why, 256, "two strategies are called '%s'; give one of them another name", strategy->name);
        return -EEXIST;
    }
    if (plan->strategies == HT_STRATEGIES_MAX) {
        snprintf(why, 256, "more than %d strategies in one run", HT_STRATEGIES_MAX);
        return -E2BIG;
    }
    plan->strategy[plan->strategies++] = *strategy;
    return 0;
}

static bool means_many(const char *word)
{
    return !strcmp(word, "all") || !strcmp(word, "allocators") || !strcmp(word, "collectors") ||
           !strcmp(word, "drop-in");
}

static bool is_meant(const struct ht_strategy *s, const char *word)
{
    const bool collects = ht_strategy_is_collector(s);
    if (s->is_planted)
        return false;
    return word[0] == 'c'   ? collects
           : word[0] == 'd' ? s->kind == HT_STRATEGY_MALLOC || s->kind == HT_STRATEGY_PRELOAD
                            : !collects || !strcmp(word, "all");
}

static int add_strategy_word(void *context, const char *word, char *why)
{
    struct ht_plan *const plan = context;
    struct ht_strategy strategy;
    if (!means_many(word)) {
        const int error = ht_strategy_find(word, &strategy, why);
        strategy.is_named = true;
        return error ? error : ht_plan_add_strategy(plan, &strategy, why);
    }
    for (size_t i = 0; i < ht_strategy_count(); i++) {
        strategy = ht_strategy_at(i);
        const int error = is_meant(&strategy, word) ? ht_plan_add_strategy(plan, &strategy, why) : 0;
        if (error)
            return error;
    }
    return 0;
}

int ht_plan_add_strategies(struct ht_plan *plan, const char *words, char why[256])
{
    return ht_each_word(words, add_strategy_word, plan, why);
}

/* ---- who meets whom ---- */

const struct ht_workload *ht_plan_workload(const char *name, enum ht_group_kind kind)
{
    for (int i = ht_suite_find(name, 0); i >= 0; i = ht_suite_find(name, (size_t)i + 1))
        if (ht_suite_is_mutator((size_t)i) == (kind == HT_GROUP_COLLECTOR))
            return ht_suite_plain((size_t)i);
    return NULL;
}

bool ht_plan_fits(const struct ht_strategy *strategy, const struct ht_group *group)
{
    return ht_strategy_is_collector(strategy) == (group->kind == HT_GROUP_COLLECTOR);
}

static bool has_group(const struct ht_plan *plan, const struct ht_strategy *strategy)
{
    for (size_t i = 0; i < plan->groups; i++)
        if (ht_plan_fits(strategy, &plan->group[i]))
            return true;
    return false;
}

static bool has_strategy(const struct ht_plan *plan, const struct ht_group *group)
{
    for (size_t i = 0; i < plan->strategies; i++)
        if (ht_plan_fits(&plan->strategy[i], group))
            return true;
    return false;
}

int ht_plan_match(struct ht_plan *plan, char why[256])
{
    size_t kept = 0;
    for (size_t i = 0; i < plan->strategies; i++) {
        const struct ht_strategy *const s = &plan->strategy[i];
        if (has_group(plan, s))
            plan->strategy[kept++] = *s;
        else if (s->is_named) {
            const char *const kind = ht_strategy_is_collector(s) ? "collector" : "allocator";
            snprintf(why, 256,
                     "%s is a%s %s, and no workload for %ss is named: heaptrial list workloads shows them",
                     s->name, kind[0] == 'a' ? "n" : "", kind, kind);
            return -EINVAL;
        }
    }
    plan->strategies = kept;
    kept = 0;
    for (size_t i = 0; i < plan->groups; i++)
        if (has_strategy(plan, &plan->group[i]))
            plan->group[kept++] = plan->group[i];
    plan->groups = kept;
    if (plan->groups)
        return 0;
    snprintf(why, 256, "nothing to run: name strategies with -a and workloads of their kind with -w");
    return -EINVAL;
}
