/* Progress on stderr: a bar with the time left where it is a terminal, a line now and then where it is not. */
#ifndef HT_BENCH_PROGRESS_H
#define HT_BENCH_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ht_progress {
    bool quiet, tty;
    uint64_t started_ns, said_ns;
    size_t done_before; /* steps that a resumed run had already done: they say nothing of the pace */
};

void ht_progress_open(struct ht_progress *progress, bool quiet, size_t done_before);

/* `done` of `all` steps are done, and `now` comes next. */
void ht_progress_show(struct ht_progress *progress, size_t done, size_t all, const char *now);

/* Clears the bar. */
void ht_progress_close(struct ht_progress *progress);

#endif
