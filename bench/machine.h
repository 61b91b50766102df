/* What a run should know of the machine it ran on. */
#ifndef HT_BENCH_MACHINE_H
#define HT_BENCH_MACHINE_H

#include <stdint.h>

struct ht_machine {
    char host[64], kernel[128], cpu[128], libc[32], compiler[64], governor[32], thp[64], os[64];
    char flags[64]; /* of the compiler, that this program and its cells were built with */
    unsigned cores;
    uint64_t memory_bytes, available_bytes;
    int aslr; /* /proc/sys/kernel/randomize_va_space; -1 when it can't be read */
};

void ht_machine_read(struct ht_machine *machine);

/* The first line of a file, without its newline; "" when it can't be read. */
void ht_read_line(const char *path, char *out, int bytes);

#endif
