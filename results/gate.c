#include "results/gate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/outcome.h"

const char *ht_gate_tier_word(enum ht_gate_tier tier)
{
    static const char *const words[] = {
#define X(id, word) word,
        HT_GATE_TIERS_LIST(X)
#undef X
    };
    return words[tier];
}

const char *ht_gate_verdict_word(enum ht_gate_verdict verdict)
{
    static const char *const words[] = {
#define X(id, word) word,
        HT_GATE_VERDICTS_LIST(X)
#undef X
    };
    return words[verdict];
}

enum ht_gate_tier ht_gate_tier_of(enum ht_metric metric)
{
    if (ht_metric_role(metric) == HT_ROLE_EXACT)
        return HT_TIER_EXACT;
    const bool is_memory = metric == HT_MEMORY || metric == HT_DRAIN || metric == HT_MAPPED;
    return is_memory ? HT_TIER_MEMORY : HT_TIER_TIME;
}

struct ht_compare_options ht_gate_options(const struct ht_gate_config *config)
{
    struct ht_compare_options o = ht_compare_defaults();
    o.gating = 0;
    for (enum ht_metric metric = 0; metric < HT_METRICS; metric++) {
        o.limit[metric] = config->limit[metric];
        o.gating |= isnan(config->limit[metric]) ? 0 : HT_METRIC_BIT(metric);
    }
    o.metrics = o.gating;
    o.twin = config->twin ? HT_GATE_TWIN : NULL;
    return o;
}

/* ---- what must be measured again ------------------------------------------------------------------------ */

static bool is_exact(const struct ht_compare_line *line)
{
    return ht_gate_tier_of(line->metric) == HT_TIER_EXACT;
}

bool ht_gate_suspects_line(const struct ht_compare_line *line)
{
    if (!line->gating || line->twin)
        return false;
    return is_exact(line) ? line->verdict == HT_REGRESSED
                          : !line->ratio.range && line->ratio.low > 1 + line->threshold;
}

/* Of what is exact each pair must say so: where threads are at work, even those that a workload starts for itself, counts
 * do not repeat to the digit, and one pair may be off by more than the limit. */
static bool is_confirmed(const struct ht_compare_line *second)
{
    return is_exact(second) ? second->ratio.low > 1 + second->threshold : second->verdict == HT_REGRESSED;
}

bool ht_gate_suspects_outcome(const struct ht_compare_outcome *outcome)
{
    return outcome->verdict == HT_REGRESSED;
}

/* ---- the second measurement ----------------------------------------------------------------------------- */

static bool same_cell(const char *label, const struct ht_summary *s, size_t subject, size_t job)
{
    char other[256];
    ht_compare_name(s, subject, job, other, sizeof other);
    return !strcmp(label, other);
}

/* The same line of the second comparison, or NULL. */
static const struct ht_compare_line *line_again(const struct ht_compare *second, const char *label,
                                                enum ht_metric metric)
{
    for (size_t i = 0; second && i < second->lines; i++) {
        const struct ht_compare_line *const line = &second->line[i];
        const struct ht_summary_cell *const cell = &line->summary->cell[line->cell];
        if (line->metric == metric && !line->twin &&
            same_cell(label, line->summary, cell->strategy, cell->job))
            return line;
    }
    return NULL;
}

/* ---- suites: all cells of a strategy together ------------------------------------------------------------ */

static bool is_of(const struct ht_compare_line *line, const struct ht_compare_group *group)
{
    const struct ht_summary *const s = line->summary;
    return line->metric == group->metric && !line->twin && line->gating &&
           !strcmp(s->job[s->cell[line->cell].job].strategy, group->strategy);
}

/* The geometric mean over all cells of one strategy, once: of a single one the mean over everything is the same. */
static bool is_suite(const struct ht_compare *c, const struct ht_compare_group *group)
{
    size_t cells = 0;
    for (size_t i = 0; i < c->lines; i++)
        cells += is_of(&c->line[i], group);
    for (const struct ht_compare_group *g = c->group; g < group; g++)
        if (g->metric == group->metric && g->cells == group->cells && !strcmp(g->strategy, group->strategy))
            return false;
    return cells > 1 && cells == group->cells && !group->twin &&
           ht_gate_tier_of(group->metric) != HT_TIER_EXACT;
}

static bool is_worse(const struct ht_compare_group *group)
{
    return !group->ratio.range && group->ratio.low > 1 + group->threshold;
}

