/* A process for what a heap may die of: forked, watched by nobody but itself, and judged by its record, or by how it ended
 * and what it said. */
#ifndef HT_FAULTS_FAULTY_CHILD_H
#define HT_FAULTS_FAULTY_CHILD_H

#include "base/outcome.h"
#include "bench/record.h"

struct ht_child_ended {
    enum ht_outcome outcome;
    char reason[HT_TEXT_BYTES];
};

/* Runs `live` in a child, which ends by ht_stop or dies. What it says on stderr goes on to ours; its version to our
 * parent. */
struct ht_child_ended ht_child_run(void (*live)(const void *life), const void *life);

#endif
