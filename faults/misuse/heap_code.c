/* heap-code: calls machine code that was written to an object. A heap that is not executable ends it by a signal.
 * Exploited: the code runs. */
#include "faults/misuse/case.h"

#include <string.h>

#if defined(__x86_64__)
static const unsigned char code[] = {0xc3}; /* ret */
#else
static const unsigned char code[] = {0xc0, 0x03, 0x5f, 0xd6}; /* ret, of arm64 */
#endif

void ht_misuse_heap_code(size_t bytes)
{
    unsigned char *const p = subject_alloc(bytes);
    for (size_t i = 0; i < sizeof code; i++)
        fill(p + i, 1, code[i]);
    __builtin___clear_cache((char *)p, (char *)p + sizeof code);
    misuse_begins();
    void (*call)(void);
    memcpy(&call, &p, sizeof call);
    call();
    misuse_done();
    attacker_wins("code in an object has run");
    subject_free(p, bytes);
}
