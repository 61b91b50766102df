/* heaptrial list: what there is to run, and what a row holds. */
#include <argp.h>
#include <stdio.h>
#include <string.h>

#include "bench/pass.h"
#include "bench/presets.h"
#include "bench/programs.h"
#include "bench/strategy.h"
#include "bench/suite.h"
#include "cli/cli.h"
#include "faults/fault_plan.h"
#include "faults/misuse.h"
#include "results/row.h"

static const struct argp_option options[] = {{0}};

static const char doc[] = "List what there is. With no word: strategies, workloads and programs."
                          "\vExamples:\n"
                          "  heaptrial list\n"
                          "  heaptrial list columns\n"
                          "  heaptrial list presets passes\n";

static void list_kind(bool collectors, bool planted)
{
    for (size_t i = 0; i < ht_strategy_count(); i++) {
        const struct ht_strategy s = ht_strategy_at(i);
        if (ht_strategy_is_collector(&s) != collectors || s.is_planted != planted)
            continue;
        printf("  %-18s %s%s%s%s\n", s.name, s.summary, s.absent[0] ? " [unsupported: " : "", s.absent,
               s.absent[0] ? "]" : "");
    }
}

static void list_allocators(void)
{
    puts("allocators:");
    list_kind(false, false);
    puts("  plugin:FILE.so     a plug-in of yours; any drop-in: --preload NAME=FILE.so");
}

static void list_collectors(void)
{
    puts("collectors:");
    list_kind(true, false);
    puts("  plugin:FILE.so     a plug-in of yours");
}

static void list_debuggers(void)
{
    puts("tools that find misuse:");
    for (size_t i = 0; i < ht_debugger_count(); i++) {
        const struct ht_strategy s = ht_debugger_at(i);
        printf("  %-18s %s%s%s%s\n", s.name, s.summary, s.absent[0] ? " [unsupported: " : "", s.absent,
               s.absent[0] ? "]" : "");
    }
}

static void list_planted(void)
{
    puts("known faults, for a gate to find:");
    list_kind(false, true);
}

static void list_strategies(void)
{
    list_allocators();
    list_collectors();
    list_debuggers();
    list_planted();
}

static void list_misuse(void)
{
    for (unsigned i = 0; i < ht_misuse_case_count; i++) {
        const struct ht_misuse_case *const c = &ht_misuse_cases[i];
        if (i == 0 || c->group != ht_misuse_cases[i - 1].group)
            printf("misuse, %s:\n", ht_misuse_group_word(c->group));
        printf("  %-24s %s\n", c->name, c->summary);
    }
}

static void list_workloads(void)
{
    puts("workloads for allocators:");
    for (size_t i = 0; i < ht_suite_count(); i++) {
        if (i > 0 && ht_suite_is_mutator(i) && !ht_suite_is_mutator(i - 1))
            puts("workloads for collectors:");
        printf("  %-18s %s\n", ht_suite_plain(i)->name, ht_suite_plain(i)->summary);
    }
}

static void list_programs(void)
{
    puts("programs:");
    for (size_t i = 0; i < ht_program_count(); i++)
        printf("  %-18s %s\n", ht_program_name(i), ht_program_summary(i));
}

static void list_columns(void)
{
    for (size_t i = 0; i < HT_COLUMN_N; i++)
        printf("%-20s %-6s %-11s %s\n", ht_columns[i].name, ht_column_type_word(ht_columns[i].type),
               ht_columns[i].unit, ht_columns[i].meaning);
}

static void list_passes(void)
{
    puts("passes:");
#define X(id, word, meaning) printf("  %-18s %s\n", word, meaning);
    HT_PASSES(X)
#undef X
}

static void list_faults(void)
{
    puts("faults:");
    ht_fault_plan_help(stdout);
}

static void list_presets(void)
{
    puts("presets:");
    for (size_t i = 0; i < ht_preset_count(); i++)
        printf("  %-18s %s\n", ht_preset_at(i)->name, ht_preset_at(i)->summary);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    static const struct {
        const char *word;
        void (*list)(void);
    } lists[] = {
        {"strategies", list_strategies}, {"allocators", list_allocators}, {"collectors", list_collectors},
        {"workloads", list_workloads},   {"programs", list_programs},     {"passes", list_passes},
        {"presets", list_presets},       {"columns", list_columns},       {"faults", list_faults},
        {"debuggers", list_debuggers},   {"misuse", list_misuse}};
    switch (key) {
    case ARGP_KEY_ARG:
        for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
            if (!strcmp(arg, lists[i].word)) {
                lists[i].list();
                return 0;
            }
        argp_error(state,
                   "'%s' can't be listed; there are strategies, allocators, collectors, workloads, programs, "
                   "passes, presets, faults, misuse, "
                   "debuggers and columns",
                   arg);
        return 0;
    case ARGP_KEY_NO_ARGS:
        list_strategies();
        list_workloads();
        list_programs();
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

int cmd_list(int argc, char **argv)
{
    const struct argp argp = {options,
                              parse,
                              "[strategies|allocators|collectors|workloads|programs|passes|presets|faults|"
                              "misuse|debuggers|columns]...",
                              doc,
                              NULL,
                              NULL,
                              NULL};
    argp_parse(&argp, argc, argv, 0, NULL, NULL);
    return HT_EXIT_GOOD;
}
