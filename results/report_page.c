/* The page of the report: its head, the verdict, which one to take, and the sections in their order. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "results/plot_parts.h"
#include "results/report_parts.h"

/* ---- what sections share -------------------------------------------------------------------------------- */

void ht_report_begin(const struct ht_report *report, const struct ht_report_part *part, const char *id,
                     const char *title, const char *finding, const char *how)
{
    FILE *const out = report->out;
    const char *const level = part ? "h3" : "h2", *const prefix = part ? part->id : "";
    fprintf(out, "<section id=\"%s%s%s\" aria-labelledby=\"%s%s%s-h\"><%s id=\"%s%s%s-h\">%s</%s>\n", prefix,
            part ? "-" : "", id, prefix, part ? "-" : "", id, level, prefix, part ? "-" : "", id, title,
            level);
    if (finding && finding[0]) {
        fputs("<p class=\"finding\">", out);
        ht_text_put_xml(out, finding);
        fputs("</p>\n", out);
    }
    if (how && how[0]) {
        fputs("<p class=\"how\">", out);
        ht_text_put_xml(out, how);
        fputs("</p>\n", out);
    }
}

void ht_report_end(const struct ht_report *report)
{
    fputs("</section>\n", report->out);
}

void ht_report_note_gap(struct ht_report *report, const struct ht_report_part *part, const char *chart,
                        const char *advice)
{
    if (report->gaps < HT_REPORT_LEFT_OUT)
        report->gap[report->gaps++] = (struct ht_report_gap){part ? part->name : "", chart, advice};
}

/* The parameters are there, and smaller. */
void ht_report_put_job(const struct ht_report *report, const struct ht_summary *s, size_t job, bool heapless)
{
    struct ht_summary_job shown = s->job[job];
    char label[200];
    shown.heap = heapless ? "" : shown.heap;
    shown.params = "";
    ht_summary_job_label(&shown, label, sizeof label);
    ht_text_put_xml(report->out, label);
    for (size_t j = 0; j < job; j++) /* once is enough */
        if (s->job[j].workload == s->job[job].workload && s->job[j].params == s->job[job].params)
            return;
    if (!s->job[job].params[0])
        return;
    fputs(" <i>", report->out);
    ht_text_put_xml(report->out, s->job[job].params);
    fputs("</i>", report->out);
}

unsigned ht_report_style(const struct ht_report_part *part, size_t strategy)
{
    return ht_plot_style(part->summary, strategy);
}

/* ---- the head ------------------------------------------------------------------------------------------- */

static void put_head(const struct ht_report *r)
{
    FILE *const out = r->out;
    fprintf(out,
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
            "'sha256-%s'; script-src "
            "'sha256-%s'; base-uri 'none'; form-action 'none'\">\n"
            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta "
            "name=\"color-scheme\" "
            "content=\"light dark\">\n<meta name=\"generator\" content=\"heaptrial %s\">\n<title>heaptrial: ",
            ht_report_css_hash, ht_report_js_hash, HT_VERSION);
    ht_text_put_xml(out, r->has_origin && r->origin.run[0] ? r->origin.run : r->dir);
    fprintf(out,
            "</title>\n<style>%s</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#main\">Skip to the "
            "verdict</a>\n",
            ht_report_css);
}

static size_t count_rows(const struct ht_report *r)
{
    size_t rows = 0;
    for (size_t p = 0; p < r->parts; p++)
        rows += r->part[p].summary->rows->count;
    return rows;
}

static size_t count_rounds(const struct ht_report *r)
{
    size_t rounds = 0;
    for (size_t p = 0; p < r->parts; p++)
        rounds = r->part[p].figures.rounds > rounds ? r->part[p].figures.rounds : rounds;
    return rounds;
}

static void put_title(const struct ht_report *r)
{
    FILE *const out = r->out;
    const size_t rounds = count_rounds(r);
    fputs("<header>\n<h1>Heaps on trial</h1>\n<p class=\"origin\">", out);
    if (r->has_origin) {
        ht_text_put_xml(out, r->origin.created);
        fputs(" on ", out);
        ht_text_put_xml(out, r->origin.cpu);
        fprintf(out, ", %d core%s · ", r->origin.cores, r->origin.cores == 1 ? "" : "s");
    }
    for (size_t p = 0; p < r->parts; p++)
        fprintf(out, "%zu %s · ", r->part[p].summary->strategies,
                r->part[p].collectors ? "collectors" : "allocators");
    fprintf(out, "%zu rows in %zu round%s</p>\n</header>\n", count_rows(r), rounds, rounds == 1 ? "" : "s");
}

/* ---- the verdict ---------------------------------------------------------------------------------------- */

/* With a link to what failed of a part, or NULL. */
static void put_sentence(FILE *out, const char *words, const struct ht_report_part *failed)
{
    if (!words[0])
        return;
    fputs("<p class=\"finding\">", out);
    ht_text_put_xml(out, words);
    if (failed)
        fprintf(out, " <a href=\"#%s-notok\">What was not ok</a>", failed->id);
    fputs("</p>\n", out);
}

