/* The columns of rows.csv: one table, from which the struct of a row, its reader and writer, `heaptrial list
 * columns` and docs/columns.md all come. A new measurement is one new line, at the end of its group.
 *
 * X(name, type, unit, meaning)
 *   type  TEXT: words       COUNT: a whole number, 0 or more       REAL: a number
 * A figure that was not measured is an empty field, never 0. */
#ifndef HT_RESULTS_COLUMNS_H
#define HT_RESULTS_COLUMNS_H

#define HT_COLUMNS(X)                                                                                        \
    X(run, TEXT, "", "identity of the run: the same in all its shards")                                      \
    X(round, COUNT, "", "from 1; every cell once a round, in a shuffled order")                              \
    X(order, COUNT, "", "place of the cell in its round, from 1")                                            \
    X(cell, COUNT, "", "number of the cell in the plan; round and cell together name a row")                 \
    X(kind, TEXT, "", "allocator, collector or program")                                                     \
    X(strategy, TEXT, "", "what was measured")                                                               \
    X(version, TEXT, "", "its version, as it says itself")                                                   \
    X(library, TEXT, "", "the file that malloc resolved to in the child: the proof that a preload took")     \
    X(workload, TEXT, "", "what it was run through")                                                         \
    X(params, TEXT, "", "parameters that are not the default, name=value, separated by spaces")              \
    X(threads, COUNT, "", "mutator threads")                                                                 \
    X(heap, TEXT, "", "heap limit of a collector as it was asked for: 1.75x of live_min_bytes, or bytes")    \
    X(pass, TEXT, "", "throughput, latency, memory, pauses, heap, garbage, faults or instructions")          \
    X(seed, COUNT, "", "of the operation stream; the same for all strategies in a round")                    \
    X(fault, TEXT, "", "fault plan; empty when nothing was injected")                                        \
    X(outcome, TEXT, "", "ok, unsupported, oom, corrupt, crash, hang, leak or error")                        \
    X(reason, TEXT, "", "why, in words, when the outcome is not ok")                                         \
    X(signal, TEXT, "", "the signal that ended the child")                                                   \
    X(iterations, COUNT, "", "iterations in the window, frozen in the manifest")                             \
    X(repetitions, COUNT, "", "repetitions in the process after the cold one; times are their median")       \
    X(ops, COUNT, "operations", "calls of the contract in a window")                                         \
    X(asked_bytes, COUNT, "bytes", "asked for in a window, by allocations and resizes (pass memory)")        \
    X(wall_ns, REAL, "ns", "wall time of a window")                                                          \
    X(cpu_ns, REAL, "ns", "CPU time of the process in a window, all threads")                                \
    X(wall_min_ns, REAL, "ns", "wall time of the fastest window after the cold one")                         \
    X(cpu_min_ns, REAL, "ns", "the least CPU time of a window after the cold one")                           \
    X(cold_wall_ns, REAL, "ns", "wall time of the first repetition, which is left out of the median")        \
    X(ns_per_op, REAL, "ns", "wall_ns / ops")                                                                \
    X(p50_ns, REAL, "ns", "latency of one operation, median; the cost of the clock is in it")                \
    X(p90_ns, REAL, "ns", "90th percentile")                                                                 \
    X(p99_ns, REAL, "ns", "99th percentile")                                                                 \
    X(p999_ns, REAL, "ns", "99.9th percentile")                                                              \
    X(p9999_ns, REAL, "ns", "99.99th percentile")                                                            \
    X(max_ns, REAL, "ns", "the longest operation")                                                           \
    X(clock_ns, REAL, "ns", "what the clock itself adds to each latency (median)")                           \
    X(heap_bytes, COUNT, "bytes", "heap limit of a collector")                                               \
    X(live_min_bytes, COUNT, "bytes", "most that a collector's workload has live at once, computed")         \
    X(pauses, COUNT, "", "pauses of a collector in a window")                                                \
    X(gc_ns, REAL, "ns", "sum of the pauses in a window")                                                    \
    X(mutator_ns, REAL, "ns", "wall time of a window without its pauses, by the pauses pass")                \
    X(pause_p50_ns, REAL, "ns", "pauses: median")                                                            \
    X(pause_p90_ns, REAL, "ns", "90th percentile")                                                           \
    X(pause_p99_ns, REAL, "ns", "99th percentile")                                                           \
    X(pause_p999_ns, REAL, "ns", "99.9th percentile")                                                        \
    X(pause_max_ns, REAL, "ns", "the longest pause")                                                         \
    X(mmu_1ms, REAL, "", "minimum mutator utilisation in any 1 ms of the window")                            \
    X(mmu_10ms, REAL, "", "in any 10 ms")                                                                    \
    X(mmu_100ms, REAL, "", "in any 100 ms")                                                                  \
    X(collections, COUNT, "", "collections of the whole heap in a window")                                   \
    X(minor_collections, COUNT, "", "collections of a part of the heap")                                     \
    X(steps, COUNT, "", "increments of collections")                                                         \
    X(traced_objects, COUNT, "", "objects visited by tracing; one may count many times")                     \
    X(traced_bytes, COUNT, "bytes", "bytes of them")                                                         \
    X(moved_bytes, COUNT, "bytes", "bytes that were moved")                                                  \
    X(freed_objects, COUNT, "", "objects that were reclaimed")                                               \
    X(freed_bytes, COUNT, "bytes", "bytes of them")                                                          \
    X(barriers, COUNT, "", "times that a barrier took its slow path")                                        \
    X(finalized, COUNT, "", "finalizers called")                                                             \
    X(mark_stack_high, COUNT, "", "most entries on the mark stack or the release queue")                     \
    X(mark_stack_overflows, COUNT, "", "times that a table of the collector could not grow")                 \
    X(stack_high_bytes, COUNT, "bytes", "most that a mutator used of its C stack")                           \
    X(held_peak_bytes, COUNT, "bytes", "most that the heap held, of all kinds")                              \
    X(dead_peak_bytes, COUNT, "bytes",                                                                       \
      "most dead bytes that waited to be reclaimed, where the collector knows")                              \
    X(leaked_objects, COUNT, "", "objects held after all roots were cleared and three full collections")     \
    X(leaked_bytes, COUNT, "bytes", "bytes of them")                                                         \
    X(min_heap_bytes, COUNT, "bytes", "smallest heap limit that the workload ends in, by bisection")         \
    X(floating_mean_bytes, REAL, "bytes",                                                                    \
      "dead bytes that were held, mean over the bytes allocated, by the shadow graph (docs/method.md)")      \
    X(floating_max_bytes, COUNT, "bytes", "the most of them")                                                \
    X(cycles, COUNT, "", "cycles that were injected and died")                                               \
    X(cycles_reclaimed, COUNT, "", "cycles of them that were reclaimed; the rest is censored")               \
    X(reclaim_p50_ns, REAL, "ns",                                                                            \
      "time from the death of an injected cycle to its reclamation: median, empty if censored")              \
    X(reclaim_p99_ns, REAL, "ns", "99th percentile, empty if censored")                                      \
    X(reclaim_max_ns, REAL, "ns", "the longest of those that were reclaimed")                                \
    X(reclaim_p50_bytes, REAL, "bytes",                                                                      \
      "bytes allocated from the death of an injected cycle to its reclamation: median, empty if censored")   \
    X(reclaim_p99_bytes, REAL, "bytes", "99th percentile, empty if censored")                                \
    X(reclaim_max_bytes, REAL, "bytes", "the most of those that were reclaimed")                             \
    X(outstanding_max_bytes, COUNT, "bytes", "most bytes of dead injected cycles that waited at once")       \
    X(points, COUNT, "", "tries of the fault plan: of fail:nth=* one for each number")                       \
    X(fired, COUNT, "", "of those, the ones in which something failed")                                      \
    X(survived, COUNT, "", "of those, the ones after which all was as it should be")                         \
    X(shattered_bytes, COUNT, "bytes", "allocated before the window to shatter the heap")                    \
    X(kept_bytes, COUNT, "bytes", "of those, the ones that stayed to the end")                               \
    X(stream, TEXT, "", "hash of the operation stream, in verify mode")                                      \
    X(live_peak_bytes, COUNT, "bytes", "most bytes asked for and not yet freed, L")                          \
    X(usable_peak_bytes, COUNT, "bytes", "most usable bytes of live objects, U")                             \
    X(mapped_peak_bytes, COUNT, "bytes", "most writable private memory mapped, M, without the harness's")    \
    X(pages_peak_bytes, COUNT, "bytes", "most that a strategy of ours had mapped by its page source")        \
    X(rss_base_bytes, COUNT, "bytes", "resident before the first allocation, without the harness's")         \
    X(rss_peak_bytes, COUNT, "bytes", "most resident, R, without the harness's")                             \
    X(rss_drain_bytes, COUNT, "bytes", "resident after all was freed")                                       \
    X(frag_internal, REAL, "", "1 - L/U at the peak of U")                                                   \
    X(frag_external, REAL, "", "1 - U/(R - base) at the peak of R: holes and metadata")                      \
    X(frag_mean, REAL, "", "mean of (R - base)/L over time (Johnstone & Wilson 1)")                          \
    X(frag_at_max_live, REAL, "", "(R - base)/L when L was largest (J & W 2)")                               \
    X(frag_at_max_rss, REAL, "", "(R - base)/L when R was largest (J & W 3)")                                \
    X(frag_max_over_max, REAL, "", "largest R - base over largest L (J & W 4)")                              \
    X(retention, REAL, "", "(R - base) after freeing all over its peak")                                     \
    X(minor_faults, COUNT, "", "page faults in a window")                                                    \
    X(instructions, COUNT, "", "instructions in a window, by callgrind")                                     \
    X(series, TEXT, "", "file beside rows.csv with this row's samples or histogram")

#endif
