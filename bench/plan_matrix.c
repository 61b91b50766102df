/* The matrix of a plan: the user's words, multiplied out into groups. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "base/words.h"
#include "bench/plan.h"
#include "bench/programs.h"
#include "bench/suite.h"

/* A matrix whose words are known. */
struct product {
    struct ht_plan *plan;
    unsigned rounds;
    struct ht_group group[HT_PASS_COUNT]; /* pass and rounds only */
    size_t passes;
    unsigned threads[32];
    size_t thread_counts;
    char heap[32][16];
    size_t heaps;
    const char *fault; /* "" for none */
    enum ht_fault_place fault_place;
};

static struct ht_group *find_group(struct ht_plan *plan, const struct ht_group *like)
{
    for (size_t i = 0; i < plan->groups; i++) {
        struct ht_group *const g = &plan->group[i];
        if (g->kind == like->kind && g->threads == like->threads && g->pass == like->pass &&
            !strcmp(g->workload, like->workload) && !strcmp(g->params, like->params) &&
            !strcmp(g->heap, like->heap) && !strcmp(g->fault, like->fault))
            return g;
    }
    return NULL;
}

/* One that is named twice takes part in as many rounds as either asks for: a program is named by each pass. */
static int add_group(struct ht_plan *plan, const struct ht_group *group, char why[256])
{
    struct ht_group *const old = find_group(plan, group);
    if (group->rounds > plan->rounds)
        plan->rounds = group->rounds;
    if (old) {
        old->rounds = old->rounds > group->rounds ? old->rounds : group->rounds;
        return 0;
    }
    if (plan->groups == HT_GROUPS_MAX) {
        snprintf(why, 256, "more than %d combinations of workload, threads, heap and pass", HT_GROUPS_MAX);
        return -E2BIG;
    }
    plan->group[plan->groups++] = *group;
    return 0;
}

/* All heaps of one workload with parameters, pass and threads. */
static int multiply_heaps(struct product *product, struct ht_group group, char why[256])
{
    if (group.kind != HT_GROUP_COLLECTOR)
        return add_group(product->plan, &group, why);
    for (size_t h = 0; h < product->heaps; h++) {
        strcpy(group.heap, product->heap[h]);
        const int error = add_group(product->plan, &group, why);
        if (error)
            return error;
    }
    return 0;
}

static bool takes_fault(const struct product *product, const struct ht_group *group)
{
    return group->kind != HT_GROUP_PROGRAM && 
           (product->fault_place != HT_FAULT_APART || group->pass == HT_PASS_FAULTS);
}

static bool is_beside(const struct product *product)
{
    return *product->fault && product->fault_place == HT_FAULT_BESIDE;
}

/* A pass, or a fault, that is only for collectors leaves the others out, and the other way round. */
static bool is_left_out(const struct product *product, const struct ht_group *group)
{
    const bool in_collectors = *product->fault && product->fault_place == HT_FAULT_IN_COLLECTORS;
    if (group->pass == HT_PASS_FAULTS && !*group->fault)
        return true;
    if (is_beside(product) && group->kind != HT_GROUP_ALLOCATOR)
        return true;
    return group->kind != HT_GROUP_COLLECTOR && (ht_pass_is_collectors(group->pass) || in_collectors);
}

static int add_without_fault(struct product *product, struct ht_group group, char why[256])
{
    group.fault[0] = 0;
    return add_group(product->plan, &group, why);
}

/* All passes and thread counts too. */
static int multiply(struct product *product, struct ht_group group, unsigned min_threads, char why[256])
{
    const bool is_program = group.kind == HT_GROUP_PROGRAM;
    for (size_t p = 0; p < product->passes; p++)
        for (size_t t = 0; t < product->thread_counts; t++) {
            const unsigned asked = is_program ? 1 : product->threads[t];
            group.threads = asked < min_threads ? min_threads : asked;
            group.pass = is_program ? HT_PASS_THROUGHPUT : product->group[p].pass;
            group.rounds = product->group[p].rounds;
            snprintf(group.fault, sizeof group.fault, "%s",
                     takes_fault(product, &group) ? product->fault : "");
            if (is_left_out(product, &group))
                continue;
            int error = is_beside(product) ? add_without_fault(product, group, why) : 0;
            if (!error)
                error = multiply_heaps(product, group, why);
            if (error)
                return error;
        }
    return 0;
}

