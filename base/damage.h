/* What allocators, the stack protector and sanitizers say when they find memory damaged, and what an end by a signal
 * means for the heap that it struck. */
#ifndef HT_BASE_DAMAGE_H
#define HT_BASE_DAMAGE_H

#include <stdbool.h>

#include "base/outcome.h"

/* Where `text` speaks of damage, in words that `usual` lacks; NULL when it does not, or only says that memory is out.
 * `by_sanitizer`: in the words of sanitizers alone, which need not end the process by a signal. */
const char *ht_damage_said(const char *text, const char *usual, bool by_sanitizer);

/* The outcome of a cell whose process was ended by `signal` and has said `err`. HT_CORRUPT: it aborted and said that
 * memory is damaged. HT_CRASH: any other signal; an abort for want of memory, or without a word, too: it gives up
 * the program that it serves. */
enum ht_outcome ht_outcome_of_signal(int signal, const char *err);

#endif
