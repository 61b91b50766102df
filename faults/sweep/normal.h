/* What the program does when nothing fails. Two runs or more; what differs among them is masked, and is held against
 * nobody: lines of what it prints, files that it writes. */
#ifndef HT_FAULTS_SWEEP_NORMAL_H
#define HT_FAULTS_SWEEP_NORMAL_H

#include "faults/sweep/trial.h"

struct ht_normal_text {
    char *text;
    size_t bytes;
    bool is_masked;    /* as a whole: not even the number of lines is the same */
    bool *line_masked; /* one a line */
    size_t lines;
};

struct ht_normal {
    unsigned runs;
    int exit_status;
    struct ht_normal_text out, err;
    struct ht_tree work;
    bool *leaf_masked; /* one an entry of work */
    uint64_t wall_ns;  /* of the slowest run */
    size_t largest;    /* file that it writes, its output included */
    uint64_t *leak;    /* hashes of the stacks of blocks that it leaks anyway */
    size_t leaks, leak_room;
};

/* Takes a fault-free run in; the ending is the caller's still. 0; -EPROTO when it ended otherwise than the runs before,
 * which can't be masked; or -ENOMEM. */
int ht_normal_add(struct ht_normal *n, struct ht_ending *e);

/* Takes the leaks in that a control file holds. 0 or -ENOMEM. */
int ht_normal_add_leaks(struct ht_normal *n, const struct ht_control *c);

void ht_normal_free(struct ht_normal *n);

/* Whether the same was printed, and the same files stand in the folder; `which` is the first that is not as it should. */
bool ht_normal_same_out(const struct ht_normal *n, const struct ht_ending *e);
bool ht_normal_same_files(const struct ht_normal *n, const struct ht_ending *e, const char **which);

/* The last line of stderr that no fault-free run says; NULL when there is none. Its length goes to `bytes`. */
const char *ht_normal_message(const struct ht_normal *n, const struct ht_ending *e, size_t *bytes);

/* Whether blocks of a stack leak without any fault. */
bool ht_normal_leaks(const struct ht_normal *n, uint64_t hash);

/* What is masked, in words; "" for nothing. */
void ht_normal_say_masks(const struct ht_normal *n, char *out, size_t bytes);

#endif
