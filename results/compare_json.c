/* A comparison as JSON: {format, base, by, alpha, noise, means, cells, outcomes, lacking, notes}. A cell has the figures of
 * its pairs: [round, base, new]. Entries are printed one by one, so that they do not all stand in memory. */
#include <errno.h>
#include <jansson.h>

#include "results/compare_parts.h"
#include "results/text.h"

enum { FORMAT = 1 };

/* JSON has no NAN. */
static json_t *real(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *count(uint64_t value)
{
    return value == HT_ABSENT ? json_null() : json_integer((json_int_t)value);
}

/* Names are anybody's, JSON is UTF-8. */
static json_t *text(const char *words)
{
    char clean[1024];
    snprintf(clean, sizeof clean, "%s", words);
    ht_text_clean(clean);
    return json_string(clean);
}

static void put(json_t *object, const char *key, json_t *value)
{
    json_object_set_new(object, key, value);
}

static json_t *named(const struct ht_summary *s, size_t subject, const char *strategy)
{
    json_t *const o = json_object();
    put(o, "base", text(s->strategy[s->baseline].name));
    put(o, "new", text(s->strategy[subject].name));
    put(o, "strategy", text(strategy));
    return o;
}

static json_t *of_job(const struct ht_summary *s, size_t subject, size_t job)
{
    const struct ht_summary_job *const j = &s->job[job];
    json_t *const o = named(s, subject, s->sides ? j->strategy : s->strategy[subject].name);
    put(o, "workload", text(j->workload));
    put(o, "params", text(j->params));
    put(o, "threads", count(j->threads));
    put(o, "heap", text(j->heap));
    return o;
}

static void put_interval(json_t *o, const struct ht_interval *i)
{
    put(o, "ratio", real(i->estimate));
    put(o, "low", real(i->n > 1 ? i->low : NAN));
    put(o, "high", real(i->n > 1 ? i->high : NAN));
    put(o, "level", real(i->level));
}

static json_t *group_json(const struct ht_compare *c, size_t i)
{
    const struct ht_compare_group *const g = &c->group[i];
    json_t *const o = named(g->summary, g->subject, g->strategy);
    put(o, "workload", text(g->workload));
    put(o, "threads", count(g->threads));
    put(o, "metric", text(ht_metric_word(g->metric)));
    put_interval(o, &g->ratio);
    put(o, "rounds", count(g->ratio.n));
    put(o, "cells", count(g->cells));
    put(o, "margin", real(g->margin));
    put(o, "threshold", real(g->threshold));
    put(o, "verdict", text(ht_verdict_word(g->verdict)));
    return o;
}

static json_t *rows_json(const struct ht_compare_rows *rows)
{
    return json_pack("{s:I, s:I, s:I}", "ok", (json_int_t)rows->ok, "not_ok", (json_int_t)rows->not_ok,
                     "empty", (json_int_t)rows->empty);
}

static json_t *pairs_json(const struct ht_compare_line *line)
{
    const struct ht_summary *const s = line->summary;
    json_t *const list = json_array();
    for (const struct ht_pair *p = line->pair; p < line->pair + line->pairs; p++) {
        json_t *const pair = json_array();
        json_array_append_new(pair, count(s->rows->row[p->base].round));
        json_array_append_new(pair, real(ht_summary_figure(s, p->base, line->metric)));
        json_array_append_new(pair, real(ht_summary_figure(s, p->row, line->metric)));
        json_array_append_new(list, pair);
    }
    return list;
}

static json_t *line_json(const struct ht_compare *c, size_t i)
{
    const struct ht_compare_line *const line = &c->line[i];
    const struct ht_summary_cell *const cell = &line->summary->cell[line->cell];
    json_t *const o = of_job(line->summary, cell->strategy, cell->job);
    char words[400];
    put(o, "metric", text(ht_metric_word(line->metric)));
    put(o, "role", text(line->twin ? "twin" : line->gating ? "gating" : "advisory"));
    put_interval(o, &line->ratio);
    put(o, "p", real(line->p));
    put(o, "p_adjusted", real(line->p_adjusted));
    put(o, "margin", real(line->margin));
    put(o, "threshold", real(line->threshold));
    put(o, "smallest", real(line->smallest));
    put(o, "verdict", text(ht_verdict_word(line->verdict)));
    put(o, "pairs", pairs_json(line));
    put(o, "base_rows", rows_json(&line->base));
    put(o, "new_rows", rows_json(&line->new));
    ht_compare_left_out(line, words, sizeof words);
    put(o, "left_out", text(words));
    return o;
}

static json_t *outcome_json(const struct ht_compare *c, size_t i)
{
    const struct ht_compare_outcome *const d = &c->outcome[i];
    json_t *const o = of_job(d->summary, d->subject, d->job);
    put(o, "pass", text(d->pass));
    put(o, "fault", text(d->fault));
    put(o, "base_outcome", text(d->base));
    put(o, "new_outcome", text(d->new));
    put(o, "reason", text(d->reason));
    put(o, "base_rows", count(d->base_rows));
    put(o, "base_not_ok", count(d->base_not_ok));
    put(o, "new_rows", count(d->new_rows));
    put(o, "new_not_ok", count(d->new_not_ok));
    put(o, "verdict", text(ht_verdict_word(d->verdict)));
    return o;
}

static json_t *gap_json(const struct ht_compare *c, size_t i)
{
    const struct ht_compare_gap *const gap = &c->gap[i];
    json_t *const o = of_job(gap->summary, gap->subject, gap->job);
    put(o, "side", text(gap->new_lacks ? "new" : "base"));
    return o;
}

/* ,"name": [ entries, each on a line ] */
static int put_list(const struct ht_compare *c, FILE *out, const char *name, size_t n,
                    json_t *(*entry)(const struct ht_compare *, size_t))
{
    int error = 0;
    fprintf(out, ",\n\"%s\": [", name);
    for (size_t i = 0; i < n && !error; i++) {
        json_t *const o = entry(c, i);
        fputs(i ? ",\n" : "\n", out);
        error = !o || json_dumpf(o, out, JSON_PRESERVE_ORDER | JSON_COMPACT | JSON_REAL_PRECISION(12))
                    ? -ENOMEM
                    : 0;
        json_decref(o);
    }
    fputs("]", out);
    return error;
}

static json_t *noise_json(const struct ht_compare *c)
{
    json_t *const all = json_object();
    for (enum ht_metric metric = 0; metric < HT_METRICS; metric++) {
        const struct ht_compare_floor *const floor = &c->floor[metric];
        json_t *const o = json_object();
        put(o, "measured", real(floor->measured));
        put(o, "twins", count(floor->twins));
        put(o, "estimated", real(floor->estimated));
        put(o, "cells", count(floor->cells));
        if (floor->twins || floor->cells)
            put(all, ht_metric_word(metric), o);
        else
            json_decref(o);
    }
    return all;
}

static void add_note(void *list, const char *note)
{
    json_array_append_new(list, text(note));
}

static int put_head(const struct ht_compare *c, FILE *out)
{
    char sides[600];
    json_t *const notes = json_array(), *const o = json_object();
    ht_compare_notes(c, add_note, notes);
    ht_compare_sides(c, sides, sizeof sides);
    put(o, "sides", text(sides));
    put(o, "by", text(ht_compare_by_word(c->options.by)));
    put(o, "alpha", real(c->options.alpha));
    put(o, "twin", c->options.twin ? text(c->options.twin) : json_null());
    put(o, "repeated_rows", count(c->repeated));
    put(o, "noise", noise_json(c));
    put(o, "notes", notes);
    fprintf(out, "{\"format\": %d, \"comparison\": ", FORMAT);
    const int failed = json_dumpf(o, out, JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(12));
    json_decref(o);
    return failed ? -ENOMEM : 0;
}

int ht_compare_emit_json(const struct ht_compare *c, FILE *out)
{
    int error = put_head(c, out);
    error = error ? error : put_list(c, out, "means", c->groups, group_json);
    error = error ? error : put_list(c, out, "cells", c->lines, line_json);
    error = error ? error : put_list(c, out, "outcomes", c->outcomes, outcome_json);
    error = error ? error : put_list(c, out, "lacking", c->gaps, gap_json);
    fputs("}\n", out);
    return error;
}
