/* What the heap walk of slab must see: one planted fault a heap. */
#include "allocators/slab.h"

#include "tests/one_heap.h"

enum { BYTES = 1024, ROUNDS = 16, PER_SLAB = 63 };

static struct slab_class *class_of(size_t bytes)
{
    return &heap.size_class[slab_class_of(&heap, bytes)];
}

static struct slab_cache *cache_of(size_t bytes)
{
    return &ht_slab_thread.cache[slab_class_of(&heap, bytes)];
}

/* A class of 1024-byte objects with four slabs; what lies where is in the pointers below. */
struct planted {
    void *live;
    struct slab *partial, *full;
    struct slab_class *class;
    struct slab_cache *cache;
};

static void plant_wild_link(struct planted *h)
{
    h->partial->free->next = (void *)&heap;
}

static void plant_link_between_objects(struct planted *h)
{
    h->partial->free = (void *)((char *)h->partial->free + 16);
}

static void plant_circle(struct planted *h)
{
    h->partial->free->next = h->partial->free;
}

static void plant_lost_object(struct planted *h)
{
    h->partial->free = NULL;
}

static void plant_header(struct planted *h)
{
    h->full->size_class++;
}

static void plant_wrong_list(struct planted *h)
{
    h->full->fill = SLAB_PARTIAL;
}

static void plant_back_link(struct planted *h)
{
    h->full->prev = h->full;
}

static void plant_no_slab(struct planted *h)
{
    h->full->next = (void *)h->live;
}

static void plant_count_of_slabs(struct planted *h)
{
    h->class->slabs++;
}

static void plant_double_free(struct planted *h)
{
    heap_free(&heap, h->live, BYTES);
    heap_free(&heap, h->live, BYTES);
}

static void plant_free_of_free(struct planted *h)
{
    heap_free(&heap, h->partial->free, BYTES);
}

static void plant_free_inside(struct planted *h)
{
    heap_free(&heap, (char *)h->live + 16, BYTES);
}

static void plant_wrong_size(struct planted *h)
{
    heap_free(&heap, h->live, 2 * BYTES);
}

static void plant_no_object(struct planted *h)
{
    (void)h;
    heap_free(&heap, &heap, BYTES);
}

static void plant_rounds(struct planted *h)
{
    h->cache->rounds = ROUNDS + 1;
}

static void plant_no_magazine(struct planted *h)
{
    h->cache->loaded = NULL;
}

static void plant_depot_count(struct planted *h)
{
    h->class->depot++;
}

static void plant_depot_circle(struct planted *h)
{
    h->class->depot_full->next = h->class->depot_full;
}

static void plant_mapping(struct planted *h)
{
    (void)h;
    heap.large->mapped_bytes++;
}

/* Makes the heap that is to be broken: a slab that is full, one with objects on its free list, a magazine in
 * the depot, and one that is loaded and has room. */
static void make_planted(struct planted *h)
{
    static void *p[4 * PER_SLAB];
    *h = (struct planted){.class = class_of(BYTES), .cache = cache_of(BYTES)};
    h->class->depot_max = 1;
    for (int i = 0; i < 4 * PER_SLAB; i++)
        p[i] = take(BYTES);
    h->live = p[0];
    for (int i = 1; i < 6 * ROUNDS + 4; i++)
        heap_free(&heap, p[i], BYTES);
    take(100000);
    h->partial = h->class->slab[SLAB_PARTIAL];
    while (h->partial && !(h->partial->free && h->partial->free->next))
        h->partial = h->partial->next;
    h->full = h->class->slab[SLAB_FULL];
    assert_non_null(h->partial);
    assert_non_null(h->full);
    assert_int_equal(h->class->depot, 1);
    assert_in_range(h->cache->rounds, 1, ROUNDS - 2);
    assert_whole();
}

/* The broken heap is left as it is: its pages are lost to the test. */
static void test_walk_sees_what_is_planted(void **state)
{
    static const struct {
        const char *says;
        void (*plant)(struct planted *);
    } faults[] = {
        {"no object", plant_wild_link},
        {"no object", plant_link_between_objects},
        {"circle", plant_circle},
        {"given out", plant_lost_object},
        {"header of slab", plant_header},
        {"wrong list", plant_wrong_list},
        {"wrong list", plant_back_link},
        {"no slab", plant_no_slab},
        {"were counted", plant_count_of_slabs},
        {"freed twice", plant_double_free},
        {"freed twice", plant_free_of_free},
        {"no object", plant_free_inside},
        {"no object", plant_wrong_size},
        {"no object", plant_no_object},
        {"counts 17 objects", plant_rounds},
        {"no magazine", plant_no_magazine},
        {"depot counts", plant_depot_count},
        {"do not add up", plant_depot_circle},
        {"mapping", plant_mapping},
    };
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        struct planted h;
        make_planted(&h);
        faults[i].plant(&h);
        assert_broken(faults[i].says);
        memset(&ht_slab_thread, 0, sizeof ht_slab_thread);
        assert_int_equal(open_heap(state), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_walk_sees_what_is_planted, open_heap, close_heap),
    };
    return cmocka_run_group_tests_name("slab walk", tests, NULL, NULL);
}
