/* The terminal that a table is printed for. */
#ifndef HT_CLI_TERMINAL_H
#define HT_CLI_TERMINAL_H

#include "results/compare.h"

/* Its width, and whether it shows colours: where stdout is one, and NO_COLOR is not set. `most` is 0. */
struct ht_compare_style ht_terminal_style(void);

#endif
