/* A strategy for tests of workloads: semispace with a record of what it is asked for. On demand it is told of deaths, as
 * where memory is managed by hand, and catches what is used after its death or dies twice; it counts what is live every
 * so many bytes; and it breaks one object or one reference, to see that a workload notices. */
#ifndef HT_TESTS_RECORDING_COLLECTOR_H
#define HT_TESTS_RECORDING_COLLECTOR_H

#define gc_attach recorded_attach
#define gc_alloc  recorded_alloc
#define gc_load   recorded_load
#define gc_store  recorded_store
#define gc_data   recorded_data
#define gc_caps   recorded_caps
#include "allocators/semispace.h"
#undef gc_attach
#undef gc_alloc
#undef gc_load
#undef gc_store
#undef gc_data
#undef gc_caps

#include "base/rng.h"

struct recorder {
    uint64_t allocs, loads, stores, frees;
    uint64_t stream;  /* a digest of what was asked for, in order; not of loads, by hand there are more */
    uint64_t misuses; /* of objects after their death, and deaths of nothing */
    bool by_hand;     /* GC_CAP_EXPLICIT */
    /* Counts what is live after each `every` bytes; 0: never. */
    uint64_t every, since, most_live;
    /* Breaks one byte of the n-th object with data, once it was written; or stores nothing for the n-th reference. */
    uint64_t spoil, lose, seed;
    struct gc_root *watched; /* the object to be broken */
    bool did_break;
};

extern struct recorder recorder;

static inline struct gc_object *recorder_use(const struct gc_root *root)
{
    struct gc_object *const object = root->object;
    if (object && object->header & GC_OWN(0))
        recorder.misuses++;
    return object;
}

static inline void recorder_digest(uint64_t what)
{
    recorder.stream = ht_mix64(recorder.stream ^ what);
}

/* At the call after the one that made the object, which has written it since. */
static inline void recorder_break(void)
{
    struct gc_object *const object = recorder.watched->object;
    if (!object)
        return;
    const uint32_t bytes = gc_header_bytes(object->header);
    ((unsigned char *)gc_object_data(object))[recorder.seed % bytes] ^= 0x10;
    recorder.watched->object = NULL;
    recorder.did_break = true;
}

static inline void recorder_add_live(void *context, uint32_t kind, uint32_t slots, uint32_t bytes, void *data)
{
    (void)kind, (void)data;
    *(uint64_t *)context += gc_size(slots, bytes);
}

/* Twice: what a finalizer held back is gone then. */
static inline void recorder_count_live(struct gc_mutator *m)
{
    uint64_t live = 0;
    gc_collect(m, GC_FULL);
    gc_collect(m, GC_FULL);
    gc_each(m->heap, recorder_add_live, &live);
    recorder.most_live = live > recorder.most_live ? live : recorder.most_live;
    recorder.since = 0;
}

static inline int gc_attach(struct gc_heap *heap, struct gc_mutator *m)
{
    const int error = recorded_attach(heap, m);
    if (!error)
        recorder.watched = gc_push(m, 1);
    return error;
}

static inline int gc_alloc(struct gc_mutator *m, struct gc_root *dst, uint32_t kind, uint32_t slots,
                           uint32_t bytes)
{
    recorder_break();
    const int error = recorded_alloc(m, dst, kind, slots, bytes);
    if (error)
        return error;
    recorder.allocs++;
    recorder_digest((uint64_t)slots << 40 | (uint64_t)bytes << 8 | kind);
    if (bytes && recorder.spoil && !--recorder.spoil)
        recorder.watched->object = dst->object;
    recorder.since += gc_size(slots, bytes);
    if (recorder.every && recorder.since >= recorder.every)
        recorder_count_live(m);
    return 0;
}

static inline void gc_load(struct gc_mutator *m, struct gc_root *dst, const struct gc_root *object,
                           uint32_t i)
{
    recorder_break();
    recorder.loads++;
    recorder_use(object);
    recorded_load(m, dst, object, i);
    recorder_use(dst);
}

static inline void gc_store(struct gc_mutator *m, const struct gc_root *object, uint32_t i,
                            const struct gc_root *value)
{
    recorder_break();
    recorder.stores++;
    recorder_use(object);
    recorder_use(value);
    recorder_digest(1 + i + ((uint64_t)!value->object << 32));
    if (value->object && recorder.lose && !--recorder.lose) {
        recorder.did_break = true;
        value = &gc_nothing;
    }
    recorded_store(m, object, i, value);
}

static inline void *gc_data(struct gc_mutator *m, const struct gc_root *object)
{
    recorder_use(object);
    return recorded_data(m, object);
}

static inline void gc_free(struct gc_mutator *m, struct gc_root *root)
{
    struct gc_object *const object = recorder_use(root);
    if (!object)
        recorder.misuses++;
    if (object && recorder.by_hand) {
        recorder.frees++;
        memset(gc_object_data(object), 0xdd, gc_header_bytes(object->header));
        object->header |= GC_OWN(0);
    }
    gc_clear(m, root);
}
#define gc_free gc_free

static inline uint32_t gc_caps(const struct gc_heap *heap)
{
    return recorded_caps(heap) | (recorder.by_hand ? GC_CAP_EXPLICIT : 0);
}

#endif
