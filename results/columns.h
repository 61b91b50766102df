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
    X(pass, TEXT, "", "throughput, latency, memory or instructions")                                         \
    X(seed, COUNT, "", "of the operation stream; the same for all strategies in a round")                    \
    X(fault, TEXT, "", "fault plan; empty when nothing was injected")                                        \
    X(outcome, TEXT, "", "ok, unsupported, oom, corrupt, crash, hang, leak or error")                        \
    X(reason, TEXT, "", "why, in words, when the outcome is not ok")                                         \
    X(signal, TEXT, "", "the signal that ended the child")                                                   \
    X(iterations, COUNT, "", "iterations in the window, frozen in the manifest")                             \
    X(repetitions, COUNT, "", "repetitions in the process after the cold one; times are their median")       \
    X(ops, COUNT, "operations", "calls of the contract in a window")                                         \
    X(wall_ns, REAL, "ns", "wall time of a window")                                                          \
    X(cpu_ns, REAL, "ns", "CPU time of the process in a window, all threads")                                \
    X(cold_wall_ns, REAL, "ns", "wall time of the first repetition, which is left out of the median")        \
    X(ns_per_op, REAL, "ns", "wall_ns / ops")                                                                \
    X(p50_ns, REAL, "ns", "latency of one operation, median; the cost of the clock is in it")                \
    X(p90_ns, REAL, "ns", "90th percentile")                                                                 \
    X(p99_ns, REAL, "ns", "99th percentile")                                                                 \
    X(p999_ns, REAL, "ns", "99.9th percentile")                                                              \
    X(p9999_ns, REAL, "ns", "99.99th percentile")                                                            \
    X(max_ns, REAL, "ns", "the longest operation")                                                           \
    X(clock_ns, REAL, "ns", "what the clock itself adds to each latency (median)")                           \
    X(live_peak_bytes, COUNT, "bytes", "most bytes asked for and not yet freed, L")                          \
    X(usable_peak_bytes, COUNT, "bytes", "most usable bytes of live objects, U")                             \
    X(mapped_peak_bytes, COUNT, "bytes", "most writable private memory mapped, M, without the harness's")    \
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