static int add_program(struct product *product, const char *name, const char *params, char why[256])
{
    struct ht_group group = {.kind = HT_GROUP_PROGRAM};
    snprintf(group.workload, sizeof group.workload, "%s", name);
    if (!*params)
        return multiply(product, group, 1, why);
    snprintf(why, 256, "the program %s has no parameters", name);
    return -EINVAL;
}

/* Heaps that are a multiple can be too small to mean anything; the workload says. */
static int check_heaps(const struct product *product, const struct ht_job *job, char why[256])
{
    uint64_t bytes;
    for (size_t h = 0; h < product->heaps; h++)
        if (ht_suite_heap_bytes(job, product->heap[h], &bytes, why))
            return -EINVAL;
    return 0;
}

static int add_workload(struct product *product, size_t index, const char *params, char why[256])
{
    struct ht_group group = {.kind = ht_suite_is_mutator(index) ? HT_GROUP_COLLECTOR : HT_GROUP_ALLOCATOR};
    struct ht_job job = {.workload = ht_suite_plain(index), .threads = 1};
    const char *const name = job.workload->name;
    snprintf(group.workload, sizeof group.workload, "%s", name);
    const int error = ht_suite_set_params(&job, params, why);
    if (error)
        return error;
    if (group.kind == HT_GROUP_COLLECTOR && check_heaps(product, &job, why))
        return -EINVAL;
    if (ht_suite_emit_params(&job, group.params, sizeof group.params)) {
        snprintf(why, 256, "the parameters of %s are too long", name);
        return -E2BIG;
    }
    return multiply(product, group, job.workload->min_threads, why);
}

static int refuse_workload(const char *word, char why[256])
{
    const char *names[HT_PROGRAMS_MAX + 256];
    size_t n = 0;
    for (size_t i = 0; i < ht_suite_count() && n < 256; i++)
        names[n++] = ht_suite_plain(i)->name;
    for (size_t i = 0; i < ht_program_count(); i++)
        names[n++] = ht_program_name(i);
    const char *const nearest = ht_nearest(word, names, n);
    snprintf(why, 256, "no workload is called '%s'%s%s%s; heaptrial list workloads shows all", word,
             nearest ? ": did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
    return -ENOENT;
}

/* A name may stand once for allocators and once for collectors: those that have strategies here, and take the
 * parameters. */
static int add_named(struct product *product, const char *name, const char *params, char why[256])
{
    int error = -ENOENT;
    for (int i = ht_suite_find(name, 0); i >= 0; i = ht_suite_find(name, (size_t)i + 1)) {
        const int failed = add_workload(product, (size_t)i, params, why);
        error = failed && error ? failed : 0;
    }
    return error;
}

/* NAME, NAME:PARAM=VALUE:PARAM=VALUE, all, or programs. */
static int add_workload_word(void *context, const char *word, char *why)
{
    struct product *const product = context;
    const size_t length = strcspn(word, ":");
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)length, word);
    const char *const params = word + length + (word[length] == ':');
    int error = 0;
    if (!strcmp(name, "all"))
        for (size_t i = 0; i < ht_suite_count() && !error; i++)
            error = add_workload(product, i, "", why);
    else if (!strcmp(name, "programs"))
        for (size_t i = 0; i < ht_program_count() && !error; i++)
            error = add_program(product, ht_program_name(i), "", why);
    else if (ht_program_find(name) >= 0)
        error = add_program(product, name, params, why);
    else if (ht_suite_find(name, 0) < 0)
        error = refuse_workload(name, why);
    else
        error = add_named(product, name, params, why);
    return error;
}

