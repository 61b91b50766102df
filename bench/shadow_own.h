/* What the parts of the shadow share; nobody else includes it. */
#ifndef HT_BENCH_SHADOW_OWN_H
#define HT_BENCH_SHADOW_OWN_H

#include "bench/shadow.h"

enum shadow_flag {
    SHADOW_LIVE = 1,       /* reachable, at the last trace */
    SHADOW_MUST = 2,       /* must be held: reachable, or from an object whose finalizer is due */
    SHADOW_MAY = 4,        /* may come back: the same through weak references too */
    SHADOW_HELD = 8,       /* seen by the heap walk of this audit */
    SHADOW_DEAD = 16,      /* counted as dead */
    SHADOW_GONE = 32,      /* the heap walk did not show it: reclaimed */
    SHADOW_GIVEN_UP = 64,  /* the program has said that it is dead */
    SHADOW_FREED = 128,    /* and it was freed by hand */
    SHADOW_CALLED = 256,   /* its finalizer */
    SHADOW_WAS_DEAD = 512, /* before its finalizer was called */
    SHADOW_WALKED = 1024,
    SHADOW_NAMED = 2048,   /* a root, or what may come back, still leads to it */
    SHADOW_CLEARED = 4096, /* a weak slot that led to it was found empty */
    SHADOW_BY_KEY = 8192,  /* reachable only because the key of an ephemeron is */
    SHADOW_OF_TRACE =
        SHADOW_BY_KEY | SHADOW_LIVE | SHADOW_MUST | SHADOW_MAY | SHADOW_NAMED | SHADOW_HELD | SHADOW_WALKED,
};

/* Index 0 is none. */
struct shadow_object {
    uint64_t id;      /* 0: not in use */
    uint64_t number;  /* of the mutator's allocations */
    uint64_t reached; /* the clock when it was known to be reachable last; of a dead one: when it died */
    const void *data; /* where the last heap walk saw it */
    uint32_t slots, bytes;
    uint32_t edges;   /* where its slots begin in shadow.edge */
    uint32_t waiting; /* ephemerons whose key this is, in a trace */
    uint32_t next;    /* of such ephemerons; of indexes that are free */
    uint16_t kind, flags;
};

struct shadow_mutator {
    const struct gc_roots *roots; /* NULL: not attached */
    uint32_t *root;               /* an index for each root slot */
    uint64_t operations, hash;
    uint64_t numbers;
};

/* A mapping that grows. */
struct shadow_array {
    void *p;
    size_t bytes;
};

enum { SHADOW_CLASSES = 29 };

struct shadow {
    uint32_t caps;
    uint64_t seed, secret;
    struct shadow_object *object;
    uint32_t *edge, *queue, *spare; /* the last two with room for all objects */
    uint32_t objects, edges;        /* in use from the start, the free ones included */
    uint32_t free_objects;          /* a list */
    uint32_t free_edges[SHADOW_CLASSES];
    uint64_t in_use; /* objects */
    struct shadow_mutator mutator[HT_THREADS_MAX];
    unsigned mutators;
    const struct gc_root *foreign; /* the root of a finalizer, where it stands on no root stack */
    uint32_t foreign_object;
    unsigned finalizers;                            /* that run */
    uint64_t clock, audit_clock;                    /* allocated bytes: now, and at the last audit */
    uint64_t operations;                            /* of all mutators, those of finalizers included */
    uint64_t last_audit, last_trace, last_question; /* at these operations */
    enum ht_op op;                                  /* that goes on, for messages */
    bool had_finalizers;
    bool doubt;         /* a finalizer was called since the last walk: what was dead may be alive */
    double dead_area;   /* bytes that were dead and are reclaimed, times the clock while they were */
    double dead_moment; /* bytes that are dead, times the clock when they died */
    struct ht_shadow_figures figures;
    struct shadow_array arrays[4]; /* object, edge, queue, spare */
};

extern struct shadow ht_shadow;

/* Ends the cell: words about object `index`. */
void ht_shadow_stop(uint32_t index, const char *format, ...)
    __attribute__((cold, noreturn, format(printf, 2, 3)));

/* The index that the stamp at `data` tells, or 0 when it is none of an object that is known. */
uint32_t ht_shadow_index_at(const void *data);
/* An index for a new object, and room for its slots, which are empty. */
uint32_t ht_shadow_take_object(void);
uint32_t ht_shadow_take_edges(uint32_t slots);
/* The object leaves the shadow; its index is free. */
void ht_shadow_forget(uint32_t index);
/* The array with room for so many bytes, the new ones 0; it may move. Ends the cell without memory. */
void *ht_shadow_grow(struct shadow_array *array, size_t bytes);
/* Sets LIVE, MUST and MAY. */
void ht_shadow_trace(void);

static inline uint32_t *ht_shadow_slot(const struct shadow_object *o, uint32_t i)
{
    return &ht_shadow.edge[o->edges + i];
}

/* An object with a finalizer that was not called yet. */
static inline bool ht_shadow_is_to_be_finalized(const struct shadow_object *o)
{
    return o->kind & GC_FINALIZER && !(o->flags & (SHADOW_CALLED | SHADOW_FREED));
}

/* Slots below it are weak. */
static inline uint32_t ht_shadow_first_strong(const struct shadow_object *o)
{
    return o->kind & GC_KIND_MASK;
}

/* What the object takes without the shadow's own bytes. */
uint64_t ht_shadow_size(const struct shadow_object *o);

#endif
