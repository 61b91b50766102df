/* What the files of the report share. Only results/report*.c includes it, and its tests. */
#ifndef HT_RESULTS_REPORT_PARTS_H
#define HT_RESULTS_REPORT_PARTS_H

#include <stdbool.h>
#include <stddef.h>

#include "results/plot_curves.h"
#include "results/report.h"

/* ---- text (report_text.c) ---- */

/* Three digits that matter, as in the table; ties go to the even digit, as the page's script has it. "" for NAN. */
void ht_report_ratio(char text[24], double ratio);
/* "340 ns", "2.1 µs", "84 ms"; "1.2 MiB"; "87 %". */
void ht_report_time(char text[24], double ns);
void ht_report_bytes(char text[24], double bytes);
void ht_report_share(char text[24], double share);
/* "0.52 [0.50, 0.53]", or "0.52" of one round. */
void ht_report_interval(char text[64], const struct ht_interval *interval);

/* Words are put together in a buffer, and cut to it. */
enum { HT_REPORT_WORDS = 1200 };
void ht_report_add(char words[HT_REPORT_WORDS], const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* "a, b and c"; after `most` of them "and 4 others". `first` is how many were added before. */
void ht_report_add_name(char words[HT_REPORT_WORDS], size_t nth, size_t all, const char *name);

/* ---- facts (report_facts.c) ---- */

/* Not what only shows the cost of the workloads, or of freeing by hand. */
bool ht_report_is_rival(const struct ht_summary *summary, size_t strategy);

/* Rivals that have the metric in every cell that the baseline has it in, the best first; where they are not two, those
 * that have it in half of them. Returns how many; `order` has room for all strategies. */
size_t ht_report_rank(const struct ht_report_part *part, enum ht_metric metric, size_t *order);

/* All strategies: those that are ranked, with the baseline among them, then the others, each by their mean. Returns how
 * many. */
size_t ht_report_order(const struct ht_report_part *part, enum ht_metric metric, size_t *order,
                       size_t *ranked);

/* In how many jobs a strategy is the best of those that are ranked. *jobs: of how many. */
size_t ht_report_wins(const struct ht_report_part *part, enum ht_metric metric, size_t strategy,
                      size_t *jobs);

/* Those that can't be told from `best` in these jobs (NULL: all), by their own pairs: the interval of the ratio holds 1.
 * Returns how many; `same` has room for all of `among`. */
size_t ht_report_same(const struct ht_report_part *part, enum ht_metric metric, const bool *jobs, size_t best,
                      const size_t *among, size_t n, size_t *same);

/* Jobs that a metric was measured in; and whether all of them are other workloads. */
size_t ht_report_jobs(const struct ht_report_part *part, enum ht_metric metric, bool *plain);

/* "larson t=2": without the parameters, unless they tell the job from another one. */
void ht_report_label(const struct ht_summary *summary, size_t job, char *label, size_t room);

/* An outcome that a strategy is to blame for: not that it ran out of memory, as under a limit it may. */
bool ht_report_is_failure(const char *outcome);

/* The outcome of a strategy that failed in a job of the set, NULL: in any; or NULL. */
const char *ht_report_failure(const struct ht_summary *summary, size_t strategy, const bool *jobs);

/* ---- sentences (report_say.c): what the figures say, "" when they say nothing ---- */

void ht_report_say_time(const struct ht_report_part *part, char words[HT_REPORT_WORDS]);
void ht_report_say_memory(const struct ht_report_part *part, char words[HT_REPORT_WORDS]);
void ht_report_say_latency(const struct ht_report_part *part, char words[HT_REPORT_WORDS]);
void ht_report_say_front(const struct ht_report_part *part, char words[HT_REPORT_WORDS]);
void ht_report_say_pauses(const struct ht_report_part *part, char words[HT_REPORT_WORDS]);
void ht_report_say_failures(const struct ht_report_part *part, char words[HT_REPORT_WORDS]);
void ht_report_say_rounds(const struct ht_report_part *part, char words[HT_REPORT_WORDS]);

/* Why cells of a metric are not decided that the suite is, by how many verdicts there are: the rest of a sentence. */
void ht_report_say_undecided(const struct ht_report_part *part, enum ht_metric metric,
                             const size_t verdicts[HT_VERDICTS], char words[HT_REPORT_WORDS]);

/* Of the self-test of the gate (report_selftest.c). */
void ht_report_say_selftest(const struct ht_selftest *selftest, char words[HT_REPORT_WORDS]);

/* ---- which one (report_choice.c) ---- */

struct ht_report_choice {
    const char *question;
    char answer[80];        /* "" when the run can't tell */
    size_t named[2], names; /* it, and the next */
    const struct ht_report_part *part;
    char because[HT_REPORT_WORDS]; /* or what it lacks */
    char doubt[HT_REPORT_WORDS];
    char jobs[HT_REPORT_WORDS]; /* all of them, where `because` names only some */
    const char *see;            /* the id of the chart, without the part's */
};

/* Questions that one part answers. 0 or -ENOMEM. */
enum { HT_REPORT_CHOICES = 4 };
size_t ht_report_choose(const struct ht_report *report, struct ht_report_choice choice[HT_REPORT_CHOICES]);

/* Notes of whom these choices and the verdict on time speak. 0 or -ENOMEM. */
int ht_report_name(struct ht_report_part *part, const struct ht_report_choice *choice, size_t n);

/* ---- the page (report_page.c) ---- */

/* A section of a part: its heading, what the chart shows and how it is read, and the finding, which may be NULL or "". */
void ht_report_begin(const struct ht_report *report, const struct ht_report_part *part, const char *id,
                     const char *title, const char *finding, const char *how);
void ht_report_end(const struct ht_report *report);
void ht_report_note_gap(struct ht_report *report, const struct ht_report_part *part, const char *chart,
                        const char *advice);
void ht_report_put_job(const struct ht_report *report, const struct ht_summary *summary, size_t job,
                       bool heapless);

/* The classes that give a strategy its colour and dash: "k1" is the baseline's. */
unsigned ht_report_style(const struct ht_report_part *part, size_t strategy);

/* ---- axes (report_axis.c) ---- */

struct ht_report_axis {
    double low, high; /* values */
    double from, to;  /* pixels of the drawing */
    bool log;
    void (*format)(char text[24], double value);
};

enum { HT_REPORT_TICKS = 16 };

double ht_report_at(const struct ht_report_axis *axis, double value);
/* Round values within the axis; returns how many, at most HT_REPORT_TICKS. */
size_t ht_report_ticks(const struct ht_report_axis *axis, double tick[HT_REPORT_TICKS]);
/* Grid lines with their labels, across `other`, and what the axis shows. */
void ht_report_put_x(FILE *out, const struct ht_report_axis *x, const struct ht_report_axis *y,
                     const char *what);
void ht_report_put_y(FILE *out, const struct ht_report_axis *x, const struct ht_report_axis *y,
                     const char *what);

/* ---- charts: each puts its section, or notes the gap. 0 or -ENOMEM ---- */

int ht_report_put_glance(struct ht_report *report, const struct ht_report_part *part);
int ht_report_put_heat(struct ht_report *report, const struct ht_report_part *part, enum ht_metric metric);
int ht_report_put_latency(struct ht_report *report, const struct ht_report_part *part);
int ht_report_put_memory(struct ht_report *report, const struct ht_report_part *part);
int ht_report_put_front(struct ht_report *report, const struct ht_report_part *part);
int ht_report_put_threads(struct ht_report *report, const struct ht_report_part *part);
int ht_report_put_pauses(struct ht_report *report, const struct ht_report_part *part);
int ht_report_put_mmu(struct ht_report *report, const struct ht_report_part *part);
int ht_report_put_heaps(struct ht_report *report, const struct ht_report_part *part);
int ht_report_put_garbage(struct ht_report *report, const struct ht_report_part *part);
int ht_report_put_faults(struct ht_report *report);
int ht_report_put_misuse(struct ht_report *report);
void ht_report_put_selftest(const struct ht_report *report);
void ht_report_put_failures(struct ht_report *report, const struct ht_report_part *part);
int ht_report_put_end(struct ht_report *report);
void ht_report_put_words(const struct ht_report *report);

/* Small multiples of the curves of a figure, and nothing else of the section. */
struct ht_report_curves {
    void (*x)(char text[24], double value);
    void (*y)(char text[24], double value);
    const char *caption; /* of the only panel, which is of no job; NULL: of each its job */
};
int ht_report_put_curves(const struct ht_report *report, const struct ht_report_part *part,
                         const struct ht_plot_curves *figure, bool heapless,
                         const struct ht_report_curves *as);

/* A point a strategy, with its intervals where there are some, in a wide and a narrow drawing. */
struct ht_report_point {
    size_t strategy;
    struct ht_interval x, y; /* n is 0: no interval */
    bool front;
};
struct ht_report_scatter {
    const struct ht_report_point *point;
    size_t n;
    const char *title, *x, *y;
    void (*format_x)(char text[24], double value);
    void (*format_y)(char text[24], double value);
    bool units; /* lines where x and y are 1 */
};
int ht_report_put_scatter(const struct ht_report *report, const struct ht_report_part *part,
                          const struct ht_report_scatter *scatter);

/* What the page's script computes with (report_data.c). */
int ht_report_put_data(const struct ht_report *report);

/* The style and the script that are built in, and their hashes (scripts/report/embed). */
extern const char ht_report_css[], ht_report_css_hash[], ht_report_js[], ht_report_js_hash[];

#endif
