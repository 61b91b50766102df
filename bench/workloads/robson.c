/* robson: the adversary of every allocator that does not move objects (Robson, "An Estimate of the Store Size
 * Necessary for Dynamic Storage Allocation", JACM 1971; "Bounds for Some Functions Concerning Dynamic Storage
 * Allocation", JACM 1974; "Worst Case Fragmentation of First Fit and Best Fit Storage Allocation Strategies",
 * Computer Journal 1977).
 *
 * Live bytes are never more than M, sizes double from u to n = u·2^k. First M is filled with objects of u.
 * Then, for each size s, an offset f is chosen of the two that agree with the one before: only objects that
 * cover an address of the form i·s + f stay, and what was freed is asked for again in objects of s. No gap
 * between two that stayed can hold one of s without covering such an address, so new space is needed. The
 * offset kept is the one where the objects that stay block the most: the sum of s less their own sizes.
 *
 * Whatever the allocator, it needs at least M·(½·log2(n/u) + 1) - n; first fit needs at most about twice that,
 * best fit up to M·n/u. The bounds hold for objects without headers; rounding and headers come on top. The
 * figure to look at is the peak of resident bytes against the peak of live bytes.
 *
 * The adversary looks at addresses, so this is the one stream of operations that depends on the strategy. */
#include "base/scratch.h"
#include "bench/subject.h"

enum { MIN_BYTES, DOUBLINGS, LIVE_BYTES, OVERHEAD };

struct object {
    uintptr_t at;
    size_t bytes;
};

/* All objects that are live, in the order of birth. */
struct field {
    struct object *object;
    size_t objects, live;
};

/* What is asked for to take up `span` bytes, when each object costs OVERHEAD bytes more. */
static inline size_t bytes_of(const struct ht_job *j, size_t span)
{
    return span > j->value[OVERHEAD] ? span - j->value[OVERHEAD] : 1;
}

/* The first size that is asked for, with OVERHEAD. */
static inline size_t first_span(const struct ht_job *j)
{
    return (size_t)1 << (63 - __builtin_clzll(j->value[MIN_BYTES]));
}

static size_t max_bytes(const struct ht_job *j)
{
    return bytes_of(j, first_span(j) << j->value[DOUBLINGS]);
}

static size_t most_objects(const struct ht_job *j)
{
    return j->value[LIVE_BYTES] / bytes_of(j, first_span(j)) + 1;
}

static size_t scratch_bytes(const struct ht_job *j)
{
    return j->threads * (sizeof(struct field) + most_objects(j) * sizeof(struct object) + 128);
}

static void setup(struct ht_worker *w)
{
    struct field *const field = w->state = ht_scratch_alloc(sizeof *field);
    field->object = ht_scratch_alloc(most_objects(w->job) * sizeof *field->object);
}

/* Makes objects of `bytes` until no more may be live. */
static inline size_t fill(struct ht_worker *w, struct field *field, size_t bytes)
{
    const size_t most = w->job->value[LIVE_BYTES];
    size_t made = 0;
    for (; field->live + bytes <= most; made++) {
        field->object[field->objects++] = (struct object){(uintptr_t)ht_make(w, bytes), bytes};
        field->live += bytes;
    }
    return made;
}

/* True when an object covers an address that is `offset` above a multiple of `span`, a power of two. */
static inline bool covers(const struct object *o, size_t span, size_t offset)
{
    return ((offset - o->at) & (span - 1)) < o->bytes;
}

static inline size_t choose_offset(const struct field *field, size_t span, size_t offset)
{
    const size_t other = offset + span / 2;
    int64_t better = 0;
    for (size_t i = 0; i < field->objects; i++) {
        const struct object *const o = &field->object[i];
        const int64_t blocked = (int64_t)(span - o->bytes);
        better += (covers(o, span, other) - covers(o, span, offset)) * blocked;
    }
    return better > 0 ? other : offset;
}

/* Frees the objects that don't cover. */
static inline size_t sweep(struct ht_worker *w, struct field *field, size_t span, size_t offset)
{
    size_t stay = 0;
    for (size_t i = 0; i < field->objects; i++) {
        const struct object o = field->object[i];
        if (covers(&o, span, offset)) {
            field->object[stay++] = o;
        } else {
            ht_drop(w, (void *)o.at, o.bytes);
            field->live -= o.bytes;
        }
    }
    const size_t dropped = field->objects - stay;
    field->objects = stay;
    return dropped;
}

static uint64_t run(struct ht_worker *w)
{
    struct field field = *(struct field *)w->state;
    size_t span = first_span(w->job), offset = 0;
    uint64_t ops = fill(w, &field, bytes_of(w->job, span));
    for (uint64_t i = 0; i < w->job->value[DOUBLINGS]; i++) {
        span *= 2;
        offset = choose_offset(&field, span, offset);
        ops += sweep(w, &field, span, offset);
        ops += fill(w, &field, bytes_of(w->job, span));
    }
    for (size_t i = 0; i < field.objects; i++)
        ht_drop(w, (void *)field.object[i].at, field.object[i].bytes);
    return ops + field.objects;
}

HT_WORKLOAD(robson) = {
    .name = "robson",
    .summary = "Robson's adversary: survivors are chosen by address so that no gap fits the next size",
    .source = "Robson, JACM 1971 and 1974, Computer Journal 1977",
    .params =
        {
            [MIN_BYTES] = {"min-bytes", 16, 16, 1 << 16, "the first size; rounded down to a power of two"},
            [DOUBLINGS] = {"doublings", 6, 0, 12, "how often the size doubles: log2 of the size range"},
            [LIVE_BYTES] = {"live-bytes", 4 << 20, 1, 1 << 26, "most bytes live at once, in each thread"},
            [OVERHEAD] = {"overhead", 0, 0, 64, "bytes to ask for less than each size: the header's"},
        },
    .needs = HT_CAP_FREE,
    .max_bytes = max_bytes,
    .scratch_bytes = scratch_bytes,
    .setup = setup,
    .run = run,
};
