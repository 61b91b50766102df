/* The subcommands. Each parses its own options with argp and returns the exit status:
 * 0 good; 1 the harness failed; 2 usage; 3 an outcome that was not expected; 4 inconclusive; 5 incomparable. */
#ifndef HT_CLI_CLI_H
#define HT_CLI_CLI_H

enum {
    HT_EXIT_GOOD,
    HT_EXIT_FAILED,
    HT_EXIT_USAGE,
    HT_EXIT_UNEXPECTED,
    HT_EXIT_INCONCLUSIVE,
    HT_EXIT_INCOMPARABLE
};

/* X(name, summary): cli/cmd_<name>.c defines cmd_<name>. */
#define HT_COMMANDS(X)                                                                                       \
    X(run, "run strategies through workloads, into a folder of rows")                                        \
    X(inject, "run one program under one fault plan")                                                        \
    X(faults, "let memory run out under strategies, and see who comes through")                              \
    X(sweep, "make each allocation of a program fail, one at a time, and judge what becomes of it")          \
    X(table, "print the comparison table of a run")                                                          \
    X(compare, "say what is slower, larger or the same, and how sure that is: of one run, or of two")        \
    X(gate, "say whether a new build may go in: slower, larger, more instructions, or worse under faults")    \
    X(baseline, "keep figures that repeat to the digit, for a gate to compare with")                          \
    X(gate_selftest, "see how often the gate is wrong here: pairs that are the same, and planted changes")    \
    X(report, "write one page that says what a run shows")                                                   \
    X(history, "keep runs by commit and machine, and find when a cell changed")                              \
    X(plot, "draw the plots of a run")                                                                       \
    X(list, "list strategies, workloads, programs, passes, presets, faults or columns")                      \
    X(show, "show one strategy or workload: what it is, its parameters")                                     \
    X(misuse, "see what is noticed when a program misuses its heap")                                         \
    X(merge, "join the shards of a run")                                                                     \
    X(doctor, "see whether this machine and this build can be trusted")

#define X(name, summary) int cmd_##name(int argc, char **argv);
HT_COMMANDS(X)
#undef X

/* Prints "heaptrial: " and one line to stderr; returns `status`. */
int ht_say(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A plan of `fail`, `os`, `limit` or `stress`, in which a * may stand for a number. 0, or -EINVAL with one line in
 * `why`. */
int ht_check_swept_fault(const char *text, char why[256]);

/* The end of a run: its table to stdout, its plots, and gbench.json. Returns an exit status. */
int ht_present(const char *folder, const char *baseline);

#endif