/* How many comparisons of time and of memory came out which way. */
static void put_counts(const struct ht_report *r, const struct ht_report_part *part)
{
    static const char *const words[HT_VERDICTS] = {[HT_REGRESSED] = "worse",
                                                   [HT_IMPROVED] = "better",
                                                   [HT_EQUIVALENT] = "as good",
                                                   [HT_INCONCLUSIVE] = "not decided"};
    static const enum ht_verdict order[] = {HT_IMPROVED, HT_EQUIVALENT, HT_REGRESSED, HT_INCONCLUSIVE};
    FILE *const out = r->out;
    for (enum ht_metric m = HT_TIME; m <= HT_MEMORY; m++) {
        size_t n[HT_VERDICTS] = {0}, all = 0;
        for (size_t i = 0; r->compare && i < r->compare->lines; i++)
            if (r->compare->line[i].summary == part->summary && r->compare->line[i].metric == m) {
                n[r->compare->line[i].verdict]++;
                all++;
            }
        if (!all || r->compare->most_pairs <= HT_STATS_RANGE_MAX)
            continue; /* nothing can be decided */
        fprintf(out, "<p class=\"counts\"><b>%s</b>, each of %zu cells against ",
                m == HT_TIME ? "Time" : "Memory", all);
        ht_text_put_xml(out, part->summary->strategy[part->summary->baseline].name);
        fputs(": ", out);
        for (size_t v = 0, some = 0; v < HT_VERDICTS; v++)
            if (n[order[v]])
                fprintf(out, "%s<span class=\"v%d\">%zu %s</span>", some++ ? ", " : "", (int)order[v],
                        n[order[v]], words[order[v]]);
        char why[HT_REPORT_WORDS];
        ht_report_say_undecided(part, m, n, why);
        fprintf(out, "%s.</p>\n", why);
    }
}

static void put_verdict(const struct ht_report *r)
{
    FILE *const out = r->out;
    char words[HT_REPORT_WORDS];
    fputs("<section id=\"verdict\" aria-labelledby=\"verdict-h\"><h2 id=\"verdict-h\">Verdict</h2>\n<div "
          "class=\"verdicts\">\n",
          out);
    for (size_t p = 0; p < r->parts; p++) {
        const struct ht_report_part *const part = &r->part[p];
        fprintf(out, "<div><h3>%s</h3>\n", part->name);
        ht_report_say_time(part, words);
        put_sentence(out, words, NULL);
        if (!words[0])
            fputs("<p class=\"finding\">No two strategies can be compared in time: it takes the throughput "
                  "pass, of two that "
                  "ran the same.</p>\n",
                  out);
        ht_report_say_failures(part, words);
        put_sentence(out, words, part);
        put_counts(r, part);
        ht_report_say_rounds(part, words);
        fputs("<p class=\"how\">", out);
        ht_text_put_xml(out, words);
        fputs("</p></div>\n", out);
    }
    fputs("</div></section>\n", out);
}

static const char *part_id(const struct ht_report *r, bool collectors)
{
    for (size_t p = 0; p < r->parts; p++)
        if (r->part[p].collectors == collectors)
            return r->part[p].id;
    return "";
}

static void put_choices(const struct ht_report *r, const struct ht_report_choice *choice, size_t n)
{
    FILE *const out = r->out;
    fputs("<section id=\"choice\" aria-labelledby=\"choice-h\"><h2 id=\"choice-h\">Which one?</h2>\n<div "
          "class=\"cards\">\n",
          out);
    for (size_t i = 0; i < n; i++) {
        const struct ht_report_choice *const c = &choice[i];
        fprintf(out, "<article><h3>%s</h3>\n", c->question);
        if (c->answer[0]) {
            fputs("<p class=\"answer\">", out);
            ht_text_put_xml(out, c->answer);
            fputs("</p>\n", out);
        }
        fputs(c->answer[0] ? "<p>" : "<p class=\"how\">", out);
        ht_text_put_xml(out, c->because);
        if (c->answer[0])
            fprintf(out, " <a href=\"#%s-%s\">See the chart</a>", part_id(r, i >= HT_REPORT_CHOICES / 2),
                    c->see);
        fputs("</p>\n", out);
        if (c->doubt[0]) {
            fputs("<p class=\"doubt\">", out);
            ht_text_put_xml(out, c->doubt);
            fputs("</p>\n", out);
        }
        if (c->jobs[0]) {
            fputs("<details><summary>All workloads of this answer</summary>", out);
            ht_text_put_xml(out, c->jobs);
            fputs("</details>\n", out);
        }
        fputs("</article>\n", out);
    }
    fputs("</div></section>\n", out);
}

