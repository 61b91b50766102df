/* The pauses of a run over time, as DIR/plots/NAME: a Chrome trace (JSON object format), which ui.perfetto.dev and
 * chrome://tracing open. A process is a strategy in a job, a thread a mutator, a complete event a pause.
 *
 * The first row of each cell that brings a series is shown, from the start of its window. At most HT_TIMELINE_EVENTS
 * pauses are written: of each cell an equal number, its longest; the metadata say how many were cut. O(pauses of one
 * cell + HT_TIMELINE_EVENTS) space. */
#ifndef HT_RESULTS_TIMELINE_H
#define HT_RESULTS_TIMELINE_H

#include "results/summary.h"

enum { HT_TIMELINE_EVENTS = 40000 };

/* Nothing is written when no row has pauses. 0 or a negative errno. `unread`: how many series can't be read. */
int ht_timeline_write(const struct ht_summary *summary, const char *dir, const char *name, size_t *unread);

#endif
