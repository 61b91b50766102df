#include "bench/cell_options.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "This is a Google Benchmark program: --benchmark_filter=REGEX, --benchmark_format=json, and so on.\n"
    "On top of those:\n"
    "  --heaptrial_workload=NAME      only this one (default: all)\n"
    "  --heaptrial_params=NAME=VALUE  parameters of the workload, separated by commas\n"
    "  --heaptrial_threads=N          mutator threads (default: 1)\n"
    "  --heaptrial_seed=N             of the operation stream (default: 1)\n"
    "  --heaptrial_pass=PASS          throughput, latency, memory, pauses or instructions (default: "
    "throughput)\n"
    "  --heaptrial_heap=1.75x         of a collector: the limit, in bytes or as a multiple of what is live\n"
    "  --heaptrial_variant=WORDS      of a strategy that has some: its own options, as mark-stack=64+reversal\n"
    "  --heaptrial_fault=PLAN         what is injected, as cycle:length=8,every=1000 (heaptrial list "
    "faults)\n"
    "  --heaptrial_iterations=N       fixed work (default: as Google Benchmark chooses)\n"
    "  --heaptrial_repetitions=N      windows after the cold one (with --heaptrial_fd)\n"
    "  --heaptrial_points=N           of a cell for faults: so many of the points of a plan with a *; 0 is "
    "all\n"
    "  --heaptrial_try_ms=N           of a cell for faults: a try of the plan that takes longer hangs "
    "(default: 10000)\n"
    "  --heaptrial_plugin=FILE.so     for plugin-allocator and plugin-collector\n"
    "  --heaptrial_preload=FILE       end with an error unless malloc comes from this file\n"
    "  --heaptrial_verify=1           stamp and check every byte\n"
    "  --heaptrial_capabilities=1     list what the strategy can do, one a line, + or - before it; runs "
    "nothing\n"
    "  --heaptrial_try=1              only open the heap: status 2 and the reason when that fails\n"
    "  --heaptrial_fd=N               send records there instead of printing (heaptrial run)\n"
    "Example:\n"
    "  build/cells/tlsf --benchmark_filter=larson --benchmark_format=json\n";

_Noreturn static void refuse(const char *flag, const char *value)
{
    fprintf(stderr, "heaptrial: --heaptrial_%s=%s is not understood; see --help\n", flag, value);
    exit(2);
}

/* Google Benchmark counts iterations in an int64_t, and a plain int holds a descriptor. */
static uint64_t number(const char *flag, const char *value, uint64_t most)
{
    char *end;
    errno = 0;
    const uint64_t n = strtoull(value, &end, 10);
    if (errno || !*value || *end || *value == '-' || n > most)
        refuse(flag, value);
    return n;
}

static void set(struct ht_cell_options *o, const char *flag, const char *value)
{
    const struct {
        const char *flag;
        const char **text;
        uint64_t *number;
    } table[] = {
        {"workload", &o->workload, NULL},
        {"params", &o->params, NULL},
        {"plugin", &o->plugin, NULL},
        {"preload", &o->preload, NULL},
        {"variant", &o->variant, NULL},
        {"heap", &o->heap, NULL},
        {"fault", &o->fault, NULL},
        {"threads", NULL, &o->threads},
        {"seed", NULL, &o->seed},
        {"iterations", NULL, &o->iterations},
        {"repetitions", NULL, &o->repetitions},
        {"points", NULL, &o->points},
        {"try_ms", NULL, &o->try_ms},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (strcmp(table[i].flag, flag))
            continue;
        if (table[i].text)
            *table[i].text = value;
        else
            *table[i].number = number(flag, value, INT64_MAX);
        return;
    }
    if (!strcmp(flag, "pass") && ht_pass_find(value) >= 0)
        o->pass = (enum ht_pass)ht_pass_find(value);
    else if (!strcmp(flag, "fd"))
        o->fd = (int)number(flag, value, INT_MAX);
    else if (!strcmp(flag, "capabilities"))
        o->capabilities = number(flag, value, 1);
    else if (!strcmp(flag, "try"))
        o->tries = number(flag, value, 1);
    else if (!strcmp(flag, "verify"))
        o->verify = number(flag, value, 1);
    else
        refuse(flag, value);
}

void ht_cell_options_parse(struct ht_cell_options *options, int *argc, char **argv)
{
    static const char prefix[] = "--heaptrial_";
    *options = (struct ht_cell_options){.params = "",
                                        .variant = "",
                                        .heap = "",
                                        .fault = "",
                                        .threads = 1,
                                        .seed = 1,
                                        .repetitions = 1,
                                        .try_ms = 10000,
                                        .fd = -1};
    int kept = 1;
    for (int i = 1; i < *argc; i++) {
        if (!strcmp(argv[i], "--help")) {
            fputs(help, stdout);
            exit(0);
        }
        char *const equals = strchr(argv[i], '=');
        if (strncmp(argv[i], prefix, sizeof prefix - 1) || !equals) {
            argv[kept++] = argv[i];
            continue;
        }
        *equals = 0;
        set(options, argv[i] + sizeof prefix - 1, equals + 1);
    }
    *argc = kept;
    argv[kept] = NULL;
}