/* What the page begins with; the strategies that it names are named in every chart, too. */
static int put_answers(struct ht_report *r)
{
    struct ht_report_choice *const choice = calloc(HT_REPORT_CHOICES, sizeof *choice);
    const size_t n = choice ? ht_report_choose(r, choice) : 0;
    int error = choice ? 0 : -ENOMEM;
    for (size_t p = 0; p < r->parts && !error; p++)
        error = ht_report_name(&r->part[p], choice, n);
    put_verdict(r);
    put_choices(r, choice, n);
    free(choice);
    return error;
}

/* ---- parts ---------------------------------------------------------------------------------------------- */

static int put_part(struct ht_report *r, const struct ht_report_part *part)
{
    fprintf(r->out, "<section class=\"part\" id=\"%s\" aria-labelledby=\"%s-h\"><h2 id=\"%s-h\">%s</h2>\n",
            part->id, part->id, part->id, part->name);
    int error = ht_report_put_glance(r, part);
    error = error ? error : ht_report_put_heat(r, part, HT_TIME);
    error = error ? error : ht_report_put_heat(r, part, HT_MEMORY);
    error = error ? error : ht_report_put_front(r, part);
    error = error ? error : ht_report_put_latency(r, part);
    error = error ? error : ht_report_put_heat(r, part, HT_P999);
    error = error ? error : ht_report_put_memory(r, part);
    if (part->collectors) {
        error = error ? error : ht_report_put_pauses(r, part);
        error = error ? error : ht_report_put_mmu(r, part);
        error = error ? error : ht_report_put_heaps(r, part);
        error = error ? error : ht_report_put_garbage(r, part);
    }
    error = error ? error : ht_report_put_threads(r, part);
    error = error ? error : ht_report_put_heat(r, part, HT_INSTRUCTIONS);
    if (!error)
        ht_report_put_failures(r, part);
    fputs("</section>\n", r->out);
    return error;
}

/* A place for what the script adds: nothing, where there is none. */
static void put_nav(const struct ht_report *r)
{
    FILE *const out = r->out;
    fputs("<nav aria-label=\"Contents\"><a href=\"#verdict\">Verdict</a> <a href=\"#choice\">Which one?</a>",
          out);
    for (size_t p = 0; p < r->parts; p++)
        fprintf(out, " <a href=\"#%s\">%s</a>", r->part[p].id, r->part[p].name);
    if (r->selftest && r->selftest->trials)
        fputs(" <a href=\"#gate\">Gate</a>", out);
    fputs(" <a href=\"#noise\">Noise</a> <a href=\"#machine\">Machine</a> <a "
          "href=\"#words\">Words</a></nav>\n<div id=\"controls\" "
          "hidden></div>\n",
          out);
}

int ht_report_emit_html(struct ht_report *r, FILE *out)
{
    int error = 0;
    r->out = out;
    r->gaps = r->unread = 0;
    put_head(r);
    put_title(r);
    put_nav(r);
    fputs("<main id=\"main\" tabindex=\"-1\">\n", out);
    error = put_answers(r);
    for (size_t p = 0; p < r->parts && !error; p++)
        error = put_part(r, &r->part[p]);
    error = error ? error : ht_report_put_faults(r);
    error = error ? error : ht_report_put_misuse(r);
    error = error ? error : ht_report_put_end(r);
    fputs("</main>\n", out);
    error = error ? error : ht_report_put_data(r);
    fprintf(out, "<script>%s</script>\n</body>\n</html>\n", ht_report_js);
    return error;
}

/* ---- open and close ------------------------------------------------------------------------------------- */

static bool is_of_collectors(const struct ht_summary *s)
{
    return s->rows->count && !strcmp(s->rows->row[0].kind, "collector");
}

int ht_report_open(struct ht_report *r, const char *dir, const struct ht_summary *const *summary,
                   size_t summaries, const struct ht_compare *compare, char why[256])
{
    int error = 0;
    *r = (struct ht_report){.dir = dir, .compare = compare};
    for (size_t i = 0; i < summaries && i < HT_REPORT_PARTS && !error; i++) {
        const bool collectors = is_of_collectors(summary[i]);
        struct ht_report_part *const part = &r->part[r->parts];
        *part = (struct ht_report_part){.summary = summary[i],
                                        .name = collectors ? "Collectors" : "Allocators",
                                        .id = collectors ? "c" : "a",
                                        .collectors = collectors};
        error = ht_figures_open(&part->figures, summary[i]);
        r->parts += !error;
    }
    snprintf(why, 256, "no memory left");
    if (error) {
        ht_report_close(r);
        return error;
    }
    const int origin_error = ht_origin_read(&r->origin, dir, why);
    r->has_origin = !origin_error;
    if (!origin_error || origin_error == -ENOENT)
        why[0] = '\0';
    return 0;
}

void ht_report_close(struct ht_report *r)
{
    for (size_t p = 0; p < r->parts; p++) {
        ht_figures_close(&r->part[p].figures);
        free(r->part[p].named);
    }
    *r = (struct ht_report){.parts = 0};
}
