#include "faults/live_objects.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>

#include "base/rng.h"
#include "base/scratch.h"

enum { PLACES_LOG2 = 15, PLACES = 1 << PLACES_LOG2 };

/* Open addressing; whoever goes leaves no hole behind. */
static struct {
    struct ht_live_object *place;
    size_t count;
    uint64_t births;
    pthread_mutex_t lock;
} live = {.lock = PTHREAD_MUTEX_INITIALIZER};

int ht_live_open(void)
{
    const size_t bytes = PLACES * sizeof *live.place;
    void *const p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        return -errno;
    ht_scratch_claim(bytes);
    live.place = p;
    return 0;
}

void ht_live_clear(void)
{
    if (live.births)
        memset(live.place, 0, PLACES * sizeof *live.place);
    live.count = 0;
    live.births = 0;
}

static size_t home_of(const void *p)
{
    return ht_mix64((uint64_t)(uintptr_t)p) >> (64 - PLACES_LOG2);
}

/* Where the object stands, or where it would. */
static size_t find(const void *p)
{
    size_t i = home_of(p);
    while (live.place[i].p && live.place[i].p != p)
        i = (i + 1) % PLACES;
    return i;
}

static void remove_at(size_t hole)
{
    for (size_t i = (hole + 1) % PLACES; live.place[i].p; i = (i + 1) % PLACES) {
        const size_t home = home_of(live.place[i].p);
        /* It may move up to the hole unless its home lies between the two. */
        if ((i - home) % PLACES < (i - hole) % PLACES)
            continue;
        live.place[hole] = live.place[i];
        hole = i;
    }
    live.place[hole] = (struct ht_live_object){.p = NULL};
    live.count--;
}

bool ht_live_add(void *p, size_t bytes)
{
    pthread_mutex_lock(&live.lock);
    const size_t i = find(p);
    const bool fits = !live.place[i].p && live.count < PLACES / 2;
    if (fits) {
        live.place[i] = (struct ht_live_object){.p = p, .bytes = bytes, .birth = ++live.births};
        live.count++;
    }
    pthread_mutex_unlock(&live.lock);
    return fits;
}

void ht_live_stamp(const void *p)
{
    pthread_mutex_lock(&live.lock);
    struct ht_live_object *const object = &live.place[find(p)];
    object->is_stamped = object->p != NULL;
    pthread_mutex_unlock(&live.lock);
}

size_t ht_live_remove(const void *p)
{
    pthread_mutex_lock(&live.lock);
    const size_t i = find(p), bytes = live.place[i].p ? live.place[i].bytes : 0;
    if (live.place[i].p)
        remove_at(i);
    pthread_mutex_unlock(&live.lock);
    return bytes;
}

uint64_t ht_live_births(void)
{
    return live.births;
}

size_t ht_live_remove_since(uint64_t birth)
{
    size_t bytes = 0;
    pthread_mutex_lock(&live.lock);
    for (size_t i = 0; i < PLACES; i++)
        while (live.place[i].p && live.place[i].birth > birth) { /* another may move up */
            bytes += live.place[i].bytes;
            remove_at(i);
        }
    pthread_mutex_unlock(&live.lock);
    return bytes;
}

size_t ht_live_count(void)
{
    return live.count;
}

static bool is_whole(const struct ht_live_object *object, unsigned char stamp)
{
    const unsigned char *const byte = object->p;
    for (size_t i = 0; i < object->bytes; i++)
        if (byte[i] != stamp)
            return false;
    return true;
}

bool ht_live_find_broken(unsigned char (*stamp)(const void *p, size_t bytes), struct ht_live_object *broken)
{
    bool found = false;
    pthread_mutex_lock(&live.lock);
    for (size_t i = 0; i < PLACES && live.count && !found; i++) {
        const struct ht_live_object *const object = &live.place[i];
        found = object->p && object->is_stamped && !is_whole(object, stamp(object->p, object->bytes));
        if (found)
            *broken = *object;
    }
    pthread_mutex_unlock(&live.lock);
    return found;
}

uint64_t ht_bytes_hash(const void *p, size_t bytes)
{
    const unsigned char *const byte = p;
    uint64_t hash = bytes, word;
    size_t i = 0;
    for (; i + sizeof word <= bytes; i += sizeof word) {
        memcpy(&word, &byte[i], sizeof word);
        hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
        hash ^= hash >> 32;
    }
    for (; i < bytes; i++)
        hash = (hash ^ byte[i]) * UINT64_C(0x9e3779b97f4a7c15);
    return ht_mix64(hash);
}

uint64_t ht_live_hash(const void *except)
{
    uint64_t hash = 0;
    pthread_mutex_lock(&live.lock);
    for (size_t i = 0; i < PLACES && live.count; i++) {
        const struct ht_live_object *const object = &live.place[i];
        if (object->p && object->p != except)
            hash += ht_mix64((uint64_t)(uintptr_t)object->p) ^ ht_bytes_hash(object->p, object->bytes);
    }
    pthread_mutex_unlock(&live.lock);
    return hash;
}
