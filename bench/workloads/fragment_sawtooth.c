/* fragment-sawtooth: fills memory with objects of one size, frees all but a pinned few, and then asks for the
 * next size up, again and again. Who keeps a page for the size it first served needs a new set of pages for
 * each tooth; who coalesces can put the larger objects between the pinned ones.
 *
 * The figure to look at is the peak of resident bytes against the peak of live bytes. Live is at most one tooth
 * and the pinned of the teeth before it; a heap that can't reuse anything keeps every tooth. */
#include "base/scratch.h"
#include "bench/subject.h"

enum { MIN_BYTES, MAX_BYTES, TOOTH_BYTES, PIN_EVERY };

struct saw {
    void **object; /* of this tooth */
    void **pinned; /* of all teeth so far, those of one size side by side */
};

static size_t max_bytes(const struct ht_job *j)
{
    return j->value[MIN_BYTES] > j->value[MAX_BYTES] ? j->value[MIN_BYTES] : j->value[MAX_BYTES];
}

/* Objects of `bytes` in a tooth. */
static inline size_t objects_of(const struct ht_job *j, size_t bytes)
{
    const size_t objects = j->value[TOOTH_BYTES] / bytes;
    return objects ? objects : 1;
}

/* How many of the objects of a tooth are pinned: the first, and every PIN_EVERY-th after it. */
static inline size_t pinned_of(const struct ht_job *j, size_t objects)
{
    return (objects - 1) / j->value[PIN_EVERY] + 1;
}

static size_t pinned_in_all(const struct ht_job *j)
{
    size_t pinned = 0;
    for (size_t bytes = j->value[MIN_BYTES]; bytes <= max_bytes(j); bytes *= 2)
        pinned += pinned_of(j, objects_of(j, bytes));
    return pinned;
}

static size_t scratch_bytes(const struct ht_job *j)
{
    const size_t pointers = objects_of(j, j->value[MIN_BYTES]) + pinned_in_all(j);
    return j->threads * (sizeof(struct saw) + pointers * sizeof(void *) + 192);
}

static void setup(struct ht_worker *w)
{
    const struct ht_job *const j = w->job;
    struct saw *const saw = w->state = ht_scratch_alloc(sizeof *saw);
    saw->object = ht_scratch_alloc(objects_of(j, j->value[MIN_BYTES]) * sizeof *saw->object);
    saw->pinned = ht_scratch_alloc(pinned_in_all(j) * sizeof *saw->pinned);
}

/* Fills a tooth with objects of `bytes` and frees all but those that it appends to `pinned`. Returns the
 * operations. */
static inline uint64_t cut_tooth(struct ht_worker *w, size_t bytes, void **pinned)
{
    const struct saw *const saw = w->state;
    const size_t objects = objects_of(w->job, bytes), every = w->job->value[PIN_EVERY];
    for (size_t i = 0; i < objects; i++)
        saw->object[i] = ht_make(w, bytes);
    size_t until_pin = 0;
    for (size_t i = 0; i < objects; i++) {
        if (until_pin--) {
            ht_drop(w, saw->object[i], bytes);
        } else {
            *pinned++ = saw->object[i];
            until_pin = every - 1;
        }
    }
    return 2 * objects;
}

static uint64_t run(struct ht_worker *w)
{
    const struct ht_job *const j = w->job;
    void **pinned = ((struct saw *)w->state)->pinned;
    uint64_t ops = 0;
    for (size_t bytes = j->value[MIN_BYTES]; bytes <= max_bytes(j); bytes *= 2) {
        ops += cut_tooth(w, bytes, pinned);
        pinned += pinned_of(j, objects_of(j, bytes));
    }
    pinned = ((struct saw *)w->state)->pinned;
    for (size_t bytes = j->value[MIN_BYTES]; bytes <= max_bytes(j); bytes *= 2)
        for (size_t left = pinned_of(j, objects_of(j, bytes)); left; left--)
            ht_drop(w, *pinned++, bytes);
    return ops;
}

HT_WORKLOAD(fragment_sawtooth) = {
    .name = "fragment-sawtooth",
    .summary = "fill, free all but a pinned few, ask for the next size up: resident against live bytes",
    .source = "heaptrial: what Wilson, Johnstone, Neely and Boles call phase behaviour (IWMM 1995)",
    .params =
        {
            [MIN_BYTES] = {"min-bytes", 32, 1, 1 << 20, "bytes an object of the first tooth; they double"},
            [MAX_BYTES] = {"max-bytes", 1024, 1, 1 << 20, "bytes an object of the last tooth, at most"},
            [TOOTH_BYTES] = {"tooth-bytes", 4 << 20, 1, 1 << 26, "bytes of a full tooth, in each thread"},
            [PIN_EVERY] = {"pin-every", 100, 1, 1 << 20, "one object of so many stays to the end"},
        },
    .needs = HT_CAP_FREE,
    .max_bytes = max_bytes,
    .scratch_bytes = scratch_bytes,
    .setup = setup,
    .run = run,
};
