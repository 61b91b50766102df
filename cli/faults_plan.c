#include "cli/faults_plan.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "base/words.h"
#include "bench/mutators/faulty.h"
#include "bench/workloads/faulty.h"

enum { WORDS_MAX = 768 };

/* What is run, and as what. */
static const struct workload {
    const char *as;
    unsigned threads;
    int contract;
} workloads[] = {
#define X(id, as, threads) {as, threads, HT_FAULTS_ALLOCATORS},
    HT_FAULTY_WORKLOADS(X)
#undef X
#define X(id, as, threads) {as, threads, HT_FAULTS_COLLECTORS},
        HT_FAULTY_MUTATORS(X)
#undef X
};

enum { WORKLOADS = sizeof workloads / sizeof workloads[0] };

struct adding {
    struct ht_plan *plan;
    const struct ht_fault_cells *cells;
};

static int add_cells(const struct adding *a, const struct workload *w, const char *params, char why[256])
{
    char count[16], words[WORDS_MAX];
    if (!(w->contract & a->cells->contracts))
        return 0;
    snprintf(count, sizeof count, "%u", w->threads);
    snprintf(words, sizeof words, "%s%s", w->as, params);
    const struct ht_matrix m = {.workloads = words,
                                .passes = "faults",
                                .threads = count,
                                .heaps = a->cells->heaps,
                                .fault = a->cells->fault,
                                .fault_place = HT_FAULT_APART,
                                .rounds = 1};
    return ht_plan_add_matrix(a->plan, &m, why);
}

static bool is_called(const struct workload *w, const char *name, size_t length)
{
    return !strncmp(w->as, name, length) && (!w->as[length] || w->as[length] == ':');
}

static int refuse_workload(const char *name, char why[256])
{
    static char called[WORKLOADS][32];
    const char *names[WORKLOADS];
    for (size_t i = 0; i < WORKLOADS; i++) {
        snprintf(called[i], sizeof called[i], "%.*s", (int)strcspn(workloads[i].as, ":"), workloads[i].as);
        names[i] = called[i];
    }
    const char *const nearest = ht_nearest(name, names, WORKLOADS);
    snprintf(why, 256, "no workload for faults is called '%.60s'%s%s%s; heaptrial faults --help names them",
             name, nearest ? ": did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
    return -ENOENT;
}

static int add_word(void *context, const char *word, char *why)
{
    const struct adding *const a = context;
    const size_t length = strcspn(word, ":");
    bool known = a->cells->lenient;
    int error = 0;
    for (size_t i = 0; i < WORKLOADS && !error; i++) {
        if (!is_called(&workloads[i], word, length))
            continue;
        known = true;
        error = add_cells(a, &workloads[i], word + length, why);
    }
    return error || known ? error : refuse_workload(word, why);
}

int ht_plan_add_faults(struct ht_plan *plan, const struct ht_fault_cells *cells, char why[256])
{
    struct adding adding = {plan, cells};
    int error = 0;
    if (cells->workloads)
        return ht_each_word(cells->workloads, add_word, &adding, why);
    for (size_t i = 0; i < WORKLOADS && !error; i++)
        error = add_cells(&adding, &workloads[i], "", why);
    return error;
}
