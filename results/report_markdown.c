/* The report for a pull request: the verdict, which one to take, and a line a strategy. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "results/report_parts.h"

/* Without the space after the last sentence, which would undo what is set in bold. */
static void put(FILE *out, const char *before, const char *words, const char *after)
{
    char trimmed[HT_REPORT_WORDS];
    snprintf(trimmed, sizeof trimmed, "%s", words);
    for (size_t n = strlen(trimmed); n && trimmed[n - 1] == ' '; n--)
        trimmed[n - 1] = '\0';
    if (!trimmed[0])
        return;
    fputs(before, out);
    ht_text_put_markdown(out, trimmed);
    fputs(after, out);
}

static void put_verdict(FILE *out, const struct ht_report_part *part)
{
    char words[HT_REPORT_WORDS];
    fprintf(out, "### %s\n\n", part->name);
    ht_report_say_time(part, words);
    put(out, "**", words, "**\n\n");
    ht_report_say_failures(part, words);
    put(out, "", words, "\n\n");
    ht_report_say_rounds(part, words);
    put(out, "", words, "\n\n");
}

static void put_mean(FILE *out, const struct ht_summary *s, enum ht_metric metric, size_t strategy)
{
    char text[64];
    ht_report_interval(text, &s->strategy[strategy].suite[metric]);
    fprintf(out, " | %s", strategy == s->baseline && text[0] ? "1" : text);
}

static void put_line(FILE *out, const struct ht_report_part *part, size_t i, bool ranked)
{
    const struct ht_summary *const s = part->summary;
    size_t jobs;
    fputs("| ", out);
    ht_text_put_markdown(out, s->strategy[i].name);
    put_mean(out, s, HT_TIME, i);
    put_mean(out, s, HT_MEMORY, i);
    const size_t wins = ht_report_wins(part, HT_TIME, i, &jobs);
    if (ranked && ht_report_is_rival(s, i))
        fprintf(out, " | %zu of %zu | ", wins, jobs);
    else
        fputs(" | | ", out);
    if (s->strategy[i].failed)
        fprintf(out, "%zu failed ", s->strategy[i].failed);
    if (s->strategy[i].unsupported)
        fprintf(out, "%zu n/a", s->strategy[i].unsupported);
    fputs(" |\n", out);
}

static int put_table(FILE *out, const struct ht_report_part *part)
{
    const struct ht_summary *const s = part->summary;
    size_t *const order = calloc(s->strategies + 1, sizeof *order);
    if (!order)
        return -ENOMEM;
    size_t ranked;
    const size_t n = ht_report_order(part, HT_TIME, order, &ranked);
    fputs("| strategy | time / ", out);
    ht_text_put_markdown(out, s->strategy[s->baseline].name);
    fputs(" | memory | fastest on | not ok |\n| --- | --- | --- | --- | --- |\n", out);
    for (size_t i = 0; i < n; i++)
        put_line(out, part, order[i], i < ranked);
    putc('\n', out);
    free(order);
    return 0;
}

static int put_choices(const struct ht_report *r, FILE *out)
{
    struct ht_report_choice *const choice = calloc(HT_REPORT_CHOICES, sizeof *choice);
    if (!choice)
        return -ENOMEM;
    const size_t n = ht_report_choose(r, choice);
    fputs("### Which one?\n\n", out);
    for (size_t i = 0; i < n; i++) {
        if (!choice[i].answer[0])
            continue;
        fprintf(out, "- %s ", choice[i].question);
        put(out, "**", choice[i].answer, "**. ");
        put(out, "", choice[i].because, "");
        put(out, " ", choice[i].doubt, "");
        putc('\n', out);
    }
    putc('\n', out);
    free(choice);
    return 0;
}

int ht_report_emit_markdown(struct ht_report *r, FILE *out)
{
    int error = 0;
    fputs("## heaptrial", out);
    if (r->has_origin)
        put(out, ": ", r->origin.run, "");
    fputs("\n\n", out);
    for (size_t p = 0; p < r->parts; p++)
        put_verdict(out, &r->part[p]);
    error = put_choices(r, out);
    for (size_t p = 0; p < r->parts && !error; p++) {
        fprintf(out, "<details><summary>%s, one by one</summary>\n\n", r->part[p].name);
        error = put_table(out, &r->part[p]);
        fputs("</details>\n\n", out);
    }
    if (r->selftest) {
        char words[HT_REPORT_WORDS];
        ht_report_say_selftest(r->selftest, words);
        put(out, "### The gate\n\n", words, "\n\n");
    }
    fputs("Below 1 is faster, or smaller; what stands in brackets is the interval, or the range of 5 rounds "
          "and fewer. The page "
          "report.html has the charts.\n",
          out);
    return error;
}