bool ht_gate_suspects_group(const struct ht_compare *c, const struct ht_compare_group *group)
{
    return is_suite(c, group) && is_worse(group);
}

bool ht_gate_is_in_group(const struct ht_compare_line *line, const struct ht_compare_group *group)
{
    return is_of(line, group);
}

static const struct ht_compare_group *group_again(const struct ht_compare *second,
                                                  const struct ht_compare_group *first)
{
    for (size_t i = 0; second && i < second->groups; i++) {
        const struct ht_compare_group *const g = &second->group[i];
        if (g->metric == first->metric && !strcmp(g->strategy, first->strategy) && is_suite(second, g))
            return g;
    }
    return NULL;
}

static bool is_worse_again(const struct ht_compare *second, const char *label,
                           const struct ht_compare_outcome *first)
{
    for (size_t i = 0; second && i < second->outcomes; i++) {
        const struct ht_compare_outcome *const o = &second->outcome[i];
        if (o->verdict == HT_REGRESSED && !strcmp(o->pass, first->pass) && !strcmp(o->fault, first->fault) &&
            same_cell(label, o->summary, o->subject, o->job))
            return true;
    }
    return false;
}

/* ---- lines ---------------------------------------------------------------------------------------------- */

static enum ht_gate_verdict verdict_of(const struct ht_compare_line *first,
                                       const struct ht_compare_line *second)
{
    if (ht_gate_suspects_line(first))
        return second && is_confirmed(second) ? HT_GATE_REGRESSED : HT_GATE_UNCONFIRMED;
    switch (first->verdict) {
    case HT_IMPROVED:
        return HT_GATE_IMPROVED;
    case HT_EQUIVALENT:
        return HT_GATE_EQUIVALENT;
    default:
        return HT_GATE_INCONCLUSIVE;
    }
}

/* `x` has room for the pairs. */
static double median_figure(const struct ht_compare_line *line, bool base, double *x)
{
    for (size_t i = 0; i < line->pairs; i++)
        x[i] = ht_summary_figure(line->summary, base ? line->pair[i].base : line->pair[i].row, line->metric);
    ht_sort(x, line->pairs);
    return ht_median(x, line->pairs);
}

static void add_line(struct ht_gate *gate, const struct ht_compare_line *first,
                     const struct ht_compare *second, double *x)
{
    struct ht_gate_line *const line = &gate->line[gate->lines++];
    *line = (struct ht_gate_line){
        .tier = ht_gate_tier_of(first->metric),
        .metric = first->metric,
        .base = median_figure(first, true, x),
        .new = median_figure(first, false, x),
        .ratio = first->ratio,
        .limit = first->threshold,
        .smallest = first->smallest,
        .fault = "",
        .reason = "",
    };
    ht_compare_label(first, line->cell, sizeof line->cell);
    snprintf(line->key, sizeof line->key, "%s", ht_metric_word(first->metric));
    const struct ht_compare_line *const again =
        ht_gate_suspects_line(first) ? line_again(second, line->cell, first->metric) : NULL;
    if (again)
        line->second = again->ratio;
    line->verdict = verdict_of(first, again);
    gate->pairs = first->pairs > gate->pairs ? first->pairs : gate->pairs;
    gate->confirmed = again && again->pairs > gate->confirmed ? again->pairs : gate->confirmed;
}

static void add_suite(struct ht_gate *gate, const struct ht_compare *c, const struct ht_compare_group *first,
                      const struct ht_compare *second)
{
    struct ht_gate_line *const line = &gate->line[gate->lines++];
    *line = (struct ht_gate_line){
        .tier = ht_gate_tier_of(first->metric),
        .metric = first->metric,
        .base = NAN,
        .new = NAN,
        .ratio = first->ratio,
        .limit = first->threshold,
        .smallest = NAN,
        .fault = "",
        .reason = "",
    };
    snprintf(line->cell, sizeof line->cell, "%s%sall %zu cells", first->strategy,
             first->strategy[0] ? " " : "", first->cells);
    snprintf(line->key, sizeof line->key, "%s", ht_metric_word(first->metric));
    const bool suspect = ht_gate_suspects_group(c, first);
    const struct ht_compare_group *const again = suspect ? group_again(second, first) : NULL;
    if (again)
        line->second = again->ratio;
    line->verdict = suspect ? (again && is_worse(again) ? HT_GATE_REGRESSED : HT_GATE_UNCONFIRMED)
                    : first->verdict == HT_IMPROVED   ? HT_GATE_IMPROVED
                    : first->verdict == HT_EQUIVALENT ? HT_GATE_EQUIVALENT
                                                      : HT_GATE_INCONCLUSIVE;
}

