#include "bench/calibrate.h"

#include <errno.h>
#include <math.h>
#include <string.h>

/* Windows of collectors are so many times as long: a few collections belong in each. */
enum { ITERATIONS_MAX = 1 << 24, COLLECTOR_WINDOWS = 3 };

/* Work for collectors is measured out on one that can do everything. */
static const char COLLECTOR[] = "marksweep";

static int calibrate_group(const struct ht_plan *plan, const struct ht_measure *measure,
                           struct ht_group *group)
{
    struct ht_strategy system;
    char why[256];
    const bool collects = group->kind == HT_GROUP_COLLECTOR;
    const int error = ht_strategy_find(collects ? COLLECTOR : "system", &system, why);
    if (error)
        return error;
    const double window_ns = plan->window_ms * 1e6 * (collects ? COLLECTOR_WINDOWS : 1);
    double iterations = 1, wall_ns = 0;
    /* One iteration says how many make a tenth of a window, and those say how many make a whole one. */
    for (int step = 0; step < 3; step++) {
        const int failed = ht_measure_iteration(measure, group, &system, (uint64_t)iterations, &wall_ns);
        if (failed == -EINTR)
            return failed;
        if (failed)
            iterations = 1;
        if (failed || wall_ns >= window_ns / 3)
            break;
        const double aim = step == 0 ? window_ns / 5 : window_ns;
        iterations = ceil(iterations * aim / fmax(wall_ns, 100));
        iterations = fmin(iterations, ITERATIONS_MAX);
        if (aim == window_ns)
            break;
    }
    group->iterations = (uint64_t)iterations;
    return 0;
}

static bool same_work(const struct ht_group *a, const struct ht_group *b)
{
    return a->kind == b->kind && a->threads == b->threads && !strcmp(a->workload, b->workload) &&
           !strcmp(a->params, b->params);
}

int ht_calibrate(struct ht_plan *plan, const struct ht_measure *measure,
                 void (*progress)(size_t done, size_t all, void *context), void *context)
{
    for (size_t i = 0; i < plan->groups; i++) {
        struct ht_group *const group = &plan->group[i];
        if (group->kind == HT_GROUP_PROGRAM || group->pass == HT_PASS_FAULTS)
            group->iterations = 1;
        for (size_t j = 0; j < i && !group->iterations; j++)
            if (plan->group[j].pass != HT_PASS_FAULTS && same_work(&plan->group[j], group))
                group->iterations = plan->group[j].iterations;
        const int error = group->iterations ? 0 : calibrate_group(plan, measure, group);
        if (error)
            return error;
        progress(i + 1, plan->groups, context);
    }
    return 0;
}
