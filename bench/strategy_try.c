#include "bench/strategy_try.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bench/launch.h"

enum { REFUSED = 2 };

static int try_one(const struct ht_plan *plan, const struct ht_strategy *s, char why[256])
{
    static const char prefix[] = "heaptrial: ";
    char plugin[640], variant[128], words[256];
    struct ht_ended ended;
    snprintf(plugin, sizeof plugin, "--heaptrial_plugin=%s", s->library);
    snprintf(variant, sizeof variant, "--heaptrial_variant=%s", s->variant);
    struct ht_launch launch = {.argv = {s->cell, "--heaptrial_try=1", s->variant[0] ? variant : plugin},
                               .timeout_ns = (uint64_t)(plan->timeout_s * 1e9)};
    for (unsigned n = 0; plan->env[n][0]; n++)
        launch.env[n] = plan->env[n];
    const int error = ht_launch(&launch, &ended);
    if (error || ended.exit_status != REFUSED)
        return error;
    ht_last_line(ended.err, words, sizeof words);
    snprintf(why, 256, "%s", words + (strncmp(words, prefix, strlen(prefix)) ? 0 : strlen(prefix)));
    return -EINVAL;
}

int ht_strategies_try(const struct ht_plan *plan, char why[256])
{
    for (size_t i = 0; i < plan->strategies; i++) {
        const struct ht_strategy *const s = &plan->strategy[i];
        const bool is_plugin = s->kind == HT_STRATEGY_PLUGIN || s->kind == HT_STRATEGY_PLUGIN_COLLECTOR;
        const int error = !s->absent[0] && (is_plugin || s->variant[0]) ? try_one(plan, s, why) : 0;
        if (error)
            return error;
    }
    return 0;
}
