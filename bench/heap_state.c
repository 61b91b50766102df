#include "bench/heap_state.h"

#include HT_STRATEGY_HEADER
#include "allocators/heap_defaults.h"
#include "bench/subject.h"

struct ht_heap ht_heap;

const char ht_state_strategy[] = HT_STRATEGY;

int ht_state_open(const struct ht_heap_options *options)
{
    memset(&ht_heap, 0, sizeof ht_heap);
    return heap_open(&ht_heap, options);
}

const char *ht_state_open_error(int error)
{
    return heap_open_error(&ht_heap, error);
}

void ht_state_close(void)
{
    heap_close(&ht_heap);
}

uint32_t ht_state_caps(void)
{
    return heap_caps(&ht_heap);
}

size_t ht_state_max_bytes(void)
{
    return heap_max_bytes(&ht_heap);
}

const char *ht_state_version(void)
{
    return heap_version(&ht_heap);
}

int ht_state_check(char why[128])
{
    return heap_check(&ht_heap, why);
}

void ht_state_thread_start(void)
{
    heap_thread_start(&ht_heap);
}

void ht_state_thread_stop(void)
{
    heap_thread_stop(&ht_heap);
}
