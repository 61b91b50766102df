/* How good the gate is on a machine: trials of pairs that are the same, and of pairs of which one is worse by a known
 * amount, each through the real gate (docs/gate-selftest.md).
 *
 * selftest.csv has a line a trial: what was planted, how the gate ended, how long it took. The share of alarms of a plant
 * has its interval by Clopper and Pearson. */
#ifndef HT_RESULTS_SELFTEST_H
#define HT_RESULTS_SELFTEST_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "results/stats.h"

/* X(word, base, new, tiers, percent slower, trials, least detected or -1: must not be called, meaning)
 *   tiers: of the config, with a letter each: e exact, m memory, t time, l latency's p999, f fault plans */
#define HT_PLANTS_LIST(X)                                                                                    \
    X("same", "planted:slower=0", "planted:slower=0", "mt", 0, 150, -1, "nothing: time and memory")          \
    X("same-exact", "planted", "planted", "ef", 0, 50, -1, "nothing: instructions and fault outcomes")       \
    X("slower-2", "planted:slower=0", "planted:slower=2", "t", 2, 40, 0, "2 % more CPU time")                \
    X("slower-5", "planted:slower=0", "planted:slower=5", "t", 5, 60, 0.95, "5 % more CPU time")             \
    X("slower-10", "planted:slower=0", "planted:slower=10", "t", 10, 40, 0.95, "10 % more CPU time")         \
    X("slower-20", "planted:slower=0", "planted:slower=20", "t", 20, 40, 0.95, "20 % more CPU time")         \
    X("instructions", "planted", "planted:extra=100", "e", -1, 40, 1,                                        \
      "one allocation in 100 made twice: +0.3 to 0.6 %")                                                     \
    X("leak", "planted", "planted:leak=100", "m", -1, 40, 1, "one free in 100 is not done")                  \
    X("peak", "planted", "planted:peak=10", "m", -1, 40, 0.95, "10 % more bytes for each object")            \
    X("pause", "planted", "planted:pause=50", "l", -1, 20, 0.95, "50 us more, once in 500 operations")       \
    X("crash", "planted", "planted:crash", "f", -1, 20, 1, "a crash when memory runs out")

struct ht_plant {
    const char *word, *base, *new, *tiers;
    double percent; /* slower; -1: planted elsewhere */
    unsigned trials;
    double must; /* least share that must be called; -1: none may */
    const char *meaning;
};

enum {
#define X(word, ...) +1
    HT_PLANTS = 0 HT_PLANTS_LIST(X)
#undef X
};
extern const struct ht_plant ht_plants[HT_PLANTS];

/* The plant called `word`, or -1. */
int ht_plant_find(const char *word);

struct ht_trial {
    unsigned number; /* from 1, and its seed */
    int plant;
    int status;                               /* of the gate: 0 passed, 3 called, others: it failed */
    unsigned lines, regressed, not_confirmed; /* of it */
    double seconds, load;                     /* that it took; load average when it began */
};

struct ht_selftest {
    struct ht_trial *trial;
    size_t trials;
};

/* Reads FOLDER/selftest.csv, or finds none. 0, or a negative errno with one line in `why`. */
int ht_selftest_read(struct ht_selftest *selftest, const char *folder, char why[256]);
void ht_selftest_close(struct ht_selftest *selftest);

/* Appends a line to FOLDER/selftest.csv, which it makes. 0 or a negative errno. */
int ht_selftest_append(const char *folder, const struct ht_trial *trial);

struct ht_plant_rate {
    size_t gates, called, failed; /* failed: the gate itself did */
    size_t lines, regressed;      /* over all gates */
    struct ht_interval rate;      /* of called, without those that failed */
    double seconds;               /* median */
    bool holds;                   /* false: what must be is ruled out by the interval */
};
struct ht_plant_rate ht_selftest_rate(const struct ht_selftest *selftest, int plant);

/* Of all gates in which nothing was planted: `gates`, `called`, `failed` and `rate`. */
struct ht_plant_rate ht_selftest_false_alarms(const struct ht_selftest *selftest);

/* Whether the rate is a point of the curve: how much more time was planted, 0 too, and how often it was called. */
bool ht_plant_is_on_curve(int plant, const struct ht_plant_rate *rate);

/* Load average when the gates began, on average. */
double ht_selftest_load(const struct ht_selftest *selftest);

/* The table, with the sentences that say what it shows. */
void ht_selftest_emit_table(const struct ht_selftest *selftest, FILE *out);
void ht_selftest_emit_markdown(const struct ht_selftest *selftest, FILE *out);

/* Whether all that must hold may still do. */
bool ht_selftest_holds(const struct ht_selftest *selftest);

/* Draws FOLDER/plots/selftest.svg and .png: how often the gate calls what is slower by how much. 0, or a negative errno
 * with one line in `why`. */
int ht_selftest_plot(const struct ht_selftest *selftest, const char *folder, const char *scripts,
                     char why[256]);

#endif
