#include <errno.h>
#include <stdlib.h>

#include "faults/sweep/report.h"

static struct ht_finding *find(struct ht_findings *f, const struct ht_sweep_row *row)
{
    for (size_t i = 0; i < f->findings; i++)
        if (f->finding[i].outcome == row->outcome && f->finding[i].stack == row->stack)
            return &f->finding[i];
    return NULL;
}

static int worst_first(const void *a, const void *b)
{
    const struct ht_finding *const x = a, *const y = b;
    if (x->outcome != y->outcome)
        return x->outcome < y->outcome ? -1 : 1;
    if (x->points != y->points)
        return x->points > y->points ? -1 : 1;
    return x->stack < y->stack ? -1 : x->stack > y->stack;
}

static int add(struct ht_findings *f, const struct ht_sweep_row *row)
{
    struct ht_finding *const more = realloc(f->finding, (f->findings + 1) * sizeof *more);
    if (!more)
        return -ENOMEM;
    f->finding = more;
    f->finding[f->findings++] =
        (struct ht_finding){.outcome = row->outcome, .stack = row->stack, .first = row, .points = 1};
    return 0;
}

/* The point with the lowest number stands for all. */
static bool comes_before(const struct ht_sweep_row *a, const struct ht_sweep_row *b)
{
    if (a->point.mode != b->point.mode)
        return a->point.mode < b->point.mode;
    return a->point.thread != b->point.thread ? a->point.thread < b->point.thread
                                              : a->point.own < b->point.own;
}

int ht_findings_collect(const struct ht_sweep_rows *rows, struct ht_accepted *accepted, struct ht_findings *f)
{
    *f = (struct ht_findings){.finding = NULL};
    for (size_t i = 0; i < rows->rows; i++) {
        const struct ht_sweep_row *const row = &rows->row[i];
        struct ht_finding *const known = ht_sweep_outcome_is_bad(row->outcome) ? find(f, row) : NULL;
        if (known) {
            known->points++;
            known->first = comes_before(row, known->first) ? row : known->first;
        } else if (ht_sweep_outcome_is_bad(row->outcome) && add(f, row)) {
            free(f->finding);
            return -ENOMEM;
        }
    }
    for (size_t i = 0; i < f->findings; i++) {
        struct ht_accepted_entry *const entry =
            ht_accepted_find(accepted, f->finding[i].outcome, f->finding[i].stack);
        f->finding[i].is_accepted = entry != NULL;
        f->fresh += !entry;
        if (entry)
            entry->was_seen = true;
    }
    for (size_t i = 0; i < accepted->entries; i++)
        f->stale += !accepted->entry[i].was_seen;
    if (f->findings)
        qsort(f->finding, f->findings, sizeof *f->finding, worst_first);
    return 0;
}
