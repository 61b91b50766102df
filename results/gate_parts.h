/* What the outputs of the gate share. Only results/gate*.c includes it. */
#ifndef HT_RESULTS_GATE_PARTS_H
#define HT_RESULTS_GATE_PARTS_H

#include "results/gate.h"

enum { HT_GATE_WORDS = 900, HT_GATE_NAME = 512 };

/* Appends to words, as far as there is room. */
void ht_gate_add(char words[HT_GATE_WORDS], const char *format, ...) __attribute__((format(printf, 2, 3)));

const char *ht_gate_answer_word(enum ht_gate_answer answer);

/* "2 regressed, 1 not confirmed", "nothing is worse": after the answer. */
void ht_gate_summary(const struct ht_gate *gate, char words[HT_GATE_WORDS]);

/* "12 cells, 20 pairs, 20 again, 4 min 12 s": what that rests on. */
void ht_gate_basis(const struct ht_gate *gate, char words[HT_GATE_WORDS]);

/* "2 regressed, 10 equivalent" of the lines of a tier; *n: how many lines. */
void ht_gate_tier_counts(const struct ht_gate *gate, enum ht_gate_tier tier, char words[HT_GATE_WORDS],
                         size_t *n);

bool ht_gate_is_outcome(const struct ht_gate_line *line);

/* "larson t=1 time", "larson t=1 faults fail:nth=*": unlike those of all other lines. */
void ht_gate_name(const struct ht_gate_line *line, char name[HT_GATE_NAME]);

/* "4.21 ms -> 4.43 ms", "ok -> crash": both sides. */
void ht_gate_sides(const struct ht_gate_line *line, char words[96]);

/* "+5.2 % [+4.1, +6.3]", or "" of an outcome; "2 %", or "" where there is no limit; "+5.0 % [+4.2, +5.9]", or "" where
 * nothing was measured again; "1.2 %", or "" where it is not known. */
void ht_gate_change(const struct ht_gate_line *line, char words[96]);
void ht_gate_limit(const struct ht_gate_line *line, char words[32]);
void ht_gate_again(const struct ht_gate_line *line, char words[96]);
void ht_gate_could_see(const struct ht_gate_line *line, char words[32]);

/* All of it in a sentence. */
void ht_gate_say(const struct ht_gate_line *line, char words[HT_GATE_WORDS]);

/* What must be said beside the figures, sentence by sentence. */
void ht_gate_notes(const struct ht_gate *gate, void (*put)(void *state, const char *note), void *state);

#endif
