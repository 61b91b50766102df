/* Where rows come from: what the manifest beside them says of the run and of its machine. */
#ifndef HT_RESULTS_ORIGIN_H
#define HT_RESULTS_ORIGIN_H

#include <stdbool.h>

struct ht_origin {
    char run[64], created[40];
    char host[64], cpu[128], os[96], kernel[128], libc[64], compiler[96], governor[64];
    int cores;
    bool mixed; /* put together from machines that have not all the same processor */
};

/* Reads FOLDER/manifest.json. 0; -ENOENT when there is none; or a negative errno with one line in `why`: -EPROTO when it
 * is no manifest. */
int ht_origin_read(struct ht_origin *origin, const char *folder, char why[256]);

/* Whether times may be compared: the same processor, and as many cores. */
bool ht_origin_same_machine(const struct ht_origin *a, const struct ht_origin *b);

/* "gcc 12.2.0, now gcc 13.1.0; kernel 6.1, now 6.5": what else differs; "" when nothing does. */
void ht_origin_differences(const struct ht_origin *base, const struct ht_origin *new, char words[512]);

#endif
