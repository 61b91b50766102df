/* Words of the page that a newcomer may not know, and what each strategy is. */
#include <string.h>

#include "allocators/list.h"
#include "results/report_parts.h"

static const struct {
    const char *word, *meaning;
} words[] = {
    {"strategy", "what is compared: an allocator or a garbage collector."},
    {"workload", "a program that asks for memory in its own way; larson and gcbench are known ones."},
    {"cell", "one strategy in one workload, with one setting of threads and heap."},
    {"round", "every cell once, in a shuffled order. Ratios pair what was measured in the same round."},
    {"row", "one measurement: a cell, in one round and one pass; a line of rows.csv."},
    {"pass",
     "what a row measures: throughput, memory, latency, pauses, heap and others, apart from each other."},
    {"baseline", "the strategy that all ratios are relative to. Its own ratio is 1."},
    {"interval",
     "in brackets: where the true ratio lies with 95 % confidence; of 5 rounds and fewer, their range."},
    {"outcome",
     "how a cell ended: ok; unsupported (n/a); oom, out of memory; or a failure, as crash, hang and leak."},
    {"system", "malloc of the C library, here glibc: what a program gets that asks for nothing else."},
    {"null", "no allocator: it never gives memory back, and shows what the workloads cost without one."},
    {"manual", "no collector: the workload itself frees each object, by malloc and free of the C library."},
    {"nogc", "no collector, and nothing is ever freed."},
    {"mutator", "the program, as a collector sees it: who changes the graph of objects."},
    {"live", "what the program can still use. A heap size over live is over the most of it at once."},
    {"3x",
     "after a workload: the heap is limited to 3 × what is live at most, and never to less than 1 MiB."},
    {"t=2", "after a workload: it ran with two threads."},
    {"p99.9", "the latency that 1 operation in 1000 exceeds."},
};

struct entry {
    const char *name, *package, *summary;
};

/* Of a strategy, which may have options after a colon; NULL: it is none of the list. */
static const struct entry *find(const char *name)
{
    static const struct entry list[] = {
#define ENTRY(name, kind, file, package, summary) {name, package, summary},
        HT_ALLOCATORS(ENTRY) HT_COLLECTORS(ENTRY) HT_PLANTED(ENTRY)
#undef ENTRY
    };
    const size_t length = strcspn(name, ":");
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        if (strlen(list[i].name) == length && !strncmp(list[i].name, name, length))
            return &list[i];
    return NULL;
}

static void put_term(FILE *out, const char *word, const char *meaning)
{
    fputs("<dt>", out);
    ht_text_put_xml(out, word);
    fputs("</dt><dd>", out);
    ht_text_put_xml(out, meaning);
    fputs("</dd>\n", out);
}

static void put_strategies(FILE *out, const struct ht_report_part *part)
{
    fprintf(out, "<h3>%s</h3><dl>\n", part->name);
    for (size_t i = 0; i < part->summary->strategies; i++) {
        const char *const name = part->summary->strategy[i].name;
        const struct entry *const e = find(name);
        char meaning[300] = "none of heaptrial’s list: a plug-in, or a library that was named";
        if (e && e->package[0])
            snprintf(meaning, sizeof meaning, "%s; the distribution’s, package %s", e->summary, e->package);
        else if (e)
            snprintf(meaning, sizeof meaning, "%s; home-made, in heaptrial", e->summary);
        put_term(out, name, meaning);
    }
    fputs("</dl>\n", out);
}

void ht_report_put_words(const struct ht_report *report)
{
    FILE *const out = report->out;
    ht_report_begin(report, NULL, "words", "Words", NULL, NULL);
    fputs("<details><summary>What the words mean, and what each strategy is</summary><dl>\n", out);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        put_term(out, words[i].word, words[i].meaning);
    fputs("</dl>\n", out);
    for (size_t p = 0; p < report->parts; p++)
        put_strategies(out, &report->part[p]);
    fputs("</details>\n", out);
    ht_report_end(report);
}
