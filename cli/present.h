/* A run that was read for presenting. */
#ifndef HT_CLI_PRESENT_H
#define HT_CLI_PRESENT_H

#include <argp.h>

#include "results/summary.h"

enum { HT_PRESENTED_KINDS = 2 };

/* What is of one kind: allocators and programs, or collectors. */
struct ht_presented_part {
    struct ht_rows rows; /* some of the run's */
    struct ht_summary summary;
    const char *prefix; /* of its plots */
};

struct ht_presented {
    const char *folder;
    struct ht_rows rows;
    struct ht_presented_part part[HT_PRESENTED_KINDS];
    unsigned parts;
};

/* What names a run on a command line: DIR and --baseline. A command takes it in as a child of its own parser. */
struct ht_presented_words {
    const char *folder, *baseline;
};
extern const struct argp ht_presented_argp;

/* Where the rows of `path` are: in its rows.csv when it is a folder, or in the file itself. The caller frees it. */
char *ht_rows_path(const char *path);

/* Reads rows behind those that are there, and says to stderr what was skipped or went wrong. Returns an exit status. */
int ht_present_read(const char *path, struct ht_rows *rows);

/* Reads FOLDER/rows.csv and sums it up; says to stderr what was skipped or went wrong. Returns an exit status;
 * unless it is HT_EXIT_GOOD nothing is held. `baseline` may be NULL; it is of the kind that has it. */
int ht_presented_open(struct ht_presented *run, const char *folder, const char *baseline);
void ht_presented_close(struct ht_presented *run);

/* Prints the table of each kind. */
void ht_presented_table(const struct ht_presented *run);

/* Draws FOLDER/plots and writes FOLDER/gbench.json. Returns an exit status. */
int ht_presented_draw(const struct ht_presented *run);

#endif
