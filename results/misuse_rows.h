/* Verdicts on misuse: one row a strategy, case and size, one line of CSV (RFC 4180, UTF-8, LF):
 *
 *     strategy,case,size,verdict,rate,ops_to_detection,message
 *
 *   size              bytes of the case's objects; empty where it means nothing
 *   rate              share of the repeated runs that ended diagnosed or crashed; empty when none ran
 *   ops_to_detection  operations of the heap from the misuse to where it was noticed, the median of the runs in which it
 *                     was; empty when it never was. 0: in the misuse itself; those of the whole run: at its exit */
#ifndef HT_RESULTS_MISUSE_ROWS_H
#define HT_RESULTS_MISUSE_ROWS_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>

/* X(id, word, letter, meaning) in the order of the legend. */
#define HT_MISUSE_VERDICTS(X)                                                                                \
    X(DIAGNOSED, "diagnosed", 'D', "a message named the misuse, or the call was refused")                    \
    X(CRASHED, "crashed", 'C', "a signal, without a message")                                                \
    X(MISSED, "missed", '.', "nobody noticed, and no attacker gained anything that the case looks for")      \
    X(EXPLOITED, "exploited", 'X', "the case saw that the attacker wins, before anybody noticed")            \
    X(HANGS, "hang", 'H', "no end before the timeout")                                                       \
    X(NOT_RUN, "error", 'E', "it could not be run; says nothing about the strategy")                         \
    X(NOT_SUPPORTED, "unsupported", '-', "the strategy has no such operation, or is not installed")

enum ht_misuse_verdict {
#define X(id, word, letter, meaning) HT_MISUSED_##id,
    HT_MISUSE_VERDICTS(X)
#undef X
        HT_MISUSED_N
};

const char *ht_misuse_verdict_word(enum ht_misuse_verdict verdict);
char ht_misuse_verdict_letter(enum ht_misuse_verdict verdict);
const char *ht_misuse_verdict_meaning(enum ht_misuse_verdict verdict);

enum { HT_MISUSE_NAME = 64, HT_MISUSE_MESSAGE = 240 };

struct ht_misuse_row {
    char strategy[HT_MISUSE_NAME], name[HT_MISUSE_NAME]; /* name: of the case */
    uint32_t size;                                       /* 0: it means nothing */
    enum ht_misuse_verdict verdict;
    double rate, ops; /* NAN: empty */
    char message[HT_MISUSE_MESSAGE];
};

struct ht_misuse_rows {
    struct ht_misuse_row *row;
    size_t count;
    size_t whole_bytes; /* of the file, up to the end of the last whole line */
};

/* Writes the line of names, or a row, in one write. 0 or a negative errno; after an error the file is as it was. */
int ht_misuse_rows_header(int fd);
int ht_misuse_row_append(int fd, const struct ht_misuse_row *row);

/* Reads a file of rows, which ht_misuse_rows_free frees; a last line without an end is left out. An empty file, or a
 * part of the first line, has no rows. 0, or a negative errno with one line in `why`, and nothing held. */
int ht_misuse_rows_read(const char *path, struct ht_misuse_rows *rows, char why[256]);
void ht_misuse_rows_free(struct ht_misuse_rows *rows);

#endif