static void add_outcome(struct ht_gate *gate, const struct ht_compare_outcome *first,
                        const struct ht_compare *second)
{
    struct ht_gate_line *const line = &gate->line[gate->lines++];
    *line = (struct ht_gate_line){
        .tier = HT_TIER_OUTCOME,
        .base = NAN,
        .new = NAN,
        .ratio = {NAN, NAN, NAN, 0, 0, true},
        .limit = NAN,
        .smallest = NAN,
        .fault = first->fault,
        .base_outcome = first->base,
        .new_outcome = first->new,
        .reason = first->reason,
    };
    ht_compare_name(first->summary, first->subject, first->job, line->cell, sizeof line->cell);
    snprintf(line->key, sizeof line->key, "%s", first->pass);
    if (first->verdict == HT_REGRESSED)
        line->verdict = is_worse_again(second, line->cell, first) ? HT_GATE_REGRESSED : HT_GATE_UNCONFIRMED;
    else
        line->verdict = first->verdict == HT_IMPROVED ? HT_GATE_IMPROVED : HT_GATE_INCONCLUSIVE;
}

static int worst_first(const void *a, const void *b)
{
    const struct ht_gate_line *const p = a, *const q = b;
    if (p->verdict != q->verdict)
        return p->verdict < q->verdict ? -1 : 1;
    if (p->tier != q->tier)
        return p->tier < q->tier ? -1 : 1;
    const double x = fabs(log(p->ratio.estimate)), y = fabs(log(q->ratio.estimate));
    if (x > y || x < y) /* outcomes have none */
        return x > y ? -1 : 1;
    const int cell = strcmp(p->cell, q->cell);
    return cell ? cell : strcmp(p->key, q->key);
}

/* ---- the whole ------------------------------------------------------------------------------------------ */

static void count_cells(struct ht_gate *gate, const struct ht_compare *first)
{
    for (size_t i = 0; i < first->summaries; i++)
        for (size_t job = 0; job < first->summary[i]->jobs; job++) {
            const struct ht_summary *const s = first->summary[i];
            const char *const strategy = s->job[job].strategy;
            if (first->options.twin && !strcmp(strategy, first->options.twin))
                continue;
            bool everywhere = true;
            for (size_t side = 0; side < s->strategies; side++)
                everywhere &= ht_summary_cell(s, side, job) != NULL;
            gate->cells += everywhere;
            gate->missing += !everywhere;
        }
}

static void note_floors(struct ht_gate *gate, const struct ht_compare *first)
{
    for (enum ht_metric metric = 0; metric < HT_METRICS; metric++) {
        const struct ht_compare_floor *const floor = &first->floor[metric];
        const bool measured = floor->twins > 0;
        gate->floor[metric] = measured ? floor->measured : floor->estimated;
        gate->floor_is_measured |= measured;
    }
}

int ht_gate_open(struct ht_gate *gate, const struct ht_compare *first, const struct ht_compare *second)
{
    *gate = (struct ht_gate){.base = "", .new = "", .folder = "", .seconds = NAN};
    size_t most = 0;
    for (size_t i = 0; i < first->lines; i++)
        most = first->line[i].pairs > most ? first->line[i].pairs : most;
    double *const x = malloc((most + 1) * sizeof *x);
    gate->line = calloc(first->lines + first->groups + first->outcomes + 1, sizeof *gate->line);
    if (!x || !gate->line) {
        free(x);
        ht_gate_close(gate);
        return -ENOMEM;
    }
    for (size_t i = 0; i < first->lines; i++)
        if (first->line[i].gating && !first->line[i].twin)
            add_line(gate, &first->line[i], second, x);
    for (size_t i = 0; i < first->groups; i++)
        if (is_suite(first, &first->group[i]))
            add_suite(gate, first, &first->group[i], second);
    for (size_t i = 0; i < first->outcomes; i++)
        add_outcome(gate, &first->outcome[i], second);
    free(x);
    qsort(gate->line, gate->lines, sizeof *gate->line, worst_first);
    for (size_t i = 0; i < gate->lines; i++)
        gate->verdicts[gate->line[i].verdict]++;
    count_cells(gate, first);
    note_floors(gate, first);
    return 0;
}

void ht_gate_close(struct ht_gate *gate)
{
    free(gate->line);
    gate->line = NULL;
    gate->lines = 0;
}
