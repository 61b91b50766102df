/* From what one run of misuse left behind to a verdict, and from the verdicts of its repeats to a row. */
#ifndef HT_FAULTS_MISUSE_JUDGE_H
#define HT_FAULTS_MISUSE_JUDGE_H

#include <stdbool.h>

#include "bench/launch.h"
#include "faults/misuse.h"
#include "results/misuse_rows.h"

/* What was seen of one run. */
struct ht_misuse_seen {
    struct ht_ended ended;
    bool begun, over;                                     /* it came to the misuse; to its exit */
    bool unsupported, failed, won, refused;               /* as the program said */
    uint64_t ops;                                         /* operations since the misuse, at the end */
    char told[HT_MISUSE_MESSAGE], version[HT_TEXT_BYTES]; /* why, or what was won or refused */
};

/* Notes a record of the program. */
void ht_misuse_see(struct ht_misuse_seen *seen, const struct ht_record *record);

/* The verdict on one run: row->verdict, ops and message; rate is 1 when it was diagnosed or crashed, else 0. What came
 * first counts: `exploited` stays so when it is noticed later, and ops and message say that it was. `pattern` is what in
 * a line of stderr is a diagnosis (ht_strategy.message). */
void ht_misuse_judge(const struct ht_misuse_seen *seen, const char *pattern, struct ht_misuse_row *row);

/* The row of `n` runs, n > 0: the verdict of most of them (of two with as many, the worse one), with the message of its
 * first, the rate over all, and the median of the operations. */
void ht_misuse_join(const struct ht_misuse_row *run, unsigned n, struct ht_misuse_row *row);

/* The first diagnosis in what was written to stderr, in one line, without process ids and addresses, so that it is the
 * same in each run; "" when there is none. */
void ht_misuse_message(const char *err, const char *pattern, char out[HT_MISUSE_MESSAGE]);

#endif
