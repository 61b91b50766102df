#include "results/survival.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static enum ht_outcome outcome_of(const struct ht_row *row)
{
    static const char *const words[] = {
#define X(id, word, meaning) word,
        HT_OUTCOMES(X)
#undef X
    };
    for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++)
        if (!strcmp(row->outcome, words[i]))
            return (enum ht_outcome)i;
    return HT_ERROR;
}

bool ht_survival_has(const struct ht_row *row)
{
    return !strcmp(row->pass, "faults") && row->fault[0];
}

bool ht_survival_is_bad(const struct ht_row *row)
{
    const enum ht_outcome outcome = outcome_of(row);
    return outcome != HT_OK && outcome != HT_UNSUPPORTED;
}

/* The order in which one outcome of several is shown. */
static unsigned rank(enum ht_outcome outcome)
{
    static const enum ht_outcome order[] = {HT_OK,   HT_UNSUPPORTED, HT_ERROR, HT_OOM,
                                            HT_LEAK, HT_HANG,        HT_CRASH, HT_CORRUPT};
    unsigned i = 0;
    while (order[i] != outcome)
        i++;
    return i;
}

static uint64_t figure(uint64_t count)
{
    return count == HT_ABSENT ? 0 : count;
}

static void add(struct ht_survival_figures *f, const struct ht_row *row)
{
    const enum ht_outcome outcome = outcome_of(row);
    f->rows++;
    f->points += figure(row->points);
    f->fired += figure(row->fired);
    f->survived += figure(row->survived);
    f->ok += outcome == HT_OK;
    f->unsupported += outcome == HT_UNSUPPORTED;
    f->bad += ht_survival_is_bad(row);
    if (ht_survival_is_bad(row) && rank(outcome) > rank(f->worst))
        f->worst = outcome;
}

struct named {
    const char *fault;
    uint64_t cell; /* the lowest that has it: the order of the run's plan */
};

static int by_cell(const void *a, const void *b)
{
    const struct named *const x = a, *const y = b;
    return (x->cell > y->cell) - (x->cell < y->cell);
}

/* Rows stand in the shuffled order of a round; plans are wanted in that of the plan. Strings are interned. */
static int list_faults(struct ht_survival *s)
{
    const struct ht_rows *const rows = s->summary->rows;
    struct named *const named = calloc(rows->count + 1, sizeof *named);
    if (!named)
        return -ENOMEM;
    for (size_t i = 0; i < rows->count; i++) {
        const struct ht_row *const row = &rows->row[i];
        size_t n = 0;
        if (!ht_survival_has(row))
            continue;
        s->rows++;
        while (n < s->faults && named[n].fault != row->fault)
            n++;
        if (n == s->faults)
            named[s->faults++] = (struct named){row->fault, row->cell};
        else if (row->cell < named[n].cell)
            named[n].cell = row->cell;
    }
    qsort(named, s->faults, sizeof *named, by_cell);
    s->fault = calloc(s->faults + 1, sizeof *s->fault);
    for (size_t i = 0; s->fault && i < s->faults; i++)
        s->fault[i] = named[i].fault;
    free(named);
    return s->fault ? 0 : -ENOMEM;
}

static size_t fault_of(const struct ht_survival *s, const struct ht_row *row)
{
    size_t n = 0;
    while (s->fault[n] != row->fault)
        n++;
    return n;
}

int ht_survival_open(struct ht_survival *s, const struct ht_summary *summary)
{
    *s = (struct ht_survival){.summary = summary};
    int error = list_faults(s);
    if (error)
        return error;
    s->cell = calloc(summary->strategies * s->faults + 1, sizeof *s->cell);
    s->strategy = calloc(summary->strategies + 1, sizeof *s->strategy);
    if (!s->cell || !s->strategy) {
        ht_survival_close(s);
        return -ENOMEM;
    }
    for (size_t i = 0; i < summary->rows->count; i++) {
        const struct ht_row *const row = &summary->rows->row[i];
        if (!ht_survival_has(row))
            continue;
        add(&s->strategy[summary->strategy_of[i]], row);
        add(&s->cell[summary->strategy_of[i] * s->faults + fault_of(s, row)], row);
    }
    return 0;
}

void ht_survival_close(struct ht_survival *s)
{
    free(s->fault);
    free(s->cell);
    free(s->strategy);
    *s = (struct ht_survival){.rows = 0};
}
