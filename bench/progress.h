/* Progress on stderr: a bar with the time left where it is a terminal, a line now and then where it is not.
 *
 * Steps are of sorts, which take differently long and do not come evenly: the first round has passes that the others have
 * not. The time left is for each sort the steps to come times the mean of those that are done; a sort of which none is
 * done yet counts with the mean of all. */
#ifndef HT_BENCH_PROGRESS_H
#define HT_BENCH_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HT_PROGRESS_SORTS = 64 };

struct ht_progress_sort {
    size_t left, done; /* steps; those of an earlier runner are neither */
    uint64_t ns;       /* that the done ones took */
};

struct ht_progress {
    bool quiet, tty;
    uint64_t step_ns, said_ns; /* when the last step was done, and when something was last said */
    struct ht_progress_sort sort[HT_PROGRESS_SORTS];
};

void ht_progress_open(struct ht_progress *progress, bool quiet);

/* One more step of this sort is to come. */
void ht_progress_expect(struct ht_progress *progress, size_t sort);

/* A step of this sort is done. */
void ht_progress_step(struct ht_progress *progress, size_t sort);

/* The time left in ns; negative while it is unknown. */
double ht_progress_left_ns(const struct ht_progress *progress);

/* `done` of `all` steps are done, and `now` comes next. */
void ht_progress_show(struct ht_progress *progress, size_t done, size_t all, const char *now);

/* Clears the bar. */
void ht_progress_close(struct ht_progress *progress);

#endif
