/* How a process under one fault ended, against what is normal. */
#ifndef HT_FAULTS_SWEEP_JUDGE_H
#define HT_FAULTS_SWEEP_JUDGE_H

#include "faults/control.h"
#include "faults/sweep/normal.h"
#include "faults/sweep/outcome.h"

enum { HT_VERDICT_TEXT = 200 };

struct ht_verdict {
    enum ht_sweep_outcome outcome;
    int exit_status, signal;
    char detail[HT_VERDICT_TEXT]; /* one line: what was said, which file differs, what leaked */
    uint64_t leak_stack;          /* hash of the stack that leaked most; 0 for none */
    uint64_t crash_stack;         /* hash of the stack where it crashed; 0 when it is not known */
};

/* What was to happen. */
struct ht_expected {
    uint64_t stack;   /* hash of the stack of the call that is to fail */
    bool is_checked;  /* the user's check was run, and passes without a fault: */
    int check_status; /* what it says now */
};

void ht_judge(const struct ht_normal *n, const struct ht_expected *expected, const struct ht_ending *e,
              const struct ht_control *c, struct ht_verdict *v);

#endif
