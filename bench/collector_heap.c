/* The one heap of a collector's cell. Apart from bench/collector_state.c, because the command links the workloads
 * of one collector too, to know their names, and has the state of an allocator. */
#include "bench/mutator.h"

struct gc_heap ht_gc_heap;
