/* What ended otherwise than on the other side, under each fault plan too, and what one side lacks. */
#include <errno.h>
#include <stdlib.h>

#include "results/compare_parts.h"

/* A cell in one pass and under one fault plan. */
struct ending {
    const struct ht_row *not_ok; /* the first; NULL: all were ok */
    size_t cell, rows, bad;
    const char *pass, *fault;
};

static struct ht_index_key ending_key(size_t cell, const char *pass, const char *fault)
{
    return (struct ht_index_key){{cell, ht_summary_word(pass), ht_summary_word(fault)}};
}

static int list_endings(const struct ht_summary *s, struct ht_index *index, struct ending **ending)
{
    *ending = NULL;
    for (size_t i = 0; i < s->rows->count; i++) {
        const struct ht_row *const row = &s->rows->row[i];
        const struct ht_index_key key = {{s->strategy_of[i], s->job_of[i]}};
        const size_t cell = ht_index_find(&s->cell_index, key), before = index->count;
        size_t number;
        if (ht_index_add(index, ending_key(cell, row->pass, row->fault), &number))
            return -ENOMEM;
        if (number == before) {
            struct ending *const more = ht_compare_grow(*ending, before, sizeof *more);
            if (!more)
                return -ENOMEM;
            *ending = more;
            more[number] = (struct ending){.cell = cell, .pass = row->pass, .fault = row->fault};
        }
        struct ending *const e = &(*ending)[number];
        e->rows++;
        e->bad += !ht_summary_is_ok(row);
        if (!e->not_ok && !ht_summary_is_ok(row))
            e->not_ok = row;
    }
    return 0;
}

static const char *outcome_of(const struct ending *e)
{
    return e->not_ok ? e->not_ok->outcome : ht_outcome_word(HT_OK);
}

/* To be ok is better than not to be; of what is not ok none is better than another. */
static enum ht_verdict judge(const struct ending *base, const struct ending *new)
{
    if (!strcmp(outcome_of(base), outcome_of(new)))
        return HT_EQUIVALENT;
    return !base->not_ok ? HT_REGRESSED : !new->not_ok ? HT_IMPROVED : HT_INCONCLUSIVE;
}

static int add_outcome(struct ht_compare *c, const struct ht_summary *s, const struct ending *base,
                       const struct ending *new)
{
    struct ht_compare_outcome *const more = ht_compare_grow(c->outcome, c->outcomes, sizeof *more);
    if (!more)
        return -ENOMEM;
    c->outcome = more;
    more[c->outcomes++] = (struct ht_compare_outcome){
        .summary = s,
        .subject = s->cell[new->cell].strategy,
        .job = s->cell[new->cell].job,
        .pass = new->pass,
        .fault = new->fault,
        .base = outcome_of(base),
        .new = outcome_of(new),
        .reason = new->not_ok ? new->not_ok->reason : base->not_ok->reason,
        .base_rows = base->rows,
        .new_rows = new->rows,
        .base_not_ok = base->bad,
        .new_not_ok = new->bad,
        .verdict = judge(base, new),
    };
    return 0;
}

int ht_compare_add_outcomes(struct ht_compare *c, const struct ht_summary *s)
{
    struct ht_index index = {0};
    struct ending *ending;
    int error = list_endings(s, &index, &ending);
    for (size_t i = 0; i < index.count && !error; i++) {
        const struct ht_summary_cell *const cell = &s->cell[ending[i].cell];
        const struct ht_index_key base = {{s->baseline, cell->job}};
        const size_t of_base = ht_index_find(&s->cell_index, base);
        if (cell->strategy == s->baseline || of_base == HT_INDEX_NONE)
            continue;
        const size_t other = ht_index_find(&index, ending_key(of_base, ending[i].pass, ending[i].fault));
        c->faulted += other != HT_INDEX_NONE && ending[i].fault[0];
        if (other != HT_INDEX_NONE && judge(&ending[other], &ending[i]) != HT_EQUIVALENT)
            error = add_outcome(c, s, &ending[other], &ending[i]);
    }
    free(ending);
    ht_index_free(&index);
    return error;
}

static int worst_first(const void *a, const void *b)
{
    const struct ht_compare_outcome *const p = a, *const q = b;
    if (p->verdict != q->verdict)
        return p->verdict < q->verdict ? -1 : 1;
    if (p->subject != q->subject)
        return p->subject < q->subject ? -1 : 1;
    /* Those that differ in the same way stand together. */
    const int new = strcmp(p->new, q->new), reason = strcmp(p->reason, q->reason);
    if (new || reason)
        return new ? new : reason;
    if (p->job != q->job)
        return p->job < q->job ? -1 : 1;
    const int pass = strcmp(p->pass, q->pass);
    return pass ? pass : strcmp(p->fault, q->fault);
}

void ht_compare_sort_outcomes(struct ht_compare *c)
{
    if (c->outcomes)
        qsort(c->outcome, c->outcomes, sizeof *c->outcome, worst_first);
}

/* ---- what one side lacks -------------------------------------------------------------------------------- */

int ht_compare_add_gaps(struct ht_compare *c, const struct ht_summary *s)
{
    for (size_t subject = 0; subject < s->strategies; subject++)
        for (size_t job = 0; subject != s->baseline && job < s->jobs; job++) {
            const bool in_new = ht_summary_cell(s, subject, job),
                       in_base = ht_summary_cell(s, s->baseline, job);
            if (in_new == in_base)
                continue;
            struct ht_compare_gap *const more = ht_compare_grow(c->gap, c->gaps, sizeof *more);
            if (!more)
                return -ENOMEM;
            c->gap = more;
            more[c->gaps++] = (struct ht_compare_gap){s, subject, job, in_base};
        }
    return 0;
}
