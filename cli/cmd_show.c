/* heaptrial show: one strategy or workload, with all there is to know before running it. */
#include <argp.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "allocators/collector.h"
#include "allocators/heap.h"
#include "base/nearest.h"
#include "bench/programs.h"
#include "bench/strategy.h"
#include "bench/suite.h"
#include "cli/cli.h"
#include "results/row.h"

enum { NAMES_MAX = 512 };

static const struct argp_option options[] = {{0}};

static const char doc[] = "Show one strategy, workload, program or column. The first word may be left out."
                          "\vExamples:\n"
                          "  heaptrial show workload larson\n"
                          "  heaptrial show mimalloc\n";

struct request {
    const char *word[2];
    unsigned words;
};

static bool is_kind(const char *word)
{
    return !strcmp(word, "workload") || !strcmp(word, "allocator") || !strcmp(word, "collector") ||
           !strcmp(word, "program") || !strcmp(word, "column");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct request *const r = state->input;
    if (key == ARGP_KEY_NO_ARGS)
        argp_error(state, "name a strategy, a workload, a program or a column");
    if (key != ARGP_KEY_ARG)
        return ARGP_ERR_UNKNOWN;
    if (r->words == 2)
        argp_error(state, "one at a time");
    r->word[r->words++] = arg;
    if (r->words == 2 && !is_kind(r->word[0]))
        argp_error(state,
                   "'%s' is no kind of thing: there are workload, allocator, collector, program and column",
                   r->word[0]);
    return 0;
}

static const struct {
    uint32_t bit;
    const char *can;
} heap_caps[] =
    {
#define X(id, bit, can, cannot) {id, can},
        HT_CAPS(X){0, NULL}
#undef X
},
  collector_caps[] = {
#define X(id, bit, can, cannot) {id, can},
      GC_CAPS(X){0, NULL}
#undef X
};

static void show_needs(const struct ht_workload *w, bool is_mutator)
{
    printf("needs:     a%s that", is_mutator ? " collector" : "n allocator");
    const char *separator = " ";
    for (size_t i = 0; (is_mutator ? collector_caps : heap_caps)[i].can; i++) {
        if (!(w->needs & (is_mutator ? collector_caps : heap_caps)[i].bit))
            continue;
        printf("%s%s", separator, (is_mutator ? collector_caps : heap_caps)[i].can);
        separator = ", ";
    }
    printf("%s;\n           from two threads on also one that takes several %s\n",
           *separator != ' ' ? ""
           : is_mutator      ? " is any"
                             : " frees one object, or marks and releases",
           is_mutator ? "mutators" : "threads");
    if (w->needs_more)
        puts("           some parameters need more, which the row of a strategy that lacks it says");
    if (w->min_threads > 1)
        printf("threads:   %u or more\n", w->min_threads);
}

static void show_column(const struct ht_column *c)
{
    printf("column:    %s\n           %s\ntype:      %s%s%s\n", c->name, c->meaning,
           ht_column_type_word(c->type), c->unit[0] ? ", in " : "", c->unit);
}

static const struct ht_column *find_column(const char *word)
{
    for (size_t i = 0; i < HT_COLUMN_N; i++)
        if (!strcmp(ht_columns[i].name, word))
            return &ht_columns[i];
    return NULL;
}

static void show_live(const struct ht_workload *w)
{
    struct ht_job job = {.workload = w, .threads = w->min_threads > 1 ? w->min_threads : 1};
    char why[256];
    ht_suite_set_params(&job, "", why);
    printf("live:      %zu bytes at most, with these parameters: --heap 2x gives twice as much\n",
           w->live_bytes(&job));
}

static void show_workload(size_t index)
{
    const struct ht_workload *const w = ht_suite_plain(index);
    printf("workload:  %s\n           %s\nsource:    %s\n", w->name, w->summary, w->source);
    show_needs(w, ht_suite_is_mutator(index));
    puts("parameters (set them as -w NAME:PARAM=VALUE; k, M and G are powers of 1024):");
    for (int i = 0; w->params[i].name; i++) {
        const struct ht_param *const p = &w->params[i];
        printf("  %-14s %10" PRIu64 "  %s (%" PRIu64 "..%" PRIu64 ")\n", p->name, p->value, p->help, p->min,
               p->max);
    }
    if (ht_suite_is_mutator(index))
        show_live(w);
}

static void show_strategy(const struct ht_strategy *s)
{
    printf("%s: %s\n           %s\n", ht_strategy_is_collector(s) ? "collector" : "allocator", s->name,
           s->summary);
    if (s->is_planted)
        puts("chosen:    by its own name only; `all` and `allocators` do not mean it");
    printf("cell:      %s\n", s->cell);
    if (s->library[0])
        printf("%s  %s\n", s->is_preloaded ? "preloads:" : "plug-in: ", s->library);
    if (s->package[0])
        printf("package:   %s\n", s->package);
    printf("here:      %s%s\n", s->absent[0] ? "unsupported: " : "yes", s->absent);
}

static int show(const char *word)
{
    struct ht_strategy strategy;
    char why[256];
    const int workload = ht_suite_find(word, 0), program = ht_program_find(word);
    for (int i = workload; i >= 0; i = ht_suite_find(word, (size_t)i + 1))
        show_workload((size_t)i);
    if (workload >= 0)
        return 0;
    if (program >= 0)
        printf("program:   %s\n           %s\nscript:    scripts/programs/%s.sh\n", word,
               ht_program_summary((size_t)program), word);
    else if (find_column(word))
        show_column(find_column(word));
    else if (!ht_strategy_find(word, &strategy, why))
        show_strategy(&strategy);
    else
        return -1;
    return 0;
}

static int refuse(const char *word)
{
    const char *names[NAMES_MAX];
    size_t n = 0;
    for (size_t i = 0; i < ht_suite_count(); i++)
        names[n++] = ht_suite_plain(i)->name;
    for (size_t i = 0; i < ht_strategy_count(); i++)
        names[n++] = ht_strategy_name(i);
    for (size_t i = 0; i < ht_debugger_count(); i++)
        names[n++] = ht_debugger_name(i);
    for (size_t i = 0; i < ht_program_count(); i++)
        names[n++] = ht_program_name(i);
    for (size_t i = 0; i < HT_COLUMN_N; i++)
        names[n++] = ht_columns[i].name;
    const char *const nearest = ht_nearest(word, names, n);
    return ht_say(HT_EXIT_USAGE, "nothing is called '%s'%s%s%s; heaptrial list shows all", word,
                  nearest ? ": did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
}

int cmd_show(int argc, char **argv)
{
    const struct argp argp = {options, parse, "[workload|allocator|collector|program|column] NAME", doc, NULL,
                              NULL,    NULL};
    struct request r = {.words = 0};
    argp_parse(&argp, argc, argv, 0, NULL, &r);
    const char *const word = r.word[r.words - 1];
    return show(word) ? refuse(word) : HT_EXIT_GOOD;
}
