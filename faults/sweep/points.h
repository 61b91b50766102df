/* Which calls of a recording are made to fail: of each stack the first, the last and one drawn at random, or all. */
#ifndef HT_FAULTS_SWEEP_POINTS_H
#define HT_FAULTS_SWEEP_POINTS_H

#include "faults/control.h"

enum ht_point_mode {
    HT_POINT_ONCE = 1,       /* this call fails */
    HT_POINT_PERSISTENT = 2, /* this call, and all later ones of its thread */
};

struct ht_point {
    enum ht_point_mode mode;
    uint32_t thread, op;
    uint64_t own;   /* number among the calls of its thread, from 1 */
    uint64_t bytes; /* asked for */
    uint64_t stack; /* its hash */
};

struct ht_points {
    struct ht_point *point;
    size_t points;
    size_t calls, stacks; /* of the recording */
    uint64_t dropped;     /* calls that it had no room for */
};

/* `modes` is one of them, or both. 0 or -ENOMEM; to be freed with ht_points_free. */
int ht_points_choose(const struct ht_control *c, unsigned modes, bool exhaustive, uint64_t seed,
                     struct ht_points *out);
void ht_points_free(struct ht_points *p);

/* "nth=17" or "from=17", as in a plan. */
void ht_point_say(const struct ht_point *p, char out[32]);

#endif
