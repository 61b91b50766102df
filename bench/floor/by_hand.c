/* fixed-churn on a bump pointer, written out by hand: what bench/workloads/fixed_churn.c does on `null`, with
 * nothing of the harness. `heaptrial doctor` compares the two: the difference is what the harness costs.
 *
 * Usage: by_hand ITERATIONS WINDOWS [FD]: sends a record a window to FD, or prints ns an operation. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "base/clock.h"
#include "bench/record.h"

enum { BYTES = 64, SLOTS = 10000, PAIRS = 10000, RING = 1 << 20 };

static char *ring, *slot[SLOTS];
static size_t offset;

static uint64_t mix(uint64_t z)
{
    z += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static unsigned char stamp_of(const char *p)
{
    return (unsigned char)((((uintptr_t)p >> 4) * 0x9e3779b1u + BYTES * 0x85ebca6bu) >> 16);
}

static char *make(void)
{
    char *const p = ring + offset;
    offset = (offset + BYTES) & (RING - 1);
    p[0] = p[BYTES - 1] = (char)stamp_of(p);
    return p;
}

static uint64_t churn(uint64_t state, uint64_t iterations)
{
    for (uint64_t i = 0; i < iterations * PAIRS; i++) {
        char **const s = &slot[((mix(state) >> 32) * SLOTS) >> 32];
        state += 0x9e3779b97f4a7c15u;
        const unsigned char stamp = stamp_of(*s);
        const int whole = (unsigned char)(*s)[0] == stamp && (unsigned char)(*s)[BYTES - 1] == stamp;
        __asm__ volatile("" : : "r"(whole));
        *s = make();
    }
    return state;
}

int main(int argc, char **argv)
{
    const uint64_t iterations = argc > 1 ? strtoull(argv[1], NULL, 10) : 100;
    const int windows = argc > 2 ? atoi(argv[2]) : 5;
    ring = mmap(NULL, 2 * RING, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (ring == MAP_FAILED)
        return 1;
    for (int i = 0; i < SLOTS; i++)
        slot[i] = make();
    ht_record_open(argc > 3 ? atoi(argv[3]) : -1);
    uint64_t state = 1;
    for (int w = 0; w < windows; w++) {
        const uint64_t start = ht_wall_ns();
        state = churn(state, iterations);
        struct ht_record record = {.kind = HT_RECORD_REPETITION};
        record.repetition.wall_ns = (double)(ht_wall_ns() - start);
        record.repetition.ops = 2 * PAIRS * iterations;
        ht_record_send(&record);
        if (!ht_record_is_open())
            printf("%.3f\n", record.repetition.wall_ns / (double)record.repetition.ops);
    }
    return 0;
}
