/* What the files that answer "which one?" share. Only results/report_choice*.c and report_field.c include it. */
#ifndef HT_RESULTS_REPORT_FIELD_H
#define HT_RESULTS_REPORT_FIELD_H

#include "results/report_parts.h"

/* What a choice is made from: strategies that are asked for the same jobs. */
struct ht_report_field {
    const struct ht_report_part *part;
    bool *jobs;
    size_t count;     /* of the jobs */
    size_t *eligible; /* the best first */
    double *score;
    size_t n;
    struct ht_interval *ratio; /* of each over the baseline, by strategy */
    bool *partial;             /* by strategy: it did not run all jobs */
};

/* 0 or -ENOMEM; ht_report_close_field must follow in any case. */
int ht_report_open_field(struct ht_report_field *field, const struct ht_report_part *part);
void ht_report_close_field(struct ht_report_field *field);

const char *ht_report_field_name(const struct ht_report_field *field, size_t strategy);
bool ht_report_has_figure(const struct ht_report_part *part, enum ht_metric metric, size_t strategy,
                          size_t job);

/* Sorted in by its score: the least first. */
void ht_report_enter(struct ht_report_field *field, size_t strategy, double score);

/* Rivals with a figure in every job of the field, and no failure there, by their mean over the baseline. 0 or -ENOMEM. */
int ht_report_enter_all(struct ht_report_field *field, enum ht_metric metric);

/* "slab", and next to it: what the page names elsewhere, too. */
void ht_report_answer(const struct ht_report_field *field, struct ht_report_choice *choice);

/* Who is not in the field, because it failed in these jobs, NULL: in any, or did not do all of them. */
void ht_report_say_left_out(const struct ht_report_field *field, const bool *jobs,
                            struct ht_report_choice *choice);

/* " Next is mimalloc with 0.57 ×." */
void ht_report_add_next(const struct ht_report_field *field, char words[HT_REPORT_WORDS]);

/* Jobs outside the set, NULL: all, in which the best takes more than twice what the baseline does. */
void ht_report_add_bad(const struct ht_report_field *field, enum ht_metric metric, const bool *jobs,
                       struct ht_report_choice *choice);

/* Who can't be told from the best, and what else makes the answer less sure. */
void ht_report_doubt(const struct ht_report_field *field, enum ht_metric metric,
                     struct ht_report_choice *choice);

/* "larson, mstress and 3 others", which the choice lists in full. */
void ht_report_add_jobs(const struct ht_report_field *field, struct ht_report_choice *choice);

/* Each answers one question of its part. 0 or -ENOMEM. */
int ht_report_choose_server(const struct ht_report_part *part, struct ht_report_choice *choice);
int ht_report_choose_latency(const struct ht_report_part *part, struct ht_report_choice *choice);
int ht_report_choose_pauses(const struct ht_report_part *part, struct ht_report_choice *choice);
int ht_report_choose_small(const struct ht_report_part *part, struct ht_report_choice *choice);

#endif
