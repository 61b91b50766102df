/* A folder's contents, to be copied, compared and cleared. Regular files, folders and symbolic links; what else there is
 * counts by its kind only. */
#ifndef HT_FAULTS_SWEEP_TREE_H
#define HT_FAULTS_SWEEP_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

struct ht_leaf {
    char *path;    /* from the folder on */
    uint64_t hash; /* of the contents of a file, or of where a link leads */
    struct stat about;
};

struct ht_tree {
    struct ht_leaf *leaf; /* sorted by path */
    size_t leaves;
};

/* Reads a folder. What is the same file, untouched, in `before` (may be NULL) is not read again. 0 or a negative errno;
 * to be freed with ht_tree_free, also after an error. */
int ht_tree_read(const char *folder, const struct ht_tree *before, struct ht_tree *out);
void ht_tree_free(struct ht_tree *t);

/* Whether nobody has touched anything since `before` was read. */
bool ht_tree_is_untouched(const struct ht_tree *before, const struct ht_tree *now);

/* Whether two entries say the same to who reads them: times aside. */
bool ht_leaf_same(const struct ht_leaf *a, const struct ht_leaf *b);

/* NULL when there is none of this path. */
const struct ht_leaf *ht_tree_find(const struct ht_tree *t, const char *path);

/* Copies what is in `from` into the folder `to`, with modes and times. 0 or a negative errno. */
int ht_tree_copy(const char *from, const char *to);

/* Copies one file, link or folder. */
int ht_tree_copy_one(const char *from, const char *to);

/* Deletes what is in the folder. 0 or a negative errno. */
int ht_tree_clear(const char *folder);

#endif
