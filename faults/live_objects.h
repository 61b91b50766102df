/* The objects that a workload holds, kept beside the allocator: where each is, how large, and whether all of it has the
 * stamp of bench/subject.h. After a failure their contents are compared with that, or with what they were before.
 *
 * Memory is mapped once, and nothing here calls an allocator. Several threads may call; who looks at contents while
 * others write them sees nonsense. */
#ifndef HT_FAULTS_LIVE_OBJECTS_H
#define HT_FAULTS_LIVE_OBJECTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ht_live_object {
    void *p; /* NULL: the place is free */
    size_t bytes;
    uint64_t birth; /* counted from 1 */
    bool is_stamped;
};

/* Room for the objects of one cell. 0 or a negative errno. */
int ht_live_open(void);
/* Forgets all. */
void ht_live_clear(void);

/* False when the object lies where another one stands, or there is no room. */
bool ht_live_add(void *p, size_t bytes);
void ht_live_stamp(const void *p);
/* The bytes that it had; 0 for one that is not known. */
size_t ht_live_remove(const void *p);

/* The number of the last birth; and the removal of all that were born later. Returns their bytes. */
uint64_t ht_live_births(void);
size_t ht_live_remove_since(uint64_t birth);

size_t ht_live_count(void);

/* The first stamped object that is not what its stamp says; false when there is none. */
bool ht_live_find_broken(unsigned char (*stamp)(const void *p, size_t bytes), struct ht_live_object *broken);

/* A hash of the contents of all objects but `except`. */
uint64_t ht_live_hash(const void *except);
uint64_t ht_bytes_hash(const void *p, size_t bytes);

#endif
