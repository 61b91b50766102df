#include "cli/gate_plan.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/faults_plan.h"
#include "results/gate.h"

/* ---- the first ------------------------------------------------------------------------------------------ */

/* Lists in a file have blanks after their commas. */
static void without_blanks(const char *words, char out[HT_GATE_TEXT])
{
    size_t n = 0;
    for (; *words; words++)
        if (!isspace((unsigned char)*words))
            out[n++] = *words;
    out[n] = '\0';
}

static bool is_gated(const struct ht_gate_config *config, enum ht_metric first, enum ht_metric last)
{
    for (enum ht_metric metric = first; metric <= last; metric++)
        if (!isnan(config->limit[metric]))
            return true;
    return false;
}

/* "throughput,memory:20,instructions:1". */
static void list_passes(const struct ht_gate_config *c, bool exact_only, char out[128])
{
    size_t n = 0;
    const bool time = c->time && !exact_only, memory = c->memory && !exact_only;
    out[0] = '\0';
    if (time && !isnan(c->limit[HT_TIME]))
        n += (size_t)sprintf(out + n, ",throughput:%u", c->pairs);
    if (time && is_gated(c, HT_P50, HT_P999))
        n += (size_t)sprintf(out + n, ",latency:%u", c->pairs);
    if (time && !isnan(c->limit[HT_PAUSE_MAX]))
        n += (size_t)sprintf(out + n, ",pauses:%u", c->pairs);
    if (memory)
        n += (size_t)sprintf(out + n, ",memory:%u", c->pairs);
    if (c->exact)
        n += (size_t)sprintf(out + n, ",instructions:1");
}

/* Their names alone: with the parameters of what is measured each of the many tries would take as long. */
static void without_params(const char *words, char out[HT_GATE_TEXT])
{
    size_t n = 0;
    bool skip = false;
    for (; *words; words++) {
        skip = *words == ':' || (skip && *words != ',');
        if (!skip)
            out[n++] = *words;
    }
    out[n] = '\0';
}

static int add_faults(struct ht_plan *plan, const struct ht_gate_config *config, const char *workloads,
                      const char *heaps, char why[256])
{
    char names[HT_GATE_TEXT];
    int error = 0;
    without_params(workloads, names);
    for (unsigned i = 0; i < config->faults && !error; i++) {
        const struct ht_fault_cells cells = {.workloads = strcmp(names, "all") ? names : NULL,
                                             .heaps = heaps,
                                             .fault = config->fault[i],
                                             .contracts = HT_FAULTS_ALLOCATORS | HT_FAULTS_COLLECTORS,
                                             .lenient = true};
        error = ht_check_swept_fault(config->fault[i], why);
        if (!error)
            error = ht_plan_add_faults(plan, &cells, why);
    }
    return error;
}

int ht_gate_plan(struct ht_plan *plan, const struct ht_gate_config *config, bool exact_only, char why[256])
{
    char passes[128], workloads[HT_GATE_TEXT], threads[HT_GATE_TEXT], heaps[HT_GATE_TEXT];
    without_blanks(config->workloads, workloads);
    without_blanks(config->threads, threads);
    without_blanks(config->heaps, heaps);
    list_passes(config, exact_only, passes);
    plan->rounds = exact_only || !(config->time || config->memory) ? 1 : config->pairs;
    plan->repetitions = config->repetitions;
    plan->window_ms = config->window_ms;
    plan->timeout_s = config->timeout_s;
    plan->points = config->points;
    plan->seed = config->seed;
    const struct ht_matrix matrix = {
        .workloads = workloads, .passes = passes, .threads = threads, .heaps = heaps[0] ? heaps : NULL};
    int error = passes[0] ? ht_plan_add_matrix(plan, &matrix, why) : 0;
    if (!error)
        error = add_faults(plan, config, workloads, matrix.heaps, why);
    if (!error)
        error = ht_plan_match(plan, why);
    ht_plan_identify(plan);
    return error;
}

/* Of what is exact so many pairs must agree. */
enum { EXACT_ROUNDS = 3 };

/* ---- what is measured again ----------------------------------------------------------------------------- */

struct marks {
    const struct ht_plan *plan;
    bool *marked; /* by group */
};

static void mark_row(struct marks *m, const struct ht_row *row)
{
    m->marked[(row->cell - 1) / m->plan->strategies] = true;
}

static void mark_lines(struct marks *m, const struct ht_compare *first)
{
    for (size_t i = 0; i < first->lines; i++) {
        const struct ht_compare_line *const line = &first->line[i];
        if (ht_gate_suspects_line(line))
            mark_row(m, &line->summary->rows->row[line->pair->row]);
    }
}

static void mark_groups(struct marks *m, const struct ht_compare *first)
{
    for (size_t g = 0; g < first->groups; g++)
        for (size_t i = 0; ht_gate_suspects_group(first, &first->group[g]) && i < first->lines; i++) {
            const struct ht_compare_line *const line = &first->line[i];
            if (ht_gate_is_in_group(line, &first->group[g]))
                mark_row(m, &line->summary->rows->row[line->pair->row]);
        }
}

static void mark_outcome(struct marks *m, const struct ht_compare_outcome *o)
{
    const struct ht_summary *const s = o->summary;
    for (size_t i = s->first_new; i < s->rows->count; i++) {
        const struct ht_row *const row = &s->rows->row[i];
        if (s->job_of[i] == o->job && !strcmp(row->pass, o->pass) && !strcmp(row->fault, o->fault))
            mark_row(m, row);
    }
}

/* With fewer pairs none of so many lines could be called. */
static unsigned rounds_needed(const struct marks *m, const struct ht_compare *first)
{
    size_t tested = 0;
    for (size_t i = 0; i < first->lines; i++) {
        const struct ht_compare_line *const line = &first->line[i];
        const struct ht_row *const row = &line->summary->rows->row[line->pair->row];
        tested += line->gating && ht_metric_role(line->metric) != HT_ROLE_EXACT &&
                  m->marked[(row->cell - 1) / m->plan->strategies];
    }
    return (unsigned)ht_compare_pairs_needed(tested, first->options.alpha);
}

int ht_gate_plan_again(const struct ht_plan *plan, const struct ht_gate_config *config,
                       const struct ht_compare *first, bool stored, struct ht_plan *again)
{
    struct marks m = {plan, calloc(plan->groups + 1, sizeof *m.marked)};
    struct ht_group *const group = calloc(HT_GROUPS_MAX, sizeof *group);
    *again = *plan;
    again->group = group;
    again->groups = 0;
    if (!m.marked || !group) {
        free(m.marked);
        ht_plan_close(again);
        return -ENOMEM;
    }
    mark_lines(&m, first);
    mark_groups(&m, first);
    for (size_t i = 0; i < first->outcomes; i++)
        if (ht_gate_suspects_outcome(&first->outcome[i]))
            mark_outcome(&m, &first->outcome[i]);
    again->rounds = 1;
    const unsigned needed = rounds_needed(&m, first),
                   confirm = config->confirm > needed ? config->confirm : needed;
    for (size_t i = 0; i < plan->groups; i++) {
        if (!m.marked[i])
            continue;
        struct ht_group *const g = &group[again->groups++];
        *g = plan->group[i];
        if (!stored)
            g->rounds = g->pass == HT_PASS_INSTRUCTIONS ? EXACT_ROUNDS : g->rounds == 1 ? 1 : confirm;
        again->rounds = g->rounds > again->rounds ? g->rounds : again->rounds;
    }
    again->seed = plan->seed + !stored;
    ht_plan_identify(again);
    free(m.marked);
    return 0;
}
