/* Geometric means: lines of one metric that are grouped by strategy, workload or threads. What is compared with the
 * baseline is never mixed; of two runs that is one thing, and all of it is a group, too. */
#include <errno.h>
#include <stdlib.h>

#include "results/compare_parts.h"

static bool is_exact(enum ht_metric metric)
{
    return ht_metric_role(metric) == HT_ROLE_EXACT;
}

/* What a line has in common with its group. */
static struct ht_index_key key_of(const struct ht_compare *c, const struct ht_compare_line *line)
{
    const struct ht_summary *const s = line->summary;
    const struct ht_summary_cell *const cell = &s->cell[line->cell];
    const struct ht_summary_job *const job = &s->job[cell->job];
    const uint64_t common = c->options.by == HT_BY_WORKLOAD  ? ht_summary_word(job->workload)
                            : c->options.by == HT_BY_THREADS ? job->threads
                                                             : ht_summary_word(job->strategy);
    return (struct ht_index_key){{line->metric, cell->strategy, common}};
}

static struct ht_compare_group group_of(const struct ht_compare *c, const struct ht_compare_line *line)
{
    const struct ht_summary *const s = line->summary;
    const struct ht_summary_cell *const cell = &s->cell[line->cell];
    const struct ht_summary_job *const job = &s->job[cell->job];
    const bool by_strategy = c->options.by == HT_BY_STRATEGY;
    return (struct ht_compare_group){
        .summary = s,
        .metric = line->metric,
        .subject = cell->strategy,
        .strategy = !s->sides     ? s->strategy[cell->strategy].name
                    : by_strategy ? job->strategy
                                  : "",
        .workload = c->options.by == HT_BY_WORKLOAD ? job->workload : "",
        .threads = c->options.by == HT_BY_THREADS ? job->threads : HT_ABSENT,
        .margin = line->margin,
        .threshold = line->threshold,
        .twin = ht_compare_is_twin(c, s, cell->strategy, cell->job),
    };
}

static int add_group(struct ht_compare *c, const struct ht_compare_group *group)
{
    struct ht_compare_group *const more = ht_compare_grow(c->group, c->groups, sizeof *more);
    if (!more)
        return -ENOMEM;
    c->group = more;
    more[c->groups++] = *group;
    return 0;
}

static void judge(struct ht_compare_group *group)
{
    group->verdict =
        ht_compare_judge(&group->ratio, group->margin, group->threshold, is_exact(group->metric), true);
}

/* Numbers the lines of the summary by group, and adds the groups. */
static int name_groups(struct ht_compare *c, const struct ht_summary *s, struct ht_index *index,
                       size_t *number)
{
    const size_t first = c->groups;
    int error = 0;
    for (size_t i = 0; i < c->lines && !error; i++) {
        number[i] = HT_INDEX_NONE;
        if (c->line[i].summary != s)
            continue;
        error = ht_index_add(index, key_of(c, &c->line[i]), &number[i]);
        if (!error && first + number[i] == c->groups) {
            const struct ht_compare_group group = group_of(c, &c->line[i]);
            error = add_group(c, &group);
        }
        if (!error) {
            struct ht_compare_group *const group = &c->group[first + number[i]];
            group->cells++;
            group->margin = fmax(group->margin, c->line[i].margin);
            group->threshold = fmax(group->threshold, c->line[i].threshold);
        }
    }
    return error;
}

/* The mean of one group, from the pairs of its lines, which are brought together. A strategy's whole is known. */
static int find_mean(struct ht_compare *c, size_t first, size_t which, const size_t *number,
                     struct ht_pair *pair)
{
    struct ht_compare_group *const group = &c->group[first + which];
    size_t n = 0;
    if (!group->summary->sides && c->options.by == HT_BY_STRATEGY) {
        group->ratio = group->summary->strategy[group->subject].suite[group->metric];
        return 0;
    }
    for (size_t i = 0; i < c->lines; i++)
        if (number[i] == which) {
            memcpy(pair + n, c->line[i].pair, c->line[i].pairs * sizeof *pair);
            n += c->line[i].pairs;
        }
    return ht_summary_mean(pair, n, &group->ratio);
}

/* Of two runs: everything. */
static int add_whole(struct ht_compare *c, const struct ht_summary *s)
{
    const size_t new = 1;
    for (enum ht_metric metric = 0; metric < HT_METRICS; metric++) {
        struct ht_compare_group all = {.summary = s,
                                       .metric = metric,
                                       .subject = new,
                                       .strategy = "",
                                       .workload = "",
                                       .threads = HT_ABSENT,
                                       .ratio = s->strategy[new].suite[metric],
                                       .cells = s->strategy[new].compared[metric]};
        for (size_t i = 0; i < c->lines; i++)
            if (c->line[i].summary == s && c->line[i].metric == metric) {
                all.margin = fmax(all.margin, c->line[i].margin);
                all.threshold = fmax(all.threshold, c->line[i].threshold);
            }
        judge(&all);
        const bool wanted = c->options.metrics & HT_METRIC_BIT(metric) && all.cells > 0;
        if (wanted && add_group(c, &all))
            return -ENOMEM;
    }
    return 0;
}

int ht_compare_add_groups(struct ht_compare *c, const struct ht_summary *s)
{
    struct ht_index index = {0};
    const size_t first = c->groups;
    size_t pairs = 0;
    for (enum ht_metric metric = 0; metric < HT_METRICS; metric++)
        pairs = s->pairs[metric] > pairs ? s->pairs[metric] : pairs;
    size_t *const number = malloc((c->lines + 1) * sizeof *number);
    struct ht_pair *const pair = malloc((pairs + 1) * sizeof *pair);
    int error = number && pair ? name_groups(c, s, &index, number) : -ENOMEM;
    for (size_t g = 0; !error && g < index.count; g++) {
        error = find_mean(c, first, g, number, pair);
        judge(&c->group[first + g]);
    }
    if (!error && s->sides)
        error = add_whole(c, s);
    ht_index_free(&index);
    free(number);
    free(pair);
    return error;
}

static int by_metric_and_ratio(const void *a, const void *b)
{
    const struct ht_compare_group *const p = a, *const q = b;
    if (p->metric != q->metric)
        return p->metric < q->metric ? -1 : 1;
    const bool p_whole = p->summary->sides && !p->strategy[0] && !p->workload[0] && p->threads == HT_ABSENT;
    const bool q_whole = q->summary->sides && !q->strategy[0] && !q->workload[0] && q->threads == HT_ABSENT;
    if (p_whole != q_whole)
        return p_whole ? -1 : 1;
    const double x = p->ratio.estimate, y = q->ratio.estimate;
    if (x != y)
        return x > y ? -1 : 1;
    const int names = strcmp(p->strategy, q->strategy);
    return names ? names : strcmp(p->workload, q->workload);
}

void ht_compare_sort_groups(struct ht_compare *c)
{
    if (c->groups)
        qsort(c->group, c->groups, sizeof *c->group, by_metric_and_ratio);
}
