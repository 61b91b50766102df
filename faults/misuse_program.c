/* build/misuse/<strategy>: runs one case of misuse at one size. By hand, as under a debugger, it prints its steps:
 *
 *     build/misuse/malloc --case=double-free --size=24 */
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "allocators/malloc_version.h"
#include "bench/record.h"
#include "faults/misuse/case.h"
#include "faults/misuse_program.h"

static struct {
    const char *name, *plugin, *preload;
    size_t size;
    uint64_t seed;
    int fd; /* -1: prints */
    atomic_uint_fast64_t ops;
    atomic_bool has_begun, is_done, is_won;
} program = {.size = 24, .seed = 1, .fd = -1};

/* ---- what is told ---- */

static void print(enum ht_misuse_event step, uint64_t ops, const char *text)
{
    static const char *const words[] = {"unsupported", "failed",  "begins", "done", "",
                                        "exploited",   "refused", "ends"};
    char line[256];
    if (step == HT_MISUSE_OP)
        return;
    const int n = snprintf(line, sizeof line, "%s%s%s (after %llu operations)\n", words[step],
                           *text ? ": " : "", text, (unsigned long long)ops);
    if (write(STDOUT_FILENO, line, (size_t)n) != n)
        _exit(1);
}

/* Without stdio and without the heap: it may be broken. */
static void tell(enum ht_misuse_event step, const char *text)
{
    struct ht_record record = {.magic = HT_RECORD_MAGIC, .kind = HT_RECORD_MISUSE};
    record.misuse.event = step;
    record.misuse.ops = program.ops;
    strncpy(record.misuse.text, text, sizeof record.misuse.text - 1);
    if (program.fd < 0)
        print(step, program.ops, text);
    else if (write(program.fd, &record, sizeof record) != sizeof record)
        _exit(1);
}

static void tell_text(enum ht_record_kind kind, const char *text)
{
    struct ht_record record = {.magic = HT_RECORD_MAGIC, .kind = kind};
    strncpy(record.text, text, sizeof record.text - 1);
    if (program.fd >= 0 && write(program.fd, &record, sizeof record) != sizeof record)
        _exit(1);
}

_Noreturn static void stop(enum ht_misuse_event step, const char *text)
{
    tell(step, text);
    _exit(0);
}

/* ---- the steps of a case ---- */

void misuse_begins(void)
{
    program.has_begun = true;
    tell(HT_MISUSE_BEGINS, "");
}

void misuse_done(void)
{
    program.is_done = true;
    tell(HT_MISUSE_DONE, "");
}

/* The first time counts. */
void attacker_wins(const char *what)
{
    if (!atomic_exchange(&program.is_won, true))
        tell(HT_MISUSE_WON, what);
}

void allocator_refuses(const char *what)
{
    tell(HT_MISUSE_REFUSED, what);
}

void ht_misuse_count_op(void)
{
    if (!program.is_done)
        return;
    program.ops++;
    tell(HT_MISUSE_OP, "");
}

void *ht_misuse_got(void *p)
{
    if (!p && !program.has_begun)
        stop(HT_MISUSE_FAILED, "the allocator has no memory");
    return p;
}

/* ---- the run ---- */

static void (*const runs[])(size_t bytes) = {
#define X(id, name, group, sizes, needs, summary) ht_misuse_##id,
    HT_MISUSE_CASES(X)
#undef X
};

static const char *value_of(const char *arg, const char *flag)
{
    const size_t n = strlen(flag);
    return strncmp(arg, flag, n) ? NULL : arg + n;
}

static int parse(const char *arg)
{
    const char *value;
    if ((value = value_of(arg, "--case=")))
        program.name = value;
    else if ((value = value_of(arg, "--size=")))
        program.size = strtoul(value, NULL, 10);
    else if ((value = value_of(arg, "--seed=")))
        program.seed = strtoul(value, NULL, 10);
    else if ((value = value_of(arg, "--plugin=")))
        program.plugin = value;
    else if ((value = value_of(arg, "--preload=")))
        program.preload = value;
    else if ((value = value_of(arg, "--fd=")))
        program.fd = atoi(value);
    else
        return -EINVAL;
    return 0;
}

/* A preload that did not take would make the C library's verdicts another's. */
static void prove_preload(void)
{
    char why[208];
    const char *const library = ht_malloc_library(), *const slash = strrchr(library, '/');
    if (!program.preload || !strcmp(slash ? slash + 1 : library, program.preload))
        return;
    snprintf(why, sizeof why, "the preload did not take: malloc comes from %.140s", library);
    stop(HT_MISUSE_FAILED, why);
}

static void open_heap(const struct ht_misuse_case *c)
{
    char why[128];
    const int error = ht_subject_open(program.plugin);
    if (error) {
        snprintf(why, sizeof why, "can't open the heap: %s", ht_subject_open_error(error));
        stop(HT_MISUSE_FAILED, why);
    }
    tell_text(HT_RECORD_VERSION, ht_subject_version());
    const char *const missing = ht_subject_missing(c->needs);
    if (missing)
        stop(HT_MISUSE_UNSUPPORTED, missing);
    if (program.size <= ht_subject_max_bytes())
        return;
    snprintf(why, sizeof why, "its largest object has %zu bytes", ht_subject_max_bytes());
    stop(HT_MISUSE_UNSUPPORTED, why);
}

/* The last that a strategy can say: it walks its heap, where it can. */
static int close_heap(void)
{
    char why[128] = "";
    if (ht_subject_check(why)) {
        fprintf(stderr, "heap_check: %s\n", why);
        return 1;
    }
    ht_subject_close();
    return 0;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (parse(argv[i])) {
            fprintf(stderr, "misuse: %s is not understood\n", argv[i]);
            return 2;
        }
    const int found = program.name ? ht_misuse_find_case(program.name) : -1;
    if (found < 0) {
        fprintf(stderr, "misuse: name a case with --case=NAME; heaptrial misuse --list shows all\n");
        return 2;
    }
    prove_preload();
    open_heap(&ht_misuse_cases[found]);
    runs[found](program.size);
    ht_misuse_stream(program.seed, program.size);
    tell(HT_MISUSE_ENDS, "");
    return close_heap();
}
