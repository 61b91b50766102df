/* A comparison as CSV: one line a mean, a cell, an outcome that differs, and a cell that one side lacks. */
#include <inttypes.h>

#include "results/compare_parts.h"
#include "results/text.h"

struct names {
    const struct ht_summary *summary;
    size_t subject;
    const char *strategy, *workload, *params, *heap, *pass, *fault;
    uint64_t threads;
};

static void put_names(FILE *out, const char *kind, const struct names *n)
{
    const struct ht_summary *const s = n->summary;
    const char *const words[] = {
        kind,     s->strategy[s->baseline].name, s->strategy[n->subject].name, n->strategy, n->workload,
        n->params};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (i)
            putc(',', out);
        ht_text_put_csv(out, words[i]);
    }
    putc(',', out);
    if (n->threads != HT_ABSENT)
        fprintf(out, "%" PRIu64, n->threads);
    const char *const rest[] = {n->heap, n->pass, n->fault};
    for (size_t i = 0; i < sizeof rest / sizeof *rest; i++) {
        putc(',', out);
        ht_text_put_csv(out, rest[i]);
    }
}

static struct names names_of(const struct ht_summary *s, size_t subject, size_t job)
{
    const struct ht_summary_job *const j = &s->job[job];
    return (struct names){.summary = s,
                          .subject = subject,
                          .strategy = s->sides ? j->strategy : s->strategy[subject].name,
                          .workload = j->workload,
                          .params = j->params,
                          .heap = j->heap,
                          .pass = "",
                          .fault = "",
                          .threads = j->threads};
}

static void put_real(FILE *out, double value)
{
    putc(',', out);
    if (isfinite(value))
        fprintf(out, "%.12g", value);
}

static void put_interval(FILE *out, const struct ht_interval *i)
{
    put_real(out, i->estimate);
    put_real(out, i->n > 1 ? i->low : NAN);
    put_real(out, i->n > 1 ? i->high : NAN);
    put_real(out, i->level);
}

static void put_group(FILE *out, const struct ht_compare_group *g)
{
    const struct names names = {g->summary, g->subject, g->strategy, g->workload, "", "", "", "", g->threads};
    put_names(out, "mean", &names);
    fprintf(out, ",%s,", ht_metric_word(g->metric));
    put_interval(out, &g->ratio);
    fprintf(out, ",,%zu,%zu,,,", g->ratio.n, g->cells);
    put_real(out, g->margin);
    put_real(out, g->threshold);
    fprintf(out, ",,,,%s,,,,\n", ht_verdict_word(g->verdict));
}

static void put_line(FILE *out, const struct ht_compare *c, const struct ht_compare_line *line)
{
    const struct ht_summary_cell *const cell = &line->summary->cell[line->cell];
    const struct names names = names_of(line->summary, cell->strategy, cell->job);
    char words[400];
    put_names(out, "cell", &names);
    fprintf(out, ",%s,%s", ht_metric_word(line->metric),
            line->twin     ? "twin"
            : line->gating ? "gating"
                           : "advisory");
    put_interval(out, &line->ratio);
    ht_compare_rounds(line, words, sizeof words);
    fprintf(out, ",%zu,,1,%s", line->pairs, words);
    put_real(out, line->p);
    put_real(out, line->p_adjusted);
    put_real(out, line->margin);
    put_real(out, line->threshold);
    put_real(out, line->smallest);
    put_real(out, c->floor[line->metric].measured);
    put_real(out, c->floor[line->metric].estimated);
    fprintf(out, ",%s,,,", ht_verdict_word(line->verdict));
    ht_compare_left_out(line, words, sizeof words);
    putc(',', out);
    ht_text_put_csv(out, words);
    putc('\n', out);
}

static void put_outcome(FILE *out, const struct ht_compare_outcome *o)
{
    struct names names = names_of(o->summary, o->subject, o->job);
    names.pass = o->pass;
    names.fault = o->fault;
    put_names(out, "outcome", &names);
    fprintf(out, ",outcome,%s,,,,,%zu,,1,,,,,,,,,%s,", "gating", o->new_rows, ht_verdict_word(o->verdict));
    ht_text_put_csv(out, o->base);
    putc(',', out);
    ht_text_put_csv(out, o->new);
    putc(',', out);
    ht_text_put_csv(out, o->reason);
    fputs(",\n", out);
}

static void put_gap(FILE *out, const struct ht_compare_gap *gap)
{
    const struct names names = names_of(gap->summary, gap->subject, gap->job);
    put_names(out, "lacking", &names);
    fprintf(out, ",,,,,,,0,,1,,,,,,,,,,,,,%s lacks it\n", gap->new_lacks ? "new" : "base");
}

void ht_compare_emit_csv(const struct ht_compare *c, FILE *out)
{
    fputs("kind,base,new,strategy,workload,params,threads,heap,pass,fault,metric,role,ratio,low,high,level,"
          "pairs,"
          "mean_rounds,cells,rounds,p,p_adjusted,margin,threshold,smallest,noise_measured,noise_estimated,"
          "verdict,"
          "base_outcome,new_outcome,reason,left_out\n",
          out);
    for (size_t i = 0; i < c->groups; i++)
        put_group(out, &c->group[i]);
    for (size_t i = 0; i < c->lines; i++)
        put_line(out, c, &c->line[i]);
    for (size_t i = 0; i < c->outcomes; i++)
        put_outcome(out, &c->outcome[i]);
    for (size_t i = 0; i < c->gaps; i++)
        put_gap(out, &c->gap[i]);
}
