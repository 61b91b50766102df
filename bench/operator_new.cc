/* Where Google Benchmark's and the C++ library's objects come from in a cell: a mapped region that grows by chunks
 * and never frees, so that the heap under test is not disturbed. It is in use before main, and opens itself. */
#include <sys/mman.h>

#include <atomic>
#include <cstdint>
#include <new>

extern "C" {
#include "base/scratch.h"
#include "bench/stop.h"
}

static const size_t chunk_bytes = 8u << 20;
static std::atomic_flag busy = ATOMIC_FLAG_INIT;
static char *next_free, *chunk_end;

static void *take(size_t bytes, size_t alignment)
{
    while (busy.test_and_set(std::memory_order_acquire))
        ;
    uintptr_t p = (reinterpret_cast<uintptr_t>(next_free) + alignment - 1) & -alignment;
    if (!next_free || p + bytes > reinterpret_cast<uintptr_t>(chunk_end)) {
        const size_t wanted = bytes + alignment > chunk_bytes ? bytes + alignment : chunk_bytes;
        void *chunk =
            mmap(nullptr, wanted, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
        if (chunk == MAP_FAILED) /* not an abort: that would be taken for the strategy's */
            ht_stop(HT_ERROR, "no memory for the harness");
        ht_scratch_claim(wanted);
        next_free = static_cast<char *>(chunk);
        chunk_end = next_free + wanted;
        p = (reinterpret_cast<uintptr_t>(next_free) + alignment - 1) & -alignment;
    }
    next_free = reinterpret_cast<char *>(p + bytes);
    busy.clear(std::memory_order_release);
    return reinterpret_cast<void *>(p);
}

void *operator new(size_t bytes)
{
    return take(bytes, 16);
}
void *operator new[](size_t bytes)
{
    return take(bytes, 16);
}
void *operator new(size_t bytes, std::align_val_t alignment)
{
    return take(bytes, static_cast<size_t>(alignment));
}
void operator delete(void *) noexcept {}
void operator delete[](void *) noexcept {}
void operator delete(void *, size_t) noexcept {}
void operator delete[](void *, size_t) noexcept {}
void operator delete(void *, std::align_val_t) noexcept {}
void operator delete(void *, size_t, std::align_val_t) noexcept {}