static int refuse_pass(const char *word, char why[256])
{
    const char *names[HT_PASS_COUNT];
    for (int i = 0; i < HT_PASS_COUNT; i++)
        names[i] = ht_pass_word((enum ht_pass)i);
    const char *const nearest = ht_nearest(word, names, HT_PASS_COUNT);
    size_t used =
        (size_t)snprintf(why, 256, "no pass is called '%.60s'%s%s%s; there are", word,
                         nearest ? ": did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
    for (int i = 0; i < HT_PASS_COUNT; i++)
        used += (size_t)snprintf(why + used, 256 - used, "%s%s", i == 0 ? " " : ", ", names[i]);
    return -ENOENT;
}

/* A whole number from `low` to `high`, at the start of `text` and nothing after it. */
static int parse_number(const char *text, unsigned long low, unsigned long high, unsigned *out)
{
    char *end;
    errno = 0;
    const unsigned long n = strtoul(text, &end, 10);
    if (errno || end == text || *end || n < low || n > high || *text == '-')
        return -EINVAL;
    *out = (unsigned)n;
    return 0;
}

/* A pass, perhaps with the rounds that it takes part in. No pass comes twice, so that there is room for all. */
static int add_pass_word(void *context, const char *word, char *why)
{
    struct product *const product = context;
    const size_t length = strcspn(word, ":");
    char name[32];
    snprintf(name, sizeof name, "%.*s", (int)length, word);
    const int pass = ht_pass_find(name);
    if (pass < 0)
        return refuse_pass(name, why);
    for (size_t i = 0; i < product->passes; i++)
        if ((int)product->group[i].pass == pass) {
            snprintf(why, 256, "the pass %s is named twice", name);
            return -EINVAL;
        }
    struct ht_group *const group = &product->group[product->passes];
    group->pass = (enum ht_pass)pass;
    group->rounds = product->rounds;
    if (word[length] && parse_number(word + length + 1, 1, HT_ROUNDS_MAX, &group->rounds)) {
        snprintf(why, 256, "'%s': the rounds of a pass are a whole number of 1 or more, as in memory:1",
                 word);
        return -EINVAL;
    }
    product->passes++;
    return 0;
}

static int add_threads_word(void *context, const char *word, char *why)
{
    struct product *const product = context;
    unsigned *const threads = &product->threads[product->thread_counts];
    if (product->thread_counts == sizeof product->threads / sizeof product->threads[0] ||
        parse_number(word, 1, HT_THREADS_MAX, threads)) {
        snprintf(why, 256, "--threads takes whole numbers from 1 to %d, as in 1,2,4; not '%s'",
                 HT_THREADS_MAX, word);
        return -EINVAL;
    }
    product->thread_counts++;
    return 0;
}

static int add_heap_word(void *context, const char *word, char *why)
{
    struct product *const product = context;
    if (product->heaps == sizeof product->heap / sizeof product->heap[0] ||
        strlen(word) >= sizeof product->heap[0]) {
        snprintf(why, 256, "--heap takes up to 32 limits, as 1.75x,3x,64M; not '%.40s'", word);
        return -EINVAL;
    }
    strcpy(product->heap[product->heaps++], word);
    return 0;
}

int ht_plan_add_matrix(struct ht_plan *plan, const struct ht_matrix *matrix, char why[256])
{
    struct product product = {.plan = plan,
                              .rounds = matrix->rounds ? matrix->rounds : plan->rounds,
                              .fault = matrix->fault ? matrix->fault : "",
                              .fault_place = matrix->fault_place};
    int error = ht_each_word(matrix->passes, add_pass_word, &product, why);
    if (!error)
        error = ht_each_word(matrix->threads, add_threads_word, &product, why);
    if (!error)
        error = ht_each_word(matrix->heaps ? matrix->heaps : HT_HEAP_DEFAULT, add_heap_word, &product, why);
    if (!error && (!product.passes || !product.thread_counts)) {
        snprintf(why, 256, "a run needs a pass and a number of threads");
        error = -EINVAL;
    }
    return error ? error : ht_each_word(matrix->workloads, add_workload_word, &product, why);
}
