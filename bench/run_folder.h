/* The folder of a run: made, or found to be ours, and held by one runner at a time. */
#ifndef HT_BENCH_RUN_FOLDER_H
#define HT_BENCH_RUN_FOLDER_H

#include <stdbool.h>

struct ht_run_folder {
    const char *path; /* the caller's, and lives as long */
    int lock_fd;
    bool made; /* here, not by the user */
};

/* Makes the folder `path` with its parents and locks it. Unless the run is resumed it must be empty, but for
 * what a runner leaves that was killed before it had a manifest. 0, or a negative errno with one line in
 * `why`: -EEXIST when it is not empty, -ENOTDIR when it is no folder, -EBUSY when another runner holds it.
 * After an error nothing is held. */
int ht_run_folder_open(struct ht_run_folder *folder, const char *path, bool resume, char why[256]);

/* Lets go of it. One that was made here and in which nothing stands is removed. */
void ht_run_folder_close(struct ht_run_folder *folder);

#endif
