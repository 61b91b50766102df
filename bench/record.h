/* What a cell tells its parent: records of one fixed size through a pipe, each in one write(2), which a pipe
 * keeps whole. Both sides are built from this header; the parent refuses another version. */
#ifndef HT_BENCH_RECORD_H
#define HT_BENCH_RECORD_H

#include <stdint.h>

#include "allocators/pauses.h"

enum { HT_RECORD_MAGIC = 0x48540008, HT_TEXT_BYTES = 232 };

enum ht_record_kind {
    HT_RECORD_VERSION,    /* text: the strategy's version */
    HT_RECORD_LIBRARY,    /* text: the file that malloc resolves to */
    HT_RECORD_REPETITION, /* one window */
    HT_RECORD_LATENCY,    /* the percentiles over all operations */
    HT_RECORD_BUCKET,     /* one bucket of the histogram of one kind of operation */
    HT_RECORD_SAMPLE,     /* memory at one moment */
    HT_RECORD_MEMORY,     /* the peaks */
    HT_RECORD_COLLECTOR,  /* what a collector counted in the last window */
    HT_RECORD_PAUSES,     /* some pauses of the window, in the order in which they ended */
    HT_RECORD_CYCLES,     /* some injected cycles of the window that died, in the order of their deaths */
    HT_RECORD_LEAK,       /* what a heap still held that was full */
    HT_RECORD_POINTS,     /* how many failures were tried, and came through */
    HT_RECORD_VERDICT,    /* how it ended, with text; the last record */
    HT_RECORD_SHATTER,    /* what was injected before the window */
    HT_RECORD_MISUSE,     /* a step of a program that misuses its heap */
};

struct ht_repetition {
    uint64_t ops, minor_faults, iterations;
    uint64_t asked_bytes;      /* by allocations and resizes; 0: not counted */
    uint64_t pages_peak_bytes; /* most that allocators/pages.h had mapped, in the process up to here; 0: it was not asked */
    double wall_ns, cpu_ns;
};

struct ht_latency {
    double p50_ns, p90_ns, p99_ns, p999_ns, p9999_ns, max_ns, clock_ns;
};

struct ht_bucket {
    uint32_t op; /* enum ht_op */
    uint32_t reserved;
    double low_ns, high_ns;
    uint64_t count;
};

struct ht_sample {
    uint64_t t_ns; /* since the heap was opened */
    uint64_t ops;
    uint64_t live, usable, mapped, resident; /* bytes; the harness's own left out */
};

struct ht_memory {
    uint64_t live_peak, usable_peak, mapped_peak;
    uint64_t rss_base, rss_peak, rss_drain;
    /* The samples with the most of each. The series is thinned out, and may have lost them. */
    struct ht_sample at_live, at_usable, at_rss;
    uint32_t has_usable, reserved;
};

/* Counters are of the last window; held, peak and live are of the heap's whole life. */
struct ht_collector_figures {
    struct gc_stats stats;
    uint64_t heap_bytes, live_min_bytes; /* the limit, and what the workload's objects take at most */
    uint64_t stack_high_bytes;           /* of the C stacks of the mutators, the most used one */
    uint64_t leaked_objects, leaked_bytes;
    uint64_t start_ns, end_ns; /* of the window: the clock of the pauses */
    /* In verify mode: dead bytes that were held, mean over the bytes allocated, and most; the hash of the operation
     * stream; 0 otherwise. */
    double floating_mean_bytes;
    uint64_t floating_max_bytes, stream;
    uint64_t pauses; /* in the window; more than were sent: the log was full */
};

enum { HT_PAUSES_A_RECORD = 9 };

struct ht_pauses {
    uint64_t count;
    struct gc_pause pause[HT_PAUSES_A_RECORD];
};

/* One that was injected, and died. Times are since the window opened, bytes what its mutator has allocated since;
 * GC_UNKNOWN where it was not reclaimed. */
struct ht_cycle {
    uint64_t death_ns, death_bytes, reclaimed_ns, reclaimed_bytes;
};

enum { HT_CYCLES_A_RECORD = 6 };

struct ht_cycles {
    uint64_t count, outstanding_max_bytes; /* the most bytes of dead ones that waited at once */
    struct ht_cycle cycle[HT_CYCLES_A_RECORD];
};

struct ht_leaked {
    uint64_t objects, bytes;
};

/* Of a cell for faults. A point is one try of the plan: of fail:nth=* one number. */
struct ht_points {
    uint64_t points, fired, survived; /* tried; where something failed; of those, the ones that came to a good end */
    uint64_t calls;                   /* that the plan looks at, in a run without any fault */
};

/* Bytes that shattered the heap in the last window, and of those what stayed. */
struct ht_shattered {
    uint64_t bytes, kept_bytes;
};

struct ht_misuse_told {
    uint32_t event; /* enum ht_misuse_event (faults/misuse.h) */
    uint32_t reserved;
    uint64_t ops; /* operations of the heap since the misuse */
    char text[208];
};

struct ht_record {
    uint32_t magic;
    uint32_t kind;    /* enum ht_record_kind */
    uint32_t outcome; /* of a verdict: enum ht_outcome */
    uint32_t reserved;
    union {
        char text[HT_TEXT_BYTES];
        struct ht_repetition repetition;
        struct ht_latency latency;
        struct ht_bucket bucket;
        struct ht_sample sample;
        struct ht_memory memory;
        struct ht_collector_figures collector;
        struct ht_pauses pauses;
        struct ht_cycles cycles;
        struct ht_leaked leaked;
        struct ht_points points;
        struct ht_shattered shattered;
        struct ht_misuse_told misuse;
    };
};

/* Sends a record to the parent of this cell; does nothing where there is none. */
void ht_record_send(struct ht_record *record);

/* A record that is only text. */
void ht_record_send_text(enum ht_record_kind kind, const char *text);

/* The descriptor of the pipe, or -1: the cell was started by hand. */
void ht_record_open(int fd);
int ht_record_is_open(void);

#endif
