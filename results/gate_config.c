#include "results/gate_config.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "results/gate_config_keys.h"

#define AT(member)    offsetof(struct ht_gate_config, member)
#define COUNT_OF(key) (sizeof(key) / sizeof(key)[0])

#define SUBJECT "subject"
#define CELLS   "cells"
#define RUN     "run"
#define LIMITS  "limits"

const char *const ht_gate_sections[HT_GATE_SECTIONS] = {SUBJECT, CELLS, RUN, LIMITS};

const struct ht_gate_switch ht_gate_switches[HT_GATE_SWITCHES] = {
    {"exact", AT(exact)}, {"memory", AT(memory)}, {"time", AT(time)}};

#define TEXT(section, name, type, usual, example, comment)                                                   \
    {                                                                                                        \
        section, #name, HT_GATE_KEY_##type, AT(name), 0, 0, usual, example, comment                          \
    }
#define NUMBER(name, member, type, least, most, usual, comment)                                              \
    {                                                                                                        \
        RUN, #name, HT_GATE_KEY_##type, AT(member), least, most, usual, NULL, comment                        \
    }
#define LIMIT(id, word, usual, comment)                                                                      \
    {                                                                                                        \
        LIMITS, word, HT_GATE_KEY_PERCENT, AT(limit[HT_##id]), 0, 1000, usual, NULL, comment                 \
    }

static const struct ht_gate_key keys[] = {
    TEXT(SUBJECT, build, SHELL, "", "make -j2 CFLAGS=-O2",
         "How a side that is a commit or a folder of sources is built: a shell command, run in that folder."),
    TEXT(SUBJECT, library, PATH, "", "build/libmine.so",
         "What is on trial there, a path in that folder, is one of three. A drop-in library:"),
    TEXT(SUBJECT, plugin, PATH, "", "build/mine.so", "or a plug-in (docs/plugin.md):"),
    TEXT(SUBJECT, cells, PATH, "", "build/cells", "or heaptrial's own cells:"),
    TEXT(SUBJECT, strategies, LIST, "", "tlsf,slab",
         "Which strategies: with `cells`, and against a stored baseline."),

    TEXT(
        CELLS, workloads, LIST, "larson,xmalloc-test,fixed-churn,realloc-growth", NULL,
        "What both sides are run through, with parameters as in larson:slots=1k (heaptrial list workloads)."),
    TEXT(CELLS, threads, THREADS, "1", NULL, "Threads of a cell, as 1,2,4: each is a cell of its own."),
    {CELLS, "heap", HT_GATE_KEY_LIST, AT(heaps), 0, 0, "", "1.75x,3x",
     "Heap limits of collectors: bytes, or multiples of what is live. Not said: 3x."},
    {CELLS, "fault", HT_GATE_KEY_FAULT, AT(fault), 0, 0, "fail:nth=*\nos:mmap,nth=*\nos:mmap,from=*", NULL,
     "What is injected, a plan a line (heaptrial list faults), or `none`. With nth=* each call fails "
     "once, with\n"
     "from=* it and all after it. What was ok under it before must be ok now."},
    {CELLS, "tiers", HT_GATE_KEY_TIERS, 0, 0, 0, "exact,memory,time", NULL,
     "What is measured: exact (instructions, by valgrind), memory, time; or `none`: outcomes alone."},

    NUMBER(pairs, pairs, COUNT, 6, 1000, "20",
           "Rounds of the first measurement, base and new side by side in each. 20 decide."),
    NUMBER(confirm, confirm, COUNT, 6, 1000, "20",
           "Rounds of the second one, on fresh pairs, of what looked worse in the first."),
    NUMBER(repetitions, repetitions, COUNT, 1, 900, "3", "Windows in a process, after the cold one."),
    NUMBER(points, points, COUNT, 0, 1000000, "20",
           "Tries of a fault plan with a *, spread over all its calls; 0: every call."),
    NUMBER(window, window_ms, REAL, 0.01, 1000000, "20",
           "Length of a window in ms, on the system allocator; three times that on collectors."),
    NUMBER(timeout, timeout_s, REAL, 0.1, 1000000, "60", "Seconds after which a cell is a `hang`."),
    NUMBER(seed, seed, SEED, 1, 1e18, "1", "Of the order and of the operations."),
    NUMBER(twin, twin, SWITCH, 0, 0, "no",
           "yes: the base runs a second time beside itself, which measures the noise floor and costs half as "
           "much again."),

    LIMIT(TIME, "time", "2", "CPU time with one thread, wall time with more."),
    LIMIT(MEMORY, "memory", "2", "Peak resident size."),
    LIMIT(DRAIN, "drain", "2", "Resident after all was freed."),
    LIMIT(INSTRUCTIONS, "instructions", "0.1", "Instructions; with more than one thread ten times as much."),
    LIMIT(CALLS, "calls", "0.1", "Calls of an allocator, with one thread: those of its workload."),
    LIMIT(ASKED, "asked", "0.1", "Bytes that it is asked for, likewise."),
    LIMIT(PAGES, "pages", "0.1", "Most that a strategy of ours has mapped, with one thread."),
    LIMIT(MAPPED, "mapped", "off", "Most memory that was mapped."),
    LIMIT(P50, "p50", "off", "Latency of an operation: the median,"),
    LIMIT(P99, "p99", "off", "its 99th percentile,"),
    LIMIT(P999, "p999", "off", "its 99.9th percentile."),
    LIMIT(PAUSE_MAX, "pause_max", "off", "The longest pause of a collector."),
};
_Static_assert(COUNT_OF(keys) <= HT_GATE_KEYS_MAX, "room for all keys");

/* What stands above the name of a section. */
static const char *const section_comments[HT_GATE_SECTIONS] = {
    "What is on trial. A side that is a library of its own (--new FILE.so) needs none of this.",
    "What it is measured in.",
    "How often.",
    "How many percent worse than the base fail the build; `off`: shown, and fails nothing.",
};

const struct ht_gate_key *ht_gate_keys(size_t *n)
{
    *n = COUNT_OF(keys);
    return keys;
}

struct ht_gate_config ht_gate_config_defaults(void)
{
    struct ht_gate_config config = {.faults = 0};
    char text[2 * HT_GATE_TEXT] = "", why[256];
    const char *section = "";
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        if (strcmp(section, keys[i].section))
            sprintf(text + strlen(text), "[%s]\n", keys[i].section);
        section = keys[i].section;
        for (const char *value = keys[i].usual; *value; value += value[0] == '\n') {
            const int bytes = (int)strcspn(value, "\n");
            sprintf(text + strlen(text), "%s = %.*s\n", keys[i].name, bytes, value);
            value += bytes;
        }
    }
    /* The table is right, or its test fails. */
    if (ht_gate_config_parse(&config, "defaults", text, strlen(text), why))
        abort();
    return config;
}

/* ---- writing -------------------------------------------------------------------------------------------- */

/* The fewest digits that read back to the same share. */
static void put_percent(FILE *out, double share)
{
    char text[64];
    if (isnan(share)) {
        fputs("off", out);
        return;
    }
    for (int digits = 15; digits <= 18; digits++) {
        snprintf(text, sizeof text, "%.*Lg", digits, 100 * (long double)share);
        if (ht_gate_config_share(text) == share)
            break;
    }
    fputs(text, out);
}

static void put_real(FILE *out, double value)
{
    char text[64];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    fputs(text, out);
}

static void put_tiers(FILE *out, const struct ht_gate_config *config)
{
    bool any = false;
    for (size_t i = 0; i < HT_GATE_SWITCHES; i++)
        if (*(const bool *)((const char *)config + ht_gate_switches[i].at)) {
            fprintf(out, "%s%s", any ? "," : "", ht_gate_switches[i].word);
            any = true;
        }
    fputs(any ? "" : "none", out);
}

static void put_value(FILE *out, const struct ht_gate_config *config, const struct ht_gate_key *key)
{
    const void *const value = (const char *)config + key->at;
    fprintf(out, "%s = ", key->name);
    switch (key->type) {
    case HT_GATE_KEY_SHELL:
    case HT_GATE_KEY_PATH:
    case HT_GATE_KEY_LIST:
    case HT_GATE_KEY_THREADS:
        fputs(value, out);
        break;
    case HT_GATE_KEY_FAULT:
        for (unsigned i = 0; i < config->faults; i++)
            fprintf(out, "%s%s", i ? "\nfault = " : "", config->fault[i]);
        fputs(config->faults ? "" : "none", out);
        break;
    case HT_GATE_KEY_TIERS:
        put_tiers(out, config);
        break;
    case HT_GATE_KEY_COUNT:
        fprintf(out, "%u", *(const unsigned *)value);
        break;
    case HT_GATE_KEY_SEED:
        fprintf(out, "%" PRIu64, *(const uint64_t *)value);
        break;
    case HT_GATE_KEY_REAL:
        put_real(out, *(const double *)value);
        break;
    case HT_GATE_KEY_SWITCH:
        fputs(*(const bool *)value ? "yes" : "no", out);
        break;
    case HT_GATE_KEY_PERCENT:
        put_percent(out, *(const double *)value);
        break;
    }
    putc('\n', out);
}

static bool is_text(const struct ht_gate_key *key)
{
    return key->type <= HT_GATE_KEY_THREADS;
}

/* As lines of comment. */
static void put_comment(FILE *out, const char *comment)
{
    for (size_t bytes; *comment; comment += bytes + (comment[bytes] == '\n')) {
        bytes = strcspn(comment, "\n");
        fprintf(out, "# %.*s\n", (int)bytes, comment);
    }
}

void ht_gate_config_emit(const struct ht_gate_config *config, FILE *out)
{
    size_t section = HT_GATE_SECTIONS;
    fputs("# What heaptrial gate measures, and which differences fail the build (docs/gate-config.md).\n"
          "# A key that is left out has its default.\n",
          out);
    for (const struct ht_gate_key *key = keys; key < keys + COUNT_OF(keys); key++) {
        if (section == HT_GATE_SECTIONS || strcmp(key->section, ht_gate_sections[section])) {
            section = section == HT_GATE_SECTIONS ? 0 : section + 1;
            putc('\n', out);
            put_comment(out, section_comments[section]);
            fprintf(out, "[%s]\n", key->section);
        }
        put_comment(out, key->comment);
        if (is_text(key) && !((const char *)config)[key->at])
            fprintf(out, "# %s = %s\n", key->name, key->example ? key->example : key->usual);
        else
            put_value(out, config, key);
    }
}
